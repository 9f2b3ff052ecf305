//! `barrier`: threads that go through phases in step.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::threads::{Barrier, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Span};
use crate::trace::{Cause, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "barrier",
        title: "A barrier",
        language: Language::Rust,
        files: &["src/demos/threads/barrier.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("threads", "how many go in step", "threads", (2, 12), 4),
            Param::integer("phases", "how many phases there are", "phases", (1, 10), 3),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| {
            Estimate::waits(STEP * values.count("threads") * values.count("phases") + Duration::from_millis(150))
        },
        main: Main::Thread(|values| program(values.count("threads"), values.count("phases"))),
        entries: &[],
    },
    summary: "Threads take differently long for each phase. At the barrier they wait for the slowest, so all enter \
              the next phase together.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// By how much the threads differ.
const STEP: Duration = Duration::from_millis(100);

fn program(threads: u32, phases: u32) -> Result<(), Failure> {
    let barrier = Barrier::new("barrier", threads as usize);
    let mut workers = Vec::new();
    for number in 1..=threads {
        let barrier = barrier.clone();
        workers.push(spawn(format!("worker-{number}"), move || {
            for phase in 1..=phases {
                // In each phase another one is the slowest.
                sleep(STEP * (1 + (number + phase) % threads));
                print(format!("worker-{number} is through phase {phase}"));
                barrier.wait()?;
            }
            Ok(())
        }));
    }
    workers.into_iter().try_for_each(|worker| worker.join())
}
// weft:end

/// How long a worker sleeps in a phase, at the run's speed.
fn asked(seen: &Seen, number: u32, phase: u32) -> Nanos {
    let threads = seen.values.count("threads");
    Nanos::from((STEP * (1 + (number + phase) % threads)).div_f64(seen.speed))
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let (threads, phases) = (seen.values.count("threads"), seen.values.count("phases"));
    let workers = seen.lanes("worker", threads);
    let Some(barrier) = seen.resource("barrier") else {
        return vec![Observation::new(false, "There is no barrier.")];
    };
    let on = Target::Resource(barrier.id);
    // For each worker: its sleep in each phase.
    let sleeps: Vec<_> = workers.iter().map(|worker| seen.spans_in(worker, State::Sleeping)).collect();
    let complete = workers.len() == threads as usize
        && sleeps.iter().zip(1..).all(|(sleeps, number)| {
            sleeps.len() == phases as usize
                && sleeps.iter().zip(1..).all(|(sleep, phase)| sleep.duration() >= asked(seen, number, phase))
        });
    let phase = |at: usize| sleeps.iter().filter_map(move |sleeps| sleeps.get(at));
    let begins = |at| phase(at).map(|sleep| sleep.start).min().unwrap_or_default();
    let ends = |at| phase(at).map(|sleep| sleep.end).max().unwrap_or_default();

    // The last one to arrive opens it.
    let full = i64::from(threads);
    let openings: Vec<_> = seen
        .steps(barrier)
        .into_iter()
        .filter(|step| step.to == full)
        .map(|step| Cause { lane: step.lane, time: step.time })
        .collect();
    let in_step = (0..openings.len()).all(|at| {
        let after = at + 1 >= phases as usize || openings[at].time <= begins(at + 1);
        ends(at) <= openings[at].time && after
    });
    let gaps = (1..phases as usize).map(|at| begins(at).saturating_sub(ends(at - 1)));
    let text = match gaps.max() {
        None => format!(
            "{} went through 1 phase and waited for each other at its end.",
            counted(threads as usize, "thread")
        ),
        Some(longest) => format!(
            "{threads} threads went through {phases} phases in step: nobody entered one before all had left the one \
             before. It took at most {longest} from the last one's leaving until the first entered the next."
        ),
    };
    let together = Observation::new(complete && openings.len() == phases as usize && in_step, text).shown_by(
        workers.iter().zip(&sleeps).flat_map(|(worker, sleeps)| sleeps.iter().map(|sleep| Stretch::new(worker, sleep))),
    );

    let waits: Vec<(&Lane, Span, Option<Cause>)> = workers
        .iter()
        .flat_map(|worker| seen.waits_for(worker, on).into_iter().map(move |(span, cause)| (*worker, span, cause)))
        .collect();
    let opened_for_all = openings.iter().all(|opening| {
        let woken = waits.iter().filter(|(lane, _, cause)| lane.id != opening.lane && *cause == Some(*opening)).count();
        let went_on = seen
            .timeline
            .lane(opening.lane)
            .is_some_and(|last| last.passed.iter().any(|passed| passed.on == on && passed.time >= opening.time));
        woken == threads as usize - 1 && went_on
    });
    let waited = waits.iter().fold(Nanos::ZERO, |sum, (_, span, _)| sum + span.duration());
    let slowest: Vec<_> = openings.iter().map(|opening| seen.name(opening.lane)).collect();
    let last_opens = Observation::new(
        openings.len() == phases as usize && waits.len() == openings.len() * (threads as usize - 1) && opened_for_all,
        format!(
            "The last to arrive opened the barrier for the others: {}. They had waited {waited} together.",
            slowest.join(", then ")
        ),
    )
    .shown_by(waits.iter().map(|(lane, span, _)| Stretch::new(lane, span)));

    let longest = Nanos::from(STEP.div_f64(seen.speed) * threads);
    let expected = Nanos(longest.0 * u64::from(phases));
    let took = ends(phases as usize - 1).saturating_sub(begins(0));
    let pace = Observation::new(
        complete && took >= expected && took <= seen.at_most(expected),
        format!(
            "{} took {took}: each lasts as long as its slowest thread, {longest}, so {expected} at least.",
            counted(phases as usize, "phase")
        ),
    )
    .shown_by(workers.iter().map(|worker| seen.life(worker)));
    vec![together, last_opens, pace]
}
