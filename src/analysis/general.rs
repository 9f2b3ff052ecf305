//! What can be seen in any program: how its time compares with that of its lanes, what was waited for and who ended that,
//! what failed, and what was left running.

use std::collections::BTreeMap;

use super::{Observation, Stretch, deadlock};
use crate::timeline::{Lane, Span, Timeline};
use crate::trace::{Ending, Nanos, ResourceKind, State, Target};

/// The most resources whose waits are told.
const MOST_RESOURCES: usize = 5;

/// The most lanes that are named in a sentence.
const MOST_NAMES: usize = 4;

/// Shorter waits in all are not worth a sentence.
const WORTH_TELLING: Nanos = Nanos::from_millis(1);

/// What can be seen in a run that has ended, of a program of which nothing else is known.
pub fn general(timeline: &Timeline) -> Vec<Observation> {
    if timeline.lanes.is_empty() {
        return Vec::new();
    }
    let mut seen = vec![time(timeline)];
    seen.extend(stuck(timeline));
    seen.extend(failures(timeline));
    seen.extend(waits(timeline));
    seen.extend(left(timeline));
    seen
}

/// Wall time against the sum of the lanes.
fn time(timeline: &Timeline) -> Observation {
    let stats = timeline.stats();
    let (lanes, wall, running) = (stats.lanes, stats.wall, stats.by_state.of(State::Running));
    let text = match lanes {
        1 => format!("One lane ran for {running} of {wall}."),
        _ => format!(
            "{lanes} lanes ran for {running} in all, within {wall}: {} at a time at most.",
            match stats.max_parallel {
                1 => "one".to_owned(),
                most => most.to_string(),
            }
        ),
    };
    Observation::new(true, text)
}

fn stuck(timeline: &Timeline) -> Option<Observation> {
    let found = deadlock(timeline)?;
    let lanes = found.lanes.iter().filter_map(|lane| timeline.lane(*lane));
    let waits = lanes.map(|lane| Stretch { start: found.since, ..Stretch::whole(lane, timeline.now) });
    Some(Observation::new(false, found.text.clone()).shown_by(waits))
}

/// Lanes that an error has ended.
fn failures(timeline: &Timeline) -> impl Iterator<Item = Observation> {
    timeline.lanes.iter().filter_map(|lane| {
        let end = lane.end.as_ref().filter(|end| end.ending == Ending::Failed)?;
        let text = match &end.message {
            Some(message) => format!("An error has ended {}: {message}.", lane.name),
            None => format!("An error has ended {}.", lane.name),
        };
        let last = lane.spans(timeline.now).next_back();
        Some(Observation::new(false, text).shown_by(last.map(|span| Stretch::new(lane, &span))))
    })
}

/// The waits for one thing.
#[derive(Default)]
struct Waits<'a> {
    count: u64,
    total: Nanos,
    longest: Option<(&'a Lane, Span)>,
}

fn waits(timeline: &Timeline) -> Vec<Observation> {
    let mut all: BTreeMap<Key, Waits> = BTreeMap::new();
    for (lane, span) in timeline.spans() {
        let waits = matches!(span.state, State::Ready | State::Blocked | State::Suspended) && span.end > span.start;
        let Some(on) = span.on.filter(|_| waits) else { continue };
        let of = all.entry(Key::of(on)).or_default();
        of.count += 1;
        of.total = of.total + span.duration();
        if of.longest.is_none_or(|(_, longest)| span.duration() > longest.duration()) {
            of.longest = Some((lane, span));
        }
    }
    let mut told: Vec<_> = all.into_iter().filter(|(_, waits)| waits.total >= WORTH_TELLING).collect();
    told.sort_by_key(|(_, waits)| std::cmp::Reverse(waits.total));
    told.iter().take(MOST_RESOURCES).filter_map(|(key, waits)| sentence(timeline, key, waits)).collect()
}

/// What was waited for; the ends of lanes are one thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Ends,
    Resource(crate::trace::ResourceId),
}

impl Key {
    fn of(target: Target) -> Key {
        match target {
            Target::Lane(_) => Key::Ends,
            Target::Resource(resource) => Key::Resource(resource),
        }
    }
}

fn sentence(timeline: &Timeline, key: &Key, waits: &Waits) -> Option<Observation> {
    let (lane, longest) = waits.longest?;
    let ended = lane.changes.get(longest.index + 1).and_then(|change| change.cause);
    let ended = ended.and_then(|cause| timeline.lane(cause.lane)).filter(|other| other.id != lane.id);
    let (name, total, count) = (&lane.name, waits.total, waits.count);
    let most = longest.duration();
    let text = match key {
        Key::Ends if count == 1 => {
            let of = longest.on.map(|target| timeline.target_name(target)).unwrap_or_default();
            format!("{name} waited {total} for the {of}.")
        }
        Key::Ends => format!("Lanes waited {total} in all for the ends of others, in {count} waits."),
        Key::Resource(id) => {
            let resource = timeline.resource(*id)?;
            let (what, by) = match ended {
                Some(other) => (&resource.name, format!(", until {} ended that", other.name)),
                None => (&resource.name, String::new()),
            };
            if resource.kind == Some(ResourceKind::Gil) {
                format!("Lanes that could have run waited {total} in all for the GIL, {most} at most ({name}).")
            } else if count == 1 {
                format!("{name} waited {total} for “{what}”{by}.")
            } else {
                format!("“{what}” was waited for {count} times, {total} in all. {name} waited longest, {most}{by}.")
            }
        }
    };
    Some(Observation::new(true, text).shown_by([Stretch::new(lane, &longest)]))
}

/// Lanes that were still running when the program ended.
fn left(timeline: &Timeline) -> Option<Observation> {
    let killed = |lane: &&Lane| lane.end.as_ref().is_some_and(|end| end.ending == Ending::Killed);
    let left: Vec<&Lane> = timeline.lanes.iter().filter(killed).collect();
    if left.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = left.iter().take(MOST_NAMES).map(|lane| lane.name.as_str()).collect();
    let more = left.len() - names.len();
    let others = format!("{more} more");
    if more > 0 {
        names.push(&others);
    }
    let what = if left.len() == 1 { "was still running" } else { "were still running" };
    let text = format!("When the program ended, {} {what}, and ended with it.", names.join(", "));
    let ends = left.iter().filter_map(|lane| Some(Stretch::new(lane, &lane.spans(timeline.now).next_back()?)));
    Some(Observation::new(true, text).shown_by(ends))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Cause, Event, EventKind, LaneId, LaneKind, ResourceId};

    fn event(ms: u64, lane: u32, kind: EventKind) -> Event {
        Event { time: Nanos::from_millis(ms), lane: LaneId(lane), kind }
    }

    fn state(state: State, on: Option<Target>, cause: Option<(u32, u64)>) -> EventKind {
        let cause = cause.map(|(lane, ms)| Cause { lane: LaneId(lane), time: Nanos::from_millis(ms) });
        EventKind::State { state, on, site: None, cause }
    }

    fn texts(events: Vec<Event>) -> Vec<(bool, String)> {
        let seen = general(&Timeline::from_events(events));
        seen.into_iter().map(|seen| (seen.holds, seen.text)).collect()
    }

    fn two_lanes() -> Vec<Event> {
        let lane = |name: &str| EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: name.into() };
        vec![
            event(0, 0, lane("main")),
            event(0, 0, state(State::Running, None, None)),
            event(0, 1, lane("worker")),
            event(0, 1, state(State::Running, None, None)),
        ]
    }

    #[test]
    fn waits_are_told_with_who_ended_them() {
        let (lock, worker) = (ResourceId(0), Target::Lane(LaneId(1)));
        let defined = EventKind::ResourceDefined { resource: lock, kind: ResourceKind::Lock, name: "lock".into() };
        let ends = EventKind::Ended { ending: Ending::Returned, message: None };
        let mut events = two_lanes();
        events.extend([
            event(1, 0, defined),
            event(1, 1, state(State::Blocked, Some(lock.into()), None)),
            event(5, 1, state(State::Running, None, Some((0, 4)))),
            event(6, 1, state(State::Blocked, Some(lock.into()), None)),
            event(8, 1, state(State::Running, None, Some((0, 7)))),
            event(8, 0, state(State::Blocked, Some(worker), None)),
            event(10, 1, ends.clone()),
            event(10, 0, state(State::Running, None, Some((1, 10)))),
            event(12, 0, ends),
        ]);
        let expected = [
            "2 lanes ran for 14.0 ms in all, within 12.0 ms: 2 at a time at most.",
            "“lock” was waited for 2 times, 6.00 ms in all. worker waited longest, 4.00 ms, until main ended that.",
            "main waited 2.00 ms for the end of worker.",
        ];
        assert_eq!(texts(events), expected.map(|text| (true, text.to_owned())));
    }

    #[test]
    fn what_failed_and_what_was_left_is_told() {
        let mut events = two_lanes();
        let failed = EventKind::Ended { ending: Ending::Failed, message: Some("ValueError: no".into()) };
        events.extend([event(3, 0, failed), event(4, 1, EventKind::Ended { ending: Ending::Killed, message: None })]);
        let expected = [
            (true, "2 lanes ran for 7.00 ms in all, within 4.00 ms: 2 at a time at most."),
            (false, "An error has ended main: ValueError: no."),
            (true, "When the program ended, worker was still running, and ended with it."),
        ];
        assert_eq!(texts(events), expected.map(|(holds, text)| (holds, text.to_owned())));
    }
}
