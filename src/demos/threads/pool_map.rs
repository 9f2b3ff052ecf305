//! `thread-pool-map`: a pool calls a function for each input, and the results come in the order of the inputs.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Met, Need, Observation, Param, ParamKind, Program, Seen, Status, Stretch,
    Values, counted,
};
use crate::runtime::print;
use crate::runtime::threads::{ThreadPool, sleep};
use crate::timeline::Lane;
use crate::trace::{EventKind, Nanos, ResourceKind};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-pool-map",
        title: "Map over a thread pool",
        language: Language::Rust,
        files: &["src/demos/threads/pool_map.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("workers", "how many threads the pool has", "workers", (1, 12), 4),
            Param::integer("tasks", "how many inputs there are", "tasks", (1, 100), 10),
            Param {
                name: "fail",
                help: "whether one of the tasks fails",
                unit: "",
                kind: ParamKind::Choice { choices: &["none", "one"], default: "none" },
            },
        ],
        workers: |values| values.count("workers") as usize + 1,
        estimate: |values| {
            Estimate::waits({
                let all: Duration =
                    (1..=values.count("tasks")).map(|number| length(number) + Duration::from_millis(5)).sum();
                all / values.count("workers") + length(1) + Duration::from_millis(200)
            })
        },
        main: Main::Thread(|values| {
            program(values.count("workers") as usize, values.count("tasks"), bad(values));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Of every four tasks the first takes longest, so they are completed in another order than that of their \
              inputs. map gives the results in the order of the inputs all the same.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

/// The task that fails, if one shall.
fn bad(values: &Values) -> Option<u32> {
    (values.choice("fail") == "one").then(|| values.count("tasks").div_ceil(2))
}

// weft:begin
/// The first of four tasks takes longest, so they are done in reverse order.
fn length(number: u32) -> Duration {
    Duration::from_millis(150) * (4 - (number - 1) % 4)
}

fn square(number: u32, bad: Option<u32>) -> Result<u32, String> {
    sleep(length(number));
    if bad == Some(number) {
        return Err(format!("cannot square {number} today"));
    }
    Ok(number * number)
}

fn program(workers: usize, tasks: u32, bad: Option<u32>) {
    let pool = ThreadPool::new("pool", workers);
    let results = pool.map("square", 1..=tasks, move |number| square(number, bad));

    // Each result in its turn, even if later ones are there already.
    for (number, result) in (1..=tasks).zip(results) {
        match result {
            Ok(square) => print(format!("{number} squared is {square}")),
            // An error comes in its turn too. In Python it is raised here, and ends the loop.
            Err(error) => {
                print(format!("no more results: {error}"));
                break;
            }
        }
    }
    pool.shutdown();
    print("the pool is closed");
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main thread.")] };
    let tasks: Vec<_> =
        seen.scopes("square").into_iter().filter_map(|(number, span)| Task::new(seen, number, span)).collect();
    vec![input_order(seen, main, &tasks), in_turn(seen, main, &tasks), failure(seen, main, &tasks)]
}

struct Task {
    number: u32,
    span: Stretch,
    done: Nanos,
}

impl Task {
    /// A task that has run, with the moment its future was done.
    fn new(seen: &Seen, number: u32, span: Stretch) -> Option<Task> {
        let future = seen.resource(&format!("square-{number}"))?;
        let is_done = |kind: &EventKind| matches!(kind, EventKind::Level { value: 1, .. });
        let done = future.events.iter().find(|event| event.lane == span.lane && is_done(&event.kind))?.time;
        Some(Task { number, span, done })
    }
}

/// How many results come before the one that fails, or all.
fn good(values: &Values) -> u32 {
    bad(values).map_or(values.count("tasks"), |bad| bad - 1)
}

fn input_order(seen: &Seen, main: &Lane, tasks: &[Task]) -> Observation {
    let squared = |line: &str| {
        let (number, square) = line.split_once(" squared is ")?;
        let (number, square): (u32, u32) = (number.parse().ok()?, square.parse().ok()?);
        (square == number * number).then_some(number)
    };
    let results: Vec<_> = seen.printed(main).filter_map(|line| squared(&line.text)).collect();
    let mut by_completion: Vec<_> = tasks.iter().collect();
    by_completion.sort_by_key(|task| task.done);
    let completed: Vec<_> = by_completion.iter().take(12).map(|task| task.number.to_string()).collect();
    let more = if by_completion.len() > completed.len() { "…" } else { "" };
    let completed = format!("{}{more}", completed.join(", "));
    let text = match results[..] {
        [] => format!("No result came; the tasks were completed in the order {completed}."),
        [only] => format!("One result came, of input {only}; the tasks were completed in the order {completed}."),
        [first, .., last] => format!(
            "The results came in the order of the inputs, {first} to {last}; the tasks were completed in the order \
             {completed}."
        ),
    };
    // Main's last use of the results cancels what has not begun by then: nothing, unless a task has failed.
    let must_run = bad(seen.values).unwrap_or(seen.values.count("tasks"));
    let all_ran = tasks.iter().map(|task| task.number).take(must_run as usize).eq(1..=must_run);
    Observation::new(all_ran && results.iter().copied().eq(1..=good(seen.values)), text)
        .shown_by(by_completion.iter().map(|task| task.span))
}

fn in_turn(seen: &Seen, main: &Lane, tasks: &[Task]) -> Observation {
    let met = seen.met(main, ResourceKind::Future);
    let asked = good(seen.values) + u32::from(bad(seen.values).is_some());
    let future = |number: u32| seen.resource(&format!("square-{number}")).map(|future| future.id);
    let in_order = met.iter().map(|met| Some(met.resource)).eq((1..=asked).map(future));
    // None is given before it is there, and each wait is ended by who did the task.
    let there = |(met, task): (&Met, &Task)| {
        met.span.end >= task.done && (!met.waited || met.cause.is_some_and(|cause| cause.lane == task.span.lane))
    };
    let all_there = met.iter().zip(tasks).all(there);
    let waits = met.iter().filter(|met| met.waited);
    let early = met.iter().zip(tasks).filter(|(met, _)| !met.waited);
    let text = format!(
        "Main asked for the results in turn: {} came after a wait, {}.",
        counted(waits.clone().count(), "result"),
        match early.clone().map(|(met, task)| met.span.end.saturating_sub(task.done)).max() {
            None => "none at once".to_owned(),
            Some(longest) => format!("{} at once, having been there for up to {longest}", early.count()),
        }
    );
    Observation::new(in_order && all_there, text).shown_by(waits.map(|met| met.span))
}

fn failure(seen: &Seen, main: &Lane, tasks: &[Task]) -> Observation {
    let lines: Vec<_> = seen.printed(main).map(|line| line.text.as_str()).collect();
    let results = lines.iter().filter(|line| line.contains(" squared is ")).count();
    let error = lines.iter().position(|line| line.starts_with("no more results: "));
    match bad(seen.values) {
        None => {
            let text = format!("No task failed: {} from {}.", counted(results, "result"), counted(tasks.len(), "task"));
            Observation::new(error.is_none() && results == tasks.len(), text)
        }
        Some(bad) => {
            let ran = tasks.iter().filter(|task| task.number > bad).count();
            let after = (seen.values.count("tasks") - bad) as usize;
            let cancelled = match after.saturating_sub(ran) {
                0 => "",
                1 => ", and one was cancelled first",
                _ => ", and the others were cancelled first",
            };
            let after = match after {
                0 => "there was no task after it".to_owned(),
                after => {
                    let after = counted(after, "task");
                    format!("main got nothing from the {after} after it, though {ran} ran to the end{cancelled}")
                }
            };
            let text = format!(
                "Task {bad} failed. Its error came in its turn, after {}; {after}.",
                counted(results, "result")
            );
            let in_its_turn = error == Some(good(seen.values) as usize) && results == good(seen.values) as usize;
            Observation::new(in_its_turn, text)
                .shown_by(tasks.iter().filter(|task| task.number == bad).map(|task| task.span))
        }
    }
}
