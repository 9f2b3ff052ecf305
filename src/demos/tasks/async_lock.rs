//! `async-lock`: tasks that add to one counter, and await between reading and writing it, with a lock and without.

use std::time::Duration;

use crate::demos::judges::additions::{Adding, observe};
use crate::demos::{Demo, Estimate, Group, Language, Main, Param, ParamKind, Program, Status, Values};
use crate::runtime::tasks::{Lock, SharedCell, sleep, spawn};
use crate::runtime::{Failure, print};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-lock",
        title: "A lock between tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/async_lock.rs"],
        needs: &[],
        params: &[
            Param {
                name: "lock",
                help: "whether each update is made under a lock",
                unit: "",
                kind: ParamKind::Boolean { default: false },
            },
            Param::integer("tasks", "how many workers are started", "tasks", (2, 12), 4),
            Param::integer("increments", "how often each one adds to the counter", "updates", (1, 1000), 10),
            Param::integer("work", "how long it awaits between reading and writing", "ms", (0, 2000), 20),
        ],
        workers: |_| 0,
        estimate,
        main: Main::Task(|values| {
            let (tasks, increments) = (values.count("tasks"), values.count("increments"));
            Box::pin(program(tasks, increments, values.ms("work"), values.boolean("lock")))
        }),
        entries: &[],
    },
    summary: "Tasks read a counter, await something, and write back one more. On one thread nothing can come in \
              between, except at an await: there updates are lost, unless a lock lets one task in at a time.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe: |seen| observe(seen, &ADDING, seen.wait("work")),
    hidden: false,
};

const ADDING: Adding = Adding { one: "task", many: "tasks", to: "counter" };

fn estimate(values: &Values) -> Estimate {
    let increments = values.count("increments");
    let one_by_one = if values.boolean("lock") { increments * values.count("tasks") } else { increments };
    // Browsers' timers are late by a few milliseconds.
    let late = if values.ms("work").is_zero() { Duration::ZERO } else { Duration::from_millis(4) };
    let waits = values.ms("work") * one_by_one;
    Estimate { waits, work: late * one_by_one + Duration::from_millis(50) }
}

// weft:begin
async fn program(tasks: u32, times: u32, moment: Duration, with_lock: bool) -> Result<(), Failure> {
    let counter = SharedCell::new("counter", 0);
    let lock = Lock::new("lock");

    let mut workers = Vec::new();
    for number in 1..=tasks {
        let (counter, lock) = (counter.clone(), lock.clone());
        let add = async move {
            for _ in 0..times {
                let _guard = if with_lock { Some(lock.hold().await) } else { None };
                let value = counter.get();
                // Other tasks run now. Without the lock they read the same value.
                sleep(moment).await;
                counter.set(value + 1);
            }
            Ok(())
        };
        workers.push(spawn(format!("worker-{number}"), add));
    }
    for worker in workers {
        worker.await?;
    }

    let expected = i64::from(tasks) * i64::from(times);
    let lost = expected - counter.get();
    print(format!("{tasks} tasks added {times} each: {expected} expected"));
    print(if lost == 0 { "no update was lost" } else { "updates were lost" });
    Ok(())
}
// weft:end
