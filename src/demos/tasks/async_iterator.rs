//! `async-iterator`: values that are awaited one after the other, from an iterator and from a generator.

use std::time::Duration;

use async_stream::stream;
use futures::Stream;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::tasks::{AsyncIterator, sleep};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-iterator",
        title: "An asynchronous iterator",
        language: Language::Rust,
        files: &["src/demos/tasks/async_iterator.rs"],
        needs: &[],
        params: &[
            Param::integer("count", "how many values there are", "values", (1, 50), 4),
            Param::integer("delay", "how long each one takes", "ms", (10, 2000), 200),
        ],
        workers: |_| 0,
        estimate: |values| {
            let each = values.ms("delay") + Duration::from_millis(2);
            Estimate::waits(each * values.count("count") * 2 + Duration::from_millis(50))
        },
        main: Main::Task(|values| Box::pin(program(values.count("count"), values.ms("delay")))),
        entries: &[],
    },
    summary: "Each value has to be waited for before it is there. The same twice: an iterator that keeps its place \
              itself, and a generator, which goes on after its yield.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
struct Numbers {
    last: u32,
    count: u32,
    delay: Duration,
}

impl Numbers {
    async fn next(&mut self) -> Option<u32> {
        if self.last == self.count {
            return None;
        }
        sleep(self.delay).await;
        self.last += 1;
        Some(self.last)
    }
}

fn numbers(count: u32, delay: Duration) -> impl Stream<Item = u32> {
    stream! {
        for number in 1..=count {
            sleep(delay).await;
            yield number;
        }
    }
}

async fn program(count: u32, delay: Duration) -> Result<(), Failure> {
    let mut iterator = Numbers { last: 0, count, delay };
    while let Some(number) = iterator.next().await {
        print(format!("iterator: {number}"));
    }
    print("the iterator has come to its end");

    let mut generator = Box::pin(numbers(count, delay));
    while let Some(number) = generator.next().await {
        print(format!("generator: {number}"));
    }
    print("the generator has come to its end");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let Some(main) = seen.lane("main") else {
        return vec![Observation::new(false, "There is no main task.")];
    };
    let first = main.changes.first().map_or(Nanos::ZERO, |change| change.time);
    let turn = seen.printed(main).find(|line| line.text == "the iterator has come to its end");
    let turn = turn.map_or(seen.timeline.now, |line| line.time);
    vec![in_order(seen, main), waited(seen, main, "iterator", first), waited(seen, main, "generator", turn)]
}

/// The values that came out of one of the two, and when.
fn values(seen: &Seen, main: &Lane, from: &str) -> Vec<(u32, Nanos)> {
    let number = |line: &str| line.strip_prefix(from)?.strip_prefix(": ")?.parse().ok();
    seen.printed(main).filter_map(|line| Some((number(&line.text)?, line.time))).collect()
}

fn in_order(seen: &Seen, main: &Lane) -> Observation {
    let count = seen.values.count("count");
    let both = ["iterator", "generator"].map(|from| values(seen, main, from));
    let in_order = both.iter().all(|values| values.iter().map(|(number, _)| *number).eq(1..=count));
    let text = format!(
        "{} came out of the iterator and {} out of the generator, {} in order.",
        counted(both[0].len(), "value"),
        both[1].len(),
        if in_order { "all" } else { "but not all" },
    );
    Observation::new(in_order, text).shown_by([seen.life(main)])
}

fn waited(seen: &Seen, main: &Lane, from: &str, begin: Nanos) -> Observation {
    let delay = seen.wait("delay");
    let values = values(seen, main, from);
    let mut before = begin;
    let mut gaps = Vec::new();
    for (_, time) in &values {
        gaps.push(Stretch { lane: main.id, start: before, end: *time });
        before = *time;
    }
    let sleeps = seen.spans_in(main, State::Sleeping);
    let slept_in = |gap: &Stretch| sleeps.iter().any(|sleep| sleep.start >= gap.start && sleep.end <= gap.end);
    let each_waited = gaps.iter().all(|gap| gap.end.saturating_sub(gap.start) >= delay && slept_in(gap));
    let shortest = gaps.iter().map(|gap| gap.end.saturating_sub(gap.start)).min().unwrap_or_default();
    let took = before.saturating_sub(begin);
    let expected = Nanos(delay.0 * values.len() as u64);
    let text = format!(
        "Main waited {shortest} or longer for each value of the {from}, {took} for all {}: each is made when it is asked \
         for.",
        values.len()
    );
    Observation::new(!gaps.is_empty() && each_waited && took <= seen.at_most(expected), text).shown_by(gaps)
}
