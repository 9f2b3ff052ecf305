//! Locks and semaphores: who asked first goes first, and who leaves the line passes its turn on.

use std::cell::Cell;
use std::rc::Rc;

use weft::runtime::tasks::{BoundedSemaphore, Lock, Semaphore, sleep, spawn};

use super::{MS, assert_ordered, begin, holders, levels, resource, run, wakers};

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
