//! The GIL: one lane runs at a time, whoever wants it gets it by CPython's rule, and whoever waits does not have it.

use weft::runtime::processes;
use weft::runtime::tasks::{self, Runner};
use weft::runtime::threads::{Gil, checkpoint};
use weft::timeline::Span;

use super::*;

/// Each lane's Running spans lie within its holds of the GIL; so no two overlap.
fn assert_one_at_a_time(timeline: &Timeline) {
    assert_eq!(holders(timeline, "GIL").0, 1);
    assert_eq!(timeline.stats().max_parallel, 1);
    let events = &resource(timeline, "GIL").events;
    for lane in timeline.lanes.iter().filter(|lane| lane.name != "main" && lane.kind == Some(LaneKind::Thread)) {
        for span in running(timeline, lane) {
            let before = |kind: fn(&EventKind) -> bool| {
                let mut own = events.iter().filter(|event| event.lane == lane.id && kind(&event.kind));
                own.rfind(|event| event.time <= span.start).map(|event| event.time)
            };
            let taken = before(|kind| matches!(kind, EventKind::Acquired { .. })).expect("it has the GIL when it runs");
            let released = before(|kind| matches!(kind, EventKind::Released { .. }));
            assert!(released.is_none_or(|released| released < taken), "{} ran without the GIL: {span:?}", lane.name);
            let mut releases = events.iter().filter(|event| matches!(event.kind, EventKind::Released { .. }));
            let next = releases.find(|event| event.time > taken).expect("it gives it back");
            assert!(next.lane == lane.id && next.time >= span.end, "{} ran on without the GIL: {span:?}", lane.name);
        }
    }
}

fn running(timeline: &Timeline, lane: &Lane) -> Vec<Span> {
    lane.spans_in(State::Running, timeline.now).filter(|span| span.end > span.start).collect()
}

/// A program that uses everything that threads can wait for.
fn everything() -> Result<(), Failure> {
    let (lock, rlock, other_lock) = (Lock::new("lock"), RLock::new("rlock"), processes::Lock::new("other lock"));
    let (queue, semaphore, event) = (Queue::bounded("queue", 2), Semaphore::new("semaphore", 1), Event::new("event"));
    let (condition, phase) = (Condition::new("condition"), Barrier::new("barrier", 3));
    let (empty, ready) = (Queue::<()>::new("empty"), SharedCell::new("ready", 0));
    let mut threads = Vec::new();
    for number in 1..=3 {
        let (lock, rlock, other_lock, queue) = (lock.clone(), rlock.clone(), other_lock.clone(), queue.clone());
        let (semaphore, event, condition) = (semaphore.clone(), event.clone(), condition.clone());
        let (phase, empty, ready) = (phase.clone(), empty.clone(), ready.clone());
        threads.push(spawn(format!("worker-{number}"), move || -> Result<(), Failure> {
            for round in 0..5 {
                phase.wait()?;
                work(MS / 2);
                {
                    let _held = lock.hold();
                    let _other = other_lock.hold();
                    let (_outer, _inner) = (rlock.hold(), rlock.hold());
                    sleep(MS / 4);
                    work(MS);
                }
                {
                    let _permit = semaphore.hold();
                    work(MS / 2);
                }
                if number == 1 {
                    (0..8).for_each(|item| queue.put(item).unwrap());
                } else {
                    for _ in 0..4 {
                        queue.get().unwrap();
                    }
                }
                if number == 3 && round == 0 {
                    event.set();
                }
                event.wait();
                assert!(empty.get_timeout(MS).is_err());
            }
            let _held = condition.hold();
            if number == 1 {
                ready.set(1);
                condition.notify_all()?;
            }
            while ready.get() == 0 {
                condition.wait()?;
            }
            Ok(())
        }));
    }
    for thread in threads {
        thread.join()?;
    }
    let pool = ThreadPool::new("pool", 2);
    let futures: Vec<_> =
        (1..=4).map(|number| pool.submit(format!("task {number}"), move || work(MS * number))).collect();
    as_completed(futures).for_each(drop);
    pool.map("more", 1..=4, |number| work(MS * number)).for_each(drop);
    pool.shutdown();
    let task = async {
        tasks::sleep(MS).await;
        work(MS);
        tasks::to_thread("beside the loop", || work(3 * MS)).await
    };
    Runner::new().run("all", task)?;
    Ok(())
}

#[test]
fn one_lane_runs_at_a_time_whatever_the_others_wait_for() {
    for interval in [MS / 10, MS, 5 * MS] {
        let timeline = run(|| Gil::new(interval).run(everything));
        assert_one_at_a_time(&timeline);
    }
}

#[test]
fn without_it_the_same_program_runs_at_the_same_time() {
    let timeline = run(|| Gil::off().run(everything));
    assert!(timeline.resources.iter().all(|resource| resource.name != "GIL"));
    // Each goes on until it has seen the other run.
    let timeline = run(|| {
        Gil::off().run(|| {
            let cells = ["first", "second"].map(|name| SharedCell::new(name, 0));
            let threads = [0, 1].map(|number| {
                let cells = cells.clone();
                spawn("worker", move || {
                    cells[number].set(1);
                    while cells[1 - number].get() == 0 {
                        checkpoint();
                    }
                    work(MS);
                })
            });
            threads.into_iter().for_each(|thread| thread.join());
        });
        Ok(())
    });
    assert!(timeline.stats().max_parallel > 1);
}

#[test]
fn who_wants_it_asks_after_the_interval_and_gets_it() {
    let interval = 5 * MS;
    let timeline = run(|| {
        Gil::new(interval).run(|| {
            let threads = ["one", "two", "three"].map(|name| spawn(name, || work(40 * MS)));
            threads.into_iter().for_each(|thread| thread.join());
        });
        Ok(())
    });
    assert_one_at_a_time(&timeline);
    let gil = resource(&timeline, "GIL");
    // Who has it, since when, and who has asked.
    let (mut holder, mut asked) = (None::<(LaneId, Nanos)>, None);
    let mut handed_over = 0;
    for event in &gil.events {
        match event.kind {
            EventKind::Level { value: 1, .. } => {
                let (lane, since) = holder.expect("who asks, asks somebody");
                assert_ne!(lane, event.lane);
                assert!(event.time - since >= Nanos::from(interval), "asked after {}", event.time - since);
                assert_eq!(asked.replace(lane), None, "once is enough");
            }
            EventKind::Acquired { .. } => {
                if let Some(from) = asked.take() {
                    assert_ne!(event.lane, from, "who was asked does not take it again first");
                    handed_over += 1;
                }
                if holder.is_none_or(|(lane, _)| lane != event.lane) {
                    holder = Some((event.lane, event.time));
                }
            }
            EventKind::Released { .. } if asked.is_some() => {
                let lane = timeline.lane(event.lane).unwrap();
                let span = lane
                    .span_at(event.time, timeline.now)
                    .unwrap_or_else(|| lane.span(lane.changes.len() - 1, timeline.now));
                // It has stopped, be it to let another run, to wait, or at its end.
                assert!(span.state != State::Running || lane.end.is_some(), "{span:?}");
            }
            _ => {}
        }
    }
    // How often depends on how soon the operating system lets who wants it notice that the interval is over.
    assert!(handed_over >= 3, "{handed_over} times");
}

#[test]
fn a_thread_alone_is_never_asked() {
    let timeline = run(|| {
        Gil::new(MS).run(|| spawn("alone", || work(20 * MS)).join());
        Ok(())
    });
    assert_eq!(levels(&timeline, "GIL"), [0]);
    assert_eq!(running(&timeline, lane(&timeline, "alone")).len(), 1);
}

#[test]
fn who_is_woken_is_ready_until_it_has_the_gil() {
    let interval = 10 * MS;
    let timeline = run(|| {
        Gil::new(interval).run(|| {
            let queue = Queue::new("queue");
            let consumer = spawn("consumer", {
                let queue = queue.clone();
                move || queue.get()
            });
            until(|| consumer.is_alive());
            sleep(A_WHILE);
            queue.put(()).unwrap();
            work(A_WHILE);
            consumer.join().unwrap();
        });
        Ok(())
    });
    assert_eq!(wakers(&timeline, "consumer", "queue"), ["main"]);
    let consumer = lane(&timeline, "consumer");
    let at = consumer.changes.iter().position(|change| change.state == State::Blocked).unwrap();
    let after: Vec<_> = consumer.spans(timeline.now).skip(at + 1).take(2).collect();
    let gil = Target::Resource(resource(&timeline, "GIL").id);
    assert_eq!([after[0].state, after[1].state], [State::Ready, State::Running], "{after:?}");
    assert_eq!(after[0].on, Some(gil));
    assert!(after[0].duration() >= Nanos::from(interval), "it asked after {}", after[0].duration());
}

#[test]
fn who_sleeps_does_not_have_it() {
    let timeline = run(|| {
        Gil::new(MS).run(|| {
            let threads = ["one", "two", "three"].map(|name| spawn(name, || sleep(A_WHILE)));
            threads.into_iter().for_each(|thread| thread.join());
        });
        Ok(())
    });
    let sleeps = ["one", "two", "three"].map(|name| {
        let lane = lane(&timeline, name);
        lane.spans_in(State::Sleeping, timeline.now).next().unwrap()
    });
    let (first_end, last_start) =
        (sleeps.iter().map(|span| span.end).min(), sleeps.iter().map(|span| span.start).max());
    assert!(last_start < first_end, "{sleeps:?}");
}

#[test]
fn a_lane_is_under_one_gil() {
    let (_, outcome) = try_run(|| {
        Gil::new(MS).run(|| Gil::new(MS).run(|| ()));
        Ok(())
    });
    assert_eq!(outcome.unwrap_err().message, "a lane is under one GIL");
}

#[test]
fn a_run_that_is_over_leaves_nobody_waiting_for_the_gil() {
    let timeline = run(|| {
        Gil::new(MS).run(|| {
            spawn_daemon("busy", || {
                loop {
                    work(MS);
                }
            });
            spawn_daemon("waiting", || sleep(60_000 * MS));
            work(10 * MS);
        });
        Ok(())
    });
    assert_eq!(lane(&timeline, "busy").end.as_ref().unwrap().ending, Ending::Killed);
    let (_, outcome) = try_run(|| {
        Gil::new(MS).run(|| {
            spawn("busy", || {
                loop {
                    work(MS);
                }
            });
            work(5 * MS);
            Err(Failure { lane: "main".to_owned(), message: "enough".to_owned() })
        })
    });
    assert_eq!(outcome.unwrap_err().message, "enough");
}
