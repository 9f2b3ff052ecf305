//! Observations judge: each one fails on a trace that was changed against it.

mod comparisons;
mod cut;
mod first;
mod flow;
mod gathered;
mod locks;
mod outside;
mod primitives;
mod process_pools;
mod processes;
mod queues;
mod starting;

pub use processes::recorded;
use weft::demos::{Demo, Seen, observations};
use weft::timeline::{Lane, Timeline};
use weft::trace::{Nanos, State};

use crate::runner::{run_undisturbed, values};

/// A change to a trace, and the observation (by its place) that must not hold any more.
pub type Doctor = (usize, &'static str, fn(&mut Timeline));

/// What a busy machine does to a run, and how that changes its trace.
pub type Harmless = (&'static str, fn(&mut Timeline));

/// The trace of a run with these parameters.
pub fn good(id: &str, set: &[(&str, &str)]) -> Timeline {
    let demo = Demo::find(id).unwrap();
    run_undisturbed(demo, &values(demo, set), 1.0).timeline
}

/// Each doctor's observation fails on the trace it changed, and each observation has a doctor.
pub fn check(id: &str, set: &[(&str, &str)], good: &Timeline, doctors: &[Doctor]) {
    let demo = Demo::find(id).unwrap();
    let values = values(demo, set);
    let holds = |timeline: &Timeline| -> Vec<bool> {
        let seen = Seen { timeline, values: &values, speed: 1.0 };
        observations(demo, &seen).iter().map(|observation| observation.holds).collect()
    };
    let undoctored = holds(good);
    assert!(undoctored.iter().all(|holds| *holds), "{id}: {undoctored:?} before anything was changed");
    for (at, what, doctor) in doctors {
        let mut timeline = good.clone();
        doctor(&mut timeline);
        assert!(!holds(&timeline)[*at], "{id}: observation {at} still holds after: {what}");
    }
    for at in 0..undoctored.len() {
        assert!(
            doctors.iter().any(|(doctored, ..)| *doctored == at),
            "{id}: nothing shows that observation {at} can fail"
        );
    }
}

/// What a machine that is busy does to a run breaks no observation: all hold after each of these changes.
pub fn check_harmless(id: &str, set: &[(&str, &str)], good: &Timeline, changes: &[Harmless]) {
    let demo = Demo::find(id).unwrap();
    let values = values(demo, set);
    for (what, change) in changes {
        let mut timeline = good.clone();
        change(&mut timeline);
        let seen = Seen { timeline: &timeline, values: &values, speed: 1.0 };
        for observation in observations(demo, &seen) {
            assert!(observation.holds, "{id}, after {what}: {}", observation.text);
        }
    }
}

/// The lane with this name.
pub fn lane<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Lane {
    timeline.lanes.iter_mut().find(|lane| lane.name == name).unwrap_or_else(|| panic!("there is no lane {name}"))
}

/// The lane never sleeps.
pub fn shorten_sleeps(timeline: &mut Timeline, name: &str) {
    lane(timeline, name).changes.retain(|change| change.state != State::Sleeping);
}

/// The lane is not there under its name.
pub fn remove(timeline: &mut Timeline, name: &str) {
    lane(timeline, name).name = "gone".to_owned();
}

/// A lane does not end.
pub fn never_end(timeline: &mut Timeline) {
    timeline.lanes.last_mut().unwrap().end = None;
}

/// The lane ends after a minute.
pub fn end_late(timeline: &mut Timeline, name: &str) {
    lane(timeline, name).end.as_mut().unwrap().time = Nanos::from_millis(60_000);
}

#[test]
fn every_demo_is_doctored() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/native/doctored");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let source: String = files.collect();
    for demo in weft::demos::ALL {
        assert!(source.contains(&format!("\"{}\"", demo.id())), "{} has no doctored trace", demo.id());
    }
}
