//! `thread-start-join`: threads that sleep at the same time, and what joining them waits for.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::print;
use crate::runtime::threads::{sleep, spawn};
use crate::timeline::Span;
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-start-join",
        title: "Start and join threads",
        language: Language::Rust,
        files: &["src/demos/threads/start_join.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("threads", "how many workers are started", "threads", (1, 12), 3),
            Param::integer("delay", "how much longer each one sleeps than the one before", "ms", (10, 2000), 400),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| Estimate::waits(values.ms("delay") * values.count("threads") + Duration::from_millis(100)),
        main: Main::Thread(|values| {
            program(values.count("threads"), values.ms("delay"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Each thread sleeps a little longer than the one before. They sleep at the same time, so all of them \
              together take as long as the longest.",
    group: Group::Threads,
    expected: |_| Status::Finished,
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
        Observation::new(all_slept && took >= longest && took <= seen.at_most(longest), together)
            .shown_by(lives.clone()),
    ];

    let Some(main) = seen.lane("main") else {
        observations.push(Observation::new(false, "There is no main thread."));
        return observations;
    };
    // A join that waits ends with the thread's end; one that does not wait comes after it.
    let end_of = |on| match on {
        Target::Lane(lane) => seen.timeline.lane(lane)?.end.as_ref().map(|end| (lane, end.time)),
        Target::Resource(_) => None,
    };
    let waits = seen.spans_in(main, State::Blocked);
    let woken = |span: &Span| {
        let cause = main.changes.get(span.index + 1).and_then(|change| change.cause);
        span.on.and_then(end_of).is_some_and(|end| cause.is_some_and(|cause| (cause.lane, cause.time) == end))
    };
    let passed =
        main.passed.iter().filter(|passed| end_of(passed.on).is_some_and(|(_, end)| end <= passed.time)).count();
    let waited = Nanos(waits.iter().map(|span| span.duration().0).sum());
    let finished = match passed {
        0 => "no thread was finished before it was joined".to_owned(),
        1 => "the thread that was finished by then was joined without a wait".to_owned(),
        _ => format!("the {passed} threads that were finished by then were joined without a wait"),
    };
    let all_joined = waits.len() + passed == threads as usize;
    observations.push(
        Observation::new(
            all_joined && waits.iter().all(woken),
            format!("Joining blocked main for {waited}, until worker-{threads} was done; {finished}."),
        )
        .shown_by(waits.iter().map(|span| Stretch::new(main, span))),
    );
    observations
}
