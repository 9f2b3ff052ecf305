//! `sequential-gather`: the same waits one after the other, then together.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{Error, gather, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "sequential-gather",
        title: "One after the other, or gathered",
        language: Language::Rust,
        files: &["src/demos/tasks/sequential_gather.rs"],
        needs: &[],
        params: &[
            Param::integer("tasks", "how many waits there are", "tasks", (1, 50), 3),
            Param::integer("delay", "how long each one waits", "ms", (10, 2000), 400),
        ],
        workers: |_| 0,
        estimate: |values| {
            Estimate::waits(values.ms("delay") * (values.count("tasks") + 1) + Duration::from_millis(50))
        },
        main: Main::Task(|values| {
            let (tasks, delay) = (values.count("tasks"), values.ms("delay"));
            Box::pin(program(tasks, delay))
        }),
        entries: &[],
    },
    summary: "The same waits twice: awaited one after the other they add up; gathered, they pass at the same time, \
              though everything happens on one thread.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn fetch(number: u32, delay: Duration) -> Result<u32, Error> {
    print(format!("fetch {number} waits"));
    sleep(delay).await;
    print(format!("fetch {number} is done"));
    Ok(number * 10)
}

async fn program(tasks: u32, delay: Duration) -> Result<(), Failure> {
    print("One after the other:");
    let mut results = Vec::new();
    for number in 1..=tasks {
        results.push(fetch(number, delay).await?);
    }
    print(format!("results {results:?}"));

    print("Gathered:");
    let start = |number| spawn(format!("fetch-{number}"), fetch(number, delay));
    let results = gather((1..=tasks).map(start)).await?;
    print(format!("results {results:?}"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let tasks = seen.values.count("tasks");
    let delay = seen.wait("delay");
    let sum = Nanos(delay.0 * u64::from(tasks));
    let noun = if tasks == 1 { "wait" } else { "waits" };
    let Some(main) = seen.lane("main") else {
        return vec![Observation::new(false, "There is no main task.")];
    };

    let one_by_one = seen.spans_in(main, State::Sleeping);
    let first = one_by_one.first().map_or(Nanos::ZERO, |span| span.start);
    let last = one_by_one.last().map_or(Nanos::ZERO, |span| span.end);
    let took = last.saturating_sub(first);
    let sequential = Observation::new(
        one_by_one.len() == tasks as usize && took >= sum && took <= seen.at_most(sum),
        format!("One after the other, {tasks} {noun} of {delay} took {took}: their sum."),
    )
    .shown_by(one_by_one.iter().map(|span| Stretch::new(main, span)));

    let fetches = seen.lanes("fetch", tasks);
    let lives: Vec<_> = fetches.iter().map(|lane| seen.life(lane)).collect();
    let start = lives.iter().map(|life| life.start).min().unwrap_or_default();
    let end = lives.iter().map(|life| life.end).max().unwrap_or_default();
    let together = end.saturating_sub(start);
    let waited = fetches.iter().all(|lane| {
        let sleeps = seen.spans_in(lane, State::Sleeping);
        sleeps.len() == 1 && sleeps[0].duration() >= delay
    });
    let gathered = Observation::new(
        fetches.len() == tasks as usize && waited && together >= delay && together <= seen.at_most(delay),
        format!("Gathered, {tasks} {noun} of {delay} took {together}: the longest of them."),
    )
    .shown_by(lives);

    let most = seen.timeline.stats().max_parallel;
    let one_thread = Observation::new(
        most <= 1,
        format!("At most {most} of the tasks was Running at any moment: there is one loop."),
    );
    vec![sequential, gathered, one_thread]
}
