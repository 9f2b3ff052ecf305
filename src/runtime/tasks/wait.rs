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
//! let Waited { done, pending } = wait(tasks, When::FirstCompleted).await;
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
use std::task::{Context, Poll, ready};

use super::Task;
use super::several::{Several, Until};
use crate::runtime::lane::Site;

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

/// Waits for one of these tasks, or all: in Python, `asyncio.wait`. This returns no errors; awaiting a task that is
/// done gives its result. If this is dropped, the tasks go on.
#[track_caller]
pub fn wait<T>(tasks: impl IntoIterator<Item = Task<T>>, when: When) -> Wait<T> {
    let until = match when {
        When::FirstCompleted => Until::OneIsDone,
        When::FirstError => Until::OneFailed,
        When::All => Until::AllAreDone,
    };
    Wait(Several::new(tasks.into_iter().collect(), until, "wait", Site::caller()))
}

/// The end of some tasks, to be awaited.
pub struct Wait<T>(Several<T>);

impl<T> Future for Wait<T> {
    type Output = Waited<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Waited<T>> {
        ready!(self.0.poll(context));
        let (done, pending) = std::mem::take(&mut self.0.tasks).into_iter().partition(Task::is_done);
        Poll::Ready(Waited { done, pending })
    }
}
