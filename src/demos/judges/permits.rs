//! What can be seen where there are fewer permits than lanes that want one.

use crate::demos::{Observation, Seen, Stretch, counted, most_at_once};
use crate::trace::{EventKind, Nanos, Target};

/// How often the permits are handed out, if each time as many as possible are.
pub fn rounds(threads: u32, permits: u32) -> u32 {
    threads.div_ceil(permits)
}

/// What can be seen, where it is threads, or tasks, that want permits.
pub fn observe(seen: &Seen, noun: &str) -> Vec<Observation> {
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
        .shown_by(waits.iter().map(|(worker, (span, _))| Stretch::new(worker, span)));
    vec![few, in_rounds, handed_on]
}
