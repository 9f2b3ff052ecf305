//! `compare-mixed`: threads, and tasks, that wait beside such that compute; and tasks with processes behind them.

use std::time::Duration;

use super::cpu::sum;
use super::{
    Phase, SEQUENTIAL, TASKS, TASKS_POOL, THREADS, THREADS_GIL, comparison, length, parts_of, phases, waits_for_gil,
};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, Values, counted,
    most_at_once,
};
use crate::runtime::processes::{Entry, call};
use crate::runtime::tasks::{self, Error, Runner, gather, to_process};
use crate::runtime::threads::{Gil, sleep, spawn};
use crate::runtime::{Failure, print, scope};
use crate::timeline::Lane;
use crate::trace::{LaneKind, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "compare-mixed",
        title: "Waiting beside computing",
        language: Language::Rust,
        files: &["src/demos/compare/mixed.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("io", "how many jobs wait", "jobs", (1, 6), 3),
            Param::integer("cpu", "how many jobs compute", "jobs", (1, 4), 2),
            Param::integer("waits", "how many waits each job makes that waits", "waits", (1, 100), 20),
            Param::integer("delay", "how long each wait is", "ms", (1, 50), 5),
            Param::integer(
                "n",
                "how many square roots each job adds that computes",
                "roots",
                (100_000, 100_000_000),
                60_000_000,
            ),
        ],
        workers: |values| (values.count("io") + values.count("cpu")) as usize + 1,
        estimate: |values| {
            let (io, cpu) = (values.count("io"), values.count("cpu"));
            let all = Duration::from_nanos(5) * values.count("n") * cpu;
            Estimate {
                waits: values.ms("delay") * values.count("waits") * (io + 4),
                work: all * 4 + Duration::from_millis(300) + Duration::from_millis(60) * cpu,
            }
        },
        main: Main::Thread(|values| program(Jobs::new(values))),
        entries: &[&COMPUTE],
    },
    summary: "Some jobs make many short waits, others compute. Under a GIL those that wait queue up behind those that \
              compute: the convoy effect. Tasks that compute keep the whole loop waiting, unless processes do it for \
              them.",
    group: Group::Compare,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

impl Jobs {
    fn new(values: &Values) -> Jobs {
        let [io, cpu, waits, n] = ["io", "cpu", "waits", "n"].map(|name| values.count(name));
        Jobs { io, cpu, waits, delay: values.ms("delay"), n }
    }
}

// weft:begin
/// What is to be done in each model: `io` jobs that wait, `cpu` jobs that compute.
#[derive(Clone, Copy)]
struct Jobs {
    io: u32,
    cpu: u32,
    waits: u32,
    delay: Duration,
    n: u32,
}

fn wait(number: u32, jobs: Jobs) {
    scope(&format!("io-{number}"), || {
        for _ in 0..jobs.waits {
            sleep(jobs.delay);
        }
    });
}

/// The sum of n square roots, in pieces with a checkpoint between them, as in compare-cpu.
fn compute((number, n): (u32, u32)) -> f64 {
    scope(&format!("cpu-{number}"), || sum(number, n))
}

fn in_sequence(jobs: Jobs) -> Vec<f64> {
    for number in 1..=jobs.io {
        wait(number, jobs);
    }
    (1..=jobs.cpu).map(|number| compute((number, jobs.n))).collect()
}

fn in_threads(jobs: Jobs) -> Vec<f64> {
    let mut computing = Vec::new();
    for number in 1..=jobs.cpu {
        computing.push(spawn(format!("compute-{number}"), move || compute((number, jobs.n))));
    }
    let mut waiting = Vec::new();
    for number in 1..=jobs.io {
        waiting.push(spawn(format!("wait-{number}"), move || wait(number, jobs)));
    }
    for thread in waiting {
        thread.join();
    }
    computing.into_iter().map(|thread| thread.join()).collect()
}

async fn wait_as_task(number: u32, jobs: Jobs) -> Result<(), Error> {
    let waits = async {
        for _ in 0..jobs.waits {
            tasks::sleep(jobs.delay).await;
        }
    };
    tasks::scope(format!("io-{number}"), waits).await;
    Ok(())
}

const COMPUTE: Entry<(u32, u32), f64> =
    Entry { name: "compare-mixed/compute", call: |arguments| call(compute, arguments) };

async fn compute_as_task(number: u32, n: u32, in_process: bool) -> Result<f64, Error> {
    if in_process {
        // The loop goes on meanwhile.
        to_process(&format!("process-{number}"), &COMPUTE, (number, n)).await
    } else {
        Ok(compute((number, n)))
    }
}

async fn in_tasks(jobs: Jobs, in_process: bool) -> Result<Vec<f64>, Error> {
    let mut waiting = Vec::new();
    for number in 1..=jobs.io {
        waiting.push(tasks::spawn(format!("wait-{number}"), wait_as_task(number, jobs)));
    }
    let mut computing = Vec::new();
    for number in 1..=jobs.cpu {
        let task = compute_as_task(number, jobs.n, in_process);
        computing.push(tasks::spawn(format!("compute-{number}"), task));
    }
    gather(waiting).await?;
    gather(computing).await
}

fn program(jobs: Jobs) -> Result<(), Failure> {
    scope("warm-up", || sum(1, 20_000_000));
    let expected = scope("sequential", || in_sequence(jobs));

    let gil = Gil::new(Gil::SWITCH_INTERVAL);
    let turns = scope("threads under a GIL", || gil.run(|| in_threads(jobs)));
    let free = scope("threads", || in_threads(jobs));
    let alone = scope("tasks", || Runner::new().run("all jobs", in_tasks(jobs, false)))?;
    let helped = scope("tasks with processes", || Runner::new().run("all jobs", in_tasks(jobs, true)))?;

    let equal = turns == expected && free == expected && alone == expected && helped == expected;
    let results = if equal { "equal results" } else { "results differ" };
    print(format!("{} + {} jobs in each of 5 models: {results}", jobs.io, jobs.cpu));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (io, cpu) = (seen.values.count("io") as usize, seen.values.count("cpu") as usize);
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let models = [SEQUENTIAL, THREADS_GIL, THREADS, TASKS, TASKS_POOL];
    let phases = match phases(seen, main, &models, &["io", "cpu"]) {
        Ok(phases) => phases,
        Err(missing) => return vec![missing],
    };
    let equal = seen.printed(main).any(|line| line.text.ends_with("equal results"));
    let results = Observation::new(
        equal && phases.iter().all(|phase| phase.parts.len() == io + cpu),
        format!(
            "All jobs, those that wait ({io}) and those that compute ({cpu}), were done in each of 5 models, the results \
             {}.",
            if equal { "equal" } else { "not" }
        ),
    )
    .shown_by(phases.iter().map(|phase| phase.whole));
    let [_, under, free, alone, helped] = &phases[..] else { return vec![results] };
    let mut all = vec![results, convoy(seen, under, free), on_the_loop(seen, alone), beside_the_loop(seen, helped)];
    all.extend(comparison(seen, &phases, io + cpu));
    all
}

/// The pieces of work of this kind.
fn jobs(seen: &Seen, phase: &Phase, kind: &str) -> Vec<Stretch> {
    phase.workers.iter().flat_map(|lane| parts_of(seen, lane, phase.whole, &[kind])).collect()
}

/// The longest of some stretches.
fn longest(spans: &[Stretch]) -> Nanos {
    spans.iter().map(|span| length(*span)).max().unwrap_or_default()
}

/// How long jobs that wait had to wait for the GIL, each time that they woke up.
fn convoy(seen: &Seen, under: &Phase, free: &Phase) -> Observation {
    let (with, without) = (jobs(seen, under, "io"), jobs(seen, free, "io"));
    let lanes = || with.iter().filter_map(|job| seen.timeline.lane(job.lane));
    let waits: Vec<_> = lanes().flat_map(|lane| waits_for_gil(seen, lane)).collect();
    let waited = waits.iter().fold(Nanos::ZERO, |sum, wait| sum + length(*wait));
    let sleeps: usize = lanes().map(|lane| seen.spans_in(lane, State::Sleeping).len()).sum();
    // How often one wakes up while another computes, the machine decides; but then it does not run beside it.
    let one_by_one = most_at_once(&under.running(seen)) == 1;
    let each = Nanos(waited.0 / waits.len().max(1) as u64);
    Observation::new(
        with.len() == without.len() && one_by_one && waits.len() <= sleeps + with.len(),
        format!(
            "The convoy: of {} under the GIL, {} ended in a queue for it behind a thread that computes, {each} in the mean. A \
             job that waits took up to {} instead of {} without the GIL.",
            counted(sleeps, "sleep"),
            waits.len(),
            longest(&with),
            longest(&without)
        ),
    )
    .shown_by(waits)
}

/// Tasks that compute keep all others from their turns.
fn on_the_loop(seen: &Seen, alone: &Phase) -> Observation {
    let computing = jobs(seen, alone, "cpu");
    let waiting = jobs(seen, alone, "io");
    let turns = turns_within(seen, &waiting, &computing);
    Observation::new(
        turns == 0 && !computing.is_empty() && !waiting.is_empty(),
        format!(
            "While a task computed on the loop, up to {}, no task that waits had a turn: their jobs took up to {}.",
            longest(&computing),
            longest(&waiting)
        ),
    )
    .shown_by(computing)
}

/// Processes that compute keep nobody from anything.
fn beside_the_loop(seen: &Seen, helped: &Phase) -> Observation {
    let computing = jobs(seen, helped, "cpu");
    let waiting = jobs(seen, helped, "io");
    // How many, the machine decides; but who waits for a process leaves the loop to others.
    let turns = turns_within(seen, &waiting, &computing);
    let lanes = || computing.iter().filter_map(|job| seen.timeline.lane(job.lane));
    let awaited = |process: &Lane| {
        let on = Target::Lane(process.id);
        seen.timeline
            .lanes
            .iter()
            .filter(|lane| lane.kind == Some(LaneKind::Task))
            .any(|task| !seen.waits_for(task, on).is_empty() || task.passed.iter().any(|passed| passed.on == on))
    };
    Observation::new(
        !computing.is_empty()
            && lanes().count() == computing.len()
            && lanes().all(|lane| is_process(lane) && awaited(lane)),
        format!(
            "With processes behind the loop, tasks that wait had {} while others computed: their jobs took up to {}.",
            counted(turns, "turn"),
            longest(&waiting)
        ),
    )
    .shown_by(computing)
}

fn is_process(lane: &Lane) -> bool {
    lane.kind == Some(LaneKind::Process)
}

/// How often the lanes of these jobs began to run in the middle of those stretches.
fn turns_within(seen: &Seen, jobs: &[Stretch], within: &[Stretch]) -> usize {
    let lanes = jobs.iter().filter_map(|job| seen.timeline.lane(job.lane));
    let turns = lanes.flat_map(|lane| seen.spans_in(lane, State::Running));
    turns.filter(|turn| within.iter().any(|other| other.start < turn.start && turn.start < other.end)).count()
}
