//! `failing-lanes`: a lane that panics, fails or never ends. Not in the catalogue: tests use it to see that the page
//! names the lane and what was wrong, that Stop works in an endless loop, and that the next run is not affected.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::processes::{Entry, Process, call};
use crate::runtime::threads::spawn;
use crate::runtime::{Failure, print};
use crate::trace::Ending;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "failing-lanes",
        title: "Lanes that fail",
        language: Language::Rust,
        files: &["src/demos/threads/failing.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[Param {
            name: "how",
            help: "what goes wrong",
            unit: "",
            kind: ParamKind::Choice {
                choices: &["error", "main", "thread", "process", "unknown", "endless"],
                default: "error",
            },
        }],
        workers: |_| 2,
        estimate: |_| Estimate::waits(Duration::from_millis(500)),
        main: Main::Thread(|values| program(values.choice("how"))),
        entries: &[&BREAK],
    },
    summary: "Something goes wrong in the main program, in a thread, or in a process; or nothing ever ends.",
    group: Group::Threads,
    expected: |_| Status::Failed,
    observe,
    hidden: true,
};

// weft:begin
const BREAK: Entry<u32> = Entry { name: "failing-lanes/break_down", call: |arguments| call(break_down, arguments) };

const UNKNOWN: Entry<u32> = Entry { name: "failing-lanes/unknown", ..BREAK };

fn break_down(number: u32) {
    assert!(number == 0, "number {number} is out of order");
}

fn program(how: &str) -> Result<(), Failure> {
    print(format!("next: {how}"));
    match how {
        "error" => Err(Failure { lane: "main".to_owned(), message: "an error came back".to_owned() }),
        "main" => panic!("main is out of order"),
        "thread" => {
            spawn("worker", || break_down(1)).join();
            Ok(())
        }
        "process" => {
            let error = Process::start("process-1", &BREAK, 2).join().error.unwrap_or_default();
            Err(Failure { lane: "process-1".to_owned(), message: error })
        }
        "unknown" => {
            let error = Process::start("process-1", &UNKNOWN, 2).join().error.unwrap_or_default();
            Err(Failure { lane: "process-1".to_owned(), message: error })
        }
        _ => loop {
            std::hint::spin_loop();
        },
    }
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let failed: Vec<_> = seen
        .timeline
        .lanes
        .iter()
        .filter_map(|lane| lane.end.as_ref().filter(|end| end.ending == Ending::Failed).map(|end| (lane, end)))
        .collect();
    let text = failed.first().map_or("No lane failed.".to_owned(), |(lane, end)| {
        format!("{} failed: {}.", lane.name, end.message.as_deref().unwrap_or_default())
    });
    vec![Observation::new(!failed.is_empty(), text).shown_by(failed.iter().map(|(lane, _)| seen.life(lane)))]
}
