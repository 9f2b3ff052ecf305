//! A barrier between processes: lanes of any of them wait there until all have arrived.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::Barrier;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the barrier with the arguments that it is started with.
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
//! As Python's `multiprocessing.Barrier`:
//!
//! - It opens when the last one arrives, for all at once, and is then ready for the next round.
//! - It breaks when a lane has waited too long, or one aborts it: then all waiters get an error, and so do all lanes
//!   that come later, until it is reset. A reset while some wait breaks it for these alone.
//! - Waiting returns the order of arrival, so that one of them can be chosen for something.
//!
//! Unlike Python, whose barriers take a function that one of the lanes calls, it has no action: the lane that waiting
//! returns 0 for can do it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::common::{Common, Held, News};
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::BrokenBarrier;
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, ResourceKind};

/// How it was broken, or 0; and the lane that did.
const BROKEN: usize = 0;
const BREAKER: usize = 1;

/// What a waiter is told, and in [`BROKEN`].
const OPEN: u32 = 1;
const WAITED_TOO_LONG: u32 = 2;
const ABORTED: u32 = 3;
const RESET: u32 = 4;

/// A place where lanes of several processes wait for each other: in Python, `multiprocessing.Barrier`. Clones are the
/// same barrier.
#[derive(Clone, Serialize, Deserialize)]
pub struct Barrier {
    common: Common,
    parties: usize,
    timeout: Option<Duration>,
}

impl Barrier {
    /// A barrier for `parties` lanes.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn new(name: &str, parties: usize) -> Barrier {
        Barrier::made(name, parties, None)
    }

    /// A barrier that a lane breaks if it waits longer than `timeout`: in Python,
    /// `multiprocessing.Barrier(parties, timeout=timeout)`.
    ///
    /// # Panics
    /// If `parties` is 0.
    pub fn with_timeout(name: &str, parties: usize, timeout: Duration) -> Barrier {
        Barrier::made(name, parties, Some(timeout))
    }

    fn made(name: &str, parties: usize, timeout: Option<Duration>) -> Barrier {
        assert!(parties > 0, "barrier “{name}” is for no lane at all");
        Barrier { common: Common::new(ResourceKind::Barrier, name, &[0; 2], 0), parties, timeout }
    }

    /// Waits until all have arrived, for at most the barrier's own time-out if it has one, and returns this lane's place
    /// in the order of arrival, from 0: in Python, `barrier.wait()`.
    ///
    /// # Errors
    /// If the barrier is broken, or breaks meanwhile.
    #[track_caller]
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_at(Site::caller(), self.timeout)
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

    /// Breaks the barrier: in Python, `barrier.abort()`.
    pub fn abort(&self) {
        self.break_up(&self.common.lock(), ABORTED);
    }

    /// Makes it as new; waiters get an error: in Python, `barrier.reset()`.
    pub fn reset(&self) {
        let held = self.common.lock();
        self.dismiss(&held, RESET);
        held.set([(BROKEN, 0)]);
    }

    /// Whether it is broken: in Python, `barrier.broken`.
    pub fn is_broken(&self) -> bool {
        self.common.peek(BROKEN) != 0
    }

    /// How many wait: in Python, `barrier.n_waiting`.
    pub fn waiting(&self) -> usize {
        self.common.lock().waiting()
    }

    /// How many lanes it is for: in Python, `barrier.parties`.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.common.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> Result<usize, BrokenBarrier> {
        let on = self.common.target();
        let held = self.common.lock();
        let [how, who] = held.own(BROKEN);
        if how != 0 {
            drop(held);
            return Err(self.broken(how, LaneId(who)));
        }
        let place = held.waiting();
        let arrived = held.record(Tag::Level, place as i64 + 1);
        if place + 1 == self.parties {
            held.record(Tag::Level, 0);
            lane::with(|context| context.passed(on, None, Some(site)));
            held.tell(usize::MAX, OPEN, arrived);
            return Ok(place);
        }
        let wait = BlockingWait::begin(on, Some(site), timeout);
        let (news, held) = held.wait(&wait);
        if news.is_none() {
            self.break_up(&held, WAITED_TOO_LONG);
        }
        drop(held);
        wait.over(news.map(|news| news.cause));
        match news {
            Some(News { what: OPEN, .. }) => Ok(place),
            Some(News { what, cause }) => Err(self.broken(what, cause.lane)),
            None => Err(self.error("it waited too long".to_owned())),
        }
    }

    /// The current lane breaks it, unless it is broken already.
    fn break_up(&self, held: &Held<'_>, how: u32) {
        let cause = self.dismiss(held, how);
        if held.own(BROKEN) == [0] {
            held.set([(BREAKER, cause.lane.0), (BROKEN, how)]);
        }
    }

    /// Tells all waiters that it is broken.
    fn dismiss(&self, held: &Held<'_>, how: u32) -> Cause {
        let cause = held.record(Tag::Level, 0);
        held.tell(usize::MAX, how, cause);
        cause
    }

    fn broken(&self, how: u32, by: LaneId) -> BrokenBarrier {
        let who = lane::with(|context| match by.process() {
            own if own == context.run.config.process => context.run.thread_name(by),
            other => format!("a lane of pid {other}"),
        });
        let done = match how {
            WAITED_TOO_LONG => "waited too long",
            ABORTED => "aborted it",
            _ => "reset it",
        };
        self.error(format!("{who} {done}"))
    }

    fn error(&self, reason: String) -> BrokenBarrier {
        let lane = lane::with(|context| context.lane_name().to_owned());
        BrokenBarrier { lane, barrier: self.name().to_owned(), reason }
    }
}
