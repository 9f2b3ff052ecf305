//! One lane's changes as columns, with sums of time by state, so that neither the spans of a pixel nor the times of a
//! stretch need counting. It knows nothing of other lanes.

use crate::timeline::{ByState, Change};
use crate::trace::{Nanos, State};

/// Changes between two sums. A smaller number costs memory, a larger one time for each pixel.
const BLOCK: usize = 8;

/// Time by state, in nanoseconds, indexed by [`State`].
pub type Sums = [u64; State::ALL.len()];

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
    pub(super) fn continues(&self, changes: &[Change]) -> bool {
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
    pub(in crate::chart) fn first_from(&self, ns: f64, at: usize, guess: usize) -> usize {
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
    pub(in crate::chart) fn before(&self, at: usize, end: u64) -> Sums {
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

pub fn difference(later: &Sums, earlier: &Sums) -> Sums {
    std::array::from_fn(|state| later[state].saturating_sub(earlier[state]))
}

pub fn by_state(sums: Sums) -> ByState {
    ByState(sums.map(Nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
}
