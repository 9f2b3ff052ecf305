//! Threads, as Python's `threading`, `queue` and `concurrent.futures` have them: real ones, on shared memory.
//!
//! Nothing here schedules: each thread has a worker of its own, and waits are the platform's. What is added is that
//! each wait says on what, and each wake by whom. Who comes next is whoever gets there first, as in Python.
//!
//! Locks, queues and the like are handles: a clone is the same lock, as a Python name is just another reference. Using
//! one in a way that makes no sense (releasing what nobody holds) is a [`Failure`] that names the lane and the resource,
//! where Python raises; the lane gets a mark.
//!
//! Time-outs pass at the run's speed, as sleeps do.

mod barrier;
mod cell;
mod condition;
mod event;
mod exclusive;
pub(super) mod gil;
mod local;
mod lock;
mod pool;
mod queue;
mod rlock;
mod semaphore;
mod spawn;
pub(super) mod wait;

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

pub use barrier::{Barrier, BrokenBarrier};
pub use cell::SharedCell;
pub use condition::Condition;
pub use event::Event;
pub use gil::{Gil, checkpoint};
pub use local::ThreadLocal;
pub use lock::{Lock, LockGuard};
pub use pool::{AsCompleted, Future, Map, ThreadPool, as_completed};
pub use queue::{Empty, Full, Queue};
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{BoundedSemaphore, Semaphore, SemaphoreGuard};
pub use spawn::{JoinHandle, spawn, spawn_daemon};

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
    let given_up = gil::give_up();
    host::sleep(duration);
    // The clock is coarser than the sleep is exact: no sleep shall look too short.
    while lane::now() < until {
        std::hint::spin_loop();
    }
    if let Some(gil) = given_up {
        gil.take_back_ready(site);
    }
    lane::with(|context| context.state(State::Running, None, site));
}

/// Computes for so long, whatever the run's speed: work for the processor, during which the lane is Running. Under a
/// [`Gil`] the time that others have it does not count.
#[track_caller]
pub fn work(duration: Duration) {
    let mut from = lane::now();
    let mut left = Nanos::from(duration);
    loop {
        // Microseconds of it at a time, so that it ends in time.
        std::hint::black_box(compute(from.0));
        let now = lane::now();
        left = left.saturating_sub(now.saturating_sub(from));
        if left == Nanos::ZERO {
            return;
        }
        checkpoint();
        from = lane::now();
    }
}

/// In a function of its own that is called again and again: browsers optimise such, and leave one long loop slow.
#[inline(never)]
#[optimize(speed)]
fn compute(seed: u64) -> u64 {
    (0..500).fold(seed, |sum, n| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(n))
}

/// Runs `program` as the first lane of a run, on the current worker, and says why it failed, if it did.
///
/// Returns when the program has returned and its threads have ended, as a Python program does; daemons are killed then.
/// If the program failed, it returns at once.
///
/// # Errors
/// What the program returned as its failure; or what it, or any other lane so far, panicked with.
pub fn run_main(run: &Arc<Run>, kind: LaneKind, program: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let lane = run.new_lane();
    assert!(run.claim_thread(lane, "main", false), "a run has room for its main program");
    let entered = lane::enter(run, lane, "main");
    lane::with(|context| {
        context.define_self(kind, None, "main");
        context.started(None);
    });
    let caught = host::catch(program);
    run.end_thread(lane, false, || match caught {
        Ok(Ok(())) => lane::with(|context| context.ended(Ending::Returned, "")),
        Ok(Err(failure)) => {
            let end = lane::with(|context| context.ended(Ending::Failed, &failure.message));
            run.fail(failure);
            end
        }
        Err(panic) => spawn::end_unwound(panic),
    });
    // Outside of any lane: natively a lane's wait would end with the run.
    drop(entered);
    run.wait_for_threads(|daemon, after| {
        let _main = lane::enter(run, lane, "main");
        lane::with(|context| context.killed(daemon, after));
    });
    if run.failure().is_none() {
        super::processes::finish(run, |as_main| {
            let _main = lane::enter(run, lane, "main");
            as_main();
        });
    }
    run.failure().map_or(Ok(()), Err)
}
