//! Handing CPU-bound work to another thread or process, so that the event loop goes on.
//!
//! ```
//! use weft::runtime::tasks::{run_main, to_thread};
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let sum: u64 = to_thread("sum", || (1..=1_000_000).sum()).await?;
//!     print(format!("the sum is {sum}"));
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.to_thread`, and `loop.run_in_executor` with a `ProcessPoolExecutor`. Unlike Python, where a pool
//! is behind them, each call has a thread or a process of its own. Unlike Python, where an executor begins at once, the
//! work begins when the future is first awaited. A thread that is at work cannot be cancelled in either language: if the
//! future is dropped, the thread goes on, and its result is lost.

use std::future::{Future, poll_fn};
use std::task::Poll;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use super::outside::waits;
use crate::runtime::lane::{Site, scope};
use crate::runtime::processes::{Entry, Exit, Process};
use crate::runtime::threads::spawn;

/// Runs `work` in a thread of this name, and returns its result: in Python, `asyncio.to_thread(work)`.
///
/// # Errors
/// [`Error::Cancelled`], if the run was ended in the middle of it.
///
/// # Panics
/// If more threads would live at the same time than the run has workers.
#[track_caller]
pub fn to_thread<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> impl Future<Output = Result<R, Error>> {
    let site = Site::caller();
    async move {
        let thread = spawn(name, work);
        let end = poll_fn(|context| thread.poll_end(context.waker()));
        waits(thread.lane(), site, end).await.ok_or(Error::Cancelled)
    }
}

/// Calls `entry` with `arguments` in a process of this name, and returns its result: in Python,
/// `loop.run_in_executor(ProcessPoolExecutor(), entry, arguments)`. `R` is the type that the function returns.
///
/// # Errors
/// If the process fails or dies, or returned something else.
///
/// # Panics
/// If the arguments cannot be packed, or no process can be started here.
#[track_caller]
pub fn to_process<A: Serialize, R: DeserializeOwned>(
    name: &str,
    entry: &Entry<A, R>,
    arguments: A,
) -> impl Future<Output = Result<R, Error>> {
    let site = Site::caller();
    async move {
        let process = Process::start(name, entry, arguments);
        let end = poll_fn(|context| match process.poll_end(context.waker()) {
            Some(exit) => Poll::Ready(exit),
            None => Poll::Pending,
        });
        let Exit { result, error, .. } = waits(process.lane(), site, end).await;
        if let Some(error) = error {
            return Err(Error::raised(format!("{name}: {error}")));
        }
        let size = result.len();
        scope(&format!("unpack {size} bytes"), || postcard::from_bytes(&result))
            .map_err(|error| Error::raised(format!("{name}: its result of {size} bytes does not unpack: {error}")))
    }
}
