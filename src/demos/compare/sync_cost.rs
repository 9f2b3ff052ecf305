//! `sync-cost`: what a locked increment, a hand-off through a queue, and start and join cost in each model, here.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use super::{length, span};
use crate::demos::{
    Demo, Estimate, Figure, Group, Language, Main, Measure, Need, Observation, Param, Program, Seen, Status, Stretch,
    Values,
};
use crate::runtime::processes::{self, Entry, Process, call, try_call};
use crate::runtime::tasks::{self, Error, Runner};
use crate::runtime::threads::{Barrier, Lock, Queue, spawn};
use crate::runtime::{Failure, print, scope, set_recording};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "sync-cost",
        title: "What coordination costs",
        language: Language::Rust,
        files: &["src/demos/compare/sync_cost.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer(
                "increments",
                "how many locked increments are made",
                "increments",
                (1000, 10_000_000),
                1_000_000,
            ),
            Param::integer("handoffs", "how many items are handed over", "items", (100, 100_000), 5000),
            Param::integer(
                "starts",
                "how many processes are started; 10 threads and 100 tasks for each",
                "processes",
                (1, 50),
                5,
            ),
        ],
        workers: |_| 3,
        estimate: |values| {
            let [increments, handoffs, starts] = counts(values);
            Estimate::work(
                Duration::from_nanos(500) * increments
                    + Duration::from_micros(150) * handoffs
                    + Duration::from_millis(100) * starts
                    + Duration::from_millis(400),
            )
        },
        main: Main::Thread(|values| {
            let [increments, handoffs, starts] = counts(values);
            program(increments, handoffs, starts)
        }),
        entries: &[&COUNT, &ECHO, &NOTHING],
    },
    summary: "A locked increment, an item handed over through a queue, and one that is started and joined: what each costs \
              between threads, tasks and processes in your browser. Each is done many times, once to warm up and once \
              measured; nothing is recorded meanwhile.",
    group: Group::Compare,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

fn counts(values: &Values) -> [u32; 3] {
    ["increments", "handoffs", "starts"].map(|name| values.count(name))
}

/// Takes a step so many times, once to warm up and once measured: as a scope of this name. In pieces, since browsers
/// optimise a function when it is called again.
fn measure(name: &str, times: u32, mut step: impl FnMut()) {
    let Ok(()) = try_measure(name, times, || {
        step();
        Ok::<_, Infallible>(())
    });
}

/// The same, with steps that may fail.
fn try_measure<E>(name: &str, times: u32, mut step: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    #[inline(never)]
    fn piece<E>(times: u32, step: &mut impl FnMut() -> Result<(), E>) -> Result<(), E> {
        (0..times).try_for_each(|_| step())
    }
    let mut all = || (0..times).step_by(1000).try_for_each(|done| piece(1000.min(times - done), &mut step));
    untraced(&mut all)?;
    scope(name, || untraced(&mut all))
}

/// The same for tasks: `run` is all the steps.
async fn measure_tasks<F: Future<Output = Result<(), Error>>>(name: &str, run: impl Fn() -> F) -> Result<(), Error> {
    let untraced = || async {
        set_recording(false);
        let result = run().await;
        set_recording(true);
        result
    };
    untraced().await?;
    tasks::scope(name, untraced()).await
}

/// What is recorded costs time, so for once nothing is.
fn untraced<T>(body: impl FnOnce() -> T) -> T {
    set_recording(false);
    let result = body();
    set_recording(true);
    result
}

// weft:begin
// What `measure` is given is done many times, once to warm up and once measured; nothing is recorded meanwhile.

fn count_under(lock: &Lock, name: &str, times: u32) -> u64 {
    let mut number = 0;
    measure(name, times, || {
        let _held = lock.hold();
        number = black_box(number + 1);
    });
    number
}

fn increments_of_threads(times: u32) -> Result<u64, Failure> {
    let mut number = count_under(&Lock::new("lock"), "increment.threads", times);

    // Two threads at the same lock, with half of the increments each.
    let (lock, start) = (Lock::new("wanted lock"), Barrier::new("start", 2));
    let mut counting = Vec::new();
    for (thread, name) in [("counter-1", "increment.threads-contended"), ("counter-2", "increment beside it")] {
        let (lock, start) = (lock.clone(), start.clone());
        counting.push(spawn(thread, move || -> Result<u64, Failure> {
            start.wait()?;
            Ok(count_under(&lock, name, times / 2))
        }));
    }
    for thread in counting {
        number += thread.join()?;
    }
    Ok(number)
}

async fn increments_of_tasks(times: u32) -> Result<(), Error> {
    let lock = tasks::Lock::new("lock of tasks");
    let increments = || async {
        for _ in 0..times {
            let _held = lock.hold().await;
        }
        Ok(())
    };
    measure_tasks("increment.tasks", increments).await
}

const COUNT: Entry<(processes::Lock, processes::Value, u32)> =
    Entry { name: "sync-cost/count", call: |arguments| call(count, arguments) };

/// In a process, whose lock and number lie in shared memory.
fn count((lock, value, times): (processes::Lock, processes::Value, u32)) {
    measure("increment.processes", times, || {
        let _held = lock.hold();
        value.set(value.get() + 1);
    });
}

/// An item goes to another thread and comes back: two hand-offs.
fn handoffs_of_threads(times: u32) -> Result<(), Failure> {
    let (there, back) = (Queue::bounded("there", 1), Queue::bounded("back", 1));
    let echo = spawn("echo", {
        let (there, back) = (there.clone(), back.clone());
        move || untraced(|| (0..times / 2 * 2).try_for_each(|_| back.put(there.get()?)))
    });
    try_measure("hand-off.threads", times / 2, || {
        there.put(1_u32)?;
        back.get().map(drop)
    })?;
    echo.join().map_err(Failure::from)
}

async fn handoffs_of_tasks(times: u32) -> Result<(), Error> {
    let (there, back) = (tasks::Queue::bounded("there and", 1), tasks::Queue::bounded("back again", 1));
    let echo = tasks::spawn("echo", {
        let (there, back) = (there.clone(), back.clone());
        async move {
            while let Some(item) = there.get().await? {
                back.put(item).await?;
            }
            Ok(())
        }
    });
    let trips = || async {
        for _ in 0..times / 2 {
            there.put(Some(1_u32)).await?;
            back.get().await?;
        }
        Ok(())
    };
    measure_tasks("hand-off.tasks", trips).await?;
    there.put(None).await?;
    echo.await
}

const ECHO: Entry<(processes::Queue<u32>, processes::Queue<u32>, u32)> =
    Entry { name: "sync-cost/echo", call: |arguments| try_call(echo, arguments) };

fn echo((there, back, times): (processes::Queue<u32>, processes::Queue<u32>, u32)) -> Result<(), Failure> {
    untraced(|| (0..times).try_for_each(|_| back.put(&there.get()?)))?;
    Ok(())
}

fn handoffs_of_processes(times: u32) -> Result<(), Failure> {
    let (there, back) = (processes::Queue::new("to the process"), processes::Queue::new("from the process"));
    let process = Process::start("echo process", &ECHO, (there.clone(), back.clone(), times / 2 * 2));
    try_measure("hand-off.processes", times / 2, || {
        there.put(&1)?;
        back.get().map(drop)
    })?;
    process.join();
    Ok(())
}

const NOTHING: Entry<()> = Entry { name: "sync-cost/nothing", call: |arguments| call(nothing, arguments) };

fn nothing(_: ()) {}

async fn starts_of_tasks(times: u32) -> Result<(), Error> {
    let starts = || async {
        for _ in 0..times {
            tasks::spawn("task", async { Ok(()) }).await?;
        }
        Ok(())
    };
    measure_tasks("start-join.tasks", starts).await
}

fn program(increments: u32, handoffs: u32, starts: u32) -> Result<(), Failure> {
    let number = increments_of_threads(increments)?;
    print(format!("threads counted to {number}"));
    Runner::new().run("increments", increments_of_tasks(increments))?;
    let (lock, value) = (processes::Lock::new("lock of processes"), processes::Value::new("number", 0));
    Process::start("count", &COUNT, (lock, value.clone(), increments / 10)).join();
    print(format!("a process counted to {}", value.get()));

    handoffs_of_threads(handoffs)?;
    Runner::new().run("hand-offs", handoffs_of_tasks(handoffs))?;
    handoffs_of_processes(handoffs)?;

    // These are in the trace: what they cost is far more than to record them.
    scope("start-join.threads", || (0..10 * starts).for_each(|_| spawn("thread", || ()).join()));
    Runner::new().run("starts", starts_of_tasks(100 * starts))?;
    scope("start-join.processes", || {
        for _ in 0..starts {
            Process::start("process", &NOTHING, ()).join();
        }
    });
    Ok(())
}
// weft:end

/// What is measured, of what, and how many there are for one of the parameter.
const THREADS: (&str, &str) = ("threads", "threads");
const CONTENDED: (&str, &str) = ("threads-contended", "2 threads at once");
const TASKS: (&str, &str) = ("tasks", "tasks");
const PROCESSES: (&str, &str) = ("processes", "processes");

fn observe(seen: &Seen) -> Vec<Observation> {
    let [increments, handoffs, starts] = counts(seen.values).map(f64::from);
    let line = |text: String| seen.timeline.prints.iter().any(|print| print.text == text);
    // Twice each: to warm up, and measured.
    let all = seen.values.count("increments");
    let counted = line(format!("threads counted to {}", 2 * u64::from(all) + 4 * u64::from(all / 2)))
        && line(format!("a process counted to {}", 2 * (all / 10)));
    let increments = [
        (THREADS, increments),
        (CONTENDED, (increments / 2.0).floor()),
        (TASKS, increments),
        (PROCESSES, (increments / 10.0).floor()),
    ];
    let handoffs = (handoffs / 2.0).floor() * 2.0;
    vec![
        costs(seen, Measure::Increment, counted, &increments),
        costs(seen, Measure::HandOff, true, &[THREADS, TASKS, PROCESSES].map(|of| (of, handoffs))),
        costs(
            seen,
            Measure::StartJoin,
            true,
            &[(THREADS, 10.0 * starts), (TASKS, 100.0 * starts), (PROCESSES, starts)],
        ),
    ]
}

/// What one costs of so many in each model.
fn costs(seen: &Seen, measure: Measure, holds: bool, models: &[((&'static str, &'static str), f64)]) -> Observation {
    let mut figures = Vec::new();
    let mut spans: Vec<Stretch> = Vec::new();
    for ((of, label), times) in models {
        let name = format!("{}.{of}", measure.name());
        let mut lanes = seen.timeline.lanes.iter();
        let found = lanes.find_map(|lane| {
            let scope = lane.scopes.iter().find(|scope| scope.name == name)?;
            Some(span(seen, lane, scope))
        });
        // A few may take less than a step of the clock.
        if let Some(span) = found {
            figures.push(Figure { measure, of, label, value: length(span).0 as f64 / times });
            spans.push(span);
        }
    }
    let text: Vec<_> = figures
        .iter()
        .zip(models)
        .map(|(figure, (_, times))| {
            let nanos = crate::trace::Nanos(figure.value.round() as u64);
            format!("{} {nanos} (mean of {times})", figure.label)
        })
        .collect();
    Observation::new(holds && figures.len() == models.len(), format!("{}: {}.", measure.title(), text.join(", ")))
        .shown_by(spans)
        .with(figures)
}
