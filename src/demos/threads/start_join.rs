//! `thread-start-join`: threads that sleep at the same time, and what joining them waits for.

use std::time::Duration;

use crate::demos::{Demo, Group, Need, Observation, Param, Program, Seen, SpanRef, Status, at_most};
use crate::runtime::print;
use crate::runtime::threads::{sleep, spawn};
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    id: "thread-start-join",
    title: "Start and join threads",
    summary: "Each thread sleeps a little longer than the one before. They sleep at the same time, so all of them \
              together take as long as the longest.",
    group: Group::Threads,
    needs: &[Need::Isolation],
    params: &[
        Param::integer("threads", "how many workers are started", "threads", (1, 12), 3),
        Param::integer("delay", "how much longer each one sleeps than the one before", "ms", (10, 2000), 400),
    ],
    workers: |values| values.count("threads") as usize + 1,
    estimate: |values| values.ms("delay") * values.count("threads") + Duration::from_millis(100),
    expected: |_| Status::Finished,
    source: "src/demos/threads/start_join.rs",
    program: Program::Blocking(|values| {
        program(values.count("threads"), values.ms("delay"));
        Ok(())
    }),
    entries: &[],
    observe,
    hidden: false,
};

// weft:begin
fn program(threads: u32, delay: Duration) {
    let mut workers = Vec::new();
    for number in 1..=threads {
        let worker = spawn(format!("worker-{number}"), move || {
            print(format!("worker-{number} starts"));
            sleep(delay * number);
            print(format!("worker-{number} is done"));
        });
        workers.push(worker);
    }

    // The last one sleeps longest. Once it is done, so are the others:
    // joining those does not wait.
    for worker in workers.into_iter().rev() {
        worker.join();
    }
    print("All threads completed");
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let threads = seen.values.count("threads");
    let workers = seen.lanes("worker", threads);
    let delay = seen.wait("delay");
    let longest = Nanos(delay.0 * u64::from(threads));
    let sum = Nanos(delay.0 * u64::from(threads * (threads + 1) / 2));

    let lives: Vec<_> = workers.iter().map(|worker| seen.life(worker)).collect();
    let start = lives.iter().map(|life| life.start).min().unwrap_or_default();
    let end = lives.iter().map(|life| life.end).max().unwrap_or_default();
    let took = end.saturating_sub(start);
    let all_slept = workers.len() == threads as usize
        && workers.iter().zip(1..).all(|(worker, n)| seen.time_in(worker, State::Sleeping).0 >= delay.0 * n);
    let together = match threads {
        1 => format!("One sleep of {longest} took {took}."),
        _ => format!(
            "{threads} sleeps of {delay} to {longest} took {took} together; one after the other they would take {sum}."
        ),
    };
    let mut observations = vec![
        Observation::new(all_slept && took >= longest && took <= at_most(longest), together).shown_by(lives.clone()),
    ];

    let Some(main) = seen.lane("main") else {
        observations.push(Observation::new(false, "There is no main thread."));
        return observations;
    };
    let joins: Vec<_> = seen.spans_in(main, State::Blocked);
    let slowest = workers.last().map(|worker| Target::Lane(worker.id));
    let waited = Nanos(joins.iter().map(|span| span.duration().0).sum());
    let passed = main.passed.len();
    let finished = passed == 1;
    let one_wait = joins.len() == 1 && joins[0].on == slowest;
    let text = match threads {
        1 => format!("Joining it blocked main for {waited}."),
        _ => format!(
            "Joining worker-{threads} blocked main for {waited}; the other {} {} finished by then, so joining {} did \
             not wait.",
            passed,
            if finished { "thread had" } else { "threads had" },
            if finished { "it" } else { "them" },
        ),
    };
    observations.push(
        Observation::new(one_wait && passed + 1 == threads as usize, text)
            .shown_by(joins.iter().map(|span| SpanRef::new(main, span))),
    );
    observations
}
