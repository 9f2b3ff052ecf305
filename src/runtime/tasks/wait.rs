//! Waiting for some of several tasks.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let tasks = [1, 20].map(|ms| {
//!     spawn(format!("wait-{ms}"), async move {
//!         sleep(Duration::from_millis(ms)).await;
//!         Ok(ms)
//!     })
//! });
//! let Waited { done, pending } = wait(tasks, When::FirstCompleted).await?;
//! assert_eq!((done.len(), pending.len()), (1, 1));
//! for task in pending {
//!     task.cancel();
//! }
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::several::{Several, Until};
use super::sleep::timer_in;
use super::timers::{Due, Timer};
use super::{Error, Task};
use crate::runtime::lane::{self, Site};

/// How long [`wait`] waits: in Python, `return_when`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Until one is done: `FIRST_COMPLETED`.
    FirstCompleted,
    /// Until one has failed, or else until all are done: `FIRST_EXCEPTION`. A task that was cancelled has not failed.
    FirstError,
    /// Until all are done: `ALL_COMPLETED`.
    All,
}

/// Those that are done, and those that are not: each in the order in which they were given.
pub struct Waited<T> {
    /// They can be awaited without waiting.
    pub done: Vec<Task<T>>,
    /// They go on, unless they are cancelled.
    pub pending: Vec<Task<T>>,
}

/// Waits for one of these tasks, or all: in Python, `asyncio.wait`. Awaiting a task that is done gives its result. If the
/// awaiting task is cancelled, these go on.
///
/// # Errors
/// A `ValueError` if there are none. The tasks' own errors are not returned.
#[track_caller]
pub fn wait<T: 'static>(tasks: impl IntoIterator<Item = Task<T>>, when: When) -> Wait<T> {
    let until = match when {
        When::FirstCompleted => Until::OneIsDone,
        When::FirstError => Until::OneFailed,
        When::All => Until::AllAreDone,
    };
    Wait { tasks: Several::new(tasks.into_iter().collect(), until, "wait", Site::caller()), limit: None, timer: None }
}

/// The end of some tasks, to be awaited.
pub struct Wait<T> {
    tasks: Several<T>,
    limit: Option<Duration>,
    timer: Option<Timer>,
}

impl<T> Wait<T> {
    /// Waits for so long at most, at the run's speed: in Python, `timeout`. Then those that are not over are pending.
    pub fn at_most(mut self, limit: Duration) -> Wait<T> {
        self.limit = Some(limit);
        self
    }
}

impl<T: 'static> Future for Wait<T> {
    type Output = Result<Waited<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.tasks.tasks.is_empty() {
            return Poll::Ready(Err(Error::raised("ValueError: Set of Tasks/Futures is empty.")));
        }
        if self.tasks.poll(context).is_pending() {
            if let Some(limit) = self.limit.take() {
                self.timer = Some(timer_in(limit, Due::Wake(context.waker().clone())).0);
            }
            if !self.timer.as_ref().is_some_and(|timer| timer.is_over(context.waker())) {
                return Poll::Pending;
            }
            lane::with(|lane| lane.wait = None);
        }
        let (done, pending) = std::mem::take(&mut self.tasks.tasks).into_iter().partition(Task::is_done);
        Poll::Ready(Ok(Waited { done, pending }))
    }
}
