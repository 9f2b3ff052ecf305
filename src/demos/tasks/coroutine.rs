//! `coroutine`: calling an async function does nothing until it is awaited or spawned.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "coroutine",
        title: "A coroutine waits to be awaited",
        language: Language::Rust,
        files: &["src/demos/tasks/coroutine.rs"],
        needs: &[],
        params: &[],
        workers: |_| 0,
        estimate: |_| Estimate::waits(PAUSE * 5),
        main: Main::Task(|_| Box::pin(program())),
        entries: &[],
    },
    summary: "Calling an async function runs none of its lines. They run when what it gave is awaited, inside the \
              task that awaits; or when it is spawned, as a task of its own.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const PAUSE: Duration = Duration::from_millis(300);

async fn greet(name: &str) -> String {
    print(format!("greet {name}: first line"));
    sleep(PAUSE).await;
    format!("Hello, {name}!")
}

async fn program() -> Result<(), Failure> {
    print("calling greet");
    let coroutine = greet("Ada");
    sleep(PAUSE).await;
    print("called, and nothing of it has run");
    print(coroutine.await);

    print("spawning greet");
    let task = spawn("greet", async { Ok(greet("Grace").await) });
    sleep(PAUSE * 2).await;
    print("spawned, and it has run by itself");
    print(task.await?);
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let pause = Nanos::from(PAUSE.div_f64(seen.speed));
    let (Some(main), Some(task)) = (seen.lane("main"), seen.lane("greet")) else {
        return vec![Observation::new(false, "Main or the spawned task is not there.")];
    };
    let said = |line: &str| seen.said("main", line);
    let called = said("calling greet");
    let awaited = said("called, and nothing of it has run");
    let ran = said("greet Ada: first line");
    let nothing = match (called, awaited, ran) {
        (Some(called), Some(awaited), Some(ran)) => Observation::new(
            called + pause <= awaited && awaited <= ran,
            format!("Called at {called}, awaited at {awaited}: its first line ran at {ran}, and none before."),
        )
        .shown_by([Stretch { lane: main.id, start: called, end: awaited }]),
        _ => Observation::new(false, "A line of the program is missing."),
    };
    let inside = main.id;
    let own = seen.timeline.prints.iter().any(|print| print.lane == inside && print.text == "greet Ada: first line");
    let slept = seen.spans_in(main, State::Sleeping);
    let within = Observation::new(
        own && slept.len() == 3 && slept[1].duration() >= pause,
        format!("Awaited, it ran inside main, which slept in its place; main slept {} times.", slept.len()),
    )
    .shown_by(slept.iter().take(2).skip(1).map(|span| Stretch::new(main, span)));
    let spawned = said("spawning greet");
    let first = seen.said("greet", "greet Grace: first line");
    let last = said("spawned, and it has run by itself");
    let by_itself = match (spawned, first, last) {
        // It is done by then, unless the machine put the loop aside just before its first turn.
        (Some(spawned), Some(first), Some(last)) => Observation::new(
            spawned <= first && first <= last && task.end.is_some(),
            format!(
                "Spawned at {spawned}, it ran at {first} as a task of its own, and was {} before it was awaited.",
                if task.end.as_ref().is_some_and(|end| end.time <= last) { "done" } else { "at work" }
            ),
        )
        .shown_by([seen.life(task)]),
        _ => Observation::new(false, "The spawned task did not say that it ran."),
    };
    vec![nothing, within, by_itself]
}
