//! `task-recording-cost`: what recording costs an event loop. Not in the catalogue: the benchmark reads its figures.
//!
//! The same twice: tasks are spawned and awaited, and items are handed over through a queue, first with recording off,
//! then on. What an event costs is measured in the same run.

use std::collections::HashSet;
use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch, Values};
use crate::runtime::tasks::{Error, Queue, SharedCell, scope, spawn};
use crate::runtime::{Failure, print, set_recording};
use crate::timeline::{Change, Lane};
use crate::trace::Target;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "task-recording-cost",
        title: "What recording costs an event loop",
        language: Language::Rust,
        files: &["src/demos/tasks/recording_cost.rs"],
        needs: &[],
        params: &[
            Param::integer("tasks", "how many tasks are spawned", "tasks", (1, 100_000), 2_000),
            Param::integer("handoffs", "how many items go through the queue", "items", (1, 100_000), 2_000),
            Param::integer(
                "events",
                "how many events are recorded one after the other",
                "events",
                (1, 1_000_000),
                20_000,
            ),
        ],
        workers: |_| 0,
        estimate: |values| {
            let all = values.count("tasks") + values.count("handoffs");
            Estimate::work(Duration::from_micros(20) * all + Duration::from_micros(3) * values.count("events"))
        },
        main: Main::Task(|values| Box::pin(program(values.clone()))),
        entries: &[],
    },
    summary: "Spawning tasks, and handing items over through a queue, with recording off and on.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

/// What the measured stretches are called in the trace, and their tasks and queues.
const EVENTS: &str = "record events";
const SPAWNING: [&str; 2] = ["spawn untraced", "spawn traced"];
const HANDING_OVER: [&str; 2] = ["hand over untraced", "hand over traced"];

/// How many items the queue has room for.
const CAPACITY: usize = 5;

// weft:begin
async fn spawn_and_await(name: &'static str, tasks: u32) -> Result<(), Error> {
    let tasks: Vec<_> = (0..tasks).map(|_| spawn(name, async { Ok(()) })).collect();
    for task in tasks {
        task.await?;
    }
    Ok(())
}

async fn hand_over(name: &'static str, items: u32) -> Result<(), Error> {
    let queue = Queue::bounded(name, CAPACITY);
    let from_producer = queue.clone();
    let producer = spawn(name, async move {
        for item in 0..items {
            queue.put(item).await?;
        }
        Ok(())
    });
    let consumer = spawn(name, async move {
        for _ in 0..items {
            from_producer.get().await?;
        }
        Ok(())
    });
    producer.await?;
    consumer.await
}

async fn untraced(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    set_recording(false);
    let result = work.await;
    set_recording(true);
    result
}

async fn program(values: Values) -> Result<(), Failure> {
    let [tasks, items, events] = ["tasks", "handoffs", "events"].map(|name| values.count(name));
    let record = |name, times: u32| {
        let probe = SharedCell::new(name, 0);
        move || (0..times).for_each(|n| probe.set(n.into()))
    };

    // Once without measuring, so that the browser has compiled all of it for speed.
    let warm_up = "warm-up";
    record(warm_up, events)();
    untraced(spawn_and_await(warm_up, tasks)).await?;
    untraced(hand_over(warm_up, items)).await?;
    spawn_and_await(warm_up, tasks.min(10_000)).await?;
    hand_over(warm_up, items.min(10_000)).await?;

    let measured = record(EVENTS, events);
    scope(EVENTS, async { measured() }).await;
    let [without, with] = SPAWNING;
    scope(without, untraced(spawn_and_await(without, tasks))).await?;
    scope(with, spawn_and_await(with, tasks)).await?;
    let [without, with] = HANDING_OVER;
    scope(without, untraced(hand_over(without, items))).await?;
    scope(with, hand_over(with, items)).await?;
    print(format!("{tasks} tasks and {items} items, each time"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(probe)) = (seen.lane("main"), seen.resource(EVENTS)) else {
        return vec![Observation::new(false, "Main or the probe is not there.")];
    };
    let stretch = |name: &str| {
        let scope = main.scopes.iter().find(|scope| scope.name == name)?;
        Some(Stretch { lane: main.id, start: scope.start, end: scope.end? })
    };
    let Some(recording) = stretch(EVENTS) else {
        return vec![Observation::new(false, "No event was measured.")];
    };
    // The first is the cell's first value.
    let recorded = probe.events.len().saturating_sub(1);
    let price = (recording.end - recording.start).0 as f64 / recorded.max(1) as f64;
    let mut all = vec![
        Observation::new(
            recorded == seen.values.count("events") as usize,
            format!("An event costs {price:.1} ns; {recorded} were recorded."),
        )
        .shown_by([recording]),
    ];
    for (what, [without, with], least) in [
        // A task's beginning, its turn on its lane and the loop's, its end, and that main met it.
        ("Spawning and awaiting tasks", SPAWNING, 5 * seen.values.count("tasks")),
        // A put and a get.
        ("Handing items over", HANDING_OVER, 2 * seen.values.count("handoffs")),
    ] {
        let (Some(untraced), Some(traced)) = (stretch(without), stretch(with)) else {
            all.push(Observation::new(false, format!("{what}: not measured.")));
            continue;
        };
        let (events, unwanted) = (events_of(seen, with), events_of(seen, without));
        let length = |stretch: Stretch| (stretch.end - stretch.start).as_millis_f64();
        let (untraced_ms, traced_ms, price_ms) = (length(untraced), length(traced), events as f64 * price / 1e6);
        all.push(
            Observation::new(
                events >= least as usize && unwanted == 0,
                format!(
                    "{what}: untraced {untraced_ms:.1} ms, traced {traced_ms:.1} ms with {events} events at {price_ms:.1} \
                     ms: ratio {:.2}.",
                    traced_ms / (1.5 * untraced_ms + price_ms)
                ),
            )
            .shown_by([untraced, traced]),
        );
    }
    all
}

/// How many events of a stretch are in the trace: those of its tasks, of the loop in their turns, of whoever awaits them,
/// and of its queue.
fn events_of(seen: &Seen, name: &str) -> usize {
    let tasks: HashSet<_> = seen.timeline.lanes.iter().filter(|lane| lane.name == name).map(|lane| lane.id).collect();
    let of_lane = |lane: &Lane| {
        let turn = |change: &&Change| matches!(change.on, Some(Target::Lane(on)) if tasks.contains(&on));
        if tasks.contains(&lane.id) {
            // Its first state is its definition.
            lane.changes.len() + lane.passed.len() + usize::from(lane.end.is_some())
        } else {
            let ended = |target: &Target| matches!(target, Target::Lane(on) if tasks.contains(on));
            let met = lane.passed.iter().filter(|passed| ended(&passed.on)).count();
            met + lane.changes.iter().filter(turn).count()
        }
    };
    let lanes: usize = seen.timeline.lanes.iter().map(of_lane).sum();
    lanes + seen.resource(name).map_or(0, |queue| queue.events.len())
}
