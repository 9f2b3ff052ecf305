//! `wait-first`: waiting for the first to be done, the first to fail, or all; the rest is cancelled.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::tasks::{Error, Task, Waited, When, sleep, spawn, wait};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::Ending;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "wait-first",
        title: "The first, or all",
        language: Language::Rust,
        files: &["src/demos/tasks/wait_first.rs"],
        needs: &[],
        params: &[Param {
            name: "when",
            help: "what main waits for",
            unit: "",
            kind: ParamKind::Choice { choices: &["first completed", "first error", "all"], default: "first completed" },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(Duration::from_millis(900)),
        main: Main::Task(|values| {
            Box::pin(program(match values.choice("when") {
                "first completed" => When::FirstCompleted,
                "first error" => When::FirstError,
                _ => When::All,
            }))
        }),
        entries: &[],
    },
    summary: "Three servers are asked, one of which will fail. wait tells who is done and who is not, as soon as \
              what it waits for has come; whoever is pending is cancelled then.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn ask(delay: u64, answers: bool) -> Result<(), Error> {
    sleep(Duration::from_millis(delay)).await;
    if answers { Ok(()) } else { Err(Error::raised("the server is down")) }
}

fn names(tasks: &[Task<()>]) -> String {
    if tasks.is_empty() { "nobody".to_owned() } else { tasks.iter().map(Task::name).collect::<Vec<_>>().join(", ") }
}

async fn program(when: When) -> Result<(), Failure> {
    let fast = spawn("fast", ask(200, true));
    let broken = spawn("broken", ask(500, false));
    let slow = spawn("slow", ask(800, true));
    let Waited { done, pending } = wait([fast, broken, slow], when).await?;
    print(format!("done: {}", names(&done)));
    print(format!("pending: {}", names(&pending)));
    for task in &pending {
        task.cancel();
    }
    if !pending.is_empty() {
        wait(pending, When::All).await?;
    }
    print("nobody is pending any more");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let lanes: Vec<_> = ["fast", "broken", "slow"].iter().filter_map(|name| seen.lane(name)).collect();
    let enough = match seen.values.choice("when") {
        "first completed" => 1,
        "first error" => 2,
        _ => 3,
    };
    let end_of = |lane: &&Lane| lane.end.as_ref().map(|end| end.time);
    // With these wait is over. Who comes to its end before main's next turn is done as well: the machine may put the
    // loop aside until several are due.
    let over = lanes.get(enough - 1).and_then(end_of);
    let next_turn = seen.lane("main").zip(over).and_then(|(main, over)| seen.next_turn(main, over));
    let in_the_meantime = lanes.iter().skip(enough).take_while(|lane| {
        lane.end.as_ref().is_some_and(|end| end.ending != Ending::Cancelled && Some(end.time) <= next_turn)
    });
    let expected_done = enough + in_the_meantime.count();
    let named = |from: usize, to: usize| {
        let names: Vec<_> = lanes.iter().take(to).skip(from).map(|lane| lane.name.as_str()).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    };
    let (done, pending) = (named(0, expected_done), named(expected_done, 3));
    let told = seen.said("main", &format!("done: {done}"));
    let listed = seen.said("main", &format!("pending: {pending}"));
    let in_time = lanes.iter().take(expected_done).all(|lane| end_of(lane).is_some_and(|end| Some(end) <= told))
        && lanes.iter().skip(expected_done).all(|lane| end_of(lane).is_some_and(|end| Some(end) >= told));
    let who = Observation::new(
        lanes.len() == 3 && listed.is_some() && in_time,
        format!("At {} wait was over, with {done} done and {pending} pending.", told.unwrap_or_default()),
    )
    .shown_by(lanes.iter().take(expected_done).map(|lane| seen.life(lane)));

    let endings = [Ending::Returned, Ending::Failed, Ending::Returned];
    let as_expected = lanes.iter().zip(endings).enumerate().all(|(at, (lane, ending))| {
        let ending = if at < expected_done { ending } else { Ending::Cancelled };
        lane.end.as_ref().is_some_and(|end| end.ending == ending)
    });
    let cancelled = lanes.len().saturating_sub(expected_done);
    let text = match cancelled {
        0 => "Nobody had to be cancelled: two returned, and one had failed, which wait did not raise.".to_owned(),
        _ => format!("Who was pending was cancelled: {pending}."),
    };
    let fate = Observation::new(
        lanes.len() == 3 && as_expected && seen.said("main", "nobody is pending any more").is_some(),
        text,
    )
    .shown_by(lanes.iter().skip(expected_done).map(|lane| seen.life(lane)));
    vec![who, fate]
}
