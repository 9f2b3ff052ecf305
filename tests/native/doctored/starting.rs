//! Threads that are started, joined, killed, and race.

use weft::timeline::{Passed, ResourceEvent, Timeline};
use weft::trace::{Ending, EventKind, LaneId, Nanos, State, Target};

use super::{check, check_harmless, end_late, good, lane, never_end, remove, shorten_sleeps};

/// What happened to the resource with this name.
fn events<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Vec<ResourceEvent> {
    let resource = timeline.resources.iter_mut().find(|resource| resource.name == name);
    &mut resource.unwrap_or_else(|| panic!("there is no resource {name}")).events
}

/// The value of a read or write.
fn value(event: &mut ResourceEvent) -> Option<&mut i64> {
    match &mut event.kind {
        EventKind::Read { value, .. } | EventKind::Write { value, .. } => Some(value),
        _ => None,
    }
}

fn is_read(event: &ResourceEvent) -> bool {
    matches!(event.kind, EventKind::Read { .. })
}

/// The lane waits for nothing.
fn never_block(timeline: &mut Timeline, name: &str) {
    lane(timeline, name).changes.retain(|change| change.state != State::Blocked);
}

/// The lane's lines move to another lane.
fn prints_by(timeline: &mut Timeline, from: &str, to: &str) {
    let (from, to) = (lane(timeline, from).id, lane(timeline, to).id);
    for print in timeline.prints.iter_mut().filter(|print| print.lane == from) {
        print.lane = to;
    }
}

#[test]
fn thread_print_numbers() {
    let set = [("count", "3"), ("delay", "20")];
    check(
        "thread-print-numbers",
        &set,
        &good("thread-print-numbers", &set),
        &[
            (0, "a number is missing", |timeline| {
                timeline.prints.remove(1);
            }),
            (0, "two numbers change places", |timeline| {
                let text = timeline.prints[0].text.clone();
                timeline.prints[0].text = std::mem::replace(&mut timeline.prints[1].text, text);
            }),
            (0, "two numbers come at the same time", |timeline| timeline.prints[1].time = timeline.prints[0].time),
            (0, "the thread does not sleep", |timeline| shorten_sleeps(timeline, "counter")),
            (0, "the thread ends after a minute", |timeline| end_late(timeline, "counter")),
            (0, "the thread is not there", |timeline| remove(timeline, "counter")),
            (1, "main does not wait", |timeline| never_block(timeline, "main")),
            (1, "main waits for itself", |timeline| {
                for change in &mut lane(timeline, "main").changes {
                    change.on = change.on.map(|_| Target::Lane(LaneId(0)));
                }
            }),
            (1, "something else wakes main", |timeline| {
                for change in &mut lane(timeline, "main").changes {
                    change.cause = None;
                }
            }),
            (1, "main prints while it waits", |timeline| prints_by(timeline, "counter", "main")),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_return_value() {
    let set = [("threads", "3")];
    check(
        "thread-return-value",
        &set,
        &good("thread-return-value", &set),
        &[
            (0, "results in the order of ends", |timeline| {
                timeline.prints.last_mut().unwrap().text = "results: [9, 4, 1]".to_owned();
            }),
            (0, "a wrong square", |timeline| {
                timeline.prints[0].text = "the square of 3 is 8".to_owned();
                timeline.prints.last_mut().unwrap().text = "results: [1, 4, 8]".to_owned();
            }),
            (0, "worker-2 is not there", |timeline| remove(timeline, "worker-2")),
            (0, "worker-3 is started first", |timeline| lane(timeline, "worker-3").defined = Some(Nanos(0))),
            (1, "worker-1 does not sleep", |timeline| shorten_sleeps(timeline, "worker-1")),
            (1, "main does not wait for the first", |timeline| never_block(timeline, "main")),
            (1, "the last one is not joined", |timeline| {
                lane(timeline, "main").passed.pop();
            }),
            (1, "the last one is joined after a minute", |timeline| {
                lane(timeline, "main").passed.last_mut().unwrap().time = Nanos::from_millis(60_000);
            }),
            (1, "the last one is joined first", |timeline| {
                let main = lane(timeline, "main");
                let Passed { on, site, .. } = main.passed[0];
                main.passed[0].on = main.passed[1].on;
                main.passed[1] = Passed { on, site, ..main.passed[1] };
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_local() {
    let set = [("threads", "3")];
    check(
        "thread-local",
        &set,
        &good("thread-local", &set),
        &[
            (0, "one's own slot has another value", |timeline| {
                let read = events(timeline, "own slot").iter_mut().find(|event| is_read(event));
                *value(read.unwrap()).unwrap() += 1;
            }),
            (0, "nobody reads", |timeline| events(timeline, "own slot").retain(|event| !is_read(event))),
            (0, "all have the same in their own slot", |timeline| {
                for event in events(timeline, "own slot") {
                    *value(event).unwrap() = 1;
                }
            }),
            (0, "worker-2 is not there", |timeline| remove(timeline, "worker-2")),
            (1, "somebody reads what was overwritten", |timeline| {
                let read = events(timeline, "shared slot").iter_mut().find(|event| is_read(event));
                *value(read.unwrap()).unwrap() = 1;
            }),
            (1, "a read before the last write", |timeline| {
                let read = events(timeline, "shared slot").iter_mut().find(|event| is_read(event));
                read.unwrap().time = Nanos(0);
            }),
            (1, "all read what nobody wrote", |timeline| {
                for event in events(timeline, "shared slot").iter_mut().filter(|event| is_read(event)) {
                    *value(event).unwrap() = 9;
                }
            }),
            (1, "one does not write", |timeline| {
                events(timeline, "shared slot").remove(1);
            }),
            (2, "a lane never ends", never_end),
        ],
    );
    check_harmless(
        "thread-local",
        &set,
        &good("thread-local", &set),
        &[
            ("the first one has said that it writes, and writes last", |timeline| {
                for event in events(timeline, "shared slot").iter_mut().filter(|event| is_read(event)) {
                    *value(event).unwrap() = 1;
                }
            }),
            ("the last write and the reads come within one step of the clock", |timeline| {
                let events = events(timeline, "shared slot");
                let end = events.iter().position(is_read).unwrap();
                let time = events[end - 1].time;
                events[end..].iter_mut().for_each(|event| event.time = time);
            }),
        ],
    );
}

#[test]
fn thread_daemon() {
    let set = [("daemon", "on"), ("work", "2000")];
    check(
        "thread-daemon",
        &set,
        &good("thread-daemon", &set),
        &[
            (0, "the daemon fails", |timeline| {
                lane(timeline, "background").end.as_mut().unwrap().ending = Ending::Failed;
            }),
            (0, "the daemon is killed before main's end", |timeline| {
                lane(timeline, "background").end.as_mut().unwrap().time = Nanos(0);
            }),
            (0, "the daemon is killed after a minute", |timeline| end_late(timeline, "background")),
            (0, "main does not sleep", |timeline| shorten_sleeps(timeline, "main")),
            (0, "main is killed too", |timeline| {
                lane(timeline, "main").end.as_mut().unwrap().ending = Ending::Killed;
            }),
            (1, "the daemon's last line is printed", |timeline| prints_by(timeline, "main", "background")),
            (1, "the daemon sleeps for a minute", |timeline| end_late(timeline, "background")),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_that_is_no_daemon() {
    let set = [("daemon", "off"), ("work", "700")];
    check(
        "thread-daemon",
        &set,
        &good("thread-daemon", &set),
        &[
            (0, "the thread is killed", |timeline| {
                lane(timeline, "background").end.as_mut().unwrap().ending = Ending::Killed;
            }),
            (0, "the thread is not there", |timeline| remove(timeline, "background")),
            (1, "the thread does not sleep", |timeline| shorten_sleeps(timeline, "background")),
            (1, "the thread's last line is missing", |timeline| prints_by(timeline, "background", "main")),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn counter_race() {
    let set = [("lock", "off"), ("threads", "2"), ("increments", "200")];
    check(
        "counter-race",
        &set,
        &good("counter-race", &set),
        &[
            (0, "the result is as if none were lost, though two read the same", |timeline| {
                for event in events(timeline, "counter") {
                    if is_read(event) {
                        *value(event).unwrap() = 0;
                    } else {
                        *value(event).unwrap() = 1;
                    }
                }
                *value(events(timeline, "counter").last_mut().unwrap()).unwrap() = 400;
            }),
            (0, "a write is missing", |timeline| {
                let events = events(timeline, "counter");
                let at = events.iter().rposition(|event| !is_read(event)).unwrap();
                events.remove(at);
            }),
            (0, "two is added", |timeline| {
                let write = events(timeline, "counter").iter_mut().rfind(|event| !is_read(event));
                *value(write.unwrap()).unwrap() += 1;
            }),
            (0, "worker-2 is not there", |timeline| remove(timeline, "worker-2")),
            (1, "somebody waits for the lock", |timeline| {
                let lock = timeline.resources.iter().find(|resource| resource.name == "lock").unwrap().id;
                let worker = lane(timeline, "worker-1");
                let last = worker.changes.last_mut().unwrap();
                last.state = State::Blocked;
                last.on = Some(Target::Resource(lock));
            }),
            (1, "an update took no time", |timeline| {
                let events = events(timeline, "counter");
                let at = events.iter().rposition(|event| !is_read(event)).unwrap();
                let lane = events[at].lane;
                let read = events[..at].iter().rfind(|event| event.lane == lane).unwrap().time;
                events[at].time = read;
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn counter_with_a_lock() {
    let set = [("lock", "on"), ("threads", "2"), ("increments", "20")];
    check(
        "counter-race",
        &set,
        &good("counter-race", &set),
        &[
            (0, "an update is lost under the lock", |timeline| {
                // From the second update on all count one less.
                for event in &mut events(timeline, "counter")[3..] {
                    *value(event).unwrap() -= 1;
                }
            }),
            (1, "two updates overlap", |timeline| {
                // The first write is the value that the counter was made with.
                let now = timeline.now;
                events(timeline, "counter").iter_mut().filter(|event| !is_read(event)).nth(1).unwrap().time = now;
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}
