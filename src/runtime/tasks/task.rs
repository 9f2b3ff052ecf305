//! Starting a task, and awaiting it.
//!
//! Any task may fail, as any of Python's coroutines may raise: its future returns a `Result`, and the error arrives
//! where the task is awaited. A task whose error nobody awaits fails alone.
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

use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::Error;
use super::callback::DoneCallback;
use super::core::{Body, Core, Ends, Life};
use super::executor::{EventLoop, call_soon, current};
use super::turns::TaskInfo;
use crate::runtime::Run;
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{LaneKind, Target};

/// A task that can be awaited. Clones are handles to the same task; dropping them all lets it go on, as in asyncio.
///
/// Unlike Python, where all who await it get the same object, each gets a clone of its value. If a task is cancelled
/// while it awaits another, that one is cancelled instead, and may clean up first; see [`Task::cancel`] and
/// [`shield`](super::shield). Unlike Python, where nothing is awaited halfway, a future that awaits a task can be dropped,
/// and then the task goes on.
pub struct Task<T> {
    pub(super) shared: Rc<Shared<T>>,
}

/// What a task and those who wait for it share.
pub(super) struct Shared<T> {
    core: Core,
    /// `None` until it has returned one.
    value: RefCell<Option<T>>,
}

impl<T> Ends for Shared<T> {
    fn core(&self) -> &Core {
        &self.core
    }
}

/// Starts a task: in Python, `asyncio.create_task(future, name=name)`. It has its first turn when the current task
/// awaits. If the future returns an error, the task's lane has failed with it, or was cancelled, if it is
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
    let (run, info) = define(event_loop, name.into(), Site::caller());
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

/// The part of starting a task that is the same for all of them, so it is not generic.
fn define(event_loop: &EventLoop, name: String, site: Site) -> (Arc<Run>, Arc<TaskInfo>) {
    let (run, lane, spawned) = lane::with(|context| {
        let lane = context.run.new_lane();
        (context.run.clone(), lane, context.define_lane(lane, LaneKind::Task, &name))
    });
    (run, Arc::new(TaskInfo::new(lane, name, site, event_loop.ready.clone(), spawned)))
}

impl<T: Clone> Shared<T> {
    /// The result of a task that is over.
    ///
    /// # Panics
    /// If it is not over.
    pub(super) fn result(&self) -> Result<T, Error> {
        match &*self.core.error.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(self.value.borrow().clone().expect("a task that has returned has a value")),
        }
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

impl<T: 'static> Task<T> {
    /// Has the event loop call this once it is over; soon, if it is over already: in Python,
    /// `task.add_done_callback(callback)`. What is returned can remove it.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Task<T>) + 'static) -> DoneCallback {
        let (added, task) = (DoneCallback::added(), self.clone());
        let call = {
            let added = added.handle();
            move || {
                if added.remove() {
                    call_soon(move || callback(&task));
                }
            }
        };
        if self.is_done() {
            call();
        } else {
            self.core().on_end(move |_| call());
        }
        added
    }
}

impl<T: Clone> Task<T> {
    /// Its value: in Python, `task.result()`.
    ///
    /// # Errors
    /// Its error; or [`Error::Cancelled`]; or, while it is not over, an `InvalidStateError`.
    pub fn result(&self) -> Result<T, Error> {
        if self.is_done() { self.shared.result() } else { Err(Error::raised("InvalidStateError: Result is not set.")) }
    }

    /// Why it has failed, or `None` if it has returned a value: in Python, `task.exception()`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if it was cancelled; or, while it is not over, an `InvalidStateError`.
    pub fn exception(&self) -> Result<Option<Error>, Error> {
        if !self.is_done() {
            return Err(Error::raised("InvalidStateError: Exception is not set."));
        }
        match self.core().error.borrow().clone() {
            Some(Error::Cancelled) => Err(Error::Cancelled),
            error => Ok(error),
        }
    }
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Task<T> {
        Task { shared: self.shared.clone() }
    }
}

impl<T: Clone + 'static> IntoFuture for Task<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Join<T>;

    #[track_caller]
    fn into_future(self) -> Join<T> {
        Join { task: self, site: Site::caller(), waiter: None, shields: false }
    }
}

/// A task of the current event loop, whatever its value is. Clones are handles to the same task.
#[derive(Clone)]
pub struct AnyTask(Rc<dyn Ends>);

/// The task that has its turn: in Python, `asyncio.current_task()`.
///
/// # Panics
/// Outside a task.
pub fn current_task() -> AnyTask {
    AnyTask(current().current_task())
}

/// The tasks of the current event loop that are not over, in the order in which they were spawned: in Python,
/// `asyncio.all_tasks()`.
///
/// # Panics
/// Outside an event loop.
pub fn all_tasks() -> Vec<AnyTask> {
    current().tasks().into_iter().map(AnyTask).collect()
}

impl AnyTask {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.core().info.name
    }

    /// Asks it to end; see [`Task::cancel`].
    pub fn cancel(&self) -> bool {
        self.0.core().cancel()
    }

    /// How often it was asked to end; see [`Task::cancelling`].
    pub fn cancelling(&self) -> u32 {
        self.0.core().cancelling()
    }

    /// Takes back a request to end; see [`Task::uncancel`].
    pub fn uncancel(&self) -> u32 {
        self.0.core().uncancel()
    }
}

/// Waits for tasks to end. Once it has been dropped, they wake nobody.
pub(super) struct Waiter(RefCell<Waker>);

impl Waiter {
    pub(super) fn new(waker: &Waker) -> Rc<Waiter> {
        Rc::new(Waiter(RefCell::new(waker.clone())))
    }

    /// It may be polled with a different waker than before.
    pub(super) fn update(&self, waker: &Waker) {
        self.0.borrow_mut().clone_from(waker);
    }

    pub(super) fn wake(&self) {
        self.0.borrow().wake_by_ref();
    }
}

/// The end of a task, to be awaited: its value, or why there is none. For a task that was cancelled, that is
/// [`Error::Cancelled`].
pub struct Join<T> {
    pub(super) task: Task<T>,
    pub(super) site: Site,
    pub(super) waiter: Option<Rc<Waiter>>,
    /// Who awaits this and is cancelled leaves the task alone.
    pub(super) shields: bool,
}

impl<T: Clone + 'static> Future for Join<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let core = self.task.core();
        let on = Target::Lane(core.info.lane);
        if let Some(end) = core.end.get() {
            if self.waiter.is_none() {
                lane::with(|lane| lane.passed(on, Some(end), Some(self.site)));
            }
            return Poll::Ready(self.task.shared.result());
        }
        let awaiting = current().current_task();
        if awaiting.core().info.lane == core.info.lane {
            let name = &core.info.name;
            return Poll::Ready(Err(Error::raised(format!("RuntimeError: Task cannot await on itself: {name}"))));
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
        if !self.shields {
            awaiting.core().awaits(self.task.shared.clone());
        }
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(on), self.site)));
        Poll::Pending
    }
}
