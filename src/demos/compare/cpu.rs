//! `compare-cpu`: the same sums one after the other, in threads with and without a GIL, and in processes.

use std::time::Duration;

use super::{PROCESSES, Phase, SEQUENTIAL, THREADS, THREADS_GIL, comparison, phases, waits_for_gil};
use crate::demos::{
    CORES, Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
    most_at_once,
};
use crate::runtime::processes::{Entry, Process, Queue, try_call};
use crate::runtime::threads::{Gil, ThreadPool, checkpoint};
use crate::runtime::{Failure, print, scope};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "compare-cpu",
        title: "Computing, in every model",
        language: Language::Rust,
        files: &["src/demos/compare/cpu.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("tasks", "how many sums are computed", "sums", (1, 32), 4),
            Param::integer("n", "how many square roots each one adds", "roots", (100_000, 50_000_000), 20_000_000),
            Param::integer("workers", "how many threads or processes compute them", "workers", (1, 8), CORES),
        ],
        workers: |values| values.count("workers") as usize + 1,
        estimate: |values| {
            // On a slow machine: alone and under the GIL one at a time; else as many as there are workers, or cores.
            let all = Duration::from_nanos(5) * values.count("n") * values.count("tasks");
            let at_once = values.count("workers").min(values.count("tasks")).min(4);
            Estimate::work(all * 2 + all * 2 / at_once + Duration::from_millis(600))
        },
        main: Main::Thread(|values| program(values.count("tasks"), values.count("n"), values.count("workers"))),
        entries: &[&WORK],
    },
    summary: "The same sums one after the other, in threads under a GIL as Python’s, in threads without one, and in \
              processes. Under the GIL threads take turns and gain nothing; the others use all cores.",
    group: Group::Compare,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const PIECE: u32 = 50_000;

/// The work, the same function in each model: the sum of n square roots, a piece at a time.
pub(super) fn sum(task: u32, n: u32) -> f64 {
    let (first, end) = (n * (task - 1), n * task);
    let pieces = (first..end).step_by(PIECE as usize);
    pieces.fold(0.0, |sum, from| {
        checkpoint(); // Under a GIL, here another thread may have its turn.
        sum + piece(from, end.min(from.saturating_add(PIECE)))
    })
}

/// Well under a millisecond of it, in a function of its own: browsers optimise what is called again.
#[inline(never)]
pub fn piece(from: u32, to: u32) -> f64 {
    (from..to).fold(0.0, |sum, number| sum + f64::from(number).sqrt())
}

/// Once before anything is compared, so that it runs as fast as it ever will.
fn warm_up() {
    sum(1, 400 * PIECE);
}

fn in_threads(name: &str, tasks: u32, n: u32, workers: u32) -> Vec<f64> {
    let pool = ThreadPool::new(name, workers as usize);
    pool.map("sum", 1..=tasks, move |task| sum(task, n)).collect()
}

type Tasks = Queue<Option<u32>>;
type Results = Queue<(u32, f64)>;

const WORK: Entry<(Tasks, Results, u32)> =
    Entry { name: "compare-cpu/work", call: |arguments| try_call(work, arguments) };

/// What each process does, under a GIL of its own, as in Python.
fn work((tasks, results, n): (Tasks, Results, u32)) -> Result<(), Failure> {
    Gil::new(Gil::SWITCH_INTERVAL).run(|| {
        warm_up();
        results.put(&(0, 0.0))?; // It stands.
        while let Some(task) = tasks.get()? {
            let sum = scope(&format!("sum-{task}"), || sum(task, n));
            results.put(&(task, sum))?;
        }
        Ok(())
    })
}

fn in_processes(tasks: u32, n: u32, workers: u32) -> Result<Vec<f64>, Failure> {
    let (to_do, done) = (Queue::new("tasks"), Queue::new("results"));
    let start = |number| Process::start(format!("process-{number}"), &WORK, (to_do.clone(), done.clone(), n));
    let processes: Vec<_> = (1..=workers).map(start).collect();
    for _ in &processes {
        done.get()?; // Until all of them stand.
    }
    for task in (1..=tasks).map(Some).chain(processes.iter().map(|_| None)) {
        to_do.put(&task)?;
    }
    let mut sums = vec![0.0; tasks as usize];
    for _ in 0..tasks {
        let (task, sum) = done.get()?;
        sums[task as usize - 1] = sum;
    }
    processes.iter().for_each(|process| drop(process.join()));
    Ok(sums)
}

fn program(tasks: u32, n: u32, workers: u32) -> Result<(), Failure> {
    scope("warm-up", warm_up);
    let expected: Vec<_> = scope("sequential", || {
        let task = |number| scope(&format!("sum-{number}"), || sum(number, n));
        (1..=tasks).map(task).collect()
    });

    let gil = Gil::new(Gil::SWITCH_INTERVAL);
    let taking_turns = scope("threads under a GIL", || gil.run(|| in_threads("turns", tasks, n, workers)));
    let at_once = scope("threads", || in_threads("threads", tasks, n, workers));
    let apart = scope("processes", || in_processes(tasks, n, workers))?;

    let equal = [taking_turns, at_once, apart].iter().all(|sums| *sums == expected);
    print(format!("{tasks} sums in each of 4 models: {}", if equal { "equal results" } else { "results differ" }));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (tasks, workers) = (seen.values.count("tasks") as usize, seen.values.count("workers") as usize);
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let phases = match phases(seen, main, &[SEQUENTIAL, THREADS_GIL, THREADS, PROCESSES], &["sum"]) {
        Ok(phases) => phases,
        Err(missing) => return vec![missing],
    };
    let equal = seen.printed(main).any(|line| line.text.ends_with("equal results"));
    let parts: Vec<_> = phases.iter().flat_map(|phase| phase.parts.iter().copied()).collect();
    let results = Observation::new(
        equal && parts.len() == 4 * tasks,
        format!("{} in each of 4 models, the results {}.", counted(tasks, "sum"), if equal { "equal" } else { "not" }),
    )
    .shown_by(parts);
    let mut all = vec![results, turns(seen, &phases[1], &phases[2], workers)];
    all.extend(comparison(seen, &phases, tasks));
    all
}

/// Who ran at the same time, and what the GIL did.
fn turns(seen: &Seen, under: &Phase, free: &Phase, workers: usize) -> Observation {
    // Without the GIL main gives the work out while its workers are at it.
    let free_at_once: Vec<_> = free.running(seen).into_iter().filter(|span| is_worker(free, span)).collect();
    let (under_at_once, free_at_once) = (most_at_once(&under.running(seen)), most_at_once(&free_at_once));
    let waits = under.workers.iter().flat_map(|worker| waits_for_gil(seen, worker));
    let waits: Vec<_> = waits.filter(|wait| wait.end > wait.start).collect();
    let waited = waits.iter().fold(Nanos::ZERO, |sum, wait| sum + super::length(*wait));
    Observation::new(
        under_at_once == 1 && free_at_once <= workers && free.workers.len() <= workers,
        format!(
            "Under the GIL one lane was Running at any moment, and threads waited for it {waited} altogether; without it \
             up to {} were at work at the same time.",
            counted(free_at_once, "thread")
        ),
    )
    .shown_by(waits)
}

fn is_worker(phase: &Phase, span: &Stretch) -> bool {
    phase.workers.iter().any(|worker| worker.id == span.lane)
}
