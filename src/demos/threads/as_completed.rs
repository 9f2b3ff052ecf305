//! `as-completed`: the results of a pool's tasks, taken in the order in which they come.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::print;
use crate::runtime::threads::{ThreadPool, as_completed, sleep};
use crate::timeline::Lane;
use crate::trace::{Cause, EventKind, ResourceKind};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "as-completed",
        title: "Results as they come",
        language: Language::Rust,
        files: &["src/demos/threads/as_completed.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("workers", "how many threads the pool has", "workers", (1, 12), 4),
            Param::integer("tasks", "how many tasks are submitted", "tasks", (1, 100), 8),
        ],
        workers: |values| values.count("workers") as usize + 1,
        estimate: |values| {
            Estimate::waits({
                let all: Duration =
                    (1..=values.count("tasks")).map(|number| length(number) + Duration::from_millis(5)).sum();
                all / values.count("workers") + length(3) + Duration::from_millis(200)
            })
        },
        main: Main::Thread(|values| {
            program(values.count("workers") as usize, values.count("tasks"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Tasks of different lengths are submitted to a pool. as_completed gives whichever future is done next, \
              so no result waits for a slower one.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// From 100 to 700 ms.
fn length(number: u32) -> Duration {
    Duration::from_millis(100) * (1 + 2 * number % 8)
}

fn square(number: u32) -> (u32, u32) {
    sleep(length(number));
    (number, number * number)
}

fn program(workers: usize, tasks: u32) {
    let pool = ThreadPool::new("pool", workers);

    let mut futures = Vec::new();
    for number in 1..=tasks {
        let future = pool.submit(format!("square-{number}"), move || square(number));
        futures.push(future);
    }

    // Whichever is done next, not whichever was submitted next.
    for future in as_completed(futures) {
        let (number, square) = future.result();
        print(format!("{number} squared is {square}"));
    }
    pool.shutdown();
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main thread.")] };
    let done = completions(seen);
    vec![order(seen, main, &done), as_they_came(seen, main, &done)]
}

/// A task that has run, and who kept its future's promise when.
struct Done {
    number: u32,
    span: Stretch,
    by: Cause,
}

/// The tasks in the order in which their futures were done.
fn completions(seen: &Seen) -> Vec<Done> {
    let completion = |(number, span)| {
        let future = seen.resource(&format!("square-{number}"))?;
        let done = future.events.iter().find(|event| matches!(event.kind, EventKind::Level { value: 1, .. }))?;
        Some(Done { number, span, by: Cause { lane: done.lane, time: done.time } })
    };
    let mut done: Vec<_> = seen.scopes("square").into_iter().filter_map(completion).collect();
    done.sort_by_key(|done| done.by.time);
    done
}

fn order(seen: &Seen, main: &Lane, done: &[Done]) -> Observation {
    let number = |line: &str| line.split_once(" squared is ")?.0.parse().ok();
    let results: Vec<u32> = seen.printed(main).filter_map(|line| number(&line.text)).collect();
    let as_completed = results.iter().copied().eq(done.iter().map(|done| done.number));
    let after_a_later =
        results.iter().zip(1..).filter(|(number, at)| results[..at - 1].iter().any(|before| before > number));
    let overtaken = after_a_later.count();
    let listed: Vec<_> = results.iter().take(12).map(ToString::to_string).collect();
    let more = if results.len() > listed.len() { "…" } else { "" };
    let text = format!(
        "The results came in the order in which the tasks were completed: {}{more}. {} came after that of a task \
         submitted later.",
        listed.join(", "),
        match overtaken {
            0 => "None".to_owned(),
            _ => overtaken.to_string(),
        }
    );
    let all = results.len() == seen.values.count("tasks") as usize;
    Observation::new(all && as_completed, text).shown_by(done.iter().map(|done| done.span))
}

fn as_they_came(seen: &Seen, main: &Lane, done: &[Done]) -> Observation {
    let met = seen.met(main, ResourceKind::Gather);
    // Main never runs on before the next is done, and who did it ends the wait.
    let in_time = met.iter().zip(done).all(|(met, done)| match met.waited {
        true => met.cause == Some(done.by),
        false => met.span.start >= done.by.time,
    });
    let waits = met.iter().filter(|met| met.waited);
    let count = waits.clone().count();
    let first_submitted =
        seen.timeline.lanes.iter().filter_map(|lane| lane.scopes.first()).map(|scope| scope.start).min();
    let since = |done: Option<&Done>| match (done, first_submitted) {
        (Some(done), Some(start)) => done.by.time.saturating_sub(start),
        _ => Default::default(),
    };
    let there = match met.len() - count {
        0 => "none was there already".to_owned(),
        1 => "1 was there already".to_owned(),
        more => format!("{more} were there already"),
    };
    let text = format!(
        "The first result came after {}, the last after {}. Main waited for {}, each time until a task was done; \
         {there}.",
        since(done.first()),
        since(done.last()),
        counted(count, "result"),
    );
    Observation::new(met.len() == done.len() && !done.is_empty() && in_time, text).shown_by(waits.map(|met| met.span))
}
