//! Lost updates: a lane reads a cell, another writes it, and the first writes what it computed from the old value.

use rustc_hash::FxHashMap;

use crate::timeline::Timeline;
use crate::trace::{EventKind, LaneId, Nanos, ResourceId};

/// A write that was overwritten by a lane that had not seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostUpdate {
    /// Whose write was lost.
    pub lane: LaneId,
    /// When it was written.
    pub written: Nanos,
    /// What was written.
    pub value: i64,
    /// Who wrote over it.
    pub by: LaneId,
    /// When that lane had read.
    pub read: Nanos,
    /// When it wrote over it.
    pub overwritten: Nanos,
}

/// The updates of a cell that were lost, in the order in which they were overwritten.
///
/// A write counts as based on the lane's latest read; a write without a previous read is an assignment, and loses
/// nothing. Each write is lost at most once. Events at exactly the same time say nothing about their order, so they are
/// not counted: every update counted was lost, but not every lost update may be counted.
pub fn lost_updates(timeline: &Timeline, cell: ResourceId) -> Vec<LostUpdate> {
    let Some(cell) = timeline.resource(cell) else { return Vec::new() };
    /// By whom, when, what, and whether it is lost.
    struct Written(LaneId, Nanos, i64, bool);
    let mut writes: Vec<Written> = Vec::new();
    // When each lane has read, and how many writes there were then.
    let mut reads: FxHashMap<LaneId, (Nanos, usize)> = FxHashMap::default();
    let mut lost = Vec::new();
    for event in &cell.events {
        match event.kind {
            EventKind::Read { .. } => {
                reads.insert(event.lane, (event.time, writes.len()));
            }
            EventKind::Write { value, .. } => {
                if let Some((read, seen)) = reads.remove(&event.lane) {
                    for Written(lane, written, value, is_lost) in &mut writes[seen..] {
                        let between = *written > read && *written < event.time;
                        if *lane != event.lane && between && !std::mem::replace(is_lost, true) {
                            let (by, overwritten) = (event.lane, event.time);
                            lost.push(LostUpdate {
                                lane: *lane,
                                written: *written,
                                value: *value,
                                by,
                                read,
                                overwritten,
                            });
                        }
                    }
                }
                writes.push(Written(event.lane, event.time, value, false));
            }
            _ => {}
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Event;

    /// Runs steps such as `A:r5 B:w6`, each at a time of its own, and says whose writes were lost to whom.
    fn check(steps: &str, expected: &str) {
        let resource = ResourceId(3);
        let events = steps.split(' ').zip(0..).map(|(step, time)| {
            let value = step[3..].parse().expect("a number");
            Event {
                time: Nanos(time),
                lane: LaneId(u32::from(step.as_bytes()[0] - b'A')),
                kind: match &step[2..3] {
                    "r" => EventKind::Read { resource, value, site: None },
                    _ => EventKind::Write { resource, value, site: None },
                },
            }
        });
        let timeline = Timeline::from_events(events);
        let name = |lane: LaneId| char::from(b'A' + lane.0 as u8);
        let lost: Vec<_> = lost_updates(&timeline, resource)
            .iter()
            .map(|lost| format!("{}@{}<{}@{}", name(lost.lane), lost.written.0, name(lost.by), lost.overwritten.0))
            .collect();
        assert_eq!(lost.join(" "), expected, "{steps}");
    }

    #[test]
    fn a_write_based_on_an_old_read_loses_what_came_between() {
        check("A:r0 A:w1 B:r1 B:w2", "");
        check("A:r0 B:r0 B:w1 A:w1", "B@2<A@3");
        check("A:r5 B:r5 B:w6 B:r6 B:w7 A:w6", "B@2<A@5 B@4<A@5");
        check("C:r5 A:r5 B:r5 B:w6 A:w6 C:w6", "B@3<A@4 A@4<C@5");
        // An assignment is based on nothing, and a second write not on the read before the first.
        check("B:r0 B:w1 A:w9", "");
        check("A:r0 A:w1 B:w5 A:w2", "");
    }
}
