//! `process-cost`: what crosses between processes costs, beside what it costs at least. Not in the catalogue: the
//! benchmark reads its figures.

use std::time::Duration;

use super::{length, scopes, span};
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status};
use crate::runtime::processes::{Connection, Entry, Handshake, Process, pipe, try_call};
use crate::runtime::{Failure, print, scope};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-cost",
        title: "What crossing costs",
        language: Language::Rust,
        files: &["src/demos/processes/cost.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("trips", "how many round trips are made", "round trips", (1, 10_000), 1000),
            Param::integer("megabytes", "how much goes through the pipe", "MB", (1, 128), 64),
        ],
        workers: |_| 1,
        estimate: |values| Estimate {
            waits: Duration::from_millis(300),
            work: Duration::from_micros(300) * values.count("trips")
                + Duration::from_millis(10) * values.count("megabytes"),
        },
        main: Main::Process(|values| program(values.count("trips"), values.count("megabytes") as usize)),
        entries: &[&OTHER_SIDE],
    },
    summary: "Round trips through a pipe beside bare ones, and many bytes through a pipe beside a copy of them.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

// weft:begin
const OTHER_SIDE: Entry<(Connection, Handshake, u32)> =
    Entry { name: "process-cost/other_side", call: |arguments| try_call(other_side, arguments) };

fn other_side((connection, handshake, trips): (Connection, Handshake, u32)) -> Result<(), Failure> {
    for _ in 0..2 * trips {
        let message = connection.recv_bytes()?;
        connection.send_bytes(&message)?;
    }
    handshake.answer(2 * trips);
    for _ in 0..3 {
        let bytes = connection.recv_bytes()?;
        connection.send_bytes(&[bytes[bytes.len() - 1]])?;
    }
    Ok(())
}

fn program(trips: u32, megabytes: usize) -> Result<(), Failure> {
    let ((ours, theirs), handshake) = (pipe("pipe"), Handshake::new());
    let child = Process::start("other side", &OTHER_SIDE, (theirs, handshake.clone(), trips));
    let round_trips = || -> Result<(), Failure> {
        for _ in 0..trips {
            ours.send_bytes(&[1; 64])?;
            ours.recv_bytes()?;
        }
        Ok(())
    };
    round_trips()?; // Once without measuring, so that the browser has compiled both sides for speed.
    scope("pipe", round_trips)?;
    // All at once on the other side, which does not look at the time.
    scope("bare", || handshake.begin(2 * trips));

    let bytes = vec![7; megabytes << 20];
    let mut copy = vec![0; bytes.len()];
    for number in 1..=3 {
        scope(&format!("copy {number}"), || copy.copy_from_slice(&bytes));
        scope(&format!("through the pipe {number}"), || -> Result<(), Failure> {
            ours.send_bytes(&bytes)?;
            ours.recv_bytes()?;
            Ok(())
        })?;
    }
    child.join();
    print(format!("{trips} round trips, 3 times {megabytes} MB, the last byte is {}", copy[copy.len() - 1]));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let trips = u64::from(seen.values.count("trips"));
    let (Some(main), Some(child)) = (seen.lane("main"), seen.lane("other side")) else {
        return vec![Observation::new(false, "Main or the other side is missing.")];
    };
    let took = |name: &str| main.scopes.iter().find(|scope| scope.name == name).map(|s| length(span(seen, main, s)));
    let (Some(pipe), Some(bare)) = (took("pipe"), took("bare")) else {
        return vec![Observation::new(false, "The round trips were not made.")];
    };
    let (pipe, bare) = (Nanos(pipe.0 / trips), Nanos(bare.0 / trips / 2));
    let least = |name: &str| (1..=3).filter_map(|number| took(&format!("{name} {number}"))).min();
    let (Some(copy), Some(through)) = (least("copy"), least("through the pipe")) else {
        return vec![Observation::new(false, "The bytes were not copied.")];
    };
    let start = child.first_run().unwrap_or_default().saturating_sub(child.defined.unwrap_or_default());
    vec![
        Observation::new(
            pipe > Nanos::ZERO && scopes(main, "pipe").next().is_some(),
            format!(
                "A round trip of 64 bytes took {} ns through the pipe, {} ns bare: {:.2} times as long.",
                pipe.0,
                bare.0,
                pipe.0 as f64 / bare.0.max(1) as f64
            ),
        ),
        Observation::new(
            through > Nanos::ZERO,
            format!(
                "{} MB took {} ns through the pipe, {} ns to copy: {:.2} times as long.",
                seen.values.count("megabytes"),
                through.0,
                copy.0,
                through.0 as f64 / copy.0.max(1) as f64
            ),
        ),
        Observation::new(start > Nanos::ZERO, format!("The process ran {} ns after it was started.", start.0)),
    ]
}
