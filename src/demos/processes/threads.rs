//! `process-threads`: processes that start threads. Not in the catalogue: tests use it to see that threads of a process run
//! beside each other, and end with it.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::processes::{Entry, Lock, Process, Queue, Value, try_call};
use crate::runtime::threads::{Barrier, SharedCell, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, LaneId};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-threads",
        title: "Threads of processes",
        language: Language::Rust,
        files: &["src/demos/processes/threads.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes there are", "processes", (1, 4), 2),
            Param::integer("threads", "how many threads each starts", "threads", (1, 8), 3),
            Param {
                name: "end",
                help: "how the first process ends",
                unit: "",
                kind: ParamKind::Choice { choices: &["return", "panic", "kill"], default: "return" },
            },
        ],
        workers: |_| 1,
        estimate: |_| Estimate::waits(Duration::from_secs(1)),
        main: Main::Process(|values| program(values.count("processes"), values.count("threads"), values.choice("end"))),
        entries: &[&WORK],
    },
    summary: "Processes start threads, which share their process's memory, and something of the main program's.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

// weft:begin
const WORK: Entry<(u32, String, Lock, Value, Queue<u32>), i64> =
    Entry { name: "process-threads/work", call: |arguments| try_call(work, arguments) };

/// How often each thread counts.
const TIMES: u32 = 50;

/// Starts threads that count together, each once more in the main program's number and in their own process's.
fn work((threads, end, lock, total, ready): (u32, String, Lock, Value, Queue<u32>)) -> Result<i64, Failure> {
    let (own, all) = (SharedCell::new("own", 0), Barrier::new("all", threads as usize));
    let start = |number| {
        let (own, all, end) = (own.clone(), all.clone(), end.clone());
        let (lock, total, ready) = (lock.clone(), total.clone(), ready.clone());
        spawn(format!("thread-{number}"), move || {
            all.wait()?;
            for _ in 0..TIMES {
                let _held = lock.hold();
                total.set(total.get() + 1);
                own.set(own.get() + 1);
            }
            ready.put(&number)?;
            if end != "return" {
                sleep(Duration::from_millis(200));
                assert!(end == "kill" || number > 1, "thread-{number} is out of order");
                sleep(Duration::from_secs(600));
            }
            Ok::<(), Failure>(())
        })
    };
    let started: Vec<_> = (1..=threads).map(start).collect();
    started.into_iter().try_for_each(|thread| thread.join())?;
    Ok(own.get())
}

fn program(processes: u32, threads: u32, end: &str) -> Result<(), Failure> {
    let (lock, total, ready) = (Lock::new("lock"), Value::new("total", 0), Queue::new("ready"));
    let start = |number| {
        let end = if number == 1 { end } else { "return" };
        let arguments = (threads, end.to_owned(), lock.clone(), total.clone(), ready.clone());
        Process::start(format!("process-{number}"), &WORK, arguments)
    };
    let started: Vec<_> = (1..=processes).map(start).collect();
    for _ in 0..processes * threads {
        ready.get()?; // All have counted.
    }
    print(format!("together they counted to {}", total.get()));
    if end == "kill" {
        started[0].terminate();
    }
    for process in started {
        process.join();
        print(format!("{} ended with {}", process.name(), process.exit_code().unwrap_or_default()));
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, threads) = (seen.values.count("processes"), seen.values.count("threads"));
    let end = seen.values.choice("end");
    let counted = processes * threads * TIMES;
    let total = seen.said("main", &format!("together they counted to {counted}")).is_some();
    let code = match end {
        "panic" => 1,
        "kill" => -15,
        _ => 0,
    };
    let code = seen.said("main", &format!("process-1 ended with {code}")).is_some();
    let counted = Observation::new(
        total && code,
        format!("{threads} threads in each of {processes} processes counted to {counted} together."),
    );

    let right = |process: u16| {
        let lanes = seen.timeline.lanes.iter().filter(|lane| lane.id.process() == process);
        let (main, others): (Vec<_>, Vec<_>) = lanes.partition(|lane| lane.id == LaneId::main_of(process));
        let ends_itself = process > 1 || end == "return";
        let right_end = |name: &str, ending: Ending| match (ends_itself, end) {
            (true, _) => ending == Ending::Returned,
            (false, "panic") if name == "thread-1" => ending == Ending::Failed,
            _ => ending == Ending::Killed,
        };
        let Some(main_end) = main.first().and_then(|main| main.end.as_ref()) else { return false };
        others.len() == threads as usize
            && others.iter().all(|lane| {
                let end = lane.end.as_ref();
                end.is_some_and(|end| right_end(&lane.name, end.ending) && end.time <= main_end.time)
            })
    };
    let ended = Observation::new(
        (1..=processes as u16).all(right),
        "Each thread ended before its process, or with it.".to_owned(),
    );
    vec![counted, ended]
}
