//! What tasks wait at: who goes first, what is lost when a task is dropped (nothing), and when things happen, exactly.

use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, select};
use weft::demos::Demo;
use weft::runtime::host::Clock;
use weft::runtime::tasks::{
    AsyncIterator, BoundedSemaphore, Error, Event, Future, Lock, Queue, Semaphore, run_main, sleep, spawn,
};
use weft::runtime::{Config, Failure, Run, print};
use weft::timeline::{Resource, Timeline};
use weft::trace::{EventKind, LaneKind, State, Target};

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

#[test]
fn a_lock_goes_to_who_asked_first() {
    let timeline = run(async {
        let lock = Lock::new("lock");
        let inside = Rc::new(Cell::new(false));
        let start = |number: u32| {
            let (lock, inside) = (lock.clone(), inside.clone());
            spawn(format!("worker-{number}"), async move {
                for _ in 0..3 {
                    let _held = lock.hold().await;
                    assert!(!inside.replace(true), "one at a time");
                    assert!(lock.locked());
                    sleep(10 * MS).await;
                    inside.set(false);
                }
                Ok(())
            })
        };
        let workers: Vec<_> = (1..=4).map(start).collect();
        for worker in workers {
            worker.await?;
        }
        assert!(!lock.locked());
        lock.acquire().await;
        lock.release()?;
        let error = lock.release().unwrap_err();
        assert_eq!(error.to_string(), "lock “lock” was released by main, but nobody holds it");
        Ok(())
    });
    let order: Vec<_> = ["worker-1", "worker-2", "worker-3", "worker-4"].iter().cycle().take(12).collect();
    let holders = holders(&timeline, "lock");
    assert_eq!(holders[..12].iter().collect::<Vec<_>>(), order);
    assert_eq!(wakers(&timeline, "worker-1", "lock"), ["worker-4", "worker-4"]);
    assert_eq!(wakers(&timeline, "worker-2", "lock"), ["worker-1"; 3]);
    assert_ordered(resource(&timeline, "lock"));
}

#[test]
fn nobody_overtakes_whom_a_permit_was_given() {
    let timeline = run(async {
        let semaphore = Semaphore::new("semaphore", 1);
        let held = semaphore.hold().await;
        let waiter = spawn("waiter", {
            let semaphore = semaphore.clone();
            async move {
                semaphore.acquire().await;
                sleep(MS).await;
                semaphore.release();
                Ok(())
            }
        });
        sleep(MS).await;
        drop(held);
        // The permit is free, but the waiter's.
        assert!(semaphore.locked());
        semaphore.acquire().await;
        semaphore.release();
        waiter.await?;
        semaphore.release();
        assert!(!semaphore.locked());
        Ok(())
    });
    assert_eq!(holders(&timeline, "semaphore"), ["main", "waiter", "main"]);
    assert_eq!(levels(&timeline, "semaphore"), [1, 0, 1, 0, 1, 0, 1, 2]);
    assert_eq!(wakers(&timeline, "waiter", "semaphore"), ["main"]);
    assert_eq!(wakers(&timeline, "main", "semaphore"), ["waiter"]);
    assert_ordered(resource(&timeline, "semaphore"));
}

#[test]
fn a_bounded_semaphore_has_no_more_permits_than_at_first() {
    run(async {
        let semaphore = BoundedSemaphore::new("two", 2);
        let error = semaphore.release().unwrap_err();
        assert_eq!(error.to_string(), "semaphore “two” was released by main, but all its 2 permits are free");
        let (one, two) = (semaphore.hold().await, semaphore.hold().await);
        assert!(semaphore.locked());
        drop((one, two));
        semaphore.acquire().await;
        semaphore.release()?;
        assert!(semaphore.release().is_err());
        Ok(())
    });
}

/// Polls a future a first time, so that it waits.
fn begin(future: &mut (impl std::future::Future + Unpin)) {
    assert!(future.now_or_never().is_none(), "it waits");
}

#[test]
fn who_leaves_the_line_passes_its_turn_on() {
    let timeline = run(async {
        let semaphore = Semaphore::new("semaphore", 0);
        let mut left = Box::pin(semaphore.acquire());
        let mut called = Box::pin(semaphore.acquire());
        begin(&mut left);
        begin(&mut called);
        let next = spawn("next", {
            let semaphore = semaphore.clone();
            async move {
                semaphore.acquire().await;
                Ok(())
            }
        });
        sleep(MS).await;
        drop(left); // Nobody had called it.
        semaphore.release(); // Calls the second.
        let watcher = spawn("watcher", async move {
            drop(called);
            Ok(())
        });
        next.await?;
        watcher.await?;
        assert!(semaphore.locked());
        Ok(())
    });
    assert_eq!(holders(&timeline, "semaphore"), ["next"]);
    assert_eq!(wakers(&timeline, "next", "semaphore"), ["watcher"], "who left has called the next one");
}

#[test]
fn a_queue_is_first_in_first_out_and_bounded() {
    let timeline = run(async {
        let queue = Queue::bounded("queue", 3);
        let producer = spawn("producer", {
            let queue = queue.clone();
            async move {
                for number in 1..=40 {
                    queue.put(number).await;
                }
                Ok(())
            }
        });
        sleep(MS).await;
        assert!(queue.is_full());
        assert!(queue.put_nowait(0).is_err(), "it is full");
        for number in 1..=40 {
            assert_eq!(queue.get().await, number);
        }
        assert!(queue.is_empty());
        let late = spawn("late", {
            let queue = queue.clone();
            async move {
                sleep(MS).await;
                queue.put_nowait(41)?;
                Ok(())
            }
        });
        assert_eq!(queue.get().await, 41);
        producer.await?;
        late.await?;
        Ok(())
    });
    let levels = levels(&timeline, "queue");
    assert_eq!((levels.iter().min(), levels.iter().max(), levels.len()), (Some(&0), Some(&3), 83));
    assert!(levels.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1), "each change by one");
    assert_ordered(resource(&timeline, "queue"));
    let producer = wakers(&timeline, "producer", "queue");
    assert!(!producer.is_empty() && producer.iter().all(|waker| waker == "main"), "{producer:?}");
    assert_eq!(wakers(&timeline, "main", "queue").last().unwrap(), "late");
}

#[test]
fn a_queue_serves_who_waits_first() {
    let timeline = run(async {
        let queue = Queue::bounded("queue", 1);
        let got = Rc::new(RefCell::new(Vec::new()));
        let start = |number: u32| {
            let (queue, got) = (queue.clone(), got.clone());
            spawn(format!("getter-{number}"), async move {
                let item: u32 = queue.get().await;
                got.borrow_mut().push((number, item));
                Ok(())
            })
        };
        let getters: Vec<_> = (1..=4).map(start).collect();
        sleep(MS).await;
        for item in 1..=4 {
            queue.put(item).await;
            assert!(queue.get_nowait().is_err(), "the item is for somebody who waits");
        }
        for getter in getters {
            getter.await?;
        }
        assert_eq!(*got.borrow(), [(1, 1), (2, 2), (3, 3), (4, 4)]);

        let start = |number: u32| {
            let queue = queue.clone();
            spawn(format!("putter-{number}"), async move {
                queue.put(number).await;
                Ok(())
            })
        };
        let putters: Vec<_> = (1..=3).map(start).collect();
        sleep(MS).await;
        assert_eq!(queue.get().await, 1);
        assert!(queue.put_nowait(9).is_err(), "the room is for somebody who waits");
        assert_eq!((queue.get().await, queue.get().await), (2, 3));
        for putter in putters {
            putter.await?;
        }
        Ok(())
    });
    for number in 1..=4 {
        assert_eq!(wakers(&timeline, &format!("getter-{number}"), "queue"), ["main"]);
    }
    assert_eq!(wakers(&timeline, "putter-3", "queue"), ["main"]);
}

#[test]
fn a_cancelled_get_or_put_loses_nothing() {
    run(async {
        let count = Rc::new(Cell::new(0));
        let queue = Queue::bounded("queue", 1);
        // One that was called already is dropped: the item is the next one's.
        let mut dropped = Box::pin(queue.get());
        let mut next = Box::pin(queue.get());
        begin(&mut dropped);
        begin(&mut next);
        queue.put(Counted::new(&count)).await;
        drop(dropped);
        drop(next.await);
        assert_eq!(count.get(), 0);

        // A put that is dropped has put nothing, and the room is the next one's.
        queue.put(Counted::new(&count)).await;
        let mut dropped = Box::pin(queue.put(Counted::new(&count)));
        let mut next = Box::pin(queue.put(Counted::new(&count)));
        begin(&mut dropped);
        begin(&mut next);
        drop(queue.get().await);
        drop(dropped);
        next.await;
        assert_eq!((count.get(), queue.len()), (1, 1));

        // A get against a time-out: nothing is taken when the time is up.
        drop(queue.get().await);
        for _ in 0..3 {
            match select(pin!(queue.get()), pin!(sleep(MS))).await {
                Either::Left(_) => panic!("there is nothing to get"),
                Either::Right(_) => {}
            }
        }
        queue.put(Counted::new(&count)).await;
        assert_eq!(queue.len(), 1);
        drop(queue);
        assert_eq!(count.get(), 0, "all that was put was dropped");
        Ok(())
    });
}

#[test]
fn a_queue_is_joined_when_all_its_tasks_are_done() {
    let timeline = run(async {
        let queue = Queue::new("queue");
        queue.join().await; // Nothing is unfinished.
        let worker = spawn("worker", {
            let queue = queue.clone();
            async move {
                for _ in 0..3 {
                    let _item: u32 = queue.get().await;
                    sleep(10 * MS).await;
                    queue.task_done()?;
                }
                Ok(())
            }
        });
        for item in 0..3 {
            queue.put_nowait(item)?;
        }
        queue.join().await;
        print("joined");
        let error = queue.task_done().unwrap_err();
        assert_eq!(error.to_string(), "task_done of queue “queue” was called by main, but all its items are done");
        let empty = Error::from(queue.get_nowait().unwrap_err());
        assert_eq!(empty.to_string(), "main got nothing from queue “queue”, which was empty");
        worker.await?;
        Ok(())
    });
    // Tokio's timer counts in milliseconds and ends a sleep on the next one.
    assert!((30..34).contains(&(timeline.prints[0].time.0 / 1_000_000)));
    assert_eq!(wakers(&timeline, "main", "queue"), ["worker"]);
}

#[test]
fn an_event_wakes_all_even_if_it_is_cleared_at_once() {
    let timeline = run(async {
        let event = Event::new("event");
        let order = Rc::new(RefCell::new(Vec::new()));
        let start = |number: u32| {
            let (event, order) = (event.clone(), order.clone());
            spawn(format!("waiter-{number}"), async move {
                event.wait().await;
                order.borrow_mut().push(number);
                Ok(())
            })
        };
        let waiters: Vec<_> = (1..=3).map(start).collect();
        let mut dropped = Box::pin(event.wait());
        begin(&mut dropped);
        sleep(MS).await;
        drop(dropped);
        event.set();
        event.set(); // It is set already.
        event.clear();
        assert!(!event.is_set());
        for waiter in waiters {
            waiter.await?;
        }
        assert_eq!(*order.borrow(), [1, 2, 3]);
        let late = start(4);
        assert!(late_waits(&event), "it was cleared");
        event.set();
        event.wait().await; // While it is set, nobody waits.
        late.await?;
        Ok(())
    });
    assert_eq!(levels(&timeline, "event"), [0, 1, 0, 1]);
    for number in 1..=3 {
        assert_eq!(wakers(&timeline, &format!("waiter-{number}"), "event"), ["main"]);
    }
    let on = Target::Resource(resource(&timeline, "event").id);
    let main = timeline.lane_named("main").unwrap();
    assert_eq!(main.passed.iter().filter(|passed| passed.on == on).count(), 1);
}

fn late_waits(event: &Event) -> bool {
    event.wait().now_or_never().is_none()
}

#[test]
fn a_future_is_done_once_and_its_callbacks_follow() {
    let timeline = run(async {
        let future = Future::new("future");
        let waiter = |number: u32| {
            let future = future.clone();
            spawn(format!("waiter-{number}"), async move {
                let result: Result<u32, Error> = future.await;
                print(format!("waiter-{number} has {result:?}"));
                Ok(())
            })
        };
        let first = waiter(1);
        sleep(MS).await;
        future.add_done_callback(|future| print(format!("callback 1: {:?}", future.result())));
        let second = waiter(2);
        sleep(MS).await;
        let error = future.result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "InvalidStateError: main asked future “future” for its result, which it has not yet"
        );
        assert!(!future.done());
        future.set_result(42)?;
        print("set");
        assert!(future.done() && !future.cancelled() && !future.cancel());
        let error = future.set_error(Error::Cancelled).unwrap_err();
        assert_eq!(error.to_string(), "InvalidStateError: main set future “future”, which is done already");
        future.add_done_callback(|future| print(format!("callback 2: {:?}", future.result())));
        first.await?;
        second.await?;
        sleep(MS).await;
        Ok(())
    });
    let printed: Vec<_> = timeline
        .prints
        .iter()
        .map(|print| (timeline.lane(print.lane).unwrap().kind.unwrap(), print.text.as_str()))
        .collect();
    // As in asyncio: whoever came first, task or callback, has its turn first.
    assert_eq!(
        printed,
        [
            (LaneKind::Task, "set"),
            (LaneKind::Task, "waiter-1 has Ok(42)"),
            (LaneKind::EventLoop, "callback 1: Ok(42)"),
            (LaneKind::Task, "waiter-2 has Ok(42)"),
            (LaneKind::EventLoop, "callback 2: Ok(42)"),
        ]
    );
    assert_eq!(levels(&timeline, "future"), [0, 1]);
    assert_eq!(wakers(&timeline, "waiter-2", "future"), ["main"]);
}

#[test]
fn a_future_that_fails_or_is_cancelled_tells_whoever_awaits_it() {
    run(async {
        let failed = Future::<u32>::new("failed");
        failed.set_error(Error::raised("out of order"))?;
        assert_eq!(failed.clone().await, Err(Error::raised("out of order")));
        assert!(failed.done() && !failed.cancelled());

        let cancelled = Future::<u32>::new("cancelled");
        assert!(cancelled.cancel() && cancelled.cancelled() && cancelled.done());
        assert_eq!(cancelled.clone().await, Err(Error::Cancelled));
        assert!(!cancelled.cancel());
        Ok(())
    });
}

#[test]
fn a_future_that_nobody_sets_is_dropped_with_its_callbacks() {
    run(async {
        let count = Rc::new(Cell::new(0));
        let future = Future::<u32>::new("forgotten");
        let kept = Counted::new(&count);
        let inner = future.clone();
        future.add_done_callback(move |_| drop(kept));
        let waiter = spawn("waiter", {
            let kept = Counted::new(&count);
            async move {
                let _kept = kept;
                inner.await.map(drop)
            }
        });
        sleep(MS).await;
        assert_eq!(count.get(), 2);
        future.cancel();
        assert_eq!(waiter.await, Err(Error::Cancelled));
        assert_eq!(count.get(), 0);

        let kept = Counted::new(&count);
        let future = Future::<u32>::new("forgotten, too");
        future.add_done_callback(move |_| drop(kept));
        drop(future);
        assert_eq!(count.get(), 0);
        Ok(())
    });
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

#[test]
fn a_queue_that_is_polled_by_hand_takes_the_latest_waker() {
    run(async {
        let queue = Queue::<u32>::bounded("queue", 1);
        let mut get = Box::pin(queue.get());
        begin(&mut get); // With another waker than this task's.
        let putter = spawn("putter", {
            let queue = queue.clone();
            async move {
                sleep(MS).await;
                queue.put(7).await;
                Ok(())
            }
        });
        let got = std::future::poll_fn(|context| match get.as_mut().poll(context) {
            Poll::Ready(item) => Poll::Ready(item),
            Poll::Pending => Poll::Pending,
        });
        assert_eq!(got.await, 7);
        putter.await?;
        Ok(())
    });
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
