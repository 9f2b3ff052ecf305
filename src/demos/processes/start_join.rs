//! `process-start-join`: processes with pids of their own, and what starting one costs beside a thread.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::print;
use crate::runtime::processes::{Entry, Process, call};
use crate::runtime::threads::{sleep, spawn};
use crate::timeline::Lane;
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-start-join",
        title: "Start and join processes",
        language: Language::Rust,
        files: &["src/demos/processes/start_join.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes are started", "processes", (1, 8), 2),
            Param::integer("delay", "how much longer each one sleeps than the one before", "ms", (10, 2000), 400),
        ],
        workers: |_| 2,
        estimate: |values| Estimate::waits(values.ms("delay") * values.count("processes") + Duration::from_millis(400)),
        main: Main::Process(|values| {
            program(values.count("processes"), values.ms("delay"));
            Ok(())
        }),
        entries: &[&WORK],
    },
    summary: "Each process is an instance of the program with a memory of its own. They run at the same time, as \
              threads do, but take longer to start.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// What each process runs. It finds this function by its name.
const WORK: Entry<(u32, Duration)> = Entry { name: "process-start-join/work", call: |arguments| call(work, arguments) };

fn work((number, delay): (u32, Duration)) {
    print(format!("process {number} starts"));
    sleep(delay * number);
    print(format!("process {number} is done"));
}

fn program(processes: u32, delay: Duration) {
    // A thread for comparison: see how soon it runs.
    let thread = spawn("thread-1", || print("the thread runs"));

    let mut children = Vec::new();
    for number in 1..=processes {
        let child = Process::start(format!("process-{number}"), &WORK, (number, delay));
        children.push(child);
    }
    thread.join();
    for child in children {
        let exit = child.join();
        print(format!("pid {} ended with exit code {}", child.pid, exit.code));
    }
    print("All processes completed");
}
// weft:end

/// From its start by another lane until it ran.
fn start_up(lane: &Lane) -> Option<Nanos> {
    Some(lane.first_run()?.saturating_sub(lane.defined?))
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let processes = seen.values.count("processes");
    let children = seen.lanes("process", processes);
    let delay = seen.wait("delay");
    let longest = Nanos(delay.0 * u64::from(processes));
    let sum = Nanos(delay.0 * u64::from(processes * (processes + 1) / 2));
    let noun = if processes == 1 { "process" } else { "processes" };

    let mut pids: Vec<_> = children.iter().map(|child| child.id.process()).collect();
    let workers = children.iter().filter(|child| child.worker.is_some()).count();
    let list: Vec<_> = pids.iter().map(u16::to_string).collect();
    pids.sort_unstable();
    pids.dedup();
    let own_pids = Observation::new(
        pids.len() == processes as usize && workers == processes as usize && !pids.contains(&0),
        format!("{processes} {noun} ran, with pid {}; the main program has pid 0.", list.join(", ")),
    )
    .shown_by(children.iter().map(|child| seen.life(child)));

    let sleeps: Vec<_> = children
        .iter()
        .flat_map(|child| seen.spans_in(child, State::Sleeping).into_iter().map(|s| (*child, s)))
        .collect();
    let start = sleeps.iter().map(|(_, span)| span.start).min().unwrap_or_default();
    let end = sleeps.iter().map(|(_, span)| span.end).max().unwrap_or_default();
    let took = end.saturating_sub(start);
    let long_enough = children.iter().zip(1..).all(|(child, n)| seen.time_in(child, State::Sleeping).0 >= delay.0 * n);
    let text = match processes {
        1 => format!("One sleep of {longest} took {took}."),
        _ => format!(
            "{processes} sleeps of {delay} to {longest} took {took} together; one after the other they would take {sum}."
        ),
    };
    let together = Observation::new(
        sleeps.len() == processes as usize && long_enough && took >= longest && took <= seen.at_most(longest),
        text,
    )
    .shown_by(sleeps.iter().map(|(child, span)| Stretch::new(child, span)));

    let thread = seen.lane("thread-1").and_then(start_up);
    let process = children.iter().filter_map(|child| start_up(child)).min();
    let cost = match (thread, process) {
        (Some(thread), Some(process)) => Observation::new(
            true,
            format!("From start to its first line a process took {process} (the quickest of them), a thread {thread}."),
        ),
        _ => Observation::new(false, "A process or the thread never ran, so their start cannot be compared."),
    };
    vec![own_pids, together, cost]
}
