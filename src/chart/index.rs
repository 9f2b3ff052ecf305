//! What the chart derives from a timeline so that a frame need not look at every event.
//!
//! All of it grows with the timeline, and is an index, never the only source: sums of time by state, which spans a
//! moment caused, each lane's printed lines and marks, its scopes by depth. It knows nothing of views or pixels.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::timeline::{ByState, Change, Lane, Text, Timeline};
use crate::trace::{Cause, LaneId, LaneKind, Nanos, State};

/// Changes between two sums. A smaller number costs memory, a larger one time for each pixel.
const BLOCK: usize = 8;

/// Time by state, in nanoseconds, indexed by [`State`].
pub(super) type Sums = [u64; State::ALL.len()];

/// The changes of one lane as columns, and the time in each state up to every eighth of them.
#[derive(Clone, Debug, Default)]
pub struct LaneIndex {
    starts: Vec<u64>,
    states: Vec<State>,
    /// Time in each state before change `BLOCK * k`.
    blocks: Vec<Sums>,
    /// Time in each state before the latest change.
    total: Sums,
}

impl LaneIndex {
    /// How many changes it knows.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// When change `at` was, in nanoseconds.
    pub fn start(&self, at: usize) -> u64 {
        self.starts[at]
    }

    /// What change `at` led to.
    pub fn state(&self, at: usize) -> State {
        self.states[at]
    }

    /// Takes in the changes that are new.
    pub fn extend(&mut self, changes: &[Change]) {
        for change in &changes[self.len().min(changes.len())..] {
            if let (Some(&start), Some(&state)) = (self.starts.last(), self.states.last()) {
                self.total[state as usize] += change.time.0.saturating_sub(start);
            }
            if self.len().is_multiple_of(BLOCK) {
                self.blocks.push(self.total);
            }
            self.starts.push(change.time.0);
            self.states.push(change.state);
        }
    }

    /// Whether these changes begin with those it knows. A lane whose definition arrives late gets a first change
    /// inserted before the others; nothing else ever changes existing ones.
    fn continues(&self, changes: &[Change]) -> bool {
        self.len() <= changes.len()
            && self.starts.first().is_none_or(|&first| first == changes[0].time.0)
            && self.starts.last().is_none_or(|&last| last == changes[self.len() - 1].time.0)
    }

    /// When the span of change `at` ends; `end` ends the last one.
    pub fn end(&self, at: usize, end: u64) -> u64 {
        self.starts.get(at + 1).copied().unwrap_or(end).max(self.starts[at])
    }

    /// The latest change that is not after `ns`.
    pub fn change_at(&self, ns: f64) -> Option<usize> {
        self.starts.partition_point(|&start| start as f64 <= ns).checked_sub(1)
    }

    /// The first change after `at` that is not before `ns`, or how many there are. Searches near `guess` first:
    /// adjacent pixels often have about as many changes, and distant memory is slow to read.
    pub(super) fn first_from(&self, ns: f64, at: usize, guess: usize) -> usize {
        let before = |change: usize| (self.starts[change] as f64) < ns;
        let (mut low, mut high) = (at + 1, self.len());
        let mut probe = guess.clamp(low, high.max(low));
        let mut step = 1;
        if probe < high && before(probe) {
            while probe < high && before(probe) {
                low = probe + 1;
                probe += step;
                step *= 2;
            }
            high = probe.min(high);
        } else {
            high = probe.min(high);
            while high > low && !before(high.saturating_sub(step).max(low)) {
                high = high.saturating_sub(step).max(low);
                step *= 2;
            }
            low = low.max(high.saturating_sub(step)).min(high);
        }
        low + self.starts[low..high.max(low)].partition_point(|&start| (start as f64) < ns)
    }

    /// Time in each state before change `at`; if `at` is how many there are, before `end`.
    pub(super) fn before(&self, at: usize, end: u64) -> Sums {
        if self.is_empty() {
            return Sums::default();
        }
        if at >= self.len() {
            let mut sums = self.total;
            let last = self.len() - 1;
            sums[self.states[last] as usize] += end.saturating_sub(self.starts[last]);
            return sums;
        }
        let block = at / BLOCK;
        let mut sums = self.blocks[block];
        for span in block * BLOCK..at {
            sums[self.states[span] as usize] += self.starts[span + 1].saturating_sub(self.starts[span]);
        }
        sums
    }

    /// Time in each state before a moment; the lane's last span ends at `end`.
    fn before_time(&self, time: u64, end: u64) -> Sums {
        let time = time.min(end.max(self.starts.last().copied().unwrap_or(0)));
        let Some(at) = self.starts.partition_point(|&start| start <= time).checked_sub(1) else {
            return Sums::default();
        };
        let mut sums = self.before(at, end);
        sums[self.states[at] as usize] += time - self.starts[at];
        sums
    }

    /// Time in each state between two moments; the lane's last span ends at `end`.
    pub fn time_between(&self, from: Nanos, to: Nanos, end: Nanos) -> ByState {
        by_state(difference(&self.before_time(to.max(from).0, end.0), &self.before_time(from.0, end.0)))
    }
}

pub(super) fn difference(later: &Sums, earlier: &Sums) -> Sums {
    std::array::from_fn(|state| later[state].saturating_sub(earlier[state]))
}

pub(super) fn by_state(sums: Sums) -> ByState {
    ByState(sums.map(Nanos))
}

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
    use proptest::prelude::*;

    use super::*;
    use crate::chart::testing::{ms, timeline};
    use crate::trace::{Event, EventKind};

    fn states() -> impl Strategy<Value = Vec<(u64, State)>> {
        proptest::collection::vec((0..50u64, (0..5usize).prop_map(|state| State::ALL[state])), 0..120)
    }

    fn changes(steps: &[(u64, State)]) -> Vec<Change> {
        let mut time = 0;
        let change = |&(step, state): &(u64, State)| {
            time += step;
            Change { time: Nanos(time), state, on: None, site: None, cause: None }
        };
        steps.iter().map(change).collect()
    }

    proptest! {
        #[test]
        fn sums_equal_what_counting_gives(steps in states(), from in 0..3000u64, length in 0..3000u64, end in 0..200u64) {
            let changes = changes(&steps);
            let end = changes.last().map_or(0, |last| last.time.0) + end;
            let mut index = LaneIndex::default();
            // In two steps, as during a run.
            index.extend(&changes[..changes.len() / 2]);
            index.extend(&changes);
            let to = from + length;
            let mut expected = Sums::default();
            for (at, change) in changes.iter().enumerate() {
                let stop = changes.get(at + 1).map_or(end, |next| next.time.0);
                expected[change.state as usize] += stop.min(to).saturating_sub(change.time.0.max(from));
            }
            prop_assert_eq!(index.time_between(Nanos(from), Nanos(to), Nanos(end)), by_state(expected));
        }

        #[test]
        fn searching_from_nearby_finds_the_same(
            steps in states(), ns in 0..4000u64, at in 0..100usize, guess in 0..150usize,
        ) {
            let changes = changes(&steps);
            let mut index = LaneIndex::default();
            index.extend(&changes);
            if at < changes.len() {
                let expected = (at + 1..changes.len()).find(|&k| changes[k].time.0 >= ns).unwrap_or(changes.len());
                prop_assert_eq!(index.first_from(ns as f64, at, guess), expected);
            }
        }
    }

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
