//! Whole runs: daemons, deadlocks, the end of everything, and the order of events.

use super::*;

#[test]
fn daemons_are_killed_and_others_waited_for() {
    let timeline = run(|| {
        spawn_daemon("asleep", || sleep(60_000 * MS));
        let queue = Queue::<()>::new("queue");
        spawn_daemon("waiting", move || queue.get());
        spawn_daemon("busy", || {
            loop {
                work(MS);
                print("busy");
            }
        });
        let short = spawn_daemon("short", || ());
        until(|| !short.is_alive());
        spawn("late", || sleep(20 * MS + A_WHILE));
        sleep(20 * MS);
        Ok(())
    });
    let end = |name| lane(&timeline, name).end.clone().unwrap();
    for name in ["asleep", "waiting", "busy"] {
        assert_eq!(end(name).ending, Ending::Killed, "{name}");
        assert!(end(name).time >= end("late").time, "{name}");
    }
    assert_eq!(end("short").ending, Ending::Returned);
    assert_eq!(end("late").ending, Ending::Returned);
    assert!(end("main").time < end("late").time);
}

#[test]
fn more_threads_than_workers_are_refused() {
    let run = Run::new(Config { threads: 2, ..Config::default() }, Clock::start());
    let outcome = run_main(&run, LaneKind::Thread, || {
        spawn("one", || sleep(MS)).join();
        let two = spawn("two", || sleep(MS)); // Its place is free again.
        spawn("three", || ());
        two.join();
        Ok(())
    });
    let expected = "cannot start thread “three”: this run has workers for 2 threads at a time";
    assert_eq!(outcome.unwrap_err().message, expected);
}

#[test]
fn two_locks_in_opposite_orders_deadlock() {
    let began = Instant::now();
    let (timeline, outcome) = try_run(|| {
        let (a, b, both) = (Lock::new("a"), Lock::new("b"), Barrier::new("both", 2));
        let worker = spawn("worker", {
            let (a, b, both) = (a.clone(), b.clone(), both.clone());
            move || {
                let _b = b.hold();
                both.wait().unwrap();
                let _a = a.hold();
            }
        });
        let _a = a.hold();
        both.wait()?;
        let _b = b.hold();
        worker.join();
        Ok(())
    });
    assert!(began.elapsed() < 5000 * MS);
    let failure = outcome.unwrap_err();
    let text = "Deadlock: main waits for lock “b”, which worker holds; worker waits for lock “a”, which main holds.";
    assert_eq!((failure.lane.as_str(), failure.message.as_str()), ("main", text));
    // The trace says so still when all is over.
    assert_eq!(deadlock(&timeline).unwrap().text, text);
    let blocked = |lane: &Lane| lane.changes.last().map(|change| change.state) == Some(State::Blocked);
    assert!(timeline.lanes.iter().all(blocked));
}

#[test]
fn a_lock_taken_twice_waits_for_itself() {
    let (_, outcome) = try_run(|| {
        let lock = Lock::new("lock");
        spawn("worker", move || {
            let _once = lock.hold();
            let _twice = lock.hold();
        })
        .join();
        Ok(())
    });
    let failure = outcome.unwrap_err();
    assert_eq!(failure.to_string(), "worker: Deadlock: worker waits for lock “lock”, which it holds itself.");
}

#[test]
fn waiting_for_what_nobody_can_bring_is_noticed() {
    let (_, outcome) = try_run(|| {
        let queue = Queue::<i32>::new("jobs");
        let worker = spawn("worker", move || queue.get());
        worker.join()?;
        Ok(())
    });
    let expected = "Every lane waits, and nobody is left to wake one: main waits for the end of worker; worker waits for \
                    queue “jobs”.";
    assert_eq!(outcome.unwrap_err().message, expected);
}

#[test]
fn a_wait_that_ends_is_no_deadlock() {
    run(|| {
        // A lock as a signal: main waits for what it holds itself, and another releases it.
        let (lock, queue) = (Lock::new("lock"), Queue::<()>::new("queue"));
        lock.acquire();
        let signal = spawn("signal", {
            let lock = lock.clone();
            move || {
                sleep(600 * MS);
                lock.release()
            }
        });
        lock.acquire();
        signal.join()?;
        // All wait, but one has a time-out.
        let waiter = spawn("waiter", move || queue.get_timeout(600 * MS).is_err());
        assert!(waiter.join());
        Ok(())
    });
}

#[test]
fn every_wait_ends_when_the_run_is_cancelled() {
    type Program = fn();
    let waits: [(&str, Program); 15] = [
        ("sleep", || sleep(60_000 * MS)),
        ("work", || work(60_000 * MS)),
        ("lock", || {
            let lock = Lock::new("lock");
            lock.acquire();
            lock.acquire();
        }),
        ("lock with a time-out", || {
            let lock = Lock::new("lock");
            lock.acquire();
            lock.acquire_timeout(60_000 * MS);
        }),
        ("semaphore", || Semaphore::new("semaphore", 0).acquire()),
        ("event", || Event::new("event").wait()),
        ("event with a time-out", || assert!(Event::new("event").wait_timeout(60_000 * MS))),
        ("condition", || {
            let condition = Condition::new("condition");
            let _held = condition.hold();
            condition.wait().unwrap();
        }),
        ("barrier", || drop(Barrier::new("barrier", 2).wait())),
        ("get", || Queue::<()>::new("queue").get().unwrap()),
        ("put", || {
            let queue = Queue::bounded("queue", 1);
            queue.put(1).unwrap();
            queue.put(2).unwrap();
        }),
        ("join of a queue", || {
            let queue = Queue::new("queue");
            queue.put(1).unwrap();
            queue.join();
        }),
        ("join of a thread", || spawn("worker", || sleep(60_000 * MS)).join()),
        ("result", || {
            let pool = ThreadPool::new("pool", 1);
            pool.submit("task", || sleep(60_000 * MS)).result();
        }),
        ("as_completed", || {
            let pool = ThreadPool::new("pool", 1);
            let future = pool.submit("task", || sleep(60_000 * MS));
            drop(as_completed([future]).next());
        }),
    ];
    for (what, wait) in waits {
        let run = Run::new(Config::default(), Clock::start());
        let canceller = thread::spawn({
            let run = Arc::clone(&run);
            move || {
                thread::sleep(15 * MS);
                run.cancel();
            }
        });
        let began = Instant::now();
        let outcome = run_main(&run, LaneKind::Thread, || {
            wait();
            panic!("it did not wait");
        });
        assert_eq!(outcome, Ok(()), "{what}");
        assert!(began.elapsed() < 2000 * MS, "{what}");
        canceller.join().unwrap();
        thread::sleep(15 * MS);
        let timeline = runner::timeline(&run);
        assert_eq!(timeline.anomalies, [], "{what}");
        assert_eq!(lane(&timeline, "main").end.as_ref().map(|end| end.ending), Some(Ending::Stopped), "{what}");
    }
}

#[test]
fn events_of_a_resource_have_the_order_in_which_they_happened() {
    let timeline = run(|| {
        let (lock, rlock, semaphore) = (Lock::new("lock"), RLock::new("rlock"), Semaphore::new("semaphore", 2));
        let queue = Queue::bounded("queue", 3);
        let workers: Vec<_> = (0..6)
            .map(|number| {
                let (lock, rlock, semaphore, queue) = (lock.clone(), rlock.clone(), semaphore.clone(), queue.clone());
                spawn(format!("worker-{number}"), move || {
                    for round in 0..300 {
                        drop(lock.hold());
                        drop((rlock.hold(), rlock.hold()));
                        drop(semaphore.hold());
                        if (number + round) % 2 == 0 {
                            queue.put(()).unwrap()
                        } else {
                            drop(queue.get_timeout(MS))
                        }
                        while queue.len() > 1 {
                            drop(queue.try_get());
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join());
        Ok(())
    });
    assert_eq!(holders(&timeline, "lock"), (1, 1800));
    assert_eq!(holders(&timeline, "rlock"), (2, 3600));
    assert_eq!(holders(&timeline, "semaphore").1, 1800);
    timeline.resources.iter().for_each(assert_ordered);
    let levels = levels(&timeline, "queue");
    assert!(levels.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1), "each change by one");
}
