//! `event-loop`: a runner's life: a loop is made, runs, runs again, and is closed.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{Error, Runner, finally, spawn};
use crate::runtime::{Failure, print, tasks, threads};
use crate::timeline::Lane;
use crate::trace::{Ending, LaneKind, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "event-loop",
        title: "The life of an event loop",
        language: Language::Rust,
        files: &["src/demos/tasks/event_loop.rs"],
        needs: &[Need::Isolation],
        params: &[],
        workers: |_| 1,
        estimate: |_| Estimate::waits(RUN * 3 + Duration::from_millis(150)),
        main: Main::Thread(|_| program()),
        entries: &[],
    },
    summary: "A thread makes an event loop, lets it run, does something else, and lets it run again. A task that is \
              left over stands still in between, and is cancelled when the loop is closed. A closed loop refuses to \
              run.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const RUN: Duration = Duration::from_millis(500);

async fn background() -> Result<(), Error> {
    let _cleanup = finally(|| print("background is cancelled"));
    print("background begins");
    loop {
        tasks::sleep(Duration::from_millis(80)).await;
    }
}

async fn pause(name: &str) -> Result<u32, Error> {
    print(format!("{name} run"));
    tasks::sleep(RUN).await;
    Ok(42)
}

fn program() -> Result<(), Failure> {
    let mut runner = Runner::new();
    let answer = runner.run("first", async {
        drop(spawn("background", background()));
        pause("first").await
    })?;
    print(format!("the loop stands still, and gave {answer}"));
    threads::sleep(RUN);
    let answer = runner.run("second", pause("second"))?;
    print(format!("the loop stands still, and gave {answer}"));
    runner.close();
    print("the loop is closed");
    if let Err(error) = runner.run("third", pause("third")) {
        print(format!("refused: {error}"));
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let event_loop = seen.timeline.lanes.iter().find(|lane| lane.kind == Some(LaneKind::EventLoop));
    let (Some(main), Some(event_loop), Some(background)) = (seen.lane("main"), event_loop, seen.lane("background"))
    else {
        return vec![Observation::new(false, "Main, the loop or the background task is not there.")];
    };
    let run = Nanos::from(RUN.div_f64(seen.speed));
    // Main is blocked while the loop runs: once for each of its first tasks, and once for the loop itself, at the end.
    let runs: Vec<_> = ["first", "second"].iter().filter_map(|name| seen.lane(name)).collect();
    let blocked =
        |on: &Lane| seen.waits_for(main, Target::Lane(on.id)).first().map(|(span, _)| Stretch::new(main, span));
    let phases: Vec<_> = runs.iter().filter_map(|lane| blocked(lane)).chain(blocked(event_loop)).collect();
    let in_turn = phases.windows(2).all(|pair| pair[0].end <= pair[1].start);
    let whole = phases.len() == 3 && phases.iter().take(2).all(|phase| phase.end.saturating_sub(phase.start) >= run);
    let closed = event_loop.end.as_ref().map(|end| end.time).unwrap_or_default();
    let life = Observation::new(
        whole && in_turn && closed >= phases.last().map_or(Nanos::ZERO, |phase| phase.end),
        format!(
            "The loop ran twice, for {}, and was closed at {closed}. Main was blocked while it ran.",
            phases
                .iter()
                .take(2)
                .map(|phase| phase.end.saturating_sub(phase.start).to_string())
                .collect::<Vec<_>>()
                .join(" and "),
        ),
    )
    .shown_by(phases.clone());

    let (from, to) = match phases.as_slice() {
        [first, second, ..] => (first.end, second.start),
        _ => Default::default(),
    };
    let turns = seen.spans_in(background, State::Running);
    let between = turns.iter().filter(|turn| from < turn.start && turn.end < to).count();
    let before = turns.iter().filter(|turn| turn.end <= from).count();
    let after = turns.iter().filter(|turn| turn.start >= to).count();
    let still = Observation::new(
        between == 0 && before > 0 && after > 0 && to.saturating_sub(from) >= run,
        format!(
            "For {} between the runs the background task had no turn, with {before} before and {after} after.",
            to.saturating_sub(from),
        ),
    )
    .shown_by(turns.iter().map(|turn| Stretch::new(background, turn)));

    let refused = seen.said("main", "refused: RuntimeError: Runner is closed");
    let cancelled = background.end.as_ref().filter(|end| end.ending == Ending::Cancelled).map(|end| end.time);
    let end = Observation::new(
        cancelled.is_some_and(|time| time <= closed) && refused >= Some(closed) && seen.lane("third").is_none(),
        format!(
            "Closing cancelled the background task at {}. A third run was refused at {}: the runner is closed.",
            cancelled.unwrap_or_default(),
            refused.unwrap_or_default(),
        ),
    )
    .shown_by([seen.life(background)]);
    vec![life, still, end]
}
