//! The event loop: one queue of woken tasks, first in, first out, as in asyncio.
//!
//! A loop is driven by its owner (`runner.rs`): it gives woken tasks their turns until none is left, and then says
//! until when it can wait. Since a loop that always has something to do would keep a browser's own loop from its
//! messages, it stops when it has been busy for [`BUSY`]; timers are checked before each turn. Each poll of a task is a
//! Running span of the task's lane, and of the loop's lane.
//!
//! It is not the browser's: a `spawn_local` for each task would starve the browser's timers.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::*;
use std::task::{Context, Waker};

use rustc_hash::FxHashMap;

use super::core::{Body, Ends};
use super::slow::Slow;
use super::timers::Timers;
use super::turns::{ReadyQueue, TaskInfo, Turn};
use crate::runtime::lane::{self};
use crate::runtime::{Failure, host};
use crate::trace::{Cause, LaneId, Nanos, State, Target};

/// How long the loop runs tasks before everything else in the worker has its turn.
pub const BUSY: Nanos = Nanos::from_millis(8);

/// The loop's lane, by name.
pub(super) const LOOP: &str = "event loop";

/// What is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it is over.
    Over,
    /// There is more, but others should have their turn.
    Yield,
    /// Wait for a task to be woken, or for this time.
    Idle(Option<Nanos>),
}

/// A task that is not over.
struct Entry {
    /// `None` while it is polled.
    body: Option<Body>,
    task: Rc<dyn Ends>,
}

/// An event loop.
pub(super) struct EventLoop {
    pub(super) lane: LaneId,
    pub(super) ready: Arc<ReadyQueue>,
    pub(super) timers: Rc<RefCell<Timers>>,
    pub(super) slow: Slow,
    tasks: RefCell<FxHashMap<LaneId, Entry>>,
    callbacks: RefCell<VecDeque<Box<dyn FnOnce()>>>,
    /// The task that is being polled.
    polled: RefCell<Option<Rc<dyn Ends>>>,
    /// What the loop's lane does, apart from polling.
    shown: Cell<Option<State>>,
}

thread_local! {
    static EVENT_LOOP: RefCell<Option<Rc<EventLoop>>> = const { RefCell::new(None) };
}

/// The event loop that runs on this worker.
///
/// # Panics
/// Outside an event loop: as in asyncio, where that is a `RuntimeError: no running event loop`.
pub(super) fn current() -> Rc<EventLoop> {
    running().expect("no running event loop")
}

/// The event loop that runs on this worker, if one does.
pub(super) fn running() -> Option<Rc<EventLoop>> {
    EVENT_LOOP.with_borrow(|current| current.clone())
}

/// Has the loop itself call this, after everything that is ready now: in Python, `loop.call_soon(callback)`.
///
/// # Panics
/// Outside an event loop.
pub fn call_soon(callback: impl FnOnce() + 'static) {
    current().call_soon(callback);
}

/// A loop runs on this worker until this is dropped.
pub(super) struct Entered(());

impl Drop for Entered {
    fn drop(&mut self) {
        EVENT_LOOP.set(None);
    }
}

impl EventLoop {
    /// A loop that does nothing yet.
    pub(super) fn new(lane: LaneId) -> Rc<EventLoop> {
        Rc::new(EventLoop {
            lane,
            ready: Arc::new(ReadyQueue::new()),
            timers: Rc::default(),
            slow: Slow::default(),
            tasks: RefCell::default(),
            callbacks: RefCell::default(),
            polled: RefCell::default(),
            shown: Cell::new(None),
        })
    }

    /// Runs on this worker from now on.
    pub(super) fn enter(self: &Rc<EventLoop>) -> Entered {
        EVENT_LOOP.set(Some(self.clone()));
        Entered(())
    }

    /// Takes in a new task, which is ready.
    pub(super) fn add(&self, task: Rc<dyn Ends>, body: Body) {
        let info = task.core().info.clone();
        self.tasks.borrow_mut().insert(info.lane, Entry { body: Some(body), task });
        Waker::from(info).wake();
    }

    /// The task that is being polled.
    ///
    /// # Panics
    /// Outside a task.
    pub(super) fn current_task(&self) -> Rc<dyn Ends> {
        self.polled.borrow().clone().expect("this is awaited in a task")
    }

    /// Whether all its tasks are over.
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// Its tasks that are not over, in the order in which they were spawned.
    pub(super) fn tasks(&self) -> Vec<Rc<dyn Ends>> {
        let mut tasks: Vec<_> = self.tasks.borrow().values().map(|entry| entry.task.clone()).collect();
        tasks.sort_unstable_by_key(|task| task.core().info.lane);
        tasks
    }

    /// Gives woken tasks their turns, until `over` returns true, or none is left, or it takes too long.
    ///
    /// # Errors
    /// What a task panicked with, where that can be caught.
    #[optimize(speed)]
    pub(super) fn turns(&self, over: impl Fn() -> bool) -> Result<Next, Failure> {
        let began = lane::now();
        let mut now = began;
        loop {
            if over() {
                return Ok(Next::Over);
            }
            self.wake_due(now);
            if now.saturating_sub(began) > BUSY && !self.ready.is_empty() {
                self.show(State::Ready);
                return Ok(Next::Yield);
            }
            now = match self.ready.turns.pop() {
                Ok(Turn::Task(info)) => self.turn_of(&info, false)?,
                Ok(Turn::Callback) => self.call_first()?,
                Ok(Turn::Posted(callback, poster)) => self.call_for(poster, callback)?,
                Err(_) => break,
            };
        }
        self.show(State::Sleeping);
        Ok(Next::Idle(self.timers.borrow().first()))
    }

    /// See [`call_soon`].
    pub(super) fn call_soon(&self, callback: impl FnOnce() + 'static) {
        self.callbacks.borrow_mut().push_back(Box::new(callback));
        self.ready.push(Turn::Callback);
    }

    fn call_first(&self) -> Result<Nanos, Failure> {
        let callback = self.callbacks.borrow_mut().pop_front();
        self.call(|| callback.into_iter().for_each(|callback| callback()))
    }

    /// What it wakes was woken by `poster`, a lane of another thread.
    fn call_for(&self, poster: Option<Cause>, callback: Box<dyn FnOnce() + Send>) -> Result<Nanos, Failure> {
        poster.into_iter().for_each(|poster| lane::with(|context| context.act_for(poster)));
        let called = self.call(callback);
        lane::with(|context| context.act_for_myself());
        called
    }

    fn call(&self, callback: impl FnOnce()) -> Result<Nanos, Failure> {
        self.show(State::Running);
        let called = host::catch(callback);
        called.map(|()| lane::now()).map_err(|message| failure(LOOP, message))
    }

    /// Wakes the tasks whose timers are due, and calls what is to be called then. The tasks were ready from that moment on.
    #[optimize(speed)]
    fn wake_due(&self, now: Nanos) {
        loop {
            // Not borrowed while it happens, which may run any code.
            let Some((until, due)) = self.timers.borrow_mut().take_due(now) else { break };
            self.slow.due(until, now);
            lane::with(|context| context.act_for(Cause { lane: self.lane, time: until }));
            due.happen();
            lane::with(|context| context.act_for_myself());
        }
        self.slow.tell_late();
    }

    /// Shows what the loop's lane does, if that is new.
    pub(super) fn show(&self, state: State) {
        if self.shown.replace(Some(state)) != Some(state) {
            lane::with(|context| context.state(state, None, None));
        }
    }

    /// Polls a task once, as its lane; or drops its future, if it was cancelled or must end. Returns the time after it.
    #[optimize(speed)]
    fn turn_of(&self, info: &Arc<TaskInfo>, must_end: bool) -> Result<Nanos, Failure> {
        info.queued.store(false, Release);
        let Some((mut body, task)) = self.take_body(info.lane) else { return Ok(lane::now()) };
        self.shown.set(None);
        let began = lane::with(|context| {
            let time = context.state(State::Running, Some(Target::Lane(info.lane)), None);
            info.enter(context, time)
        });
        let cancelled = task.core().begin_turn() || must_end;
        let outer = self.polled.replace(Some(task.clone()));
        let polled = host::catch(|| {
            if cancelled || body.poll(&mut Context::from_waker(&Waker::from(info.clone()))) {
                drop(body);
            } else {
                self.put_back(info.lane, body);
                task.core().end_turn();
            }
        });
        self.polled.replace(outer);
        let over = task.core().end.get();
        let now = lane::with(|context| {
            let now = over.map_or_else(|| info.leave(context), |end| end.time);
            let now = context.moment(now);
            let wait = context.wait;
            context.switch_to(self.lane, LOOP);
            self.slow.polled(context, info, began, now, wait);
            now
        });
        if over.is_some() {
            self.tasks.borrow_mut().remove(&info.lane);
        }
        polled.map(|()| now).map_err(|message| failure(&info.name, message))
    }

    /// Drops what is left of its tasks: their destructors run as their own lanes.
    pub(super) fn clear(&self) {
        for task in self.tasks() {
            // A task that panics while it is dropped has failed already.
            let _ = self.turn_of(&task.core().info, true);
        }
    }

    fn take_body(&self, lane: LaneId) -> Option<(Body, Rc<dyn Ends>)> {
        let mut tasks = self.tasks.borrow_mut();
        let entry = tasks.get_mut(&lane)?;
        Some((entry.body.take()?, entry.task.clone()))
    }

    fn put_back(&self, lane: LaneId, body: Body) {
        if let Some(entry) = self.tasks.borrow_mut().get_mut(&lane) {
            entry.body = Some(body);
        }
    }
}

/// What a lane panicked with.
fn failure(lane: &str, message: Option<String>) -> Failure {
    Failure { lane: lane.to_owned(), message: message.unwrap_or_else(|| "the run was cancelled".to_owned()) }
}
