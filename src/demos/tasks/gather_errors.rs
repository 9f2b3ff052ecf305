//! `gather-errors`: several tasks, one of which fails; the first error is raised, or all results are collected.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::tasks::{Error, When, gather, sleep, spawn, wait};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "gather-errors",
        title: "Gathering with an error",
        language: Language::Rust,
        files: &["src/demos/tasks/gather_errors.rs"],
        needs: &[],
        params: &[
            Param {
                name: "collect",
                help: "whether errors are collected as results",
                unit: "",
                kind: ParamKind::Boolean { default: false },
            },
            Param::integer("failing", "the task that fails", "", (1, 5), 2),
        ],
        workers: |_| 0,
        estimate: |_| Estimate::waits(STEP * 5 + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.boolean("collect"), values.count("failing")))),
        entries: &[],
    },
    summary: "One of five gathered tasks fails. Either its error is raised at once where they are gathered, and the \
              others go on unheard; or all results are collected, the error among them.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const STEP: Duration = Duration::from_millis(200);

async fn fetch(number: u32, failing: u32) -> Result<u32, Error> {
    sleep(STEP * number).await;
    if number == failing {
        return Err(Error::raised(format!("fetch {number} failed")));
    }
    print(format!("fetch {number} is done"));
    Ok(number * 10)
}

async fn program(collect: bool, failing: u32) -> Result<(), Failure> {
    let tasks: Vec<_> = (1..=5).map(|number| spawn(format!("fetch-{number}"), fetch(number, failing))).collect();
    if collect {
        for result in gather(tasks).collect_errors().await? {
            match result {
                Ok(value) => print(format!("result {value}")),
                Err(error) => print(format!("error: {error}")),
            }
        }
        return Ok(());
    }
    match gather(tasks.clone()).await {
        Ok(values) => print(format!("results {values:?}")),
        Err(error) => print(format!("raised: {error}")),
    }
    // gather is over, the others are not.
    wait(tasks, When::All).await?;
    print("now the others are done too");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (collect, failing) = (seen.values.boolean("collect"), seen.values.count("failing"));
    let step = Nanos::from(STEP.div_f64(seen.speed));
    let fetches = seen.lanes("fetch", 5);
    let name = format!("fetch-{failing}");
    let error = format!("fetch {failing} failed");
    let (Some(failed), Some(main)) = (seen.end(&name), seen.lane("main")) else {
        return vec![Observation::new(false, "The task that fails has not ended.")];
    };
    let last = fetches.iter().filter_map(|lane| lane.end.as_ref()).map(|end| end.time).max().unwrap_or_default();
    let raised = seen.said("main", &format!("raised: {error}"));
    let collected = seen.said("main", &format!("error: {error}"));
    let right = failed.ending == Ending::Failed && failed.message.as_deref() == Some(&error);
    let told = if collect {
        let values = seen.printed(main).filter(|line| line.text.starts_with("result ")).count();
        Observation::new(
            right && raised.is_none() && collected.is_some_and(|time| time >= last) && values == 4,
            format!(
                "{name} failed at {}. Main heard of it at {}, when all were done, with {values} results.",
                failed.time,
                collected.unwrap_or_default()
            ),
        )
    } else {
        // At once is in main's next turn. Others may come to their ends before that, if the machine put the loop aside.
        let turn = seen.spans_in(main, State::Running).into_iter().find(|turn| turn.start >= failed.time);
        let at_once = raised.zip(turn).is_some_and(|(time, turn)| turn.start <= time && time <= turn.end);
        let pending = fetches.iter().filter(|lane| lane.end.as_ref().is_none_or(|end| Some(end.time) > raised)).count();
        Observation::new(
            right && collected.is_none() && at_once,
            format!(
                "{name} failed at {}. Main had the error in its next turn, at {}, while {pending} others were not done.",
                failed.time,
                raised.unwrap_or_default()
            ),
        )
    }
    .shown_by(seen.lane(&name).map(|lane| seen.life(lane)));

    let others = fetches.iter().filter(|lane| lane.name != name);
    let went_on =
        others.clone().filter(|lane| lane.end.as_ref().is_some_and(|end| end.ending == Ending::Returned)).count();
    let long_enough = fetches.iter().zip(1..).all(|(lane, number)| {
        let life = seen.life(lane);
        life.end.saturating_sub(life.start) >= Nanos(step.0 * number)
    });
    let fate = Observation::new(
        fetches.len() == 5 && went_on == 4 && long_enough,
        format!("An error cancels nobody: the {went_on} others went on to their end, the last at {last}."),
    )
    .shown_by(others.map(|lane| seen.life(lane)));
    vec![told, fate]
}
