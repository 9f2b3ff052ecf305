//! `thread-local`: a slot that each thread has for itself, beside one that all of them share.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::threads::{Barrier, SharedCell, ThreadLocal, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Resource, ResourceEvent};
use crate::trace::EventKind;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-local",
        title: "A slot of one’s own",
        language: Language::Rust,
        files: &["src/demos/threads/local.rs"],
        needs: &[Need::Isolation],
        params: &[Param::integer("threads", "how many workers are started", "threads", (2, 12), 3)],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| Estimate::waits(STEP * values.count("threads") + Duration::from_millis(100)),
        main: Main::Thread(|values| program(values.count("threads"))),
        entries: &[],
    },
    summary: "Each thread writes its number into two slots and reads both when all have written. Its own slot is as it \
              left it; the shared one has what was written last.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// Each thread writes so much later than the one started before it.
const STEP: Duration = Duration::from_millis(150);

fn state(kept: bool) -> &'static str {
    if kept { "as I left it" } else { "has changed" }
}

fn program(threads: u32) -> Result<(), Failure> {
    let own = ThreadLocal::new("own slot");
    let shared = SharedCell::new("shared slot", 0);
    let all_have_written = Barrier::new("all have written", threads as usize);

    let mut workers = Vec::new();
    for number in 1..=i64::from(threads) {
        let (own, shared) = (own.clone(), shared.clone());
        let all_have_written = all_have_written.clone();
        let work = move || -> Result<(), Failure> {
            sleep(STEP * number as u32);
            own.set(number);
            shared.set(number);
            all_have_written.wait()?;

            print(format!("my own slot: {}", state(own.get() == Some(number))));
            print(format!("the shared slot: {}", state(shared.get() == number)));
            Ok(())
        };
        workers.push(spawn(format!("worker-{number}"), work));
    }
    for worker in workers {
        worker.join()?;
    }

    // Main has a slot of its own too, and has put nothing into it.
    print(format!("main's own slot: {:?}", own.get()));
    Ok(())
}
// weft:end

/// What the lane wrote into the slot, and what it then read there.
fn written_and_read(slot: &Resource, lane: &Lane) -> (Option<i64>, Vec<i64>) {
    let own = || slot.events.iter().filter(|event| event.lane == lane.id);
    let written = own().find_map(|event| match event.kind {
        EventKind::Write { value, .. } => Some(value),
        _ => None,
    });
    let read = own().filter_map(|event| match event.kind {
        EventKind::Read { value, .. } => Some(value),
        _ => None,
    });
    (written, read.collect())
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let threads = seen.values.count("threads");
    let workers = seen.lanes("worker", threads);
    let (Some(own), Some(shared)) = (seen.resource("own slot"), seen.resource("shared slot")) else {
        return vec![Observation::new(false, "One of the two slots is not there.")];
    };
    let complete = workers.len() == threads as usize;

    let slots: Vec<_> = workers.iter().map(|worker| written_and_read(own, worker)).collect();
    let kept =
        |(written, read): &&(Option<i64>, Vec<i64>)| !read.is_empty() && read.iter().all(|v| Some(*v) == *written);
    let keepers = slots.iter().filter(kept).count();
    let apart = slots.iter().zip(1..).all(|((written, _), number)| *written == Some(number));
    let values: Vec<_> = slots.iter().flat_map(|(_, read)| read).map(i64::to_string).collect();
    let kept = Observation::new(
        complete && apart && keepers == threads as usize,
        format!(
            "{keepers} of {threads} threads read from their own slot what they had put there: {}.",
            values.join(", ")
        ),
    )
    .shown_by(workers.iter().map(|worker| seen.life(worker)));

    // Main wrote the first value, before there were others.
    let by_workers = |event: &&ResourceEvent| workers.iter().any(|worker| worker.id == event.lane);
    let events = || shared.events.iter().filter(by_workers);
    let writes = || events().filter(|event| matches!(event.kind, EventKind::Write { .. }));
    let Some(latest) = writes().map(|event| event.time).max() else {
        return vec![kept, Observation::new(false, "Nobody wrote the shared slot.")];
    };
    let after = events().filter(|event| matches!(event.kind, EventKind::Read { .. })).all(|event| event.time >= latest);
    let all_wrote = writes().count() == threads as usize;
    let shares: Vec<_> = workers.iter().map(|worker| written_and_read(shared, worker)).collect();
    // Who writes may be put aside between saying so and doing it. What stayed is what all read.
    let last = shares.iter().find_map(|(_, read)| read.first().copied());
    let Some((writer, last)) = workers.iter().zip(&shares).find_map(|(worker, (written, _))| {
        let stayed = written.filter(|written| Some(*written) == last)?;
        Some((*worker, stayed))
    }) else {
        return vec![kept, Observation::new(false, "Nobody read what a thread had written into the shared slot.")];
    };
    let same = shares.iter().filter(|(_, read)| !read.is_empty() && read.iter().all(|value| *value == last)).count();
    let others = shares.iter().filter(|(written, read)| read.iter().any(|value| Some(*value) != *written)).count();
    let text = format!(
        "{} was the last to write the shared slot, and {same} of {threads} threads read its {last}; {others} of them \
         had written something else.",
        writer.name
    );
    let spans = events().map(|event| Stretch { lane: event.lane, start: event.time, end: event.time });
    vec![kept, Observation::new(complete && all_wrote && after && same == threads as usize, text).shown_by(spans)]
}
