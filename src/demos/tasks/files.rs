//! `files`: a file is written, read, changed and written again, while another task goes on.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, counted};
use crate::runtime::tasks::{Error, files, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::Span;
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "files",
        title: "Reading and writing a file",
        language: Language::Rust,
        files: &["src/demos/tasks/files.rs"],
        needs: &[Need::Files],
        params: &[Param::integer("size", "how large the file is", "KB", (1, 20_000), 4000)],
        workers: |_| 0,
        // A slow disk writes 20 MB a second.
        estimate: |values| Estimate::work(Duration::from_micros(u64::from(values.count("size")) * 100) + START),
        main: Main::Task(|values| Box::pin(program(values.count("size") as usize * 1000))),
        entries: &[],
    },
    summary: "A file in the browser’s private file system is written, read, changed and written again. The browser does \
              it elsewhere, so another task has its turns meanwhile.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

/// What opening files takes.
const START: Duration = Duration::from_millis(200);

// weft:begin
async fn tick(busy: Rc<Cell<bool>>) -> Result<(), Error> {
    while busy.get() {
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn program(size: usize) -> Result<(), Failure> {
    let busy = Rc::new(Cell::new(true));
    let ticker = spawn("ticker", tick(busy.clone())); // It shows that the loop is free.

    let name = "numbers.bin";
    let numbers: Vec<u8> = (0..size).map(|at| at as u8).collect();
    files::write(name, &numbers).await?;
    print(format!("wrote {size} bytes"));

    let mut bytes = files::read(name).await?;
    let same = bytes == numbers;
    bytes.reverse();
    files::write(name, &bytes).await?;
    print(format!("read {} bytes, and wrote them in reverse", bytes.len()));

    let right = same && files::read(name).await? == bytes;
    print(format!("what was read is what was written: {right}"));
    files::remove(name).await?;

    busy.set(false);
    ticker.await?;
    Ok(())
}
// weft:end

/// What the program does with the file, in order.
const STEPS: [&str; 5] = ["write", "read", "write", "read", "remove"];

fn observe(seen: &Seen) -> Vec<Observation> {
    let size = seen.values.count("size") * 1000;
    let (Some(main), Some(ticker)) = (seen.lane("main"), seen.lane("ticker")) else {
        return vec![Observation::new(false, "A task is missing: main or ticker.")];
    };
    let lines: Vec<_> = seen.printed(main).map(|line| line.text.as_str()).collect();
    let read = format!("read {size} bytes, and wrote them in reverse");
    let content = Observation::new(
        lines.contains(&read.as_str()) && lines.contains(&"what was read is what was written: true"),
        format!(
            "{size} bytes were written, read, reversed, written and read again; what was read was what was written."
        ),
    )
    .shown_by([seen.life(main)]);

    let steps = seen.outside(main, "");
    let names: Vec<_> = steps.iter().filter_map(|(step, _)| step.name.split(' ').next()).collect();
    let times: Vec<_> = steps
        .iter()
        .map(|(step, stretch)| format!("{} {}", step.name, stretch.end.saturating_sub(stretch.start)))
        .collect();
    let waited = Observation::new(
        names == STEPS,
        format!("Main was suspended while the browser worked on the file: {}.", times.join(", ")),
    )
    .shown_by(steps.iter().map(|(_, stretch)| *stretch));

    // Between them the program computes, and then others do have to wait.
    let during = |span: &Span| steps.iter().any(|(_, stretch)| stretch.start <= span.start && span.end <= stretch.end);
    let turns = seen.spans_in(ticker, State::Running).iter().filter(|turn| during(turn)).count();
    let ready = seen.spans_in(ticker, State::Ready);
    let late = ready.iter().filter(|span| during(span)).map(Span::duration).max().unwrap_or_default();
    let slept = seen.spans_in(ticker, State::Sleeping).len();
    let free = Observation::new(
        slept > 0 && late <= seen.at_most(Nanos::ZERO),
        format!(
            "Meanwhile the loop was free: the ticker had {}, and waited {late} at most for one.",
            counted(turns, "turn")
        ),
    )
    .shown_by([seen.life(ticker)]);
    vec![content, waited, free]
}
