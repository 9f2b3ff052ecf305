//! What can be seen where some wait until another sets an event.

use crate::demos::{Observation, Seen, Stretch, counted};
use crate::timeline::Lane;
use crate::trace::{EventKind, Nanos, State, Target};

/// What can be seen, whether it is threads or tasks that wait.
pub fn observe(seen: &Seen) -> Vec<Observation> {
    let count = seen.values.count("waiters") as usize;
    let waiters = seen.lanes("waiter", count as u32);
    let delay = seen.wait("delay");
    let (Some(setter), Some(ready)) = (seen.lane("setter"), seen.resource("ready")) else {
        return vec![Observation::new(false, "The setter or the event is not there.")];
    };
    let on = Target::Resource(ready.id);
    let sets: Vec<_> =
        ready.events.iter().filter(|event| matches!(event.kind, EventKind::Level { value: 1, .. })).collect();
    let set = sets.first().map_or(Nanos::ZERO, |event| event.time);
    let set_once = sets.len() == 1 && sets[0].lane == setter.id;

    let waits: Vec<_> = waiters
        .iter()
        .flat_map(|waiter| seen.waits_for(waiter, on).into_iter().map(move |(span, cause)| (*waiter, span, cause)))
        .collect();
    let woken_by_it = |waiter: &Lane| {
        let mut own = waits.iter().filter(|(lane, ..)| lane.id == waiter.id);
        let woken = own
            .next()
            .is_some_and(|(.., cause)| cause.is_some_and(|cause| cause.lane == setter.id && cause.time == set));
        woken && own.next().is_none()
    };
    let passed_after_it = |waiter: &Lane| {
        let mut own = waiter.passed.iter().filter(|passed| passed.on == on);
        own.next().is_some_and(|passed| passed.time >= set) && own.next().is_none()
    };
    let woken = waiters.iter().filter(|waiter| woken_by_it(waiter)).count();
    let came_late = waiters.iter().filter(|waiter| !woken_by_it(waiter) && passed_after_it(waiter)).count();
    let late = match came_late {
        0 => String::new(),
        1 => " 1 came when it was set already, and did not wait.".to_owned(),
        late => format!(" {late} came when it was set already, and did not wait."),
    };
    let all_woken = Observation::new(
        set_once && woken + came_late == count,
        format!("Setting the event once woke {woken} of {}.{late}", counted(count, "waiter")),
    )
    .shown_by(waits.iter().map(|(waiter, span, _)| Stretch::new(waiter, span)));

    let sleeps = seen.spans_in(setter, State::Sleeping);
    let slept = seen.time_in(setter, State::Sleeping);
    let slept_until = sleeps.last().map_or(Nanos::ZERO, |span| span.end);
    // A browser's timer may come a moment early; then a task's sleep goes on, in another span.
    let began = setter.changes.iter().find(|change| change.state == State::Running).map_or(set, |change| change.time);
    let slept_it_out = !sleeps.is_empty() && set.saturating_sub(began) >= delay;
    let none_before = waits.iter().all(|(_, span, _)| span.end >= set);
    let shortest = waits.iter().map(|(_, span, _)| span.duration()).min();
    let text = shortest.map_or("nobody had to wait for it".to_owned(), |shortest| {
        format!("no wait ended before that, and the shortest took {shortest}")
    });
    let not_before = Observation::new(
        slept_it_out && set >= slept_until && none_before,
        format!("The setter slept {slept} before it set the event; {text}."),
    )
    .shown_by(sleeps.iter().map(|span| Stretch::new(setter, span)));

    let late_by = |waiter: &Lane| {
        let running = waiter.changes.iter().find(|change| change.state == State::Running && change.time >= set)?;
        Some(Stretch { lane: waiter.id, start: set, end: running.time })
    };
    let wakings: Vec<_> = waits.iter().filter_map(|(waiter, ..)| late_by(waiter)).collect();
    let spread = match wakings.iter().map(|waking| waking.end).max() {
        Some(last) => {
            let took = last.saturating_sub(set);
            Observation::new(true, format!("From the set until the last waiter ran again it took {took}."))
        }
        None => {
            Observation::new(came_late == count, "All came when the event was set already; nobody had to be woken.")
        }
    }
    .shown_by(wakings);
    vec![all_woken, not_before, spread]
}
