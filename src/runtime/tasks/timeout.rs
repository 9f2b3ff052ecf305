//! Time-outs: a deadline for one await, or for several.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let slow = spawn("slow", async {
//!     sleep(Duration::from_secs(60)).await;
//!     Ok(())
//! });
//! assert_eq!(wait_for(slow, Duration::from_millis(1)).await, Err(Error::TimedOut));
//!
//! let result = timeout(Duration::from_millis(5), async {
//!     sleep(Duration::from_millis(1)).await;
//!     sleep(Duration::from_secs(60)).await; // Cut here.
//!     Ok(())
//! });
//! assert_eq!(result.await, Err(Error::TimedOut));
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Error;
use super::sleep::timer_in;
use super::timers::Timer;
use crate::runtime::lane;

/// Awaits this for at most `limit`, at the run's speed: in Python, `asyncio.wait_for(operation, limit)`. When the time
/// is up, it is dropped where it waits, and this returns [`Error::TimedOut`]; a task is cancelled, and cleans up at its
/// next turn. What completes in the turn in which the time is up is in time, as in CPython 3.11.
#[track_caller]
pub fn wait_for<T, F>(operation: F, limit: Duration) -> Timeout<F::IntoFuture>
where
    F: IntoFuture<Output = Result<T, Error>>,
{
    Timeout { inner: Some(Box::pin(operation.into_future())), limit, timer: None, strict: false }
}

/// Awaits all of this for at most `limit`: in Python, `async with asyncio.timeout(limit):` around several awaits. When
/// the time is up, `body` is dropped at the await where it is, which a mark names, and this returns
/// [`Error::TimedOut`], even if what that await waits for has arrived in the same turn of the loop. (In Python a
/// `CancelledError` arrives at that await, and becomes a `TimeoutError` at the end of the block.)
pub fn timeout<T, F>(limit: Duration, body: F) -> Timeout<F>
where
    F: Future<Output = Result<T, Error>>,
{
    Timeout { inner: Some(Box::pin(body)), limit, timer: None, strict: true }
}

/// Something with a deadline, to be awaited. Its time begins when it is first polled.
pub struct Timeout<F> {
    inner: Option<Pin<Box<F>>>,
    limit: Duration,
    timer: Option<Timer>,
    /// Once the time is up, what waits inside is not polled again.
    strict: bool,
}

impl<F> Timeout<F> {
    fn is_over(&self, context: &Context<'_>) -> bool {
        self.timer.as_ref().is_some_and(|timer| timer.is_over(context.waker()))
    }
}

impl<T, F: Future<Output = Result<T, Error>>> Future for Timeout<F> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        if self.timer.is_none() {
            self.timer = Some(timer_in(self.limit, context).0);
        }
        let cut = if self.strict && self.is_over(context) {
            lane::with(|lane| lane.waited)
        } else {
            let inner = self.inner.as_mut().expect("it is not awaited again after its end");
            if let Poll::Ready(result) = inner.as_mut().poll(context) {
                (self.timer, self.inner) = (None, None);
                return Poll::Ready(result);
            }
            if !self.is_over(context) {
                return Poll::Pending;
            }
            lane::with(|lane| lane.wait.take())
        };
        match cut.and_then(|wait| wait.site) {
            Some(site) => lane::with(|lane| lane.mark(&format!("timed out at {}", lane.run.recorder.place(site)))),
            None => lane::with(|lane| lane.mark("timed out")),
        }
        self.inner = None;
        Poll::Ready(Err(Error::TimedOut))
    }
}
