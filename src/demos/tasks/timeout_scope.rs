//! `timeout-scope`: one deadline over several awaits.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{sleep, timeout};
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "timeout-scope",
        title: "A deadline over several awaits",
        language: Language::Rust,
        files: &["src/demos/tasks/timeout_scope.rs"],
        needs: &[],
        params: &[
            Param::integer("work", "how long each of the three steps takes", "ms", (10, 5000), 200),
            Param::integer("timeout", "how long all of them may take together", "ms", (10, 5000), 500),
        ],
        workers: |_| 0,
        estimate: |values| {
            Estimate::waits((values.ms("work") * 3).min(values.ms("timeout")) + Duration::from_millis(50))
        },
        main: Main::Task(|values| Box::pin(program(values.ms("work"), values.ms("timeout")))),
        entries: &[],
    },
    summary: "Three steps have one deadline together. Whichever await is waiting when the time is over is cut, and \
              what would have come after it does not happen.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn program(work: Duration, limit: Duration) -> Result<(), Failure> {
    let steps = async {
        sleep(work).await;
        print("connected");
        sleep(work).await;
        print("asked");
        sleep(work).await;
        print("answered");
        Ok(())
    };
    match timeout(limit, steps).await {
        Ok(()) => print("all in time"),
        Err(error) => print(format!("not all: {error}")),
    }
    Ok(())
}
// weft:end

const STEPS: [&str; 3] = ["connected", "asked", "answered"];

fn observe(seen: &Seen) -> Vec<Observation> {
    let (work, limit) = (seen.wait("work"), seen.wait("timeout"));
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main task.")] };
    let start = seen.life(main).start;
    let done: Vec<_> = STEPS.iter().map_while(|step| seen.said("main", step)).collect();
    let sleeps = seen.spans_in(main, State::Sleeping);
    let cut = seen.said("main", "not all: timed out");
    let whole = seen.said("main", "all in time");
    let each_whole = sleeps.len() >= done.len() && sleeps.iter().take(done.len()).all(|span| span.duration() >= work);
    let told = cut.or(whole).unwrap_or_default();
    let took = told.saturating_sub(start);
    let deadline = match (whole, cut) {
        (Some(_), None) => Observation::new(
            done.len() == 3 && each_whole && took >= Nanos(work.0 * 3),
            format!("All three steps were done after {took}; the deadline was {limit}."),
        ),
        (None, Some(_)) => Observation::new(
            done.len() < 3 && each_whole && took >= limit && took <= seen.at_most(limit),
            format!("After {took} the time was over, with {} of three steps done.", done.len()),
        ),
        _ => Observation::new(false, "Main does not say how it ended."),
    }
    .shown_by(sleeps.iter().map(|span| Stretch::new(main, span)));

    let mark = seen.timeline.marks.iter().find(|mark| mark.text.starts_with("timed out at "));
    let line = |span: &crate::timeline::Span| span.site.and_then(|site| seen.timeline.site(site));
    let last = sleeps.last();
    let place = last.and_then(line).map_or_else(String::new, |line| format!("{}:{}", line.file, line.line));
    let what = match (last, cut) {
        (Some(span), Some(cut)) => Observation::new(
            sleeps.len() == done.len() + 1
                && span.end <= cut
                // Its own time may have been over too: in the same turn of the loop.
                && seen.next_turn(main, span.end).is_some_and(|turn| turn >= start + limit && turn <= cut)
                && mark.is_some_and(|mark| mark.text == format!("timed out at {place}")),
            format!("The await at {place} was cut after {} of {work}.", span.duration()),
        )
        .shown_by([Stretch::new(main, span)]),
        _ => Observation::new(sleeps.len() == 3 && done.len() == 3 && mark.is_none(), "No await was cut."),
    };
    vec![deadline, what]
}
