//! A resource as the trace knows it: its number, its name, and what happens to it, in one order.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::lane::{self, Context};
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// A lock, a queue, an event… of the program. What happens to it is recorded by one lane at a time: the one that holds
/// it, or the mutex of its primitive. Each event is later than the one before, so no two holders overlap in a trace,
/// and a resource's events have an order even within one step of the clock.
pub(super) struct Traced<L = AtomicU64> {
    name: String,
    id: ResourceId,
    /// Time of the latest event.
    latest: L,
}

/// A resource that only tasks of one event loop use, without the cost of an atomic operation for each event.
pub(super) type LocalTraced = Traced<Cell<Nanos>>;

/// The time of a resource's latest event. Its readers and writers are ordered by what they hold.
pub(super) trait Latest {
    fn new(time: Nanos) -> Self;
    fn get(&self) -> Nanos;
    fn set(&self, time: Nanos);
}

impl Latest for AtomicU64 {
    fn new(time: Nanos) -> AtomicU64 {
        AtomicU64::new(time.0)
    }

    #[inline(always)]
    fn get(&self) -> Nanos {
        Nanos(self.load(Relaxed))
    }

    #[inline(always)]
    fn set(&self, time: Nanos) {
        // Exchanges are cheaper than stores in Firefox, as in the recorder.
        self.swap(time.0, Relaxed);
    }
}

impl Latest for Cell<Nanos> {
    fn new(time: Nanos) -> Cell<Nanos> {
        Cell::new(time)
    }

    #[inline(always)]
    fn get(&self) -> Nanos {
        Cell::get(self)
    }

    #[inline(always)]
    fn set(&self, time: Nanos) {
        Cell::set(self, time);
    }
}

impl<L: Latest> Traced<L> {
    /// A resource that has no level, or none yet.
    pub(super) fn new(kind: ResourceKind, name: impl Into<String>) -> Traced<L> {
        let name = name.into();
        let (id, now) = lane::with(|context| (context.define_resource(kind, &name), context.now()));
        Traced { name, id, latest: L::new(now) }
    }

    /// A resource with this level.
    pub(super) fn with_level(kind: ResourceKind, name: impl Into<String>, level: i64) -> Traced<L> {
        let name = name.into();
        let (id, time) = lane::with(|context| {
            let id = context.define_resource(kind, &name);
            (id, context.resource_event(Tag::Level, id, level, Nanos::ZERO))
        });
        Traced { name, id, latest: L::new(time) }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What lanes that wait for it are recorded as waiting for.
    pub(super) fn target(&self) -> Target {
        Target::Resource(self.id)
    }

    /// The time of its latest event.
    #[inline(always)]
    pub(super) fn latest(&self) -> Nanos {
        self.latest.get()
    }

    /// Its level is this from now on. Returns who has changed it, and when.
    #[inline(always)]
    pub(super) fn level(&self, context: &mut Context, level: i64) -> Cause {
        self.record(context, Tag::Level, level)
    }

    /// The current lane no longer holds it, or one of its permits. Returns who has freed it, and when.
    #[inline(always)]
    pub(super) fn released(&self, context: &mut Context) -> Cause {
        self.record(context, Tag::Released, 0)
    }

    /// The current lane holds it, or one of its permits, from now on. `cause` is who has freed it, if the lane did not
    /// wait for that.
    #[inline(always)]
    pub(super) fn acquired(&self, context: &mut Context, cause: Option<Cause>) {
        let time = context.acquired(self.id, self.latest(), cause);
        self.latest.set(time);
    }

    #[inline(always)]
    fn record(&self, context: &mut Context, tag: Tag, value: i64) -> Cause {
        let time = context.resource_event(tag, self.id, value, self.latest());
        self.latest.set(time);
        Cause { lane: context.lane, time }
    }
}
