//! Whatever a lane takes, the trace knows who gave it and when, whether the lane had to wait for it or not.
//!
//! Who that must have been follows from the order of a resource's events alone; it is held against the causes that were
//! recorded, on random programs of threads, of tasks, and of what processes share, and after every demo.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use weft::runtime::host::Clock;
use weft::runtime::{Config, Run, processes, run_main, tasks, threads};
use weft::timeline::{Lane, Resource, ResourceEvent, Timeline};
use weft::trace::{Cause, EventKind, LaneKind, Nanos, ResourceKind, State, Target};

use crate::runner;

/// What is wrong with the causes in this timeline, in sentences.
pub fn wrong(timeline: &Timeline) -> Vec<String> {
    let mut wrong = Vec::new();
    for resource in &timeline.resources {
        let found = match resource.kind {
            Some(ResourceKind::Lock) => holders(timeline, resource, 1),
            Some(ResourceKind::Semaphore) => holders(timeline, resource, free_at_first(resource)),
            Some(ResourceKind::Queue) => items(timeline, resource),
            _ => Vec::new(),
        };
        wrong.extend(found.into_iter().map(|what| format!("“{}”: {what}", resource.name)));
    }
    for lane in &timeline.lanes {
        for passed in &lane.passed {
            let Target::Lane(other) = passed.on else { continue };
            let end = timeline.lane(other).and_then(|other| other.end.as_ref());
            if passed.cause != end.map(|end| Cause { lane: other, time: end.time }) {
                wrong.push(format!("{} met {other:?} by {:?}, which ended at {end:?}", lane.name, passed.cause));
            }
        }
    }
    wrong
}

/// Permits are given back and taken in one order; those that were there at first are taken first.
fn holders(timeline: &Timeline, resource: &Resource, mut free: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut given = VecDeque::new();
    for event in &resource.events {
        match event.kind {
            EventKind::Released { .. } => {
                free += 1;
                given.push_back(Cause { lane: event.lane, time: event.time });
            }
            EventKind::Acquired { cause, .. } => {
                free = free.saturating_sub(1);
                let giver = if given.len() > free { given.pop_front() } else { None };
                let told = cause.or_else(|| waited_for(timeline, resource, event));
                if told != giver {
                    wrong.push(format!("taken {event:?}: given by {giver:?}, told {told:?}"));
                }
            }
            _ => {}
        }
    }
    wrong
}

fn free_at_first(resource: &Resource) -> usize {
    let level = resource.events.iter().find_map(|event| match event.kind {
        EventKind::Level { value, .. } => usize::try_from(value).ok(),
        _ => None,
    });
    level.unwrap_or(0)
}

/// What is put first is got first.
fn items(timeline: &Timeline, queue: &Resource) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut put, mut depth) = (VecDeque::new(), 0);
    for event in &queue.events {
        let EventKind::Level { value, .. } = event.kind else { continue };
        if value > depth {
            put.push_back(Cause { lane: event.lane, time: event.time });
        } else if value < depth {
            let giver = put.pop_front();
            if !knows(timeline, queue, event, giver) {
                wrong.push(format!("got {event:?}: put by {giver:?}, which is not told"));
            }
        }
        depth = value;
    }
    wrong
}

/// Whether the lane that got something from a queue met what this giver had put, or waited for it.
fn knows(timeline: &Timeline, queue: &Resource, event: &ResourceEvent, giver: Option<Cause>) -> bool {
    let Some(lane) = timeline.lane(event.lane) else { return false };
    let on = Target::Resource(queue.id);
    let met = lane.passed.iter().any(|passed| passed.on == on && passed.cause == giver && passed.time <= event.time);
    met || waits(lane, on, event.time).any(|(_, cause)| cause == giver)
}

/// Who ended the wait after which a lane took something.
fn waited_for(timeline: &Timeline, resource: &Resource, event: &ResourceEvent) -> Option<Cause> {
    waits(timeline.lane(event.lane)?, Target::Resource(resource.id), event.time).last()?.1
}

/// When the lane's waits for this were over, up to a time, and who ended them.
fn waits(lane: &Lane, on: Target, time: Nanos) -> impl Iterator<Item = (Nanos, Option<Cause>)> {
    let waits = lane.changes.windows(2).filter(move |pair| {
        matches!(pair[0].state, State::Blocked | State::Suspended) && pair[0].on == Some(on) && pair[1].time <= time
    });
    waits.map(|pair| (pair[1].time, pair[1].cause))
}

/// One thing that a lane of a random program does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Lock,
    Permit,
    Put,
    Get,
    Pause,
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        4 => Just(Step::Lock),
        3 => Just(Step::Permit),
        4 => Just(Step::Put),
        4 => Just(Step::Get),
        1 => Just(Step::Pause),
    ];
    prop::collection::vec(prop::collection::vec(step, 0..14), 1..5)
}

/// Long enough for others to come in between.
const MOMENT: Duration = Duration::from_micros(300);

/// Nobody may put anything any more.
const PATIENCE: Duration = Duration::from_millis(3);

/// Runs each program in a thread of its own. `prepare` makes what they share, and gives what a step does.
fn in_threads<F: Fn(Step) + Clone + Send + 'static>(programs: &[Vec<Step>], prepare: impl FnOnce() -> F) -> Timeline {
    let run = Run::new(Config { threads: 8, ..Config::default() }, Clock::start());
    let body = || {
        let take = prepare();
        let start = |steps: &Vec<Step>| {
            let (take, steps) = (take.clone(), steps.clone());
            threads::spawn("lane", move || steps.into_iter().for_each(take))
        };
        let lanes: Vec<_> = programs.iter().map(start).collect();
        lanes.into_iter().for_each(|lane| lane.join());
        Ok(())
    };
    run_main(&run, LaneKind::Thread, body).expect("nothing fails");
    runner::timeline(&run)
}

fn of_threads(programs: &[Vec<Step>]) -> Timeline {
    in_threads(programs, || {
        let (lock, permits) = (threads::Lock::new("lock"), threads::Semaphore::new("permits", 2));
        let queue = threads::Queue::new("queue");
        move |step| match step {
            Step::Lock => drop(lock.hold()),
            Step::Permit => {
                let _held = permits.hold();
                threads::sleep(MOMENT);
            }
            Step::Put => queue.put(()).expect("nobody shuts it down"),
            Step::Get => drop(queue.get_timeout(PATIENCE)),
            Step::Pause => threads::sleep(MOMENT),
        }
    })
}

fn of_what_processes_share(programs: &[Vec<Step>]) -> Timeline {
    in_threads(programs, || {
        let (lock, permits) = (processes::Lock::new("lock"), processes::Semaphore::new("permits", 2));
        let queue = processes::Queue::new("queue");
        move |step| match step {
            Step::Lock => drop(lock.hold()),
            Step::Permit => {
                let _held = permits.hold();
                threads::sleep(MOMENT);
            }
            Step::Put => queue.put(&7_u32).expect("nobody dies"),
            Step::Get => drop(queue.get_timeout(PATIENCE)),
            Step::Pause => threads::sleep(MOMENT),
        }
    })
}

fn of_tasks(programs: &[Vec<Step>]) -> Timeline {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(async {
        let run = Run::new(Config::default(), Clock::start_tokio());
        let programs = programs.to_vec();
        let body = async move {
            let (lock, permits) = (tasks::Lock::new("lock"), tasks::Semaphore::new("permits", 2));
            let queue = tasks::Queue::new("queue");
            let mut all = Vec::new();
            for steps in programs {
                let (lock, permits, queue) = (lock.clone(), permits.clone(), queue.clone());
                all.push(tasks::spawn("task", async move {
                    for step in steps {
                        match step {
                            Step::Lock => {
                                let _held = lock.hold().await;
                                tasks::sleep(MOMENT).await;
                            }
                            Step::Permit => {
                                let _held = permits.hold().await;
                                tasks::sleep(MOMENT).await;
                            }
                            Step::Put => queue.put(()).await?,
                            Step::Get => {
                                let item = async {
                                    queue.get().await?;
                                    Ok(())
                                };
                                drop(tasks::wait_for(item, PATIENCE).await);
                            }
                            Step::Pause => tasks::sleep(MOMENT).await,
                        }
                    }
                    Ok(())
                }));
            }
            for task in all {
                task.await.expect("nothing fails");
            }
            Ok(())
        };
        tasks::run_main(&run, body).await.expect("nothing fails");
        runner::timeline(&run)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn threads_know_who_gave_what_they_take(programs in programs()) {
        prop_assert_eq!(wrong(&of_threads(&programs)), Vec::<String>::new());
    }

    #[test]
    fn tasks_know_who_gave_what_they_take(programs in programs()) {
        prop_assert_eq!(wrong(&of_tasks(&programs)), Vec::<String>::new());
    }

    #[test]
    fn what_processes_share_tells_who_gave_it(programs in programs()) {
        prop_assert_eq!(wrong(&of_what_processes_share(&programs)), Vec::<String>::new());
    }
}

#[test]
fn a_wrong_giver_is_found() {
    use Step::{Get, Lock, Put};
    let programs = [vec![Put, Put, Lock], vec![Step::Pause, Get, Get, Lock]];
    for mut timeline in [of_threads(&programs), of_tasks(&programs), of_what_processes_share(&programs)] {
        assert_eq!(wrong(&timeline), [""; 0]);
        assert!(timeline.hand_overs().count() > 0);
        let other = Some(Cause { lane: timeline.lanes[0].id, time: Nanos(1) });
        // Whether the second one had to wait is chance.
        for lane in &mut timeline.lanes {
            lane.passed.iter_mut().for_each(|passed| passed.cause = other);
            lane.changes.iter_mut().for_each(|change| change.cause = other);
        }
        assert!(!wrong(&timeline).is_empty());
    }
}
