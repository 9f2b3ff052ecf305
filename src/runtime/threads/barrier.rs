//! A barrier: lanes wait there until all have arrived.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Barrier, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let phase = Barrier::new("phase", 2);
//!     let worker = spawn("worker", {
//!         let phase = phase.clone();
//!         move || phase.wait()
//!     });
//!     let mine = phase.wait()?; // 0 for the first to arrive, 1 for the second.
//!     let others = worker.join()?;
//!     assert_eq!(mine + others, 1);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Barrier`:
//!
//! - It opens when the last one arrives, for all at once, and is then ready for the next round.
//! - It breaks when a lane has waited too long, or one aborts it: then all waiters get an error, and so do all lanes
//!   that come later, until it is reset. A reset while some wait breaks it for these alone.
//! - Waiting returns the order of arrival, so that one of them can be chosen for something.
//! - It may have an action, which the last to arrive runs before it opens. Until that is over, whoever's time is up
//!   waits on, and so do those that come for the next round.

use std::sync::Arc;
use std::time::Duration;

use super::wait::{BlockingWait, Oneshot};
use crate::runtime::Failure;
use crate::runtime::host::{Monitor, MonitorGuard};
use crate::runtime::lane::{self, Site};
use crate::runtime::traced::Traced;
use crate::trace::{Cause, LaneId, ResourceKind};

/// A place where lanes wait for each other: in Python, `threading.Barrier`. Clones are the same barrier.
#[derive(Clone)]
pub struct Barrier {
    inner: Arc<Inner>,
}

/// The barrier broke: in Python, `threading.BrokenBarrierError`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("barrier “{barrier}” is broken for {lane}: {reason}")]
pub struct BrokenBarrier {
    /// The lane that gets the error.
    pub lane: String,
    /// The barrier's name.
    pub barrier: String,
    /// Who broke it, and how.
    pub reason: String,
}

struct Inner {
    traced: Traced,
    parties: usize,
    timeout: Option<Duration>,
    action: Option<Box<Action>>,
    state: Monitor<State>,
}

type Action = dyn Fn() -> Result<(), Failure> + Send + Sync;

struct State {
    /// The waiters, in the order of arrival.
    arrived: Vec<Arc<Oneshot<Verdict>>>,
    broken: Option<String>,
    /// Who runs the action. Nothing else changes meanwhile.
    acting: Option<LaneId>,
    /// Who has run it last.
    acted: Option<Cause>,
}

/// How a wait at the barrier ended, and by whom.
#[derive(Clone)]
enum Verdict {
    Open(Cause),
    Broken(Cause, String),
}

impl Barrier {
    /// A barrier for `parties` lanes.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn new(name: impl Into<String>, parties: usize) -> Barrier {
        Barrier::made(name.into(), parties, None, None)
    }

    /// A barrier that a lane breaks if it waits longer than `timeout`: in Python,
    /// `threading.Barrier(parties, timeout=timeout)`.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn with_timeout(name: impl Into<String>, parties: usize, timeout: Duration) -> Barrier {
        Barrier::made(name.into(), parties, Some(timeout), None)
    }

    /// A barrier whose `action` the last to arrive calls, before it opens: in Python,
    /// `threading.Barrier(parties, action)`. If the action fails, the barrier is broken. Unlike Python, the lane that
    /// called it then gets the same error as the others, which says why.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn with_action(
        name: impl Into<String>,
        parties: usize,
        action: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Barrier {
        Barrier::made(name.into(), parties, None, Some(Box::new(action)))
    }

    fn made(name: String, parties: usize, timeout: Option<Duration>, action: Option<Box<Action>>) -> Barrier {
        assert!(parties > 0, "barrier “{name}” is for no lane at all");
        let traced = Traced::with_level(ResourceKind::Barrier, name, 0);
        let state = Monitor::new(State { arrived: Vec::new(), broken: None, acting: None, acted: None });
        Barrier { inner: Arc::new(Inner { traced, parties, timeout, action, state }) }
    }

    /// Waits until all have arrived, for at most the barrier's own time-out if it has one, and returns this lane's place
    /// in the order of arrival, from 0: in Python, `barrier.wait()`.
    ///
    /// # Errors
    /// If the barrier is broken, or breaks meanwhile.
    #[track_caller]
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_at(Site::caller(), self.inner.timeout)
    }

    /// The same, but if it takes longer than `timeout`, this lane breaks the barrier: in Python,
    /// `barrier.wait(timeout)`.
    ///
    /// # Errors
    /// If the barrier is broken, or breaks meanwhile.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_at(Site::caller(), Some(timeout))
    }

    /// Breaks the barrier: in Python, `barrier.abort()`. If its action runs, it waits for that, and from inside the
    /// action it does nothing, since the barrier opens after it all the same.
    #[track_caller]
    pub fn abort(&self) {
        let Some(mut state) = self.between_actions(Site::caller()) else { return };
        let reason = lane::with(|context| format!("{} aborted it", context.lane_name()));
        state.broken.get_or_insert_with(|| reason.clone());
        self.dismiss(&mut state, reason);
    }

    /// Makes it as new; waiters get an error: in Python, `barrier.reset()`. If its action runs, as for [`abort`].
    ///
    /// [`abort`]: Barrier::abort
    #[track_caller]
    pub fn reset(&self) {
        let Some(mut state) = self.between_actions(Site::caller()) else { return };
        state.broken = None;
        let reason = lane::with(|context| format!("{} reset it", context.lane_name()));
        self.dismiss(&mut state, reason);
    }

    /// Whether it is broken: in Python, `barrier.broken`.
    pub fn is_broken(&self) -> bool {
        self.inner.state.lock().broken.is_some()
    }

    /// How many wait: in Python, `barrier.n_waiting`.
    pub fn waiting(&self) -> usize {
        self.inner.state.lock().arrived.len()
    }

    /// How many lanes it is for.
    pub fn parties(&self) -> usize {
        self.inner.parties
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let on = self.inner.traced.target();
        let mut state = self.inner.state.lock();
        self.wait_for_action(&mut state, site);
        if let Some(reason) = state.broken.clone() {
            drop(state);
            return Err(self.broken(reason));
        }
        let index = state.arrived.len();
        if index + 1 == self.inner.parties {
            let full = self.record(index + 1);
            return self.open(&mut state, full, site).map(|()| index).map_err(|reason| self.broken(reason));
        }
        let slot = Oneshot::new();
        state.arrived.push(slot.clone());
        self.record(index + 1);
        let mut wait = BlockingWait::begin(on, Some(site), timeout);
        drop(state);
        match slot.wait(&wait).or_else(|| self.give_up(&mut wait, &slot)) {
            Some(Verdict::Open(cause)) => {
                wait.over(Some(cause));
                Ok(index)
            }
            Some(Verdict::Broken(cause, reason)) => {
                wait.over(Some(cause));
                Err(self.broken(reason))
            }
            None => {
                wait.over(None);
                Err(self.broken("it waited too long".to_owned()))
            }
        }
    }

    /// The last one has arrived: runs the action, and then lets all go on, or says why not.
    fn open(&self, state: &mut MonitorGuard<'_, State>, full: Cause, site: Site) -> Result<(), String> {
        let mut cause = full;
        if let Some(action) = &self.inner.action {
            state.acting = Some(lane::with(|context| context.lane));
            let done = state.unlocked(action);
            state.acting = None;
            cause = lane::with(|context| context.cause());
            state.acted = Some(cause);
            self.inner.state.notify_all();
            if let Err(failure) = done {
                let reason = format!("its action failed in {}: {}", failure.lane, failure.message);
                state.broken = Some(reason.clone());
                self.dismiss(state, reason.clone());
                return Err(reason);
            }
        }
        self.record(0);
        lane::with(|context| context.passed(self.inner.traced.target(), None, Some(site)));
        for slot in state.arrived.drain(..) {
            slot.tell(Verdict::Open(cause));
        }
        Ok(())
    }

    /// Waits until no action runs.
    fn wait_for_action(&self, state: &mut MonitorGuard<'_, State>, site: Site) {
        if state.acting.is_none() {
            return;
        }
        let wait = BlockingWait::begin(self.inner.traced.target(), Some(site), None);
        while state.acting.is_some() {
            wait.sleep(state, None);
        }
        wait.over(state.acted);
    }

    /// The state while no action runs, which is waited for; `None` if it is this lane that runs it.
    fn between_actions(&self, site: Site) -> Option<MonitorGuard<'_, State>> {
        let mut state = self.inner.state.lock();
        if state.acting == Some(lane::with(|context| context.lane)) {
            return None;
        }
        self.wait_for_action(&mut state, site);
        Some(state)
    }

    /// The time of the current lane is up: it breaks the barrier, unless it was told something at the last moment.
    fn give_up(&self, wait: &mut BlockingWait, slot: &Arc<Oneshot<Verdict>>) -> Option<Verdict> {
        let mut state = self.inner.state.lock();
        wait.limit_no_more();
        while state.acting.is_some() {
            wait.sleep(&mut state, None);
        }
        let verdict = slot.told();
        if verdict.is_none() {
            let reason = lane::with(|context| format!("{} waited too long", context.lane_name()));
            state.arrived.retain(|other| !Arc::ptr_eq(other, slot));
            state.broken = Some(reason.clone());
            self.dismiss(&mut state, reason);
        }
        verdict
    }

    /// Tells all waiters that it is broken.
    fn dismiss(&self, state: &mut State, reason: String) {
        let arrived = std::mem::take(&mut state.arrived);
        let cause = self.record(0);
        for slot in arrived {
            slot.tell(Verdict::Broken(cause, reason.clone()));
        }
    }

    fn broken(&self, reason: String) -> BrokenBarrier {
        let lane = lane::with(|context| context.lane_name().to_owned());
        BrokenBarrier { lane, barrier: self.name().to_owned(), reason }
    }

    fn record(&self, level: usize) -> Cause {
        lane::with(|context| self.inner.traced.level(context, level as i64))
    }
}

impl From<BrokenBarrier> for Failure {
    fn from(broken: BrokenBarrier) -> Failure {
        Failure { message: broken.to_string(), lane: broken.lane }
    }
}
