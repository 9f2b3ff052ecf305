//! An event loop as other threads see it: they have it call something, or run a task.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use std::time::Duration;
//! use weft::runtime::tasks::{run_main, running_loop, sleep, to_thread};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let event_loop = running_loop();
//!     let asks = move || {
//!         let sum = event_loop.spawn("sum", || async {
//!             sleep(Duration::from_millis(1)).await;
//!             Ok(1 + 2)
//!         });
//!         sum.result()
//!     };
//!     assert_eq!(to_thread("asks", asks).await?, Ok(3));
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```

use std::future::Future;
use std::sync::{Arc, OnceLock};

use super::executor::current;
use super::turns::{ReadyQueue, Turn};
use super::{Error, spawn};
use crate::runtime::lane;
use crate::runtime::threads::{self, Promise};
use crate::trace::{LaneId, Nanos};

/// An event loop, for other threads. Clones are the same loop.
#[derive(Clone)]
pub struct LoopHandle {
    ready: Arc<ReadyQueue>,
}

/// The event loop that runs on this thread: in Python, `asyncio.get_running_loop()`.
///
/// # Panics
/// Outside an event loop.
pub fn running_loop() -> LoopHandle {
    LoopHandle { ready: current().ready.clone() }
}

impl LoopHandle {
    /// Has the loop call this, after everything that is ready now: in Python, `loop.call_soon_threadsafe(callback)`.
    /// If the loop does not run, it is called when it does again; never, if it is closed before.
    ///
    /// # Errors
    /// If the loop is closed.
    pub fn call_soon(&self, callback: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let cause = lane::try_with(|context| context.cause());
        match self.ready.push(Turn::Posted(Box::new(callback), cause)) {
            true => Ok(()),
            false => Err(Error::raised("RuntimeError: Event loop is closed")),
        }
    }

    /// Has the loop run what `make` returns as a task, and returns its result's future, for threads: in Python,
    /// `asyncio.run_coroutine_threadsafe(make(), loop)`. Cancelling the future cancels the task, which cleans up then;
    /// if the task is cancelled, or the loop is closed before, the future is cancelled.
    pub fn spawn<T, F>(
        &self,
        name: impl Into<String>,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> threads::Future<Result<T, Error>>
    where
        T: Clone + Send + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let name = name.into();
        let promise = Promise::new(name.clone());
        let future = threads::Future::of(promise.clone());
        let task_lane = Arc::new(OnceLock::new());
        future.add_done_callback({
            let (handle, task_lane) = (self.clone(), task_lane.clone());
            move |future| {
                if future.cancelled() {
                    // A loop that is closed has no task of it.
                    let _ = handle.call_soon(move || task_lane.get().copied().into_iter().for_each(cancel_task));
                }
            }
        });
        let owed = Owed(promise);
        // If the loop is closed, what is owed is dropped with this.
        let _ = self.call_soon(move || {
            if owed.future().cancelled() {
                return;
            }
            let task = spawn(name, make());
            let _ = task_lane.set(task.core().info.lane);
            let ended = task.clone();
            task.core().on_end(move |_| owed.pay(ended.shared.result()));
        });
        future
    }
}

/// Cancels the task of this loop that has this lane, if it is not over.
fn cancel_task(lane: LaneId) {
    for task in current().tasks() {
        if task.core().info.lane == lane {
            task.core().cancel();
        }
    }
}

/// The result that a thread waits for. If it can no longer come, the thread's future is cancelled.
struct Owed<T>(Arc<Promise<Result<T, Error>>>);

impl<T> Owed<T> {
    fn future(&self) -> threads::Future<Result<T, Error>> {
        threads::Future::of(self.0.clone())
    }

    fn pay(self, result: Result<T, Error>) {
        if !matches!(result, Err(Error::Cancelled)) && self.0.begin() {
            self.0.keep(result, &mut Nanos::default()).tell();
        }
    }
}

impl<T> Drop for Owed<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
