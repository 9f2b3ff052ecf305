//! What the chart derives from a timeline so that a frame need not look at every event.
//!
//! All of it grows with the timeline, and is an index, never the only source: sums of time by state, which spans a
//! moment caused, each lane's printed lines and marks, its scopes by depth. It knows nothing of views or pixels.

mod lane;

use std::ops::Range;

use rustc_hash::FxHashMap;

pub use self::lane::LaneIndex;
pub(super) use self::lane::{Sums, by_state, difference};
use crate::timeline::{Lane, Text, Timeline};
use crate::trace::{Cause, LaneId, LaneKind, Nanos};

use super::turns::Turns;

/// A change that was caused by another lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When the other lane acted.
    pub acted: Nanos,
    /// The position in the timeline of the lane that changed.
    pub lane: u32,
    /// Which of its changes it was.
    pub change: u32,
}

/// Times of a lane's printed lines or marks, with their positions in the timeline's list.
pub type Moments = Vec<(Nanos, u32)>;

/// Everything that the chart derives from a timeline.
#[derive(Clone, Debug, Default)]
pub struct RunIndex {
    /// For each lane, as in the timeline.
    pub lanes: Vec<LaneIndex>,
    /// For each lane and depth: which of its scopes have that depth.
    pub scopes: Vec<Vec<Vec<u32>>>,
    /// For each lane, its printed lines.
    pub prints: Vec<Moments>,
    /// For each lane, its marks.
    pub marks: Vec<Moments>,
    /// For each resource that has a row of its own, who had it when.
    pub turns: Vec<Turns>,
    effects: FxHashMap<LaneId, Vec<Effect>>,
    /// For each lane, what it was handed over, by time; only if requested.
    hand_overs: Vec<Vec<(Nanos, Cause)>>,
    /// The number of events in the timeline when that was computed.
    handed_over_at: Option<u64>,
    shapes: Vec<(Option<LaneKind>, Option<LaneId>)>,
    counts: (usize, usize),
    events: u64,
}

/// What an update changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Lanes were added, or got another parent, or deeper scopes: the rows must be laid out again.
    pub rows: bool,
    /// Spans have different numbers than before.
    pub renumbered: bool,
}

impl RunIndex {
    /// Takes in what is new in the timeline.
    pub fn update(&mut self, timeline: &Timeline) -> Updated {
        let mut updated = Updated::default();
        if self.events == timeline.events && self.lanes.len() == timeline.lanes.len() {
            return updated;
        }
        let known = self.lanes.len() <= timeline.lanes.len()
            && self.lanes.iter().zip(&timeline.lanes).all(|(index, lane)| index.continues(&lane.changes));
        if !known {
            *self = RunIndex::default();
            updated = Updated { rows: true, renumbered: true };
        }
        self.events = timeline.events;
        let mut fresh: FxHashMap<LaneId, Vec<Effect>> = FxHashMap::default();
        for (at, lane) in timeline.lanes.iter().enumerate() {
            if self.lanes.len() == at {
                self.lanes.push(LaneIndex::default());
                self.scopes.push(Vec::new());
                self.shapes.push((lane.kind, lane.parent));
                updated.rows = true;
            }
            if self.shapes[at] != (lane.kind, lane.parent) {
                self.shapes[at] = (lane.kind, lane.parent);
                updated.rows = true;
            }
            updated.rows |= self.take_scopes(at, lane);
            let seen = self.lanes[at].len();
            for (change, cause) in (seen..).zip(lane.changes[seen..].iter().map(|change| change.cause)) {
                if let Some(cause) = cause {
                    let effect = Effect { acted: cause.time, lane: at as u32, change: change as u32 };
                    fresh.entry(cause.lane).or_default().push(effect);
                }
            }
            self.lanes[at].extend(&lane.changes);
        }
        for (lane, effects) in fresh {
            merge_by_time(self.effects.entry(lane).or_default(), effects);
        }
        let counts = (timeline.prints.len(), timeline.marks.len());
        // Printed lines may arrive slightly out of order, so their positions move: sorting them by lane again costs
        // less than finding out which moved.
        if counts.0 != self.counts.0 || self.prints.len() != self.lanes.len() {
            self.prints = moments(&timeline.prints, timeline);
        }
        if counts.1 != self.counts.1 || self.marks.len() != self.lanes.len() {
            self.marks = moments(&timeline.marks, timeline);
        }
        self.counts = counts;
        for resource in timeline.resources.iter().filter(|resource| Turns::has_row(resource)) {
            let known = self.turns.iter().position(|turns| turns.resource == resource.id);
            let at = known.unwrap_or_else(|| {
                self.turns.push(Turns::new(resource));
                updated.rows = true;
                self.turns.len() - 1
            });
            self.turns[at].update(resource);
        }
        updated
    }

    /// Finds out what was handed over, if the timeline has grown since the last time.
    pub fn update_hand_overs(&mut self, timeline: &Timeline) {
        if self.handed_over_at.replace(timeline.events) == Some(timeline.events) {
            return;
        }
        self.hand_overs = vec![Vec::new(); timeline.lanes.len()];
        for hand_over in timeline.hand_overs() {
            if let Some(at) = timeline.lane_position(hand_over.to) {
                self.hand_overs[at].push((hand_over.time, hand_over.from));
            }
        }
        for of_lane in &mut self.hand_overs {
            of_lane.sort_by_key(|(time, _)| *time);
        }
    }

    /// What the lane at this position was handed over between these times, both included: when, and by whom.
    pub fn hand_overs(&self, at: usize, from: Nanos, to: Nanos) -> &[(Nanos, Cause)] {
        let Some(all) = self.hand_overs.get(at) else { return &[] };
        let first = all.partition_point(|(time, _)| *time < from);
        let count = all[first..].partition_point(|(time, _)| *time <= to);
        &all[first..first + count]
    }

    /// What this lane caused by what it did between these times, both included.
    pub fn effects(&self, lane: LaneId, from: Nanos, to: Nanos) -> &[Effect] {
        let Some(effects) = self.effects.get(&lane) else { return &[] };
        let first = effects.partition_point(|effect| effect.acted < from);
        let count = effects[first..].partition_point(|effect| effect.acted <= to);
        &effects[first..first + count]
    }

    /// Which of a lane's scopes of one depth overlap these times. A scope that is still open has no end yet.
    pub fn scopes_between(&self, at: usize, depth: usize, lane: &Lane, from: f64, to: f64) -> Range<usize> {
        let scopes = &self.scopes[at][depth];
        let end = |&scope: &u32| lane.scopes[scope as usize].end.map_or(f64::INFINITY, |end| end.0 as f64);
        let first = scopes.partition_point(|scope| end(scope) < from);
        let count = scopes[first..].partition_point(|&scope| lane.scopes[scope as usize].start.0 as f64 <= to);
        first..first + count
    }

    /// Takes in a lane's new scopes; true if there are deeper ones than before.
    fn take_scopes(&mut self, at: usize, lane: &Lane) -> bool {
        let depths = &mut self.scopes[at];
        let before = depths.len();
        let seen: usize = depths.iter().map(Vec::len).sum();
        for (number, scope) in lane.scopes.iter().enumerate().skip(seen) {
            let depth = scope.depth as usize;
            if depths.len() <= depth {
                depths.resize(depth + 1, Vec::new());
            }
            depths[depth].push(number as u32);
        }
        depths.len() > before
    }
}

/// Merges new effects into the others. Both arrive nearly in order, so hardly any of the old ones are touched.
fn merge_by_time(effects: &mut Vec<Effect>, mut fresh: Vec<Effect>) {
    fresh.sort_by_key(|effect| effect.acted);
    let Some(first) = fresh.first() else { return };
    let from = effects.partition_point(|effect| effect.acted <= first.acted);
    effects.extend(fresh);
    effects[from..].sort_by_key(|effect| effect.acted);
}

fn moments(texts: &[Text], timeline: &Timeline) -> Vec<Moments> {
    let mut moments = vec![Moments::new(); timeline.lanes.len()];
    for (number, text) in texts.iter().enumerate() {
        if let Some(at) = timeline.lane_position(text.lane) {
            moments[at].push((text.time, number as u32));
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::{ms, timeline};
    use crate::trace::{Event, EventKind, State};

    #[test]
    fn effects_are_found_by_when_their_cause_acted() {
        let timeline = timeline(
            "A: run 0-20
             B < A: block 0-9, run 9-20 from A@8
             C < A: block 0-5, run 5-20 from A@4",
        );
        let mut index = RunIndex::default();
        assert!(index.update(&timeline).rows);
        let of_a = index.effects(timeline.lanes[0].id, ms(1), ms(8));
        assert_eq!(of_a.iter().map(|effect| effect.lane).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(index.update(&timeline), Updated::default());
    }

    #[test]
    fn a_definition_that_comes_late_renumbers_the_spans() {
        let lane = LaneId(7);
        let running = EventKind::State { state: State::Running, on: None, site: None, cause: None };
        let defined = EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: "late".into() };
        let first = Event { time: Nanos(50), lane, kind: running };
        let mut index = RunIndex::default();
        index.update(&Timeline::from_events([first.clone()]));
        assert_eq!(index.lanes[0].len(), 1);
        let updated = index.update(&Timeline::from_events([first, Event { time: Nanos(10), lane, kind: defined }]));
        assert!(updated.renumbered && updated.rows);
        assert_eq!((index.lanes[0].len(), index.lanes[0].state(0)), (2, State::Ready));
    }
}
