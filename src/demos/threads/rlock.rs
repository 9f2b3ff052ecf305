//! `rlock`: a function that takes a lock and, holding it, calls itself.

use std::time::Duration;

use crate::analysis::deadlock;
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status, Stretch, Values,
    most_at_once,
};
use crate::runtime::print;
use crate::runtime::threads::{Lock, RLock, sleep, spawn};
use crate::timeline::{Lane, Resource, Span};
use crate::trace::{EventKind, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "rlock",
        title: "A lock taken again",
        language: Language::Rust,
        files: &["src/demos/threads/rlock.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param {
                name: "kind",
                help: "which kind of lock it is",
                unit: "",
                kind: ParamKind::Choice { choices: &["RLock", "Lock"], default: "RLock" },
            },
            Param::integer("depth", "how deep the function calls itself", "calls", (1, 50), 4),
        ],
        workers: |_| 3,
        estimate: |values| Estimate::waits(PAUSE * values.count("depth") * 2 + Duration::from_millis(200)),
        main: Main::Thread(|values| {
            program(values.choice("kind"), values.count("depth"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "A function takes a lock and, still holding it, calls itself. An RLock lets its holder in again; with a \
              plain Lock the thread waits for itself, for ever.",
    group: Group::Threads,
    expected: |values| if waits_for_itself(values) { Status::Failed } else { Status::Finished },
    observe,
    hidden: false,
};

// weft:begin
/// How long the function is busy on each level.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the lock and, still holding it, calls itself, which takes the lock again.
fn nested<Guard>(hold: &impl Fn() -> Guard, level: u32, depth: u32) {
    let _held = hold();
    print(format!("level {level} of {depth} has the lock"));
    sleep(PAUSE);
    if level < depth {
        nested(hold, level + 1, depth);
    }
}

/// Two threads do the same.
fn run_twice(task: impl Fn() + Clone + Send + 'static) {
    let workers = ["worker-1", "worker-2"].map(|name| spawn(name, task.clone()));
    for worker in workers {
        worker.join();
    }
}

fn program(kind: &str, depth: u32) {
    if kind == "RLock" {
        let lock = RLock::new("lock");
        run_twice(move || nested(&|| lock.hold(), 1, depth));
    } else {
        let lock = Lock::new("lock");
        run_twice(move || nested(&|| lock.hold(), 1, depth));
    }
    print("The lock is free again");
}
// weft:end

/// Whether the lock is one that its holder cannot take again, and it tries.
fn waits_for_itself(values: &Values) -> bool {
    values.choice("kind") == "Lock" && values.count("depth") > 1
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let workers = seen.lanes("worker", 2);
    match (seen.resource("lock"), workers.as_slice()) {
        (Some(lock), [one, two]) if waits_for_itself(seen.values) => deadlocked(seen, lock, [one, two]),
        (Some(lock), [one, two]) => nested_holds(seen, lock, [one, two]),
        _ => vec![Observation::new(false, "The lock or a worker is not there.")],
    }
}

fn nested_holds<'a>(seen: &Seen<'a>, lock: &Resource, workers: [&'a Lane; 2]) -> Vec<Observation> {
    let depth = seen.values.count("depth") as usize;
    let holds = seen.holds(lock);
    let own = |worker: &Lane| -> Vec<Stretch> { holds.iter().filter(|held| held.lane == worker.id).copied().collect() };
    let of_each = workers.map(own);
    let all_nested = of_each.iter().all(|own| {
        own.len() == depth
            && most_at_once(own) == depth
            && own.windows(2).all(|pair| pair[0].start < pair[1].start && pair[1].end < pair[0].end)
    });
    let text = match depth {
        1 => "Each worker took the lock once and gave it back.".to_owned(),
        _ => format!(
            "Each worker took the lock {depth} times, each time inside the one before, and gave it back {depth} times."
        ),
    };
    let inside = Observation::new(all_nested, text).shown_by(holds.clone());

    let mut outer: Vec<_> = of_each.iter().filter_map(|own| own.first().copied()).collect();
    outer.sort_by_key(|held| held.start);
    let on = Target::Resource(lock.id);
    let apart = outer.len() == 2 && outer[0].end < outer[1].start;
    let second = outer.last().and_then(|held| seen.timeline.lane(held.lane));
    let waits = second.map(|lane| seen.waits_for(lane, on)).unwrap_or_default();
    let handed_on = waits
        .iter()
        .all(|(_, cause)| cause.is_some_and(|cause| outer.first().is_some_and(|first| cause.lane == first.lane)));
    let none_inside = workers.iter().map(|worker| seen.waits_for(worker, on).len()).sum::<usize>() == waits.len();
    let name = |at: usize| outer.get(at).map_or("nobody", |held| seen.name(held.lane));
    let text = match waits.first() {
        Some((span, _)) => format!(
            "{} waited {} for the lock, until {} had given it back{}.",
            name(1),
            span.duration(),
            name(0),
            if depth == 1 { String::new() } else { format!(" {depth} times") },
        ),
        None => format!("{} came when {} had given the lock back, and did not wait.", name(1), name(0)),
    };
    let one_owner = Observation::new(apart && waits.len() <= 1 && handed_on && none_inside, text).shown_by(outer);
    vec![inside, one_owner]
}

/// What the lane did last, if that was a wait for this.
fn last_wait(seen: &Seen, lane: &Lane, on: Target) -> Option<Span> {
    let last = lane.spans(seen.timeline.now).next_back()?;
    (last.state == State::Blocked && last.on == Some(on)).then_some(last)
}

fn deadlocked<'a>(seen: &Seen<'a>, lock: &Resource, workers: [&'a Lane; 2]) -> Vec<Observation> {
    let on = Target::Resource(lock.id);
    let holder = lock.events.last().filter(|event| matches!(event.kind, EventKind::Acquired { .. }));
    let holder = holder.and_then(|event| workers.into_iter().find(|worker| worker.id == event.lane));
    let wait = holder.and_then(|holder| Some((holder, last_wait(seen, holder, on)?)));
    let itself = match wait {
        Some((holder, span)) => Observation::new(
            seen.holds(lock).iter().any(|held| held.lane == holder.id && held.start <= span.start),
            format!("{} holds the lock and waits for it: for itself.", holder.name),
        )
        .shown_by([Stretch::new(holder, &span)]),
        None => Observation::new(false, "Nobody waits for a lock that it holds itself."),
    };
    let ended = workers.iter().filter_map(|worker| worker.end.as_ref()).map(|end| end.time).max().unwrap_or_default();
    let named = match deadlock(seen.timeline) {
        Some(found) => Observation::new(
            holder.is_some_and(|holder| found.lanes == [holder.id]) && found.targets == [on],
            format!("{} The run was ended {} later.", found.text, ended.saturating_sub(found.since)),
        )
        .shown_by(workers.iter().filter_map(|worker| Some(Stretch::new(worker, &last_wait(seen, worker, on)?)))),
        None => Observation::new(false, "No deadlock was found."),
    };
    vec![itself, named]
}
