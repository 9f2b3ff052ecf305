//! `failing-task`: a task that panics while others wait. Not in the catalogue: tests use it to see that the page names
//! the task and what was wrong.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::Failure;
use crate::runtime::tasks::{sleep, spawn};
use crate::trace::Ending;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "failing-task",
        title: "A task that fails",
        language: Language::Rust,
        files: &["src/demos/tasks/failing.rs"],
        needs: &[],
        params: &[Param {
            name: "how",
            help: "what goes wrong",
            unit: "",
            kind: ParamKind::Choice { choices: &["error", "task"], default: "error" },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(Duration::from_millis(100)),
        main: Main::Task(|values| {
            let panics = values.choice("how") == "task";
            Box::pin(program(panics))
        }),
        entries: &[],
    },
    summary: "A task panics, or the main program returns an error, while another task sleeps.",
    group: Group::Tasks,
    expected: |_| Status::Failed,
    observe,
    hidden: true,
};

// weft:begin
async fn program(panics: bool) -> Result<(), Failure> {
    drop(spawn("sleeper", async {
        sleep(Duration::from_secs(60)).await;
        Ok(())
    }));
    let worker = spawn("worker", async move {
        sleep(Duration::from_millis(10)).await;
        assert!(!panics, "the worker is out of order");
        Ok(())
    });
    worker.await?;
    Err(Failure { lane: "main".to_owned(), message: "an error came back".to_owned() })
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let how = if seen.values.choice("how") == "task" { "worker" } else { "main" };
    let end = seen.lane(how).and_then(|lane| lane.end.as_ref());
    let message = end.and_then(|end| end.message.as_deref()).unwrap_or("nothing");
    vec![Observation::new(
        end.is_some_and(|end| end.ending == Ending::Failed),
        format!("{how} ended with the message: {message}."),
    )]
}
