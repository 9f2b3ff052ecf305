//! `await-switch`: two tasks with crossing sleeps; the loop goes from one to the other at each await.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{Error, gather, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::{LaneKind, Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "await-switch",
        title: "Switching at await",
        language: Language::Rust,
        files: &["src/demos/tasks/await_switch.rs"],
        needs: &[],
        params: &[
            Param::integer("first", "how long the first task sleeps each time", "ms", (10, 1000), 300),
            Param::integer("second", "how long the second task sleeps each time", "ms", (10, 1000), 200),
        ],
        workers: |_| 0,
        estimate: |values| {
            Estimate::waits(
                (values.ms("first") + Duration::from_millis(2)).max(values.ms("second")) * SLEEPS
                    + Duration::from_millis(50),
            )
        },
        main: Main::Task(|values| Box::pin(program(values.ms("first"), values.ms("second")))),
        entries: &[],
    },
    summary: "Two tasks sleep in turns of their own. At each await the loop goes on with whoever is ready; in \
              between it has nothing to do.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

/// How often each task sleeps.
const SLEEPS: u32 = 3;

// weft:begin
async fn steps(name: &str, pause: Duration) -> Result<(), Error> {
    for number in 1..=3 {
        print(format!("{name} begins step {number}"));
        sleep(pause).await; // Here the loop goes on with somebody else.
    }
    print(format!("{name} is done"));
    Ok(())
}

async fn program(first: Duration, second: Duration) -> Result<(), Failure> {
    let first = spawn("first", steps("first", first));
    let second = spawn("second", steps("second", second));
    gather([first, second]).await?;
    print("both are done");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(first), Some(second)) = (seen.lane("first"), seen.lane("second")) else {
        return vec![Observation::new(false, "A task is not there.")];
    };
    let tasks = [first, second];
    let slept = |lane: &Lane, pause: Nanos| {
        let sleeps: Vec<_> = lane.spans_in(State::Sleeping, seen.timeline.now).collect();
        sleeps.len() == SLEEPS as usize && sleeps.iter().all(|span| span.duration() >= pause)
    };
    let both_slept = slept(first, seen.wait("first")) && slept(second, seen.wait("second"));

    // Each turn of a task, with the moment from which it could run.
    let mut turns: Vec<_> = tasks.iter().flat_map(|lane| turns(seen, lane)).collect();
    // Within one step of the clock those come first that could run first, and are over first.
    turns.sort_by_key(|(could, turn)| (turn.start, *could, turn.end));
    let in_order = turns.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1.end <= pair[1].1.start);
    let switches = turns.windows(2).filter(|pair| pair[0].1.lane != pair[1].1.lane).count();
    let names: Vec<_> = turns.iter().map(|turn| seen.name(turn.1.lane)).collect();
    let each = 2 * (SLEEPS as usize + 1);
    let order = Observation::new(
        both_slept && turns.len() == each && in_order,
        format!(
            "{switches} switches in {each} turns, each in the order in which they were woken: {}.",
            names.join(", ")
        ),
    )
    .shown_by(turns.iter().map(|turn| turn.1));

    let from = turns.first().map_or(Nanos::ZERO, |turn| turn.1.start);
    let to = turns.last().map_or(Nanos::ZERO, |turn| turn.1.end);
    let event_loop = seen.timeline.lanes.iter().find(|lane| lane.kind == Some(LaneKind::EventLoop));
    let idle: Vec<_> = event_loop.map_or_else(Vec::new, |event_loop| {
        let sleeps = event_loop.spans_in(State::Sleeping, seen.timeline.now);
        sleeps.filter(|span| span.start >= from && span.end <= to).map(|span| Stretch::new(event_loop, &span)).collect()
    });
    let free = idle.iter().fold(Nanos::ZERO, |sum, span| sum + span.end.saturating_sub(span.start));
    let nobody = idle.iter().all(|idle| turns.iter().all(|(_, turn)| turn.end <= idle.start || turn.start >= idle.end));
    let between = Observation::new(
        !idle.is_empty() && nobody && free.0 > 0,
        format!(
            "Of {} the loop was idle for {free}, {} times: while both tasks slept.",
            to.saturating_sub(from),
            idle.len()
        ),
    )
    .shown_by(idle);
    vec![order, between]
}

/// The lane's turns: from when it could run, and the stretch in which it did.
fn turns(seen: &Seen, lane: &Lane) -> Vec<(Nanos, Stretch)> {
    let spans: Vec<_> = lane.spans(seen.timeline.now).collect();
    let running = spans.iter().filter(|span| span.state == State::Running);
    let could = |index: usize| index.checked_sub(1).map(|at| spans[at]).filter(|span| span.state == State::Ready);
    running.map(|span| (could(span.index).map_or(span.start, |ready| ready.start), Stretch::new(lane, span))).collect()
}
