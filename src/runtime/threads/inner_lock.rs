//! A lock that is a part of something else, such as those in Python's own library. It is no resource of the trace, and
//! works outside a run as long as nobody has to wait for it; a lane that waits records that, and who ended the wait.

use std::time::Duration;

use super::wait::BlockingWait;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::trace::Cause;

/// A lock inside another primitive. Any lane may release it.
#[derive(Default)]
pub struct InnerLock(Monitor<Holding>);

#[derive(Default)]
struct Holding {
    held: bool,
    waiting: usize,
    /// Who released it for those that wait.
    released: Option<Cause>,
}

impl InnerLock {
    /// A lock that nobody holds.
    pub fn new() -> InnerLock {
        InnerLock::default()
    }

    /// Takes it if it is free.
    pub fn try_acquire(&self) -> bool {
        !std::mem::replace(&mut self.0.lock().held, true)
    }

    /// Takes it, waiting until it is free, for at most `timeout` if there is one; false if the time is up.
    ///
    /// # Panics
    /// If it has to wait outside a run.
    #[track_caller]
    pub fn acquire(&self, timeout: Option<Duration>) -> bool {
        let mut holding = self.0.lock();
        if !std::mem::replace(&mut holding.held, true) {
            return true;
        }
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return false;
        }
        let wait = BlockingWait::begin(None, Some(Site::caller()), timeout);
        holding.waiting += 1;
        let taken = loop {
            let in_time = wait.sleep(&mut holding, None);
            if !std::mem::replace(&mut holding.held, true) {
                break true;
            }
            if !in_time {
                break false;
            }
        };
        holding.waiting -= 1;
        wait.over(if taken { holding.released } else { None });
        taken
    }

    /// Releases it; false if nobody holds it.
    pub fn release(&self) -> bool {
        let mut holding = self.0.lock();
        let held = std::mem::replace(&mut holding.held, false);
        if held && holding.waiting > 0 {
            holding.released = lane::try_with(|context| context.cause());
            drop(holding);
            self.0.notify_one();
        }
        held
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.0.lock().held
    }
}
