//! The first demos, and those that fail.

use weft::demos::Demo;
use weft::timeline::Timeline;
use weft::trace::{Cause, Ending, Event, EventKind, LOCAL_BITS, LaneId, LaneKind, Nanos, State, Target};

use super::{check, end_late, lane, never_end, remove, shorten_sleeps};
use crate::runner::{run, values};

#[test]
fn thread_start_join() {
    let set = [("threads", "3"), ("delay", "20")];
    let demo = Demo::find("thread-start-join").unwrap();
    let good = run(demo, &values(demo, &set), 1.0).timeline;
    check(
        "thread-start-join",
        &set,
        &good,
        &[
            (0, "worker-2 does not sleep", |timeline| shorten_sleeps(timeline, "worker-2")),
            (0, "worker-1 is not there", |timeline| remove(timeline, "worker-1")),
            (0, "worker-3 ends after a minute", |timeline| end_late(timeline, "worker-3")),
            (1, "main waits in no join", |timeline| {
                let main = lane(timeline, "main");
                main.changes.retain(|change| change.state != State::Blocked);
            }),
            (1, "a join of a finished thread is missing", |timeline| {
                let main = lane(timeline, "main");
                main.passed.pop();
            }),
            (1, "main waits for another thread", |timeline| {
                let main = lane(timeline, "main");
                for change in main.changes.iter_mut().filter(|change| change.state == State::Blocked) {
                    change.on = Some(Target::Lane(LaneId(1)));
                }
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn busy_threads() {
    let set = [("threads", "2"), ("work", "30")];
    let demo = Demo::find("busy-threads").unwrap();
    let good = run(demo, &values(demo, &set), 1.0).timeline;
    check(
        "busy-threads",
        &set,
        &good,
        &[
            (0, "worker-1 hardly runs", |timeline| {
                let lane = lane(timeline, "worker-1");
                lane.end.as_mut().unwrap().time = lane.changes[0].time;
            }),
            (1, "one runs at a time", |timeline| {
                for lane in &mut timeline.lanes {
                    lane.changes.retain(|change| change.state != State::Running);
                }
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn recording_cost() {
    let set = [("threads", "2"), ("increments", "50"), ("events", "100")];
    let demo = Demo::find("recording-cost").unwrap();
    let good = run(demo, &values(demo, &set), 1.0).timeline;
    fn keep(timeline: &mut Timeline, name: &str, events: usize) {
        let resource = timeline.resources.iter_mut().find(|resource| resource.name == name).unwrap();
        resource.events.truncate(events);
    }
    check(
        "recording-cost",
        &set,
        &good,
        &[
            (0, "an event is missing", |timeline| keep(timeline, "probe", 3000)),
            (1, "a release is missing", |timeline| keep(timeline, "lock", 199)),
            (2, "most of the lock's events are missing", |timeline| keep(timeline, "lock", 9)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn sequential_gather() {
    let set = [("tasks", "3"), ("delay", "20")];
    let demo = Demo::find("sequential-gather").unwrap();
    let good = run(demo, &values(demo, &set), 1.0).timeline;
    check(
        "sequential-gather",
        &set,
        &good,
        &[
            (0, "main does not sleep", |timeline| shorten_sleeps(timeline, "main")),
            (1, "fetch-2 does not sleep", |timeline| shorten_sleeps(timeline, "fetch-2")),
            (1, "fetch-3 ends after a minute", |timeline| end_late(timeline, "fetch-3")),
            (2, "two tasks run at the same time", |timeline| {
                let second = |timeline: &mut Timeline, name: &str| {
                    let lane = lane(timeline, name);
                    for change in &mut lane.changes {
                        change.state = State::Running;
                    }
                };
                second(timeline, "fetch-1");
                second(timeline, "fetch-2");
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

/// A trace as the browser records it, since processes run nowhere else.
fn two_processes() -> Timeline {
    let ms = Nanos::from_millis;
    let main = LaneId(0);
    let mut events = Vec::new();
    let mut put = |time, lane, kind| events.push(Event { time, lane, kind });
    let state = |state, on| EventKind::State { state, on, site: None, cause: None };
    let returned = || EventKind::Ended { ending: Ending::Returned, message: None };
    let defined = |kind, name: &str| EventKind::LaneDefined { kind, parent: Some(main), name: name.to_owned() };
    put(ms(0), main, EventKind::LaneDefined { kind: LaneKind::Process, parent: None, name: "main".to_owned() });
    put(ms(0), main, state(State::Running, None));
    let thread = LaneId(1);
    put(ms(1), thread, defined(LaneKind::Thread, "thread-1"));
    put(ms(2), thread, state(State::Running, None));
    put(ms(3), thread, returned());
    let mut end = Cause { lane: main, time: ms(0) };
    for number in 1..=2 {
        let child = LaneId(number << LOCAL_BITS);
        put(ms(4), child, defined(LaneKind::Process, &format!("process-{number}")));
        put(ms(30), child, state(State::Running, None));
        put(ms(31), child, state(State::Sleeping, None));
        end = Cause { lane: child, time: ms(31 + 20 * u64::from(number)) };
        put(end.time, child, state(State::Running, None));
        put(end.time + ms(1), child, returned());
    }
    put(ms(5), main, state(State::Blocked, Some(Target::Lane(end.lane))));
    put(end.time + ms(1), main, EventKind::State { state: State::Running, on: None, site: None, cause: Some(end) });
    put(end.time + ms(2), main, returned());
    let mut timeline = Timeline::from_events(events);
    for lane in &mut timeline.lanes {
        lane.worker = Some(((lane.id.0 >> LOCAL_BITS) as u16, 0));
    }
    timeline
}

#[test]
fn process_start_join() {
    check(
        "process-start-join",
        &[("processes", "2"), ("delay", "20")],
        &two_processes(),
        &[
            (0, "process-2 never ran", |timeline| {
                lane(timeline, "process-2").worker = None;
            }),
            (0, "process-2 has the pid of process-1", |timeline| {
                let lane = lane(timeline, "process-2");
                lane.id = LaneId(1 << LOCAL_BITS);
            }),
            (1, "process-1 does not sleep", |timeline| shorten_sleeps(timeline, "process-1")),
            (2, "the thread never ran", |timeline| remove(timeline, "thread-1")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn failing_task() {
    let set = [("how", "task")];
    let demo = Demo::find("failing-task").unwrap();
    let good = run(demo, &values(demo, &set), 1.0).timeline;
    check(
        "failing-task",
        &set,
        &good,
        &[
            (0, "the worker returned", |timeline| {
                let lane = lane(timeline, "worker");
                lane.end.as_mut().unwrap().ending = Ending::Returned;
            }),
            (1, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn failing_lanes() {
    let main = LaneId(0);
    let defined = EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: "main".to_owned() };
    let failed = EventKind::Ended { ending: Ending::Failed, message: Some("an error came back".to_owned()) };
    let good = Timeline::from_events([
        Event { time: Nanos(0), lane: main, kind: defined },
        Event { time: Nanos(5), lane: main, kind: failed },
    ]);
    check(
        "failing-lanes",
        &[],
        &good,
        &[
            (0, "main returned", |timeline| {
                timeline.lanes[0].end.as_mut().unwrap().ending = Ending::Returned;
            }),
            (1, "a lane never ends", never_end),
        ],
    );
}
