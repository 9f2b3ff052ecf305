//! Primitives that a program makes of others, as Python's library makes a queue of a lock and three conditions: what a
//! lane waits for inside one is recorded as a wait for the whole.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! # use weft::trace::{LaneKind, ResourceKind};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Composite, InnerLock};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let (latch, gate) = (Composite::new(ResourceKind::Event, "latch"), InnerLock::new());
//!     latch.within(|| gate.acquire(None)); // Had it waited, then for the latch.
//!     latch.level(1);
//!     Ok(())
//! })
//! .unwrap();
//! ```

use std::sync::Mutex;

use crate::runtime::lane;
use crate::runtime::poison::unpoisoned;
use crate::runtime::traced::Traced;
use crate::trace::{LaneId, ResourceKind, Target};

/// A primitive that is made of others.
pub struct Composite {
    /// Its events are recorded one after the other; the locks inside it need not see to that.
    traced: Mutex<Traced>,
    target: Target,
    kind: ResourceKind,
}

impl Composite {
    /// A resource of this kind.
    pub fn new(kind: ResourceKind, name: impl Into<String>) -> Composite {
        let traced = Traced::new(kind, name);
        Composite { target: traced.target(), traced: Mutex::new(traced), kind }
    }

    /// Its kind.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// What lanes that wait for it are recorded as waiting for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Runs `body`, whose waits are for this, unless they are for another one that this is a part of.
    pub fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        within(self.target, body)
    }

    /// Its level is this from now on: what that means depends on its [kind](ResourceKind).
    pub fn level(&self, value: i64) {
        let traced = unpoisoned(&self.traced);
        lane::with(|context| traced.level(context, value));
    }

    /// The current lane holds it, or one of its permits.
    pub fn acquired(&self) {
        let traced = unpoisoned(&self.traced);
        lane::with(|context| traced.acquired(context, None));
    }

    /// The current lane no longer holds it, or one of its permits.
    pub fn released(&self) {
        let traced = unpoisoned(&self.traced);
        lane::with(|context| traced.released(context));
    }
}

/// Runs `body`, whose waits are for the end of this lane, unless they are for something that this is a part of.
pub fn for_end_of<R>(lane: LaneId, body: impl FnOnce() -> R) -> R {
    within(Target::Lane(lane), body)
}

fn within<R>(target: Target, body: impl FnOnce() -> R) -> R {
    /// Puts the outer one back, also if `body` panics.
    struct Outer(Option<Target>);
    impl Drop for Outer {
        fn drop(&mut self) {
            lane::try_with(|context| context.outer = self.0);
        }
    }
    let _outer = Outer(lane::with(|context| {
        let outer = context.outer;
        context.outer = outer.or(Some(target));
        outer
    }));
    body()
}
