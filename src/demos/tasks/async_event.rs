//! `async-event`: many tasks wait for one to say that it is time.

use std::time::Duration;

use crate::demos::judges::flag::observe;
use crate::demos::{Demo, Estimate, Group, Language, Main, Param, Program, Status};
use crate::runtime::tasks::{Event, sleep, spawn};
use crate::runtime::{Failure, print};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-event",
        title: "An event between tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/async_event.rs"],
        needs: &[],
        params: &[
            Param::integer("waiters", "how many tasks wait", "tasks", (1, 12), 3),
            Param::integer("delay", "how long the setter takes", "ms", (10, 2000), 800),
        ],
        workers: |_| 0,
        estimate: |values| Estimate::waits(values.ms("delay") + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.count("waiters"), values.ms("delay")))),
        entries: &[],
    },
    summary: "Tasks wait until another one sets an event. Setting it once wakes all of them, and the loop gives them \
              their turns in the order in which they came.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn program(waiters: u32, delay: Duration) -> Result<(), Failure> {
    let ready = Event::new("ready");
    let mut tasks = Vec::new();
    for number in 1..=waiters {
        let ready = ready.clone();
        tasks.push(spawn(format!("waiter-{number}"), async move {
            print(format!("waiter-{number} waits"));
            ready.wait().await;
            print(format!("waiter-{number} goes on"));
            Ok(())
        }));
    }
    tasks.push(spawn("setter", async move {
        sleep(delay).await;
        print("setter is ready");
        ready.set();
        Ok(())
    }));
    for task in tasks {
        task.await?;
    }
    Ok(())
}
// weft:end
