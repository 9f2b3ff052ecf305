//! Awaiting several tasks together.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let tasks = (1..=3).map(|number| spawn(format!("square-{number}"), async move { Ok(number * number) }));
//! assert_eq!(gather(tasks).await?, [1, 4, 9]);
//!
//! let good = spawn("good", async { Ok(1) });
//! let bad = spawn("bad", async { Err(Error::raised("no luck")) });
//! let results = gather([good, bad]).collect_errors().await?;
//! assert_eq!(results, [Ok(1), Err(Error::raised("no luck"))]);
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::executor::current;
use super::several::{Several, Until};
use super::{Error, Task};
use crate::runtime::lane::Site;

/// Waits for all of these tasks, and returns their values, in their order: in Python, `asyncio.gather`.
///
/// As soon as one fails or is cancelled, this returns its error; the others go on. With [`Gather::collect_errors`] it
/// waits for all and returns every result, in Python `return_exceptions=True`. If the awaiting task is cancelled
/// meanwhile, so are these, and it goes on, with [`Error::Cancelled`], when they are over.
#[track_caller]
pub fn gather<T: Clone + 'static>(tasks: impl IntoIterator<Item = Task<T>>) -> Gather<T> {
    let tasks = tasks.into_iter().collect();
    Gather(Several::new(tasks, Until::OneGivesNothing, "gather", Site::caller()))
}

/// The end of several tasks, or the first error of one, to be awaited.
pub struct Gather<T>(Several<T>);

impl<T: Clone + 'static> Gather<T> {
    /// Waits for the end of all instead, and returns each one's result.
    pub fn collect_errors(mut self) -> GatherResults<T> {
        self.0.set_until(Until::AllAreDone);
        GatherResults(self)
    }

    /// Ready with why there are no results, if so.
    fn poll_all(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.0.poll(context).is_pending() {
            if let Some(ends) = self.0.ends() {
                current().current_task().core().awaits(ends);
            }
            return Poll::Pending;
        }
        Poll::Ready(match self.0.first() {
            Some(task) => task.shared.result().map(drop),
            None if self.0.are_cancelled() => Err(Error::Cancelled),
            None => Ok(()),
        })
    }

    fn results(&self) -> impl Iterator<Item = Result<T, Error>> {
        self.0.tasks.iter().map(|task| task.shared.result())
    }
}

impl<T: Clone + 'static> Future for Gather<T> {
    type Output = Result<Vec<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<T>, Error>> {
        let all = ready!(self.poll_all(context));
        Poll::Ready(all.and_then(|()| self.results().collect()))
    }
}

/// The end of several tasks, to be awaited.
pub struct GatherResults<T>(Gather<T>);

impl<T: Clone + 'static> Future for GatherResults<T> {
    type Output = Result<Vec<Result<T, Error>>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let all = ready!(self.0.poll_all(context));
        Poll::Ready(all.map(|()| self.0.results().collect()))
    }
}
