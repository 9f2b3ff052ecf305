//! `bounded-queue`: a producer and a consumer with a queue of limited size between them.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Step, Stretch, counted,
};
use crate::runtime::threads::{Queue, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Passed, Resource};
use crate::trace::{Cause, Nanos, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "bounded-queue",
        title: "A bounded queue",
        language: Language::Rust,
        files: &["src/demos/threads/bounded_queue.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("capacity", "how many items the queue has room for", "items", (1, 50), 5),
            Param::integer("items", "how many items are produced", "items", (1, 200), 10),
            Param::integer("produce", "how long it takes to produce an item", "ms", (0, 2000), 20),
            Param::integer("consume", "how long it takes to consume an item", "ms", (0, 2000), 150),
        ],
        workers: |_| 3,
        estimate: |values| {
            Estimate::waits({
                let (produce, consume) = (values.ms("produce"), values.ms("consume"));
                let per_item = produce.max(consume) + Duration::from_millis(2);
                per_item * values.count("items") + produce.min(consume) + Duration::from_millis(200)
            })
        },
        main: Main::Thread(|values| {
            let capacity = values.count("capacity") as usize;
            program(capacity, values.count("items"), values.ms("produce"), values.ms("consume"))
        }),
        entries: &[],
    },
    summary: "A producer hands items to a consumer through a queue of limited size. When the queue is full, the \
              producer has to wait until the consumer takes an item.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn program(
    capacity: usize, // The most that the queue holds.
    items: u32,
    produce: Duration,
    consume: Duration,
) -> Result<(), Failure> {
    let queue = Queue::bounded("queue", capacity);
    let results = Queue::new("results");

    let to_consumer = queue.clone();
    let producer = spawn("producer", move || {
        for item in 1..=items {
            sleep(produce);
            print(format!("produced item {item}"));
            to_consumer.put(Some(item))?; // Waits while the queue is full.
        }
        to_consumer.put(None) // The sentinel: nothing comes after it.
    });

    let (from_producer, to_main) = (queue.clone(), results.clone());
    let consumer = spawn("consumer", move || {
        while let Some(item) = from_producer.get()? {
            sleep(consume);
            print(format!("consumed item {item}"));
            to_main.put(item * item)?;
            from_producer.task_done()?;
        }
        from_producer.task_done() // For the sentinel.
    });

    producer.join()?;
    queue.join(); // Until all that was put has been marked as done.
    consumer.join()?;
    let sum: u32 = (0..items).map(|_| results.get()).sum::<Result<_, _>>()?;
    print(format!("{items} results, their sum is {sum}"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let lanes = (seen.lane("main"), seen.lane("producer"), seen.lane("consumer"));
    let (Some(main), Some(producer), Some(consumer)) = lanes else {
        return vec![Observation::new(false, "A thread is missing: main, producer or consumer.")];
    };
    let (Some(queue), Some(results)) = (seen.resource("queue"), seen.resource("results")) else {
        return vec![Observation::new(false, "A queue is missing: queue or results.")];
    };
    let look = Look { seen, main, producer, consumer, queue, steps: &seen.steps(queue) };
    vec![look.first_in_first_out(), look.depth(), look.full(), look.nothing_lost(results), look.all_done()]
}

struct Look<'a> {
    seen: &'a Seen<'a>,
    main: &'a Lane,
    producer: &'a Lane,
    consumer: &'a Lane,
    queue: &'a Resource,
    steps: &'a [Step],
}

impl Look<'_> {
    fn puts(&self) -> Vec<&Step> {
        self.steps.iter().filter(|step| step.to > step.from).collect()
    }

    fn gets(&self) -> Vec<&Step> {
        self.steps.iter().filter(|step| step.to < step.from).collect()
    }

    /// The numbers of items in what a lane printed.
    fn items(&self, lane: &Lane, prefix: &str) -> Vec<u32> {
        self.seen.printed(lane).filter_map(|line| line.text.strip_prefix(prefix)?.parse().ok()).collect()
    }

    fn first_in_first_out(&self) -> Observation {
        let produced = self.items(self.producer, "produced item ");
        let consumed = self.items(self.consumer, "consumed item ");
        let (puts, gets) = (self.puts(), self.gets());
        let in_turn = puts.iter().zip(&gets).all(|(put, get)| put.time < get.time);
        let longest = puts.iter().zip(&gets).map(|(put, get)| get.time.saturating_sub(put.time)).max();
        let longest = longest.unwrap_or_default();
        let text = match consumed[..] {
            [] => "No item came out of the queue.".to_owned(),
            [only] => format!("Item {only} went in and came out. Nothing was in the queue for more than {longest}."),
            [first, .., last] => format!(
                "Items {first} to {last} came out in the order in which they went in. Nothing was in the queue for \
                 more than {longest}."
            ),
        };
        Observation::new(!consumed.is_empty() && consumed == produced && in_turn, text)
            .shown_by([self.seen.life(self.producer), self.seen.life(self.consumer)])
    }

    fn depth(&self) -> Observation {
        let capacity = i64::from(self.seen.values.count("capacity"));
        let most = self.steps.iter().map(|step| step.to).max().unwrap_or(0);
        // On the producer's lane, since the queue has none: from the put to whatever came next.
        let at_most_depth = self.steps.windows(2).filter(|steps| steps[0].to == most);
        let shown =
            at_most_depth.map(|steps| Stretch { lane: self.producer.id, start: steps[0].time, end: steps[1].time });
        let text = format!("The queue held {} at most; it has room for {capacity}.", counted(most as usize, "item"));
        Observation::new((1..=capacity).contains(&most), text).shown_by(shown)
    }

    fn full(&self) -> Observation {
        let capacity = i64::from(self.seen.values.count("capacity"));
        let waits = self.seen.waits_for(self.producer, Target::Resource(self.queue.id));
        let waited = Nanos(waits.iter().map(|(wait, _)| wait.duration().0).sum());
        // What ended the wait is a get from a full queue.
        let made_room = |cause: Cause| {
            let get = self.steps.iter().find(|step| (step.lane, step.time) == (cause.lane, cause.time));
            get.is_some_and(|get| get.lane == self.consumer.id && get.from == capacity && get.to < capacity)
        };
        let text = match waits.len() {
            0 => format!(
                "The producer never met a full queue: none of its {} had to wait.",
                counted(self.puts().len(), "put")
            ),
            1 => format!("The producer met a full queue once. It waited {waited}, until the consumer took an item."),
            times => format!(
                "The producer met a full queue {times} times. It waited {waited} altogether, each time until the \
                 consumer took an item."
            ),
        };
        Observation::new(waits.iter().all(|(_, cause)| cause.is_some_and(made_room)), text)
            .shown_by(waits.iter().map(|(wait, _)| Stretch::new(self.producer, wait)))
    }

    fn nothing_lost(&self, results: &Resource) -> Observation {
        let items = self.seen.values.count("items") as usize;
        let by = |steps: &[&Step], lane: &Lane| steps.iter().filter(|step| step.lane == lane.id).count();
        let (put, got) = (by(&self.puts(), self.producer), by(&self.gets(), self.consumer));
        let consumed = self.items(self.consumer, "consumed item ").len();
        let results = self.seen.steps(results);
        let returned = results.iter().filter(|step| step.to > step.from && step.lane == self.consumer.id).count();
        let received = results.iter().filter(|step| step.to < step.from && step.lane == self.main.id).count();
        // With the sentinel, one more went through the queue.
        let all = put == items + 1 && got == put && consumed == items && returned == items && received == items;
        let verdict = if all { "nothing was lost" } else { "that does not add up" };
        let text = format!(
            "{} and the sentinel: {put} puts, {got} gets, {} for main; {verdict}.",
            counted(items, "item"),
            counted(received, "result")
        );
        Observation::new(all, text).shown_by([self.seen.life(self.consumer)])
    }

    fn all_done(&self) -> Observation {
        let on = Target::Resource(self.queue.id);
        let last_get = self.gets().last().map_or(Nanos::ZERO, |get| get.time);
        let waits = self.seen.waits_for(self.main, on);
        let passed = self.main.passed.iter().find(|passed| passed.on == on);
        match (&waits[..], passed) {
            ([(wait, cause)], None) => {
                let waited = wait.duration();
                let by_the_last = cause.is_some_and(|cause| cause.lane == self.consumer.id && cause.time >= last_get);
                let text =
                    format!("queue.join() kept main waiting for {waited}, until the consumer had marked all as done.");
                Observation::new(by_the_last, text).shown_by([Stretch::new(self.main, wait)])
            }
            ([], Some(Passed { time, .. })) => {
                let text = format!("All was marked as done by {time}, so queue.join() did not keep main waiting.");
                Observation::new(*time >= last_get, text).shown_by([self.seen.life(self.main)])
            }
            _ => Observation::new(false, "Main was not in queue.join() once."),
        }
    }
}
