//! `thread-return-value`: threads that keep what they return until it is asked for.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::print;
use crate::runtime::threads::{JoinHandle, sleep, spawn};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-return-value",
        title: "Results of threads",
        language: Language::Rust,
        files: &["src/demos/threads/return_value.rs"],
        needs: &[Need::Isolation],
        params: &[Param::integer("threads", "how many workers are started", "threads", (1, 12), 5)],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| Estimate::waits(STEP * values.count("threads") + Duration::from_millis(100)),
        main: Main::Thread(|values| {
            program(values.count("threads"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Each thread returns a square and keeps it until it is joined. The first one to start is the last to end, \
              and still its result is the first in the list.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// Each thread takes so much longer than the one started after it.
const STEP: Duration = Duration::from_millis(150);

fn square(number: u32, delay: Duration) -> u32 {
    sleep(delay);
    let result = number * number;
    print(format!("the square of {number} is {result}"));
    result
}

fn program(threads: u32) {
    // What a thread returns is of the handle's type, and stays in it until it is joined.
    let mut workers: Vec<JoinHandle<u32>> = Vec::new();
    for number in 1..=threads {
        let delay = STEP * (threads + 1 - number);
        workers.push(spawn(format!("worker-{number}"), move || square(number, delay)));
    }

    // Joined in the order of their start, whichever ended first.
    let results: Vec<u32> = workers.into_iter().map(|worker| worker.join()).collect();
    print(format!("results: {results:?}"));
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let threads = seen.values.count("threads");
    let workers = seen.lanes("worker", threads);
    let Some(main) = seen.lane("main").filter(|_| workers.len() == threads as usize) else {
        return vec![Observation::new(false, format!("There are {} of {threads} workers.", workers.len()))];
    };

    // What each worker said that it returns, in the order in which main started them.
    let mut started = workers.clone();
    started.sort_by_key(|worker| worker.defined);
    let returned: Vec<_> = started
        .iter()
        .filter_map(|worker| seen.printed(worker).last()?.text.rsplit(' ').next()?.parse::<u32>().ok())
        .collect();
    let squares = workers.iter().zip(1..).all(|(worker, number)| {
        let line = format!("the square of {number} is {}", number * number);
        seen.printed(worker).map(|print| &print.text).eq([&line])
    });
    let list = seen.printed(main).last().and_then(|line| line.text.strip_prefix("results: ")).unwrap_or("none");
    let mut ended = workers.clone();
    ended.sort_by_key(|worker| seen.life(worker).end);
    let numbers: Vec<_> = ended.iter().map(|worker| worker.name.trim_start_matches("worker-")).collect();
    let text = match threads {
        1 => format!("The thread returned its result, and main has it: {list}."),
        _ => format!(
            "The threads ended in the order {}; main has their results in the order in which they started: {list}.",
            numbers.join(", ")
        ),
    };
    let in_order = Observation::new(squares && list == format!("{returned:?}"), text)
        .shown_by(workers.iter().map(|worker| seen.life(worker)));

    let delay = |times: u32| Nanos::from((STEP * times).div_f64(seen.speed));
    let delays = (1..=threads).rev().map(delay);
    let slept = workers.iter().zip(delays).all(|(worker, delay)| seen.time_in(worker, State::Sleeping) >= delay);
    let joins: Vec<_> =
        workers.iter().filter_map(|worker| Some((seen.life(worker), seen.join(main, worker)?))).collect();
    let one_by_one = joins.windows(2).all(|pair| pair[0].1.end <= pair[1].1.start);
    let waits = joins.iter().filter(|(_, join)| join.end > join.start).count();
    let kept = joins.iter().map(|(life, join)| join.end.saturating_sub(life.end)).max().unwrap_or_default();
    let took = joins.last().map_or(Nanos::ZERO, |(life, join)| join.end.saturating_sub(life.start));
    let kept = match kept {
        Nanos::ZERO => "no result had to be kept until then".to_owned(),
        _ => format!("a result was kept for up to {kept} until it was asked for"),
    };
    let text = format!("Main waited in {waits} of {}; {kept}.", counted(threads as usize, "join"));
    let holds = joins.len() == threads as usize && slept && one_by_one && took <= seen.at_most(delay(threads));
    let spans = joins.iter().map(|(_, join)| *join).collect::<Vec<Stretch>>();
    vec![in_order, Observation::new(holds, text).shown_by(spans)]
}
