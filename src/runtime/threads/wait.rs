//! What all waits of threads have in common: the trace is told when they begin, on what, and who ended them.

use std::sync::Arc;
use std::time::Duration;

use crate::runtime::host::{Monitor, MonitorGuard, Signal};
use crate::runtime::lane::{self, Site};
use crate::trace::{Cause, Nanos, State, Target};

/// A wait of the current lane, which has begun.
pub(in crate::runtime) struct Wait {
    site: Option<Site>,
    since: Nanos,
    until: Option<Nanos>,
}

impl Wait {
    /// The current lane is blocked from now on, for at most so long if there is a time-out.
    pub(in crate::runtime) fn begin(on: Target, site: Option<Site>, timeout: Option<Duration>) -> Wait {
        lane::with(|context| {
            let since = context.state(State::Blocked, Some(on), site);
            let until = timeout.map(|timeout| since + context.run.scaled(timeout));
            if let Some(until) = until {
                context.deadline(until);
            }
            Wait { site, since, until }
        })
    }

    /// Blocks until there may be something new under the monitor; false, at once, if the time is up.
    ///
    /// So whoever waits looks once more after its time is up, and takes what came at the last moment.
    pub(in crate::runtime) fn sleep<T>(&self, monitor: &mut MonitorGuard<'_, T>, signal: Option<&Signal>) -> bool {
        let left = self.left();
        if left == Some(Duration::ZERO) {
            return false;
        }
        monitor.wait_on(signal, left);
        true
    }

    /// How much time is left, if there is a limit.
    pub(in crate::runtime) fn left(&self) -> Option<Duration> {
        self.until.map(|until| Duration::from_nanos(until.saturating_sub(lane::now()).0))
    }

    /// The lane goes on: `cause` has ended its wait, or nobody has, and its time is up.
    pub(in crate::runtime) fn over(self, cause: Option<Cause>) {
        lane::with(|context| context.resumed(self.since, cause, self.site));
    }
}

/// A place where one lane waits to be told something.
pub(super) struct Slot<T>(Monitor<Option<T>>);

impl<T> Slot<T> {
    pub(super) fn new() -> Arc<Slot<T>> {
        Arc::new(Slot(Monitor::new(None)))
    }

    /// Tells it.
    pub(super) fn tell(&self, what: T) {
        *self.0.lock() = Some(what);
        self.0.notify_one();
    }

    /// Blocks until it is told; `None` if the time is up.
    pub(super) fn wait(&self, wait: &Wait) -> Option<T> {
        let mut told = self.0.lock();
        loop {
            if let Some(what) = told.take() {
                return Some(what);
            }
            if !wait.sleep(&mut told, None) {
                return None;
            }
        }
    }

    /// What it was told, if it was.
    pub(super) fn told(&self) -> Option<T> {
        self.0.lock().take()
    }
}

/// Who made room, or gave back permits: in that order whoever takes them was woken by them.
#[derive(Default)]
pub(super) struct Freed(std::collections::VecDeque<Cause>);

impl Freed {
    /// One more was made free.
    pub(super) fn give(&mut self, cause: Cause) {
        self.0.push_back(cause);
    }

    /// One is taken, which leaves `left` free. `None` if that one was free from the beginning.
    pub(super) fn take(&mut self, left: usize) -> Option<Cause> {
        if self.0.len() > left { self.0.pop_front() } else { None }
    }
}
