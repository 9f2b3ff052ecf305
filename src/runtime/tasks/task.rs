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
use std::task::{Context, Poll};

use super::Error;
use super::executor::{TaskInfo, current};
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site, Wait};
use crate::runtime::run::unpoisoned;
use crate::trace::{Cause, Ending, LaneId, LaneKind, State, Target};

/// A task that can be awaited. Dropping the handle lets the task go on, as in asyncio.
pub struct Task<T> {
    pub(super) shared: Rc<Shared<T>>,
}

/// What a task and those who wait for it share.
pub(super) struct Shared<T> {
    pub(super) lane: LaneId,
    /// Until it is taken. A task that was cancelled never has any.
    result: RefCell<Option<Result<T, Error>>>,
    /// Its last moment, once it is over.
    pub(super) end: Cell<Option<Cause>>,
    /// Called when it is over, in the order in which they were added.
    callbacks: RefCell<Vec<Box<dyn FnOnce()>>>,
}

/// Starts a task: in Python, `asyncio.create_task(future, name=name)`. It has its first turn when the current task
/// awaits. If the future gives an error, the task's lane has failed with it, or was cancelled, if it is
/// [`Error::Cancelled`].
///
/// # Panics
/// Outside an event loop.
pub fn spawn<T: 'static>(name: impl Into<String>, future: impl Future<Output = Result<T, Error>> + 'static) -> Task<T> {
    start(name.into(), future)
}

/// Starts the main task; `done` is told what it returned.
pub(super) fn spawn_main(
    program: impl Future<Output = Result<(), Failure>> + 'static,
    done: impl FnOnce(Result<(), Failure>) + 'static,
) {
    drop(start("main".to_owned(), async move {
        let result = program.await;
        let told = result.as_ref().map(|()| ()).map_err(|failure| Error::raised(&failure.message));
        done(result);
        told
    }));
}

fn start<T: 'static>(name: String, future: impl Future<Output = Result<T, Error>> + 'static) -> Task<T> {
    let event_loop = current();
    let (lane, spawned) = lane::with(|context| {
        let lane = context.run.new_lane();
        (lane, context.define_lane(lane, LaneKind::Task, &name))
    });
    let shared =
        Rc::new(Shared { lane, result: RefCell::new(None), end: Cell::new(None), callbacks: RefCell::default() });
    let info = Arc::new(TaskInfo::new(lane, name, spawned));
    let body = {
        let guard = Life { info: info.clone(), shared: shared.clone() };
        async move {
            let result = future.await;
            guard.returned(result);
        }
    };
    let ready = event_loop.ready.clone();
    let (runnable, task) =
        async_task::Builder::new().metadata(info).spawn_local(move |_| body, move |task| ready.push(task));
    event_loop.tasks.borrow_mut().insert(lane, task);
    runnable.schedule();
    Task { shared }
}

/// Sees to it that a task's end is told, however it comes.
struct Life<T> {
    info: Arc<TaskInfo>,
    shared: Rc<Shared<T>>,
}

impl<T> Life<T> {
    /// The task has returned this.
    fn returned(self, result: Result<T, Error>) {
        let error = result.as_ref().err().cloned();
        self.shared.result.replace(Some(result));
        match error {
            None => self.over(Ending::Returned, ""),
            Some(Error::Cancelled) => self.over(Ending::Cancelled, ""),
            Some(error) => self.over(Ending::Failed, &error.to_string()),
        }
    }

    fn over(&self, ending: Ending, message: &str) {
        unpoisoned(&self.info.waiting).over = true;
        let end = lane::with(|context| context.end_of(self.shared.lane, ending, message));
        self.shared.end.set(Some(end));
        // Who is woken now is woken by this task's end.
        lane::with(|context| context.act_for(end));
        for callback in self.shared.callbacks.take() {
            callback();
        }
        lane::with(|context| context.act_for_myself());
        let task = current().tasks.borrow_mut().remove(&self.shared.lane);
        if let Some(task) = task {
            task.detach();
        }
    }
}

impl<T> Drop for Life<T> {
    fn drop(&mut self) {
        if self.shared.end.get().is_some() {
            return;
        }
        if std::thread::panicking() {
            self.over(Ending::Failed, "panicked");
        } else {
            self.over(Ending::Cancelled, "");
        }
    }
}

impl<T> Shared<T> {
    /// Calls `callback` when the task is over, which it is not yet.
    pub(super) fn on_end(&self, callback: impl FnOnce() + 'static) {
        self.callbacks.borrow_mut().push(Box::new(callback));
    }

    /// The result of a task that is over.
    pub(super) fn take(&self) -> Result<T, Error> {
        self.result.take().unwrap_or(Err(Error::Cancelled))
    }
}

impl<T> IntoFuture for Task<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Join<T>;

    #[track_caller]
    fn into_future(self) -> Join<T> {
        Join { task: self.shared, site: Location::caller(), waits: false }
    }
}

/// The end of a task, to be awaited: its value, or why there is none. A task that was cancelled gives
/// [`Error::Cancelled`].
pub struct Join<T> {
    task: Rc<Shared<T>>,
    site: Site,
    waits: bool,
}

impl<T> Future for Join<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let on = Target::Lane(self.task.lane);
        if let Some(end) = self.task.end.get() {
            if !self.waits {
                lane::with(|lane| lane.passed(on, Some(end), Some(self.site)));
            }
            return Poll::Ready(self.task.take());
        }
        // The waker of a task stays the same, so one callback is enough.
        if !std::mem::replace(&mut self.waits, true) {
            let waker = context.waker().clone();
            self.task.on_end(move || waker.wake());
        }
        lane::with(|lane| lane.wait = Some(Wait { state: State::Suspended, on: Some(on), site: Some(self.site) }));
        Poll::Pending
    }
}
