//! Natively: threads of the operating system, tokio's timers and local tasks, files; a small httpbin, databases and an
//! echo server within this process.
//!
//! Used by the tests. A run may be under tokio's paused time, in which waits take no time and end exactly on time. Http
//! and databases are answered here, so that the demos that use them can be tested under it, too.

mod database;
mod echo;
mod files;
mod http;
mod network;
mod parent;

use std::future::Future;
use std::time::{Duration, Instant, SystemTime};

use super::blocking::{CHECK_EVERY, Cancelled, checkpoint, play, played};
use crate::trace::Nanos;

pub use database::{Database, delete_database};
pub use echo::Echo;
pub use files::{read_file, remove_file, write_file};
pub use http::{Response, fetch, own_file};
pub use network::{carry_out, serve_requests};
pub use parent::parent_words;

/// The time since a run began.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// Real time.
    Real(Instant),
    /// Tokio's time, which tests can pause; only for lanes of one event loop.
    Tokio(tokio::time::Instant),
}

impl Clock {
    /// A run begins now, in real time.
    pub fn start() -> Clock {
        Clock::Real(Instant::now())
    }

    /// A run begins now, in tokio's time.
    pub fn start_tokio() -> Clock {
        Clock::Tokio(tokio::time::Instant::now())
    }

    /// The same clock as read by the current worker.
    pub fn here(&self) -> Clock {
        *self
    }

    /// The time since the run began.
    pub fn now(&self) -> Nanos {
        Nanos::from(match self {
            Clock::Real(start) => start.elapsed(),
            Clock::Tokio(start) => start.elapsed(),
        })
    }
}

/// Blocks this thread.
pub fn sleep(duration: Duration) {
    let end = Instant::now() + duration;
    loop {
        checkpoint();
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(CHECK_EVERY));
    }
}

/// Runs a job on a thread of its own, which belongs to the same process as this one.
pub fn start_thread(job: impl FnOnce() + Send + 'static) {
    let process = played();
    let body = move || {
        play(process);
        job();
    };
    // A job reports its own panics; nobody joins this handle.
    drop(std::thread::spawn(body));
}

/// Runs a lane's body. `Err` if it panicked, with the message, or (`None`) was cancelled.
pub fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Option<String>> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).map_err(|payload| {
        if payload.is::<Cancelled>() {
            return None;
        }
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Some(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".to_owned()))
    })
}

/// Completes after `duration`, without blocking the event loop.
pub fn timer(duration: Duration) -> impl Future<Output = ()> + Unpin + 'static {
    Box::pin(tokio::time::sleep(duration))
}

/// Lets everything else on the event loop have its turn.
pub fn next_turn() -> impl Future<Output = ()> {
    tokio::task::yield_now()
}

/// Reads this worker's clock and discards the result: the cost of recording is compared with that.
pub fn read_clock() {
    std::hint::black_box(Instant::now());
}

/// The time of day, since 1970.
pub fn wall_clock() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// How many threads can run at the same time.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
