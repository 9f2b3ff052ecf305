//! Blocking until another thread has changed something: the standard library's mutex and condition variables, which
//! wait by `futex` natively and by `memory.atomic.wait32` in a browser.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::blocking::{LOOK_EVERY, checkpoint};
use crate::runtime::poison::unpoisoned;

/// Something to wait for, under the mutex of a [`Monitor`].
#[derive(Default)]
pub struct Signal {
    changed: Condvar,
    /// How many threads wait. Changed under the mutex, so a thread that has changed the value under it sees every
    /// waiter that has not seen the change.
    waiting: AtomicU32,
    /// Counts notifications, since a waiter that is notified just as it times out is told only of the time-out.
    notified: AtomicU32,
}

impl Signal {
    /// Wakes a waiter, if there is one. To be called after a change of the value that was made under the mutex.
    pub fn notify_one(&self) {
        if self.waiting.load(Relaxed) > 0 {
            self.notified.fetch_add(1, SeqCst);
            self.changed.notify_one();
        }
    }

    /// Wakes all waiters, likewise.
    pub fn notify_all(&self) {
        if self.waiting.load(Relaxed) > 0 {
            self.notified.fetch_add(1, SeqCst);
            self.changed.notify_all();
        }
    }
}

/// A value under a mutex, with a signal for its changes.
#[derive(Default)]
pub struct Monitor<T> {
    value: Mutex<T>,
    changed: Signal,
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
        Monitor { value: Mutex::new(value), changed: Signal::default() }
    }

    /// Locks it. For short accesses only: this wait is not traced.
    pub fn lock(&self) -> MonitorGuard<'_, T> {
        MonitorGuard { monitor: self, guard: Some(unpoisoned(&self.value)) }
    }

    /// Wakes a waiter.
    pub fn notify_one(&self) {
        self.changed.notify_one();
    }

    /// Wakes all waiters.
    pub fn notify_all(&self) {
        self.changed.notify_all();
    }
}

impl<'a, T> MonitorGuard<'a, T> {
    /// Unlocks, waits for a notification, and locks again. May return without one.
    pub fn wait(&mut self) {
        self.wait_for(&self.monitor.changed, None);
    }

    /// Likewise, for this signal, or the monitor's own; for `limit` at most, if there is one. False if it returns only
    /// to check for cancellation, without a notification and before the limit.
    pub fn wait_on(&mut self, signal: Option<&Signal>, limit: Option<Duration>) -> bool {
        self.wait_for(signal.unwrap_or(&self.monitor.changed), limit)
    }

    /// Unlocks, calls `body`, and locks again.
    pub fn unlocked<R>(&mut self, body: impl FnOnce() -> R) -> R {
        self.guard = None;
        let result = body();
        self.guard = Some(unpoisoned(&self.monitor.value));
        result
    }

    fn wait_for(&mut self, signal: &Signal, limit: Option<Duration>) -> bool {
        let mut looks = false;
        if let Some(guard) = self.guard.take() {
            signal.waiting.fetch_add(1, Relaxed);
            let notified = signal.notified.load(SeqCst);
            let time = limit.map_or(LOOK_EVERY, |limit| Some(LOOK_EVERY.map_or(limit, |look| look.min(limit))));
            let guard = match time {
                None => signal.changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let (guard, ended) =
                        signal.changed.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner);
                    let in_vain = ended.timed_out() && signal.notified.load(SeqCst) == notified;
                    looks = in_vain && limit != Some(time);
                    guard
                }
            };
            signal.waiting.fetch_sub(1, Relaxed);
            self.guard = Some(guard);
        }
        checkpoint();
        !looks
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
