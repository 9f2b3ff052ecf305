//! Tasks whose event loop is not Weft's: an interpreter's, say, which steps coroutines of its own. The loop tells what
//! happens, and this records it; [`ForeignLoop`] is also what its thread sleeps in.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::{Ending, LaneKind};
//! use weft::runtime::run_main;
//! use weft::runtime::tasks::{ForeignLoop, ForeignTask, ForeignWait};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let event_loop = ForeignLoop::new();
//!     let task = ForeignTask::new("fetch");
//!     let made = ForeignLoop::cause();
//!     event_loop.calls(made, true); // The thread runs a callback: a step of the task.
//!     task.begins();
//!     print("the task runs");
//!     task.leaves(ForeignWait::Sleeping, None);
//!     let due = event_loop.due(weft::runtime::now());
//!     event_loop.sleep(Some(Duration::from_millis(1)), None);
//!     event_loop.calls(due, true);
//!     task.begins();
//!     task.ends(Ending::Returned, "");
//!     task.leaves(ForeignWait::Ready, None);
//!     event_loop.pauses();
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! - The lane of the thread is that of the loop, too: it is shown as running a task while that has its turn, sleeps while
//!   there is nothing to do, and runs otherwise.
//! - Each callback is called on behalf of who has scheduled it. What a callback schedules in turn was caused by that, so a
//!   task that is woken by a chain of callbacks was woken by the lane at its beginning; and what a timer has called, by
//!   the loop when the timer was due.
//! - A task may be stepped inside another's turn, as an eager task is when it is made.

use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::Duration;

use super::runner::Bell;
use crate::runtime::context::Context;
use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::poison::unpoisoned;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, State, Target};

/// An event loop that is not Weft's. Its thread calls all of this, except [`ForeignLoop::wake`].
#[derive(Default)]
pub struct ForeignLoop {
    bell: Arc<Bell>,
}

impl ForeignLoop {
    /// A loop that does nothing yet.
    pub fn new() -> ForeignLoop {
        ForeignLoop::default()
    }

    /// Who schedules a callback now: the current lane, or who has caused what it does.
    pub fn cause() -> Cause {
        lane::with(|context| context.cause())
    }

    /// The cause of a timer that is due since then.
    pub fn due(&self, since: Nanos) -> Cause {
        lane::with(|context| Cause { lane: context.thread, time: since.min(context.now()) })
    }

    /// A callback that `cause` has scheduled is called from now on; it may be a step of a task.
    pub fn calls(&self, cause: Cause, is_step: bool) {
        lane::with(|context| {
            context.act_for(cause);
            if !is_step && std::mem::take(&mut context.runs_task) {
                context.state(State::Running, None, None);
            }
        });
    }

    /// The thread sleeps until it is woken, for `timeout` at most if there is one; it was woken already, if that was
    /// since it slept last. `for_end_of` is the task whose end it waits for, if nothing but others can wake it.
    pub fn sleep(&self, timeout: Option<Duration>, for_end_of: Option<LaneId>) {
        let until = lane::with(|context| {
            context.act_for_myself();
            context.runs_task = false;
            let since = context.state(State::Sleeping, for_end_of.map(Target::Lane), None);
            timeout.map(|timeout| since + Nanos::from(timeout))
        });
        self.bell.wait(until);
        lane::with(|context| context.state(State::Running, None, None));
    }

    /// Ends the thread's sleep, or its next one. From any thread.
    pub fn wake(&self) {
        self.bell.clone().wake();
    }

    /// What ends the thread's sleep, or its next one, for who is no lane.
    pub fn waker(&self) -> Waker {
        Waker::from(self.bell.clone())
    }

    /// The loop does not run any more, or not for now: the thread goes on by itself.
    pub fn pauses(&self) {
        lane::with(|context| {
            context.act_for_myself();
            if std::mem::take(&mut context.runs_task) {
                context.state(State::Running, None, None);
            }
        });
    }
}

/// What a task waits for when its turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignWait {
    /// Nothing but its next turn.
    Ready,
    /// A time.
    Sleeping,
    /// This, if it is known what it is.
    On(Option<Target>),
}

/// A task of a loop that is not Weft's.
pub struct ForeignTask {
    lane: LaneId,
    name: String,
    turn: Mutex<Turn>,
}

/// Whether a task has its turn, and why not.
struct Turn {
    /// Who made it, until it has had a turn.
    made: Option<Cause>,
    since: Nanos,
    wait: Option<WaitReason>,
    /// While it has its turn: the lane that runs it, and its name.
    within: Option<(LaneId, String)>,
    ended: bool,
}

impl ForeignTask {
    /// A task that the current lane makes. It has its first turn later.
    pub fn new(name: impl Into<String>) -> ForeignTask {
        let name = name.into();
        let (lane, made) = lane::with(|context| {
            let lane = context.run.new_lane();
            (lane, context.define_lane(lane, LaneKind::Task, &name))
        });
        let turn = Turn { made: Some(made), since: made.time, wait: None, within: None, ended: false };
        ForeignTask { lane, name, turn: Mutex::new(turn) }
    }

    /// Its lane.
    pub fn lane(&self) -> LaneId {
        self.lane
    }

    /// It has its turn from now on: the current lane runs it. Who has scheduled that, has woken it.
    pub fn begins(&self) {
        let mut turn = unpoisoned(&self.turn);
        lane::with(|context| {
            let woken = context.take_acting();
            let time = context.state(State::Running, Some(Target::Lane(self.lane)), None);
            context.runs_task = true;
            turn.within = Some((context.lane, context.lane_name().to_owned()));
            context.switch_to(self.lane, &self.name);
            match turn.made.take() {
                Some(made) => context.started_at(time, Some(made)),
                None => {
                    // A task that lets others go first has woken itself; that has no cause.
                    let woken = woken.filter(|cause| cause.lane != self.lane);
                    context.resumed_at(time, turn.since, woken, turn.wait.and_then(|wait| wait.site))
                }
            }
        });
    }

    /// It is over. What it wakes in the rest of its turn was woken by its end; but who runs then, and may have to wait for
    /// the GIL, is the lane that has run it.
    pub fn ends(&self, ending: Ending, message: &str) {
        let mut turn = unpoisoned(&self.turn);
        if std::mem::replace(&mut turn.ended, true) {
            return;
        }
        lane::with(|context| {
            let end = context.end_of(self.lane, ending, message);
            turn.returns(context);
            context.act_for(end);
        });
    }

    /// It will have no more turns, since its loop is closed, say. Dropping it does the same.
    pub fn abandoned(&self) {
        let mut turn = unpoisoned(&self.turn);
        if !turn.ended {
            // Outside a run nobody is told.
            turn.ended = lane::try_with(|context| context.killed(self.lane, turn.since)).is_some();
        }
    }

    /// Its turn ends, and it waits for this, on a line of source, unless it is over.
    pub fn leaves(&self, wait: ForeignWait, site: Option<Site>) {
        let mut turn = unpoisoned(&self.turn);
        lane::with(|context| {
            if !turn.ended {
                let (state, on) = match wait {
                    ForeignWait::Ready => (State::Ready, None),
                    ForeignWait::Sleeping => (State::Sleeping, None),
                    ForeignWait::On(on) => (State::Suspended, on),
                };
                let reason = WaitReason { state, on, site, from: None };
                turn.since = context.waits(reason);
                turn.wait = Some(reason);
            }
            context.act_for_myself();
            turn.returns(context);
        });
    }
}

impl Turn {
    /// The lane that has run the task is the current one again.
    fn returns(&mut self, context: &mut Context) {
        if let Some((lane, name)) = self.within.take() {
            context.switch_to(lane, &name);
            if lane != context.thread {
                context.state(State::Running, None, None);
            }
        }
    }
}

impl Drop for ForeignTask {
    fn drop(&mut self) {
        // A run that was ended has not ended its tasks.
        if !std::thread::panicking() {
            self.abandoned();
        }
    }
}
