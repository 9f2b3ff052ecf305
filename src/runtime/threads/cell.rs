//! A number in shared memory that nothing guards.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::threads::{SharedCell, run_main, spawn};
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
//! Like a Python variable that several threads use: reading it and writing it are two steps, each whole in itself. What
//! lies between them can be lost. (For Rust an unguarded variable would be undefined behaviour, so this is an atomic
//! that is only ever loaded and stored, without any order.)
//!
//! The trace has each read and each write with its value, the first one too. A read is recorded after it was done, a
//! write before: if a write of another lane lies between the two, one of the two writes is really lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use crate::runtime::lane;
use crate::trace::record::Tag;
use crate::trace::{ResourceId, ResourceKind};

/// A number in shared memory that nothing guards. Clones are the same number.
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
    /// A number, for now this one.
    pub fn new(name: impl Into<String>, value: i64) -> SharedCell {
        let name = name.into();
        let resource = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Cell, &name);
            context.access(Tag::Write, resource, value);
            resource
        });
        SharedCell { inner: Arc::new(Inner { name, resource, value: AtomicI64::new(value) }) }
    }

    /// Reads it.
    #[inline(never)]
    #[optimize(speed)]
    pub fn get(&self) -> i64 {
        let value = self.inner.value.load(Relaxed);
        lane::with(|context| context.access(Tag::Read, self.inner.resource, value));
        value
    }

    /// Writes it, whatever it is by now.
    #[inline(never)]
    #[optimize(speed)]
    pub fn set(&self, value: i64) {
        lane::with(|context| context.access(Tag::Write, self.inner.resource, value));
        // Cheaper than a store in Firefox, as in the recorder.
        self.inner.value.swap(value, Relaxed);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }
}
