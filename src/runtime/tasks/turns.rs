//! Whose turn it is on an event loop: tasks that were woken, first in, first out. Knows no loop.

use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};
use std::task::Wake;

use concurrent_queue::ConcurrentQueue;
use futures::task::AtomicWaker;

use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::poison::unpoisoned;
use crate::trace::{Cause, LaneId, Nanos, State};

/// What wakes a task.
pub(super) struct TaskInfo {
    pub(super) lane: LaneId,
    pub(super) name: String,
    /// Where it was spawned.
    pub(super) site: Site,
    ready: Arc<ReadyQueue>,
    /// It is in the queue already.
    pub(super) queued: AtomicBool,
    /// Behind a mutex since a thread may wake a task; held only briefly.
    pub(super) waiting: Mutex<Waiting>,
}

/// Why a task is not running.
pub(super) struct Waiting {
    /// Who spawned it, until it has had a turn.
    spawned: Option<Cause>,
    since: Nanos,
    wait: Option<WaitReason>,
    pub(super) woken: Option<Cause>,
}

impl TaskInfo {
    pub(super) fn new(lane: LaneId, name: String, site: Site, ready: Arc<ReadyQueue>, spawned: Cause) -> TaskInfo {
        let waiting = Waiting { spawned: Some(spawned), since: spawned.time, wait: None, woken: None };
        TaskInfo { lane, name, site, ready, queued: AtomicBool::new(false), waiting: Mutex::new(waiting) }
    }

    /// The current worker goes on as this task, after its wait. The loop that gives it this turn has recorded that at
    /// `time`: one reading of the clock is enough for both.
    #[optimize(speed)]
    pub(super) fn enter(&self, context: &mut lane::Context, time: Nanos) -> Nanos {
        let mut waiting = unpoisoned(&self.waiting);
        context.switch_to(self.lane, &self.name);
        context.wait = None;
        context.waited = waiting.wait;
        let woken = waiting.woken.take();
        context.woken = woken;
        match waiting.spawned.take() {
            Some(spawned) => context.started_at(time, Some(spawned)),
            None => {
                let site = waiting.wait.and_then(|wait| wait.site);
                context.resumed_at(time, waiting.since, woken, site)
            }
        }
    }

    /// The task waits, for what its future last said.
    #[optimize(speed)]
    pub(super) fn leave(&self, context: &mut lane::Context) -> Nanos {
        let wait = context.wait.unwrap_or(WaitReason { state: State::Suspended, on: None, site: None, from: None });
        let since = context.waits(wait);
        let mut waiting = unpoisoned(&self.waiting);
        waiting.since = since;
        waiting.wait = Some(wait);
        since
    }
}

impl Wake for TaskInfo {
    #[optimize(speed)]
    fn wake(self: Arc<TaskInfo>) {
        if self.queued.swap(true, AcqRel) {
            return;
        }
        let cause = lane::try_with(|context| context.cause());
        // A task that lets others go first has woken itself; that has no cause.
        if let Some(cause) = cause.filter(|cause| cause.lane != self.lane) {
            unpoisoned(&self.waiting).woken = Some(cause);
        }
        let ready = self.ready.clone();
        ready.push(Turn::Task(self));
    }
}

/// Whose turn it is.
pub(super) enum Turn {
    Task(Arc<TaskInfo>),
    /// The first of the loop's callbacks.
    Callback,
    /// Something that another thread has the loop call, and who that was.
    Posted(Box<dyn FnOnce() + Send>, Option<Cause>),
}

/// Tasks that were woken, and the loop that waits for them.
pub(super) struct ReadyQueue {
    pub(super) turns: ConcurrentQueue<Turn>,
    pub(super) sleeping_loop: AtomicWaker,
}

impl ReadyQueue {
    pub(super) fn new() -> ReadyQueue {
        ReadyQueue { turns: ConcurrentQueue::unbounded(), sleeping_loop: AtomicWaker::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// False if the loop is closed.
    pub(super) fn push(&self, turn: Turn) -> bool {
        let taken = self.turns.push(turn).is_ok();
        if taken {
            self.sleeping_loop.wake();
        }
        taken
    }

    /// The loop is closed: nobody has a turn any more.
    pub(super) fn close(&self) {
        self.turns.close();
        while self.turns.pop().is_ok() {}
    }
}
