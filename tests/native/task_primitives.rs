//! What tasks wait at: who goes first, what is lost when a task is dropped (nothing), and when things happen, exactly.

mod conditions;
mod events;
mod permits;
mod queues;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use weft::demos::Demo;
use weft::runtime::host::Clock;
use weft::runtime::tasks::{AsyncIterator, run_main, sleep, spawn};
use weft::runtime::{Config, Failure, Run, print};
use weft::timeline::{Resource, Timeline};
use weft::trace::{EventKind, State, Target};

use crate::runner;

const MS: Duration = Duration::from_millis(1);

/// Runs a program under paused time, and gives its trace.
fn run(program: impl std::future::Future<Output = Result<(), Failure>> + 'static) -> Timeline {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let run = Run::new(Config::default(), Clock::start_tokio());
        run_main(&run, program).await.unwrap();
        let timeline = runner::timeline(&run);
        assert_eq!(timeline.anomalies, []);
        timeline
    })
}

fn resource<'a>(timeline: &'a Timeline, name: &str) -> &'a Resource {
    timeline.resources.iter().find(|resource| resource.name == name).unwrap()
}

/// Who ended each wait of a lane for a resource: a name, or `nobody`.
fn wakers(timeline: &Timeline, lane: &str, on: &str) -> Vec<String> {
    let on = Some(Target::Resource(resource(timeline, on).id));
    let lane = timeline.lane_named(lane).unwrap();
    let waits = lane.spans(timeline.now).filter(|span| span.state == State::Suspended && span.on == on);
    waits
        .map(|span| {
            let cause = lane.changes.get(span.index + 1).and_then(|change| change.cause);
            cause.map_or("nobody".to_owned(), |cause| timeline.lane(cause.lane).unwrap().name.clone())
        })
        .collect()
}

fn levels(timeline: &Timeline, name: &str) -> Vec<i64> {
    let level = |kind: &EventKind| if let EventKind::Level { value, .. } = kind { Some(*value) } else { None };
    resource(timeline, name).events.iter().filter_map(|event| level(&event.kind)).collect()
}

/// Which lanes acquired it, in order.
fn holders(timeline: &Timeline, name: &str) -> Vec<String> {
    let events = resource(timeline, name).events.iter();
    let acquired = events.filter(|event| matches!(event.kind, EventKind::Acquired { .. }));
    acquired.map(|event| timeline.lane(event.lane).unwrap().name.clone()).collect()
}

/// What happens to a resource has one order, and nothing of it happens at the same time.
fn assert_ordered(resource: &Resource) {
    assert!(resource.events.windows(2).all(|pair| pair[0].time < pair[1].time), "{}", resource.name);
}

/// Counts what was not dropped.
struct Counted(Rc<Cell<i32>>);

impl Counted {
    fn new(count: &Rc<Cell<i32>>) -> Counted {
        count.set(count.get() + 1);
        Counted(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Polls a future a first time, so that it waits.
fn begin(future: &mut (impl std::future::Future + Unpin)) {
    assert!(future.now_or_never().is_none(), "it waits");
}

#[test]
fn next_says_where_it_waits_for_a_stream_that_does_not() {
    let timeline = run(async {
        let (sender, mut receiver) = futures::channel::mpsc::unbounded();
        let consumer = spawn("consumer", async move {
            let mut sum = 0;
            while let Some(number) = receiver.next().await {
                sum += number;
            }
            Ok(sum)
        });
        for number in 1..=3 {
            sleep(MS).await;
            sender.unbounded_send(number).unwrap();
        }
        drop(sender);
        assert_eq!(consumer.await?, 6);
        Ok(())
    });
    let consumer = timeline.lane_named("consumer").unwrap();
    let waits: Vec<_> = consumer.spans(timeline.now).filter(|span| span.state == State::Suspended).collect();
    assert!(waits.len() >= 3);
    assert!(waits.iter().all(|wait| wait.site.is_some()), "each on the line with `next`");
}

#[test]
fn a_sleep_of_no_time_lets_each_of_the_others_go_first() {
    let timeline = run(async {
        let start = |name: &'static str| {
            spawn(name, async move {
                for turn in 1..=2 {
                    print(format!("{name} {turn}"));
                    sleep(Duration::ZERO).await;
                }
                Ok(())
            })
        };
        for task in ["a", "b", "c"].map(start) {
            task.await?;
        }
        Ok(())
    });
    let printed: Vec<_> = timeline.prints.iter().map(|print| print.text.as_str()).collect();
    assert_eq!(printed, ["a 1", "b 1", "c 1", "a 2", "b 2", "c 2"]);
    let lane = timeline.lane_named("b").unwrap();
    let yields = lane.changes.iter().filter(|change| change.state == State::Ready && change.site.is_some());
    assert_eq!(yields.count(), 2, "who yields is ready");
    assert!(lane.changes.iter().all(|change| change.cause.is_none_or(|cause| cause.lane != lane.id)));
}

/// Prints of a demo at speed 1, with their times in milliseconds.
#[track_caller]
fn assert_times(id: &str, set: &[(&str, &str)], expected: &[(u64, &str)]) {
    let demo = Demo::find(id).unwrap();
    let ran = runner::run(demo, &runner::values(demo, set), 1.0);
    ran.outcome.unwrap();
    let times: Vec<_> = ran.timeline.prints.iter().map(|print| (print.time.0 / 1_000_000, &*print.text)).collect();
    let texts = |lines: &[(u64, &str)]| lines.iter().map(|(_, text)| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&times), texts(expected));
    for ((time, text), (wanted, _)) in times.iter().zip(expected) {
        // Tokio's timer counts in milliseconds and ends a sleep on the next one; each sleep may add one.
        assert!((*wanted..=wanted + 4).contains(time), "{text} at {time} ms, not {wanted}");
    }
}

#[test]
fn times_are_exact() {
    assert_times(
        "async-event",
        &[("waiters", "2"), ("delay", "500")],
        &[
            (0, "waiter-1 waits"),
            (0, "waiter-2 waits"),
            (500, "setter is ready"),
            (500, "waiter-1 goes on"),
            (500, "waiter-2 goes on"),
        ],
    );
    assert_times(
        "async-semaphore",
        &[("permits", "2"), ("tasks", "3"), ("hold", "300")],
        &[
            (0, "worker-1 is in"),
            (0, "worker-2 is in"),
            (300, "worker-1 leaves"),
            (300, "worker-2 leaves"),
            (300, "worker-3 is in"),
            (600, "worker-3 leaves"),
            (600, "All workers have been in"),
        ],
    );
    let lost = [(40, "2 tasks added 2 each: 4 expected"), (40, "updates were lost")];
    assert_times("async-lock", &[("tasks", "2"), ("increments", "2"), ("work", "20")], &lost);
    let kept = [(80, "2 tasks added 2 each: 4 expected"), (80, "no update was lost")];
    assert_times("async-lock", &[("lock", "on"), ("tasks", "2"), ("increments", "2"), ("work", "20")], &kept);
    assert_times(
        "future",
        &[("delay", "400")],
        &[
            (0, "main: the answer is pending"),
            (400, "setter: it is done"),
            (400, "first callback: it is done"),
            (400, "second callback: it is done"),
            (400, "main: the answer is 42"),
            (400, "main: what is done stays as it is"),
        ],
    );
    assert_times(
        "async-iterator",
        &[("count", "2"), ("delay", "200")],
        &[
            (200, "iterator: 1"),
            (400, "iterator: 2"),
            (400, "the iterator has come to its end"),
            (600, "generator: 1"),
            (800, "generator: 2"),
            (800, "the generator has come to its end"),
        ],
    );
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let demo = Demo::find("async-queue").unwrap();
    let times = |seed: &str| -> Vec<_> {
        let ran = runner::run(demo, &runner::values(demo, &[("seed", seed)]), 1.0);
        ran.timeline.prints.into_iter().map(|print| (print.time.0 / 1_000_000, print.text)).collect()
    };
    assert_eq!(times("7"), times("7"));
    assert_ne!(times("7"), times("8"));
}
