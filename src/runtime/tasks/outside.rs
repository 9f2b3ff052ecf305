//! Waiting for what happens outside the program: a response, a file, a database, another thread or process.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{ResourceId, ResourceKind, Target};

/// Something outside, under a name for the trace.
pub(super) fn outside(name: &str) -> ResourceId {
    lane::with(|context| context.define_resource(ResourceKind::Outside, name))
}

/// Awaits `future`; the task is suspended on `on` meanwhile. If there is nothing to wait for, that is recorded as a
/// wait that was already over.
pub(super) fn waits<F: Future>(on: impl Into<Target>, site: Site, future: F) -> Waits<F> {
    Waits { on: on.into(), site, met: false, future: Box::pin(future) }
}

/// The same for what usually needs no wait, such as a buffer: only an actual wait is recorded.
pub(super) fn may_wait<F: Future>(on: impl Into<Target>, site: Site, future: F) -> Waits<F> {
    Waits { on: on.into(), site, met: true, future: Box::pin(future) }
}

/// A future that waits for something outside.
pub(super) struct Waits<F> {
    on: Target,
    site: Site,
    /// That the task came to this has been recorded, or need not be.
    met: bool,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Waits<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.future.as_mut().poll(context);
        let met = std::mem::replace(&mut self.met, true);
        lane::with(|lane| match polled {
            Poll::Pending => lane.wait = Some(WaitReason::suspended(Some(self.on), self.site)),
            Poll::Ready(_) if !met => lane.passed(self.on, None, Some(self.site)),
            Poll::Ready(_) => {}
        });
        polled
    }
}
