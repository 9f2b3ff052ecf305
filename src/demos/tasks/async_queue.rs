//! `async-queue`: producers and consumers at a queue of limited size, each at its own random pace.

use std::time::Duration;

use fastrand::Rng;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Step, Stretch, counted,
};
use crate::runtime::tasks::{Error, Queue, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Resource, Span};
use crate::trace::{Cause, Nanos, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-queue",
        title: "A queue between tasks",
        language: Language::Rust,
        files: &["src/demos/tasks/async_queue.rs"],
        needs: &[],
        params: &[
            Param::integer("capacity", "how many items the queue has room for", "items", (1, 50), 3),
            Param::integer("items", "how many items are produced", "items", (1, 200), 20),
            Param::integer("producers", "how many tasks produce them", "tasks", (1, 10), 2),
            Param::integer("consumers", "how many tasks consume them", "tasks", (1, 10), 2),
            Param::integer("seed", "where the random times come from", "", (0, 9999), 1),
        ],
        workers: |_| 0,
        estimate: |values| {
            Estimate::waits({
                let rounds = |tasks| values.count("items").div_ceil(values.count(tasks));
                let produced = Duration::from_millis((PRODUCE.1 + PRODUCE.0) / 2 + 4) * rounds("producers");
                let consumed = Duration::from_millis((CONSUME.1 + CONSUME.0) / 2 + 4) * rounds("consumers");
                produced.max(consumed) + Duration::from_millis(PRODUCE.1 + CONSUME.1)
            })
        },
        main: Main::Task(|values| {
            let [items, producers, consumers] = ["items", "producers", "consumers"].map(|name| values.count(name));
            let (capacity, seed) = (values.count("capacity") as usize, u64::from(values.count("seed")));
            Box::pin(program(capacity, items, producers, consumers, seed))
        }),
        entries: &[],
    },
    summary: "Producers hand items to consumers through a queue of limited size, and nobody works at the same pace. The \
              same seed gives the same random times.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// How long it takes to produce an item, in milliseconds: from, to.
const PRODUCE: (u64, u64) = (20, 100);

/// How long it takes to consume one.
const CONSUME: (u64, u64) = (50, 250);

async fn pause((from, to): (u64, u64), random: &mut Rng) {
    sleep(Duration::from_millis(random.u64(from..=to))).await;
}

async fn produce(items: impl Iterator<Item = u32>, queue: Queue<Option<u32>>, mut random: Rng) -> Result<(), Error> {
    for item in items {
        pause(PRODUCE, &mut random).await;
        queue.put(Some(item)).await?; // Waits while the queue is full.
        print(format!("item {item} went in"));
    }
    Ok(())
}

async fn consume(queue: Queue<Option<u32>>, mut random: Rng) -> Result<u32, Error> {
    let mut count = 0;
    while let Some(item) = queue.get().await? {
        print(format!("item {item} came out"));
        pause(CONSUME, &mut random).await;
        queue.task_done()?;
        count += 1;
    }
    Ok(count)
}

async fn program(
    capacity: usize, // The most that the queue holds.
    items: u32,
    producers: u32,
    consumers: u32,
    seed: u64,
) -> Result<(), Failure> {
    let queue = Queue::bounded("queue", capacity);
    let mut random = Rng::with_seed(seed);

    let mut producing = Vec::new();
    for number in 1..=producers {
        let share = (number..=items).step_by(producers as usize);
        let producer = produce(share, queue.clone(), random.fork());
        producing.push(spawn(format!("producer-{number}"), producer));
    }
    let mut consuming = Vec::new();
    for number in 1..=consumers {
        let consumer = consume(queue.clone(), random.fork());
        consuming.push(spawn(format!("consumer-{number}"), consumer));
    }

    for producer in producing {
        producer.await?;
    }
    queue.join().await; // Until all that was put has been marked as done.
    print("all items are done");
    for _ in 0..consumers {
        queue.put(None).await?; // The sentinel: one for each consumer.
    }
    let mut count = 0;
    for consumer in consuming {
        count += consumer.await?;
    }
    print(format!("{count} items were consumed"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let producers = seen.lanes("producer", seen.values.count("producers"));
    let consumers = seen.lanes("consumer", seen.values.count("consumers"));
    let (Some(main), Some(queue)) = (seen.lane("main"), seen.resource("queue")) else {
        return vec![Observation::new(false, "There is no main task, or no queue.")];
    };
    let look = Look { seen, main, producers: &producers, consumers: &consumers, queue, steps: &seen.steps(queue) };
    vec![look.first_in_first_out(), look.depth(), look.waits(), look.nothing_lost(), look.all_done()]
}

struct Look<'a> {
    seen: &'a Seen<'a>,
    main: &'a Lane,
    producers: &'a [&'a Lane],
    consumers: &'a [&'a Lane],
    queue: &'a Resource,
    steps: &'a [Step],
}

impl<'a> Look<'a> {
    /// The numbers of items that went in or came out, in their order. A task prints in the turn in which it acts.
    fn items(&self, end: &str) -> Vec<u32> {
        let number = |line: &str| line.strip_prefix("item ")?.strip_suffix(end)?.parse().ok();
        self.seen.timeline.prints.iter().filter_map(|line| number(&line.text)).collect()
    }

    /// The lanes' waits at the queue.
    fn waits_of(&self, lanes: &[&'a Lane]) -> Vec<(&'a Lane, Span, Option<Cause>)> {
        let on = Target::Resource(self.queue.id);
        let waits = |lane: &&'a Lane| {
            let lane = *lane;
            self.seen.waits_for(lane, on).into_iter().map(move |(span, cause)| (lane, span, cause))
        };
        lanes.iter().flat_map(waits).collect()
    }

    fn first_in_first_out(&self) -> Observation {
        let (put, got) = (self.items(" went in"), self.items(" came out"));
        let out_of_turn = put.iter().zip(&got).filter(|(put, got)| put != got).count();
        let text = match out_of_turn {
            0 => format!("{} came out in the order in which they went in.", counted(got.len(), "item")),
            wrong => format!("{wrong} of {} did not come out in their turn.", counted(got.len(), "item")),
        };
        Observation::new(!got.is_empty() && got == put, text)
            .shown_by(self.consumers.iter().map(|lane| self.seen.life(lane)))
    }

    fn depth(&self) -> Observation {
        let capacity = i64::from(self.seen.values.count("capacity"));
        let most = self.steps.iter().map(|step| step.to).max().unwrap_or(0);
        let fullest = self.steps.windows(2).filter(|steps| steps[0].to == most);
        let shown = fullest.map(|steps| Stretch { lane: steps[0].lane, start: steps[0].time, end: steps[1].time });
        let text = format!("The queue held {} at most; it has room for {capacity}.", counted(most as usize, "item"));
        Observation::new((1..=capacity).contains(&most), text).shown_by(shown)
    }

    fn waits(&self) -> Observation {
        let for_room = self.waits_of(self.producers);
        let for_items = self.waits_of(self.consumers);
        let step_of = |cause: Cause| self.steps.iter().find(|step| (step.lane, step.time) == (cause.lane, cause.time));
        let by_a_get = |cause: Cause| step_of(cause).is_some_and(|step| step.to < step.from);
        let by_a_put = |cause: Cause| step_of(cause).is_some_and(|step| step.to > step.from);
        let right = for_room.iter().all(|(.., cause)| cause.is_some_and(by_a_get))
            && for_items.iter().all(|(.., cause)| cause.is_some_and(by_a_put));
        let total = |waits: &[(&Lane, Span, Option<Cause>)]| Nanos(waits.iter().map(|(_, w, _)| w.duration().0).sum());
        let text = format!(
            "Producers waited {} for room, {} together, each until somebody got an item; consumers {} for an item, {} \
             together, each until somebody put one.",
            times(for_room.len()),
            total(&for_room),
            times(for_items.len()),
            total(&for_items),
        );
        let shown = for_room.iter().chain(&for_items).map(|(lane, span, _)| Stretch::new(lane, span));
        Observation::new(right, text).shown_by(shown)
    }

    fn nothing_lost(&self) -> Observation {
        let items = self.seen.values.count("items");
        let consumers = self.seen.values.count("consumers") as usize;
        let puts = self.steps.iter().filter(|step| step.to > step.from);
        let puts_of_producers =
            puts.clone().filter(|step| self.producers.iter().any(|lane| lane.id == step.lane)).count();
        let puts_of_main = puts.filter(|step| step.lane == self.main.id).count();
        let gets = self.steps.iter().filter(|step| step.to < step.from).map(|step| step.lane);
        let shares: Vec<_> =
            self.consumers.iter().map(|lane| gets.clone().filter(|got_by| *got_by == lane.id).count()).collect();
        let got: usize = shares.iter().sum();
        let mut consumed = self.items(" came out");
        consumed.sort_unstable();
        let all = puts_of_producers == items as usize
            && puts_of_main == consumers
            && got == items as usize + consumers
            && consumed.into_iter().eq(1..=items);
        // With its sentinel each has got one more.
        let listed: Vec<_> = shares.iter().map(|share| share.saturating_sub(1).to_string()).collect();
        let text = format!(
            "{} went in, and {} came out: {}.",
            counted(puts_of_producers, "item"),
            listed.join(" + "),
            if all { "each of them once" } else { "that does not add up" },
        );
        Observation::new(all, text).shown_by(self.producers.iter().map(|lane| self.seen.life(lane)))
    }

    fn all_done(&self) -> Observation {
        let on = Target::Resource(self.queue.id);
        // Main puts the sentinels, too, and may have to wait for room.
        let done = self.seen.printed(self.main).find(|line| line.text == "all items are done").map(|line| line.time);
        let Some(done) = done else { return Observation::new(false, "Main did not learn that all items are done.") };
        let last_get = self.steps.iter().rfind(|step| step.to < step.from && step.time < done);
        let last_get = last_get.map_or(Nanos::ZERO, |step| step.time);
        let waits = self.seen.waits_for(self.main, on);
        let Some((wait, Some(cause))) = waits.iter().find(|(wait, _)| wait.end <= done) else {
            return Observation::new(false, "queue.join() did not keep main waiting, though items were unfinished.");
        };
        let by_a_consumer = self.consumers.iter().any(|lane| lane.id == cause.lane) && cause.time >= last_get;
        let text = format!(
            "queue.join() kept main waiting for {}, until {} had marked the last item as done.",
            wait.duration(),
            self.seen.name(cause.lane)
        );
        Observation::new(by_a_consumer, text).shown_by([Stretch::new(self.main, wait)])
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
