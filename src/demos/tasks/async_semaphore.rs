//! `async-semaphore`: many tasks, few permits.

use std::time::Duration;

use crate::demos::judges::permits::{observe, rounds};
use crate::demos::{Demo, Estimate, Group, Language, Main, Param, Program, Status};
use crate::runtime::tasks::{Semaphore, sleep, spawn};
use crate::runtime::{Failure, print};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-semaphore",
        title: "A semaphore between tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/async_semaphore.rs"],
        needs: &[],
        params: &[
            Param::integer("permits", "how many may be held at the same time", "permits", (1, 12), 3),
            Param::integer("tasks", "how many want one", "tasks", (1, 16), 10),
            Param::integer("hold", "how long each one keeps its permit", "ms", (10, 2000), 300),
        ],
        workers: |_| 0,
        estimate: |values| {
            let rounds = rounds(values.count("tasks"), values.count("permits"));
            Estimate::waits((values.ms("hold") + Duration::from_millis(2)) * rounds + Duration::from_millis(50))
        },
        main: Main::Task(|values| {
            Box::pin(program(values.count("permits") as usize, values.count("tasks"), values.ms("hold")))
        }),
        entries: &[],
    },
    summary: "Many tasks want one of few permits, as if a server allowed only so many requests at the same time. \
              Whoever finds none left waits in line until somebody gives one back.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe: |seen| observe(seen, "task"),
    hidden: false,
};

// weft:begin
async fn program(permits: usize, tasks: u32, hold: Duration) -> Result<(), Failure> {
    let semaphore = Semaphore::new("semaphore", permits);
    let mut workers = Vec::new();
    for number in 1..=tasks {
        let semaphore = semaphore.clone();
        let worker = spawn(format!("worker-{number}"), async move {
            let permit = semaphore.hold().await;
            print(format!("worker-{number} is in"));
            sleep(hold).await;
            print(format!("worker-{number} leaves"));
            drop(permit);
            Ok(())
        });
        workers.push(worker);
    }
    for worker in workers {
        worker.await?;
    }
    print("All workers have been in");
    Ok(())
}
// weft:end
