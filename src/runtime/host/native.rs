//! Natively: threads of the operating system, tokio's timers and local tasks, files; a small httpbin, databases and an
//! echo server within this process; no processes.
//!
//! Used by the tests. A run may be under tokio's paused time, in which waits take no time and end exactly on time.

mod database;
mod echo;
mod files;
mod http;

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{ProcessCommand, Words};
use crate::runtime::lane;
use crate::runtime::run::unpoisoned;
use crate::trace::Nanos;

pub use database::{Database, delete_database};
pub use echo::Echo;
pub use files::{read_file, remove_file, write_file};
pub use http::{Response, fetch, own_file};

/// How often a wait looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(10);

/// How often a wait on a monitor returns to see whether the run was cancelled.
pub(super) const LOOK_EVERY: Option<Duration> = Some(CANCEL_CHECK);

/// What a cancelled lane unwinds with. It is no panic: no hook runs.
pub struct Cancelled;

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

/// Ends the current lane if its run was cancelled. For work that goes on without waiting.
pub fn checkpoint() {
    if lane::try_with(|context| context.run.is_cancelled()) == Some(true) {
        std::panic::resume_unwind(Box::new(Cancelled));
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
        std::thread::sleep(left.min(CANCEL_CHECK));
    }
}

/// Runs a job on a thread of its own.
pub fn start_thread(job: impl FnOnce() + Send + 'static) {
    // A job reports its own panics; nobody joins this handle.
    drop(std::thread::spawn(job));
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

/// Ends after `duration`, without blocking the event loop.
pub fn timer(duration: Duration) -> impl Future<Output = ()> + Unpin + 'static {
    Box::pin(tokio::time::sleep(duration))
}

/// Lets everything else on the event loop have its turn.
pub fn next_turn() -> impl Future<Output = ()> {
    tokio::task::yield_now()
}

/// Asks for something about a process.
///
/// # Errors
/// Always: a native process has no instances of its own to start.
pub fn command_process(_: ProcessCommand) -> Result<(), String> {
    Err("processes need a browser: each is an instance of the module in a worker of its own".to_owned())
}

/// Reads this worker's clock, for nothing: what recording costs is compared with that.
pub fn read_clock() {
    std::hint::black_box(Instant::now());
}

/// Words of the main program's memory: none, since a native run is one process.
pub fn parent_words(_: usize, _: usize) -> Option<Arc<dyn Words>> {
    None
}

/// For processes, which are not here.
pub fn stop_once(_: usize, _: u32) {}

/// How many threads can run at the same time.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Where threads wait for words to change, by the words' addresses.
static PLACES: [Place; 64] = [const { Place { mutex: Mutex::new(()), changed: Condvar::new() } }; 64];

struct Place {
    mutex: Mutex<()>,
    changed: Condvar,
}

fn place(word: &AtomicU32) -> &'static Place {
    &PLACES[std::ptr::from_ref(word).addr() / 4 % PLACES.len()]
}

/// Blocks while the word is `value`, until a notification, or for so long at most.
pub fn wait_on_word(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let place = place(word);
    let guard = unpoisoned(&place.mutex);
    // Whoever changes it notifies after that, under this mutex.
    if word.load(SeqCst) == value {
        let limit = limit.map_or(CANCEL_CHECK, |limit| limit.min(CANCEL_CHECK));
        drop(place.changed.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner));
    }
    checkpoint();
}

/// Wakes who waits on the word: all of them, since others may wait in the same place.
pub fn notify_word(word: &AtomicU32, _: u32) {
    let place = place(word);
    drop(unpoisoned(&place.mutex));
    place.changed.notify_all();
}
