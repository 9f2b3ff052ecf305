//! The first demos, and those that fail.

use weft::timeline::Timeline;
use weft::trace::{Ending, LOCAL_BITS, LaneId, State, Target};

use super::{check, end_late, good, lane, never_end, remove, shorten_sleeps};

#[test]
fn thread_start_join() {
    let set = [("threads", "3"), ("delay", "20")];
    let good = good("thread-start-join", &set);
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
            (1, "a join is missing", |timeline| {
                let main = lane(timeline, "main");
                // On a busy machine no thread may be finished before it is joined.
                if main.passed.pop().is_none() {
                    let wait = main.changes.iter().position(|change| change.state == State::Blocked).unwrap();
                    main.changes.remove(wait);
                }
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
    let good = good("busy-threads", &set);
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
    let good = good("recording-cost", &set);
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
    let good = good("sequential-gather", &set);
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

#[test]
fn process_start_join() {
    let set = [("processes", "2"), ("delay", "20")];
    check(
        "process-start-join",
        &set,
        &good("process-start-join", &set),
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
    let good = good("failing-task", &set);
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
    let set = [("how", "error")];
    check(
        "failing-lanes",
        &set,
        &good("failing-lanes", &set),
        &[
            (0, "main returned", |timeline| {
                timeline.lanes[0].end.as_mut().unwrap().ending = Ending::Returned;
            }),
            (1, "a lane never ends", never_end),
        ],
    );
}
