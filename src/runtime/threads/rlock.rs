//! A lock that its holder may take again.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::RLock;
//!
//! fn count_down(lock: &RLock, from: u32) {
//!     let _held = lock.hold();
//!     if from > 0 {
//!         count_down(lock, from - 1);
//!     }
//! }
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let lock = RLock::new("lock");
//!     count_down(&lock, 3);
//!     assert!(lock.release().is_err());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.RLock`:
//!
//! - It has an owner and a depth: each time the owner takes it, it must release it once more.
//! - Releasing it is an error for any lane but its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use super::exclusive::Exclusive;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Context, Site};
use crate::trace::ResourceKind;

/// A lock that its holder may take again: in Python, `threading.RLock`. Clones are the same lock.
#[derive(Clone)]
pub struct RLock {
    inner: Arc<Inner>,
}

struct Inner {
    exclusive: Exclusive,
    /// How many times the owner holds it. Only the owner accesses it.
    depth: AtomicU32,
}

/// Holds an [`RLock`] once more, until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
}

impl RLock {
    /// A lock that nobody holds.
    pub fn new(name: impl Into<String>) -> RLock {
        let exclusive = Exclusive::new(ResourceKind::RLock, name.into());
        RLock { inner: Arc::new(Inner { exclusive, depth: AtomicU32::new(0) }) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `with lock:`.
    #[track_caller]
    pub fn hold(&self) -> RLockGuard<'_> {
        self.acquire();
        RLockGuard { lock: self }
    }

    /// Takes the lock, at once if this lane has it already, otherwise waiting until it is free: in Python,
    /// `lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.acquire_at(Site::caller());
    }

    /// Takes the lock if it is free or this lane has it already: in Python, `lock.acquire(blocking=False)`.
    pub fn try_acquire(&self) -> bool {
        self.again() || self.inner.exclusive.try_acquire() && self.deepen()
    }

    /// Takes the lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `lock.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout_at(Site::caller(), timeout)
    }

    /// Releases it once: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If this lane does not hold it.
    pub fn release(&self) -> Result<(), Failure> {
        let exclusive = &self.inner.exclusive;
        lane::with(|context| {
            if exclusive.is_mine(context) {
                self.release_once(context);
                return Ok(());
            }
            let name = exclusive.traced.name();
            let holder = exclusive.holder().map(|lane| context.run.thread_name(lane));
            let holder = holder.map_or("nobody holds it".to_owned(), |holder| format!("{holder} holds it"));
            Err(context.misuse(|lane| format!("rlock “{name}” was released by {lane}, but {holder}")))
        })
    }

    /// Whether a lane holds it.
    pub fn locked(&self) -> bool {
        self.inner.exclusive.holder().is_some()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.exclusive.traced.name()
    }

    pub(super) fn acquire_at(&self, site: Site) {
        if !self.again() {
            self.inner.exclusive.acquire(site);
            self.deepen();
        }
    }

    pub(super) fn acquire_timeout_at(&self, site: Site, timeout: Duration) -> bool {
        self.again() || self.inner.exclusive.acquire_timeout(site, timeout) && self.deepen()
    }

    /// Whether the current lane holds it.
    pub(super) fn is_mine(&self, context: &Context) -> bool {
        self.inner.exclusive.is_mine(context)
    }

    /// Releases it as many times as the current lane, its owner, has taken it: so many are returned.
    pub(super) fn let_go(&self, context: &mut Context) -> u32 {
        let depth = self.inner.depth.load(Relaxed);
        (0..depth).for_each(|_| self.release_once(context));
        depth
    }

    /// Releases it once. For its owner.
    fn release_once(&self, context: &mut Context) {
        let Inner { exclusive, depth } = &*self.inner;
        let left = depth.load(Relaxed) - 1;
        depth.store(left, Relaxed);
        if left > 0 {
            exclusive.traced.released(context);
            exclusive.traced.level(context, i64::from(left));
        } else {
            // Nothing can be recorded of the lock once it is free.
            exclusive.traced.level(context, 0);
            exclusive.release(context);
        }
    }

    /// Takes it once more if this lane has it.
    fn again(&self) -> bool {
        let Inner { exclusive, .. } = &*self.inner;
        let mine = lane::with(|context| {
            let mine = exclusive.is_mine(context);
            if mine {
                exclusive.traced.acquired(context, None);
            }
            mine
        });
        mine && self.deepen()
    }

    /// It was taken, for the first time or again. Always true.
    fn deepen(&self) -> bool {
        let Inner { exclusive, depth } = &*self.inner;
        let now = depth.load(Relaxed) + 1;
        depth.store(now, Relaxed);
        lane::with(|context| exclusive.traced.level(context, i64::from(now)));
        true
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        // As for a lock.
        if std::thread::panicking() {
            return;
        }
        if let Err(failure) = self.lock.release() {
            panic!("{}", failure.message);
        }
    }
}
