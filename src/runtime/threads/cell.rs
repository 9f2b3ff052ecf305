//! An unsynchronised number in shared memory.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{SharedCell, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let counter = SharedCell::new("counter", 0);
//!     let add = |name| {
//!         let counter = counter.clone();
//!         spawn(name, move || {
//!             for _ in 0..1000 {
//!                 counter.set(counter.get() + 1); // Another lane may write in between.
//!             }
//!         })
//!     };
//!     let workers = [add("worker-1"), add("worker-2")];
//!     workers.into_iter().for_each(|worker| worker.join());
//!     assert!(counter.get() <= 2000);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! Like a Python variable that several threads use: reading it and writing it are two steps, each atomic by itself. A
//! write of another lane in between can be lost. (In Rust such a data race would be undefined behaviour, so this is an
//! atomic that is only ever loaded and stored, with relaxed ordering.)
//!
//! The trace has each read and each write with its value, the first one too. A read is recorded after it was done, a
//! write before: if a write of another lane is recorded between the two, one of the two writes really is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use crate::runtime::lane::{self, Site};
use crate::trace::record::Tag;
use crate::trace::{ResourceId, ResourceKind};

/// An unsynchronised number in shared memory. Clones are the same number.
#[derive(Clone)]
pub struct SharedCell {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    resource: ResourceId,
    value: AtomicI64,
}

impl SharedCell {
    /// A number with this initial value.
    #[track_caller]
    pub fn new(name: impl Into<String>, value: i64) -> SharedCell {
        let (name, site) = (name.into(), Site::caller());
        let resource = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Cell, &name);
            context.access(Tag::Write, resource, value, site);
            resource
        });
        SharedCell { inner: Arc::new(Inner { name, resource, value: AtomicI64::new(value) }) }
    }

    /// Reads it.
    #[track_caller]
    #[inline(never)]
    #[optimize(speed)]
    pub fn get(&self) -> i64 {
        let (value, site) = (self.inner.value.load(Relaxed), Site::caller());
        lane::with(|context| context.access(Tag::Read, self.inner.resource, value, site));
        value
    }

    /// Writes it, whatever it is by now.
    #[track_caller]
    #[inline(never)]
    #[optimize(speed)]
    pub fn set(&self, value: i64) {
        let site = Site::caller();
        lane::with(|context| context.access(Tag::Write, self.inner.resource, value, site));
        // Cheaper than a store in Firefox, as in the recorder.
        self.inner.value.swap(value, Relaxed);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }
}
