//! Queues and thread pools.

use weft::timeline::{Change, Passed, Resource, Timeline};
use weft::trace::{Cause, Ending, EventKind, LaneId, Nanos, State, Target};

use super::{check, good, lane, never_end, remove};

fn resource<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Resource {
    timeline.resources.iter_mut().find(|resource| resource.name == name).unwrap()
}

/// The first wait of a lane for a resource, and what ended it.
fn wait_on<'a>(timeline: &'a mut Timeline, name: &str, on: &str) -> &'a mut [Change] {
    let id = resource(timeline, on).id;
    let lane = lane(timeline, name);
    let on = Some(Target::Resource(id));
    let at = lane.changes.iter().position(|change| change.state == State::Blocked && change.on == on).unwrap();
    &mut lane.changes[at..at + 2]
}

fn level(kind: &EventKind) -> i64 {
    match kind {
        EventKind::Level { value, .. } => *value,
        other => panic!("{other:?} is no level"),
    }
}

/// The last two lines of a lane change places.
pub fn swap_lines(timeline: &mut Timeline, name: &str) {
    let id = lane(timeline, name).id;
    let lines: Vec<_> = (0..timeline.prints.len()).filter(|at| timeline.prints[*at].lane == id).collect();
    let [.., a, b] = lines[..] else { panic!("{name} printed too little") };
    let text = timeline.prints[a].text.clone();
    timeline.prints[a].text = std::mem::replace(&mut timeline.prints[b].text, text);
}

pub fn drop_line(timeline: &mut Timeline, text: &str) {
    let at = timeline.prints.iter().position(|print| print.text == text).unwrap();
    timeline.prints.remove(at);
}

pub fn last_level(timeline: &mut Timeline, name: &str) {
    resource(timeline, name).events.pop().unwrap();
}

#[test]
fn bounded_queue() {
    let set = [("capacity", "2"), ("items", "8"), ("produce", "0"), ("consume", "50")];
    check(
        "bounded-queue",
        &set,
        &good("bounded-queue", &set),
        &[
            (0, "two items come out in another order", |timeline| swap_lines(timeline, "consumer")),
            (0, "an item comes out before it went in", |timeline| {
                let events = &mut resource(timeline, "queue").events;
                let get = events.windows(2).position(|pair| level(&pair[0].kind) > level(&pair[1].kind)).unwrap() + 1;
                events[get].time = Nanos(0);
            }),
            (0, "there is no consumer", |timeline| remove(timeline, "consumer")),
            (1, "the queue holds more than it has room for", |timeline| {
                let events = &mut resource(timeline, "queue").events;
                for event in events.iter_mut().skip(1) {
                    if let EventKind::Level { value, .. } = &mut event.kind {
                        *value += 1;
                    }
                }
            }),
            (2, "nobody ends a wait of the producer", |timeline| {
                for change in wait_on(timeline, "producer", "queue") {
                    change.cause = None;
                }
            }),
            (2, "something else ends a wait of the producer", |timeline| {
                for change in wait_on(timeline, "producer", "queue") {
                    change.cause = Some(Cause { lane: LaneId(0), time: change.time });
                }
            }),
            (2, "the producer waits though there is room", |timeline| {
                let cause = wait_on(timeline, "producer", "queue")[1].cause.unwrap();
                let events = &mut resource(timeline, "queue").events;
                let get = events.iter().position(|event| event.time == cause.time).unwrap();
                events.remove(get - 1);
            }),
            (3, "the consumer puts a result less", |timeline| {
                let events = &mut resource(timeline, "results").events;
                let put = events.windows(2).position(|pair| level(&pair[0].kind) < level(&pair[1].kind)).unwrap();
                events.remove(put + 1);
            }),
            (3, "main gets a result less", |timeline| last_level(timeline, "results")),
            (3, "an item is not consumed", |timeline| drop_line(timeline, "consumed item 3")),
            (3, "the sentinel is left in the queue", |timeline| last_level(timeline, "queue")),
            (4, "main is let go by the producer", |timeline| {
                let producer = lane(timeline, "producer").id;
                let cause = wait_on(timeline, "main", "queue")[1].cause.as_mut().unwrap();
                cause.lane = producer;
            }),
            (4, "main is let go before the end", |timeline| {
                wait_on(timeline, "main", "queue")[1].cause.as_mut().unwrap().time = Nanos(1);
            }),
            (4, "main does not wait", |timeline| wait_on(timeline, "main", "queue")[0].on = None),
            (5, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn bounded_queue_without_waits() {
    let set = [("capacity", "50"), ("items", "3"), ("produce", "20"), ("consume", "0")];
    check(
        "bounded-queue",
        &set,
        &good("bounded-queue", &set),
        &[
            (0, "no item comes out", |timeline| timeline.prints.clear()),
            (1, "nothing is ever in the queue", |timeline| resource(timeline, "queue").events.clear()),
            (2, "the producer waits", |timeline| {
                let queue = resource(timeline, "queue").id;
                lane(timeline, "producer").changes.insert(
                    1,
                    Change {
                        time: Nanos(1),
                        state: State::Blocked,
                        on: Some(Target::Resource(queue)),
                        site: None,
                        cause: None,
                    },
                );
            }),
            (3, "another lane takes a result", |timeline| {
                let producer = lane(timeline, "producer").id;
                resource(timeline, "results").events.last_mut().unwrap().lane = producer;
            }),
            (4, "main is in queue.join twice", |timeline| {
                let on = Some(Target::Resource(resource(timeline, "queue").id));
                let main = lane(timeline, "main");
                let change = Change { time: Nanos(1), state: State::Blocked, on, site: None, cause: None };
                main.changes.extend([change, change]);
            }),
            (5, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn queue_consumers() {
    let set = [("consumers", "3"), ("items", "9"), ("produce", "0"), ("consume", "50"), ("timeout", "50")];
    check(
        "queue-consumers",
        &set,
        &good("queue-consumers", &set),
        &[
            (0, "an item is not consumed", |timeline| drop_line(timeline, "item 4 is consumed")),
            (0, "an item is consumed twice", |timeline| {
                let at = timeline.prints.iter().position(|print| print.text == "item 4 is consumed").unwrap();
                timeline.prints[at].text = "item 5 is consumed".to_owned();
            }),
            (0, "an item is left in the queue", |timeline| last_level(timeline, "queue")),
            (1, "main takes an item", |timeline| {
                resource(timeline, "queue").events.last_mut().unwrap().lane = LaneId(0);
            }),
            (1, "who takes an item does not consume it", |timeline| {
                let ids = [1, 2].map(|number| lane(timeline, &format!("consumer-{number}")).id);
                let last = resource(timeline, "queue").events.last_mut().unwrap();
                last.lane = if last.lane == ids[0] { ids[1] } else { ids[0] };
            }),
            (1, "consumer-2 is not there", |timeline| remove(timeline, "consumer-2")),
            (2, "main is let go by the producer", |timeline| {
                let producer = lane(timeline, "producer").id;
                wait_on(timeline, "main", "queue")[1].cause.as_mut().unwrap().lane = producer;
            }),
            (2, "main is let go before the end", |timeline| {
                wait_on(timeline, "main", "queue")[1].cause.as_mut().unwrap().time = Nanos(1);
            }),
            (3, "a last wait is short", |timeline| {
                let changes = &mut lane(timeline, "consumer-1").changes;
                let at = changes.len() - 2;
                changes[at].time = changes[at + 1].time;
            }),
            (3, "somebody ends a last wait", |timeline| {
                let change = lane(timeline, "consumer-3").changes.last_mut().unwrap();
                change.cause = Some(Cause { lane: LaneId(0), time: change.time });
            }),
            (3, "a consumer does not wait at last", |timeline| {
                let changes = &mut lane(timeline, "consumer-2").changes;
                changes.push(*changes.last().unwrap());
            }),
            (4, "a lane never ends", never_end),
        ],
    );
}

/// In `thread-pool-submit` and the like: the worker that ran a task.
fn worker_of(timeline: &mut Timeline, task: &str) -> usize {
    let runs = |lane: &weft::timeline::Lane| lane.scopes.iter().any(|scope| scope.name == task);
    timeline.lanes.iter().position(runs).unwrap()
}

/// The task has not run.
fn lose_task(timeline: &mut Timeline, task: &str) {
    let at = worker_of(timeline, task);
    timeline.lanes[at].scopes.retain(|scope| scope.name != task);
}

/// The task takes no time.
fn shorten_task(timeline: &mut Timeline, task: &str) {
    let at = worker_of(timeline, task);
    let scope = timeline.lanes[at].scopes.iter_mut().find(|scope| scope.name == task).unwrap();
    scope.end = Some(scope.start);
}

#[test]
fn thread_pool_submit() {
    let set = [("workers", "2"), ("tasks", "3")];
    check(
        "thread-pool-submit",
        &set,
        &good("thread-pool-submit", &set),
        &[
            (0, "a task has not run", |timeline| lose_task(timeline, "square-2")),
            (0, "a task takes no time", |timeline| shorten_task(timeline, "square-1")),
            (0, "a task ends after a minute", |timeline| {
                let at = worker_of(timeline, "square-3");
                timeline.lanes[at].scopes.last_mut().unwrap().end = Some(Nanos::from_millis(60_000));
            }),
            (0, "three tasks run at the same time", |timeline| {
                for lane in &mut timeline.lanes {
                    for scope in &mut lane.scopes {
                        scope.start = Nanos(0);
                    }
                }
            }),
            (1, "main does the work", |timeline| {
                resource(timeline, "square-2").events.last_mut().unwrap().lane = LaneId(0);
            }),
            (1, "a result is there before its task is done", |timeline| {
                resource(timeline, "square-2").events.last_mut().unwrap().time = Nanos(1);
            }),
            (1, "two results are mixed up", |timeline| swap_lines(timeline, "main")),
            (1, "main does not ask for a result", |timeline| {
                wait_on(timeline, "main", "square-1")[0].on = None;
            }),
            (2, "a task fails", |timeline| timeline.prints[1].text = "2 failed: of itself".to_owned()),
            (2, "a result is missing", |timeline| drop_line(timeline, "2 squared is 4")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_pool_submit_with_a_failure() {
    let set = [("workers", "3"), ("tasks", "3"), ("fail", "one")];
    check(
        "thread-pool-submit",
        &set,
        &good("thread-pool-submit", &set),
        &[
            (0, "a task has not run", |timeline| lose_task(timeline, "square-2")),
            (1, "the task that fails gives a result", |timeline| timeline.prints[1].text = "2 squared is 4".to_owned()),
            (2, "nothing fails", |timeline| timeline.prints[1].text = "2 squared is 4".to_owned()),
            (2, "another task fails too", |timeline| timeline.prints[0].text = "1 failed: as well".to_owned()),
            (2, "a worker dies of it", |timeline| {
                let at = worker_of(timeline, "square-2");
                timeline.lanes[at].end.as_mut().unwrap().ending = Ending::Failed;
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_pool_map() {
    let set = [("workers", "4"), ("tasks", "4")];
    check(
        "thread-pool-map",
        &set,
        &good("thread-pool-map", &set),
        &[
            (0, "the results come in another order", |timeline| {
                let text = timeline.prints[0].text.clone();
                timeline.prints[0].text = std::mem::replace(&mut timeline.prints[1].text, text);
            }),
            (0, "a result is wrong", |timeline| timeline.prints[2].text = "3 squared is 10".to_owned()),
            (0, "a task has not run", |timeline| lose_task(timeline, "square-4")),
            (1, "main asks for another result first", |timeline| {
                let other = resource(timeline, "square-2").id;
                wait_on(timeline, "main", "square-1")[0].on = Some(Target::Resource(other));
            }),
            (1, "something else ends main's wait", |timeline| {
                let change = &mut wait_on(timeline, "main", "square-1")[1];
                change.cause = Some(Cause { lane: LaneId(0), time: change.time });
            }),
            (1, "main has a result before it is there", |timeline| {
                resource(timeline, "square-2").events.last_mut().unwrap().time = Nanos::from_millis(60_000);
            }),
            (2, "a task fails", |timeline| timeline.prints[1].text = "no more results: out of order".to_owned()),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn thread_pool_map_with_a_failure() {
    let set = [("workers", "4"), ("tasks", "4"), ("fail", "one")];
    check(
        "thread-pool-map",
        &set,
        &good("thread-pool-map", &set),
        &[
            (0, "a result comes after the failure", |timeline| {
                timeline.prints.last_mut().unwrap().text = "2 squared is 4".to_owned();
            }),
            (1, "main asks once more", |timeline| {
                let on = Target::Resource(resource(timeline, "square-3").id);
                lane(timeline, "main").passed.push(Passed {
                    time: Nanos::from_millis(60_000),
                    on,
                    site: None,
                    cause: None,
                });
            }),
            (2, "nothing fails", |timeline| {
                timeline.prints.retain(|print| !print.text.starts_with("no more"));
            }),
            (2, "the error comes first", |timeline| {
                let text = timeline.prints[0].text.clone();
                timeline.prints[0].text = std::mem::replace(&mut timeline.prints[1].text, text);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn as_completed() {
    let set = [("workers", "2"), ("tasks", "4")];
    check(
        "as-completed",
        &set,
        &good("as-completed", &set),
        &[
            (0, "two results come in another order", |timeline| swap_lines(timeline, "main")),
            (0, "a result is missing", |timeline| drop_line(timeline, "2 squared is 4")),
            (0, "a task was completed after a minute", |timeline| {
                resource(timeline, "square-1").events.last_mut().unwrap().time = Nanos::from_millis(60_000);
            }),
            (1, "something else ends a wait", |timeline| {
                let change = &mut wait_on(timeline, "main", "as_completed of 4")[1];
                change.cause = Some(Cause { lane: LaneId(0), time: change.time });
            }),
            (1, "main does not wait", |timeline| wait_on(timeline, "main", "as_completed of 4")[0].on = None),
            (1, "no task has run", |timeline| {
                for lane in &mut timeline.lanes {
                    lane.scopes.clear();
                }
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}
