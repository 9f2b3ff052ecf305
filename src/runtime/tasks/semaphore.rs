//! A semaphore: a number of permits, each held by one task at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use std::time::Duration;
//! use weft::runtime::tasks::{BoundedSemaphore, Semaphore, run_main, sleep, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let permits = Semaphore::new("permits", 2);
//!     let start = |number| {
//!         let permits = permits.clone();
//!         spawn(format!("worker-{number}"), async move {
//!             let _permit = permits.hold().await;
//!             sleep(Duration::from_millis(1)).await; // Never more than two at a time.
//!             Ok(())
//!         })
//!     };
//!     let workers: Vec<_> = (1..=5).map(start).collect();
//!     for worker in workers {
//!         worker.await?;
//!     }
//!
//!     let bounded = BoundedSemaphore::new("bounded", 1);
//!     assert!(bounded.release().is_err());
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Semaphore` and `asyncio.BoundedSemaphore`:
//!
//! - It is fair: first come, first served. A released permit belongs to the first waiter, even before that one runs
//!   again. Who comes while others wait, waits behind them, also if there are more permits.
//! - Permits belong to no task: any task may release one, even if it has acquired none. A [`Semaphore`] then has more
//!   permits than at the beginning; a [`BoundedSemaphore`] refuses.
//!
//! A task that is cancelled while it waits leaves the wait queue; if it had been woken already, the next one is woken.

use std::future::Future;
use std::rc::Rc;

use super::Error;
use super::permits::{Held, Permits};
use crate::runtime::lane::{self, Site};
use crate::trace::ResourceKind;

/// A number of permits: in Python, `asyncio.Semaphore`. Clones are the same semaphore.
#[derive(Clone)]
pub struct Semaphore {
    inner: Rc<Permits>,
}

/// A number of permits that never grows beyond its initial value: in Python, `asyncio.BoundedSemaphore`.
#[derive(Clone)]
pub struct BoundedSemaphore {
    inner: Rc<Permits>,
}

macro_rules! common {
    () => {
        /// Takes a permit for as long as the guard lives: in Python, `async with semaphore:`.
        #[track_caller]
        pub fn hold(&self) -> impl Future<Output = Held> + use<> {
            self.inner.hold(Site::caller())
        }

        /// Takes a permit, and waits until there is one: in Python, `await semaphore.acquire()`.
        #[track_caller]
        pub fn acquire(&self) -> impl Future<Output = ()> + use<> {
            self.inner.acquire(Site::caller())
        }

        /// Whether a task that asks for a permit now has to wait: in Python, `semaphore.locked()`.
        pub fn locked(&self) -> bool {
            self.inner.locked()
        }

        /// Its name.
        pub fn name(&self) -> &str {
            self.inner.traced.name()
        }
    };
}

impl Semaphore {
    /// A semaphore with `permits` free permits.
    pub fn new(name: impl Into<String>, permits: usize) -> Semaphore {
        Semaphore { inner: Permits::new(ResourceKind::Semaphore, name.into(), permits, usize::MAX) }
    }

    common!();

    /// Releases a permit, or adds one: in Python, `semaphore.release()`.
    pub fn release(&self) {
        self.inner.release();
    }
}

impl BoundedSemaphore {
    /// A semaphore with `permits` free permits; there will never be more.
    pub fn new(name: impl Into<String>, permits: usize) -> BoundedSemaphore {
        BoundedSemaphore { inner: Permits::new(ResourceKind::Semaphore, name.into(), permits, permits) }
    }

    common!();

    /// Releases a permit: in Python, `semaphore.release()`.
    ///
    /// # Errors
    /// If all permits are free.
    pub fn release(&self) -> Result<(), Error> {
        if self.inner.release() {
            return Ok(());
        }
        let (name, most) = (self.inner.traced.name(), self.inner.most);
        let problem =
            |lane: &str| format!("semaphore “{name}” was released by {lane}, but all its {most} permits are free");
        Err(Error::Raised(lane::with(|context| context.misuse(problem)).message))
    }
}
