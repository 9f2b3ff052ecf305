//! `task-as-completed`: the results of tasks, in the order in which they come, for as long as main waits.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, counted};
use crate::runtime::tasks::{Error, as_completed, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::{Cause, Ending, Nanos, ResourceKind, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "task-as-completed",
        title: "Results as they come, of tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/task_as_completed.rs"],
        needs: &[],
        params: &[
            Param::integer("tasks", "how many tasks there are", "tasks", (1, 50), 8),
            Param::integer("timeout", "how long main waits for results at most", "ms", (50, 2000), 1000),
        ],
        workers: |_| 0,
        estimate: |values| Estimate::waits(length(3).min(values.ms("timeout")) + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.count("tasks"), values.ms("timeout")))),
        entries: &[],
    },
    summary: "Tasks of different lengths are started together. as_completed gives whichever result comes next, so no \
              result waits for a slower one. When main's time is up, it goes on without the rest.",
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

async fn program(tasks: u32, timeout: Duration) -> Result<(), Failure> {
    let tasks: Vec<_> = (1..=tasks).map(|number| spawn(format!("square-{number}"), square(number))).collect();
    let mut results = as_completed(tasks).at_most(timeout);
    while let Some(result) = results.next().await {
        match result {
            Ok((number, square)) => print(format!("{number} squared is {square}")),
            Err(Error::TimedOut) => {
                print("the time is up");
                return Ok(()); // What has not come is cancelled with the end of the run.
            }
            Err(error) => return Err(error.into()),
        }
    }
    print("all results have come");
    Ok(())
}
// weft:end

/// So close to each other, in real time, either may come first.
const CLOSE: Nanos = Nanos::from_millis(10);

fn observe(seen: &Seen) -> Vec<Observation> {
    let number = seen.values.count("tasks");
    let tasks = seen.lanes("square", number);
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main task.")] };
    let results: Vec<u32> =
        seen.printed(main).filter_map(|line| line.text.split_once(" squared is ")?.0.parse().ok()).collect();
    let time_is_up = seen.said("main", "the time is up");

    // By their ends, and those of one moment as main had them, since a clock has steps.
    let end_of = |number: &u32| seen.end(&format!("square-{number}")).map(|end| end.time);
    let ends: Vec<_> = results.iter().filter_map(end_of).collect();
    let once = results.iter().enumerate().all(|(at, number)| !results[..at].contains(number));
    let in_order = ends.len() == results.len() && ends.windows(2).all(|pair| pair[0] <= pair[1]);
    let overtaken =
        results.iter().enumerate().filter(|(at, number)| results[..*at].iter().any(|before| before > number));
    let overtaken = overtaken.count();
    let listed: Vec<_> = results.iter().take(12).map(ToString::to_string).collect();
    let more = if results.len() > listed.len() { "…" } else { "" };
    let text = match results.len() {
        0 => "No result came while main waited.".to_owned(),
        _ => format!(
            "The results came in the order in which the tasks were done: {}{more}. {overtaken} of them came after \
             that of a task started later.",
            listed.join(", "),
        ),
    };
    let all = results.len() == number as usize || time_is_up.is_some();
    let order = Observation::new(once && in_order && all, text).shown_by(tasks.iter().map(|lane| seen.life(lane)));

    let mut met = seen.met(main, ResourceKind::Gather);
    let asked = met.first().map(|met| met.span.start).unwrap_or_default();
    if time_is_up.is_some() {
        // The last wait brought nothing, if there was one: the time may have been over before.
        met.truncate(results.len());
    }
    let waits = met.iter().filter(|met| met.waited);
    let by_an_end = waits.clone().all(|met| {
        met.cause.is_some_and(|Cause { lane, time }| {
            tasks.iter().any(|task| task.id == lane && task.end.as_ref().is_some_and(|end| end.time == time))
        })
    });
    let has_result = |number: u32| results.contains(&number);
    let shortest = tasks.iter().zip(1..).filter(|(_, number)| has_result(*number)).all(|(lane, number)| {
        let life = seen.life(lane);
        life.end.saturating_sub(life.start) >= Nanos::from(length(number).div_f64(seen.speed))
    });
    let count = waits.clone().count();
    let text = match (ends.first(), ends.last()) {
        (Some(first), Some(last)) => format!(
            "The first result came at {first}, the last at {last}. Main waited for {}, each time until a task was \
             done; {} there already.",
            counted(count, "result"),
            match met.len().saturating_sub(count) {
                0 => "none was".to_owned(),
                1 => "1 was".to_owned(),
                more => format!("{more} were"),
            }
        ),
        _ => "No task was done before.".to_owned(),
    };
    let waited = results.is_empty() || count > 0;
    let came = Observation::new(met.len() == results.len() && waited && by_an_end && shortest, text)
        .shown_by(waits.map(|met| met.span));
    vec![order, came, in_time(seen, &tasks, &results, asked)]
}

/// That main had the results of those tasks whose time was over before its own, which began when it asked for them or a
/// little before.
fn in_time(seen: &Seen, tasks: &[&Lane], results: &[u32], asked: Nanos) -> Observation {
    let timeout = seen.wait("timeout");
    let from = seen.lane("main").map(|main| seen.life(main).start).unwrap_or_default();
    let fits = |(lane, number): (&&Lane, u32)| {
        let length = Nanos::from(length(number).div_f64(seen.speed));
        let due = seen.spans_in(lane, State::Sleeping).first().map(|sleep| sleep.start + length);
        let ending = lane.end.as_ref().map(|end| end.ending);
        match results.contains(&number) {
            true => ending == Some(Ending::Returned) && due.is_some_and(|due| due <= asked + timeout + CLOSE),
            false => ending == Some(Ending::Cancelled) && due.is_none_or(|due| due + CLOSE >= from + timeout),
        }
    };
    let as_due = tasks.iter().zip(1..).all(fits);
    let Some(told) = seen.said("main", "the time is up") else {
        let text = format!("All results came within the {timeout} for which main would have waited.");
        return Observation::new(as_due && results.len() == tasks.len(), text);
    };
    let missing = tasks.len() - results.len();
    let text = format!(
        "After {} main waited no longer: it had {}, and {} cancelled at the end of the run.",
        told.saturating_sub(asked),
        counted(results.len(), "result"),
        match missing {
            1 => "1 task was".to_owned(),
            _ => format!("{missing} tasks were"),
        },
    );
    Observation::new(as_due && missing > 0 && told + CLOSE >= from + timeout, text)
}
