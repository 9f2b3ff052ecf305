//! What lanes waited for, how many times and how long: the figures by which two runs of a program are compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::timeline::Timeline;
use crate::trace::{EventKind, Nanos, ResourceId, ResourceKind, State, Target};

/// What lanes wait for. Runs number their resources as they like, so these are told apart by kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// The ends of other lanes.
    Ends,
    /// Resources of this kind with this name; numbers at the end of names are left out, so `fork-1` and `fork-2` are
    /// the same `fork`.
    Resource(ResourceKind, String),
}

/// How many times something was waited for, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// How many lanes or resources this is the sum of.
    pub members: usize,
    /// How many times a lane had to wait.
    pub count: u64,
    /// The total time of all waits.
    pub total: Nanos,
    /// How long the longest was.
    pub longest: Nanos,
    /// How many times it was acquired, with or without a wait, if it can be acquired, as locks can.
    pub acquired: u64,
}

impl Waits {
    /// What share of acquisitions was contended, from 0 to 1: had to wait, because another lane was first. `None` where
    /// nothing was acquired.
    pub fn contention(&self) -> Option<f64> {
        // A wait that was given up is not an acquisition, but it is contention.
        let tries = self.acquired.max(self.count);
        (self.acquired > 0).then(|| self.count as f64 / tries as f64)
    }

    fn add(&mut self, wait: Nanos) {
        self.count += 1;
        self.total = self.total + wait;
        self.longest = self.longest.max(wait);
    }
}

/// A figure of each of two runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both<T> {
    /// Of the first.
    pub first: T,
    /// Of the second.
    pub second: T,
}

/// All waits of a run, by what they were for.
///
/// A lane waits while it is blocked or suspended, and while it is ready and names what keeps it from running, as a
/// thread does that wants a GIL. Sleeping is not waiting: no other lane could end it.
pub fn waits(timeline: &Timeline) -> BTreeMap<Awaited, Waits> {
    let mut all: BTreeMap<Awaited, Waits> = BTreeMap::new();
    let mut of_resource: BTreeMap<ResourceId, Awaited> = BTreeMap::new();
    for resource in &timeline.resources {
        let Some(kind) = resource.kind else { continue };
        let awaited = Awaited::Resource(kind, stem(&resource.name).to_owned());
        let waits = all.entry(awaited.clone()).or_default();
        waits.members += 1;
        let acquired = resource.events.iter().filter(|event| matches!(event.kind, EventKind::Acquired { .. }));
        waits.acquired += acquired.count() as u64;
        of_resource.insert(resource.id, awaited);
    }
    let mut ends = BTreeSet::new();
    for (_, span) in timeline.spans() {
        if !matches!(span.state, State::Ready | State::Blocked | State::Suspended) || span.end == span.start {
            continue;
        }
        let awaited = match span.on {
            Some(Target::Resource(id)) => of_resource.get(&id),
            Some(Target::Lane(lane)) => {
                ends.insert(lane);
                Some(&Awaited::Ends)
            }
            None => None,
        };
        if let Some(awaited) = awaited {
            all.entry(awaited.clone()).or_default().add(span.duration());
        }
    }
    if let Some(waits) = all.get_mut(&Awaited::Ends) {
        waits.members = ends.len();
    }
    all
}

/// What was waited for in either of two runs, with both runs' figures; the longest wait in either comes first.
pub fn waits_of_both(first: &Timeline, second: &Timeline) -> Vec<(Awaited, Both<Waits>)> {
    let mut both: BTreeMap<Awaited, Both<Waits>> = BTreeMap::new();
    for (awaited, waits) in waits(first) {
        both.entry(awaited).or_default().first = waits;
    }
    for (awaited, waits) in waits(second) {
        both.entry(awaited).or_default().second = waits;
    }
    let mut both: Vec<_> = both.into_iter().filter(|(_, both)| both.first.count + both.second.count > 0).collect();
    both.sort_by_key(|(_, both)| std::cmp::Reverse(both.first.total.max(both.second.total)));
    both
}

/// A name without the number at its end: `fork` of `fork-3`.
fn stem(name: &str) -> &str {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match stem.strip_suffix(['-', ' ', '_', '#']) {
        Some(shorter) if stem.len() < name.len() && !shorter.is_empty() => shorter,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_end_are_left_out() {
        for (name, expected) in [
            ("fork-3", "fork"),
            ("fork 12", "fork"),
            ("lock", "lock"),
            ("a-b", "a-b"),
            ("x1", "x1"),
            ("-1", "-1"),
            ("7", "7"),
            ("a-", "a-"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
