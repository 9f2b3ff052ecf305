//! Processes that die, played by threads; and what processes share, between threads of one process: words; rings under
//! load, and when one side is killed; pipes, queues, locks and numbers. Processes that have threads, queues that are
//! full, and what is left of what a killed process waited for.

mod dying;
mod full;
mod killed;
mod managers;
mod pools;
mod rings;
mod shared;
mod sync;
mod threads;
mod words;

use weft::runtime::host::Clock;
use weft::runtime::processes::{EntryPoint, Processes};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::LaneKind;

use crate::runner;

/// Runs a program that may start the processes that `find` knows, while another thread looks for deadlocks. Nothing in
/// its trace is odd.
pub(crate) fn try_play(
    find: fn(&str) -> Option<&'static dyn EntryPoint>,
    program: impl FnOnce() -> Result<(), Failure>,
) -> (Timeline, Result<(), Failure>) {
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let outcome = runner::watched(&run, Some(&processes), || run_main(&run, LaneKind::Process, program));
    let timeline = runner::timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    (timeline, outcome)
}

/// The same with a program that must not fail.
pub(crate) fn play(
    find: fn(&str) -> Option<&'static dyn EntryPoint>,
    program: impl FnOnce() -> Result<(), Failure>,
) -> Timeline {
    let (timeline, outcome) = try_play(find, program);
    assert_eq!(outcome, Ok(()));
    timeline
}
