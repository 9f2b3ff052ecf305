//! `process-fibonacci`: big Fibonacci numbers in a pool of processes, tasks of very different length.

use std::time::Duration;

use super::{in_words, length, scopes, span};
use crate::demos::{
    CORES, Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
    most_at_once,
};
use crate::runtime::processes::{Entry, Pool, call};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-fibonacci",
        title: "Big Fibonacci numbers",
        language: Language::Rust,
        files: &["src/demos/processes/fibonacci.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes the pool has", "processes", (1, 8), CORES),
            Param::integer("numbers", "which Fibonacci number is the largest one", "", (100, 400_000), 100_000),
        ],
        workers: |_| 1,
        estimate: |values| {
            let n = f64::from(values.count("numbers"));
            // Each addition is as long as the number: all of them grow with the square.
            let work = Duration::from_secs_f64(n * n * 1e-10 + 0.05);
            Estimate { waits: Duration::from_millis(500), work: work * 2 }
        },
        main: Main::Process(|values| program(values.count("processes") as usize, values.count("numbers"))),
        entries: &[&LAST_DIGITS],
    },
    summary: "Each process of a pool computes Fibonacci numbers with up to tens of thousands of digits, and sends back \
              the last ten of them. The tasks are uneven: who has a short one takes the next.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
use num_bigint::BigUint;

const LAST_DIGITS: Entry<u32, (usize, u64)> =
    Entry { name: "process-fibonacci/fibonacci", call: |arguments| call(fibonacci, arguments) };

/// How many bits the number has, and its last ten digits.
fn fibonacci(n: u32) -> (usize, u64) {
    let (mut this, mut next) = (BigUint::ZERO, BigUint::from(1_u32));
    for _ in 0..n {
        this += &next;
        std::mem::swap(&mut this, &mut next);
    }
    let digits = u64::try_from(&this % 10_000_000_000_u64).unwrap_or_default();
    (this.bits() as usize, digits)
}

fn program(processes: usize, largest: u32) -> Result<(), Failure> {
    let numbers = [largest / 10, largest, largest / 4, largest / 2, largest / 3, largest / 5];
    let pool = Pool::new("pool", processes);
    for (n, result) in numbers.into_iter().zip(pool.imap(&LAST_DIGITS, numbers)) {
        let (bits, digits) = result?;
        print(format!("fibonacci({n}) has {bits} bits and ends in {digits:010}"));
    }
    pool.close();
    pool.join()
}
// weft:end

/// The last ten digits of a Fibonacci number, computed in another way: with those alone.
fn last_digits(n: u32) -> u64 {
    let step = |(this, next): (u64, u64), _| (next, (this + next) % 10_000_000_000);
    (0..n).fold((0, 1), step).0
}

/// When the worker took something from the pool's queue: for each of its tasks, and for the end.
fn takes(seen: &Seen, worker: &Lane) -> Vec<Nanos> {
    let steps = seen.resource("pool tasks").map(|tasks| seen.steps(tasks)).unwrap_or_default();
    steps.iter().filter(|step| step.lane == worker.id && step.to < step.from).map(|step| step.time).collect()
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, largest) = (seen.values.count("processes"), seen.values.count("numbers"));
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let results: Vec<(u32, u64)> = seen
        .printed(main)
        .filter_map(|line| {
            let (n, rest) = line.text.strip_prefix("fibonacci(")?.split_once(')')?;
            Some((n.parse().ok()?, rest.rsplit_once(' ')?.1.parse().ok()?))
        })
        .collect();
    let right = results.iter().filter(|(n, digits)| last_digits(*n) == *digits).count();
    let workers = seen.lanes("pool", processes);
    let mut tasks: Vec<(u32, Stretch, Nanos)> = Vec::new();
    for worker in &workers {
        for (scope, taken) in scopes(worker, "fibonacci-").zip(takes(seen, worker)) {
            let number = scope.name.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
            tasks.push((number, span(seen, worker, scope), taken));
        }
    }
    tasks.sort_by_key(|(number, ..)| *number);
    let digits = Observation::new(
        right == 6 && results.len() == 6 && results.get(1).is_some_and(|(n, _)| *n == largest),
        format!("The last ten digits of {right} of 6 numbers are those that another way of computing gives."),
    )
    .shown_by(tasks.iter().map(|(_, span, _)| *span));

    let spans: Vec<Stretch> = tasks.iter().map(|(_, span, _)| *span).collect();
    let (short, long) = (
        spans.iter().map(|span| length(*span)).min().unwrap_or_default(),
        spans.iter().map(|span| length(*span)).max().unwrap_or_default(),
    );
    let sum = Nanos(spans.iter().map(|span| length(*span).0).sum());
    let start = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let took = spans.iter().map(|span| span.end).max().unwrap_or_default().saturating_sub(start);
    // Tasks are taken in order. Who has taken one may be put aside before it begins, so their beginnings tell nothing.
    let in_order = tasks.is_sorted_by(|(.., one), (.., next)| one < next)
        && tasks.iter().all(|(_, span, taken)| *taken <= span.start);
    let uneven = Observation::new(
        spans.len() == 6 && in_order && took >= long,
        format!(
            "The 6 tasks took between {short} and {long}, {sum} together; {} did them in {took}, up to {} at a time.",
            in_words(workers.len()),
            counted(most_at_once(&spans), "task")
        ),
    )
    .shown_by(spans);
    vec![digits, uneven]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_known_numbers() {
        for (n, bits, digits) in [
            (10, 6, 55),
            (100, 69, 9_261_915_075),
            (1000, 694, 6_849_228_875),
            (10_000, 6942, 9_947_366_875),
            (100_000, 69_424, 3_428_746_875),
        ] {
            assert_eq!(fibonacci(n), (bits, digits), "fibonacci({n})");
            assert_eq!(last_digits(n), digits, "fibonacci({n})");
        }
    }
}
