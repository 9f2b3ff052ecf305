//! `compare-io`: the same waits one after the other, in threads, in tasks and in processes.

use std::time::Duration;

use super::{PROCESSES, SEQUENTIAL, TASKS, THREADS, comparison, length, phases};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, counted, most_at_once,
};
use crate::runtime::processes::{Entry, Process, call};
use crate::runtime::tasks::{self, Error, Runner, gather};
use crate::runtime::threads::{sleep, spawn};
use crate::runtime::{Failure, print, scope};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "compare-io",
        title: "Waiting, in every model",
        language: Language::Rust,
        files: &["src/demos/compare/io.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("tasks", "how many waits there are", "waits", (1, 12), 5),
            Param::integer("delay", "how long each one takes", "ms", (10, 2000), 300),
        ],
        workers: |values| values.count("tasks") as usize + 1,
        estimate: |values| Estimate {
            waits: values.ms("delay") * (values.count("tasks") + 3),
            work: Duration::from_millis(150) + Duration::from_millis(60) * values.count("tasks"),
        },
        main: Main::Thread(|values| program(values.count("tasks"), values.ms("delay"))),
        entries: &[&WAIT],
    },
    summary: "The same waits one after the other, in threads, in tasks and in processes. Whatever waits needs no core, \
              so every model but the first takes about as long as one wait; they differ in what it takes to start.",
    group: Group::Compare,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const WAIT: Entry<(u32, Duration)> = Entry { name: "compare-io/wait", call: |arguments| call(wait, arguments) };

/// What threads and processes do, and main itself.
fn wait((number, delay): (u32, Duration)) {
    scope(&format!("wait-{number}"), || sleep(delay));
}

/// What tasks do: the same wait, but awaited, so that the others go on meanwhile.
async fn wait_as_task(number: u32, delay: Duration) -> Result<(), Error> {
    tasks::scope(format!("wait-{number}"), tasks::sleep(delay)).await;
    Ok(())
}

async fn wait_for_all(tasks: u32, delay: Duration) -> Result<(), Error> {
    let waiting = (1..=tasks).map(|number| tasks::spawn(format!("task-{number}"), wait_as_task(number, delay)));
    gather(waiting).await?;
    Ok(())
}

fn program(tasks: u32, delay: Duration) -> Result<(), Failure> {
    scope("sequential", || (1..=tasks).for_each(|number| wait((number, delay))));

    scope("threads", || {
        let start = |number| spawn(format!("thread-{number}"), move || wait((number, delay)));
        let threads: Vec<_> = (1..=tasks).map(start).collect();
        threads.into_iter().for_each(|thread| thread.join());
    });

    scope("tasks", || Runner::new().run("gather", wait_for_all(tasks, delay)))?;

    scope("processes", || {
        let start = |number| Process::start(format!("process-{number}"), &WAIT, (number, delay));
        let processes: Vec<_> = (1..=tasks).map(start).collect();
        processes.iter().for_each(|process| drop(process.join()));
    });

    print(format!("waits of {} ms, {tasks} in each of 4 models", delay.as_millis()));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let tasks = seen.values.count("tasks") as usize;
    let delay = seen.wait("delay");
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let phases = match phases(seen, main, &[SEQUENTIAL, THREADS, TASKS, PROCESSES], &["wait"]) {
        Ok(phases) => phases,
        Err(missing) => return vec![missing],
    };

    let waits: Vec<_> = phases.iter().flat_map(|phase| phase.parts.iter().copied()).collect();
    let at_once: Vec<_> = phases.iter().map(|phase| most_at_once(&phase.parts)).collect();
    let text: Vec<_> =
        phases.iter().zip(&at_once).map(|(phase, at_once)| format!("{} up to {at_once}", phase.model.label)).collect();
    let together = Observation::new(
        waits.len() == 4 * tasks
            && waits.iter().all(|wait| length(*wait) >= delay)
            && at_once.first() == Some(&1)
            && phases[1..]
                .iter()
                .all(|phase| phase.wall() <= seen.at_most(delay + phase.start_up().unwrap_or_default())),
        format!("{} of {delay} in each model; at the same time: {}.", counted(tasks, "wait"), text.join(", ")),
    )
    .shown_by(waits);

    let mut all = vec![together];
    all.extend(comparison(seen, &phases, tasks));
    all
}
