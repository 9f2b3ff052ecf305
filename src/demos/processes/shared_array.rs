//! `shared-array`: processes double their part of an array in shared memory, then one doubles all of it.

use std::time::Duration;

use super::{in_words, pid};
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::print;
use crate::runtime::processes::{Array, Entry, Process, call};
use crate::trace::{EventKind, LaneId};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "shared-array",
        title: "An array that processes share",
        language: Language::Rust,
        files: &["src/demos/processes/shared_array.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes share the work", "processes", (1, 8), 3),
            Param::integer("length", "how many numbers there are", "numbers", (1, 100_000), 12),
        ],
        workers: |_| 1,
        estimate: |values| Estimate {
            waits: Duration::from_millis(600) + Duration::from_millis(40) * values.count("processes"),
            work: Duration::from_micros(10) * values.count("length"),
        },
        main: Main::Process(|values| {
            program(values.count("processes") as usize, values.count("length") as usize);
            Ok(())
        }),
        entries: &[&DOUBLE],
    },
    summary: "Each process doubles a part of its own of an array in shared memory; nothing is sent, and nothing can be \
              lost, since no two write the same place. Then one more process doubles all of it.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const DOUBLE: Entry<(Array, usize, usize)> =
    Entry { name: "shared-array/double", call: |arguments| call(double, arguments) };

fn double((numbers, from, to): (Array, usize, usize)) {
    for at in from..to {
        numbers.set(at, numbers.get(at) * 2);
    }
}

fn program(processes: usize, length: usize) {
    let first: Vec<i64> = (1..=length as i64).collect();
    let numbers = Array::new("numbers", &first);

    let mut workers = Vec::new();
    for part in 0..processes {
        let (from, to) = (length * part / processes, length * (part + 1) / processes);
        workers.push(Process::start(format!("part-{}", part + 1), &DOUBLE, (numbers.clone(), from, to)));
    }
    for worker in workers {
        worker.join();
    }
    // Now nobody else writes.
    Process::start("all", &DOUBLE, (numbers.clone(), 0, length)).join();

    let sum: i64 = numbers.to_vec().iter().sum();
    print(format!("the sum was {}, and is {sum}", first.iter().sum::<i64>()));
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, length) = (seen.values.count("processes"), i64::from(seen.values.count("length")));
    let parts = seen.lanes("part", processes);
    let (Some(main), Some(all), Some(numbers)) = (seen.lane("main"), seen.lane("all"), seen.resource("numbers")) else {
        return vec![Observation::new(false, "Main, the last process or the array is missing.")];
    };
    let before = length * (length + 1) / 2;
    let line = format!("the sum was {before}, and is {}", before * 4);
    let result = Observation::new(
        seen.printed(main).any(|print| print.text == line),
        format!("Every number was doubled twice: their sum went from {before} to {}.", before * 4),
    )
    .shown_by([seen.life(main)]);

    let places = |lane: LaneId| -> Vec<i64> {
        let writes = numbers.events.iter().filter(|event| event.lane == lane);
        let mut places: Vec<i64> = writes
            .filter_map(|event| match event.kind {
                EventKind::Write { value, .. } => Some(value),
                _ => None,
            })
            .collect();
        places.sort_unstable();
        places
    };
    let written: Vec<(u32, Vec<i64>)> = parts.iter().map(|part| (pid(part), places(part.id))).collect();
    let told: Vec<_> = written
        .iter()
        .map(|(pid, places)| match places[..] {
            [] => format!("pid {pid} wrote nothing"),
            [only] => format!("pid {pid} wrote place {only}"),
            [first, .., last] => format!("pid {pid} wrote places {first} to {last}"),
        })
        .collect();
    let mut each: Vec<i64> = written.into_iter().flat_map(|(_, places)| places).collect();
    each.sort_unstable();
    let own = Observation::new(
        parts.len() == processes as usize && each.into_iter().eq(0..length),
        format!("Each place was written by one of {}: {}.", in_words(parts.len()), told.join(", ")),
    )
    .shown_by(parts.iter().map(|part| seen.life(part)));

    let last = numbers.events.iter().filter(|event| event.lane != all.id && event.lane != main.id);
    let last = last.map(|event| event.time).max().unwrap_or_default();
    let first = numbers.events.iter().find(|event| event.lane == all.id).map(|event| event.time);
    let gap = first.unwrap_or_default().saturating_sub(last);
    let after = Observation::new(
        first.is_some_and(|first| first >= last) && places(all.id).into_iter().eq(0..length),
        format!("The last process wrote all {length} places, beginning {gap} after the others' last write."),
    )
    .shown_by([Stretch { lane: all.id, start: first.unwrap_or_default(), end: seen.life(all).end }]);
    vec![result, own, after]
}
