//! What one lane handed to another that did not have to wait for it.

use super::{Lane, Resource, Timeline};
use crate::trace::{Cause, EventKind, LaneId, Nanos, Target};

/// A lane took what another had given earlier: an item, a lock, the end that it joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// What it was.
    pub on: Target,
    /// Who gave it, and when.
    pub from: Cause,
    /// Who took it.
    pub to: LaneId,
    /// When.
    pub time: Nanos,
}

impl Timeline {
    /// All of them, in no order. (Where a lane waited for another, its [`Change`](super::Change) says so.)
    pub fn hand_overs(&self) -> impl Iterator<Item = HandOver> {
        let passed = self.lanes.iter().flat_map(met);
        let acquired = self.resources.iter().flat_map(taken);
        passed.chain(acquired).filter(|hand_over| hand_over.from.lane != hand_over.to)
    }
}

fn met(lane: &Lane) -> impl Iterator<Item = HandOver> {
    lane.passed
        .iter()
        .filter_map(|passed| Some(HandOver { on: passed.on, from: passed.cause?, to: lane.id, time: passed.time }))
}

fn taken(resource: &Resource) -> impl Iterator<Item = HandOver> {
    resource.events.iter().filter_map(|event| match event.kind {
        EventKind::Acquired { resource, cause: Some(from) } => {
            Some(HandOver { on: Target::Resource(resource), from, to: event.lane, time: event.time })
        }
        _ => None,
    })
}
