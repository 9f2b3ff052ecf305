//! `process-pool-async`: calls whose results are asked for later, and results that come one by one.

use std::time::Duration;

use super::{scopes, span};
use crate::demos::{
    CORES, Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::processes::{Entry, Pool, call};
use crate::runtime::threads::sleep;
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-pool-async",
        title: "Results as they come",
        language: Language::Rust,
        files: &["src/demos/processes/pool_async.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("processes", "how many processes the pool has", "processes", (1, 8), CORES),
            Param::integer("tasks", "how many inputs there are", "tasks", (1, 100), 10),
        ],
        workers: |_| 1,
        estimate: |values| {
            let each = Duration::from_millis(110) * (values.count("tasks") + 1);
            Estimate::waits(each / values.count("processes") + Duration::from_millis(700))
        },
        main: Main::Process(|values| program(values.count("processes") as usize, values.count("tasks"))),
        entries: &[&SQUARE],
    },
    summary: "apply_async starts a call and goes on; the result is asked for later. imap gives each result as soon as it \
              is there, in the order of the inputs, so that progress can be shown.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const SQUARE: Entry<u32, u32> = Entry { name: "process-pool-async/square", call: |arguments| call(square, arguments) };

/// Even numbers take longer.
fn square(number: u32) -> u32 {
    sleep(Duration::from_millis(if number.is_multiple_of(2) { 150 } else { 50 }));
    number * number
}

fn program(processes: usize, tasks: u32) -> Result<(), Failure> {
    let pool = Pool::new("pool", processes);

    let later = pool.apply_async(&SQUARE, 12);
    print("the call was sent; main goes on");
    print(format!("12 squared is {}", later.get()?));

    for (done, square) in (1..).zip(pool.imap(&SQUARE, 1..=tasks)) {
        print(format!("progress: {done} of {tasks}, {done} squared is {}", square?));
    }
    pool.close();
    pool.join()?;
    print("the pool is closed");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (processes, tasks) = (seen.values.count("processes"), seen.values.count("tasks"));
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let lines: Vec<_> = seen.printed(main).collect();
    let workers = seen.lanes("pool", processes);
    let mut calls: Vec<Stretch> =
        workers.iter().flat_map(|worker| scopes(worker, "square-").map(|call| span(seen, worker, call))).collect();
    calls.sort_by_key(|call| call.start);

    let sent = lines.iter().find(|line| line.text.starts_with("the call was sent")).map(|line| line.time);
    let got = lines.iter().find(|line| line.text == "12 squared is 144").map(|line| line.time);
    let first = calls.first().copied();
    // Main may be put aside for longer than the call takes; but what it does next is no wait for the result.
    let on_results = seen.resource("pool results").map(|results| Target::Resource(results.id));
    let waited = main.changes.iter().find(|change| change.state == State::Blocked && change.on == on_results);
    let went_on = match (sent, got, first) {
        (Some(sent), Some(got), Some(call)) => Observation::new(
            waited.is_none_or(|wait| sent <= wait.time) && sent <= got && got >= call.end,
            format!(
                "Main went on without a wait, {} before the call was done, and had its result {} after that.",
                call.end.saturating_sub(sent),
                got.saturating_sub(call.end)
            ),
        )
        .shown_by([call]),
        _ => Observation::new(false, "The call was not sent, or its result did not come."),
    };

    // One line for each result, in the order of the inputs.
    let progress: Vec<(u32, u32, Nanos)> = lines
        .iter()
        .filter_map(|line| {
            let (done, rest) = line.text.strip_prefix("progress: ")?.split_once(" of ")?;
            Some((done.parse().ok()?, rest.rsplit_once(' ')?.1.parse().ok()?, line.time))
        })
        .collect();
    let in_order = progress.iter().map(|(done, square, _)| (*done, *square)).eq((1..=tasks).map(|n| (n, n * n)));
    // None comes before it is there. How many come before the last is there, the machine decides.
    let numbered = seen.scopes("square");
    let end_of = |done| {
        // The call before these was a first one, too.
        let calls = numbered.iter().filter(|(number, _)| *number == done).map(|(_, call)| call);
        calls.max_by_key(|call| call.start).map(|call| call.end)
    };
    let there = progress.iter().all(|(done, _, time)| end_of(*done).is_some_and(|end| end <= *time));
    let end = calls.iter().map(|call| call.end).max().unwrap_or_default();
    let early = progress.iter().filter(|(.., time)| *time < end).count();
    let one_by_one = Observation::new(
        in_order && there,
        format!(
            "{} came in the order of the inputs, {early} of them while others were still being computed.",
            counted(progress.len(), "result")
        ),
    )
    .shown_by(calls.iter().copied());

    let by: Vec<usize> = workers.iter().map(|worker| scopes(worker, "square-").count()).collect();
    let list: Vec<_> = by.iter().map(usize::to_string).collect();
    let reused = Observation::new(
        by.iter().sum::<usize>() == tasks as usize + 1 && by.len() == processes as usize,
        format!(
            "The pool's processes were reused: of {} they did {} each.",
            counted(tasks as usize + 1, "call"),
            list.join(", ")
        ),
    )
    .shown_by(workers.iter().map(|worker| seen.life(worker)));
    vec![went_on, one_by_one, reused]
}
