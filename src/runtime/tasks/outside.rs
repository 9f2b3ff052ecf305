//! Waiting for what happens outside of the program: a response, a file, a database, another thread or process.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::runtime::lane::{self, Site, Wait};
use crate::trace::{ResourceId, ResourceKind, Target};

/// Something outside, under a name for the trace.
pub(super) fn outside(name: &str) -> ResourceId {
    lane::with(|context| context.define_resource(ResourceKind::Outside, name))
}

/// Awaits `future`; the task is suspended on `on` meanwhile.
pub(super) fn waits<F: Future>(on: impl Into<Target>, site: Site, future: F) -> Waits<F> {
    Waits { on: on.into(), site, future: Box::pin(future), waited: false }
}

/// A future that waits for something outside.
pub(super) struct Waits<F> {
    on: Target,
    site: Site,
    future: Pin<Box<F>>,
    waited: bool,
}

impl<F: Future> Future for Waits<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.future.as_mut().poll(context);
        if polled.is_pending() {
            self.waited = true;
            lane::with(|lane| lane.wait = Some(Wait::suspended(Some(self.on), self.site)));
        } else if !self.waited {
            // It was so quick that there was nothing to wait for.
            lane::with(|lane| lane.passed(self.on, None, Some(self.site)));
        }
        polled
    }
}
