//! A barrier: tasks wait there until all have arrived.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use weft::runtime::tasks::{Barrier, gather, run_main, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let phase = Barrier::new("phase", 3);
//!     let workers = (1..=3).map(|number| {
//!         let phase = phase.clone();
//!         spawn(format!("worker-{number}"), async move { Ok(phase.wait().await?) })
//!     });
//!     assert_eq!(gather(workers).await?, [0, 1, 2]);
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Barrier`:
//!
//! - It fills until the last one arrives, which does not wait; then it drains: the others go on, one after the other. A
//!   task that comes back meanwhile waits until all have left.
//! - A task that is cancelled while it waits leaves, and the barrier is not broken.
//! - Aborting it breaks it: those that are in it, also those that have not left it yet, get an error, and so does every
//!   task that comes later, until it is reset. A reset while tasks are in it is an error for these alone.
//! - Waiting returns the order of arrival, so that one of them can be chosen for something.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use super::notices::Notices;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::BrokenBarrier;
use crate::trace::{Cause, ResourceKind};

/// A place where tasks wait for each other: in Python, `asyncio.Barrier`. Clones are the same barrier.
#[derive(Clone)]
pub struct Barrier {
    inner: Rc<Inner>,
}

struct Inner {
    notices: Rc<Notices>,
    parties: usize,
    state: RefCell<State>,
    /// How many are in it: those that wait for the last one, and those that have not left.
    inside: Cell<usize>,
}

/// CPython's states.
enum State {
    Filling,
    Draining,
    /// By whom.
    Resetting(String),
    /// By whom.
    Broken(String),
}

impl State {
    fn fills(&self) -> bool {
        matches!(self, State::Filling)
    }

    /// Tasks leave, and none may enter.
    fn empties(&self) -> bool {
        matches!(self, State::Draining | State::Resetting(_))
    }
}

impl Barrier {
    /// A barrier for `parties` tasks: in Python, `asyncio.Barrier(parties)`.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn new(name: impl Into<String>, parties: usize) -> Barrier {
        let name = name.into();
        assert!(parties > 0, "barrier “{name}” is for no task at all");
        let notices = Notices::new(ResourceKind::Barrier, name);
        let state = RefCell::new(State::Filling);
        Barrier { inner: Rc::new(Inner { notices, parties, state, inside: Cell::new(0) }) }
    }

    /// Waits until all have arrived, and returns this task's place in the order of arrival, from 0: in Python,
    /// `await barrier.wait()`, or `async with barrier as place:`.
    ///
    /// # Errors
    /// If the barrier is broken, or is aborted or reset before this task has left it.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = Result<usize, BrokenBarrier>> + use<> {
        self.inner.clone().wait(Site::caller())
    }

    /// Breaks the barrier: in Python, `await barrier.abort()`, which does not wait.
    pub fn abort(&self) {
        let by = lane::with(|context| format!("{} aborted it", context.lane_name()));
        self.inner.dismiss(State::Broken(by));
    }

    /// Makes it as new; tasks that are in it get an error: in Python, `await barrier.reset()`, which does not wait.
    pub fn reset(&self) {
        let by = lane::with(|context| format!("{} reset it", context.lane_name()));
        self.inner.dismiss(if self.inner.inside.get() > 0 { State::Resetting(by) } else { State::Filling });
    }

    /// Whether it is broken: in Python, `barrier.broken`.
    pub fn is_broken(&self) -> bool {
        matches!(*self.inner.state.borrow(), State::Broken(_))
    }

    /// How many wait for the last one: in Python, `barrier.n_waiting`.
    pub fn waiting(&self) -> usize {
        self.inner.waiting()
    }

    /// How many tasks it is for: in Python, `barrier.parties`.
    pub fn parties(&self) -> usize {
        self.inner.parties
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.notices.traced.name()
    }
}

impl Inner {
    async fn wait(self: Rc<Self>, site: Site) -> Result<usize, BrokenBarrier> {
        self.until(site, |state| !state.empties()).await;
        self.check(|state| matches!(state, State::Broken(_)))?;
        let inside = Inside::enter(self);
        let (inner, place) = (&inside.0, inside.0.inside.get() - 1);
        if place + 1 == inner.parties {
            inner.open(site);
        } else {
            inner.until(site, |state| !state.fills()).await;
            inner.check(|_| true)?;
        }
        Ok(place)
    }

    /// Waits until its state is so.
    async fn until(&self, site: Site, is_so: impl Fn(&State) -> bool) {
        while !is_so(&self.state.borrow()) {
            let mut passing = PassingOn(Some(self));
            self.notices.clone().wait(site).await;
            passing.0 = None;
        }
    }

    /// The current task is the last one to arrive.
    fn open(&self, site: Site) {
        self.state.replace(State::Draining);
        let cause = self.record();
        lane::with(|context| context.passed(self.notices.traced.target(), None, Some(site)));
        self.notices.notify_all(cause);
    }

    /// All that wait must look at the new state.
    fn dismiss(&self, state: State) {
        self.state.replace(state);
        let cause = self.record();
        self.notices.notify_all(cause);
    }

    /// A task has left.
    fn left(&self) {
        self.inside.set(self.inside.get() - 1);
        let fills = self.state.borrow().fills();
        let cause = if fills { self.record() } else { lane::with(|context| context.cause()) };
        if self.inside.get() == 0 {
            if self.state.borrow().empties() {
                self.state.replace(State::Filling);
            }
            self.notices.notify_all(cause);
        }
    }

    fn waiting(&self) -> usize {
        if self.state.borrow().fills() { self.inside.get() } else { 0 }
    }

    /// Records how many wait.
    fn record(&self) -> Cause {
        lane::with(|context| self.notices.traced.level(context, self.waiting() as i64))
    }

    /// An error, if it is broken or being reset, and that matters.
    fn check(&self, matters: impl Fn(&State) -> bool) -> Result<(), BrokenBarrier> {
        let state = self.state.borrow();
        match &*state {
            State::Broken(reason) | State::Resetting(reason) if matters(&state) => {
                let lane = lane::with(|context| context.lane_name().to_owned());
                Err(BrokenBarrier { lane, barrier: self.notices.traced.name().to_owned(), reason: reason.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// A task is in the barrier until this is dropped.
struct Inside(Rc<Inner>);

impl Inside {
    fn enter(inner: Rc<Inner>) -> Inside {
        inner.inside.set(inner.inside.get() + 1);
        inner.record();
        Inside(inner)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.0.left();
        }
    }
}

/// A wait that is given up wakes another one, as CPython's does: its own notification may have come already.
struct PassingOn<'a>(Option<&'a Inner>);

impl Drop for PassingOn<'_> {
    fn drop(&mut self) {
        if let (Some(inner), false) = (self.0, std::thread::panicking()) {
            inner.notices.notify(1);
        }
    }
}
