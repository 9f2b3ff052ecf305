//! Timelines written as text, for the tests of this module.

use crate::timeline::Timeline;
use crate::trace::{Cause, Ending, Event, EventKind, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, State, Target};

pub fn ms(ms: u64) -> Nanos {
    Nanos::from_millis(ms)
}

/// A timeline from lines such as `B task < A: ready 0-3, run 3-10, block 10-15 on lock, run 15-20 from A@14, end 20`.
///
/// Times are milliseconds. After the lane's name may come its kind (`thread`, `process`, `task`, `loop`) and, after
/// `<`, who started it. Other steps: `end 20`, `fail 20`, `print 5`, `mark 5`, `scope 2-9`, `gil 2-9`. A wait for another
/// lane is written `on B`, one for a resource with any other name.
pub fn timeline(text: &str) -> Timeline {
    let lines: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_once(':').expect("a colon"))
        .collect();
    let heads: Vec<Vec<&str>> = lines.iter().map(|(head, _)| head.split_whitespace().collect()).collect();
    let id = |name: &str| heads.iter().position(|head| head[0] == name).map(|at| LaneId(at as u32));
    let mut events = Vec::new();
    let mut now = Nanos::ZERO;
    for (head, (_, steps)) in heads.iter().zip(&lines) {
        let lane = id(head[0]).expect("it is there");
        let kind = match head.get(1) {
            Some(&"process") => LaneKind::Process,
            Some(&"task") => LaneKind::Task,
            Some(&"loop") => LaneKind::EventLoop,
            _ => LaneKind::Thread,
        };
        let parent = head.iter().position(|&word| word == "<").and_then(|at| id(head[at + 1]));
        let mut of_lane = Vec::new();
        for step in steps.split(',').map(str::trim).filter(|step| !step.is_empty()) {
            let words: Vec<&str> = step.split_whitespace().collect();
            let (from, to) = words[1].split_once('-').unwrap_or((words[1], words[1]));
            let (from, to) = (ms(from.parse().expect("a time")), ms(to.parse().expect("a time")));
            now = now.max(to);
            let after = |word| words.iter().position(|&w| w == word).map(|at| words[at + 1]);
            let state = |state| EventKind::State {
                state,
                on: after("on").map(|name| id(name).map_or(Target::Resource(resource(name)), Target::Lane)),
                site: None,
                cause: after("from").map(|cause| {
                    let (lane, time) = cause.split_once('@').expect("lane@time");
                    Cause { lane: id(lane).expect("a lane"), time: ms(time.parse().expect("a time")) }
                }),
            };
            if let Some(name) = after("on").filter(|name| id(name).is_none()) {
                let kind = ResourceKind::ALL[0];
                let kind = EventKind::ResourceDefined { resource: resource(name), kind, name: name.into() };
                of_lane.push(Event { time: from, lane, kind });
            }
            let kind = match words[0] {
                "run" => state(State::Running),
                "ready" => state(State::Ready),
                "sleep" => state(State::Sleeping),
                "block" => state(State::Blocked),
                "suspend" => state(State::Suspended),
                "end" => EventKind::Ended { ending: Ending::Returned, message: None },
                "fail" => EventKind::Ended { ending: Ending::Failed, message: Some("boom".into()) },
                "print" => EventKind::Print { text: "hello".into() },
                "mark" => EventKind::Mark { text: "here".into() },
                "gil" => {
                    let resource = resource("GIL");
                    let kind = EventKind::ResourceDefined { resource, kind: ResourceKind::Gil, name: "GIL".into() };
                    of_lane.push(Event { time: from, lane, kind });
                    of_lane.push(Event { time: to, lane, kind: EventKind::Released { resource } });
                    EventKind::Acquired { resource, cause: None }
                }
                "scope" => {
                    of_lane.push(Event { time: to, lane, kind: EventKind::ScopeEnded });
                    EventKind::ScopeBegan { name: "scope".into() }
                }
                other => panic!("no step is called {other}"),
            };
            of_lane.push(Event { time: from, lane, kind });
        }
        of_lane.sort_by_key(|event| event.time);
        let time = of_lane.first().map_or(Nanos::ZERO, |event| event.time);
        events.extend(of_lane);
        // A definition that comes first would put a state before those that are written.
        events.push(Event { time, lane, kind: EventKind::LaneDefined { kind, parent, name: head[0].into() } });
    }
    let mut timeline = Timeline::from_events(events);
    timeline.advance(now);
    timeline
}

fn resource(name: &str) -> ResourceId {
    ResourceId(name.bytes().fold(0, |hash, byte| (hash * 31 + u32::from(byte)) % 9973))
}

/// Lanes of many short spans, for the tests of cost: each runs and waits in turn, woken by the previous lane.
pub fn many_spans(lanes: u32, spans: u64) -> Timeline {
    let mut events = Vec::new();
    for lane in 0..lanes {
        let kind = EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: format!("worker {lane}") };
        events.push(Event { time: Nanos::ZERO, lane: LaneId(lane), kind });
        let mut time = 0;
        let mut noise = u64::from(lane) + 1;
        for span in 0..spans {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let state = State::ALL[(noise >> 40) as usize % State::ALL.len()];
            let cause = (span % 3 == 0 && lane > 0).then(|| Cause { lane: LaneId(lane - 1), time: Nanos(time) });
            let kind = EventKind::State { state, on: None, site: None, cause };
            events.push(Event { time: Nanos(time), lane: LaneId(lane), kind });
            time += 200 + (noise >> 33) % 2000 * if (span / 500) % 7 == 3 { 20 } else { 1 };
        }
    }
    Timeline::from_events(events)
}
