//! A thread-local slot: each lane has its own.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{ThreadLocal, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let number = ThreadLocal::new("number");
//!     number.set(1);
//!     let worker = spawn("worker", {
//!         let number = number.clone();
//!         move || number.get()
//!     });
//!     assert_eq!(worker.join(), None); // What main has set is main's.
//!     assert_eq!(number.get(), Some(1));
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.local()`. It is keyed by lane, unlike Rust's `thread_local!`, since a worker runs one lane
//! after the other. When values that are integers are set or read, that is in the trace.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::trace::record::Tag;
use crate::trace::{LaneId, ResourceId, ResourceKind};

/// A slot for each lane: in Python, an attribute of `threading.local()`. Clones are the same slots.
pub struct ThreadLocal<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    name: String,
    resource: ResourceId,
    slots: Monitor<HashMap<LaneId, T>>,
}

impl<T> Clone for ThreadLocal<T> {
    fn clone(&self) -> ThreadLocal<T> {
        ThreadLocal { inner: self.inner.clone() }
    }
}

impl<T: Clone + Send + 'static> ThreadLocal<T> {
    /// Empty slots.
    pub fn new(name: impl Into<String>) -> ThreadLocal<T> {
        let name = name.into();
        let resource = lane::with(|context| context.define_resource(ResourceKind::Local, &name));
        ThreadLocal { inner: Arc::new(Inner { name, resource, slots: Monitor::default() }) }
    }

    /// Sets this lane's slot.
    #[track_caller]
    pub fn set(&self, value: T) {
        self.record(Tag::Write, &value, Site::caller());
        let lane = lane::with(|context| context.lane);
        self.inner.slots.lock().insert(lane, value);
    }

    /// What this lane has set. Unlike Python, where that is an `AttributeError`, it is `None` if it has set nothing yet.
    #[track_caller]
    pub fn get(&self) -> Option<T> {
        let site = Site::caller();
        let lane = lane::with(|context| context.lane);
        let value = self.inner.slots.lock().get(&lane).cloned();
        value.inspect(|value| self.record(Tag::Read, value, site))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    fn record(&self, tag: Tag, value: &T, site: Site) {
        if let Some(number) = whole_number(value) {
            lane::with(|context| context.access(tag, self.inner.resource, number, site));
        }
    }
}

/// The value, if it is a whole number.
fn whole_number(value: &dyn Any) -> Option<i64> {
    value
        .downcast_ref::<i64>()
        .copied()
        .or_else(|| value.downcast_ref::<i32>().map(|number| i64::from(*number)))
        .or_else(|| value.downcast_ref::<u32>().map(|number| i64::from(*number)))
        .or_else(|| value.downcast_ref::<u64>().and_then(|number| i64::try_from(*number).ok()))
        .or_else(|| value.downcast_ref::<usize>().and_then(|number| i64::try_from(*number).ok()))
}
