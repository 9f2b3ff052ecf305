//! An event: a flag that tasks wait for.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use weft::runtime::tasks::{Event, run_main, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let ready = Event::new("ready");
//!     let waiter = spawn("waiter", {
//!         let ready = ready.clone();
//!         async move {
//!             ready.wait().await;
//!             Ok(())
//!         }
//!     });
//!     ready.set();
//!     waiter.await?;
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Event`: setting it wakes all waiters, in the order in which they came, even if it is cleared
//! before they run again; while it is set, no task waits.

use std::future::Future;
use std::rc::Rc;

use super::flag::Flag;
use crate::runtime::lane::{self, Site};
use crate::runtime::traced::LocalTraced;
use crate::trace::{Cause, ResourceKind};

/// A flag to wait for: in Python, `asyncio.Event`. Clones are the same event.
#[derive(Clone)]
pub struct Event {
    inner: Rc<Inner>,
}

struct Inner {
    traced: LocalTraced,
    flag: Rc<Flag>,
}

impl Event {
    /// An event that is not set.
    pub fn new(name: impl Into<String>) -> Event {
        let traced = LocalTraced::with_level(ResourceKind::Event, name, 0);
        let flag = Flag::new(traced.target(), false);
        Event { inner: Rc::new(Inner { traced, flag }) }
    }

    /// Sets it, which wakes all waiters: in Python, `event.set()`.
    pub fn set(&self) {
        if !self.is_set() {
            let cause = self.inner.record(1);
            self.inner.flag.raise(cause);
        }
    }

    /// Clears it: from now on tasks wait again. In Python, `event.clear()`.
    pub fn clear(&self) {
        if self.is_set() {
            self.inner.flag.lower();
            self.inner.record(0);
        }
    }

    /// Whether it is set: in Python, `event.is_set()`.
    pub fn is_set(&self) -> bool {
        self.inner.flag.is_up()
    }

    /// Waits until it is set: in Python, `await event.wait()`.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = ()> + use<> {
        self.inner.flag.wait(Site::caller())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }
}

impl Inner {
    fn record(&self, level: i64) -> Cause {
        lane::with(|lane| self.traced.level(lane, level))
    }
}
