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
//! As Python's `asyncio.Event`: setting it wakes all who wait, in the order in which they came, even if it is cleared
//! before they run again; while it is set, nobody waits.

use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use super::flag::Flag;
use crate::runtime::lane;
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind};

/// A flag to wait for: in Python, `asyncio.Event`. Clones are the same event.
#[derive(Clone)]
pub struct Event {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    resource: ResourceId,
    flag: Rc<Flag>,
    /// Time of the latest event; the next is put after it.
    last: Cell<Nanos>,
}

impl Event {
    /// An event that is not set.
    pub fn new(name: impl Into<String>) -> Event {
        let name = name.into();
        let resource = lane::with(|lane| lane.define_resource(ResourceKind::Event, &name));
        let inner = Inner { name, resource, flag: Flag::new(resource, false), last: Cell::default() };
        inner.record(0);
        Event { inner: Rc::new(inner) }
    }

    /// Sets it, which wakes all who wait: in Python, `event.set()`.
    pub fn set(&self) {
        if !self.is_set() {
            let cause = self.inner.record(1);
            self.inner.flag.raise(cause);
        }
    }

    /// Takes that back: from now on tasks wait again. In Python, `event.clear()`.
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
        self.inner.flag.wait(Location::caller())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }
}

impl Inner {
    fn record(&self, level: i64) -> Cause {
        lane::with(|lane| {
            let time = lane.resource_event(Tag::Level, self.resource, level, self.last.get());
            self.last.set(time);
            Cause { lane: lane.lane, time }
        })
    }
}
