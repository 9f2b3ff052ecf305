//! `manager`: a dict and a list that a server process keeps for others.

use std::time::Duration;

use super::{crossing, in_words, length, scopes, span};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::processes::{DictProxy, Entry, ListProxy, Manager, Process, Value, try_call};
use crate::runtime::{Failure, print, scope};
use crate::timeline::{Lane, ResourceEvent};
use crate::trace::{Ending, EventKind, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "manager",
        title: "A manager",
        language: Language::Rust,
        files: &["src/demos/processes/manager.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes use the dict", "processes", (1, 8), 2),
            Param::integer("operations", "how often each one does", "operations", (1, 1000), 20),
        ],
        workers: |_| 1,
        estimate: |values| {
            let operations = values.count("processes") * values.count("operations");
            Estimate { waits: Duration::from_millis(600), work: Duration::from_micros(600) * operations }
        },
        main: Main::Process(|values| program(values.count("processes"), values.count("operations"))),
        entries: &[&USE],
    },
    summary: "A dict and a list live in a server process. Others use them through proxies: each operation is a message \
              and an answer, so it costs far more than a number in shared memory.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
type Squares = DictProxy<(u32, u32), u32>;

const USE: Entry<(u32, u32, Squares, ListProxy<String>, Value)> =
    Entry { name: "manager/use_them", call: |arguments| try_call(use_them, arguments) };

fn use_them(
    (number, times, squares, names, shared): (u32, u32, Squares, ListProxy<String>, Value),
) -> Result<(), Failure> {
    scope("with the manager", || (1..=times).try_for_each(|n| squares.set(&(number, n), &(n * n))))?;
    // For comparison: as many writes to a number in shared memory.
    scope("in shared memory", || (1..=times).for_each(|n| shared.set(i64::from(n * n))));
    names.append(&format!("process {number}"))?;
    Ok(())
}

fn program(processes: u32, times: u32) -> Result<(), Failure> {
    let manager = Manager::start("manager");
    let (squares, names) = (manager.dict("squares")?, manager.list("names")?);
    let shared = Value::new("shared", 0);

    let mut workers = Vec::new();
    for number in 1..=processes {
        let arguments = (number, times, squares.clone(), names.clone(), shared.clone());
        workers.push(Process::start(format!("process-{number}"), &USE, arguments));
    }
    for worker in workers {
        worker.join();
    }
    let sum: u32 = squares.items()?.iter().map(|(_, square)| square).sum();
    print(format!("{} squares, their sum is {sum}; {} names", squares.len()?, names.len()?));
    manager.shutdown();
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, times) = (seen.values.count("processes"), seen.values.count("operations"));
    let workers = seen.lanes("process", processes);
    let (Some(main), Some(server)) = (seen.lane("main"), seen.lane("manager")) else {
        return vec![Observation::new(false, "Main or the manager is missing.")];
    };
    let each: u64 = (1..=u64::from(times)).map(|n| n * n).sum();
    let all = u64::from(processes) * u64::from(times);
    let line = format!("{all} squares, their sum is {}; {processes} names", each * u64::from(processes));
    let result = Observation::new(
        seen.printed(main).any(|print| print.text == line) && workers.len() == processes as usize,
        format!("All that {} put into the dict and the list was there: {line}.", in_words(workers.len())),
    )
    .shown_by(workers.iter().map(|worker| seen.life(worker)));

    // Each operation is a message that the server unpacked, and an answer that it packed.
    let operations: Vec<Stretch> = workers
        .iter()
        .flat_map(|worker| worker.scopes.iter().filter(|s| s.name.contains('.')).map(|s| span(seen, worker, s)))
        .collect();
    let (asked, answered) = (crossing(seen, server, "unpack"), crossing(seen, server, "pack"));
    let enough = asked.times >= operations.len() && answered.times == asked.times;
    let trips = Observation::new(
        operations.len() as u64 == all + u64::from(processes) && enough,
        format!(
            "Each operation was a round trip: the server unpacked {} of {} bytes together, and packed as many answers \
             of {}.",
            counted(asked.times, "request"),
            asked.bytes,
            answered.bytes
        ),
    )
    .shown_by([seen.life(server)]);

    let sum = |name: &'static str| {
        let spans = workers.iter().flat_map(move |worker| scopes(worker, name).map(move |s| span(seen, worker, s)));
        spans.map(|span| length(span).0).sum::<u64>()
    };
    let (with, without) = (sum("with the manager"), sum("in shared memory"));
    let per = |sum: u64| Nanos(sum / all.max(1));
    // How long it took, the machine decides. In shared memory nobody waits for anybody.
    let writes_of = |worker: &Lane| {
        let shared = seen.resource("shared").map_or(&[][..], |shared| &shared.events);
        let is_own = |event: &&ResourceEvent| event.lane == worker.id && matches!(event.kind, EventKind::Write { .. });
        shared.iter().filter(is_own).count()
    };
    let alone = workers.iter().all(|worker| {
        let [scope] = scopes(worker, "in shared memory").collect::<Vec<_>>()[..] else { return false };
        let stretch = span(seen, worker, scope);
        let waited = worker.changes.iter().any(|change| stretch.start < change.time && change.time < stretch.end);
        !waited && writes_of(worker) == times as usize
    });
    let price = Observation::new(
        alone,
        format!(
            "An operation took {} through the manager, and {} in shared memory, where it waits for nobody: {:.0} times \
             as long.",
            per(with),
            per(without),
            with as f64 / without.max(1) as f64
        ),
    )
    .shown_by(operations);
    let ended = server.end.as_ref().is_some_and(|end| end.ending == Ending::Killed);
    let last = workers.iter().map(|worker| seen.life(worker).end).max().unwrap_or_default();
    let shut = Observation::new(
        ended && seen.life(server).end > last,
        format!(
            "The server did not end by itself: main shut it down, {} after the last process had ended.",
            seen.life(server).end.saturating_sub(last)
        ),
    )
    .shown_by([seen.life(server)]);
    vec![result, trips, price, shut]
}
