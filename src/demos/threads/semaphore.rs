//! `semaphore`: many threads, few permits.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Need, Observation, Param, Program, Seen, SpanRef, Status};
use crate::demos::{counted, most_at_once};
use crate::runtime::print;
use crate::runtime::threads::{Semaphore, sleep, spawn};
use crate::trace::{EventKind, Nanos, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    id: "semaphore",
    title: "A semaphore",
    summary: "Many threads want one of few permits, as if there were only so many connections to a database. Whoever \
              finds none left waits until somebody gives one back.",
    group: Group::Threads,
    needs: &[Need::Isolation],
    params: &[
        Param::integer("permits", "how many may be held at the same time", "permits", (1, 12), 3),
        Param::integer("threads", "how many want one", "threads", (1, 16), 10),
        Param::integer("hold", "how long each one keeps its permit", "ms", (10, 2000), 300),
    ],
    workers: |values| values.count("threads") as usize + 1,
    estimate: |values| {
        Estimate::waits(values.ms("hold") * rounds(values.count("threads"), values.count("permits")) + OVERHEAD)
    },
    expected: |_| Status::Finished,
    source: "src/demos/threads/semaphore.rs",
    program: Program::Blocking(|values| {
        program(values.count("permits") as usize, values.count("threads"), values.ms("hold"));
        Ok(())
    }),
    entries: &[],
    observe: |seen| observe(seen, "thread"),
    hidden: false,
};

const OVERHEAD: Duration = Duration::from_millis(150);

// weft:begin
fn program(permits: usize, threads: u32, hold: Duration) {
    let semaphore = Semaphore::new("semaphore", permits);
    let mut workers = Vec::new();
    for number in 1..=threads {
        let semaphore = semaphore.clone();
        let worker = spawn(format!("worker-{number}"), move || {
            let permit = semaphore.hold();
            print(format!("worker-{number} is in"));
            sleep(hold);
            print(format!("worker-{number} leaves"));
            drop(permit);
        });
        workers.push(worker);
    }
    for worker in workers {
        worker.join();
    }
    print("All workers have been in");
}
// weft:end

/// How often the permits are handed out, if each time as many as possible are.
pub(in crate::demos) fn rounds(threads: u32, permits: u32) -> u32 {
    threads.div_ceil(permits)
}

/// What can be seen, where it is threads, or tasks, that want permits.
pub(in crate::demos) fn observe(seen: &Seen, noun: &str) -> Vec<Observation> {
    let (threads, permits) = (seen.values.count(&format!("{noun}s")), seen.values.count("permits"));
    let workers = seen.lanes("worker", threads);
    let Some(semaphore) = seen.resource("semaphore") else {
        return vec![Observation::new(false, "There is no semaphore.")];
    };
    let hold = seen.wait("hold");
    let holds = seen.holds(semaphore);
    let each_once = workers.len() == threads as usize
        && holds.len() == threads as usize
        && workers.iter().all(|worker| {
            let mut own = holds.iter().filter(|held| held.lane == worker.id);
            own.next().is_some_and(|held| held.end.saturating_sub(held.start) >= hold) && own.next().is_none()
        });

    let most = most_at_once(&holds);
    let free_in_range = semaphore.events.iter().all(|event| match event.kind {
        EventKind::Level { value, .. } => (0..=i64::from(permits)).contains(&value),
        _ => true,
    });
    let few = Observation::new(
        each_once && free_in_range && most <= permits as usize,
        format!(
            "Never more than {} held a permit at the same time, and there {} {}; in the end {} had had one.",
            counted(most, noun),
            if permits == 1 { "was" } else { "were" },
            counted(permits as usize, "permit"),
            if threads == 1 { format!("the {noun}") } else { format!("all {threads} {noun}s") },
        ),
    )
    .shown_by(holds.clone());

    let rounds = rounds(threads, permits);
    let expected = Nanos(hold.0 * u64::from(rounds));
    let start = holds.iter().map(|held| held.start).min().unwrap_or_default();
    let end = holds.iter().map(|held| held.end).max().unwrap_or_default();
    let took = end.saturating_sub(start);
    let in_rounds = Observation::new(
        each_once && took >= expected && took <= seen.at_most(expected),
        format!(
            "With {}, {} needed {} of {hold}, so {expected} at least; it took {took}.",
            counted(permits as usize, "permit"),
            counted(threads as usize, noun),
            counted(rounds as usize, "round"),
        ),
    )
    .shown_by(holds.clone());

    let waits: Vec<_> = workers
        .iter()
        .flat_map(|worker| {
            seen.waits_for(worker, Target::Resource(semaphore.id)).into_iter().map(move |w| (*worker, w))
        })
        .collect();
    let given_back = |lane, time| holds.iter().any(|held| held.lane == lane && held.end == time);
    let all_woken = waits.iter().all(|(worker, (_, cause))| {
        cause.is_some_and(|cause| cause.lane != worker.id && given_back(cause.lane, cause.time))
    });
    let longest = waits.iter().map(|(_, (span, _))| span.duration()).max().unwrap_or_default();
    let text = match waits.len() {
        0 => "Nobody had to wait: there was a permit left for each.".to_owned(),
        1 => format!("1 {noun} had to wait, for {longest}, until another gave its permit back."),
        count => format!(
            "{count} {noun}s had to wait, up to {longest}, each until another gave its permit back; {} found one free.",
            (threads as usize).saturating_sub(count)
        ),
    };
    let handed_on = Observation::new(each_once && all_woken, text)
        .shown_by(waits.iter().map(|(worker, (span, _))| SpanRef::new(worker, span)));
    vec![few, in_rounds, handed_on]
}
