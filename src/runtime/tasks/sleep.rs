//! Sleeping in a task: the event loop runs others meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::executor::current;
use super::timers::{Due, Timer};
use crate::runtime::lane::{self, Site, WaitReason, scaled};
use crate::trace::{Nanos, State};

/// Completes after `duration` at the run's speed, never earlier: in Python, `asyncio.sleep`. A sleep of zero lets the
/// tasks that are ready go first.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { duration, site: Site::caller(), timer: None, passed: false }
}

/// A sleep, to be awaited. It begins when it is first polled.
pub struct Sleep {
    duration: Duration,
    site: Site,
    timer: Option<Timer>,
    /// It is a sleep of zero, and has let others go first.
    passed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.duration.is_zero() {
            if std::mem::replace(&mut self.passed, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            let wait = WaitReason { state: State::Ready, on: None, site: Some(self.site), from: None };
            lane::with(|lane| lane.wait = Some(wait));
            return Poll::Pending;
        }
        let mut from = None;
        if let Some(timer) = &self.timer {
            if timer.is_over(context.waker()) {
                return Poll::Ready(());
            }
        } else {
            let (timer, began) = timer_in(self.duration, Due::Wake(context.waker().clone()));
            self.timer = Some(timer);
            from = Some(began);
        }
        let wait = WaitReason { state: State::Sleeping, on: None, site: Some(self.site), from };
        lane::with(|lane| lane.wait = Some(wait));
        Poll::Pending
    }
}

/// A timer for the current task, at the run's speed; and when its time began.
pub(super) fn timer_in(duration: Duration, due: Due) -> (Timer, Nanos) {
    let wait = Nanos::from(scaled(duration));
    let began = lane::now();
    (Timer::set(&current().timers, began + wait, due), began)
}
