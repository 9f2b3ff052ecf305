//! Where the lanes and resources of a run are found, and how far taking in events has got.

use rustc_hash::FxHashMap;

use crate::trace::{LaneId, Nanos, ResourceId};

/// Where each lane and resource is, and how far each lane's scopes have got.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    pub(super) lanes: FxHashMap<LaneId, usize>,
    pub(super) resources: FxHashMap<ResourceId, usize>,
    /// As [`Timeline::lanes`](super::Timeline). Kept because counting the open ones each time one begins would take
    /// ever longer.
    pub(super) scopes: Vec<ScopesSoFar>,
    /// Resources with new events that are not sorted into place yet.
    pub(super) unsorted: Vec<Unsorted>,
}

/// The events of a resource from `sorted` on arrived after the others, which does not mean that they happened later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unsorted {
    pub(super) resource: usize,
    pub(super) sorted: usize,
}

/// Scopes of a lane nest, whatever the events say: none begins or ends before the latest time seen of any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ScopesSoFar {
    pub(super) open: u32,
    pub(super) latest: Nanos,
}

impl Index {
    pub(super) fn lane(&self, id: LaneId) -> Option<usize> {
        self.lanes.get(&id).copied()
    }

    pub(super) fn resource(&self, id: ResourceId) -> Option<usize> {
        self.resources.get(&id).copied()
    }
}
