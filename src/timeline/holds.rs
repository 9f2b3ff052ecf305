//! Who held a resource, and when: pairs of its events, placed in rows within which no two overlap. It knows nothing of
//! what is drawn or written of them.

use super::Resource;
use crate::trace::EventKind;

/// A stretch of time for which a lane held a resource or one of its permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Position of the acquisition among the resource's events.
    pub acquired: usize,
    /// The same for the release; `None` while it is held.
    pub released: Option<usize>,
    /// The row: the first that was free.
    pub slot: usize,
}

impl Resource {
    /// The holds by their start, and the positions of the releases that end none.
    ///
    /// A release ends the lane's own latest hold. A lane that has none ends the oldest there is, since a lock or a
    /// semaphore may be released by a lane other than the one that acquired it.
    pub fn holds(&self) -> (Vec<Hold>, Vec<usize>) {
        let mut holds: Vec<Hold> = Vec::new();
        let mut unmatched = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut slots: Vec<bool> = Vec::new();
        for (n, event) in self.events.iter().enumerate() {
            match event.kind {
                EventKind::Acquired { .. } => {
                    let slot = slots.iter().position(|taken| !taken).unwrap_or(slots.len());
                    slots.resize(slots.len().max(slot + 1), true);
                    slots[slot] = true;
                    open.push(holds.len());
                    holds.push(Hold { acquired: n, released: None, slot });
                }
                EventKind::Released { .. } => {
                    let own = open.iter().rposition(|&at| self.events[holds[at].acquired].lane == event.lane);
                    let Some(position) = own.or((!open.is_empty()).then_some(0)) else {
                        unmatched.push(n);
                        continue;
                    };
                    let hold = &mut holds[open.remove(position)];
                    hold.released = Some(n);
                    slots[hold.slot] = false;
                }
                _ => {}
            }
        }
        (holds, unmatched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Timeline;
    use crate::trace::{Event, LaneId, Nanos, ResourceId};

    /// Runs `+1 +2 -1`: lane 1 acquires, lane 2 acquires, lane 1 releases. Gives `acquired-released@slot`.
    fn check(steps: &str, expected: &str) {
        let resource = ResourceId(7);
        let events = steps.split(' ').zip(0..).map(|(step, time)| Event {
            time: Nanos(time),
            lane: LaneId(step[1..].parse().expect("a lane")),
            kind: match &step[..1] {
                "+" => EventKind::Acquired { resource, cause: None },
                _ => EventKind::Released { resource },
            },
        });
        let timeline = Timeline::from_events(events);
        let (holds, unmatched) = timeline.resources[0].holds();
        let mut said: Vec<String> = holds
            .iter()
            .map(|hold| {
                let released = hold.released.map_or("…".into(), |n| n.to_string());
                format!("{}-{released}@{}", hold.acquired, hold.slot)
            })
            .collect();
        said.extend(unmatched.iter().map(|n| format!("!{n}")));
        assert_eq!(said.join(" "), expected, "{steps}");
    }

    #[test]
    fn each_holder_at_a_time_has_a_row() {
        check("+1 -1 +2 -2", "0-1@0 2-3@0");
        check("+1 +2 -1 +3 -2", "0-2@0 1-4@1 3-…@0");
        check("+1 +1 -1 -1", "0-3@0 1-2@1");
        check("+1 -2", "0-1@0");
        check("-1 +1", "1-…@0 !0");
    }
}
