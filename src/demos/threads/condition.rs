//! `condition`: consumers wait for items; a producer tells one of them, or all, that there is something.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::threads::{Condition, SharedCell, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Resource, Span};
use crate::trace::{Cause, EventKind, LaneId, Nanos, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "condition",
        title: "A condition",
        language: Language::Rust,
        files: &["src/demos/threads/condition.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("consumers", "how many threads wait for items", "threads", (1, 8), 2),
            Param::integer("items", "how many items are produced", "items", (1, 100), 8),
            Param {
                name: "notify",
                help: "whom the producer wakes for an item",
                unit: "",
                kind: ParamKind::Choice { choices: &["one", "all"], default: "all" },
            },
        ],
        workers: |values| values.count("consumers") as usize + 2,
        estimate: |values| {
            Estimate::waits({
                (PRODUCING + Duration::from_millis(10)) * values.count("items") + CONSUMING + Duration::from_millis(150)
            })
        },
        main: Main::Thread(|values| {
            program(values.count("consumers"), values.integer("items"), values.choice("notify") == "all")
        }),
        entries: &[],
    },
    summary: "Consumers wait until the producer says that there is a new item. If it tells all of them, one gets the \
              item, and the others have woken up in vain: so each looks again before it takes something.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// How long it takes to make an item.
const PRODUCING: Duration = Duration::from_millis(150);

/// How long a consumer is busy with one.
const CONSUMING: Duration = Duration::from_millis(80);

#[derive(Clone)]
struct Shelf {
    changed: Condition,
    made: SharedCell,
    taken: SharedCell,
}

fn produce(shelf: Shelf, items: i64, all: bool) -> Result<(), Failure> {
    for item in 1..=items {
        sleep(PRODUCING);
        let _held = shelf.changed.hold();
        shelf.made.set(item);
        print(format!("item {item} is there"));
        let to_all = all || item == items; // After the last, all must know that no more will come.
        if to_all { shelf.changed.notify_all()? } else { shelf.changed.notify(1)? }
    }
    Ok(())
}

fn consume(shelf: Shelf, items: i64) -> Result<(), Failure> {
    loop {
        let held = shelf.changed.hold();
        // Who is woken looks again: another may have been quicker.
        while shelf.taken.get() == shelf.made.get() && shelf.taken.get() < items {
            shelf.changed.wait()?;
        }
        let item = shelf.taken.get() + 1;
        if item > items {
            return Ok(());
        }
        shelf.taken.set(item);
        drop(held);
        print(format!("item {item} is consumed"));
        sleep(CONSUMING);
    }
}

fn program(consumers: u32, items: i64, all: bool) -> Result<(), Failure> {
    let (made, taken) = (SharedCell::new("made", 0), SharedCell::new("taken", 0));
    let shelf = Shelf { changed: Condition::new("changed"), made, taken };
    let mut threads = Vec::new();
    for number in 1..=consumers {
        let shelf = shelf.clone();
        threads.push(spawn(format!("consumer-{number}"), move || consume(shelf, items)));
    }
    threads.push(spawn("producer", move || produce(shelf, items, all)));
    threads.into_iter().try_for_each(|thread| thread.join())
}
// weft:end

/// A wait of a consumer for the condition.
struct Waited<'a> {
    consumer: &'a Lane,
    span: Span,
    woken_by: Option<Cause>,
    /// What it did next was to wait again, with nothing taken.
    in_vain: bool,
}

/// Values written to a cell after its first, with who wrote them and when.
fn writes(cell: &Resource) -> Vec<(Nanos, LaneId, i64)> {
    let writes = cell.events.iter().filter_map(|event| match event.kind {
        EventKind::Write { value, .. } => Some((event.time, event.lane, value)),
        _ => None,
    });
    writes.skip(1).collect()
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let items = seen.values.integer("items");
    let consumers = seen.lanes("consumer", seen.values.count("consumers"));
    let parts = (seen.lane("producer"), seen.resource("changed"), seen.resource("changed lock"));
    let ((Some(producer), Some(changed), Some(lock)), Some(made), Some(taken)) =
        (parts, seen.resource("made").map(writes), seen.resource("taken").map(writes))
    else {
        return vec![Observation::new(false, "The producer, the condition or its items are not there.")];
    };

    let in_order = |writes: &[(Nanos, LaneId, i64)]| writes.iter().map(|(.., value)| *value).eq(1..=items);
    let made_before = taken.iter().zip(&made).all(|((taken, ..), (made, ..))| made < taken);
    let of = |consumer: &Lane| taken.iter().filter(|(_, lane, _)| *lane == consumer.id).count();
    let shares: Vec<_> = consumers.iter().map(|consumer| of(consumer)).collect();
    let list: Vec<_> =
        consumers.iter().zip(&shares).map(|(consumer, share)| format!("{share} by {}", consumer.name)).collect();
    let each_once = Observation::new(
        in_order(&made)
            && in_order(&taken)
            && made_before
            && made.iter().all(|(_, lane, _)| *lane == producer.id)
            && shares.iter().sum::<usize>() == taken.len(),
        format!("{} made and {} consumed, each once: {}.", counted(made.len(), "item"), taken.len(), list.join(", ")),
    )
    .shown_by(consumers.iter().map(|consumer| seen.life(consumer)));

    let mut waits = Vec::new();
    for &consumer in &consumers {
        let own = seen.waits_for(consumer, Target::Resource(changed.id));
        for (at, (span, woken_by)) in own.iter().enumerate() {
            let in_vain = own.get(at + 1).is_some_and(|(next, _)| {
                !taken.iter().any(|(time, lane, _)| *lane == consumer.id && (span.end..=next.start).contains(time))
            });
            waits.push(Waited { consumer, span: *span, woken_by: *woken_by, in_vain });
        }
    }
    let in_vain: Vec<_> = waits.iter().filter(|wait| wait.in_vain).collect();
    let by_producer = waits.iter().all(|wait| wait.woken_by.is_some_and(|cause| cause.lane == producer.id));
    // Of the last item all are told.
    let before_the_last = |time| made.last().is_some_and(|(last, ..)| time < *last);
    let all = seen.values.choice("notify") == "all";
    let as_asked = seen.steps(changed).iter().filter(|step| step.to < step.from).all(|step| {
        let one_or_all = if all { step.to == 0 } else { step.to == step.from - 1 || !before_the_last(step.time) };
        step.lane == producer.id && one_or_all
    });
    let vain_text = match in_vain.len() {
        0 => "none of them in vain".to_owned(),
        count => format!("{count} of them in vain, for by then another had taken the item"),
    };
    let shown =
        |waits: &[&Waited]| -> Vec<_> { waits.iter().map(|wait| Stretch::new(wait.consumer, &wait.span)).collect() };
    let wake_ups = Observation::new(
        by_producer && as_asked,
        format!(
            "For each item the producer told {}: {}, {vain_text}.",
            if all { "all who waited" } else { "one of those who waited" },
            counted(waits.len(), "wake-up"),
        ),
    )
    .shown_by(shown(&if in_vain.is_empty() { waits.iter().collect() } else { in_vain }));

    let holds = seen.holds(lock);
    let held_by = |lane, span: &Span| {
        holds.iter().any(|held| held.lane == lane && held.start < span.end && span.start < held.end)
    };
    let given_back = waits.iter().all(|wait| {
        let id = wait.consumer.id;
        let before = holds.iter().any(|held| held.lane == id && held.end <= wait.span.start);
        let after = holds.iter().any(|held| held.lane == id && held.start >= wait.span.end);
        before && after && !held_by(id, &wait.span)
    });
    let waited = waits.iter().fold(Nanos::ZERO, |sum, wait| sum + wait.span.duration());
    let text = match waits.len() {
        0 => "No consumer had to wait.".to_owned(),
        1 => format!("The lock was given back for the one wait of {waited}, and taken again after it."),
        count => {
            format!("The lock was given back for each of {count} waits, {waited} together, and taken again after it.")
        }
    };
    let all_waits: Vec<_> = waits.iter().collect();
    let lock_free = Observation::new(given_back, text).shown_by(shown(&all_waits));
    vec![each_once, wake_ups, lock_free]
}
