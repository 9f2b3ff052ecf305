//! Demos that compare models.

use weft::demos::Demo;
use weft::timeline::{Change, Lane, Resource, Timeline};
use weft::trace::{EventKind, LaneKind, Nanos, ResourceKind, State, Target};

use super::Doctor;
use super::processes::{doctor, events, reprint, scope};
use super::{check, check_harmless, lane, never_end, remove};
use crate::runner::{run_undisturbed, values};

/// Doctors of what is compared of each model, which stands in four observations, from this one on; and of what comes
/// before.
fn compared(at: usize, before: &[Doctor]) -> Vec<Doctor> {
    let mut doctors = before.to_vec();
    doctors.extend::<[Doctor; 4]>([
        (at, "the models overlap", |t| {
            let end = scope(t, "main", "threads").start + Nanos(1);
            scope(t, "main", "sequential").end = Some(end);
        }),
        (at + 1, "main does two pieces at once", |t| {
            let scopes = &mut lane(t, "main").scopes;
            let end = scopes.iter().find(|scope| scope.name.ends_with("-1")).and_then(|scope| scope.end).unwrap();
            let second = scopes.iter_mut().find(|scope| scope.name.ends_with("-2")).unwrap();
            second.start = Nanos(end.0 - 1000);
        }),
        (at + 3, "nobody ran", |t| {
            for lane in &mut t.lanes {
                lane.changes.retain(|change| change.state != State::Running);
            }
        }),
        (at + 4, "a lane never ends", never_end),
    ]);
    doctors
}

/// The lane was ready, and nothing else.
fn never_run(timeline: &mut Timeline, name: &str) {
    lane(timeline, name).changes.retain(|change| change.state == State::Ready);
}

/// The task with this name; threads may have the same.
fn task<'a>(timeline: &'a mut Timeline, name: &str) -> &'a mut Lane {
    let is_it = |lane: &&mut Lane| lane.kind == Some(LaneKind::Task) && lane.name == name;
    timeline.lanes.iter_mut().find(is_it).unwrap_or_else(|| panic!("there is no task {name}"))
}

#[test]
fn compare_io() {
    doctor(
        "compare-io",
        &[("tasks", "3"), ("delay", "20")],
        &compared(
            1,
            &[
                (3, "a worker never ran", |t| never_run(t, "thread-1")),
                (0, "a wait is too short", |t| {
                    let wait = scope(t, "thread-2", "wait-2");
                    wait.end = Some(wait.start + Nanos(1));
                }),
                (0, "a process is not there", |t| lane(t, "process-1").scopes.clear()),
                (0, "threads wait for a minute", |t| {
                    scope(t, "main", "threads").end = Some(Nanos::from_millis(90_000))
                }),
                (1, "a task did not wait", |t| lane(t, "task-3").scopes.clear()),
            ],
        ),
    );
}

#[test]
fn compare_cpu() {
    doctor(
        "compare-cpu",
        &[("tasks", "4"), ("n", "1000000"), ("workers", "2")],
        &compared(
            2,
            &[
                (4, "a worker never ran", |t| {
                    // Either of the two may have done all.
                    let summed = |lane: &&Lane| lane.scopes.iter().any(|scope| scope.name.starts_with("sum-"));
                    let mut processes = t.lanes.iter().filter(|lane| lane.name.starts_with("process-"));
                    let name = processes.find(summed).unwrap().name.clone();
                    never_run(t, &name);
                }),
                (0, "the results differ", |t| reprint(t, "4 sums", "4 sums in each of 4 models: results differ")),
                (0, "a sum is missing", |t| lane(t, "main").scopes.retain(|scope| scope.name != "sum-3")),
                (1, "two ran under the GIL", |t| {
                    let start = scope(t, "main", "threads under").start;
                    for change in lane(t, "turns_0").changes.iter_mut().filter(|change| change.time > start) {
                        change.state = State::Running;
                    }
                }),
            ],
        ),
    );
}

#[test]
fn compare_mixed() {
    doctor(
        "compare-mixed",
        &[("io", "2"), ("cpu", "2"), ("waits", "5"), ("delay", "2"), ("n", "10000000")],
        &compared(
            4,
            &[
                (6, "a worker never ran", |t| never_run(t, "process-1")),
                (0, "the results differ", |t| {
                    reprint(t, "2 + 2 jobs", "2 + 2 jobs in each of 5 models: results differ")
                }),
                (1, "nobody waited for the GIL", |t| {
                    let gil = |resource: &&Resource| resource.kind == Some(ResourceKind::Gil);
                    let gil = Target::Resource(t.resources.iter().find(gil).unwrap().id);
                    for lane in &mut t.lanes {
                        for change in lane.changes.iter_mut().filter(|change| change.on == Some(gil)) {
                            change.state = State::Running;
                        }
                    }
                }),
                (2, "a task had a turn while another computed", |t| {
                    let begins = task(t, "compute-1").scopes[0].start;
                    let changes = &mut task(t, "wait-1").changes;
                    let turn = changes.iter_mut().find(|change| change.time > begins && change.state == State::Running);
                    turn.unwrap().time = begins + Nanos(1000);
                }),
                (3, "a task waited for no process", |t| {
                    let process = Some(Target::Lane(lane(t, "process-1").id));
                    for lane in &mut t.lanes {
                        lane.changes.retain(|change| change.on != process);
                    }
                }),
                (3, "no process computed", |t| {
                    for lane in t.lanes.iter_mut().filter(|lane| lane.name.starts_with("process-")) {
                        lane.kind = Some(LaneKind::Task);
                    }
                }),
            ],
        ),
    );
}

#[test]
fn sync_cost() {
    fn unmeasured(timeline: &mut Timeline, name: &str) {
        for lane in &mut timeline.lanes {
            lane.scopes.retain(|scope| scope.name != name);
        }
    }
    doctor(
        "sync-cost",
        &[("increments", "1000"), ("handoffs", "100"), ("starts", "1")],
        &[
            (0, "an increment was lost", |t| reprint(t, "threads counted to", "threads counted to 3999")),
            (0, "a process counted wrong", |t| reprint(t, "a process counted to", "a process counted to 199")),
            (0, "tasks were not measured", |t| unmeasured(t, "increment.tasks")),
            (1, "processes were not measured", |t| unmeasured(t, "hand-off.processes")),
            (2, "threads were not measured", |t| unmeasured(t, "start-join.threads")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn gil() {
    let set = [("threads", "2"), ("interval", "2"), ("n", "5000000")];
    let demo = Demo::find("gil").unwrap();
    let good = run_undisturbed(demo, &values(demo, &set), 1.0).timeline;
    check(
        "gil",
        &set,
        &good,
        &[
            (0, "the sums differ", |t| reprint(t, "2 threads computed", "2 threads computed different sums")),
            (0, "a thread is missing", |t| remove(t, "cpu-2")),
            (1, "both run at the same time", |t| {
                for name in ["cpu-1", "cpu-2"] {
                    for change in &mut lane(t, name).changes {
                        change.state = State::Running;
                    }
                }
            }),
            (1, "one runs without the GIL", |t| {
                let first = lane(t, "cpu-1").id;
                events(t, "GIL").retain(|event| event.lane != first);
            }),
            (2, "the switches came too soon", |t| {
                let mut given_up = None;
                for event in events(t, "GIL").iter_mut().rev() {
                    match event.kind {
                        EventKind::Released { .. } => given_up = Some(event.time),
                        EventKind::Acquired { .. } => event.time = Nanos(given_up.unwrap_or(event.time).0 - 1000),
                        _ => {}
                    }
                }
            }),
            (3, "a thread did not sleep", |t| super::shorten_sleeps(t, "io-gil-1")),
            (3, "threads slept for a minute", |t| {
                scope(t, "main", "wait without it").end = Some(Nanos::from_millis(90_000))
            }),
            (4, "a lane never ends", never_end),
        ],
    );
    check_harmless(
        "gil",
        &set,
        &good,
        &[("who gave it up to wait had no time to wait", |t| {
            // As if main had given it up to join a thread that was over by then, while another had the GIL.
            let gil = t.resources.iter().find(|resource| resource.name == "GIL").unwrap().id;
            let main = lane(t, "main");
            let id = main.id;
            let joins = main.changes.iter().position(|change| matches!(change.on, Some(Target::Lane(_)))).unwrap();
            let ready = Change { state: State::Ready, on: Some(Target::Resource(gil)), ..main.changes[joins] };
            main.changes.insert(joins + 1, ready);
            let time = ready.time;
            assert!(events(t, "GIL").iter().any(|event| event.lane == id && event.time >= time));
        })],
    );
    let set = [("gil", "off"), ("threads", "2"), ("n", "5000000")];
    let good = run_undisturbed(demo, &values(demo, &set), 1.0).timeline;
    check(
        "gil",
        &set,
        &good,
        &[
            (0, "a thread is missing", |t| remove(t, "cpu-2")),
            (1, "a thread is missing", |t| remove(t, "cpu-2")),
            (1, "a thread waits for a GIL", |t| {
                let gil = t.resources.iter().find(|resource| resource.name == "GIL").unwrap().id;
                lane(t, "cpu-1").changes[0].on = Some(Target::Resource(gil));
            }),
            (2, "there was a GIL", |t| {
                let start = scope(t, "main", "compute").start;
                events(t, "GIL")[1].time = start;
            }),
            (3, "a thread did not sleep", |t| super::shorten_sleeps(t, "io-2")),
            (4, "a lane never ends", never_end),
        ],
    );
}
