//! What all waits of threads have in common: recording when they begin, what they are for, and who ended them.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::gil;
use crate::runtime::host::{Monitor, MonitorGuard, Signal};
use crate::runtime::lane::{self, Site};
use crate::runtime::membership::Wanted;
use crate::trace::{Cause, Nanos, State, Target};

/// A wait of the current lane, which has begun.
pub(in crate::runtime) struct BlockingWait {
    site: Option<Site>,
    since: Nanos,
    until: Option<Nanos>,
    /// Since when the lane has wanted the GIL, when it was woken last.
    wanted: Cell<Option<Wanted>>,
}

impl BlockingWait {
    /// The current lane is blocked from now on, for at most `timeout` if there is one.
    pub(in crate::runtime) fn begin(
        on: impl Into<Option<Target>>,
        site: Option<Site>,
        timeout: Option<Duration>,
    ) -> BlockingWait {
        let on = on.into();
        lane::with(|context| {
            let on = context.outer.or(on);
            let since = context.state(State::Blocked, on, site);
            let until = timeout.map(|timeout| since + context.run.scaled(timeout));
            if let Some(until) = until {
                context.deadline(until);
            }
            BlockingWait { site, since, until, wanted: Cell::new(None) }
        })
    }

    /// Blocks until there may be something new under the monitor; false, at once, if the time is up.
    ///
    /// So a waiter checks once more after its time is up, and takes what came at the last moment.
    pub(in crate::runtime) fn sleep<T>(&self, monitor: &mut MonitorGuard<'_, T>, signal: Option<&Signal>) -> bool {
        let left = self.left();
        if left == Some(Duration::ZERO) {
            return false;
        }
        match gil::give_up() {
            None => drop(monitor.wait_on(signal, left)),
            Some(gil) => {
                // A lane that only checks for cancellation needs no GIL.
                while !monitor.wait_on(signal, self.left()) {}
                self.wanted.set(gil.take_back_outside(monitor));
            }
        }
        true
    }

    /// Blocks as `block` does, which is given the time left; false, at once, if the time is up.
    pub(in crate::runtime) fn sleep_in(&self, block: impl FnOnce(Option<Duration>)) -> bool {
        let left = self.left();
        if left == Some(Duration::ZERO) {
            return false;
        }
        let given_up = gil::give_up();
        block(left);
        self.wanted.set(given_up.and_then(|gil| gil.take_back()));
        true
    }

    /// From now on it may take any time.
    pub(super) fn limit_no_more(&mut self) {
        self.until = None;
    }

    /// How much time is left, if there is a limit.
    pub(in crate::runtime) fn left(&self) -> Option<Duration> {
        self.until.map(|until| Duration::from_nanos(until.saturating_sub(lane::now()).0))
    }

    /// The lane goes on: `cause` has ended its wait, or its time is up.
    pub(in crate::runtime) fn over(self, cause: Option<Cause>) {
        lane::with(|context| match self.wanted.take() {
            Some(wanted) => context.resumed_after(wanted, self.since, cause, self.site),
            None => context.resumed(self.since, cause, self.site),
        });
    }
}

/// A place where one lane waits to be told something.
pub(super) struct Oneshot<T>(Monitor<Option<T>>);

impl<T> Oneshot<T> {
    pub(super) fn new() -> Arc<Oneshot<T>> {
        Arc::new(Oneshot(Monitor::new(None)))
    }

    /// Tells it.
    pub(super) fn tell(&self, what: T) {
        *self.0.lock() = Some(what);
        self.0.notify_one();
    }

    /// Blocks until it is told; `None` if the time is up.
    pub(super) fn wait(&self, wait: &BlockingWait) -> Option<T> {
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
