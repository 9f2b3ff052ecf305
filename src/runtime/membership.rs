//! What a lane knows of the GIL that it is under. How the GIL passes from lane to lane is the business of
//! `threads::gil`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use super::host::Monitor;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, Target};

/// What the threads under a GIL share.
pub(super) struct Shared {
    pub(super) resource: ResourceId,
    /// The switch interval, in nanoseconds.
    pub(super) interval: AtomicU64,
    /// Told who holds it when a lane requests it.
    pub(super) on_request: Option<fn(LaneId)>,
    pub(super) holding: Monitor<Holding>,
    /// A lane has requested it, and none has taken it since. Kept apart, so that a checkpoint costs only a load.
    pub(super) asked: AtomicBool,
}

pub(super) struct Holding {
    /// The thread that has it.
    pub(super) holder: Option<LaneId>,
    /// Which thread had it last.
    pub(super) latest: Option<LaneId>,
    /// Who gave it up last.
    pub(super) released: Option<Cause>,
    /// How many times it has passed to a thread other than the one that had it last.
    pub(super) switches: u64,
    /// When that happened last.
    pub(super) switched: Nanos,
    /// How many lanes want it.
    pub(super) wanted: usize,
    /// Time of the latest event; the next is put after it.
    pub(super) last: Nanos,
}

/// The GIL that the current lane is under.
pub(super) struct Membership {
    pub(super) gil: Arc<Shared>,
    pub(super) holds: bool,
}

/// Since when a lane that was woken has wanted the GIL.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) on: Target,
    pub(super) since: Nanos,
}
