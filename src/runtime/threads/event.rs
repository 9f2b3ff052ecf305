//! An event: a flag that lanes wait for.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Event, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let ready = Event::new("ready");
//!     let waiter = spawn("waiter", {
//!         let ready = ready.clone();
//!         move || ready.wait()
//!     });
//!     ready.set();
//!     waiter.join();
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Event`: setting it wakes all waiters, even if it is cleared before they run again; while it
//! is set, no lane waits.

use std::sync::Arc;
use std::time::Duration;

use super::wait::{BlockingWait, Oneshot};
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::runtime::traced::Traced;
use crate::trace::{Cause, ResourceKind};

/// A flag to wait for: in Python, `threading.Event`. Clones are the same event.
#[derive(Clone)]
pub struct Event {
    inner: Arc<Inner>,
}

struct Inner {
    traced: Traced,
    flag: Monitor<Flag>,
}

struct Flag {
    /// Who set it, while it is set.
    set: Option<Cause>,
    waiting: Vec<Arc<Oneshot<Cause>>>,
}

impl Event {
    /// An event that is not set.
    pub fn new(name: impl Into<String>) -> Event {
        let traced = Traced::with_level(ResourceKind::Event, name, 0);
        Event { inner: Arc::new(Inner { traced, flag: Monitor::new(Flag { set: None, waiting: Vec::new() }) }) }
    }

    /// Sets it, which wakes all waiters: in Python, `event.set()`.
    pub fn set(&self) {
        let mut flag = self.inner.flag.lock();
        if flag.set.is_some() {
            return;
        }
        let cause = self.record(1);
        flag.set = Some(cause);
        for waiting in flag.waiting.drain(..) {
            waiting.tell(cause);
        }
    }

    /// Clears it: from now on lanes wait again. In Python, `event.clear()`.
    pub fn clear(&self) {
        let mut flag = self.inner.flag.lock();
        if flag.set.take().is_some() {
            self.record(0);
        }
    }

    /// Whether it is set: in Python, `event.is_set()`.
    pub fn is_set(&self) -> bool {
        self.inner.flag.lock().set.is_some()
    }

    /// Waits until it is set: in Python, `event.wait()`.
    #[track_caller]
    pub fn wait(&self) {
        self.wait_at(Site::caller(), None);
    }

    /// Waits until it is set, for at most `timeout`; false if it was not set: in Python, `event.wait(timeout)`.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_at(Site::caller(), Some(timeout))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> bool {
        let on = self.inner.traced.target();
        let mut flag = self.inner.flag.lock();
        if flag.set.is_some() {
            lane::with(|context| context.passed(on, flag.set, Some(site)));
            return true;
        }
        let slot = Oneshot::new();
        flag.waiting.push(slot.clone());
        let wait = BlockingWait::begin(on, Some(site), timeout);
        drop(flag);
        let cause = slot.wait(&wait).or_else(|| {
            self.inner.flag.lock().waiting.retain(|waiting| !Arc::ptr_eq(waiting, &slot));
            // It may have been told at the last moment.
            slot.told()
        });
        wait.over(cause);
        cause.is_some()
    }

    fn record(&self, level: i64) -> Cause {
        lane::with(|context| self.inner.traced.level(context, level))
    }
}
