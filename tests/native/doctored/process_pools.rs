//! Demos of pools of processes: their results, and who has done which task.

use weft::timeline::{Scope, Timeline};
use weft::trace::{Nanos, State, Target};

use super::processes::{doctor, events, reprint, scope};
use super::{Harmless, check_harmless, good, lane, never_end, remove};

/// All observations still hold after each of these changes to the trace of a run with these parameters.
fn harmless(id: &str, set: &[(&str, &str)], changes: &[Harmless]) {
    check_harmless(id, set, &good(id, set), changes);
}

/// A scope whose name begins so, of whichever lane has it.
fn any_scope<'a>(timeline: &'a mut Timeline, begins: &str) -> &'a mut Scope {
    let mut scopes = timeline.lanes.iter_mut().flat_map(|lane| &mut lane.scopes);
    scopes.find(|scope| scope.name.starts_with(begins)).unwrap_or_else(|| panic!("nobody has {begins:?}"))
}

#[test]
fn process_pool_map() {
    doctor(
        "process-pool-map",
        &[("processes", "2"), ("n", "100000")],
        &[
            (0, "the results differ", |t| reprint(t, "4 parts", "4 parts, results differ")),
            (0, "a part was not summed", |t| {
                for worker in ["pool-1", "pool-2"] {
                    lane(t, worker).scopes.retain(|scope| scope.name != "sum-2");
                }
            }),
            (0, "a process is not there", |t| remove(t, "pool-2")),
            (1, "a part was summed before the pool was asked", |t| {
                scope(t, "main", "in the pool").start = Nanos::from_millis(60_000);
            }),
            (0, "the pool was not used", |t| scope(t, "main", "in the pool").name = "out of it".to_owned()),
            (2, "a process never ran", |t| lane(t, "pool-1").changes.retain(|change| change.state == State::Ready)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn process_pool_async() {
    doctor(
        "process-pool-async",
        &[("processes", "2"), ("tasks", "8")],
        &[
            (0, "main goes on late", |t| {
                let line = t.prints.iter_mut().find(|print| print.text.starts_with("the call was sent")).unwrap();
                line.time = Nanos::from_millis(60_000);
            }),
            (0, "the result is wrong", |t| reprint(t, "12 squared", "12 squared is 143")),
            (1, "a result is missing", |t| t.prints.retain(|print| !print.text.starts_with("progress: 3"))),
            (1, "a result is wrong", |t| reprint(t, "progress: 3", "progress: 3 of 8, 3 squared is 8")),
            (0, "main waits for the result before it goes on", |t| {
                let results = t.resources.iter().find(|resource| resource.name == "pool results").unwrap().id;
                let main = lane(t, "main");
                let mut wait = main.changes[0];
                (wait.state, wait.on) = (State::Blocked, Some(Target::Resource(results)));
                main.changes.insert(1, wait);
            }),
            (1, "a result comes before it is there", |t| {
                t.prints.iter_mut().find(|print| print.text.starts_with("progress: 3")).unwrap().time = Nanos(0);
            }),
            (2, "a call was not made", |t| any_scope(t, "square-").name = "nothing".to_owned()),
            (3, "a lane never ends", never_end),
        ],
    );
    harmless(
        "process-pool-async",
        &[("processes", "2"), ("tasks", "8")],
        &[("main is put aside until all is done", |t| {
            let late = Nanos::from_millis(60_000);
            let main = lane(t, "main");
            let (id, first) = (main.id, main.changes[0].time);
            for change in main.changes.iter_mut().filter(|change| change.time > first) {
                change.time = change.time + late;
            }
            main.end.as_mut().unwrap().time = Nanos(u64::MAX / 2);
            for print in t.prints.iter_mut().filter(|print| print.lane == id) {
                print.time = print.time + late;
            }
        })],
    );
}

#[test]
fn process_fibonacci() {
    doctor(
        "process-fibonacci",
        &[("processes", "2"), ("numbers", "5000")],
        &[
            (0, "digits are wrong", |t| {
                reprint(t, "fibonacci(500)", "fibonacci(500) has 347 bits and ends in 1234567890")
            }),
            (0, "a number is missing", |t| t.prints.retain(|print| !print.text.starts_with("fibonacci(500)"))),
            (1, "a task was not done", |t| any_scope(t, "fibonacci-").name = "nothing".to_owned()),
            (1, "two tasks are taken out of order", |t| {
                for worker in ["pool-1", "pool-2"] {
                    for scope in &mut lane(t, worker).scopes {
                        scope.name = match &*scope.name {
                            "fibonacci-1" => "fibonacci-2".to_owned(),
                            "fibonacci-2" => "fibonacci-1".to_owned(),
                            name => name.to_owned(),
                        };
                    }
                }
            }),
            (1, "a task is done that nobody has taken", |t| {
                let workers = ["pool-1", "pool-2"].map(|worker| t.lane_named(worker).unwrap().id);
                let tasks = events(t, "pool tasks");
                let take = tasks.iter().position(|event| workers.contains(&event.lane)).unwrap();
                tasks.remove(take);
            }),
            (2, "a lane never ends", never_end),
        ],
    );
    harmless(
        "process-fibonacci",
        &[("processes", "2"), ("numbers", "5000")],
        &[("who has taken the second task begins it after the third", |t| {
            let later = any_scope(t, "fibonacci-3").end.unwrap();
            let (by, other) = match has_scope(t, "pool-1", "fibonacci-3") {
                true => ("pool-1", "pool-2"),
                false => ("pool-2", "pool-1"),
            };
            if has_scope(t, by, "fibonacci-2") {
                hand_over(t, by, other);
            }
            let second = scope(t, other, "fibonacci-2");
            (second.start, second.end) = (later, Some(later + Nanos(1000)));
        })],
    );
}

fn has_scope(timeline: &Timeline, of: &str, name: &str) -> bool {
    timeline.lane_named(of).is_some_and(|lane| lane.scopes.iter().any(|scope| scope.name == name))
}

/// The second task was taken and done by another worker.
fn hand_over(timeline: &mut Timeline, from: &str, to: &str) {
    let (taker, other) = (lane(timeline, from).id, lane(timeline, to).id);
    let number = |scope: &Scope| scope.name.strip_prefix("fibonacci-").and_then(|number| number.parse::<u32>().ok());
    let scopes = &mut lane(timeline, from).scopes;
    let task = scopes.iter().position(|scope| number(scope) == Some(2)).unwrap();
    let task = scopes.remove(task);
    let taken =
        events(timeline, "pool tasks").iter_mut().rfind(|event| event.lane == taker && event.time <= task.start);
    taken.unwrap().lane = other;
    let scopes = &mut lane(timeline, to).scopes;
    let next = scopes.iter().position(|scope| number(scope) > Some(2)).unwrap_or(scopes.len());
    scopes.insert(next, task);
}
