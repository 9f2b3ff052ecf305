//! Sleeping in a task: the event loop runs others meanwhile.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::runtime::host;
use crate::runtime::lane::{self, Site, Wait, scaled};
use crate::trace::{Nanos, State};

/// Ends after `duration`: in Python, `asyncio.sleep`. Never earlier, at the run's speed.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { duration, site: Location::caller(), until: None, timer: None }
}

/// A sleep, to be awaited. It begins when it is first polled.
pub struct Sleep {
    duration: Duration,
    site: Site,
    until: Option<Nanos>,
    timer: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = lane::now();
        let duration = self.duration;
        let until = *self.until.get_or_insert_with(|| now + Nanos::from(scaled(duration)));
        loop {
            // Timers may come a moment early; then a short one follows.
            if let Some(timer) = &mut self.timer {
                if timer.as_mut().poll(context).is_pending() {
                    break;
                }
                self.timer = None;
                if lane::now() >= until {
                    return Poll::Ready(());
                }
            }
            let left = Duration::from_nanos(until.saturating_sub(lane::now()).0);
            self.timer = Some(Box::pin(host::timer(left)));
        }
        lane::with(|lane| lane.wait = Some(Wait { state: State::Sleeping, on: None, site: Some(self.site) }));
        Poll::Pending
    }
}
