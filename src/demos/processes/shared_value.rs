//! `shared-value`: processes that add to one shared number, with a lock and without.

use std::collections::HashMap;
use std::time::Duration;

use super::in_words;
use crate::demos::{
    Demo, Estimate, Group, Need, Observation, Param, ParamKind, Program, Seen, SpanRef, Status, Values, most_at_once,
};
use crate::runtime::processes::{Entry, Lock, Process, Queue, Value, try_call};
use crate::runtime::threads::work;
use crate::runtime::{Failure, print};
use crate::timeline::Resource;
use crate::trace::{EventKind, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    id: "shared-value",
    title: "A number that processes share",
    summary: "Processes read one number in shared memory, work a moment, and write back one more. As between threads, \
              updates are lost unless a lock lets one process in at a time.",
    group: Group::Processes,
    needs: &[Need::Isolation, Need::Processes],
    params: &[
        Param {
            name: "lock",
            help: "whether each update is made under a lock",
            unit: "",
            kind: ParamKind::Boolean { default: false },
        },
        Param::integer("processes", "how many processes are started", "processes", (2, 8), 4),
        Param::integer("increments", "how often each one adds to the number", "updates", (1, 100_000), 1000),
        Param::integer("work", "what it computes between reading and writing", "µs", (0, 5000), 20),
    ],
    workers: |_| 1,
    estimate,
    expected: |_| Status::Finished,
    source: "src/demos/processes/shared_value.rs",
    program: Program::Blocking(|values| {
        program(values.count("processes"), values.count("increments"), moment(values), values.boolean("lock"))
    }),
    entries: &[&ADD],
    observe,
    hidden: false,
};

fn moment(values: &Values) -> Duration {
    Duration::from_micros(values.integer("work") as u64)
}

fn estimate(values: &Values) -> Estimate {
    let updates = values.count("processes") * values.count("increments");
    let each = if values.boolean("lock") {
        moment(values) + Duration::from_micros(40)
    } else {
        (moment(values) + Duration::from_micros(8)) * 3 / 5
    };
    Estimate { waits: Duration::from_millis(500), work: each * updates }
}

// weft:begin
/// The number and its lock; two queues, so that all begin together; how often, and how long each time.
type Job = (Value, Option<Lock>, [Queue<()>; 2], u32, Duration);

const ADD: Entry<Job> = Entry { name: "shared-value/add", call: |arguments| try_call(add, arguments) };

fn add((number, lock, [ready, start], times, moment): Job) -> Result<(), Failure> {
    ready.put(&())?;
    start.get()?;
    for _ in 0..times {
        let _guard = lock.as_ref().map(|lock| lock.hold());
        let value = number.get();
        // Without the lock others read the same value now, and write the same sum.
        work(moment);
        number.set(value + 1);
    }
    Ok(())
}

fn program(processes: u32, times: u32, moment: Duration, with_lock: bool) -> Result<(), Failure> {
    let number = Value::new("number", 0);
    let lock = with_lock.then(|| Lock::new("lock"));
    let (ready, start) = (Queue::new("ready"), Queue::new("start"));

    let mut workers = Vec::new();
    for worker in 1..=processes {
        let arguments = (number.clone(), lock.clone(), [ready.clone(), start.clone()], times, moment);
        workers.push(Process::start(format!("worker-{worker}"), &ADD, arguments));
    }
    (0..processes).try_for_each(|_| ready.get())?;
    (0..processes).try_for_each(|_| start.put(&()))?;
    for worker in workers {
        worker.join();
    }

    let expected = i64::from(processes) * i64::from(times);
    let lost = expected - number.get();
    print(format!("{processes} processes added {times} each: {expected} expected"));
    print(if lost == 0 { "no update was lost" } else { "updates were lost" });
    Ok(())
}
// weft:end

/// One update: read, work, write.
struct Update {
    span: SpanRef,
    read: i64,
    wrote: i64,
}

/// The updates of the number, by their ends.
fn updates(number: &Resource) -> Vec<Update> {
    let mut reads = HashMap::new();
    let mut updates = Vec::new();
    for event in &number.events {
        match event.kind {
            EventKind::Read { value, .. } => {
                reads.insert(event.lane, (event.time, value));
            }
            EventKind::Write { value, .. } => {
                if let Some((start, read)) = reads.remove(&event.lane) {
                    let span = SpanRef { lane: event.lane, start, end: event.time };
                    updates.push(Update { span, read, wrote: value });
                }
            }
            _ => {}
        }
    }
    updates
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, increments) = (seen.values.count("processes"), seen.values.count("increments"));
    let with_lock = seen.values.boolean("lock");
    let work = Nanos::from(moment(seen.values));
    let workers = seen.lanes("worker", processes);
    let (Some(main), Some(number)) = (seen.lane("main"), seen.resource("number")) else {
        return vec![Observation::new(false, "Main or the number is not there.")];
    };
    if let Some(end) = seen.timeline.recording_ended {
        let text = format!("Recording ended at {end}, before the run did, so updates cannot be counted.");
        return vec![Observation::new(true, text)];
    }
    let updates = updates(number);
    // Main reads the number when all others are done.
    let result = number.events.iter().rfind(|event| event.lane == main.id).and_then(|event| match event.kind {
        EventKind::Read { value, .. } => usize::try_from(value).ok(),
        _ => None,
    });
    let Some(result) = result else {
        return vec![Observation::new(false, "Main never read the number's last value.")];
    };
    let expected = processes as usize * increments as usize;
    let lost = expected.saturating_sub(result);
    let by = |worker| updates.iter().filter(|update| update.span.lane == worker).count();
    let all = workers.len() == processes as usize && workers.iter().all(|worker| by(worker.id) == increments as usize);
    let sums = updates.iter().all(|update| update.wrote == update.read + 1);
    let mut read = HashMap::new();
    let collision =
        updates.iter().find_map(|update| read.insert(update.read, update).map(|other: &Update| [other, update]));
    let of_them = match lost {
        0 => "none of them was lost".to_owned(),
        1 => "1 of them was lost".to_owned(),
        _ => format!("{lost} of them were lost"),
    };
    let mut text = format!("{expected} updates left the number at {result}, so {of_them}");
    if let Some([first, second]) = collision {
        let names = [seen.name(first.span.lane), seen.name(second.span.lane)];
        text += &format!(": first {} and {} both read {} and wrote {}", names[0], names[1], first.read, first.wrote);
    }
    // What is lost was written by two who had read the same.
    let explained = (lost > 0) == collision.is_some() && result <= expected;
    let losses = Observation::new(all && sums && explained && !(with_lock && lost > 0), text + ".")
        .shown_by(collision.into_iter().flatten().map(|update| update.span));

    let spans: Vec<_> = updates.iter().map(|update| update.span).collect();
    let start = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let took = spans.iter().map(|span| span.end).max().unwrap_or_default().saturating_sub(start);
    let at_once = most_at_once(&spans).max(1);
    let each = Nanos(took.0 / updates.len().max(1) as u64);
    let worked = spans.iter().all(|span| span.end.saturating_sub(span.start) >= work);
    let holds = seen.resource("lock").map_or(0, |lock| seen.holds(lock).len());
    let (right, text) = if with_lock {
        let text = format!(
            "With one process at a time under the lock, {expected} updates took {took}, {each} each; the lock was taken \
             {holds} times."
        );
        (at_once == 1 && holds == expected, text)
    } else {
        let text = format!(
            "Nobody waited for a lock: with up to {} in an update at the same time, {expected} updates took {took}, \
             {each} each.",
            in_words(at_once)
        );
        (at_once <= processes as usize && holds == 0, text)
    };
    let lives = workers.iter().map(|worker| seen.life(worker));
    vec![losses, Observation::new(worked && all && right, text).shown_by(lives)]
}
