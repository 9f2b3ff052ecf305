//! Awaiting a task without passing a cancellation on to it.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let payment = spawn("payment", async {
//!     sleep(Duration::from_millis(2)).await;
//!     Ok("paid")
//! });
//! let waiter = spawn("waiter", shield(payment.clone()));
//! sleep(Duration::from_millis(1)).await;
//! waiter.cancel();
//! assert_eq!(waiter.await, Err(Error::Cancelled));
//! assert_eq!(payment.await, Ok("paid"));
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::IntoFuture;

use super::Task;
use super::task::Join;

/// Awaits a task as `task.await` does; but if the awaiting task is cancelled, this one is not: in Python,
/// `asyncio.shield`. Keep a clone of the handle to await it again.
#[track_caller]
pub fn shield<T: Clone + 'static>(task: Task<T>) -> Join<T> {
    let mut join = task.into_future();
    join.shields = true;
    join
}
