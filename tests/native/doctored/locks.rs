//! What threads wait at: locks, semaphores, events, conditions, barriers.

use weft::timeline::{Lane, Resource, Timeline};
use weft::trace::{Cause, EventKind, LaneId, Nanos, State};

use super::{check, good, lane, never_end, remove, shorten_sleeps};

/// The resource with this name.
pub fn resource<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Resource {
    timeline.resources.iter_mut().find(|resource| resource.name == name).unwrap()
}

/// What happened to a resource no longer has the first event of which this is true.
pub fn forget(timeline: &mut Timeline, name: &str, is_it: impl Fn(&EventKind) -> bool) {
    let events = &mut resource(timeline, name).events;
    let at = events.iter().position(|event| is_it(&event.kind)).unwrap();
    events.remove(at);
}

/// The first release of a resource comes last of all.
pub fn release_late(timeline: &mut Timeline, name: &str) {
    let now = timeline.now;
    let events = &mut resource(timeline, name).events;
    let at = events.iter().position(|event| is_release(&event.kind)).unwrap();
    let mut event = events.remove(at);
    event.time = now;
    events.push(event);
}

/// All who waited have woken themselves.
pub fn wake_themselves(timeline: &mut Timeline) {
    for lane in &mut timeline.lanes {
        let id = lane.id;
        for change in &mut lane.changes {
            change.cause = change.cause.map(|cause| Cause { lane: id, ..cause });
        }
    }
}

pub fn never_wait(lane: &mut Lane) {
    lane.changes.retain(|change| !matches!(change.state, State::Blocked | State::Suspended));
}

pub fn is_acquisition(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Acquired { .. })
}

pub fn is_release(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Released { .. })
}

/// The values that were read from or written to a cell, or its levels.
pub fn figures(resource: &mut Resource) -> impl DoubleEndedIterator<Item = (LaneId, bool, &mut i64)> {
    resource.events.iter_mut().filter_map(|event| match &mut event.kind {
        EventKind::Write { value, .. } | EventKind::Level { value, .. } => Some((event.lane, true, value)),
        EventKind::Read { value, .. } => Some((event.lane, false, value)),
        _ => None,
    })
}

#[test]
fn bank_account() {
    check(
        "bank-account",
        &[],
        &good("bank-account", &[]),
        &[
            (0, "a deposit was not written", |timeline| {
                let payer = lane(timeline, "payer").id;
                let events = &mut resource(timeline, "balance").events;
                let written = |kind: &EventKind| matches!(kind, EventKind::Write { .. });
                let at = events.iter().position(|event| event.lane == payer && written(&event.kind)).unwrap();
                events.remove(at);
            }),
            (0, "one did not see what another had written", |timeline| {
                let (.., value) = figures(resource(timeline, "balance")).filter(|(_, write, _)| !write).nth(2).unwrap();
                *value += 1;
            }),
            (0, "one booking less was under the lock", |timeline| {
                forget(timeline, "lock", is_acquisition);
                forget(timeline, "lock", is_release);
            }),
            (1, "the lock was held by two", |timeline| release_late(timeline, "lock")),
            (1, "who waited for the lock gave it to itself", wake_themselves),
            (2, "a withdrawal was refused though there was enough", |timeline| {
                let taker = lane(timeline, "taker").id;
                let (.., value) = figures(resource(timeline, "balance")).rfind(|(lane, ..)| *lane == taker).unwrap();
                *value = 5000;
            }),
            (2, "more was taken out than asked for", |timeline| {
                let taker = lane(timeline, "taker").id;
                let (.., value) =
                    figures(resource(timeline, "balance")).find(|(lane, write, _)| *lane == taker && *write).unwrap();
                *value -= 1;
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn rlock() {
    let set = [("depth", "3")];
    check(
        "rlock",
        &set,
        &good("rlock", &set),
        &[
            (0, "the lock was taken once less", |timeline| forget(timeline, "lock", is_acquisition)),
            (0, "the second taking was over before the third", |timeline| {
                let events = &mut resource(timeline, "lock").events;
                let release = events.iter().position(|event| is_release(&event.kind)).unwrap();
                let third =
                    events.iter().enumerate().filter(|(_, event)| is_acquisition(&event.kind)).nth(2).unwrap().0;
                let (early, late) = (events[third].time, events[release].time);
                events[release].time = early;
                events[third].time = late;
                events.swap(third, release);
            }),
            (1, "both had the lock", |timeline| release_late(timeline, "lock")),
            (1, "who waited for the lock gave it to itself", wake_themselves),
            (2, "a lane never ends", never_end),
        ],
    );

    let set = [("kind", "Lock"), ("depth", "2")];
    check(
        "rlock",
        &set,
        &good("rlock", &set),
        &[
            (0, "nobody waits at the end", |timeline| timeline.lanes.iter_mut().for_each(never_wait)),
            (0, "the lock was given back", |timeline| {
                let events = &mut resource(timeline, "lock").events;
                let mut event = events.last().unwrap().clone();
                let EventKind::Acquired { resource, .. } = event.kind else { panic!("it was not taken") };
                event.kind = EventKind::Released { resource };
                events.push(event);
            }),
            (1, "main waits for nobody", |timeline| never_wait(lane(timeline, "main"))),
            (1, "the lock is not one", |timeline| resource(timeline, "lock").kind = None),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn semaphore() {
    let set = [("permits", "2"), ("threads", "5"), ("hold", "60")];
    check(
        "semaphore",
        &set,
        &good("semaphore", &set),
        &[
            (0, "a permit is kept while others are handed out", |timeline| release_late(timeline, "semaphore")),
            (0, "a thread had none", |timeline| forget(timeline, "semaphore", is_acquisition)),
            (0, "there were more permits than that", |timeline| {
                let (.., value) = figures(resource(timeline, "semaphore")).last().unwrap();
                *value = 3;
            }),
            (1, "permits were given back at once", |timeline| {
                let events = &mut resource(timeline, "semaphore").events;
                for at in 0..events.len() {
                    let taken = |lane| events.iter().find(|event| event.lane == lane && is_acquisition(&event.kind));
                    if is_release(&events[at].kind) {
                        events[at].time = taken(events[at].lane).unwrap().time + Nanos(1);
                    }
                }
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
fn event() {
    let set = [("waiters", "2"), ("delay", "200")];
    check(
        "event",
        &set,
        &good("event", &set),
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
fn condition() {
    let set = [("items", "3")];
    check(
        "condition",
        &set,
        &good("condition", &set),
        &[
            (0, "an item was taken twice", |timeline| {
                let (.., value) = figures(resource(timeline, "taken")).rfind(|(_, write, _)| *write).unwrap();
                *value -= 1;
            }),
            (0, "an item was taken before it was made", |timeline| {
                let events = &mut resource(timeline, "made").events;
                let last = events.iter_mut().rfind(|event| matches!(event.kind, EventKind::Write { .. })).unwrap();
                last.time = Nanos::from_millis(60_000);
            }),
            (0, "an item was not made", |timeline| {
                let made = &mut resource(timeline, "made").events;
                let at = made.iter().rposition(|event| matches!(event.kind, EventKind::Write { .. })).unwrap();
                made.remove(at);
            }),
            (1, "consumers have woken themselves", wake_themselves),
            (1, "one was not told", |timeline| {
                let (.., value) = figures(resource(timeline, "changed")).rfind(|(.., value)| **value == 0).unwrap();
                *value = 1;
                let (.., before) = figures(resource(timeline, "changed")).rev().nth(1).unwrap();
                *before = 2;
            }),
            (2, "a consumer kept the lock while it waited", |timeline| forget(timeline, "changed lock", is_release)),
            (3, "a lane never ends", never_end),
        ],
    );

    let set = [("items", "3"), ("notify", "one")];
    check(
        "condition",
        &set,
        &good("condition", &set),
        &[
            (0, "an item was taken twice", |timeline| {
                let (.., value) = figures(resource(timeline, "taken")).rfind(|(_, write, _)| *write).unwrap();
                *value -= 1;
            }),
            (1, "one word woke two", |timeline| {
                let producer = lane(timeline, "producer").id;
                let events = &mut resource(timeline, "changed").events;
                let at = events.iter().position(|event| event.lane == producer).unwrap();
                let EventKind::Level { value, .. } = &mut events[at - 1].kind else { panic!("no level") };
                *value += 1;
            }),
            (2, "a consumer kept the lock while it waited", |timeline| forget(timeline, "changed lock", is_release)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn barrier() {
    let set = [("threads", "3"), ("phases", "2")];
    check(
        "barrier",
        &set,
        &good("barrier", &set),
        &[
            (0, "worker-2 enters the second phase at once", |timeline| {
                let changes = &mut lane(timeline, "worker-2").changes;
                let sleeps: Vec<_> = (0..changes.len()).filter(|at| changes[*at].state == State::Sleeping).collect();
                changes[sleeps[1]].time = changes[sleeps[0]].time;
            }),
            (0, "worker-2 does not sleep", |timeline| shorten_sleeps(timeline, "worker-2")),
            (0, "the barrier never opens", |timeline| {
                for (.., value) in figures(resource(timeline, "barrier")) {
                    *value = 0;
                }
            }),
            (1, "all were woken by themselves", wake_themselves),
            (1, "the last to arrive stays there", |timeline| {
                timeline.lanes.iter_mut().for_each(|lane| lane.passed.clear());
            }),
            (2, "worker-3 sleeps for a minute", |timeline| {
                let changes = &mut lane(timeline, "worker-3").changes;
                let at = changes.iter().rposition(|change| change.state == State::Sleeping).unwrap();
                changes[at + 1].time = Nanos::from_millis(60_000);
            }),
            (2, "worker-1 does not sleep", |timeline| shorten_sleeps(timeline, "worker-1")),
            (3, "a lane never ends", never_end),
        ],
    );
}
