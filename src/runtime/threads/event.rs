//! An event: a flag that lanes wait for.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::threads::{Event, run_main, spawn};
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
//! As Python's `threading.Event`: setting it wakes all who wait, even if it is cleared before they run again; while it
//! is set, nobody waits.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::wait::{Slot, Wait};
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// A flag to wait for: in Python, `threading.Event`. Clones are the same event.
#[derive(Clone)]
pub struct Event {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    resource: ResourceId,
    flag: Monitor<Flag>,
}

struct Flag {
    /// Who set it, while it is set.
    set: Option<Cause>,
    waiting: Vec<Arc<Slot<Cause>>>,
    /// Time of the latest event; the next is put after it.
    last: Nanos,
}

impl Event {
    /// An event that is not set.
    pub fn new(name: impl Into<String>) -> Event {
        let name = name.into();
        let (resource, last) = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Event, &name);
            (resource, context.resource_event(Tag::Level, resource, 0, Nanos::ZERO))
        });
        Event {
            inner: Arc::new(Inner {
                name,
                resource,
                flag: Monitor::new(Flag { set: None, waiting: Vec::new(), last }),
            }),
        }
    }

    /// Sets it, which wakes all who wait: in Python, `event.set()`.
    pub fn set(&self) {
        let mut flag = self.inner.flag.lock();
        if flag.set.is_some() {
            return;
        }
        let cause = self.record(&mut flag, 1);
        flag.set = Some(cause);
        for waiting in flag.waiting.drain(..) {
            waiting.tell(cause);
        }
    }

    /// Takes that back: from now on lanes wait again. In Python, `event.clear()`.
    pub fn clear(&self) {
        let mut flag = self.inner.flag.lock();
        if flag.set.take().is_some() {
            self.record(&mut flag, 0);
        }
    }

    /// Whether it is set: in Python, `event.is_set()`.
    pub fn is_set(&self) -> bool {
        self.inner.flag.lock().set.is_some()
    }

    /// Waits until it is set: in Python, `event.wait()`.
    #[track_caller]
    pub fn wait(&self) {
        self.wait_at(Location::caller(), None);
    }

    /// Waits until it is set, at most so long; false if it was not: in Python, `event.wait(timeout)`.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_at(Location::caller(), Some(timeout))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> bool {
        let on = Target::Resource(self.inner.resource);
        let mut flag = self.inner.flag.lock();
        if flag.set.is_some() {
            lane::with(|context| context.passed(on, flag.set, Some(site)));
            return true;
        }
        let slot = Slot::new();
        flag.waiting.push(slot.clone());
        let wait = Wait::begin(on, Some(site), timeout);
        drop(flag);
        let cause = slot.wait(&wait).or_else(|| {
            self.inner.flag.lock().waiting.retain(|waiting| !Arc::ptr_eq(waiting, &slot));
            // It may have been told at the last moment.
            slot.told()
        });
        wait.over(cause);
        cause.is_some()
    }

    fn record(&self, flag: &mut Flag, level: i64) -> Cause {
        lane::with(|context| {
            flag.last = context.resource_event(Tag::Level, self.inner.resource, level, flag.last);
            Cause { lane: context.lane, time: flag.last }
        })
    }
}
