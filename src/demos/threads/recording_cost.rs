//! `recording-cost`: what recording costs. Not in the catalogue: the benchmark reads its figures.
//!
//! One thread reads the clock, writes a number, and then writes a cell, which records it: an event costs what that takes
//! longer than the bare writes. Then threads that start
//! together add to a number under a lock: first the standard library's, untraced, then the runtime's, with every
//! acquisition in the trace.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Values};
use crate::runtime::threads::{Barrier, Lock, SharedCell, sleep, spawn};
use crate::runtime::{Failure, print, read_clock, scope};
use crate::timeline::Scope;
use crate::trace::record::RECORD_BYTES;
use crate::trace::{EventKind, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "recording-cost",
        title: "What recording costs",
        language: Language::Rust,
        files: &["src/demos/threads/recording_cost.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("threads", "how many workers share the lock", "threads", (1, 12), 10),
            Param::integer("increments", "how often each one takes it", "times", (1, 100_000), 2_000),
            Param::integer("hold", "what it computes while it holds it", "steps", (0, 10_000), 200),
            Param::integer("apart", "what it computes before it takes it again", "steps", (0, 10_000), 200),
            Param::integer("events", "how many events are recorded one after the other", "events", (1, 100_000), 500),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| {
            let increments = values.count("threads") * values.count("increments");
            let each =
                Duration::from_nanos(4_000) + Duration::from_nanos(2) * (values.count("hold") + values.count("apart"));
            let measuring =
                (Duration::from_millis(25) + Duration::from_nanos(3_000) * values.count("events")) * TIMES as u32;
            Estimate::work(each * increments + measuring)
        },
        main: Main::Thread(program),
        entries: &[],
    },
    summary: "An event beside a reading of the clock, and a traced lock beside an untraced one.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

/// What the measured stretches are called in the trace.
const CLOCK: &str = "read the clock";
const WRITES: &str = "write unrecorded";
const EVENTS: &str = "record events";
const UNTRACED: &str = "untraced lock";
const TRACED: &str = "traced lock";

/// How often clock and events are measured. Of these the later half counts: by then the browser has compiled both for
/// speed, and the recorder writes into memory that it has used before.
const TIMES: usize = 30;

/// Steps in a round.
const ROUND: usize = 500;

// weft:begin
fn program(values: &Values) -> Result<(), Failure> {
    let events = values.count("events");
    let probe = SharedCell::new("probe", 0);
    let plain = AtomicI64::new(0);
    for _ in 0..TIMES {
        scope(CLOCK, || in_rounds(events, |_| read_clock()));
        scope(WRITES, || in_rounds(events, |n| write(&plain, n.into())));
        scope(EVENTS, || in_rounds(events, |n| probe.set(n.into())));
        // The trace is read meanwhile.
        sleep(Duration::from_millis(20));
    }

    let (threads, times) = (values.count("threads"), values.count("increments"));
    let (hold, apart) = (values.count("hold"), values.count("apart"));
    let number = Arc::new(AtomicU64::new(0));
    let untraced = Arc::new(Mutex::new(()));
    let traced = Lock::new("lock");
    together(threads, times, UNTRACED, {
        let number = number.clone();
        move || {
            let guard = untraced.lock().unwrap_or_else(PoisonError::into_inner);
            add_one(&number, hold);
            drop(guard);
            compute(apart, 0);
        }
    })?;
    together(threads, times, TRACED, {
        let number = number.clone();
        move || {
            let guard = traced.hold();
            add_one(&number, hold);
            drop(guard);
            compute(apart, 0);
        }
    })?;
    print(format!("{} of {} additions arrived", number.load(Relaxed), 2 * u64::from(threads * times)));
    Ok(())
}

/// So many steps, in a function that is called for some of them at a time: browsers optimise a function when it is
/// called again.
fn in_rounds(times: u32, step: impl Fn(u32)) {
    #[inline(never)]
    fn round(steps: std::ops::Range<u32>, step: &impl Fn(u32)) {
        steps.for_each(step);
    }
    for first in (0..times).step_by(ROUND) {
        round(first..times.min(first + ROUND as u32), &step);
    }
}

/// Threads that start at the same time do the same, again and again.
fn together<F>(threads: u32, times: u32, name: &str, step: F) -> Result<(), Failure>
where
    F: Fn() + Clone + Send + 'static,
{
    let start = Barrier::new(format!("{name}: start"), threads as usize + 1);
    let worker = |number| {
        let (start, step) = (start.clone(), step.clone());
        spawn(format!("{name} {number}"), move || start.wait().map(|_| in_rounds(times, |_| step())))
    };
    let workers: Vec<_> = (1..=threads).map(worker).collect();
    start.wait()?;
    scope(name, || workers.into_iter().try_for_each(|worker| worker.join()))?;
    Ok(())
}

/// What a cell does besides recording it.
#[inline(never)]
fn write(cell: &AtomicI64, value: i64) {
    cell.swap(value, Relaxed);
}

/// Not atomic as a whole: only a lock makes it right.
fn add_one(number: &AtomicU64, hold: u32) {
    let value = number.load(Relaxed);
    compute(hold, value);
    number.store(value + 1, Relaxed);
}

#[inline(never)]
fn compute(steps: u32, seed: u64) {
    std::hint::black_box((0..u64::from(steps)).fold(seed, |sum, n| sum.wrapping_mul(6_364_136_223_846_793_005) ^ n));
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let events = u64::from(seen.values.count("events"));
    let wanted = u64::from(seen.values.count("threads") * seen.values.count("increments"));
    let [clock, writes, recording, untraced, traced] =
        [CLOCK, WRITES, EVENTS, UNTRACED, TRACED].map(|name| scopes_named(seen, name));
    let ([untraced], [traced], Some(probe), Some(lock)) =
        (&untraced[..], &traced[..], seen.resource("probe"), seen.resource("lock"))
    else {
        return vec![Observation::new(false, "Not everything was measured.")];
    };

    let recorded = probe.events.iter().filter(|event| matches!(event.kind, EventKind::Write { .. })).count() as u64;
    let (clock_ns, event_ns) = (each(&clock, events), each(&recording, events) - each(&writes, events));
    let count = |wanted: fn(&EventKind) -> bool| lock.events.iter().filter(|event| wanted(&event.kind)).count() as u64;
    let acquired = count(|kind| matches!(kind, EventKind::Acquired { .. }));
    let released = count(|kind| matches!(kind, EventKind::Released { .. }));
    let workers: Vec<_> = seen.timeline.lanes.iter().filter(|lane| lane.name.starts_with(TRACED)).collect();
    let on = Some(Target::Resource(lock.id));
    let contended: u64 = workers
        .iter()
        .map(|lane| seen.spans_in(lane, State::Blocked).iter().filter(|span| span.on == on).count() as u64)
        .sum();
    // Each change of a worker's state is a record of its own.
    let changes: usize = workers.iter().map(|lane| lane.changes.len()).sum();
    let lock_events = acquired + released + changes as u64;

    let (untraced_ms, traced_ms) = (untraced.as_millis_f64(), traced.as_millis_f64());
    let price_ms = lock_events as f64 * event_ns / 1e6;
    vec![
        Observation::new(
            // The first is the number that it begins with.
            recorded == events * TIMES as u64 + 1 && [&clock, &writes, &recording].iter().all(|all| all.len() == TIMES),
            format!(
                "An event costs {event_ns:.1} ns, a reading of the clock {clock_ns:.1} ns: ratio {:.2}.",
                event_ns / clock_ns
            ),
        ),
        Observation::new(
            acquired == wanted && released == wanted,
            format!("All {wanted} acquisitions are in the trace; {contended} of them were contended."),
        ),
        Observation::new(
            acquired + released >= 2 * wanted,
            format!(
                "Untraced {untraced_ms:.1} ms, traced {traced_ms:.1} ms with {lock_events} events at {price_ms:.1} ms, \
                 {RECORD_BYTES} bytes each: ratio {:.2}.",
                traced_ms / (2.0 * untraced_ms + price_ms)
            ),
        ),
    ]
}

/// How long main was in the scopes of this name.
fn scopes_named(seen: &Seen, name: &str) -> Vec<Nanos> {
    let main = seen.lane("main").into_iter();
    let scopes = main.flat_map(|main| main.scopes.iter()).filter(|scope| scope.name == name);
    scopes.filter_map(|scope: &Scope| Some(scope.end? - scope.start)).collect()
}

/// Nanoseconds for each of so many, in the later half of these stretches.
fn each(stretches: &[Nanos], times: u64) -> f64 {
    let later = &stretches[stretches.len() / 2..];
    later.iter().map(|stretch| stretch.0).sum::<u64>() as f64 / (times * later.len() as u64) as f64
}
