//! `thread-pool-submit`: tasks are submitted to a pool of threads, and each one's result comes through its future.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status, Stretch, Values,
    counted, most_at_once,
};
use crate::runtime::print;
use crate::runtime::threads::{ThreadPool, sleep};
use crate::timeline::Lane;
use crate::trace::{Ending, EventKind, Nanos, ResourceKind};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-pool-submit",
        title: "Futures from a thread pool",
        language: Language::Rust,
        files: &["src/demos/threads/pool_submit.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("workers", "how many threads the pool has", "workers", (1, 12), 4),
            Param::integer("tasks", "how many tasks are submitted", "tasks", (1, 100), 10),
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
                (DELAY + Duration::from_millis(5)) * values.count("tasks").div_ceil(values.count("workers"))
                    + Duration::from_millis(200)
            })
        },
        main: Main::Thread(|values| {
            program(values.count("workers") as usize, values.count("tasks"), bad(values));
            Ok(())
        }),
        entries: &[],
    },
    summary: "A few workers share many tasks, so the tasks are done in rounds. Each task has a future, through which \
              its result comes, or its error.",
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
const DELAY: Duration = Duration::from_millis(300);

fn square(number: u32, bad: Option<u32>) -> Result<u32, String> {
    sleep(DELAY);
    if bad == Some(number) {
        return Err(format!("cannot square {number} today"));
    }
    Ok(number * number)
}

fn program(workers: usize, tasks: u32, bad: Option<u32>) {
    let pool = ThreadPool::new("pool", workers);

    // submit does not wait. It gives a future: a place for a result.
    let submit = |number| {
        let future = pool.submit(format!("square-{number}"), move || square(number, bad));
        (number, future)
    };
    let futures: Vec<_> = (1..=tasks).map(submit).collect();

    // result waits, and gives what the task returned, be it an error.
    for (number, future) in futures {
        match future.result() {
            Ok(square) => print(format!("{number} squared is {square}")),
            Err(error) => print(format!("{number} failed: {error}")),
        }
    }
    pool.shutdown();
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main thread.")] };
    let tasks = seen.scopes("square");
    vec![in_rounds(seen, &tasks), each_its_own(seen, main, &tasks), failure(seen, main, &tasks)]
}

fn in_rounds(seen: &Seen, tasks: &[(u32, Stretch)]) -> Observation {
    let (number, workers) = (seen.values.count("tasks"), seen.values.count("workers"));
    let rounds = number.div_ceil(workers);
    let delay = Nanos::from(DELAY.div_f64(seen.speed));
    let expected = Nanos(delay.0 * u64::from(rounds));
    let spans: Vec<_> = tasks.iter().map(|(_, span)| *span).collect();
    let start = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let end = spans.iter().map(|span| span.end).max().unwrap_or_default();
    let took = end.saturating_sub(start);
    let each_once = tasks.iter().map(|(number, _)| *number).eq(1..=number);
    let long_enough = spans.iter().all(|span| span.end.saturating_sub(span.start) >= delay);
    let few_enough = most_at_once(&spans) <= workers as usize;
    let text = match number {
        1 => format!("1 task of {delay} took {took}."),
        _ => format!(
            "{number} tasks of {delay}, on {}: {} took {took}. One after the other they would take {}.",
            counted(workers as usize, "worker"),
            counted(rounds as usize, "round"),
            Nanos(delay.0 * u64::from(number))
        ),
    };
    let in_time = took >= expected && took <= seen.at_most(expected);
    Observation::new(each_once && long_enough && few_enough && in_time, text).shown_by(spans)
}

fn each_its_own(seen: &Seen, main: &Lane, tasks: &[(u32, Stretch)]) -> Observation {
    // The future of each task is done by the worker that ran the task, and after that.
    let kept = tasks.iter().all(|(number, task)| {
        let future = seen.resource(&format!("square-{number}"));
        let done = future.and_then(|future| {
            future.events.iter().find(|event| matches!(event.kind, EventKind::Level { value: 1, .. }))
        });
        done.is_some_and(|done| done.lane == task.lane && done.time >= task.end)
    });
    let count = seen.values.count("tasks");
    let met = seen.met(main, ResourceKind::Future);
    let waited = met.iter().filter(|met| met.waited).count();
    // The lines are in the order of the inputs, whatever was done first.
    let lines: Vec<_> = seen.printed(main).map(|line| line.text.as_str()).collect();
    let right = |(line, number): (&&str, u32)| match bad(seen.values) == Some(number) {
        true => line.starts_with(&format!("{number} failed")),
        false => **line == format!("{number} squared is {}", number * number),
    };
    let all_right = lines.len() == count as usize && lines.iter().zip(1..).all(right);
    let text = format!(
        "The result of each task came through its own future. Main asked for them in turn: {} came after a wait, {} \
         at once.",
        counted(waited, "result"),
        met.len() - waited
    );
    Observation::new(kept && all_right && met.len() == count as usize, text)
        .shown_by(met.iter().filter(|met| met.waited).map(|met| met.span))
}

fn failure(seen: &Seen, main: &Lane, tasks: &[(u32, Stretch)]) -> Observation {
    let failed: Vec<u32> =
        seen.printed(main).filter_map(|line| line.text.split_once(" failed: ")?.0.parse().ok()).collect();
    let others = seen.printed(main).count() - failed.len();
    let workers_went_on =
        seen.timeline.lanes.iter().all(|lane| lane.end.as_ref().is_some_and(|end| end.ending == Ending::Returned));
    let expected: Vec<_> = bad(seen.values).into_iter().collect();
    let text = match failed[..] {
        [] => format!("No task failed: {} gave a result.", counted(others, "future")),
        [number] => format!(
            "Task {number} failed, which only its own future told: {} gave a result, and each worker went on to \
             its end.",
            counted(others, "other future")
        ),
        _ => format!("{} failed.", counted(failed.len(), "task")),
    };
    let shown = tasks.iter().filter(|(number, _)| failed.contains(number)).map(|(_, span)| *span);
    Observation::new(failed == expected && others + failed.len() == tasks.len() && workers_went_on, text)
        .shown_by(shown)
}
