//! Natively: threads of the operating system, tokio's timers and local tasks, no processes.
//!
//! Used by the tests. A run may be under tokio's paused time, in which waits take no time and end exactly on time.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::ProcessRequest;
use crate::runtime::lane;
use crate::runtime::run::unpoisoned;
use crate::trace::Nanos;

/// How often a wait looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(10);

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

fn end_if_cancelled() {
    if lane::try_with(|context| context.run.is_cancelled()) == Some(true) {
        std::panic::resume_unwind(Box::new(Cancelled));
    }
}

/// A value under a mutex, with a condition to wait for.
#[derive(Default)]
pub struct Monitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

/// Access to a [`Monitor`]'s value.
pub struct MonitorGuard<'a, T> {
    monitor: &'a Monitor<T>,
    /// Always there, except while it waits.
    guard: Option<MutexGuard<'a, T>>,
}

impl<T> Monitor<T> {
    /// Around a value.
    pub fn new(value: T) -> Monitor<T> {
        Monitor { value: Mutex::new(value), changed: Condvar::new() }
    }

    /// Locks it. For short accesses only: this wait is not traced.
    pub fn lock(&self) -> MonitorGuard<'_, T> {
        MonitorGuard { monitor: self, guard: Some(unpoisoned(&self.value)) }
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.changed.notify_all();
    }
}

impl<T> MonitorGuard<'_, T> {
    /// Unlocks, waits for a notification, and locks again. May return without one.
    pub fn wait(&mut self) {
        if let Some(guard) = self.guard.take() {
            let woken = self.monitor.changed.wait_timeout(guard, CANCEL_CHECK);
            self.guard = Some(woken.unwrap_or_else(std::sync::PoisonError::into_inner).0);
        }
        end_if_cancelled();
    }
}

impl<T> Deref for MonitorGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.guard.as_deref().expect("only a wait takes the guard, and puts it back")
    }
}

impl<T> DerefMut for MonitorGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.guard.as_deref_mut().expect("only a wait takes the guard, and puts it back")
    }
}

/// Blocks this thread.
pub fn sleep(duration: Duration) {
    let end = Instant::now() + duration;
    loop {
        end_if_cancelled();
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

/// Asks for a process.
///
/// # Errors
/// Always: a native process has no instances of its own to start.
pub fn start_process(_: ProcessRequest) -> Result<(), String> {
    Err("processes need a browser: each is an instance of the module in a worker of its own".to_owned())
}
