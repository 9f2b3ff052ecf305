//! The primitives of threads, on real threads: what they do, what they say of misuse, and what the trace tells of them.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use weft::analysis::{deadlock, lost_updates};
use weft::runtime::host::Clock;
use weft::runtime::threads::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, Queue, RLock, Semaphore, SharedCell, ThreadLocal, ThreadPool,
    as_completed, sleep, spawn, spawn_daemon, work,
};
use weft::runtime::{Config, Failure, Run, print, run_main};
use weft::timeline::{Lane, Resource, Timeline};
use weft::trace::{Cause, Ending, EventKind, LaneId, LaneKind, Nanos, State, Target};

use crate::runner;

mod composites;
mod foreign;
mod gil;
mod locks;
mod pools;
mod queues;
mod runs;
mod signals;
mod sites;

const MS: Duration = Duration::from_millis(1);

/// Whoever is about to wait does so within this, even if the machine puts it aside on its way.
const A_WHILE: Duration = Duration::from_millis(400);

/// Runs a program that is expected to come to its end, and to leave no anomaly.
pub fn run(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let (timeline, outcome) = try_run(program);
    assert_eq!(outcome, Ok(()));
    timeline
}

pub fn try_run(program: impl FnOnce() -> Result<(), Failure>) -> (Timeline, Result<(), Failure>) {
    let run = Run::new(Config::default(), Clock::start());
    let outcome = runner::watched(&run, None, || run_main(&run, LaneKind::Thread, program));
    if outcome.is_err() {
        // The others are told by now; what they say last shall be in the trace.
        thread::sleep(30 * MS);
    }
    let timeline = runner::timeline(&run);
    assert_eq!(timeline.anomalies, []);
    (timeline, outcome)
}

fn resource<'t>(timeline: &'t Timeline, name: &str) -> &'t Resource {
    timeline.resources.iter().find(|resource| resource.name == name).expect(name)
}

pub fn lane<'t>(timeline: &'t Timeline, name: &str) -> &'t Lane {
    timeline.lane_named(name).expect(name)
}

/// The waits of a lane for something: how long, and who ended each.
fn waits(timeline: &Timeline, name: &str, on: &str) -> Vec<(Nanos, Option<Cause>)> {
    let lane = lane(timeline, name);
    let on = Target::Resource(resource(timeline, on).id);
    let blocked = lane.spans_in(State::Blocked, timeline.now).filter(|span| span.on == Some(on));
    blocked.map(|span| (span.duration(), lane.changes.get(span.index + 1).and_then(|next| next.cause))).collect()
}

/// Names of those who ended the waits of a lane for something.
pub fn wakers(timeline: &Timeline, name: &str, on: &str) -> Vec<String> {
    let name_of = |lane: LaneId| timeline.lane(lane).expect("a lane").name.clone();
    let waits = waits(timeline, name, on);
    waits.iter().map(|(_, cause)| cause.map_or("nobody".to_owned(), |cause| name_of(cause.lane))).collect()
}

/// Waits until this is so.
pub fn until(condition: impl Fn() -> bool) {
    while !condition() {
        sleep(MS);
    }
}

fn levels(timeline: &Timeline, name: &str) -> Vec<i64> {
    let level = |kind: &EventKind| match kind {
        EventKind::Level { value, .. } => Some(*value),
        _ => None,
    };
    resource(timeline, name).events.iter().filter_map(|event| level(&event.kind)).collect()
}

/// Events of different lanes never have the same time, so their order is that in which they happened.
fn assert_ordered(resource: &Resource) {
    for pair in resource.events.windows(2) {
        assert!(pair[0].lane == pair[1].lane || pair[0].time < pair[1].time, "{}: {pair:?}", resource.name);
    }
}

/// The most that held it at a time, and how often it was acquired. Also: all was given back.
fn holders(timeline: &Timeline, name: &str) -> (i64, usize) {
    let resource = resource(timeline, name);
    assert_ordered(resource);
    let (mut now, mut most, mut acquired) = (0, 0, 0);
    for event in &resource.events {
        match event.kind {
            EventKind::Acquired { .. } => {
                acquired += 1;
                now += 1;
            }
            EventKind::Released { .. } => now -= 1,
            _ => {}
        }
        most = most.max(now);
        assert!(now >= 0, "{name} was released by nobody who held it");
    }
    assert_eq!(now, 0, "{name} is still held");
    (most, acquired)
}

fn marks(timeline: &Timeline) -> Vec<&str> {
    timeline.marks.iter().map(|mark| mark.text.as_str()).collect()
}
