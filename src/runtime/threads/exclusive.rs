//! One holder at a time: what [`Lock`](super::Lock) and [`RLock`](super::RLock) are made of.
//!
//! Taking it when it is free is one compare-and-swap; giving it back is one store, and a notification if somebody
//! sleeps. Who does not get it spins for a moment, then sleeps on a monitor, as the standard library's mutex does; that
//! one cannot be used itself, since it knows neither time-outs nor, natively, the run's cancel flag.
//!
//! - Whoever is about to sleep sets `wake`, and then tries once more. Whoever releases stores "free", and then looks at
//!   `wake`. One of the two sees the other: both are sequentially consistent.
//! - A release takes `wake` back when it notifies, so a lock that many wait for costs one notification for each time
//!   that one of them has woken up, not one for each release. Who was woken sets it again, for those who still sleep.
//! - `last` is the time of the lock's latest event. Each event is put after it, so no two holders overlap in a trace,
//!   and a lock's events have an order even within one step of the clock.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};
use std::time::Duration;

use super::wait::Wait;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Context, Site};
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// In place of a holder: nobody.
const FREE: u32 = u32::MAX;

/// In place of a holder: a lane that is not the holder is releasing it.
const BEING_RELEASED: u32 = u32::MAX - 1;

/// How often a lane looks whether the lock is free before it sleeps.
const SPINS: u32 = 100;

pub(super) struct Exclusive {
    pub(super) name: String,
    pub(super) resource: ResourceId,
    holder: AtomicU32,
    /// Somebody sleeps, or is about to, and was not notified yet.
    wake: AtomicBool,
    sleepers: Monitor<()>,
    /// Time of the latest event. This and the next are ordered by taking and releasing.
    last: AtomicU64,
    released_by: AtomicU32,
}

impl Exclusive {
    pub(super) fn new(kind: ResourceKind, name: String) -> Exclusive {
        let (resource, now) = lane::with(|context| (context.define_resource(kind, &name), context.now()));
        Exclusive {
            name,
            resource,
            holder: AtomicU32::new(FREE),
            wake: AtomicBool::new(false),
            sleepers: Monitor::new(()),
            last: AtomicU64::new(now.0),
            released_by: AtomicU32::new(FREE),
        }
    }

    /// Who holds it.
    pub(super) fn holder(&self) -> Option<LaneId> {
        match self.holder.load(Acquire) {
            FREE | BEING_RELEASED => None,
            lane => Some(LaneId(lane)),
        }
    }

    /// Whether the current lane holds it.
    pub(super) fn is_mine(&self, context: &Context) -> bool {
        self.holder.load(Relaxed) == context.lane.0
    }

    /// Takes it if it is free.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn try_acquire(&self) -> bool {
        lane::with(|context| {
            let taken = self.take(context.lane);
            if taken {
                self.record(context, Tag::Acquired, 0);
            }
            taken
        })
    }

    /// Waits until it has it.
    #[inline(always)]
    pub(super) fn acquire(&self, site: Site) {
        if !self.try_acquire() {
            self.wait(site, None);
        }
    }

    /// Waits until it has it; false if the time is up.
    pub(super) fn acquire_timeout(&self, site: Site, timeout: Duration) -> bool {
        self.try_acquire() || !timeout.is_zero() && self.wait(site, Some(timeout))
    }

    /// Gives it back, whoever holds it; false if nobody does.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn release(&self, context: &mut Context) -> bool {
        let holder = self.holder.load(Relaxed);
        if holder != context.lane.0 {
            // Two that release for another must not both do it.
            let held = holder != FREE && holder != BEING_RELEASED;
            if !held || self.holder.compare_exchange(holder, BEING_RELEASED, SeqCst, Relaxed).is_err() {
                return false;
            }
        }
        self.record(context, Tag::Released, 0);
        // Exchanges are cheaper than stores in Firefox, as in the recorder.
        self.released_by.swap(context.lane.0, Relaxed);
        self.holder.swap(FREE, SeqCst);
        if self.wake.load(SeqCst) {
            self.notify();
        }
        true
    }

    /// Records an event, after the one before. For the holder only.
    #[inline(always)]
    pub(super) fn record(&self, context: &mut Context, tag: Tag, value: i64) {
        let time = context.resource_event(tag, self.resource, value, Nanos(self.last.load(Relaxed)));
        self.last.swap(time.0, Relaxed);
    }

    #[inline(always)]
    fn take(&self, lane: LaneId) -> bool {
        self.holder.compare_exchange(FREE, lane.0, SeqCst, Relaxed).is_ok()
    }

    #[cold]
    fn notify(&self) {
        if self.wake.swap(false, SeqCst) {
            // Who has set it and tried in vain holds this until it sleeps.
            drop(self.sleepers.lock());
            self.sleepers.notify_one();
        }
    }

    #[cold]
    fn wait(&self, site: Site, timeout: Option<Duration>) -> bool {
        let wait = Wait::begin(Target::Resource(self.resource), Some(site), timeout);
        let me = lane::with(|context| context.lane);
        if !self.spin(me) && !self.sleep(me, &wait) {
            wait.over(None);
            return false;
        }
        let cause = Cause { lane: LaneId(self.released_by.load(Relaxed)), time: Nanos(self.last.load(Relaxed)) };
        wait.over(Some(cause));
        lane::with(|context| self.record(context, Tag::Acquired, 0));
        true
    }

    fn spin(&self, me: LaneId) -> bool {
        for _ in 0..SPINS {
            if self.holder.load(Relaxed) == FREE && self.take(me) {
                return true;
            }
            std::hint::spin_loop();
        }
        false
    }

    fn sleep(&self, me: LaneId, wait: &Wait) -> bool {
        let mut sleepers = self.sleepers.lock();
        loop {
            self.wake.store(true, SeqCst);
            if self.take(me) {
                return true;
            }
            if !wait.sleep(&mut sleepers, None) {
                return false;
            }
        }
    }
}
