//! Threads, as in Python's `threading`, `queue` and `concurrent.futures`: real ones, on shared memory.
//!
//! Nothing here schedules: each thread has a worker of its own, and waits are the platform's. What is added is that
//! each wait records what it is for, and each wake-up who caused it. The next to proceed is the first to get there, as
//! in Python.
//!
//! Locks, queues and the like are handles: a clone is the same lock, as a Python name is just another reference.
//! Misusing one (releasing what nobody holds) is a [`Failure`](crate::runtime::Failure) that names the lane and the
//! resource, as Python raises an error there; the lane gets a mark.
//!
//! Time-outs pass at the run's speed, as sleeps do.

mod barrier;
mod cell;
mod composite;
mod condition;
mod either_lock;
mod event;
mod exclusive;
pub(super) mod gil;
pub mod http;
mod inner_lock;
mod input;
mod living;
mod local;
mod lock;
mod pool;
mod queue;
mod rlock;
mod semaphore;
mod spawn;
mod timer;
pub(super) mod wait;

use std::time::Duration;

pub use barrier::{Barrier, BrokenBarrier};
pub use cell::SharedCell;
pub use composite::{Composite, for_end_of};
pub use condition::{Condition, ConditionGuard};
pub use event::Event;
pub use gil::{Gil, checkpoint, is_requested, let_go, take_again};
pub use inner_lock::InnerLock;
pub use input::read_line;
pub use living::{Thread, current_thread, enumerate};
pub use local::ThreadLocal;
pub use lock::{Lock, LockGuard};
pub(super) use pool::Promise;
pub use pool::{
    AsCompleted, AsCompletedInTime, Future, Map, MapInTime, NoResult, ThreadPool, TimedOut, Waited, When, as_completed,
    wait, wait_timeout,
};
pub use queue::{Empty, Full, GetError, PutError, Queue, ShutDown};
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{BoundedSemaphore, Semaphore, SemaphoreGuard};
pub(super) use spawn::end_unwound;
pub use spawn::{JoinHandle, spawn, spawn_daemon, try_spawn};
pub use timer::Timer;

use super::host;
use super::lane::{self, Site, scaled};
use crate::trace::{Nanos, State};

/// Blocks the current thread, as Python's `time.sleep` does, at the run's speed. Never shorter than asked.
#[track_caller]
pub fn sleep(duration: Duration) {
    let site = Some(Site::caller());
    let duration = scaled(duration);
    let slept_from = lane::with(|context| context.state(State::Sleeping, None, site));
    let until = slept_from + Nanos::from(duration);
    let given_up = gil::give_up();
    host::sleep(duration);
    // The clock is coarser than the sleep is exact; no sleep must look too short.
    while lane::now() < until {
        std::hint::spin_loop();
    }
    if let Some(gil) = given_up {
        gil.take_back_ready(site);
    }
    lane::with(|context| context.state(State::Running, None, site));
}

/// Computes for `duration`, whatever the run's speed: CPU-bound work, during which the lane is Running. Under a [`Gil`]
/// the time that others have it does not count.
#[track_caller]
pub fn work(duration: Duration) {
    let mut from = lane::now();
    let mut left = Nanos::from(duration);
    loop {
        // A few microseconds at a time, so that it ends in time.
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

/// A function of its own that is called again and again: browsers optimise those, but not a single long loop.
#[inline(never)]
#[optimize(speed)]
fn compute(seed: u64) -> u64 {
    (0..500).fold(seed, |sum, n| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(n))
}
