//! Threads, as Python's `threading` has them: real ones, on shared memory.
//!
//! Nothing here schedules: each thread has a worker of its own, and waits are the platform's. What is added is that
//! each wait says on what, and each wake by whom.

mod spawn;

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

pub use spawn::{JoinHandle, spawn};

use super::lane::{self, scaled};
use super::{Failure, Run, host};
use crate::trace::{Ending, LaneKind, Nanos, State};

/// Blocks the current thread, as Python's `time.sleep`: it sleeps, whatever others do meanwhile. Never shorter than
/// asked, at the run's speed.
#[track_caller]
pub fn sleep(duration: Duration) {
    let site = Some(Location::caller());
    let duration = scaled(duration);
    let slept_from = lane::with(|context| context.state(State::Sleeping, None, site));
    let until = slept_from + Nanos::from(duration);
    host::sleep(duration);
    // The clock is coarser than the sleep is exact: no sleep shall look too short.
    while lane::now() < until {
        std::hint::spin_loop();
    }
    lane::with(|context| context.state(State::Running, None, site));
}

/// Runs `program` as the first lane of a run, on the current worker, and says why it failed, if it did.
///
/// Returns when the program has returned and its threads have ended, as a Python program does; or, if the program
/// failed, at once.
///
/// # Errors
/// What the program returned as its failure; or what it, or any other lane so far, panicked with.
pub fn run_main(run: &Arc<Run>, kind: LaneKind, program: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    assert!(run.claim_thread(), "a run has room for its main program");
    let lane = run.new_lane();
    let entered = lane::enter(run, lane, "main");
    lane::with(|context| {
        context.define_self(kind, None, "main");
        context.started(None);
    });
    match host::catch(program) {
        Ok(Ok(())) => {
            lane::with(|context| context.ended(Ending::Returned, ""));
        }
        Ok(Err(failure)) => {
            lane::with(|context| context.ended(Ending::Failed, &failure.message));
            run.fail(failure);
        }
        Err(panic) => spawn::end_unwound(panic),
    }
    drop(entered);
    run.release_thread();
    run.wait_for_threads();
    run.failure().map_or(Ok(()), Err)
}
