//! What the tests of processes have in common: a run whose processes threads play.

use weft::runtime::host::Clock;
use weft::runtime::processes::{EntryPoint, Processes};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::LaneKind;

use crate::runner::{timeline_of_all, watched};

type Find = fn(&str) -> Option<&'static dyn EntryPoint>;

/// Runs a program whose processes find their functions by `find`, and gives its trace: nothing in it is odd. If all wait
/// for each other, the run is ended.
pub fn play(find: Find, program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let (timeline, outcome) = run(find, program);
    assert_eq!(outcome, Ok(()));
    timeline
}

/// How such a program ends.
pub fn outcome(find: Find, program: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    run(find, program).1
}

fn run(find: Find, program: impl FnOnce() -> Result<(), Failure>) -> (Timeline, Result<(), Failure>) {
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let outcome = watched(&run, Some(&processes), || run_main(&run, LaneKind::Process, program));
    let timeline = timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    (timeline, outcome)
}
