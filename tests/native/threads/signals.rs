//! Events, conditions, barriers: waiting until somebody says so.

use super::*;

#[test]
fn an_event_wakes_all_who_wait() {
    let timeline = run(|| {
        let event = Event::new("event");
        assert!(!event.wait_timeout(5 * MS));
        let waiting = Semaphore::new("waiting", 0);
        let wait = |name| {
            let (event, waiting) = (event.clone(), waiting.clone());
            spawn(name, move || {
                waiting.release();
                event.wait();
            })
        };
        let waiters = [wait("waiter-1"), wait("waiter-2"), wait("waiter-3")];
        waiters.iter().for_each(|_| waiting.acquire());
        sleep(A_WHILE);
        event.set();
        event.clear(); // They are woken all the same.
        waiters.into_iter().for_each(|waiter| waiter.join());
        assert!(!event.is_set());
        event.set();
        assert!(event.is_set() && event.wait_timeout(MS));
        event.wait();
        Ok(())
    });
    assert_eq!(levels(&timeline, "event"), [0, 1, 0, 1]);
    let set = resource(&timeline, "event").events[1].time;
    for number in 1..=3 {
        let waits = waits(&timeline, &format!("waiter-{number}"), "event");
        let main = lane(&timeline, "main").id;
        assert_eq!(waits.iter().map(|wait| wait.1).collect::<Vec<_>>(), [Some(Cause { lane: main, time: set })]);
    }
    assert_eq!(wakers(&timeline, "main", "event"), ["nobody"]);
    assert_eq!(
        lane(&timeline, "main").passed.iter().filter(|passed| matches!(passed.on, Target::Resource(_))).count(),
        2
    );
}

#[test]
fn a_condition_wakes_as_many_as_asked() {
    let timeline = run(|| {
        let (condition, waiting) = (Condition::new("condition"), SharedCell::new("waiting", 0));
        let woken = SharedCell::new("woken", 0);
        let wait = |number| {
            let (condition, waiting, woken) = (condition.clone(), waiting.clone(), woken.clone());
            spawn(format!("waiter-{number}"), move || {
                let _held = condition.hold();
                waiting.set(waiting.get() + 1);
                condition.wait()?;
                woken.set(woken.get() + 1);
                Ok::<(), Failure>(())
            })
        };
        let waiters: Vec<_> = (1..=4).map(wait).collect();
        until(|| waiting.get() == 4);
        {
            let _held = condition.hold();
            condition.notify(1)?;
            sleep(A_WHILE); // It is woken, but does not get the lock.
            assert_eq!(woken.get(), 0);
        }
        until(|| woken.get() > 0);
        assert_eq!(woken.get(), 1);
        {
            let _held = condition.hold();
            condition.notify_all()?;
            condition.notify(3)?; // Nobody is left: nothing is kept for later.
        }
        waiters.into_iter().try_for_each(|waiter| waiter.join())?;
        let _held = condition.hold();
        assert!(!condition.wait_timeout(5 * MS)?);
        condition.wait_for(|| woken.get() == 4)
    });
    assert_eq!(levels(&timeline, "condition"), [0, 1, 2, 3, 4, 3, 0, 1, 0]);
    for number in 1..=4 {
        assert_eq!(wakers(&timeline, &format!("waiter-{number}"), "condition"), ["main"]);
    }
    assert_eq!(wakers(&timeline, "main", "condition"), ["nobody"]);
    let for_lock: usize = (1..=4).map(|n| waits(&timeline, &format!("waiter-{n}"), "condition lock").len()).sum();
    assert!(for_lock >= 1, "who was woken waits for the lock");
    holders(&timeline, "condition lock");
}

#[test]
fn a_condition_needs_its_lock() {
    let timeline = run(|| {
        let lock = Lock::new("lock");
        let condition = Condition::with_lock("condition", &lock);
        let without = "main, which does not hold its lock “lock”";
        let waited = condition.wait().unwrap_err().message;
        assert_eq!(waited, format!("condition “condition” was waited for by {without}"));
        let notified = condition.notify(1).unwrap_err().message;
        assert_eq!(notified, format!("condition “condition” was notified by {without}"));
        lock.acquire();
        condition.notify_all()?;
        condition.release()
    });
    assert_eq!(marks(&timeline).len(), 2);
}

#[test]
fn a_barrier_opens_when_all_have_arrived() {
    const PHASES: i64 = 50;
    let timeline = run(|| {
        let (barrier, phase) = (Barrier::new("barrier", 4), SharedCell::new("phase", 0));
        let workers: Vec<_> = (1..=4)
            .map(|number| {
                let (barrier, phase) = (barrier.clone(), phase.clone());
                spawn(format!("worker-{number}"), move || {
                    let mut last = 0;
                    for round in 0..PHASES {
                        assert_eq!(phase.get(), round);
                        let index = barrier.wait()?;
                        if index == 3 {
                            phase.set(round + 1);
                            last += 1;
                        }
                        barrier.wait()?;
                    }
                    Ok::<i64, Failure>(last)
                })
            })
            .collect();
        let last = workers.into_iter().map(|worker| worker.join()).sum::<Result<i64, _>>()?;
        assert_eq!(last, PHASES, "in each phase one came last");
        Ok(())
    });
    let expected: Vec<i64> = std::iter::once(0).chain([1, 2, 3, 4, 0].repeat(2 * PHASES as usize)).collect();
    assert_eq!(levels(&timeline, "barrier"), expected);
    assert_ordered(resource(&timeline, "barrier"));
}

#[test]
fn a_barrier_breaks() {
    let timeline = run(|| {
        let barrier = Barrier::new("barrier", 3);
        let wait = |name| {
            let barrier = barrier.clone();
            spawn(name, move || barrier.wait())
        };
        let patient = wait("patient");
        until(|| barrier.waiting() == 1);
        let error = barrier.wait_timeout(10 * MS).unwrap_err();
        assert_eq!(error.to_string(), "barrier “barrier” is broken for main: it waited too long");
        let error = Failure::from(patient.join().unwrap_err());
        assert_eq!(error.to_string(), "patient: barrier “barrier” is broken for patient: main waited too long");
        assert!(barrier.is_broken());
        assert_eq!(barrier.wait().unwrap_err().reason, "main waited too long");

        barrier.reset();
        let early = wait("early");
        until(|| barrier.waiting() == 1);
        barrier.reset();
        assert_eq!(early.join().unwrap_err().reason, "main reset it");
        assert!(!barrier.is_broken());

        let aborted = wait("aborted");
        until(|| barrier.waiting() == 1);
        barrier.abort();
        assert_eq!(aborted.join().unwrap_err().reason, "main aborted it");
        barrier.reset();
        let others = [wait("first"), wait("second")];
        let mut all = vec![barrier.wait()?];
        for other in others {
            all.push(other.join()?);
        }
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        Ok(())
    });
    assert_eq!(wakers(&timeline, "patient", "barrier"), ["main"]);
    assert_eq!(wakers(&timeline, "main", "barrier")[0], "nobody");
    assert_eq!(wakers(&timeline, "aborted", "barrier"), ["main"]);
}

#[test]
fn waiting_for_a_predicate_may_take_only_so_long() {
    run(|| {
        let (condition, ready) = (Condition::new("condition"), SharedCell::new("ready", 0));
        let setter = spawn("setter", {
            let (condition, ready) = (condition.clone(), ready.clone());
            move || {
                let _held = condition.hold();
                ready.set(1);
                condition.notify(1)
            }
        });
        let held = condition.hold();
        assert_eq!(condition.wait_for_timeout(|| ready.get() == 1, Duration::from_secs(20)), Ok(true));
        let began = Instant::now();
        assert_eq!(condition.wait_for_timeout(|| false, A_WHILE), Ok(false));
        assert!(began.elapsed() >= A_WHILE);
        assert_eq!(condition.wait_for_timeout(|| true, Duration::ZERO), Ok(true));
        drop(held);
        let error = condition.wait_for_timeout(|| false, A_WHILE).unwrap_err();
        assert!(error.message.contains("does not hold its lock"), "{}", error.message);
        setter.join()
    });
}

#[test]
fn a_barrier_may_have_a_time_out_of_its_own() {
    run(|| {
        let barrier = Barrier::with_timeout("barrier", 2, A_WHILE);
        let broken = barrier.wait().unwrap_err();
        assert_eq!(broken.reason, "it waited too long");
        assert!(barrier.is_broken());
        Ok(())
    });
}
