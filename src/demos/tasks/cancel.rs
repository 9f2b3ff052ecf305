//! `cancel`: a long task is cancelled, and cleans up.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{Error, finally, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::{Ending, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "cancel",
        title: "Cancelling a task",
        language: Language::Rust,
        files: &["src/demos/tasks/cancel.rs"],
        needs: &[],
        params: &[Param::integer("after", "when the task is cancelled", "ms", (10, 2000), 700)],
        workers: |_| 0,
        estimate: |values| Estimate::waits(values.ms("after") + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.ms("after")))),
        entries: &[],
    },
    summary: "A long task is cancelled at the await where it happens to wait. Its clean-up runs, and nothing after \
              that await.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn copy() -> Result<(), Error> {
    // Runs however this ends: in Rust, cancelling a future is dropping it.
    let _cleanup = finally(|| print("the copy is removed"));
    for part in 1..=20 {
        sleep(Duration::from_millis(400)).await;
        print(format!("part {part} of 20 is copied"));
    }
    print("the copy is complete");
    Ok(())
}

async fn program(after: Duration) -> Result<(), Failure> {
    let copy = spawn("copy", copy());
    sleep(after).await;
    print("cancelling the copy");
    copy.cancel();
    match copy.await {
        Ok(()) => print("the copy was complete"),
        Err(error) => print(format!("the copy was {error}")),
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(copy)) = (seen.lane("main"), seen.lane("copy")) else {
        return vec![Observation::new(false, "Main or the copy is not there.")];
    };
    let Some(end) = &copy.end else { return vec![Observation::new(false, "The copy has not ended.")] };
    let after = seen.wait("after");
    let asked = seen.said("main", "cancelling the copy").unwrap_or_default();
    let cleaned = seen.said("copy", "the copy is removed");
    let told = seen.said("main", "the copy was cancelled");
    let in_order = asked >= seen.life(main).start + after
        && cleaned.is_some_and(|cleaned| asked <= cleaned && cleaned <= end.time)
        && told.is_some_and(|told| told >= end.time);
    let clean = Observation::new(
        end.ending == Ending::Cancelled && in_order,
        format!(
            "Cancelled at {asked}, it cleaned up at {}, and main was told at {}.",
            cleaned.unwrap_or_default(),
            told.unwrap_or_default()
        ),
    )
    .shown_by(last_turn(seen, copy));

    let lines: Vec<_> = seen.printed(copy).collect();
    let after_it = lines.iter().filter(|line| cleaned.is_some_and(|cleaned| line.time > cleaned)).count();
    let parts = lines.len().saturating_sub(1);
    let numbered = lines.iter().zip(1..=parts).all(|(line, part)| line.text == format!("part {part} of 20 is copied"));
    let sleeps = seen.spans_in(copy, State::Sleeping);
    let cut = sleeps.last();
    // Its time may have been over by then, but the loop was put aside, and it had no turn.
    let no_turn = cut.and_then(|cut| seen.next_turn(copy, cut.end)).is_some_and(|turn| asked <= turn);
    let nothing = Observation::new(
        after_it == 0 && numbered && sleeps.len() == parts + 1 && no_turn && cut.is_some_and(|cut| cut.end <= end.time),
        format!(
            "Of 20 parts {parts} were copied. The wait for the next was cut after {}, and nothing came after it but \
            the clean-up.",
            cut.map(|cut| cut.duration()).unwrap_or_default(),
        ),
    )
    .shown_by(cut.map(|cut| Stretch::new(copy, cut)));
    vec![clean, nothing]
}

fn last_turn(seen: &Seen, lane: &Lane) -> Option<Stretch> {
    let last = lane.spans_in(State::Running, seen.timeline.now).next_back()?;
    Some(Stretch::new(lane, &last))
}
