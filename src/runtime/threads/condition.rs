//! A condition variable: under a lock, lanes wait until another says that something has changed.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Condition, SharedCell, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let (condition, items) = (Condition::new("condition"), SharedCell::new("items", 0));
//!     let consumer = spawn("consumer", {
//!         let (condition, items) = (condition.clone(), items.clone());
//!         move || {
//!             let _held = condition.hold();
//!             while items.get() == 0 {
//!                 condition.wait()?;
//!             }
//!             items.set(items.get() - 1);
//!             Ok(())
//!         }
//!     });
//!     {
//!         let _held = condition.hold();
//!         items.set(items.get() + 1);
//!         condition.notify(1)?;
//!     }
//!     consumer.join()
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Condition`:
//!
//! - Waiting and notifying need the lock; without it they are errors.
//! - Waiting releases the lock, and takes it again before it returns. So there are two waits in the trace: for the
//!   condition, which the notification ends, and then, usually, for the lock, which the notifying lane still holds.
//! - A notification wakes those that have waited longest, and no others: it is not kept for lanes that come later. What
//!   was waited for may be gone again by the time the lock is back: so check again, in a loop.
//!
//! - Its lock may be an [`RLock`]: then waiting releases it however many times it was taken, and takes it as many times
//!   again.
//!
//! Unlike Python, whose condition creates an `RLock` if it is given no lock, this one creates a [`Lock`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::either_lock::EitherLock;
use super::lock::Lock;
use super::rlock::RLock;
use super::wait::{BlockingWait, Oneshot};
use crate::runtime::Failure;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Context, Site};
use crate::runtime::traced::Traced;
use crate::trace::{Cause, Nanos, ResourceKind};

/// A condition variable: in Python, `threading.Condition`. Clones are the same condition.
#[derive(Clone)]
pub struct Condition {
    inner: Arc<Inner>,
}

struct Inner {
    traced: Traced,
    lock: EitherLock,
    waiters: Monitor<Waiters>,
}

/// Holds the lock of a [`Condition`] until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct ConditionGuard<'a> {
    condition: &'a Condition,
}

struct Waiters {
    /// The one that has waited longest comes first.
    slots: VecDeque<Arc<Oneshot<Cause>>>,
}

impl Condition {
    /// A condition with a lock of its own, whose name is this one's and “lock”.
    pub fn new(name: impl Into<String>) -> Condition {
        let name = name.into();
        let lock = Lock::new(format!("{name} lock"));
        Condition::with_lock(name, &lock)
    }

    /// A condition with this lock, which several may share: in Python, `threading.Condition(lock)`.
    pub fn with_lock(name: impl Into<String>, lock: &Lock) -> Condition {
        Condition::made(name.into(), EitherLock::Lock(lock.clone()))
    }

    /// A condition with this lock, whose holder may take it again: in Python, `threading.Condition(rlock)`.
    pub fn with_rlock(name: impl Into<String>, lock: &RLock) -> Condition {
        Condition::made(name.into(), EitherLock::RLock(lock.clone()))
    }

    fn made(name: String, lock: EitherLock) -> Condition {
        let traced = Traced::with_level(ResourceKind::Condition, name, 0);
        let waiters = Monitor::new(Waiters { slots: VecDeque::new() });
        Condition { inner: Arc::new(Inner { traced, lock, waiters }) }
    }

    /// Takes its lock for as long as the guard lives: in Python, `with condition:`.
    #[track_caller]
    pub fn hold(&self) -> ConditionGuard<'_> {
        self.acquire();
        ConditionGuard { condition: self }
    }

    /// Takes its lock: in Python, `condition.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.inner.lock.acquire(Site::caller());
    }

    /// Takes its lock if it can be had at once: in Python, `condition.acquire(blocking=False)`.
    pub fn try_acquire(&self) -> bool {
        self.inner.lock.try_acquire()
    }

    /// Takes its lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `condition.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.lock.acquire_timeout(Site::caller(), timeout)
    }

    /// Releases its lock: in Python, `condition.release()`.
    ///
    /// # Errors
    /// If nobody holds the lock, or, an `RLock`, another lane.
    pub fn release(&self) -> Result<(), Failure> {
        self.inner.lock.release()
    }

    /// Releases the lock, waits for a notification, and takes the lock again: in Python, `condition.wait()`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    #[track_caller]
    pub fn wait(&self) -> Result<(), Failure> {
        self.wait_at(Site::caller(), None).map(drop)
    }

    /// The same, but waits at most `timeout` for the notification; false if there was none in time: in Python,
    /// `condition.wait(timeout)`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Failure> {
        self.wait_at(Site::caller(), Some(timeout))
    }

    /// Waits until `predicate`, which is called under the lock, returns true: in Python,
    /// `condition.wait_for(predicate)`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    #[track_caller]
    pub fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Result<(), Failure> {
        let site = Site::caller();
        while !predicate() {
            self.wait_at(site, None)?;
        }
        Ok(())
    }

    /// The same, but waits at most `timeout` in all; returns what `predicate` returned last: in Python,
    /// `condition.wait_for(predicate, timeout)`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    #[track_caller]
    pub fn wait_for_timeout(&self, mut predicate: impl FnMut() -> bool, timeout: Duration) -> Result<bool, Failure> {
        let site = Site::caller();
        let until = lane::now() + Nanos::from(lane::scaled(timeout));
        loop {
            if predicate() {
                return Ok(true);
            }
            let left = until.saturating_sub(lane::now());
            if left == Nanos::ZERO {
                return Ok(false);
            }
            self.wait_at(site, Some(lane::unscaled(left)))?;
        }
    }

    /// Wakes up to `count` waiters: in Python, `condition.notify(count)`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    pub fn notify(&self, count: usize) -> Result<(), Failure> {
        let mut waiters = self.inner.waiters.lock();
        lane::with(|context| {
            self.check(context, "notified")?;
            let woken = count.min(waiters.slots.len());
            let woken: Vec<_> = waiters.slots.drain(..woken).collect();
            if !woken.is_empty() {
                let cause = self.record(context, &waiters);
                woken.iter().for_each(|slot| slot.tell(cause));
            }
            Ok(())
        })
    }

    /// Wakes all waiters: in Python, `condition.notify_all()`.
    ///
    /// # Errors
    /// If this lane does not hold the lock.
    pub fn notify_all(&self) -> Result<(), Failure> {
        self.notify(usize::MAX)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> Result<bool, Failure> {
        let Inner { traced, lock, waiters } = &*self.inner;
        let slot = Oneshot::new();
        let mut waiting = waiters.lock();
        let times = lane::with(|context| {
            self.check(context, "waited for")?;
            waiting.slots.push_back(slot.clone());
            self.record(context, &waiting);
            Ok::<u32, Failure>(lock.let_go(context))
        })?;
        let wait = BlockingWait::begin(traced.target(), Some(site), timeout);
        // A lane that has taken the lock meanwhile finds this one among the waiters, and already blocked.
        drop(waiting);
        let cause = slot.wait(&wait).or_else(|| {
            let mut waiting = waiters.lock();
            let before = waiting.slots.len();
            waiting.slots.retain(|other| !Arc::ptr_eq(other, &slot));
            if waiting.slots.len() < before {
                lane::with(|context| self.record(context, &waiting));
            }
            // It may have been told at the last moment.
            slot.told()
        });
        wait.over(cause);
        lock.take_back(site, times);
        Ok(cause.is_some())
    }

    /// An error, unless this lane holds the lock.
    fn check(&self, context: &mut Context, done: &str) -> Result<(), Failure> {
        let Inner { traced, lock, .. } = &*self.inner;
        if lock.is_mine(context) {
            return Ok(());
        }
        let (name, lock) = (traced.name(), lock.name());
        Err(context
            .misuse(|lane| format!("condition “{name}” was {done} by {lane}, which does not hold its lock “{lock}”")))
    }

    fn record(&self, context: &mut Context, waiters: &Waiters) -> Cause {
        self.inner.traced.level(context, waiters.slots.len() as i64)
    }
}

impl Drop for ConditionGuard<'_> {
    fn drop(&mut self) {
        // As for a lock.
        if std::thread::panicking() {
            return;
        }
        if let Err(failure) = self.condition.release() {
            panic!("{}", failure.message);
        }
    }
}
