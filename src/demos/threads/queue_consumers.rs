//! `queue-consumers`: several consumers share the items of one queue, and end when nothing comes any more.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Step, Stretch, counted,
    most_at_once,
};
use crate::runtime::threads::{Event, Queue, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{LIFT_LIMIT, Lane, Passed, Resource};
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "queue-consumers",
        title: "One queue, several consumers",
        language: Language::Rust,
        files: &["src/demos/threads/queue_consumers.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("consumers", "how many consumers share the queue", "consumers", (1, 10), 3),
            Param::integer("items", "how many items are produced", "items", (1, 200), 12),
            Param::integer("produce", "how long it takes to produce an item", "ms", (0, 2000), 30),
            Param::integer("consume", "how long it takes to consume an item", "ms", (0, 2000), 150),
            Param::integer("timeout", "how long a consumer waits for an item", "ms", (10, 5000), 300),
        ],
        workers: |values| values.count("consumers") as usize + 2,
        estimate: |values| {
            Estimate::waits({
                let (items, consumers) = (values.count("items"), values.count("consumers"));
                let produced = (values.ms("produce") + Duration::from_millis(2)) * items;
                let consumed = (values.ms("consume") + Duration::from_millis(2)) * items.div_ceil(consumers);
                let last = values.ms("produce") + values.ms("consume");
                produced.max(consumed) + last + values.ms("timeout") + Duration::from_millis(200)
            })
        },
        main: Main::Thread(|values| {
            let (produce, consume) = (values.ms("produce"), values.ms("consume"));
            program(values.count("consumers"), values.count("items"), produce, consume, values.ms("timeout"))
        }),
        entries: &[],
    },
    summary: "Consumers take items from one queue, each as soon as it is free. Main waits in queue.join until all \
              items are done; a consumer ends when nothing has come for a while.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn program(
    consumers: u32,
    items: u32,
    produce: Duration,
    consume: Duration,
    timeout: Duration, // How long a consumer waits for an item.
) -> Result<(), Failure> {
    let queue = Queue::new("queue");
    let finished = Event::new("finished");

    let start = |number| {
        let (queue, finished) = (queue.clone(), finished.clone());
        spawn(format!("consumer-{number}"), move || {
            loop {
                if let Ok(item) = queue.get_timeout(timeout) {
                    sleep(consume);
                    print(format!("item {item} is consumed"));
                    queue.task_done()?;
                } else if finished.is_set() {
                    // Nothing came for a while, and nothing will.
                    print(format!("consumer-{number} ends"));
                    return Ok(());
                }
            }
        })
    };
    let consumers: Vec<_> = (1..=consumers).map(start).collect();

    let work = queue.clone();
    let producer = spawn("producer", move || {
        (1..=items).try_for_each(|item| {
            sleep(produce);
            work.put(item)
        })
    });

    producer.join()?;
    queue.join(); // Until each item that was put has been marked as done.
    print("all items are done");
    finished.set();
    consumers.into_iter().try_for_each(|consumer| consumer.join())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let consumers = seen.lanes("consumer", seen.values.count("consumers"));
    let (Some(main), Some(queue)) = (seen.lane("main"), seen.resource("queue")) else {
        return vec![Observation::new(false, "There is no main thread, or no queue.")];
    };
    let steps = seen.steps(queue);
    let gets: Vec<_> = steps.iter().filter(|step| step.to < step.from).collect();
    vec![
        each_once(seen, &consumers, &gets),
        shared_out(seen, &consumers, &gets),
        all_done(seen, main, &consumers, queue, &gets),
        timed_out(seen, &consumers, queue),
    ]
}

/// The numbers of the items that a consumer says it has consumed.
fn items(seen: &Seen, consumer: &Lane) -> Vec<u32> {
    let number = |line: &str| line.strip_prefix("item ")?.strip_suffix(" is consumed")?.parse().ok();
    seen.printed(consumer).filter_map(|line| number(&line.text)).collect()
}

fn each_once(seen: &Seen, consumers: &[&Lane], gets: &[&Step]) -> Observation {
    let asked = seen.values.count("items");
    let mut consumed: Vec<_> = consumers.iter().flat_map(|consumer| items(seen, consumer)).collect();
    consumed.sort_unstable();
    let once = consumed.iter().copied().eq(1..=asked);
    let times = if once { "each of them once" } else { "but not each of them once" };
    let text = format!(
        "{} went through the queue, and the consumers consumed {}, {times}.",
        counted(gets.len(), "item"),
        consumed.len()
    );
    Observation::new(once && gets.len() == asked as usize, text)
        .shown_by(consumers.iter().map(|consumer| seen.life(consumer)))
}

fn shared_out(seen: &Seen, consumers: &[&Lane], gets: &[&Step]) -> Observation {
    let taken = |consumer: &&Lane| gets.iter().filter(|get| get.lane == consumer.id).count();
    let shares: Vec<_> = consumers.iter().map(taken).collect();
    let each_its_own = consumers.iter().zip(&shares).all(|(consumer, share)| items(seen, consumer).len() == *share);
    let shown: Vec<_> = consumers
        .iter()
        .flat_map(|consumer| {
            seen.spans_in(consumer, State::Sleeping).into_iter().map(|span| Stretch::new(consumer, &span))
        })
        .collect();
    let listed: Vec<_> = shares.iter().map(ToString::to_string).collect();
    let text = format!(
        "{} took {} of the {}; at most {} consumed at the same time.",
        counted(consumers.len(), "consumer"),
        listed.join(" + "),
        counted(gets.len(), "item"),
        most_at_once(&shown)
    );
    let all = shares.iter().sum::<usize>() == gets.len() && consumers.len() == seen.values.count("consumers") as usize;
    Observation::new(all && each_its_own, text).shown_by(shown)
}

fn all_done(seen: &Seen, main: &Lane, consumers: &[&Lane], queue: &Resource, gets: &[&Step]) -> Observation {
    let on = Target::Resource(queue.id);
    let waits = seen.waits_for(main, on);
    let passed = main.passed.iter().find(|passed| passed.on == on);
    // Who marks the last item as done need not be who got it, and their clocks agree only so well.
    let after_all = |time: Nanos| gets.iter().all(|get| get.time <= time + LIFT_LIMIT);
    match (&waits[..], passed) {
        ([(wait, Some(cause))], None) => {
            let by_a_consumer = consumers.iter().any(|consumer| consumer.id == cause.lane);
            let text = format!(
                "queue.join() kept main waiting for {}, until {} had marked the last item as done.",
                wait.duration(),
                seen.name(cause.lane)
            );
            Observation::new(by_a_consumer && after_all(cause.time), text).shown_by([Stretch::new(main, wait)])
        }
        ([], Some(Passed { time, .. })) => {
            let text = format!("All items were marked as done by {time}, so queue.join() did not keep main waiting.");
            Observation::new(after_all(*time), text).shown_by([seen.life(main)])
        }
        _ => Observation::new(false, "Main did not go through queue.join() once."),
    }
}

fn timed_out(seen: &Seen, consumers: &[&Lane], queue: &Resource) -> Observation {
    let timeout = seen.wait("timeout");
    let mut last_waits = Vec::new();
    for consumer in consumers {
        let Some((wait, cause)) = seen.waits_for(consumer, Target::Resource(queue.id)).pop() else { continue };
        // Nobody ended it, and after it the consumer ran to its end.
        let is_its_last = consumer.changes.len() == wait.index + 2;
        if cause.is_none() && wait.duration() >= timeout && is_its_last {
            last_waits.push(Stretch::new(consumer, &wait));
        }
    }
    let longest = last_waits.iter().map(|wait| wait.end.saturating_sub(wait.start)).max().unwrap_or_default();
    let asked = seen.values.count("consumers") as usize;
    let text = format!(
        "{} of {} ended by a time-out: no item came for {timeout}. The longest of these waits took {longest}.",
        last_waits.len(),
        counted(asked, "consumer")
    );
    Observation::new(last_waits.len() == asked, text).shown_by(last_waits)
}
