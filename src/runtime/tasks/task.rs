//! Starting a task, and awaiting it.
//!
//! Any task may fail, as any of Python's coroutines may raise: its future gives a `Result`, and the error arrives where
//! the task is awaited. A task whose error nobody awaits fails alone.
//!
//! ```
//! use std::time::Duration;
//! use weft::runtime::tasks::{run_main, sleep, spawn};
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let task = spawn("fetch", async {
//!         sleep(Duration::from_millis(1)).await;
//!         Ok(42)
//!     });
//!     print(format!("got {}", task.await?));
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::Error;
use super::executor::{EventLoop, TaskInfo, current};
use crate::runtime::Run;
use crate::runtime::lane::{self, Site, Wait};
use crate::trace::{Cause, Ending, LaneKind, Target};

/// A task that can be awaited. Clones are handles on the same task; dropping them all lets it go on, as in asyncio.
///
/// Its value goes to whoever awaits it first, its error to everybody who does. Whoever is cancelled while it awaits a
/// task takes that task with it, as in asyncio; see [`shield`](super::shield).
pub struct Task<T> {
    pub(super) shared: Rc<Shared<T>>,
}

/// What a task and those who wait for it share.
pub(super) struct Shared<T> {
    core: Core,
    /// Until it is taken.
    value: RefCell<Option<T>>,
}

/// The same, whatever the task's value is.
pub(super) struct Core {
    pub(super) info: Arc<TaskInfo>,
    /// Its last moment, once it is over.
    pub(super) end: Cell<Option<Cause>>,
    /// Why there is no value, once that is so.
    pub(super) error: RefCell<Option<Error>>,
    /// Called when it is over, in the order in which they were added.
    callbacks: RefCell<Vec<Callback>>,
    /// Its future is dropped instead of polled.
    dropped_next: Cell<bool>,
    /// How many futures it is inside of that want to be told of a cancellation.
    pub(super) catchers: Cell<u32>,
    /// The innermost of them is to be told.
    pub(super) told: Cell<bool>,
}

type Callback = Box<dyn FnOnce(&Core)>;

/// A task, whatever its value is.
pub(super) trait Ends {
    fn core(&self) -> &Core;
}

impl<T> Ends for Shared<T> {
    fn core(&self) -> &Core {
        &self.core
    }
}

/// Starts a task: in Python, `asyncio.create_task(future, name=name)`. It has its first turn when the current task
/// awaits. If the future gives an error, the task's lane has failed with it, or was cancelled, if it is
/// [`Error::Cancelled`].
///
/// # Panics
/// Outside an event loop.
#[track_caller]
pub fn spawn<T: 'static>(name: impl Into<String>, future: impl Future<Output = Result<T, Error>> + 'static) -> Task<T> {
    spawn_on(&current(), name, future)
}

/// Starts a task on this loop.
#[track_caller]
pub(super) fn spawn_on<T: 'static>(
    event_loop: &EventLoop,
    name: impl Into<String>,
    future: impl Future<Output = Result<T, Error>> + 'static,
) -> Task<T> {
    let (run, info) = define(event_loop, name.into(), Location::caller());
    let shared = Rc::new(Shared { core: Core::new(info), value: RefCell::new(None) });
    let body = {
        let shared = shared.clone();
        async move {
            let value = future.await?;
            shared.value.replace(Some(value));
            Ok(())
        }
    };
    event_loop.add(shared.clone(), Body { future: Box::pin(body), life: Some(Life::new(run, shared.clone())) });
    Task { shared }
}

/// The part of starting a task that is the same for all of them, so that the program has it once.
fn define(event_loop: &EventLoop, name: String, site: Site) -> (Arc<Run>, Arc<TaskInfo>) {
    let (run, lane, spawned) = lane::with(|context| {
        let lane = context.run.new_lane();
        (context.run.clone(), lane, context.define_lane(lane, LaneKind::Task, &name))
    });
    (run, Arc::new(TaskInfo::new(lane, name, site, event_loop.ready.clone(), spawned)))
}

/// What a task runs: its future, which leaves the value where the task keeps it; and its end, which is told.
pub(super) struct Body {
    future: Pin<Box<dyn Future<Output = Result<(), Error>>>>,
    /// Until it has returned.
    life: Option<Life>,
}

impl Body {
    /// Whether it has returned.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Poll::Ready(result) = self.future.as_mut().poll(context) else { return false };
        if let Some(life) = self.life.take() {
            life.returned(result);
        }
        true
    }
}

/// Sees to it that a task's end is told, however it comes.
struct Life {
    run: Arc<Run>,
    task: Rc<dyn Ends>,
}

impl Life {
    fn new(run: Arc<Run>, task: Rc<dyn Ends>) -> Life {
        run.task_made();
        Life { run, task }
    }

    /// The task has returned: its value, which is where it belongs, or an error.
    fn returned(self, result: Result<(), Error>) {
        let core = self.task.core();
        match result {
            Ok(()) => core.over(Ending::Returned, None),
            Err(Error::Cancelled) => core.over(Ending::Cancelled, Some(Error::Cancelled)),
            Err(error) => core.over(Ending::Failed, Some(error)),
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let core = self.task.core();
        if core.end.get().is_none() {
            if std::thread::panicking() {
                core.over(Ending::Failed, Some(Error::raised("panicked")));
            } else {
                core.over(Ending::Cancelled, Some(Error::Cancelled));
            }
        }
        self.run.task_dropped();
    }
}

impl Core {
    fn new(info: Arc<TaskInfo>) -> Core {
        Core {
            info,
            end: Cell::new(None),
            error: RefCell::default(),
            callbacks: RefCell::default(),
            dropped_next: Cell::new(false),
            catchers: Cell::new(0),
            told: Cell::new(false),
        }
    }

    fn over(&self, ending: Ending, error: Option<Error>) {
        let message = match (&error, ending) {
            (Some(error), Ending::Failed) => error.to_string(),
            _ => String::new(),
        };
        self.error.replace(error);
        let end = lane::with(|context| context.end_of(self.info.lane, ending, &message));
        self.end.set(Some(end));
        // Who is woken now is woken by this task's end.
        lane::with(|context| context.act_for(end));
        for callback in self.callbacks.take() {
            callback(self);
        }
        lane::with(|context| context.act_for_myself());
    }

    /// Calls `callback` when the task is over, which it is not yet.
    pub(super) fn on_end(&self, callback: impl FnOnce(&Core) + 'static) {
        self.callbacks.borrow_mut().push(Box::new(callback));
    }

    /// Asks it to end: tells it, if it wants to be told, else drops its future at its next turn. False if it is over.
    pub(super) fn cancel(&self) -> bool {
        if self.end.get().is_some() {
            return false;
        }
        if self.catchers.get() > 0 {
            self.told.set(true)
        } else {
            self.drop_at_next_turn()
        }
        Waker::from(self.info.clone()).wake();
        true
    }

    pub(super) fn drop_at_next_turn(&self) {
        self.dropped_next.set(true);
    }

    pub(super) fn is_to_be_dropped(&self) -> bool {
        self.dropped_next.get()
    }
}

impl<T> Shared<T> {
    /// The result of a task that is over. A value can be taken once.
    pub(super) fn take(&self) -> Result<T, Error> {
        if let Some(error) = &*self.core.error.borrow() {
            return Err(error.clone());
        }
        let taken = || Error::raised(format!("the value of {} has been taken already", self.core.info.name));
        self.value.take().ok_or_else(taken)
    }
}

impl<T> Task<T> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.core().info.name
    }

    /// Whether it is over: in Python, `task.done()`.
    pub fn is_done(&self) -> bool {
        self.core().end.get().is_some()
    }

    pub(super) fn core(&self) -> &Core {
        &self.shared.core
    }
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Task<T> {
        Task { shared: self.shared.clone() }
    }
}

impl<T> IntoFuture for Task<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Join<T>;

    #[track_caller]
    fn into_future(self) -> Join<T> {
        Join { task: self, site: Location::caller(), waiter: None, shields: false }
    }
}

/// One who waits for ends of tasks. Once it is gone, nobody is woken.
pub(super) struct Waiter(RefCell<Waker>);

impl Waiter {
    pub(super) fn new(waker: &Waker) -> Rc<Waiter> {
        Rc::new(Waiter(RefCell::new(waker.clone())))
    }

    /// It may be polled with another waker than before.
    pub(super) fn update(&self, waker: &Waker) {
        self.0.borrow_mut().clone_from(waker);
    }

    pub(super) fn wake(&self) {
        self.0.borrow().wake_by_ref();
    }
}

/// The end of a task, to be awaited: its value, or why there is none. A task that was cancelled gives
/// [`Error::Cancelled`].
pub struct Join<T> {
    pub(super) task: Task<T>,
    pub(super) site: Site,
    pub(super) waiter: Option<Rc<Waiter>>,
    /// Dropping this while it waits leaves the task alone.
    pub(super) shields: bool,
}

impl<T> Future for Join<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let core = self.task.core();
        let on = Target::Lane(core.info.lane);
        if let Some(end) = core.end.get() {
            if self.waiter.is_none() {
                lane::with(|lane| lane.passed(on, Some(end), Some(self.site)));
            }
            return Poll::Ready(self.task.shared.take());
        }
        match &self.waiter {
            Some(waiter) => waiter.update(context.waker()),
            None => {
                let waiter = Waiter::new(context.waker());
                let weak = Rc::downgrade(&waiter);
                core.on_end(move |_| {
                    if let Some(waiter) = weak.upgrade() {
                        waiter.wake();
                    }
                });
                self.waiter = Some(waiter);
            }
        }
        lane::with(|lane| lane.wait = Some(Wait::suspended(Some(on), self.site)));
        Poll::Pending
    }
}

impl<T> Drop for Join<T> {
    fn drop(&mut self) {
        if self.waiter.is_some() && !self.shields {
            self.task.core().cancel();
        }
    }
}
