//! `counter-race`: threads that add to one counter, with a lock and without.

use std::time::Duration;

use crate::demos::judges::additions::{Adding, observe};
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Param, ParamKind, Program, Status, Values};
use crate::runtime::threads::{Barrier, Lock, SharedCell, spawn, work};
use crate::runtime::{Failure, print};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "counter-race",
        title: "A race for a counter",
        language: Language::Rust,
        files: &["src/demos/threads/counter_race.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param {
                name: "lock",
                help: "whether each update is made under a lock",
                unit: "",
                kind: ParamKind::Boolean { default: false },
            },
            Param::integer("threads", "how many workers are started", "threads", (2, 12), 4),
            Param::integer("increments", "how often each one adds to the counter", "updates", (1, 100_000), 1000),
            Param::integer("work", "what it computes between reading and writing", "µs", (0, 5000), 20),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate,
        main: Main::Thread(|values| {
            program(values.count("threads"), values.count("increments"), moment(values), values.boolean("lock"))
        }),
        entries: &[],
    },
    summary: "Threads read a counter, work a moment, and write back one more. Whoever writes in between has worked in \
              vain: updates are lost, unless a lock lets one thread in at a time.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe: |seen| observe(seen, &ADDING, Nanos::from(moment(seen.values))),
    hidden: false,
};

const ADDING: Adding = Adding { one: "thread", many: "threads", to: "counter" };

fn moment(values: &Values) -> Duration {
    Duration::from_micros(values.integer("work") as u64)
}

fn estimate(values: &Values) -> Estimate {
    let updates = values.count("threads") * values.count("increments");
    // Under the lock one at a time, and handing it over takes a while; else at least two at a time.
    let each = if values.boolean("lock") {
        moment(values) + Duration::from_micros(20)
    } else {
        (moment(values) + Duration::from_micros(5)) * 3 / 5
    };
    Estimate::work(each * updates + Duration::from_millis(100))
}

// weft:begin
fn program(threads: u32, times: u32, moment: Duration, with_lock: bool) -> Result<(), Failure> {
    let counter = SharedCell::new("counter", 0);
    let lock = Lock::new("lock");
    let start = Barrier::new("start", threads as usize);

    let mut workers = Vec::new();
    for number in 1..=threads {
        let (counter, lock, start) = (counter.clone(), lock.clone(), start.clone());
        let add = move || -> Result<(), Failure> {
            start.wait()?;
            for _ in 0..times {
                let _guard = with_lock.then(|| lock.hold());
                let value = counter.get();
                // Without the lock others read the same value now, and write the same sum.
                work(moment);
                counter.set(value + 1);
            }
            Ok(())
        };
        workers.push(spawn(format!("worker-{number}"), add));
    }
    for worker in workers {
        worker.join()?;
    }

    let expected = i64::from(threads) * i64::from(times);
    let lost = expected - counter.get();
    print(format!("{threads} threads added {times} each: {expected} expected"));
    print(if lost == 0 { "no update was lost" } else { "updates were lost" });
    Ok(())
}
// weft:end
