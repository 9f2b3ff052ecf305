//! `wait-for`: an operation against a time-out.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status};
use crate::runtime::tasks::{Error, finally, sleep, spawn, wait_for};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "wait-for",
        title: "Waiting with a time-out",
        language: Language::Rust,
        files: &["src/demos/tasks/wait_for.rs"],
        needs: &[],
        params: &[
            Param::integer("work", "how long the operation takes", "ms", (10, 5000), 800),
            Param::integer("timeout", "how long main waits for it at most", "ms", (10, 5000), 500),
        ],
        workers: |_| 0,
        estimate: |values| Estimate::waits(values.ms("work").min(values.ms("timeout")) + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.ms("work"), values.ms("timeout")))),
        entries: &[],
    },
    summary: "An operation is awaited for so long at most. If it takes longer, it is cancelled where it waits, \
              cleans up, and main goes on without its result.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn operation(work: Duration) -> Result<u32, Error> {
    let _cleanup = finally(|| print("the operation cleans up"));
    print("the operation begins");
    sleep(work).await;
    print("the operation is done");
    Ok(42)
}

async fn program(work: Duration, timeout: Duration) -> Result<(), Failure> {
    let task = spawn("operation", operation(work));
    match wait_for(task, timeout).await {
        Ok(result) => print(format!("result {result}")),
        Err(error) => print(format!("no result: {error}")),
    }
    Ok(())
}
// weft:end

/// So close to each other, in real time, either may come first.
const CLOSE: Nanos = Nanos::from_millis(10);

fn observe(seen: &Seen) -> Vec<Observation> {
    let (work, timeout) = (seen.wait("work"), seen.wait("timeout"));
    let (Some(operation), Some(main)) = (seen.lane("operation"), seen.lane("main")) else {
        return vec![Observation::new(false, "The operation or main is not there.")];
    };
    let Some(end) = &operation.end else { return vec![Observation::new(false, "The operation has not ended.")] };
    let start = seen.life(main).start;
    let result = seen.said("main", "result 42");
    let none = seen.said("main", "no result: timed out");
    let told = result.or(none).unwrap_or_default();
    let waited = told.saturating_sub(start);
    // Whose time is over first comes first. The operation's begins with its own sleep, which the machine may put off. If it
    // puts off the loop until both times are over, the operation is cancelled before its turn, as in asyncio; and if main
    // has its turn only when the time is up, it has timed out even if the operation has returned.
    let sleep = seen.spans_in(operation, State::Sleeping).first().map(|sleep| (sleep.start, sleep.end));
    let in_time = |turn: Option<Nanos>| turn.is_some_and(|turn| turn < start + timeout);
    let must_end = match end.ending {
        Ending::Returned => in_time(seen.next_turn(main, end.time)),
        _ => sleep.is_some_and(|(from, to)| from + work < start + timeout && in_time(seen.next_turn(operation, to))),
    };
    let may_end = work < timeout + CLOSE;
    let outcome = match (result, none) {
        (Some(_), None) => Observation::new(
            may_end && waited >= work && waited <= seen.at_most(work),
            format!("The operation took {work}, in time for {timeout}: main had its result after {waited}."),
        ),
        (None, Some(_)) => Observation::new(
            !must_end && waited >= timeout && waited <= seen.at_most(timeout),
            format!("The operation would have taken {work}: after {waited} the time was over."),
        ),
        _ => Observation::new(false, "Main had neither a result nor a time-out."),
    }
    .shown_by([seen.life(main)]);

    let cleaned = seen.said("operation", "the operation cleans up");
    let done = seen.said("operation", "the operation is done");
    let clean = cleaned.is_some_and(|cleaned| cleaned <= end.time);
    let fate = match end.ending {
        Ending::Cancelled => Observation::new(
            clean && done.is_none() && none.is_some() && cleaned >= Some(start + timeout),
            format!("It was cancelled at {}, cleaned up, and did nothing more.", end.time),
        ),
        Ending::Returned => Observation::new(
            clean && done.is_some() && (result.is_some() || !must_end),
            format!("It returned at {}, and cleaned up on its way out.", end.time),
        ),
        other => Observation::new(false, format!("The operation {}.", other.name())),
    }
    .shown_by([seen.life(operation)]);
    vec![outcome, fate]
}
