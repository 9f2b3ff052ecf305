//! Which source lines lanes are on at a moment: what the code panel highlights.

use std::collections::BTreeMap;

use crate::timeline::{Lane, Timeline};
use crate::trace::{LaneId, LaneKind, Nanos, State};

/// A line that lanes are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Light {
    /// Its number in the file.
    pub line: u32,
    /// The lanes on it, and their states: the first few of them.
    pub lanes: Vec<(String, State)>,
    /// How many more are on it.
    pub more: usize,
}

/// More names than this do not fit beside a line.
const MOST_NAMES: usize = 3;

/// How far back a lane's line is looked for, if its latest change of state names none (a task that was only polled).
const LOOK_BACK: usize = 8;

/// The lines of `file` that lanes are on at `time`, by line.
pub fn lights(timeline: &Timeline, file: &str, time: Nanos) -> Vec<Light> {
    let mut lines: BTreeMap<u32, Light> = BTreeMap::new();
    for lane in timeline.lanes.iter().filter(|lane| lane.kind != Some(LaneKind::EventLoop)) {
        let Some((line, state)) = line_at(timeline, lane, file, time) else { continue };
        let light = lines.entry(line).or_insert_with(|| Light { line, lanes: Vec::new(), more: 0 });
        if light.lanes.len() < MOST_NAMES {
            light.lanes.push((lane.name.clone(), state));
        } else {
            light.more += 1;
        }
    }
    lines.into_values().collect()
}

/// The line of `file` that a lane is on at `time`.
pub fn line_of(timeline: &Timeline, lane: LaneId, file: &str, time: Nanos) -> Option<u32> {
    line_at(timeline, timeline.lane(lane)?, file, time).map(|(line, _)| line)
}

fn line_at(timeline: &Timeline, lane: &Lane, file: &str, time: Nanos) -> Option<(u32, State)> {
    if lane.end.as_ref().is_some_and(|end| time >= end.time) {
        return None;
    }
    let at = lane.change_at(time)?;
    let site = lane.changes[..=at].iter().rev().take(LOOK_BACK).find_map(|change| change.site)?;
    let source = timeline.site(site).filter(|source| source.file == file)?;
    Some((source.line, lane.changes[at].state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Ending, Event, EventKind, SiteId};

    const FILE: &str = "src/demos/a.rs";

    fn timeline() -> Timeline {
        let event = |ms, lane, kind| Event { time: Nanos::from_millis(ms), lane: LaneId(lane), kind };
        let state =
            |state, site: Option<u32>| EventKind::State { state, on: None, site: site.map(SiteId), cause: None };
        let mut events = vec![
            event(0, 0, EventKind::SiteDefined { site: SiteId(0), file: FILE.into(), line: 7 }),
            event(0, 0, EventKind::SiteDefined { site: SiteId(1), file: "src/other.rs".into(), line: 7 }),
        ];
        for lane in 0..5 {
            let kind = if lane == 4 { LaneKind::EventLoop } else { LaneKind::Thread };
            events.push(event(0, lane, EventKind::LaneDefined { kind, parent: None, name: format!("lane-{lane}") }));
            events.push(event(1, lane, state(State::Sleeping, Some(0))));
        }
        events.push(event(2, 0, state(State::Running, None)));
        events.push(event(3, 1, state(State::Running, Some(1))));
        events.push(event(4, 2, EventKind::Ended { ending: Ending::Returned, message: None }));
        Timeline::from_events(events)
    }

    fn lit(ms: u64) -> String {
        let lights = lights(&timeline(), FILE, Nanos::from_millis(ms));
        let parts = lights.iter().map(|light| {
            let lanes: Vec<_> = light.lanes.iter().map(|(name, state)| format!("{name} {}", state.name())).collect();
            format!("{}: {} +{}", light.line, lanes.join(", "), light.more)
        });
        parts.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_line_names_the_lanes_on_it() {
        assert_eq!(lit(0), "");
        assert_eq!(lit(1), "7: lane-0 sleeping, lane-1 sleeping, lane-2 sleeping +1");
        // It runs on from the line that it slept at.
        assert_eq!(lit(2), "7: lane-0 running, lane-1 sleeping, lane-2 sleeping +1");
        // On a line of another file, and over.
        assert_eq!(lit(4), "7: lane-0 running, lane-3 sleeping +0");
        let line = |lane, file| line_of(&timeline(), LaneId(lane), file, Nanos::from_millis(4));
        assert_eq!((line(0, FILE), line(0, "src/other.rs"), line(2, FILE)), (Some(7), None, None));
    }
}
