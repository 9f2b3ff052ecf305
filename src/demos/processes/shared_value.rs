//! `shared-value`: processes that add to one shared number, with a lock and without.

use std::time::Duration;

use crate::demos::judges::additions::{Adding, observe};
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Param, ParamKind, Program, Status, Values};
use crate::runtime::processes::{Entry, Lock, Process, Queue, Value, try_call};
use crate::runtime::threads::work;
use crate::runtime::{Failure, print};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "shared-value",
        title: "A number that processes share",
        language: Language::Rust,
        files: &["src/demos/processes/shared_value.rs"],
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
        main: Main::Process(|values| {
            program(values.count("processes"), values.count("increments"), moment(values), values.boolean("lock"))
        }),
        entries: &[&ADD],
    },
    summary: "Processes read one number in shared memory, work a moment, and write back one more. As between threads, \
              updates are lost unless a lock lets one process in at a time.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe: |seen| observe(seen, &ADDING, Nanos::from(moment(seen.values))),
    hidden: false,
};

const ADDING: Adding = Adding { one: "process", many: "processes", to: "number" };

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
/// What each process is given: the number, its lock if there is one, two queues, how many updates, and how long each.
type Job = (Value, Option<Lock>, Queue<()>, Queue<()>, u32, Duration);

const ADD: Entry<Job> = Entry { name: "shared-value/add", call: |job| try_call(add, job) };

fn add((number, lock, ready, start, times, moment): Job) -> Result<(), Failure> {
    // All begin together: each says that it is ready, and waits for the word to start.
    ready.put(&())?;
    start.get()?;
    for _ in 0..times {
        let _held = lock.as_ref().map(|lock| lock.hold());
        let value = number.get();
        // Without the lock others read the same value now, and write the same sum.
        work(moment);
        number.set(value + 1);
    }
    Ok(())
}

fn program(processes: u32, times: u32, moment: Duration, with_lock: bool) -> Result<(), Failure> {
    let number = Value::new("number", 0);
    let lock = if with_lock { Some(Lock::new("lock")) } else { None };
    let (ready, start) = (Queue::new("ready"), Queue::new("start"));

    let mut workers = Vec::new();
    for worker in 1..=processes {
        let job = (number.clone(), lock.clone(), ready.clone(), start.clone(), times, moment);
        workers.push(Process::start(format!("worker-{worker}"), &ADD, job));
    }
    for _ in 0..processes {
        ready.get()?;
    }
    for _ in 0..processes {
        start.put(&())?;
    }
    for worker in workers {
        worker.join();
    }

    let expected = i64::from(processes) * i64::from(times);
    print(format!("{processes} processes added {times} each: {expected} expected"));
    print(if number.get() == expected { "no update was lost" } else { "updates were lost" });
    Ok(())
}
// weft:end
