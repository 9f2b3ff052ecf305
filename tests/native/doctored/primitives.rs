//! Tasks on one event loop: what they wait at, futures, iterators.

use weft::timeline::Timeline;
use weft::trace::{Cause, EventKind, LaneId, Nanos, State, Target};

use super::locks::{figures, forget, is_acquisition, is_release, never_wait, release_late, resource, wake_themselves};
use super::queues::{drop_line, last_level, swap_lines};
use super::{check, good, lane, never_end, remove, shorten_sleeps};

/// The first wait of a lane for a resource ends by this cause.
fn wake(timeline: &mut Timeline, name: &str, on: &str, change_cause: impl FnOnce(&mut Option<Cause>)) {
    let on = Some(Target::Resource(resource(timeline, on).id));
    let changes = &mut lane(timeline, name).changes;
    let at = changes.iter().position(|change| change.state == State::Suspended && change.on == on).unwrap();
    change_cause(&mut changes[at + 1].cause);
}

fn line<'a>(timeline: &'a mut Timeline, text: &str) -> &'a mut weft::timeline::Text {
    timeline.prints.iter_mut().find(|print| print.text == text).unwrap_or_else(|| panic!("nobody printed {text}"))
}

#[test]
fn async_lock() {
    let set = [("lock", "on"), ("tasks", "3"), ("increments", "2")];
    check(
        "async-lock",
        &set,
        &good("async-lock", &set),
        &[
            (0, "an update was not written", |timeline| {
                let events = &mut resource(timeline, "counter").events;
                let at = events.iter().rposition(|event| matches!(event.kind, EventKind::Write { .. })).unwrap();
                events.remove(at);
            }),
            (0, "one read what another had read", |timeline| {
                let (.., value) = figures(resource(timeline, "counter")).filter(|(_, write, _)| !write).nth(1).unwrap();
                *value = 0;
            }),
            (1, "two were inside at the same time", |timeline| {
                let events = &mut resource(timeline, "counter").events;
                let reads: Vec<_> =
                    (0..events.len()).filter(|at| matches!(events[*at].kind, EventKind::Read { .. })).collect();
                events[reads[1]].time = events[reads[0]].time + Nanos(1);
            }),
            (1, "a worker is not there", |timeline| remove(timeline, "worker-3")),
            (2, "a lane never ends", never_end),
        ],
    );

    let set = [("tasks", "3"), ("increments", "2")];
    check(
        "async-lock",
        &set,
        &good("async-lock", &set),
        &[
            (0, "nobody read the same, but updates were lost", |timeline| {
                let counter = resource(timeline, "counter");
                for (read, (.., value)) in figures(counter).filter(|(_, write, _)| !write).enumerate() {
                    *value = read as i64;
                }
            }),
            (1, "an update took no time", |timeline| {
                let events = &mut resource(timeline, "counter").events;
                let at = events.iter().rposition(|event| matches!(event.kind, EventKind::Write { .. })).unwrap();
                let lane = events[at].lane;
                let read = events[..at].iter().rposition(|event| event.lane == lane).unwrap();
                events[at].time = events[read].time;
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn async_semaphore() {
    let set = [("permits", "2"), ("tasks", "5"), ("hold", "60")];
    check(
        "async-semaphore",
        &set,
        &good("async-semaphore", &set),
        &[
            (0, "a permit is kept while others are handed out", |timeline| release_late(timeline, "semaphore")),
            (0, "a task had none", |timeline| forget(timeline, "semaphore", is_acquisition)),
            (0, "there were more permits than that", |timeline| {
                let (.., value) = figures(resource(timeline, "semaphore")).last().unwrap();
                *value = 3;
            }),
            (1, "the last permit was given back after a minute", |timeline| {
                let events = &mut resource(timeline, "semaphore").events;
                let last = events.iter_mut().rfind(|event| is_release(&event.kind)).unwrap();
                last.time = Nanos::from_millis(60_000);
            }),
            (2, "who waited for a permit gave it to itself", wake_themselves),
            (2, "a worker is not there", |timeline| remove(timeline, "worker-5")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn async_event() {
    let set = [("waiters", "2"), ("delay", "200")];
    check(
        "async-event",
        &set,
        &good("async-event", &set),
        &[
            (0, "the waiters were not woken by the setter", wake_themselves),
            (0, "the event was set twice", |timeline| {
                let events = &mut resource(timeline, "ready").events;
                events.push(events.last().unwrap().clone());
            }),
            (0, "a waiter did not wait", |timeline| never_wait(lane(timeline, "waiter-2"))),
            (1, "the setter did not sleep", |timeline| shorten_sleeps(timeline, "setter")),
            (1, "the event was set before that", |timeline| {
                resource(timeline, "ready").events.last_mut().unwrap().time = Nanos(1);
            }),
            (2, "nobody waited", |timeline| timeline.lanes.iter_mut().for_each(never_wait)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn async_queue() {
    let set = [("items", "12")];
    check(
        "async-queue",
        &set,
        &good("async-queue", &set),
        &[
            (0, "two items come out in another order", |timeline| swap_lines(timeline, "consumer-1")),
            (0, "no item comes out", |timeline| timeline.prints.retain(|print| !print.text.ends_with("came out"))),
            (1, "the queue holds more than it has room for", |timeline| {
                for (.., value) in figures(resource(timeline, "queue")).skip(1) {
                    *value += 2;
                }
            }),
            (2, "nobody ends a wait of a producer", |timeline| {
                wake(timeline, "producer-2", "queue", |cause| *cause = None);
            }),
            (2, "a consumer's wait is ended by main at the beginning", |timeline| {
                wake(timeline, "consumer-1", "queue", |cause| {
                    *cause = Some(Cause { lane: LaneId(0), time: Nanos::ZERO });
                });
            }),
            (3, "an item is not consumed", |timeline| drop_line(timeline, "item 3 came out")),
            (3, "an item is consumed twice", |timeline| {
                line(timeline, "item 3 came out").text = "item 4 came out".to_owned();
            }),
            (3, "a sentinel is left in the queue", |timeline| last_level(timeline, "queue")),
            (3, "a consumer is not there", |timeline| remove(timeline, "consumer-1")),
            (4, "main is let go by a producer", |timeline| {
                let producer = lane(timeline, "producer-1").id;
                wake(timeline, "main", "queue", |cause| cause.as_mut().unwrap().lane = producer);
            }),
            (4, "main is let go before the end", |timeline| {
                wake(timeline, "main", "queue", |cause| cause.as_mut().unwrap().time = Nanos(1));
            }),
            (4, "main does not wait", |timeline| never_wait(lane(timeline, "main"))),
            (5, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn future() {
    for (outcome, seen_by_main) in [
        ("result", "main: the answer is 42"),
        ("error", "main: there is no answer"),
        ("cancel", "main: nobody will answer"),
    ] {
        let set = [("outcome", outcome), ("delay", "100")];
        let timeline = good("future", &set);
        assert!(timeline.prints.iter().any(|print| print.text == seen_by_main));
        check(
            "future",
            &set,
            &timeline,
            &[
                (0, "main set it", |timeline| {
                    let main = lane(timeline, "main").id;
                    resource(timeline, "answer").events.last_mut().unwrap().lane = main;
                }),
                (0, "it was pending for no time", |timeline| {
                    let events = &mut resource(timeline, "answer").events;
                    events[0].time = events[1].time;
                }),
                (0, "main was woken by itself", wake_themselves),
                (1, "it was not pending at first", |timeline| drop_line(timeline, "main: the answer is pending")),
                (1, "main learned nothing", |timeline| {
                    let main = lane(timeline, "main").id;
                    timeline.prints.retain(|print| print.lane != main || print.text.ends_with("pending"));
                }),
                (1, "the setter saw something else", |timeline| {
                    let setter = lane(timeline, "setter").id;
                    timeline.prints.iter_mut().find(|print| print.lane == setter).unwrap().text =
                        "setter: it is pending".to_owned();
                }),
                (2, "a callback was not called", |timeline| {
                    timeline.prints.retain(|print| !print.text.starts_with("second callback"));
                }),
                (2, "the callbacks were called in another order", |timeline| swap_lines(timeline, "event loop")),
                (2, "a callback was called inside the setter's turn", |timeline| {
                    let at = timeline.prints.iter().position(|print| print.text.starts_with("first callback")).unwrap();
                    timeline.prints.swap(at - 1, at);
                }),
                (3, "it could be set again", |timeline| timeline.marks.clear()),
                (4, "a lane never ends", never_end),
            ],
        );
    }
}

#[test]
fn async_iterator() {
    let set = [("count", "3"), ("delay", "100")];
    check(
        "async-iterator",
        &set,
        &good("async-iterator", &set),
        &[
            (0, "a value is missing", |timeline| drop_line(timeline, "iterator: 2")),
            (0, "two values change places", |timeline| {
                line(timeline, "generator: 1").text = "generator: 0".to_owned();
                line(timeline, "generator: 2").text = "generator: 1".to_owned();
                line(timeline, "generator: 0").text = "generator: 2".to_owned();
            }),
            (1, "main did not sleep", |timeline| shorten_sleeps(timeline, "main")),
            (1, "a value was there at once", |timeline| {
                let first = line(timeline, "iterator: 1").time;
                line(timeline, "iterator: 2").time = first;
            }),
            (1, "the last took a minute", |timeline| {
                line(timeline, "iterator: 3").time = Nanos::from_millis(60_000);
            }),
            (2, "all were made before the first was asked for", |timeline| {
                let first = line(timeline, "generator: 1").time;
                line(timeline, "generator: 2").time = first;
                line(timeline, "generator: 3").time = first;
            }),
            (2, "the last took a minute", |timeline| {
                line(timeline, "generator: 3").time = Nanos::from_millis(60_000);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn task_recording_cost() {
    let set = [("tasks", "50"), ("handoffs", "50"), ("events", "100")];
    check(
        "task-recording-cost",
        &set,
        &good("task-recording-cost", &set),
        &[
            (0, "an event is missing", |timeline| last_level(timeline, "record events")),
            (0, "it was not measured", |timeline| {
                lane(timeline, "main").scopes.retain(|scope| scope.name != "record events");
            }),
            (1, "tasks are missing", |timeline| remove(timeline, "spawn traced")),
            (1, "what should not have been recorded was", |timeline| {
                lane(timeline, "spawn traced").name = "spawn untraced".to_owned();
            }),
            (1, "it was not measured", |timeline| {
                lane(timeline, "main").scopes.retain(|scope| scope.name != "spawn traced");
            }),
            (2, "what should not have been recorded was", |timeline| {
                resource(timeline, "hand over traced").name = "hand over untraced".to_owned();
            }),
            (2, "it was not measured", |timeline| {
                lane(timeline, "main").scopes.retain(|scope| scope.name != "hand over untraced");
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}
