//! `task-error`: the error of a task arrives where the task is awaited.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{Error, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "task-error",
        title: "The error of a task",
        language: Language::Rust,
        files: &["src/demos/tasks/task_error.rs"],
        needs: &[],
        params: &[],
        workers: |_| 0,
        estimate: |_| Estimate::waits(MEANWHILE + Duration::from_millis(50)),
        main: Main::Task(|_| Box::pin(program())),
        entries: &[],
    },
    summary: "A task fails while main does something else. Nothing happens to main then; the error waits until main \
              awaits the task.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const DELAY: Duration = Duration::from_millis(300);
const MEANWHILE: Duration = Duration::from_millis(800);

async fn parse(text: &str) -> Result<i32, Error> {
    sleep(DELAY).await;
    text.parse().map_err(|_| Error::raised(format!("ValueError: {text:?} is no number")))
}

async fn program() -> Result<(), Failure> {
    let task = spawn("parse", parse("forty-two"));
    print("main does something else");
    sleep(MEANWHILE).await;
    print("main awaits the task");
    match task.await {
        Ok(number) => print(format!("got {number}")),
        Err(error) => print(format!("caught {error}")),
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(task)) = (seen.lane("main"), seen.lane("parse")) else {
        return vec![Observation::new(false, "Main or the task is not there.")];
    };
    let Some(end) = &task.end else { return vec![Observation::new(false, "The task has not ended.")] };
    let message = end.message.as_deref().unwrap_or("nothing");
    let life = seen.life(task);
    let delay = Nanos::from(DELAY.div_f64(seen.speed));
    let raised = Observation::new(
        end.ending == Ending::Failed
            && message.starts_with("ValueError")
            && life.end.saturating_sub(life.start) >= delay,
        format!("The task failed at {}: {message}.", end.time),
    )
    .shown_by([life]);
    let awaited = seen.said("main", "main awaits the task").unwrap_or_default();
    let caught = seen.said("main", &format!("caught {message}"));
    // It has failed by then, unless the machine put the loop aside just before its first turn; then main waits for it.
    let met = seen.join(main, task).filter(|join| join.start >= awaited);
    let late = Observation::new(
        met.is_some_and(|join| caught.is_some_and(|caught| caught >= join.end)),
        format!(
            "Main did not notice for {}; the error arrived at {}, where main awaited the task.",
            awaited.saturating_sub(end.time),
            caught.unwrap_or_default(),
        ),
    )
    .shown_by([Stretch { lane: main.id, start: end.time, end: caught.unwrap_or(end.time).max(end.time) }]);
    vec![raised, late]
}
