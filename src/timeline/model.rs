//! What is known about a run: its lanes and resources, and queries about them.

use serde::{Deserialize, Serialize};

use super::index::Index;
use super::lane::{Lane, Span};
use crate::trace::{EventKind, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, SiteId, State, Target};

/// All that is known about a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The lanes, in the order in which they first appeared.
    pub lanes: Vec<Lane>,
    /// The resources, likewise.
    pub resources: Vec<Resource>,
    /// Source lines, indexed by [`SiteId`].
    pub sites: Vec<SourceLine>,
    /// Printed lines, by time.
    pub prints: Vec<Text>,
    /// Marks, by time.
    pub marks: Vec<Text>,
    /// What makes no sense.
    pub anomalies: Vec<Anomaly>,
    /// Effects whose clocks had put them before their causes.
    pub lifts: Lifts,
    /// Events taken in.
    pub events: u64,
    /// The latest time known: of an event, or as told by [`Timeline::advance`].
    pub now: Nanos,
    /// When recording ended before the run did, because of the cap.
    pub recording_ended: Option<Nanos>,
    pub(super) index: Index,
}

/// A lock, queue, future, shared cell…
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its number.
    pub id: ResourceId,
    /// What it is; unknown until its definition arrives.
    pub kind: Option<ResourceKind>,
    /// Its name in the code.
    pub name: String,
    /// What happened to it, by time.
    pub events: Vec<ResourceEvent>,
}

/// Something that happened to a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceEvent {
    /// When.
    pub time: Nanos,
    /// By whom.
    pub lane: LaneId,
    /// What: `Acquired`, `Released`, `Level`, `Read` or `Write`.
    pub kind: EventKind,
}

/// A line of a source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLine {
    /// Path from the top of the repository.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// A printed line, or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// When.
    pub time: Nanos,
    /// By which lane.
    pub lane: LaneId,
    /// What.
    pub text: String,
}

/// How many times an effect's time had to be lifted to its cause's, and by how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifts {
    /// How many times.
    pub count: u64,
    /// In total.
    pub total: Nanos,
    /// The largest.
    pub max: Nanos,
}

/// A lift above this is an anomaly: clocks of workers are calibrated better.
pub const LIFT_LIMIT: Nanos = Nanos::from_millis(1);

/// Something in the trace that makes no sense. The timeline goes on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// Where in the run.
    pub time: Nanos,
    /// In which lane.
    pub lane: Option<LaneId>,
    /// What, in a sentence.
    pub text: String,
}

/// What kept a run from going on as fast as it would, from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// The page was hidden: browsers slow down the timers of hidden pages.
    Hidden,
    /// Nothing went on for a while: the page or the machine was busy, or asleep.
    Standstill,
}

impl Disturbance {
    const ALL: [Disturbance; 2] = [Disturbance::Hidden, Disturbance::Standstill];

    /// The text of the mark that says so.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Disturbance::Hidden => "the page was hidden",
            Disturbance::Standstill => "the page or the machine stood still",
        }
    }
}

impl Timeline {
    /// What disturbed the run first, and when it was noticed.
    pub fn disturbance(&self) -> Option<(Nanos, Disturbance)> {
        self.marks.iter().find_map(|mark| {
            let disturbance = Disturbance::ALL.into_iter().find(|disturbance| disturbance.mark() == mark.text)?;
            Some((mark.time, disturbance))
        })
    }

    /// The lane with this number.
    pub fn lane(&self, id: LaneId) -> Option<&Lane> {
        self.index.lane(id).map(|at| &self.lanes[at])
    }

    /// Where in [`Timeline::lanes`] the lane with this number is.
    pub fn lane_position(&self, id: LaneId) -> Option<usize> {
        self.index.lane(id)
    }

    /// The first lane with this name.
    pub fn lane_named(&self, name: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.name == name)
    }

    /// The resource with this number.
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.index.resource(id).map(|at| &self.resources[at])
    }

    /// The source line with this number.
    pub fn site(&self, id: SiteId) -> Option<&SourceLine> {
        self.sites.get(id.0 as usize)
    }

    /// How many lanes compute now, or would if they had a core or the GIL: tasks take turns on their loop, which counts
    /// for them.
    pub fn at_work(&self) -> usize {
        let at_work = |lane: &&Lane| {
            let state = lane.changes.last().map(|change| change.state);
            let works = matches!(state, Some(State::Running | State::Ready));
            works && lane.end.is_none() && lane.kind != Some(LaneKind::Task)
        };
        self.lanes.iter().filter(at_work).count()
    }

    /// What a wait is for, by name: a resource, or "end of" a lane.
    pub fn target_name(&self, target: Target) -> String {
        match target {
            Target::Resource(id) => self.resource(id).map_or_else(|| format!("resource {}", id.0), |r| r.name.clone()),
            Target::Lane(id) => {
                let name = self.lane(id).map_or_else(|| format!("lane {}", id.0), |lane| lane.name.clone());
                format!("end of {name}")
            }
        }
    }

    /// All spans of all lanes.
    pub fn spans(&self) -> impl Iterator<Item = (&Lane, Span)> {
        self.lanes.iter().flat_map(|lane| lane.spans(self.now).map(move |span| (lane, span)))
    }
}
