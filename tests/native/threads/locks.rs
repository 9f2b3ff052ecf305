//! Locks, semaphores, and what they guard.

use super::*;

#[test]
fn a_lock_has_one_holder_at_a_time() {
    const EACH: i64 = 3000;
    let timeline = run(|| {
        let (lock, counter, start) = (Lock::new("lock"), SharedCell::new("counter", 0), Barrier::new("start", 6));
        let workers: Vec<_> = (1..=6)
            .map(|number| {
                let (lock, counter, start) = (lock.clone(), counter.clone(), start.clone());
                spawn(format!("worker-{number}"), move || {
                    start.wait()?;
                    for _ in 0..EACH {
                        let _held = lock.hold();
                        counter.set(counter.get() + 1);
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join())?;
        assert_eq!(counter.get(), 6 * EACH);
        assert!(!lock.locked());
        Ok(())
    });
    assert_eq!(holders(&timeline, "lock"), (1, 6 * EACH as usize));
    assert_eq!(lost_updates(&timeline, resource(&timeline, "counter").id), []);
    // Whoever has waited was woken by a release, which is in the trace at just that time, by just that lane.
    let released: std::collections::HashSet<_> = resource(&timeline, "lock")
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Released { .. }))
        .map(|event| (event.lane, event.time))
        .collect();
    for number in 1..=6 {
        for (_, cause) in waits(&timeline, &format!("worker-{number}"), "lock") {
            let cause = cause.expect("somebody has released it");
            assert!(released.contains(&(cause.lane, cause.time)), "{cause:?}");
        }
    }
}

#[test]
fn a_release_wakes_who_waits() {
    let timeline = run(|| {
        let lock = Lock::new("lock");
        lock.acquire();
        assert!(!lock.try_acquire());
        let asking = Event::new("asking");
        let worker = spawn("worker", {
            let (lock, asking) = (lock.clone(), asking.clone());
            move || {
                asking.set();
                drop(lock.hold());
            }
        });
        asking.wait();
        sleep(A_WHILE);
        lock.release()?;
        worker.join();
        assert!(lock.try_acquire());
        lock.release()
    });
    assert_eq!(wakers(&timeline, "worker", "lock"), ["main"]);
    assert_eq!(holders(&timeline, "lock"), (1, 3));
    let ready = lane(&timeline, "worker").spans_in(State::Ready, timeline.now).count();
    assert_eq!(ready, 2, "once when it was started, once when it was woken");
}

#[test]
fn a_lock_is_waited_for_no_longer_than_asked() {
    let timeline = run(|| {
        let lock = Lock::new("lock");
        let _held = lock.hold();
        let worker = spawn("worker", {
            let lock = lock.clone();
            move || (lock.acquire_timeout(20 * MS), lock.acquire_timeout(Duration::ZERO), lock.try_acquire())
        });
        assert_eq!(worker.join(), (false, false, false));
        Ok(())
    });
    assert_eq!(wakers(&timeline, "worker", "lock"), ["nobody"]);
    let (waited, _) = waits(&timeline, "worker", "lock")[0];
    assert!(waited >= Nanos::from(20 * MS), "{waited}");
    assert!(lane(&timeline, "worker").wait_until.is_none());
}

#[test]
fn misuse_of_locks_names_lane_and_lock() {
    let timeline = run(|| {
        let (lock, rlock) = (Lock::new("a"), RLock::new("b"));
        let error = lock.release().unwrap_err();
        assert_eq!(error.to_string(), "main: lock “a” was released by main, but nobody holds it");
        let _held = rlock.hold();
        let worker = spawn("worker", {
            let (lock, rlock) = (lock.clone(), rlock.clone());
            move || {
                lock.acquire(); // For main to release, as in Python.
                rlock.release().unwrap_err().message
            }
        });
        assert_eq!(worker.join(), "rlock “b” was released by worker, but main holds it");
        lock.release()?;
        drop(_held);
        assert_eq!(rlock.release().unwrap_err().message, "rlock “b” was released by main, but nobody holds it");
        Ok(())
    });
    assert_eq!(marks(&timeline).len(), 3);
    assert_eq!(timeline.marks[1].lane, lane(&timeline, "worker").id);
    assert_eq!(holders(&timeline, "a"), (1, 1));
}

#[test]
fn an_rlock_counts() {
    let timeline = run(|| {
        let lock = RLock::new("lock");
        let outer = lock.hold();
        let inner = lock.hold();
        assert!(lock.try_acquire() && lock.acquire_timeout(MS));
        let other = spawn("other", {
            let lock = lock.clone();
            move || (lock.try_acquire(), lock.acquire_timeout(5 * MS))
        });
        assert_eq!(other.join(), (false, false));
        lock.release()?;
        lock.release()?;
        drop(inner);
        assert!(lock.locked());
        let asking = Event::new("asking");
        let waiter = spawn("waiter", {
            let (lock, asking) = (lock.clone(), asking.clone());
            move || {
                asking.set();
                drop(lock.hold());
            }
        });
        asking.wait();
        sleep(A_WHILE);
        drop(outer);
        waiter.join();
        Ok(())
    });
    assert_eq!(levels(&timeline, "lock"), [1, 2, 3, 4, 3, 2, 1, 0, 1, 0]);
    assert_eq!(holders(&timeline, "lock"), (4, 5));
    assert_eq!(wakers(&timeline, "waiter", "lock"), ["main"]);
}

#[test]
fn a_semaphore_has_no_more_holders_than_permits() {
    let timeline = run(|| {
        let (permits, start) = (Semaphore::new("permits", 3), Barrier::new("start", 8));
        let workers: Vec<_> = (1..=8)
            .map(|number| {
                let (permits, start) = (permits.clone(), start.clone());
                spawn(format!("worker-{number}"), move || {
                    start.wait()?;
                    for _ in 0..20 {
                        let _permit = permits.hold();
                        sleep(MS / 10);
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join())
    });
    assert_eq!(holders(&timeline, "permits"), (3, 160));
    let levels = levels(&timeline, "permits");
    assert_eq!((levels[0], levels.iter().min(), levels.iter().max()), (3, Some(&0), Some(&3)));
    assert!(levels.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1), "each change by one");
    let waited: usize = (1..=8).map(|n| waits(&timeline, &format!("worker-{n}"), "permits").len()).sum();
    assert!(waited > 0);
    for number in 1..=8 {
        assert!(waits(&timeline, &format!("worker-{number}"), "permits").iter().all(|(_, cause)| cause.is_some()));
    }
}

#[test]
fn several_permits_may_be_released_at_once() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 0);
        let takers: Vec<_> = (1..=3)
            .map(|number| {
                let semaphore = semaphore.clone();
                spawn(format!("taker-{number}"), move || semaphore.acquire())
            })
            .collect();
        semaphore.release_many(4);
        takers.into_iter().for_each(|taker| taker.join());
        assert!(semaphore.try_acquire() && !semaphore.try_acquire());
        Ok(())
    });
}

#[test]
fn permits_are_counted() {
    let timeline = run(|| {
        let semaphore = Semaphore::new("semaphore", 0);
        assert!(!semaphore.try_acquire() && !semaphore.acquire_timeout(10 * MS));
        let asking = Event::new("asking");
        let worker = spawn("worker", {
            let (semaphore, asking) = (semaphore.clone(), asking.clone());
            move || {
                asking.set();
                semaphore.acquire();
            }
        });
        asking.wait();
        sleep(A_WHILE);
        semaphore.release(); // It never had one: that is how a semaphore signals.
        worker.join();
        let bounded = BoundedSemaphore::new("bounded", 2);
        assert!(bounded.try_acquire());
        drop(bounded.hold());
        bounded.release()?;
        let error = bounded.release().unwrap_err();
        assert_eq!(error.message, "semaphore “bounded” was released by main, but all its 2 permits are free");
        Ok(())
    });
    assert_eq!(wakers(&timeline, "worker", "semaphore"), ["main"]);
    assert_eq!(wakers(&timeline, "main", "semaphore"), ["nobody"]);
    assert_eq!(levels(&timeline, "semaphore"), [0, 1, 0]);
}

#[test]
fn unguarded_updates_are_lost_and_counted() {
    let timeline = run(|| {
        let (cell, barrier) = (SharedCell::new("cell", 10), Barrier::new("barrier", 2));
        let other = spawn("other", {
            let (cell, barrier) = (cell.clone(), barrier.clone());
            move || {
                let old = cell.get();
                barrier.wait()?;
                barrier.wait()?;
                cell.set(old + 1);
                Ok::<(), Failure>(())
            }
        });
        barrier.wait()?;
        cell.set(cell.get() + 5);
        barrier.wait()?;
        other.join()?;
        assert_eq!(cell.get(), 11);
        Ok(())
    });
    let lost = lost_updates(&timeline, resource(&timeline, "cell").id);
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].lane, lost[0].value), (lane(&timeline, "main").id, 15));
    assert_eq!(lost[0].by, lane(&timeline, "other").id);
}

#[test]
fn locals_belong_to_their_lane() {
    let timeline = run(|| {
        let (number, name) = (ThreadLocal::new("number"), ThreadLocal::new("name"));
        // One worker after the other, perhaps on the same thread.
        for n in 1..=3_i64 {
            let (number, name) = (number.clone(), name.clone());
            spawn(format!("worker-{n}"), move || {
                assert_eq!((number.get(), name.get()), (None, None));
                number.set(n);
                name.set(format!("n{n}"));
                assert_eq!((number.get(), name.get()), (Some(n), Some(format!("n{n}"))));
            })
            .join();
        }
        assert_eq!(number.get(), None);
        Ok(())
    });
    assert_eq!(resource(&timeline, "number").events.len(), 6);
    assert_eq!(resource(&timeline, "name").events.len(), 0, "only numbers are traced");
}
