//! Conditions, barriers and queues that are shut down: what the trace tells of them, and what a wait that is given up
//! leaves behind.

use weft::runtime::tasks::{Barrier, Condition, Queue, gather, sleep, spawn};

use super::{MS, assert_ordered, begin, holders, levels, resource, run, wakers};

#[test]
fn a_notification_and_the_lock_are_waited_for_one_after_the_other() {
    let timeline = run(async {
        let condition = Condition::new("condition");
        let waiters = [1, 2].map(|number| {
            let condition = condition.clone();
            spawn(format!("waiter-{number}"), async move {
                let _held = condition.hold().await;
                condition.wait().await?;
                sleep(MS).await;
                Ok(())
            })
        });
        sleep(MS).await;
        {
            let _held = condition.hold().await;
            condition.notify(2)?;
            sleep(MS).await;
        }
        gather(waiters).await?;
        Ok(())
    });
    assert_eq!(levels(&timeline, "condition"), [0, 1, 2, 0]);
    assert_eq!(holders(&timeline, "condition lock"), ["waiter-1", "waiter-2", "main", "waiter-1", "waiter-2"]);
    for (waiter, from) in [("waiter-1", "main"), ("waiter-2", "waiter-1")] {
        assert_eq!(wakers(&timeline, waiter, "condition"), ["main"]);
        assert_eq!(wakers(&timeline, waiter, "condition lock"), [from]);
    }
    assert_ordered(resource(&timeline, "condition"));
    assert_ordered(resource(&timeline, "condition lock"));
}

#[test]
fn a_wait_that_is_dropped_leaves_its_guard_without_the_lock() {
    let timeline = run(async {
        let condition = Condition::new("condition");
        let other = spawn("other", {
            let condition = condition.clone();
            async move {
                sleep(MS).await;
                let _held = condition.hold().await;
                sleep(5 * MS).await;
                condition.notify_all()
            }
        });
        {
            let _held = condition.hold().await;
            let mut wait = Box::pin(condition.wait());
            begin(&mut wait);
            sleep(2 * MS).await;
            assert!(condition.locked(), "the other has it");
        }
        assert!(condition.locked(), "and has it still");
        other.await?;
        let held = condition.hold().await;
        assert!(condition.locked());
        drop(held);
        assert!(!condition.locked(), "the next guard is one again");
        Ok(())
    });
    assert_eq!(levels(&timeline, "condition"), [0, 1, 0]);
    assert_eq!(holders(&timeline, "condition lock"), ["main", "other", "main"]);
    assert_ordered(resource(&timeline, "condition lock"));
}

#[test]
fn a_barrier_is_opened_by_the_last_one() {
    let timeline = run(async {
        let barrier = Barrier::new("barrier", 3);
        let tasks = (1..=3).map(|number| {
            let barrier = barrier.clone();
            spawn(format!("task-{number}"), async move {
                sleep(number * MS).await;
                Ok(barrier.wait().await?)
            })
        });
        assert_eq!(gather(tasks.collect::<Vec<_>>()).await?, [0, 1, 2]);
        Ok(())
    });
    assert_eq!(levels(&timeline, "barrier"), [0, 1, 2, 3, 0]);
    assert_eq!(wakers(&timeline, "task-1", "barrier"), ["task-3"]);
    assert_eq!(wakers(&timeline, "task-2", "barrier"), ["task-3"]);
    assert_eq!(wakers(&timeline, "task-3", "barrier"), [""; 0]);
    assert_ordered(resource(&timeline, "barrier"));
}

#[test]
fn who_waits_at_a_queue_is_woken_by_who_shuts_it_down() {
    let timeline = run(async {
        let (full, empty) = (Queue::bounded("full", 1), Queue::<u32>::new("empty"));
        full.put(1).await?;
        let putter = spawn("putter", {
            let full = full.clone();
            async move { Ok(full.put(2).await?) }
        });
        let getter = spawn("getter", {
            let empty = empty.clone();
            async move { Ok(empty.get().await?) }
        });
        sleep(MS).await;
        full.shutdown(true);
        empty.shutdown(false);
        let text = "putter found queue “full” shut down";
        assert_eq!(putter.await.unwrap_err().to_string(), text);
        let text = "getter found queue “empty” shut down";
        assert_eq!(getter.await.unwrap_err().to_string(), text);
        Ok(())
    });
    assert_eq!(levels(&timeline, "full"), [0, 1, 0]);
    assert_eq!(wakers(&timeline, "putter", "full"), ["main"]);
    assert_eq!(wakers(&timeline, "getter", "empty"), ["main"]);
}
