//! A word of a run's shared memory that changes when something may have come for a lane that waits for several
//! channels at once, since a lane can wait for one word only.

use std::sync::Arc;
use std::time::Duration;

use super::passing::Place;
use crate::runtime::host::{LocalWords, Words};

/// How often it has rung, and how many lanes sleep until it does.
const RUNG: usize = 0;
const ASLEEP: usize = 1;

/// There is one for all channels of a run. Clones are the same bell.
#[derive(Clone)]
pub(super) struct Bell(Arc<dyn Words>);

impl Bell {
    /// A bell of this process.
    pub(super) fn new() -> Bell {
        Bell(LocalWords::new(2))
    }

    /// Wakes all that sleep.
    pub(super) fn ring(&self) {
        self.0.signal(RUNG, ASLEEP, u32::MAX);
    }

    /// How often it has rung. To be read before looking for what may have come.
    pub(super) fn rung(&self) -> u32 {
        self.0.load(RUNG)
    }

    /// Blocks until it has rung more often than that, or for `limit` at most. May return spuriously.
    pub(super) fn sleep(&self, rung: u32, limit: Option<Duration>) {
        self.0.sleep(RUNG, rung, ASLEEP, limit);
    }

    /// Where it is, as it is packed in arguments.
    pub(super) fn place(&self) -> Place {
        Place::of(&self.0)
    }

    /// The bell of the main program, in a process that was told where it is.
    pub(super) fn at<E: serde::de::Error>(place: Place) -> Result<Bell, E> {
        place.words().map(Bell)
    }
}
