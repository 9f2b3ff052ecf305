//! What can be seen where several add to one number, with a lock or without.

use std::collections::HashMap;

use crate::demos::{Observation, Seen, Stretch, most_at_once};
use crate::timeline::Resource;
use crate::trace::{EventKind, Nanos, Target};

/// One update: read, work, write.
struct Update {
    span: Stretch,
    read: i64,
    wrote: i64,
}

/// The updates of the counter, by their ends.
fn updates(counter: &Resource) -> Vec<Update> {
    let mut reads = HashMap::new();
    let mut updates = Vec::new();
    for event in &counter.events {
        match event.kind {
            EventKind::Read { value, .. } => {
                reads.insert(event.lane, (event.time, value));
            }
            EventKind::Write { value, .. } => {
                if let Some((start, read)) = reads.remove(&event.lane) {
                    let span = Stretch { lane: event.lane, start, end: event.time };
                    updates.push(Update { span, read, wrote: value });
                }
            }
            _ => {}
        }
    }
    updates
}

/// The first two updates that began with the same value.
fn collision(updates: &[Update]) -> Option<[&Update; 2]> {
    let mut first = HashMap::new();
    updates.iter().find_map(|update| first.insert(update.read, update).map(|other| [other, update]))
}

/// Who adds to what.
pub struct Adding {
    /// One of those who add: a thread, a task, a process.
    pub one: &'static str,
    /// Several of them; also the parameter that says how many.
    pub many: &'static str,
    /// The name of what they add to.
    pub to: &'static str,
}

/// What can be seen, where each addition takes at least so long.
pub fn observe(seen: &Seen, adding: &Adding, work: Nanos) -> Vec<Observation> {
    let Adding { one, many, to } = adding;
    let threads = seen.values.count(many);
    let increments = seen.values.count("increments");
    let with_lock = seen.values.boolean("lock");
    let workers = seen.lanes("worker", threads);
    let (Some(main), Some(counter)) = (seen.lane("main"), seen.resource(to)) else {
        return vec![Observation::new(false, format!("Main or the {to} is not there."))];
    };
    if let Some(end) = seen.timeline.recording_ended {
        let text = format!("Recording ended at {end}, before the run did, so updates cannot be counted.");
        return vec![Observation::new(true, text)];
    }

    let expected = threads as usize * increments as usize;
    let updates = updates(counter);
    // Main reads the counter when all others are done.
    let result = counter.events.iter().rfind(|event| event.lane == main.id).and_then(|event| match event.kind {
        EventKind::Read { value, .. } => usize::try_from(value).ok(),
        _ => None,
    });
    let Some(result) = result else {
        return vec![Observation::new(false, format!("Main never read the {to}'s last value."))];
    };
    let lost = updates.len().saturating_sub(result);
    let mut by_lane: HashMap<_, u32> = HashMap::new();
    for update in &updates {
        *by_lane.entry(update.span.lane).or_default() += 1;
    }
    let all =
        workers.len() == threads as usize && workers.iter().all(|worker| by_lane.get(&worker.id) == Some(&increments));
    let sums = updates.len() == expected && updates.iter().all(|update| update.wrote == update.read + 1);
    let collision = collision(&updates);
    let of_them = match lost {
        0 => "none of them was lost".to_owned(),
        1 => "1 of them was lost".to_owned(),
        _ => format!("{lost} of them were lost"),
    };
    let mut text = format!("{expected} updates left the {to} at {result}, so {of_them}");
    if let Some([first, second]) = collision {
        let names = [seen.name(first.span.lane), seen.name(second.span.lane)];
        text += &format!(": first {} and {} both read {} and wrote {}", names[0], names[1], first.read, first.wrote);
    }
    // What is lost was written by two who had read the same.
    let explained = (lost > 0) == collision.is_some() && result <= expected;
    let spans = collision.into_iter().flatten().map(|update| update.span);
    let losses = Observation::new(all && sums && explained && !(with_lock && lost > 0), text + ".").shown_by(spans);

    let spans: Vec<_> = updates.iter().map(|update| update.span).collect();
    let start = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let took = spans.iter().map(|span| span.end).max().unwrap_or_default().saturating_sub(start);
    // Clocks have steps: an update without work may take no time at all.
    let at_once = most_at_once(&spans).max(1);
    let each = Nanos(took.0 / updates.len().max(1) as u64);
    let worked = spans.iter().all(|span| span.end.saturating_sub(span.start) >= work);
    let one_by_one = Nanos(work.0 * expected as u64);
    let waited: u64 = seen.resource("lock").map_or(0, |lock| {
        let waits = workers.iter().flat_map(|worker| seen.waits_for(worker, Target::Resource(lock.id)));
        waits.map(|(span, _)| span.duration().0).sum()
    });
    let waited = Nanos(waited);
    let (holds, text) = if with_lock {
        let text = format!(
            "The lock's cost: with one {one} at a time in an update, {expected} updates took {took}, {each} each, and {many} \
             waited {waited} for the lock altogether."
        );
        (at_once == 1 && took >= one_by_one, text)
    } else {
        let text = format!(
            "Nobody waited for a lock: with up to {at_once} {} in an update at the same time, {expected} updates \
             took {took}, {each} each.",
            if at_once == 1 { one } else { many }
        );
        (at_once <= threads as usize && took.0 >= work.0 * u64::from(increments) && waited == Nanos::ZERO, text)
    };
    let lives = workers.iter().map(|worker| seen.life(worker));
    vec![losses, Observation::new(worked && all && holds, text).shown_by(lives)]
}
