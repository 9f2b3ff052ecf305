//! `background-task`: fire and forget: a task that is awaited at the end, or left behind.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::tasks::{Error, finally, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "background-task",
        title: "A task in the background",
        language: Language::Rust,
        files: &["src/demos/tasks/background_task.rs"],
        needs: &[],
        params: &[Param {
            name: "keep",
            help: "whether main keeps the task and awaits it at the end",
            unit: "",
            kind: ParamKind::Boolean { default: false },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(LOG + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.boolean("keep")))),
        entries: &[],
    },
    summary: "A task writes a log while main goes on. If main keeps it and awaits it at the end, the log is written; \
              if main forgets it, the loop’s end is the task’s end too.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const LOG: Duration = Duration::from_millis(900);

async fn write_log() -> Result<(), Error> {
    let _cleanup = finally(|| print("the log is closed"));
    sleep(LOG).await;
    print("the log is written");
    Ok(())
}

async fn program(keep: bool) -> Result<(), Failure> {
    let log = spawn("log", write_log());
    sleep(Duration::from_millis(400)).await;
    print("main has done its work");
    if keep {
        log.await?;
    }
    print("main ends");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let keep = seen.values.boolean("keep");
    let (Some(log), Some(main)) = (seen.end("log"), seen.end("main")) else {
        return vec![Observation::new(false, "The log or main has not ended.")];
    };
    let written = seen.said("log", "the log is written");
    let closed = seen.said("log", "the log is closed").is_some_and(|closed| closed <= log.time);
    let least = Nanos::from(LOG.div_f64(seen.speed));
    let shown = seen.lane("log").map(|lane| seen.life(lane));
    let start = shown.map(|life| life.start).unwrap_or_default();
    let fate = match keep {
        true => Observation::new(
            log.ending == Ending::Returned && written.is_some() && closed && log.time >= start + least,
            format!("Main kept the task: the log was written at {}.", written.unwrap_or_default()),
        ),
        false => Observation::new(
            log.ending == Ending::Cancelled && written.is_none() && closed,
            format!("Nobody awaited the task: it was cancelled at {}, closed its log, and wrote nothing.", log.time),
        ),
    };
    let order = match keep {
        true => Observation::new(
            log.time <= main.time,
            format!("The log’s task ended at {}, main after it, at {}.", log.time, main.time),
        ),
        false => Observation::new(
            main.time <= log.time,
            format!("Main ended at {}, and took the loop with it; the log’s task ended at {}.", main.time, log.time),
        ),
    };
    vec![fate.shown_by(shown), order.shown_by(seen.lane("main").map(|lane| seen.life(lane)))]
}
