//! Lanes that wait for each other in a cycle, or for something that can no longer happen.
//!
//! A wait with a time-out is marked as such in the trace, and does not count. A lane that waits for a lock waits for
//! its holder, one that joins waits for the other lane; a queue or an event might be served by any lane, so such a wait
//! is hopeless only when every live lane is waiting. So is the wait of a task, which may be cut off by a timer of its
//! event loop: a loop that has timers sleeps, but one that sleeps until others wake it says for the end of which task.
//!
//! A run's trace arrives in pieces, one stream after the other, so a cycle may appear that never existed: one lane's
//! wait may be over by the time the next one's arrives. [`DeadlockWatch`] therefore believes only what three checks
//! agree on, a tenth of a second apart: enough time for everything to arrive.

use crate::timeline::{Change, Lane, Timeline};
use crate::trace::{Ending, EventKind, LaneId, Nanos, ResourceId, ResourceKind, State, Target};

/// Lanes that will wait for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// Who waits: each for the next and the last for the first; or, if there is no such cycle, all live lanes.
    pub lanes: Vec<LaneId>,
    /// What each of them waits for.
    pub targets: Vec<Target>,
    /// Since when: the latest of their waits.
    pub since: Nanos,
    /// The same in a sentence.
    pub text: String,
}

/// The most lanes that are named in a sentence.
const NAMED: usize = 6;

/// The deadlock that the timeline ends in, if there is one.
///
/// For a run that is still going on, it may be an illusion; see [`DeadlockWatch`].
pub fn deadlock(timeline: &Timeline) -> Option<Deadlock> {
    // What was not recorded may have woken them.
    if timeline.recording_ended.is_some() {
        return None;
    }
    let waits: Vec<Option<Target>> = timeline.lanes.iter().map(hopeful).collect();
    if waits.iter().all(Option::is_none) {
        return None;
    }
    let stuck = all_wait(timeline, &waits);
    if let Some(ring) = ring(timeline, &waits, stuck) {
        return Some(told(timeline, &waits, &ring, "Deadlock: "));
    }
    if let Some(found) = joined_too_early(timeline, &waits).filter(|_| stuck) {
        return Some(found);
    }
    let all: Vec<usize> = (0..waits.len()).filter(|at| waits[*at].is_some()).collect();
    stuck.then(|| told(timeline, &waits, &all, "Every lane waits, and nobody is left to wake one: "))
}

/// Watches a timeline while it grows.
#[derive(Debug, Default)]
pub struct DeadlockWatch {
    /// What was seen, how many times, and when that was last counted.
    suspect: Option<(Deadlock, u32, Nanos)>,
}

impl DeadlockWatch {
    /// What has not changed in this many looks is true…
    pub const LOOKS: u32 = 3;

    /// …if at least this much time lies between one and the next: everything recorded before has arrived by then, even
    /// if the window was busy meanwhile.
    pub const APART: Nanos = Nanos::from_millis(100);

    /// Looks at what has arrived by `now`; a deadlock is returned once it has been seen enough times.
    pub fn look(&mut self, timeline: &Timeline, now: Nanos) -> Option<Deadlock> {
        let seen = deadlock(timeline);
        let (looks, counted) = match (&self.suspect, &seen) {
            (Some((known, looks, counted)), Some(seen)) if known == seen => {
                match now >= *counted + DeadlockWatch::APART {
                    true => (looks + 1, now),
                    false => (*looks, *counted),
                }
            }
            _ => (1, now),
        };
        self.suspect = seen.map(|seen| (seen, looks, counted));
        self.suspect.as_ref().filter(|_| looks >= DeadlockWatch::LOOKS).map(|(deadlock, ..)| deadlock.clone())
    }

    /// Whether to look again soon, even if nothing more arrives.
    pub fn suspects(&self) -> bool {
        self.suspect.is_some()
    }
}

/// Whether it has not ended, other than by the end of the run.
fn lives(lane: &Lane) -> bool {
    lane.end.as_ref().is_none_or(|end| end.ending == Ending::Stopped)
}

/// What a lane waits for that will not go on by itself.
fn hopeful(lane: &Lane) -> Option<Target> {
    match lane.changes.last()? {
        Change { state: State::Blocked | State::Suspended | State::Sleeping, on, .. }
            if lives(lane) && lane.wait_until.is_none() =>
        {
            *on
        }
        _ => None,
    }
}

/// Whether it is a task that waits.
fn is_suspended(lane: &Lane) -> bool {
    lane.changes.last().is_some_and(|change| change.state == State::Suspended)
}

/// Whether every live lane waits, and none for something that has already happened.
fn all_wait(timeline: &Timeline, waits: &[Option<Target>]) -> bool {
    timeline.lanes.iter().zip(waits).filter(|(lane, _)| lives(lane)).all(|(_, wait)| match wait {
        None => false,
        Some(Target::Lane(other)) => timeline.lane(*other).is_some_and(lives),
        Some(Target::Resource(resource)) if is_lock(timeline, *resource) => holder(timeline, *resource).is_some(),
        Some(Target::Resource(resource)) => !has_come(timeline, *resource),
    })
}

/// Whether it is a result that is there, or an event that is set: who waits for it will go on as soon as a core is free.
fn has_come(timeline: &Timeline, resource: ResourceId) -> bool {
    let Some(resource) = timeline.resource(resource) else { return false };
    let comes = matches!(resource.kind, Some(ResourceKind::Future | ResourceKind::Event));
    comes && matches!(resource.events.last().map(|last| &last.kind), Some(EventKind::Level { value: 1.., .. }))
}

/// Positions of lanes of which each waits for the next, and the last for the first.
fn ring(timeline: &Timeline, waits: &[Option<Target>], stuck: bool) -> Option<Vec<usize>> {
    let next = |at: usize| {
        let other = match waits[at]? {
            Target::Lane(lane) => lane,
            Target::Resource(resource) => holder(timeline, resource)?,
        };
        timeline.lane_position(other).filter(|other| waits[*other].is_some())
    };
    // 0: not visited; otherwise, in which walk it was.
    let mut seen = vec![0; waits.len()];
    for start in 0..waits.len() {
        let mut path = Vec::new();
        let mut at = Some(start).filter(|at| waits[*at].is_some());
        while let Some(here) = at {
            if seen[here] == start + 1 {
                let first = path.iter().position(|other| *other == here)?;
                let ring: Vec<usize> = path.split_off(first);
                // Another lane may release a lock that its holder waits for: an odd way to send a signal, but a
                // possible one.
                let certain = ring.len() > 1 || kind(timeline, waits[here]) == Some(ResourceKind::RLock);
                if stuck || certain && !ring.iter().any(|at| is_suspended(&timeline.lanes[*at])) {
                    return Some(first_by_name(ring));
                }
                break;
            }
            if seen[here] != 0 {
                break;
            }
            seen[here] = start + 1;
            path.push(here);
            at = next(here);
        }
    }
    None
}

/// A lane waits for the end of another, which waits for room in a queue or a pipe between processes. To be asked when
/// nobody is left to take anything out of it.
fn joined_too_early(timeline: &Timeline, waits: &[Option<Target>]) -> Option<Deadlock> {
    waits.iter().enumerate().find_map(|(joiner, on)| {
        let Some(Target::Lane(joined)) = on else { return None };
        let putter = timeline.lane_position(*joined)?;
        let Some(Target::Resource(resource)) = waits[putter] else { return None };
        let resource = timeline.resource(resource)?;
        let kind = resource.kind.filter(|kind| matches!(kind, ResourceKind::Queue | ResourceKind::Pipe))?;
        // Otherwise it waits for something to be put there.
        let full = matches!(resource.events.last()?.kind, EventKind::Level { value: 1.., .. });
        let (who, what) = (&timeline.lanes[putter].name, format!("{} “{}”", kind.name(), resource.name));
        full.then(|| Deadlock {
            text: format!(
                "Deadlock: {} waits for the end of {who}, which waits for room in {what}: take what is in the {} before \
                 you join {who}.",
                timeline.lanes[joiner].name,
                kind.name()
            ),
            ..told(timeline, waits, &[joiner, putter], "")
        })
    })
}

/// The cycle, starting at its earliest lane, so that it looks the same every time.
fn first_by_name(mut ring: Vec<usize>) -> Vec<usize> {
    if let Some(first) = (0..ring.len()).min_by_key(|at| ring[*at]) {
        ring.rotate_left(first);
    }
    ring
}

fn kind(timeline: &Timeline, target: Option<Target>) -> Option<ResourceKind> {
    match target? {
        Target::Resource(resource) => timeline.resource(resource)?.kind,
        Target::Lane(_) => None,
    }
}

fn is_lock(timeline: &Timeline, resource: ResourceId) -> bool {
    matches!(kind(timeline, Some(Target::Resource(resource))), Some(ResourceKind::Lock | ResourceKind::RLock))
}

/// Who holds a lock, by its latest event.
fn holder(timeline: &Timeline, resource: ResourceId) -> Option<LaneId> {
    if !is_lock(timeline, resource) {
        return None;
    }
    let last = timeline.resource(resource)?.events.last()?;
    match last.kind {
        // An rlock's level is recorded after it was taken, or released but still held.
        EventKind::Acquired { .. } | EventKind::Level { value: 1.., .. } => Some(last.lane),
        _ => None,
    }
}

fn told(timeline: &Timeline, waits: &[Option<Target>], who: &[usize], opening: &str) -> Deadlock {
    let lanes: Vec<&Lane> = who.iter().map(|at| &timeline.lanes[*at]).collect();
    let targets: Vec<Target> = who.iter().filter_map(|at| waits[*at]).collect();
    let mut parts: Vec<String> =
        lanes.iter().zip(&targets).take(NAMED).map(|(lane, target)| clause(timeline, lane, *target)).collect();
    if lanes.len() > NAMED {
        parts.push(format!("and {} more", lanes.len() - NAMED));
    }
    Deadlock {
        lanes: lanes.iter().map(|lane| lane.id).collect(),
        since: lanes.iter().filter_map(|lane| lane.changes.last()).map(|change| change.time).max().unwrap_or_default(),
        text: format!("{opening}{}.", parts.join("; ")),
        targets,
    }
}

/// Such as: `main waits for lock “a”, which worker-1 holds`.
fn clause(timeline: &Timeline, lane: &Lane, target: Target) -> String {
    let name = &lane.name;
    let name_of =
        |lane: LaneId| timeline.lane(lane).map_or_else(|| format!("lane {}", lane.0), |lane| lane.name.clone());
    match target {
        Target::Lane(other) => format!("{name} waits for the end of {}", name_of(other)),
        Target::Resource(id) => {
            let resource = timeline.resource(id);
            let kind = resource.and_then(|resource| resource.kind).map_or("resource", ResourceKind::name);
            let what = resource.map_or("?", |resource| &resource.name);
            let held = match holder(timeline, id) {
                Some(holder) if holder == lane.id => ", which it holds itself".to_owned(),
                Some(holder) => format!(", which {} holds", name_of(holder)),
                None => String::new(),
            };
            format!("{name} waits for {kind} “{what}”{held}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Event, LaneKind};

    /// Runs lines such as `main: + a, waits b` at one time after the other: `+` acquires, `-` releases, `waits x` for
    /// a lock, `joins x`, `gets x` from a queue, `fills` it (or a future), `tries x` with a time-out, `ends`.
    fn timeline(steps: &[&str]) -> Timeline {
        const LANES: [&str; 3] = ["main", "worker-1", "worker-2"];
        let id = |name: &str| LaneId(LANES.iter().position(|lane| *lane == name).expect("a lane") as u32);
        let resource = |name: &str| ResourceId(u32::from(name.as_bytes()[0]));
        let mut events = Vec::new();
        let mut put = |time, lane, kind| events.push(Event { time: Nanos(time), lane, kind });
        for name in LANES.iter().filter(|name| steps.iter().any(|step| step.starts_with(*name))) {
            let kind = LaneKind::Thread;
            put(0, id(name), EventKind::LaneDefined { kind, parent: None, name: (*name).into() });
        }
        let (future, lock, queue) = (ResourceKind::Future, ResourceKind::Lock, ResourceKind::Queue);
        for (name, kind) in [("a", lock), ("b", lock), ("f", future), ("q", queue)] {
            put(0, LaneId(0), EventKind::ResourceDefined { resource: resource(name), kind, name: name.into() });
        }
        for (step, time) in steps.iter().zip(1..) {
            let words: Vec<&str> = step.split([':', ' ']).filter(|word| !word.is_empty()).collect();
            let lane = id(words[0]);
            let what = words.get(2).copied().unwrap_or_default();
            let blocked = |on| EventKind::State { state: State::Blocked, on: Some(on), site: None, cause: None };
            match words[1] {
                "+" => put(time, lane, EventKind::Acquired { resource: resource(what), cause: None }),
                "-" => put(time, lane, EventKind::Released { resource: resource(what) }),
                "joins" => put(time, lane, blocked(Target::Lane(id(what)))),
                "fills" => put(time, lane, EventKind::Level { resource: resource(what), value: 1 }),
                "ends" => put(time, lane, EventKind::Ended { ending: Ending::Returned, message: None }),
                word => {
                    put(time, lane, blocked(Target::Resource(resource(what))));
                    if word == "tries" {
                        put(time, lane, EventKind::Deadline { until: Nanos(99) });
                    }
                }
            }
        }
        Timeline::from_events(events)
    }

    fn check(steps: &[&str], expected: Option<&str>) {
        let found = deadlock(&timeline(steps));
        assert_eq!(found.map(|found| found.text).as_deref(), expected, "{steps:?}");
    }

    #[test]
    fn rings_are_found_and_told() {
        check(
            &["main: + a", "worker-1: + b", "main: waits b", "worker-1: waits a"],
            Some(
                "Deadlock: main waits for lock “b”, which worker-1 holds; worker-1 waits for lock “a”, which main holds.",
            ),
        );
        check(
            &["main: + a", "worker-1: waits a", "main: joins worker-1"],
            Some("Deadlock: main waits for the end of worker-1; worker-1 waits for lock “a”, which main holds."),
        );
        // A third one that runs changes nothing.
        check(
            &["worker-2: + q", "main: + a", "worker-1: + b", "main: waits b", "worker-1: waits a"],
            Some(
                "Deadlock: main waits for lock “b”, which worker-1 holds; worker-1 waits for lock “a”, which main holds.",
            ),
        );
        check(
            &["main: joins worker-1", "worker-1: + a", "worker-1: waits a"],
            Some("Deadlock: worker-1 waits for lock “a”, which it holds itself."),
        );
    }

    #[test]
    fn who_can_go_on_is_in_no_deadlock() {
        check(&["main: + a", "worker-1: waits a"], None);
        check(&["main: + a", "worker-1: + b", "main: waits b", "worker-1: tries a"], None);
        check(&["main: + a", "worker-1: + b", "main: waits b", "worker-1: - b", "worker-1: waits a"], None);
        // Another lane might release it.
        check(&["worker-2: + b", "worker-1: + a", "worker-1: waits a"], None);
        check(&["main: joins worker-1", "worker-1: ends"], None);
        check(&["main: gets q", "worker-1: + a"], None);
        // The result is there, and main about to take it.
        check(&["main: waits f", "worker-1: fills f", "worker-1: gets q"], None);
    }

    #[test]
    fn when_all_wait_nobody_can_come() {
        check(
            &["main: joins worker-1", "worker-1: gets q"],
            Some(
                "Every lane waits, and nobody is left to wake one: main waits for the end of worker-1; worker-1 waits for \
                 queue “q”.",
            ),
        );
        check(
            &["main: waits f", "worker-1: gets q"],
            Some(
                "Every lane waits, and nobody is left to wake one: main waits for future “f”; worker-1 waits for queue “q”.",
            ),
        );
        check(
            &["worker-1: fills q", "worker-1: waits q", "main: joins worker-1"],
            Some(
                "Deadlock: main waits for the end of worker-1, which waits for room in queue “q”: take what is in the queue \
                 before you join worker-1.",
            ),
        );
        check(&["worker-2: + a", "worker-1: fills q", "worker-1: waits q", "main: joins worker-1"], None);
        check(
            &["worker-1: + a", "worker-1: ends", "main: waits a"],
            Some("Every lane waits, and nobody is left to wake one: main waits for lock “a”, which worker-1 holds."),
        );
    }

    #[test]
    fn the_watch_believes_what_stays() {
        let steps = ["main: + a", "worker-1: + b", "main: waits b", "worker-1: waits a"];
        let (before, after) = (timeline(&steps[..3]), timeline(&steps));
        let mut watch = DeadlockWatch::default();
        let mut look = |timeline: &Timeline, ms| watch.look(timeline, Nanos::from_millis(ms)).map(|found| found.since);
        assert_eq!(look(&before, 0), None);
        assert_eq!(look(&after, 5), None);
        assert_eq!(look(&after, 120), None);
        // It was something else meanwhile: that proves nothing.
        assert_eq!(look(&before, 230), None);
        for ms in [300, 310, 320, 400, 499] {
            assert_eq!(look(&after, ms), None, "{ms}");
        }
        assert_eq!(look(&after, 500), Some(Nanos(4)));
        assert!(watch.suspects());
    }

    #[test]
    fn what_the_cap_has_cut_off_proves_nothing() {
        let mut timeline = timeline(&["main: + a", "main: waits a"]);
        assert!(deadlock(&timeline).is_some());
        timeline.recording_ended = Some(Nanos(9));
        assert_eq!(deadlock(&timeline), None);
    }
}
