//! Demos of processes. One has the trace that a browser has recorded, since natively processes have the same statics: see
//! `runs_to_be_doctored` in `tests/browser/processes.rs`.

use weft::timeline::chrome::import;
use weft::timeline::{Scope, Timeline};
use weft::trace::{Ending, EventKind, LaneId, Nanos, State};

use super::{Doctor, check, good, lane, never_end, remove};

/// Doctors the trace of a run with these parameters.
pub fn doctor(id: &str, set: &[(&str, &str)], doctors: &[Doctor]) {
    check(id, set, &good(id, set), doctors);
}

/// The trace that a browser has recorded of a run at the defaults.
pub fn recorded(id: &str) -> Timeline {
    let file = format!("{}/tests/native/recordings/{id}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    import(&text).unwrap_or_else(|error| panic!("{file}: {error:?}")).timeline
}

/// What a line that begins so says instead.
pub fn reprint(timeline: &mut Timeline, begins: &str, text: &str) {
    let line = timeline.prints.iter_mut().find(|print| print.text.starts_with(begins));
    line.unwrap_or_else(|| panic!("no line begins with {begins:?}")).text = text.to_owned();
}

/// A scope of this lane whose name begins so.
pub fn scope<'a>(timeline: &'a mut Timeline, of: &str, begins: &str) -> &'a mut Scope {
    let scopes = &mut lane(timeline, of).scopes;
    scopes.iter_mut().find(|scope| scope.name.starts_with(begins)).unwrap_or_else(|| panic!("{of} has no {begins:?}"))
}

/// What happened to the resource with this name.
pub fn events<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Vec<weft::timeline::ResourceEvent> {
    let resource = timeline.resources.iter_mut().find(|resource| resource.name == name);
    &mut resource.unwrap_or_else(|| panic!("there is no resource {name}")).events
}

/// The lane's waits were ended by another lane than they were.
fn woken_by(timeline: &mut Timeline, name: &str, by: LaneId) {
    for change in &mut lane(timeline, name).changes {
        change.cause = change.cause.map(|cause| weft::trace::Cause { lane: by, ..cause });
    }
}

#[test]
fn process_isolation() {
    check(
        "process-isolation",
        &[],
        &recorded("process-isolation"),
        &[
            (0, "the parent sees the child's value", |t| reprint(t, "the parent still", "the parent still has 3")),
            (0, "the child changed nothing", |t| reprint(t, "the child has made", "the child has made it 2")),
            (0, "the child is not there", |t| remove(t, "child")),
            (0, "the parent looks before the child has changed it", |t| {
                t.prints.iter_mut().find(|print| print.text.starts_with("the parent still")).unwrap().time = Nanos(1);
            }),
            (1, "the child finds the parent's value", |t| reprint(t, "the child finds", "the child finds 2")),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn process_queue() {
    doctor(
        "process-queue",
        &[("items", "3"), ("produce", "20"), ("consume", "30")],
        &[
            (0, "two items change places", |t| {
                reprint(t, "consumed item 1", "consumed item 9");
                reprint(t, "consumed item 2", "consumed item 1");
                reprint(t, "consumed item 9", "consumed item 2");
            }),
            (0, "an item is lost", |t| t.prints.retain(|print| print.text != "consumed item 3")),
            (0, "an item is got before it was put", |t| {
                let consumer = lane(t, "consumer").id;
                events(t, "queue").iter_mut().find(|event| event.lane == consumer).unwrap().time = Nanos(0);
                events(t, "queue").sort_by_key(|event| event.time);
            }),
            (1, "nothing was packed", |t| lane(t, "producer").scopes.retain(|scope| !scope.name.starts_with("pack"))),
            (1, "less was unpacked than packed", |t| {
                lane(t, "consumer").scopes.retain(|scope| !scope.name.starts_with("unpack"));
            }),
            (2, "the consumer wakes itself", |t| {
                let consumer = lane(t, "consumer").id;
                woken_by(t, "consumer", consumer);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn pipe() {
    doctor(
        "pipe",
        &[("messages", "3"), ("size", "64")],
        &[
            (0, "a message did not come back", |t| {
                reprint(t, "3 of 3", "2 of 3 messages came back as they were sent");
            }),
            (0, "bytes are lost on the way", |t| {
                events(t, "pipe →").pop();
            }),
            (1, "a round trip is missing", |t| scope(t, "main", "round trip 2").name = "nothing".to_owned()),
            (1, "two round trips at the same time", |t| {
                scope(t, "main", "round trip 1").end = Some(Nanos::from_millis(60_000));
            }),
            (2, "the end of the file comes before the messages", |t| {
                let line = t.prints.iter_mut().find(|print| print.text == "the other end is closed").unwrap();
                line.time = Nanos(0);
            }),
            (2, "the child never learns of it", |t| t.prints.retain(|print| print.text != "the other end is closed")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn shared_value() {
    doctor(
        "shared-value",
        &[("processes", "2"), ("increments", "20"), ("work", "500")],
        &[
            (0, "an update was not made", |t| {
                events(t, "number").remove(3);
            }),
            (0, "lost, but nobody has read the same", |t| {
                for event in events(t, "number").iter_mut().rev() {
                    if let EventKind::Read { value, .. } = &mut event.kind {
                        *value += 1000;
                        break;
                    }
                }
            }),
            (0, "a sum is wrong", |t| {
                for event in events(t, "number").iter_mut().rev() {
                    if let EventKind::Write { value, .. } = &mut event.kind {
                        *value += 1;
                        break;
                    }
                }
            }),
            (1, "an update took no time", |t| {
                for event in events(t, "number") {
                    event.time = Nanos(1000);
                }
            }),
            (1, "a process is missing", |t| remove(t, "worker-2")),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn shared_array() {
    doctor(
        "shared-array",
        &[("processes", "2"), ("length", "6")],
        &[
            (0, "the sum is wrong", |t| reprint(t, "the sum was", "the sum was 21, and is 42")),
            (1, "a place was written by nobody", |t| {
                let part = lane(t, "part-1").id;
                events(t, "numbers")
                    .retain(|event| !(event.lane == part && matches!(event.kind, EventKind::Write { value: 1, .. })));
            }),
            (1, "two wrote the same place", |t| {
                let part = lane(t, "part-2").id;
                for event in events(t, "numbers").iter_mut().filter(|event| event.lane == part) {
                    if let EventKind::Write { value, .. } = &mut event.kind {
                        *value = 0;
                    }
                }
            }),
            (2, "the last process began too early", |t| {
                let all = lane(t, "all").id;
                for event in events(t, "numbers").iter_mut().filter(|event| event.lane == all) {
                    event.time = Nanos(0);
                }
            }),
            (2, "the last process did nothing", |t| {
                let all = lane(t, "all").id;
                events(t, "numbers").retain(|event| event.lane != all);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn manager() {
    doctor(
        "manager",
        &[("processes", "2"), ("operations", "3")],
        &[
            (0, "something is lost", |t| reprint(t, "6 squares", "5 squares, their sum is 27; 2 names")),
            (0, "a process is missing", |t| remove(t, "process-2")),
            (1, "an operation is missing", |t| scope(t, "process-1", "squares.set").name = "nothing".to_owned()),
            (1, "the server answered less than it was asked", |t| {
                let scopes = &mut lane(t, "manager").scopes;
                let at = scopes.iter().position(|scope| scope.name.starts_with("pack")).unwrap();
                scopes.remove(at);
            }),
            (2, "a process waits in shared memory", |t| {
                let alone = scope(t, "process-1", "in shared memory");
                let time = Nanos((alone.start.0 + alone.end.unwrap().0) / 2);
                let changes = &mut lane(t, "process-1").changes;
                let at = changes.partition_point(|change| change.time <= time);
                let wait = weft::timeline::Change { time, state: State::Blocked, ..changes[at - 1] };
                changes.insert(at, wait);
            }),
            (2, "a write to shared memory is missing", |t| {
                events(t, "shared").pop();
            }),
            (3, "the server ended by itself", |t| {
                lane(t, "manager").end.as_mut().unwrap().ending = Ending::Returned;
            }),
            (3, "the server ended first", |t| lane(t, "manager").end.as_mut().unwrap().time = Nanos(1)),
            (4, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn dying_processes() {
    doctor(
        "dying-processes",
        &[("how", "lock")],
        &[
            (0, "nothing says that the lock stays held", |t| t.marks.clear()),
            (0, "the process was not killed", |t| lane(t, "child").end.as_mut().unwrap().ending = Ending::Returned),
            (1, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn process_cost() {
    doctor(
        "process-cost",
        &[("trips", "3"), ("megabytes", "1")],
        &[
            (0, "the round trips took no time", |t| {
                let pipe = scope(t, "main", "pipe");
                pipe.end = Some(pipe.start);
            }),
            (1, "the bytes took no time", |t| {
                let through = scope(t, "main", "through the pipe 2");
                through.end = Some(through.start);
            }),
            (2, "the process never ran", |t| {
                lane(t, "other side").changes.retain(|change| change.state == State::Ready);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn process_threads() {
    doctor(
        "process-threads",
        &[],
        &[
            (0, "they counted less", |t| {
                t.prints[0].text = "together they counted to 299".to_owned();
            }),
            (1, "a thread was killed", |t| lane(t, "thread-2").end.as_mut().unwrap().ending = Ending::Killed),
            (1, "a thread ends after its process", |t| {
                lane(t, "thread-2").end.as_mut().unwrap().time = Nanos::from_millis(60_000);
            }),
            (2, "a lane never ends", never_end),
        ],
    );
    doctor(
        "process-threads",
        &[("end", "kill"), ("processes", "1")],
        &[
            (0, "the process was not killed", |t| t.prints[1].text = "process-1 ended with 0".to_owned()),
            (1, "a thread ended by itself", |t| lane(t, "thread-2").end.as_mut().unwrap().ending = Ending::Returned),
            (2, "a lane never ends", never_end),
        ],
    );
}
