//! `process-queue`: a producer and a consumer, each a process, with a queue between them.

use std::time::Duration;

use super::{Crossing, crossing};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Step, Stretch, counted,
};
use crate::runtime::processes::{Entry, Process, Queue, try_call};
use crate::runtime::threads::sleep;
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::Target;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-queue",
        title: "A queue between processes",
        language: Language::Rust,
        files: &["src/demos/processes/process_queue.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("items", "how many items are produced", "items", (1, 200), 10),
            Param::integer("produce", "how long it takes to produce an item", "ms", (0, 2000), 100),
            Param::integer("consume", "how long it takes to consume an item", "ms", (0, 2000), 150),
        ],
        workers: |_| 1,
        estimate: |values| {
            let (produce, consume) = (values.ms("produce"), values.ms("consume"));
            let per_item = produce.max(consume) + Duration::from_millis(2);
            Estimate::waits(per_item * values.count("items") + produce.min(consume) + Duration::from_millis(500))
        },
        main: Main::Process(|values| {
            program(values.count("items"), values.ms("produce"), values.ms("consume"));
            Ok(())
        }),
        entries: &[&PRODUCE, &CONSUME],
    },
    summary: "A producer puts items into a queue, and a consumer takes them out. Each item is packed into bytes on one \
              side and unpacked on the other, since the two share no other memory.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// An item; after the last one comes none.
type Item = Option<(u32, String)>;

const PRODUCE: Entry<(Queue<Item>, u32, Duration)> =
    Entry { name: "process-queue/produce", call: |arguments| try_call(produce, arguments) };

const CONSUME: Entry<(Queue<Item>, Duration)> =
    Entry { name: "process-queue/consume", call: |arguments| try_call(consume, arguments) };

fn produce((queue, items, time): (Queue<Item>, u32, Duration)) -> Result<(), Failure> {
    for number in 1..=items {
        sleep(time);
        queue.put(&Some((number, format!("item {number}"))))?;
        print(format!("produced item {number}"));
    }
    queue.put(&None)?;
    Ok(())
}

fn consume((queue, time): (Queue<Item>, Duration)) -> Result<(), Failure> {
    while let Some((_, name)) = queue.get()? {
        sleep(time);
        print(format!("consumed {name}"));
    }
    Ok(())
}

fn program(items: u32, produce: Duration, consume: Duration) {
    let queue = Queue::new("queue");
    let producer = Process::start("producer", &PRODUCE, (queue.clone(), items, produce));
    let consumer = Process::start("consumer", &CONSUME, (queue, consume));
    producer.join();
    consumer.join();
    print("both processes are done");
}
// weft:end

/// The numbers of items in what a lane printed.
fn items(seen: &Seen, lane: &Lane, prefix: &str) -> Vec<u32> {
    seen.printed(lane).filter_map(|line| line.text.strip_prefix(prefix)?.parse().ok()).collect()
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let count = seen.values.count("items");
    let (Some(producer), Some(consumer)) = (seen.lane("producer"), seen.lane("consumer")) else {
        return vec![Observation::new(false, "The producer or the consumer is missing.")];
    };
    let Some(queue) = seen.resource("queue") else { return vec![Observation::new(false, "There is no queue.")] };
    let steps = seen.steps(queue);
    let by = |lane: &Lane, up: bool| -> Vec<Step> {
        steps
            .iter()
            .filter(|step| step.lane == lane.id && (step.to > step.from) == up && step.to != step.from)
            .copied()
            .collect()
    };
    let (puts, gets) = (by(producer, true), by(consumer, false));
    let (produced, consumed) = (items(seen, producer, "produced item "), items(seen, consumer, "consumed item "));
    let in_turn = puts.len() == gets.len() && puts.iter().zip(&gets).all(|(put, get)| put.time < get.time);
    let depth = steps.iter().map(|step| step.to).max().unwrap_or(0);
    let order = Observation::new(
        in_turn && puts.len() == count as usize + 1 && produced.iter().copied().eq(1..=count) && consumed == produced,
        format!(
            "{} came out in the order in which they went in; the queue held up to {depth} at a time.",
            counted(consumed.len(), "item")
        ),
    )
    .shown_by([seen.life(producer), seen.life(consumer)]);

    // The consumer unpacks its arguments as well, which came by another way.
    let (packed, unpacked) = (crossing(seen, producer, "pack"), crossing(seen, consumer, "unpack"));
    let bytes = Observation::new(
        packed.times > count as usize && unpacked.times > count as usize && unpacked.bytes >= packed.bytes,
        format!("The producer packed {}; the consumer unpacked {}.", told(packed), told(unpacked)),
    )
    .shown_by([seen.life(producer), seen.life(consumer)]);

    let on = Target::Resource(queue.id);
    let waits = seen.waits_for(consumer, on);
    let woken = waits.iter().filter(|(_, cause)| cause.is_some_and(|cause| cause.lane == producer.id)).count();
    let shown: Vec<Stretch> = waits.iter().map(|(wait, _)| Stretch::new(consumer, wait)).collect();
    let waited = Observation::new(
        woken == waits.len(),
        format!(
            "The consumer met an empty queue {}; each of its waits was ended by the producer in the other process.",
            counted(waits.len(), "time")
        ),
    )
    .shown_by(shown);
    vec![order, bytes, waited]
}

fn told(crossing: Crossing) -> String {
    format!("{} of {} bytes together, in {}", counted(crossing.times, "message"), crossing.bytes, crossing.took)
}
