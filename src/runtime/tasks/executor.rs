//! The event loop: one queue of woken tasks, first in, first out, as in asyncio.
//!
//! The loop is itself one future. In a browser the page's own loop polls it; and since one future that always has
//! something to do would keep that loop from timers and messages, it lets others have their turn when it has been busy
//! for [`BUSY`]. Each poll of a task is a Running span of the task's lane.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_task::Runnable;
use concurrent_queue::ConcurrentQueue;
use futures::task::AtomicWaker;
use rustc_hash::FxHashMap;

use super::task::spawn_main;
use crate::runtime::lane::{self, Wait};
use crate::runtime::run::unpoisoned;
use crate::runtime::{Failure, Run, host};
use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, State};

/// How long the loop runs tasks before everything else in the worker has its turn.
pub const BUSY: Nanos = Nanos::from_millis(8);

/// What the loop knows of a task.
pub(super) struct TaskInfo {
    pub(super) lane: LaneId,
    pub(super) name: String,
    /// What it waits for, and who has woken it. Behind a mutex since a thread may wake a task; held for a moment only.
    pub(super) waiting: Mutex<Waiting>,
}

/// Why a task is not running.
pub(super) struct Waiting {
    /// Where it was spawned, until it has run.
    pub(super) spawned: Option<Cause>,
    since: Nanos,
    wait: Option<Wait>,
    woken: Option<Cause>,
    /// Its future has ended or was dropped.
    pub(super) over: bool,
}

impl TaskInfo {
    pub(super) fn new(lane: LaneId, name: String, spawned: Cause) -> TaskInfo {
        let waiting = Waiting { spawned: Some(spawned), since: spawned.time, wait: None, woken: None, over: false };
        TaskInfo { lane, name, waiting: Mutex::new(waiting) }
    }
}

/// Tasks that were woken, and the loop that waits for some.
pub(super) struct ReadyQueue {
    tasks: ConcurrentQueue<Runnable<Arc<TaskInfo>>>,
    sleeping_loop: AtomicWaker,
}

impl ReadyQueue {
    /// Puts a task at the end of the queue, noting who woke it.
    pub(super) fn push(&self, task: Runnable<Arc<TaskInfo>>) {
        if let Some(cause) = lane::try_with(|context| context.cause()) {
            unpoisoned(&task.metadata().waiting).woken.get_or_insert(cause);
        }
        // The queue is unbounded, and closed only when it is dropped.
        if self.tasks.push(task).is_ok() {
            self.sleeping_loop.wake();
        }
    }
}

/// The event loop of the current worker.
pub(super) struct EventLoop {
    pub(super) ready: Arc<ReadyQueue>,
    /// Tasks that are not over: dropping one cancels it.
    pub(super) tasks: RefCell<FxHashMap<LaneId, async_task::Task<(), Arc<TaskInfo>>>>,
}

thread_local! {
    static EVENT_LOOP: RefCell<Option<Rc<EventLoop>>> = const { RefCell::new(None) };
}

/// The event loop of the current worker.
///
/// # Panics
/// Outside an event loop: as in asyncio, where that is a `RuntimeError: no running event loop`.
pub(super) fn current() -> Rc<EventLoop> {
    EVENT_LOOP.with_borrow(|current| current.clone()).expect("no running event loop")
}

/// Runs `program` as the first task of a new event loop on this worker, as `asyncio.run` does: when it returns, tasks
/// that are not over are cancelled, and the loop ends.
///
/// # Errors
/// The program's failure.
pub async fn run_main<F>(run: &Arc<Run>, program: F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let loop_lane = run.new_lane();
    let event_loop = Rc::new(EventLoop {
        ready: Arc::new(ReadyQueue { tasks: ConcurrentQueue::unbounded(), sleeping_loop: AtomicWaker::new() }),
        tasks: RefCell::default(),
    });
    let entered = lane::enter(run, loop_lane, "event loop");
    EVENT_LOOP.set(Some(event_loop.clone()));
    lane::with(|context| {
        context.define_self(LaneKind::EventLoop, None, "event loop");
        context.started(None);
    });
    let outcome = Rc::new(RefCell::new(None));
    let main = {
        let outcome = outcome.clone();
        move |result| drop(outcome.replace(Some(result)))
    };
    spawn_main(program, main);
    let result = event_loop.run_until(loop_lane, || outcome.take()).await;
    event_loop.cancel_rest();
    lane::with(|context| context.ended(Ending::Returned, ""));
    EVENT_LOOP.set(None);
    drop(entered);
    if let Err(failure) = &result {
        run.fail(failure.clone());
    }
    result
}

impl EventLoop {
    /// Polls woken tasks until there is an outcome, or a task panics.
    async fn run_until(
        &self,
        loop_lane: LaneId,
        outcome: impl Fn() -> Option<Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let mut busy_since = lane::now();
        loop {
            if let Ok(task) = self.ready.tasks.pop() {
                poll(task, loop_lane)?;
                if let Some(outcome) = outcome() {
                    return outcome;
                }
                if lane::now().saturating_sub(busy_since) > BUSY {
                    host::next_turn().await;
                    busy_since = lane::now();
                }
            } else {
                let slept_from = lane::with(|context| context.state(State::Sleeping, None, None));
                self.woken().await;
                lane::with(|context| context.resumed(slept_from, None, None));
                busy_since = lane::now();
            }
        }
    }

    /// Ends when a task is ready.
    fn woken(&self) -> impl Future<Output = ()> {
        std::future::poll_fn(|context| {
            self.ready.sleeping_loop.register(context.waker());
            if self.ready.tasks.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        })
    }

    /// Cancels what is not over.
    fn cancel_rest(&self) {
        let mut rest: Vec<_> = self.tasks.take().into_iter().collect();
        rest.sort_unstable_by_key(|(lane, _)| *lane);
        drop(rest);
        // A cancelled task that was in the queue is dropped when it would run; a clean-up may cancel further ones.
        while let Ok(task) = self.ready.tasks.pop() {
            task.run();
        }
    }
}

/// Polls a task once, as its lane.
///
/// # Errors
/// What the task panicked with, where that can be caught.
fn poll(task: Runnable<Arc<TaskInfo>>, loop_lane: LaneId) -> Result<(), Failure> {
    let info = task.metadata().clone();
    lane::with(|context| {
        let mut waiting = unpoisoned(&info.waiting);
        context.switch_to(info.lane, &info.name);
        match waiting.spawned.take() {
            Some(spawned) => context.started(Some(spawned)),
            None => {
                let site = waiting.wait.and_then(|wait| wait.site);
                context.resumed(waiting.since, waiting.woken, site);
            }
        }
        waiting.woken = None;
        context.wait = None;
    });
    let polled = host::catch(|| task.run());
    lane::with(|context| {
        let mut waiting = unpoisoned(&info.waiting);
        // A lane whose future has ended has said so itself.
        if !waiting.over {
            let wait = context.wait.unwrap_or(Wait { state: State::Suspended, on: None, site: None });
            let since = context.state(wait.state, wait.on, wait.site);
            waiting.since = since;
            waiting.wait = Some(wait);
        }
        context.switch_to(loop_lane, "event loop");
    });
    polled.map(drop).map_err(|message| Failure {
        lane: info.name.clone(),
        message: message.unwrap_or_else(|| "the run was cancelled".to_owned()),
    })
}
