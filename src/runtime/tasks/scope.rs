//! A named part of a task's work, across its awaits.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let rows = scope("query", async {
//!     sleep(Duration::from_millis(1)).await;
//!     3
//! });
//! assert_eq!(rows.await, 3);
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::runtime::lane;

/// Awaits `body` as a part of the current task that has a name on the chart: from its first poll until it has ended or
/// is dropped. Scopes may be nested; one task must not await two of them at the same time.
pub fn scope<F: Future>(name: impl Into<String>, body: F) -> Scope<F> {
    Scope { name: name.into(), body: Some(Box::pin(body)), open: false }
}

/// A named part of a task, to be awaited.
pub struct Scope<F> {
    name: String,
    body: Option<Pin<Box<F>>>,
    open: bool,
}

impl<F> Scope<F> {
    fn close(&mut self) {
        self.body = None;
        if std::mem::take(&mut self.open) {
            lane::with(lane::Context::scope_ended);
        }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if !std::mem::replace(&mut self.open, true) {
            lane::with(|lane| lane.scope_began(&self.name));
        }
        let body = self.body.as_mut().expect("it is not awaited again after its end");
        let polled = body.as_mut().poll(context);
        if polled.is_ready() {
            self.close();
        }
        polled
    }
}

impl<F> Drop for Scope<F> {
    fn drop(&mut self) {
        self.close();
    }
}
