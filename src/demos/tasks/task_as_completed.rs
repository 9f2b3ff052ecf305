//! `task-as-completed`: the results of tasks, in the order in which they come.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, counted};
use crate::runtime::tasks::{Error, as_completed, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Cause, Nanos, ResourceKind};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "task-as-completed",
        title: "Results as they come, of tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/task_as_completed.rs"],
        needs: &[],
        params: &[Param::integer("tasks", "how many tasks there are", "tasks", (1, 50), 8)],
        workers: |_| 0,
        estimate: |_| Estimate::waits(length(3) + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.count("tasks")))),
        entries: &[],
    },
    summary: "Tasks of different lengths are started together. as_completed gives whichever result comes next, so no \
              result waits for a slower one.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// From 100 to 700 ms.
fn length(number: u32) -> Duration {
    Duration::from_millis(100) * (1 + 2 * number % 8)
}

async fn square(number: u32) -> Result<(u32, u32), Error> {
    sleep(length(number)).await;
    Ok((number, number * number))
}

async fn program(tasks: u32) -> Result<(), Failure> {
    let tasks: Vec<_> = (1..=tasks).map(|number| spawn(format!("square-{number}"), square(number))).collect();
    let mut results = as_completed(tasks);
    while let Some(result) = results.next().await {
        let (number, square) = result?;
        print(format!("{number} squared is {square}"));
    }
    print("all results have come");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let number = seen.values.count("tasks");
    let tasks = seen.lanes("square", number);
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main task.")] };
    // By their ends, and those of one moment as main had them, since a clock has steps.
    let results: Vec<u32> =
        seen.printed(main).filter_map(|line| line.text.split_once(" squared is ")?.0.parse().ok()).collect();
    let end_of = |number: &u32| seen.end(&format!("square-{number}")).map(|end| end.time);
    let ends: Vec<_> = results.iter().filter_map(end_of).collect();
    let each_once = (1..=number).all(|number| results.iter().filter(|result| **result == number).count() == 1);
    let in_order = ends.len() == number as usize && ends.windows(2).all(|pair| pair[0] <= pair[1]);
    let overtaken =
        results.iter().enumerate().filter(|(at, number)| results[..*at].iter().any(|before| before > number));
    let overtaken = overtaken.count();
    let listed: Vec<_> = results.iter().take(12).map(ToString::to_string).collect();
    let more = if results.len() > listed.len() { "…" } else { "" };
    let order = Observation::new(
        each_once && in_order && results.len() == number as usize,
        format!(
            "The results came in the order in which the tasks were done: {}{more}. {overtaken} of them came after \
            that of a task started later.",
            listed.join(", "),
        ),
    )
    .shown_by(tasks.iter().map(|lane| seen.life(lane)));

    let met = seen.met(main, ResourceKind::Gather);
    let waits = met.iter().filter(|met| met.waited);
    let by_an_end = waits.clone().all(|met| {
        met.cause.is_some_and(|Cause { lane, time }| {
            tasks.iter().any(|task| task.id == lane && task.end.as_ref().is_some_and(|end| end.time == time))
        })
    });
    let shortest = tasks.iter().zip(1..).all(|(lane, number)| {
        let life = seen.life(lane);
        life.end.saturating_sub(life.start) >= Nanos::from(length(number).div_f64(seen.speed))
    });
    let count = waits.clone().count();
    let text = format!(
        "The first result came at {}, the last at {}. Main waited for {}, each time until a task was done; {} there \
        already.",
        ends.first().copied().unwrap_or_default(),
        ends.last().copied().unwrap_or_default(),
        counted(count, "result"),
        match met.len().saturating_sub(count) {
            0 => "none was".to_owned(),
            1 => "1 was".to_owned(),
            more => format!("{more} were"),
        }
    );
    let came = Observation::new(met.len() == number as usize && count > 0 && by_an_end && shortest, text)
        .shown_by(waits.map(|met| met.span));
    vec![order, came]
}
