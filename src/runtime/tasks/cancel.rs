//! Cancelling a task, and cleaning up.
//!
//! As in Python, a request to end goes to what a task awaits: a task that awaits another one passes it on, and that one
//! to what it awaits. The innermost is cancelled where it waits, cleans up, and ends; then the one that awaits it goes on,
//! with [`Error::Cancelled`] or whatever else the other has made of it.
//!
//! Unlike Python, where a `CancelledError` is raised at the await, a future that waits for something else than a task or
//! a future is dropped there, so destructors are its clean-up, and nothing after that await is executed.
//! [`catch_cancel`] catches it, for clean-up that has to await something itself.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let task = spawn("task", async {
//!     let _cleanup = finally(|| print("closed"));
//!     sleep(Duration::from_secs(60)).await;
//!     Ok(print("never printed"))
//! });
//! sleep(Duration::from_millis(1)).await;
//! task.cancel();
//! assert_eq!(task.await, Err(Error::Cancelled)); // "closed" was printed.
//!
//! let polite = spawn("polite", async {
//!     let work = async {
//!         sleep(Duration::from_secs(60)).await;
//!         Ok(())
//!     };
//!     let result = catch_cancel(work).await;
//!     if result == Err(Error::Cancelled) {
//!         sleep(Duration::from_millis(1)).await;
//!         print("said goodbye");
//!     }
//!     result
//! });
//! sleep(Duration::from_millis(1)).await;
//! polite.cancel();
//! assert_eq!(polite.await, Err(Error::Cancelled));
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::core::Ends;
use super::executor::{EventLoop, current};
use super::{Error, Task};
use crate::runtime::lane;

impl<T> Task<T> {
    /// Asks the task to end: in Python, `task.cancel()`. If it awaits a task or a [`Future`](super::Future), that is
    /// asked first, and it goes on when that is over. Otherwise its future is dropped at its next turn, at the await
    /// where it waits, up to the innermost [`catch_cancel`], [`timeout`](super::timeout) or
    /// [`task_group`](super::task_group) that it is in. False if it is over already. A task that has never had a turn
    /// never runs.
    pub fn cancel(&self) -> bool {
        self.core().cancel()
    }

    /// Whether it is over because it was cancelled: in Python, `task.cancelled()`.
    pub fn is_cancelled(&self) -> bool {
        *self.core().error.borrow() == Some(Error::Cancelled)
    }

    /// How often it was asked to end, without what was taken back: in Python, `task.cancelling()`.
    pub fn cancelling(&self) -> u32 {
        self.core().cancelling()
    }

    /// Takes back a request to end, and returns how many are left: in Python, `task.uncancel()`.
    pub fn uncancel(&self) -> u32 {
        self.core().uncancel()
    }
}

impl EventLoop {
    /// Cancels all tasks that are not over, and returns them.
    pub(super) fn cancel_all(&self) -> Vec<Rc<dyn Ends>> {
        let tasks = self.tasks();
        for task in &tasks {
            task.core().cancel();
        }
        tasks
    }
}

/// Calls `cleanup` when this is dropped: at the end of the block, by a return or `?`, or because the task is cancelled.
/// In Python, `try: … finally: cleanup()`.
pub fn finally<F: FnOnce()>(cleanup: F) -> Finally<F> {
    Finally(Some(cleanup))
}

/// Clean-up that is still to be done.
pub struct Finally<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for Finally<F> {
    fn drop(&mut self) {
        if let Some(cleanup) = self.0.take() {
            cleanup();
        }
    }
}

/// Awaits `body`. If the task is cancelled meanwhile, only `body` is dropped, and this returns [`Error::Cancelled`], so
/// that the task can clean up with awaits of its own: in Python, `try: … except asyncio.CancelledError:`. It should
/// then pass the error on; a task that goes on instead does not count as cancelled.
pub fn catch_cancel<T, F>(body: F) -> CatchCancel<F>
where
    F: Future<Output = Result<T, Error>>,
{
    CatchCancel { body: Some(Box::pin(body)), inside: None }
}

/// What [`catch_cancel`] returns, to be awaited.
pub struct CatchCancel<F> {
    body: Option<Pin<Box<F>>>,
    /// The task, and which of its catchers this is, from 1.
    inside: Option<(Rc<dyn Ends>, u32)>,
}

impl<F> CatchCancel<F> {
    /// What the task waits for from now on is in this.
    fn enter(&mut self) {
        let task = current().current_task();
        let depth = task.core().catchers.get() + 1;
        task.core().catchers.set(depth);
        self.inside = Some((task, depth));
    }

    /// Whether a cancellation has arrived that is this one's to catch, as the innermost.
    fn catches(&self) -> bool {
        self.inside
            .as_ref()
            .is_some_and(|(task, depth)| task.core().catchers.get() == *depth && task.core().must_cancel.replace(false))
    }

    /// Drops the body, and stops catching.
    fn leave(&mut self) {
        self.body = None;
        if let Some((task, _)) = self.inside.take() {
            let catchers = &task.core().catchers;
            catchers.set(catchers.get() - 1);
        }
    }
}

impl<T, F: Future<Output = Result<T, Error>>> Future for CatchCancel<F> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        // Before it has begun nothing in it waits, so nothing can be cancelled where it waits.
        if self.inside.is_none() {
            self.enter();
        } else if self.catches() {
            self.leave();
            lane::with(|lane| lane.wait = None);
            return Poll::Ready(Err(Error::Cancelled));
        }
        let body = self.body.as_mut().expect("it is not awaited again after its end");
        let polled = body.as_mut().poll(context);
        if polled.is_ready() {
            self.leave();
        }
        polled
    }
}

impl<F> Drop for CatchCancel<F> {
    fn drop(&mut self) {
        self.leave();
    }
}
