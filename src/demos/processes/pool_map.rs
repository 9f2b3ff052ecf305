//! `process-pool-map`: the same sum one part after the other, then in a pool of processes.

use std::time::Duration;

use super::{in_words, length, scopes, span};
use crate::demos::{
    CORES, Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, Values,
    counted, most_at_once,
};
use crate::runtime::processes::{Entry, Pool, call};
use crate::runtime::threads::sleep;
use crate::runtime::{Failure, host, print, scope};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-pool-map",
        title: "Map over a process pool",
        language: Language::Rust,
        files: &["src/demos/processes/pool_map.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes the pool has", "processes", (1, 8), CORES),
            Param::integer("chunks", "into how many parts the sum is cut", "parts", (1, 64), 4),
            Param::integer("n", "how many squares are added", "squares", (10_000, 20_000_000), 20_000_000),
        ],
        workers: |_| 1,
        estimate,
        main: Main::Process(|values| {
            program(values.count("processes") as usize, u64::from(values.count("chunks")), u64::from(values.count("n")))
        }),
        entries: &[&SUM, &STAND_BY],
    },
    summary: "A sum of squares is computed in parts, first one after the other, then by a pool of processes. The results \
              are equal; how much sooner they come depends on the cores.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

fn estimate(values: &Values) -> Estimate {
    let work = Duration::from_nanos(40) * values.count("n");
    Estimate { waits: Duration::from_millis(700), work }
}

// weft:begin
const SUM: Entry<(u64, u64), u64> = Entry { name: "process-pool-map/sum", call: |arguments| call(sum, arguments) };

const STAND_BY: Entry<u32> = Entry { name: "process-pool-map/stand_by", call: |arguments| call(stand_by, arguments) };

/// The sum of the squares of a part of the numbers, a piece of it at a time.
fn sum((from, to): (u64, u64)) -> u64 {
    (from..to).step_by(20_000).map(|start| piece(start, to.min(start + 20_000))).sum::<u64>() % 1_000_000_007
}

/// In a function of its own that is called again and again: browsers optimise such.
#[inline(never)]
fn piece(from: u64, to: u64) -> u64 {
    (from..to).fold(0, |sum, n| (sum + n * n) % 1_000_000_007)
}

fn stand_by(_number: u32) {
    sleep(Duration::from_millis(100));
}

fn program(processes: usize, chunks: u64, n: u64) -> Result<(), Failure> {
    let parts: Vec<_> = (0..chunks).map(|part| (n * part / chunks, n * (part + 1) / chunks)).collect();
    let expected = scope("one after the other", || parts.iter().map(|part| sum(*part)).sum::<u64>());

    let pool = Pool::new("pool", processes);
    // Processes take a while to start. Each has one of these to do first, so all are there.
    pool.map_chunks(&STAND_BY, 1..=processes as u32, 1)?;
    let sums = scope("in the pool", || pool.map_chunks(&SUM, parts, 1))?;
    pool.close();
    pool.join()?;

    let equal = sums.iter().sum::<u64>() == expected;
    print(format!("{chunks} parts, {}", if equal { "equal results" } else { "results differ" }));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, chunks) = (seen.values.count("processes"), seen.values.count("chunks") as usize);
    let workers = seen.lanes("pool", processes);
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let whole = |name| scopes(main, name).next().map(|scope| span(seen, main, scope));
    let (Some(alone), Some(pooled)) = (whole("one after the other"), whole("in the pool")) else {
        return vec![Observation::new(false, "The sum was not computed in both ways.")];
    };
    let parts: Vec<Stretch> =
        workers.iter().flat_map(|worker| scopes(worker, "sum-").map(|part| span(seen, worker, part))).collect();
    let equal = seen.printed(main).any(|line| line.text.ends_with("equal results"));
    let results = Observation::new(
        equal && parts.len() == chunks && workers.len() == processes as usize,
        format!(
            "{} of {} were summed by {}, and the results were {}.",
            parts.len(),
            counted(chunks, "part"),
            in_words(processes as usize),
            if equal { "equal" } else { "not equal" }
        ),
    )
    .shown_by(parts.iter().copied());

    let (before, after) = (length(alone), length(pooled));
    let speed_up = before.0 as f64 / after.0.max(1) as f64;
    let cores = host::cores();
    let at_once = most_at_once(&parts);
    let in_pool = parts.iter().all(|part| part.start >= pooled.start && part.end <= pooled.end);
    let gain = Observation::new(
        in_pool && alone.end <= pooled.start && at_once <= processes as usize && after > Nanos::ZERO,
        format!(
            "One part after the other took {before}, the pool {after}: {speed_up:.2} times as fast, with up to {} at \
             work at the same time. This machine has {}.",
            in_words(at_once),
            counted(cores, "core")
        ),
    )
    .shown_by([alone, pooled]);

    let start = workers.iter().filter_map(|worker| Some(worker.first_run()?.saturating_sub(worker.defined?)));
    let start_up = match (start.clone().min(), start.clone().max()) {
        (Some(first), Some(last)) => Observation::new(
            start.count() == processes as usize,
            format!("The first process ran {first} after it was started, the last {last}; each was then reused."),
        )
        .shown_by(workers.iter().map(|worker| seen.life(worker))),
        _ => Observation::new(false, "No process ever ran."),
    };
    vec![results, gain, start_up]
}
