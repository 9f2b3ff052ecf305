//! A condition variable between processes: under a lock, lanes wait until another says that something has changed.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Condition, Value};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes both with the arguments that it is started with.
//!     let (condition, items) = (Condition::new("condition"), Value::new("items", 0));
//!     let consumer = spawn("consumer", {
//!         let (condition, items) = (condition.clone(), items.clone());
//!         move || {
//!             let _held = condition.hold();
//!             condition.wait_for(|| items.get() > 0)
//!         }
//!     });
//!     {
//!         let _held = condition.hold();
//!         items.set(1);
//!         condition.notify(1)?;
//!     }
//!     consumer.join()
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Condition`:
//!
//! - Waiting and notifying need the lock; without it they are errors.
//! - Waiting releases the lock, however often the lane holds it, and takes it again before it returns. So there are two
//!   waits in the trace: for the condition, which the notification ends, and then, usually, for the lock, which the
//!   notifying lane still holds.
//! - A notification wakes those that have waited longest, and no others: it is not kept for lanes that come later. What
//!   was waited for may be gone again by the time the lock is back: so check again, in a loop.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::common::Common;
use super::exclusive::Exclusive;
use super::lock::{Lock, LockGuard};
use super::rlock::RLock;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Nanos, ResourceKind};

/// A condition variable between processes: in Python, `multiprocessing.Condition`. Clones are the same condition.
#[derive(Clone, Serialize, Deserialize)]
pub struct Condition {
    common: Common,
    lock: Exclusive,
}

impl Condition {
    /// A condition with an rlock of its own, whose name is this one's and “lock”.
    pub fn new(name: &str) -> Condition {
        Condition::with_rlock(name, &RLock::new(&format!("{name} lock")))
    }

    /// A condition with this lock, which several may share: in Python, `multiprocessing.Condition(lock)`.
    pub fn with_lock(name: &str, lock: &Lock) -> Condition {
        Condition::made(name, &lock.exclusive)
    }

    /// The same with an rlock.
    pub fn with_rlock(name: &str, lock: &RLock) -> Condition {
        Condition::made(name, &lock.exclusive)
    }

    fn made(name: &str, lock: &Exclusive) -> Condition {
        Condition { common: Common::new(ResourceKind::Condition, name, &[], 0), lock: lock.clone() }
    }

    /// Takes its lock for as long as the guard lives: in Python, `with condition:`.
    #[track_caller]
    pub fn hold(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { exclusive: &self.lock }
    }

    /// Takes its lock: in Python, `condition.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.lock.acquire(Site::caller(), None);
    }

    /// Takes its lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `condition.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.lock.acquire(Site::caller(), Some(timeout))
    }

    /// Releases its lock: in Python, `condition.release()`.
    ///
    /// # Errors
    /// As for the lock.
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| self.lock.release(context))
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
        self.check("notified")?;
        let held = self.common.lock();
        let waiting = held.waiting();
        let woken = waiting.min(count);
        if woken > 0 {
            let cause = held.record(Tag::Level, (waiting - woken) as i64);
            held.tell(woken, 1, cause);
        }
        Ok(())
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
        self.common.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> Result<bool, Failure> {
        self.check("waited for")?;
        let held = self.common.lock();
        held.record(Tag::Level, held.waiting() as i64 + 1);
        // A lane that takes the lock now finds this one among the waiters, and already blocked.
        let times = lane::with(|context| self.lock.release_all(context));
        let wait = BlockingWait::begin(self.common.target(), Some(site), timeout);
        let (news, held) = held.wait(&wait);
        if news.is_none() {
            held.record(Tag::Level, held.waiting() as i64);
        }
        drop(held);
        wait.over(news.map(|news| news.cause));
        self.lock.acquire_times(site, None, times);
        Ok(news.is_some())
    }

    /// An error, unless this lane holds the lock.
    fn check(&self, done: &str) -> Result<(), Failure> {
        let name = self.name();
        lane::with(|context| match self.lock.is_mine(context) {
            true => Ok(()),
            false => Err(context.misuse(|lane| {
                format!("AssertionError: condition “{name}” was {done} by {lane}, which does not hold its lock")
            })),
        })
    }
}
