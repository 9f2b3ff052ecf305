//! A global interpreter lock: of the threads under it, one runs at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Gil, checkpoint, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let gil = Gil::new(Gil::SWITCH_INTERVAL); // `Gil::off()`: the same program without it.
//!     gil.run(|| {
//!         let count = |name| {
//!             spawn(name, || {
//!                 (0..1000_u64).fold(0, |sum, n| {
//!                     checkpoint(); // Here another thread may have its turn.
//!                     sum + n
//!                 })
//!             })
//!         };
//!         let counters = [count("counter-1"), count("counter-2")];
//!         assert_eq!(counters.map(|counter| counter.join()), [499_500; 2]);
//!     });
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! The rule is CPython's, as implemented in `Python/ceval_gil.c` and described for `sys.setswitchinterval`:
//!
//! - A thread that wants the GIL while another has it waits for the switch interval, 5 ms unless set otherwise. If the
//!   GIL has not changed hands meanwhile, it *asks* for it; otherwise it waits for another interval.
//! - The holder checks at its [`checkpoint`]s whether a thread has asked. If so, it gives the GIL up, and does not take
//!   it again before another thread has had it.
//! - Before a thread blocks, on a lock, a queue, a join or a sleep, it gives the GIL up, and wants it again when it
//!   wakes up. Which of several threads that want it gets it follows no particular order.
//!
//! In CPython there are checkpoints at backward jumps and calls of Python code; here a program that computes has them
//! where it calls them. An interval is real time at any speed of the run.
//!
//! In the trace the GIL is a resource with a holder, like any lock, and its level is 1 while a lane has asked for it. A
//! lane that wants it is ready, since nothing else keeps it from running.
//!
//! A thread is under the GIL of the thread that started it. A process starts without one: as in Python, each may have a
//! GIL of its own.
//!
//! # Invariants
//!
//! - **Of the lanes under a GIL, at most one is Running.** A lane stops, then is recorded as having given the GIL up;
//!   it is recorded as having it, then runs.
//! - All waits give it up and take it back in one of three places (`wait.rs`, `sleep`, the runner of an event loop),
//!   and never take it under a mutex that its holder may wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::time::Duration;

use crate::runtime::host::{self, Monitor, MonitorGuard};
use crate::runtime::lane::{self, Context, Site};
use crate::runtime::membership::{Holding, Membership, Shared, Wanted};
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceKind, State};

fn as_nanos(interval: Duration) -> u64 {
    u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX)
}

/// A global interpreter lock, or none. Clones are the same one.
#[derive(Clone)]
pub struct Gil {
    shared: Option<Arc<Shared>>,
}

impl Gil {
    /// CPython's default switch interval.
    pub const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

    /// A GIL that nobody holds: in Python, what an interpreter has after `sys.setswitchinterval(interval)`.
    pub fn new(interval: Duration) -> Gil {
        Gil::made(interval, None)
    }

    /// The same for an interpreter, which calls [`checkpoint`] only after it was told that a lane has requested the
    /// GIL: `on_request` is called with the thread that holds it. It must not block, nor record anything.
    pub fn of_interpreter(interval: Duration, on_request: fn(LaneId)) -> Gil {
        Gil::made(interval, Some(on_request))
    }

    fn made(interval: Duration, on_request: Option<fn(LaneId)>) -> Gil {
        let (resource, last) = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Gil, "GIL");
            (resource, context.resource_event(Tag::Level, resource, 0, Nanos::ZERO))
        });
        let holding =
            Holding { holder: None, latest: None, released: None, switches: 0, switched: last, wanted: 0, last };
        let holding = Monitor::new(holding);
        let asked = AtomicBool::new(false);
        let interval = AtomicU64::new(as_nanos(interval));
        Gil { shared: Some(Arc::new(Shared { resource, interval, on_request, holding, asked })) }
    }

    /// Sets the switch interval: from the next wait for it on, as `sys.setswitchinterval`. Without a GIL it does nothing.
    pub fn set_interval(&self, interval: Duration) {
        if let Some(shared) = &self.shared {
            shared.interval.store(as_nanos(interval), Relaxed);
        }
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.shared.is_some()
    }

    /// No GIL, as in Python's free-threaded build: threads run at the same time.
    pub fn off() -> Gil {
        Gil { shared: None }
    }

    /// Runs `body` under the GIL, and with it the threads that it starts, until their ends.
    ///
    /// # Panics
    /// If the current lane is under a GIL already.
    #[track_caller]
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let Some(shared) = &self.shared else { return body() };
        let site = Some(Site::caller());
        let mut waited = false;
        let _under = Under::enter(shared.clone(), |context| {
            waited = true;
            context.state(State::Ready, Some(shared.resource.into()), site);
        });
        if waited {
            lane::with(|context| context.state(State::Running, None, site));
        }
        body()
    }
}

/// Lets another thread run, if one has asked for the GIL. CPU-bound work should call this several times per
/// millisecond; without a GIL it costs next to nothing.
#[track_caller]
#[inline]
pub fn checkpoint() {
    host::checkpoint();
    if is_requested() {
        hand_over(Site::caller());
    }
}

/// Whether another lane has requested the GIL that the current lane holds. Outside a run nobody has.
pub fn is_requested() -> bool {
    lane::try_with(|context| context.gil.as_ref().is_some_and(Membership::is_asked)) == Some(true)
}

/// The current lane gives the GIL up until it calls [`take_again`], for a wait that is not traced: it is recorded as
/// ready. Does nothing if it holds none.
pub fn let_go() {
    if let Some(gil) = held() {
        lane::with(|context| context.state(State::Ready, Some(gil.resource.into()), None));
        gil.release();
    }
}

/// The current lane takes the GIL that it is under, if it does not hold it.
pub fn take_again() {
    let lost = lane::try_with(|context| context.gil.as_ref().filter(|own| !own.holds).map(|own| own.gil.clone()));
    if let Some(gil) = lost.flatten() {
        gil.take(None, |_| ());
        lane::with(|context| context.state(State::Running, None, None));
    }
}

#[cold]
fn hand_over(site: Site) {
    let Some(gil) = held() else { return };
    lane::with(|context| context.state(State::Ready, Some(gil.resource.into()), Some(site)));
    let given_up = gil.release();
    gil.take(Some(given_up), |_| ());
    lane::with(|context| context.state(State::Running, None, Some(site)));
}

/// The GIL that the current lane holds, if it does.
fn held() -> Option<Arc<Shared>> {
    lane::try_with(|context| context.gil.as_ref().filter(|own| own.holds).map(|own| own.gil.clone()))?
}

impl Membership {
    fn is_asked(&self) -> bool {
        self.holds && self.gil.asked.load(Relaxed)
    }

    /// The GIL for a thread that this lane starts.
    pub(super) fn inherited(&self) -> Inherited {
        Inherited(self.gil.clone())
    }
}

/// The GIL of the lane that has started this one.
pub(super) struct Inherited(Arc<Shared>);

impl Inherited {
    /// The current lane, which has not begun to run yet, takes it.
    pub(super) fn enter(self) -> Under {
        let on = self.0.resource.into();
        Under::enter(self.0, |context| {
            context.state(State::Ready, Some(on), None);
        })
    }
}

/// The current lane is under a GIL, and holds it unless it blocks, until this is dropped.
pub(super) struct Under(());

impl Under {
    fn enter(gil: Arc<Shared>, waits: impl FnOnce(&mut Context)) -> Under {
        lane::with(|context| {
            assert!(context.gil.is_none(), "a lane is under one GIL");
            context.gil = Some(Membership { gil: gil.clone(), holds: false });
        });
        let under = Under(());
        gil.take(None, waits);
        under
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        if let Some(gil) = held() {
            gil.release();
        }
        lane::try_with(|context| context.gil = None);
    }
}

/// The GIL of a lane that blocks and has given it up meanwhile.
#[must_use = "the lane runs on only when it has taken the GIL back"]
pub(in crate::runtime) struct GivenUp(Arc<Shared>);

/// Gives the GIL up, if the current lane has one: it is about to block, and has recorded so.
pub(in crate::runtime) fn give_up() -> Option<GivenUp> {
    let gil = held()?;
    gil.release();
    Some(GivenUp(gil))
}

impl GivenUp {
    /// Takes it back, and returns since when it was wanted, if that took a wait. Must not be called under a mutex that
    /// the holder of the GIL may wait for.
    pub(in crate::runtime) fn take_back(self) -> Option<Wanted> {
        let GivenUp(gil) = self;
        let mut wanted = None;
        gil.take(None, |context| wanted = Some(Wanted { on: gil.resource.into(), since: context.now() }));
        wanted
    }

    /// The same for a lane that records itself that it is ready, since nothing has woken it.
    pub(in crate::runtime) fn take_back_ready(self, site: Option<Site>) {
        let GivenUp(gil) = self;
        gil.take(None, |context| {
            context.state(State::Ready, Some(gil.resource.into()), site);
        });
    }

    /// The same for a lane that has locked a monitor, which is unlocked meanwhile.
    pub(in crate::runtime) fn take_back_outside<T>(self, monitor: &mut MonitorGuard<'_, T>) -> Option<Wanted> {
        monitor.unlocked(|| self.take_back())
    }
}

impl Shared {
    /// Gives it up. Returns how many times it had changed hands.
    fn release(&self) -> u64 {
        let mut holding = self.holding.lock();
        lane::with(|context| {
            self.record(context, &mut holding, Tag::Released, 0);
            holding.released = Some(Cause { lane: context.lane, time: holding.last });
            if let Some(own) = &mut context.gil {
                own.holds = false;
            }
        });
        holding.holder = None;
        let switches = holding.switches;
        drop(holding);
        self.holding.notify_one();
        switches
    }

    /// Takes it. If that takes a wait, `waits` is called first. A lane that has given it up on request passes how many
    /// times it had changed hands then as `given_up`, and does not take it before it has changed hands again.
    fn take(&self, given_up: Option<u64>, waits: impl FnOnce(&mut Context)) {
        let mut holding = self.holding.lock();
        let must_wait =
            |holding: &Holding| holding.holder.is_some() || given_up == Some(holding.switches) && holding.wanted > 1;
        holding.wanted += 1;
        let waited = must_wait(&holding);
        if waited {
            lane::with(waits);
            self.wait_while(&mut holding, given_up, must_wait);
        }
        holding.wanted -= 1;
        lane::with(|context| {
            // The thread has it, whichever of its tasks it runs.
            let switches = holding.latest != Some(context.thread);
            holding.latest = Some(context.thread);
            holding.holder = Some(context.thread);
            let cause = if waited { None } else { holding.released };
            holding.last = context.acquired(self.resource, holding.last, cause);
            if switches {
                holding.switches += 1;
                holding.switched = holding.last;
            }
            if self.asked.swap(false, Relaxed) {
                self.record(context, &mut holding, Tag::Level, 0);
            }
            if let Some(own) = &mut context.gil {
                own.holds = true;
            }
        });
    }

    fn wait_while(
        &self,
        holding: &mut MonitorGuard<'_, Holding>,
        mut given_up: Option<u64>,
        must_wait: impl Fn(&Holding) -> bool,
    ) {
        // Clocks differ slightly: an interval does not begin before the holder has it, by either clock.
        let (mut since, mut switches) = (lane::now().max(holding.switched), holding.switches);
        while must_wait(holding) {
            if given_up.is_some_and(|given_up| given_up != holding.switches) {
                // A lane that gives it up waits until another has it, and only then begins to want it again.
                given_up = None;
                (since, switches) = (holding.switched, holding.switches);
            }
            let now = lane::now();
            let interval = Duration::from_nanos(self.interval.load(Relaxed));
            let left = interval.saturating_sub(Duration::from_nanos(now.saturating_sub(since).0));
            if left.is_zero() {
                if holding.holder.is_some() && holding.switches == switches {
                    self.ask(holding);
                }
                (since, switches) = (now.max(holding.switched), holding.switches);
            } else {
                holding.wait_on(None, Some(left));
            }
        }
    }

    fn ask(&self, holding: &mut Holding) {
        if !self.asked.swap(true, Relaxed) {
            lane::with(|context| self.record(context, holding, Tag::Level, 1));
            if let (Some(tell), Some(holder)) = (self.on_request, holding.holder) {
                tell(holder);
            }
        }
    }

    fn record(&self, context: &mut Context, holding: &mut Holding, tag: Tag, value: i64) {
        holding.last = context.resource_event(tag, self.resource, value, holding.last);
    }
}
