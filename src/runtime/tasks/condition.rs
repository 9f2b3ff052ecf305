//! A condition: under a lock, tasks wait until another says that something has changed.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use std::cell::Cell;
//! use std::rc::Rc;
//! use weft::runtime::tasks::{Condition, run_main, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let (condition, items) = (Condition::new("condition"), Rc::new(Cell::new(0)));
//!     let consumer = spawn("consumer", {
//!         let (condition, items) = (condition.clone(), items.clone());
//!         async move {
//!             let _held = condition.hold().await;
//!             condition.wait_for(|| items.get() > 0).await?;
//!             items.set(items.get() - 1);
//!             Ok(())
//!         }
//!     });
//!     {
//!         let _held = condition.hold().await;
//!         items.set(1);
//!         condition.notify(1)?;
//!     }
//!     consumer.await?;
//!     assert_eq!(items.get(), 0);
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Condition`:
//!
//! - Waiting and notifying need the lock: while no task holds it, they are errors.
//! - Waiting releases the lock, and takes it again before it returns. So there are two waits in the trace: for the
//!   condition, which the notification ends, and then, usually, for the lock, which the notifying task still holds.
//! - A notification wakes those that have waited longest, and no others: it is not kept for tasks that come later. What
//!   was waited for may be gone again by the time the lock is back: so check again, in a loop, or use `wait_for`.
//! - A task that is cancelled while it waits takes the lock again before it goes on, however often it is cancelled. It
//!   then wakes another one that waits, since its own notification may have come already.
//!
//! Unlike Python, where nothing is awaited halfway, a wait can be dropped before its end; the task then does not have
//! the lock again, and if it has a guard of it, that releases nothing.

use std::future::Future;
use std::rc::Rc;

use super::cancel::catch_cancel;
use super::notices::Notices;
use super::permits::Held;
use super::{Error, Lock};
use crate::runtime::lane::{self, Site};
use crate::trace::ResourceKind;

/// Something that tasks wait for under a lock: in Python, `asyncio.Condition`. Clones are the same condition.
#[derive(Clone)]
pub struct Condition {
    inner: Rc<Inner>,
}

struct Inner {
    notices: Rc<Notices>,
    lock: Lock,
}

impl Condition {
    /// A condition with a lock of its own, whose name is this one's and “lock”: in Python, `asyncio.Condition()`.
    pub fn new(name: impl Into<String>) -> Condition {
        let name = name.into();
        let lock = Lock::new(format!("{name} lock"));
        Condition::with_lock(name, &lock)
    }

    /// A condition with this lock, which several may share: in Python, `asyncio.Condition(lock)`.
    pub fn with_lock(name: impl Into<String>, lock: &Lock) -> Condition {
        let notices = Notices::new(ResourceKind::Condition, name.into());
        Condition { inner: Rc::new(Inner { notices, lock: lock.clone() }) }
    }

    /// Its lock.
    pub fn lock(&self) -> &Lock {
        &self.inner.lock
    }

    /// Takes its lock for as long as the guard lives: in Python, `async with condition:`.
    #[track_caller]
    pub fn hold(&self) -> impl Future<Output = Held> + use<> {
        self.inner.lock.hold()
    }

    /// Takes its lock, waiting until it is free: in Python, `await condition.acquire()`.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = ()> + use<> {
        self.inner.lock.acquire()
    }

    /// Releases its lock, whichever task holds it: in Python, `condition.release()`.
    ///
    /// # Errors
    /// If nobody holds the lock.
    pub fn release(&self) -> Result<(), Error> {
        self.inner.lock.release()
    }

    /// Whether a task holds its lock: in Python, `condition.locked()`.
    pub fn locked(&self) -> bool {
        self.inner.lock.locked()
    }

    /// Releases the lock, waits for a notification, and takes the lock again: in Python, `await condition.wait()`.
    ///
    /// # Errors
    /// If nobody holds the lock; or [`Error::Cancelled`], under the lock, if the task was cancelled meanwhile.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = Result<(), Error>> + use<> {
        self.inner.clone().wait(Site::caller())
    }

    /// Waits until `predicate`, which is called under the lock, returns true: in Python,
    /// `await condition.wait_for(predicate)`.
    ///
    /// # Errors
    /// As [`Condition::wait`], unless the predicate is true at once.
    #[track_caller]
    pub fn wait_for<P: FnMut() -> bool>(&self, mut predicate: P) -> impl Future<Output = Result<(), Error>> + use<P> {
        let (inner, site) = (self.inner.clone(), Site::caller());
        async move {
            while !predicate() {
                inner.clone().wait(site).await?;
            }
            Ok(())
        }
    }

    /// Wakes up to `count` waiting tasks: in Python, `condition.notify(count)`.
    ///
    /// # Errors
    /// If nobody holds the lock.
    pub fn notify(&self, count: usize) -> Result<(), Error> {
        self.inner.check("notified")?;
        self.inner.notices.notify(count);
        Ok(())
    }

    /// Wakes all waiting tasks: in Python, `condition.notify_all()`.
    ///
    /// # Errors
    /// If nobody holds the lock.
    pub fn notify_all(&self) -> Result<(), Error> {
        self.notify(usize::MAX)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.notices.traced.name()
    }
}

impl Inner {
    async fn wait(self: Rc<Self>, site: Site) -> Result<(), Error> {
        self.check("waited for")?;
        self.lock.release()?;
        let mut unlocked = Unlocked { inner: self, is_locked: false };
        let inner = &unlocked.inner;
        let mut result = catch_cancel(async {
            inner.notices.wait(site).await;
            Ok(())
        })
        .await;
        // It goes on with the lock, whatever happens.
        while let Err(cancelled) = catch_cancel(inner.lock_again(site)).await {
            result = Err(cancelled);
        }
        unlocked.is_locked = true;
        if result.is_err() {
            unlocked.inner.notices.notify(1);
        }
        result
    }

    async fn lock_again(&self, site: Site) -> Result<(), Error> {
        self.lock.inner.acquire(site).await;
        Ok(())
    }

    /// An error, unless a task holds the lock.
    fn check(&self, done: &str) -> Result<(), Error> {
        if self.lock.locked() {
            return Ok(());
        }
        let (name, lock) = (self.notices.traced.name(), self.lock.name());
        let problem =
            |lane: &str| format!("condition “{name}” was {done} by {lane}, but nobody holds its lock “{lock}”");
        Err(Error::Raised(lane::with(|context| context.misuse(problem)).message))
    }
}

/// A task that has given up the lock to wait.
struct Unlocked {
    inner: Rc<Inner>,
    /// It has it again.
    is_locked: bool,
}

impl Drop for Unlocked {
    fn drop(&mut self) {
        if !self.is_locked && !std::thread::panicking() {
            self.inner.lock.inner.lose();
            self.inner.notices.notify(1);
        }
    }
}
