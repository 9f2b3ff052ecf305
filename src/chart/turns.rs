//! Who had the GIL, and when: what the row of a lock that lanes have in turns is drawn from.
//!
//! It grows with the timeline, as [`super::index`] does, and knows nothing of views or pixels.

use std::ops::Range;

use crate::timeline::{Resource, Timeline};
use crate::trace::{EventKind, LaneId, Nanos, ResourceId, ResourceKind};

/// A stretch of time for which a lane had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The lane.
    pub lane: LaneId,
    /// When it got it.
    pub start: Nanos,
    /// When it gave it up; `None` if it has not.
    pub end: Option<Nanos>,
}

impl Turn {
    /// When it ended, or until when it has lasted: a lane that has ended has nothing any more.
    pub fn end(&self, timeline: &Timeline) -> Nanos {
        let of_lane =
            || timeline.lane(self.lane).and_then(|lane| lane.end.as_ref()).map_or(timeline.now, |end| end.time);
        self.end.unwrap_or_else(of_lane).max(self.start)
    }
}

/// The turns of one resource, by time.
#[derive(Clone, Debug)]
pub struct Turns {
    /// The resource.
    pub resource: ResourceId,
    turns: Vec<Turn>,
    /// How many of the resource's events are in them, and the last of those.
    taken: usize,
    last: Option<(Nanos, LaneId)>,
}

impl Turns {
    /// Whether a resource has a row of its turns.
    pub fn has_row(resource: &Resource) -> bool {
        resource.kind == Some(ResourceKind::Gil) && !resource.events.is_empty()
    }

    /// Of this resource, without its events.
    pub fn new(resource: &Resource) -> Turns {
        Turns { resource: resource.id, turns: Vec::new(), taken: 0, last: None }
    }

    /// Takes in what is new. Events of a resource may still be sorted in before others; then all are taken in again.
    pub fn update(&mut self, resource: &Resource) {
        let events = &resource.events;
        let before = self.taken.checked_sub(1).and_then(|last| events.get(last)).map(|last| (last.time, last.lane));
        if before != self.last {
            *self = Turns::new(resource);
        }
        for event in &events[self.taken..] {
            match event.kind {
                EventKind::Acquired { .. } => {
                    self.end(event.time, |_| true);
                    self.turns.push(Turn { lane: event.lane, start: event.time, end: None });
                }
                // At one and the same time the next may have got it before.
                EventKind::Released { .. } => self.end(event.time, |lane| lane == event.lane),
                _ => {}
            }
            self.last = Some((event.time, event.lane));
        }
        self.taken = events.len();
    }

    /// Ends the latest turn, if it is open and of such a lane.
    fn end(&mut self, time: Nanos, of: impl Fn(LaneId) -> bool) {
        if let Some(turn) = self.turns.last_mut().filter(|turn| of(turn.lane)) {
            turn.end.get_or_insert(time);
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Turn] {
        &self.turns
    }

    /// Which of them are between these times, in nanoseconds, wholly or in part.
    pub fn between(&self, from: f64, to: f64) -> Range<usize> {
        let ended = |turn: &Turn| turn.end.is_some_and(|end| (end.0 as f64) < from);
        self.turns.partition_point(ended)..self.turns.partition_point(|turn| turn.start.0 as f64 <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::ResourceEvent;

    /// A GIL with these events: `+A` gets it, `-A` gives it up, `?A` asks for it, one in each nanosecond.
    fn gil(events: &[&str]) -> Resource {
        let resource = ResourceId(7);
        let events = events.iter().zip(0..).map(|(event, time)| ResourceEvent {
            time: Nanos(time),
            lane: LaneId(u32::from(event.as_bytes()[1])),
            kind: match &event[..1] {
                "+" => EventKind::Acquired { resource, cause: None },
                "-" => EventKind::Released { resource },
                _ => EventKind::Level { resource, value: 1 },
            },
        });
        Resource { id: resource, kind: Some(ResourceKind::Gil), name: "GIL".into(), events: events.collect() }
    }

    fn written(turns: &Turns) -> String {
        let turn = |turn: &Turn| {
            let end = turn.end.map_or(String::new(), |end| end.0.to_string());
            format!("{}{}-{end}", char::from(turn.lane.0 as u8), turn.start.0)
        };
        turns.all().iter().map(turn).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn turns_grow_with_the_events_and_follow_them_when_they_are_sorted() {
        let mut turns = Turns::new(&gil(&[]));
        turns.update(&gil(&["+A", "?B"]));
        assert_eq!(written(&turns), "A0-");
        turns.update(&gil(&["+A", "?B", "-A", "+B"]));
        assert_eq!(written(&turns), "A0-2 B3-");
        turns.update(&gil(&["+A", "-A", "+C", "-C", "+B", "-B"]));
        assert_eq!(written(&turns), "A0-1 C2-3 B4-5");
    }

    #[test]
    fn nobody_has_it_once_another_has() {
        let mut turns = Turns::new(&gil(&[]));
        turns.update(&gil(&["-A", "+A", "+B", "-B", "-A"]));
        assert_eq!(written(&turns), "A1-2 B2-3");
        assert_eq!(turns.between(2.5, 9.0), 1..2);
        assert_eq!(turns.between(3.5, 9.0), 2..2);
        assert_eq!(turns.between(0.0, 1.5), 0..1);
    }
}
