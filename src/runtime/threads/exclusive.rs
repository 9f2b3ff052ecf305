//! One holder at a time: what [`Lock`](super::Lock) and [`RLock`](super::RLock) are made of.
//!
//! Taking it when it is free is one compare-and-swap; releasing it is one store, and a notification if a lane sleeps. A
//! lane that does not get it spins briefly, then sleeps on a monitor, as the standard library's mutex does; that mutex
//! itself cannot be used, since it knows neither time-outs nor, natively, the run's cancel flag.
//!
//! - A lane that is about to sleep sets `wake`, and then tries once more. A lane that releases stores "free", and then
//!   loads `wake`. One of the two sees the other: both are sequentially consistent.
//! - A release clears `wake` when it notifies, so a contended lock costs one notification each time a waiter has woken
//!   up, not one for each release. The woken lane sets it again, for those that still sleep.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::time::Duration;

use super::wait::BlockingWait;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Context, Site};
use crate::runtime::traced::Traced;
use crate::trace::{Cause, LaneId, ResourceKind};

/// In place of a holder: there is none.
const FREE: u32 = u32::MAX;

/// In place of a holder: a lane that is not the holder is releasing it.
const BEING_RELEASED: u32 = u32::MAX - 1;

/// How many times a lane checks whether the lock is free before it sleeps.
const SPINS: u32 = 100;

pub(super) struct Exclusive {
    pub(super) traced: Traced,
    /// The thread that has it, whichever of its tasks has taken it: as in Python.
    holder: AtomicU32,
    /// A lane sleeps, or is about to, and has not been notified yet.
    wake: AtomicBool,
    sleepers: Monitor<()>,
    released_by: AtomicU32,
}

impl Exclusive {
    pub(super) fn new(kind: ResourceKind, name: String) -> Exclusive {
        Exclusive {
            traced: Traced::new(kind, name),
            holder: AtomicU32::new(FREE),
            wake: AtomicBool::new(false),
            sleepers: Monitor::new(()),
            released_by: AtomicU32::new(FREE),
        }
    }

    /// Which thread holds it.
    pub(super) fn holder(&self) -> Option<LaneId> {
        match self.holder.load(Acquire) {
            FREE | BEING_RELEASED => None,
            lane => Some(LaneId(lane)),
        }
    }

    /// Whether the current thread holds it.
    pub(super) fn is_mine(&self, context: &Context) -> bool {
        self.holder.load(Relaxed) == context.thread.0
    }

    /// Takes it if it is free.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn try_acquire(&self) -> bool {
        lane::with(|context| {
            let taken = self.take(context.thread);
            if taken {
                self.traced.acquired(context, self.released());
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

    /// Releases it, whichever lane holds it; false if none does.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn release(&self, context: &mut Context) -> bool {
        let holder = self.holder.load(Relaxed);
        if holder != context.thread.0 {
            // Two lanes that release it for its holder must not both do it.
            let held = holder != FREE && holder != BEING_RELEASED;
            if !held || self.holder.compare_exchange(holder, BEING_RELEASED, SeqCst, Relaxed).is_err() {
                return false;
            }
        }
        self.traced.released(context);
        // Exchanges are cheaper than stores in Firefox, as in the recorder.
        self.released_by.swap(context.lane.0, Relaxed);
        self.holder.swap(FREE, SeqCst);
        if self.wake.load(SeqCst) {
            self.notify();
        }
        true
    }

    /// Who released it last. For the holder only, before it records anything.
    #[inline(always)]
    fn released(&self) -> Option<Cause> {
        match self.released_by.load(Relaxed) {
            FREE => None,
            lane => Some(Cause { lane: LaneId(lane), time: self.traced.latest() }),
        }
    }

    #[inline(always)]
    fn take(&self, lane: LaneId) -> bool {
        self.holder.compare_exchange(FREE, lane.0, SeqCst, Relaxed).is_ok()
    }

    #[cold]
    fn notify(&self) {
        if self.wake.swap(false, SeqCst) {
            // A lane that has set it and tried in vain holds this mutex until it sleeps.
            drop(self.sleepers.lock());
            self.sleepers.notify_one();
        }
    }

    #[cold]
    fn wait(&self, site: Site, timeout: Option<Duration>) -> bool {
        let wait = BlockingWait::begin(self.traced.target(), Some(site), timeout);
        let me = lane::with(|context| context.thread);
        if !self.spin(me) && !self.sleep(me, &wait) {
            wait.over(None);
            return false;
        }
        wait.over(self.released());
        lane::with(|context| self.traced.acquired(context, None));
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

    fn sleep(&self, me: LaneId, wait: &BlockingWait) -> bool {
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
