//! What processes wait for, when one of them is killed: no waiter is lost, and nobody is told in place of a dead one.

use std::time::Duration;

use weft::runtime::Failure;
use weft::runtime::processes::{Barrier, Condition, Entry, EntryPoint, Event, Process, Semaphore, call, try_call};
use weft::runtime::threads::{sleep, spawn};

use super::play;

const MS: Duration = Duration::from_millis(1);

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);

type All = (Semaphore, Event, Condition, Barrier);

const USE: Entry<All> = Entry { name: "use", call: |arguments| try_call(use_all, arguments) };
const TAKE: Entry<Semaphore> = Entry { name: "take", call: |arguments| call(take, arguments) };
const SLEEP: Entry<(Condition, Event)> = Entry { name: "sleep", call: |arguments| try_call(sleep_on, arguments) };
const ARRIVE: Entry<Barrier> = Entry { name: "arrive", call: |arguments| try_call(arrive, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 4] = [&USE, &TAKE, &SLEEP, &ARRIVE];
    all.into_iter().find(|entry| entry.name() == name)
}

/// Uses everything, for ever.
fn use_all((semaphore, event, condition, barrier): All) -> Result<(), Failure> {
    semaphore.release();
    loop {
        semaphore.acquire_timeout(MS / 10);
        semaphore.release();
        event.set();
        event.clear();
        event.wait_timeout(MS / 10);
        if condition.acquire_timeout(MS) {
            condition.notify_all()?;
            condition.wait_timeout(MS / 10)?;
            condition.release()?;
        }
        drop(barrier.wait_timeout(MS / 10));
        barrier.reset();
    }
}

fn take(semaphore: Semaphore) {
    semaphore.acquire();
}

fn sleep_on((condition, asleep): (Condition, Event)) -> Result<(), Failure> {
    let _held = condition.hold();
    asleep.set();
    condition.wait()
}

fn arrive(barrier: Barrier) -> Result<(), Failure> {
    barrier.wait()?;
    Ok(())
}

#[test]
fn what_a_killed_process_used_can_be_used() {
    for number in 0..40_u32 {
        play(find, || {
            let (semaphore, event) = (Semaphore::new("semaphore", 0), Event::new("event"));
            let (condition, barrier) = (Condition::new("condition"), Barrier::new("barrier", 2));
            let all = (semaphore.clone(), event.clone(), condition.clone(), barrier.clone());
            let children = [1, 2].map(|n| Process::start(format!("child-{n}"), &USE, all.clone()));
            children.iter().for_each(|_| semaphore.acquire());
            // They are at another step each time.
            (0..number * 50).for_each(|_| std::hint::spin_loop());
            children.iter().for_each(Process::terminate);
            children.iter().for_each(|child| assert_eq!(child.join().code, -15));
            while semaphore.try_acquire() {}
            semaphore.release();
            assert!(semaphore.try_acquire());
            event.set();
            event.wait();
            barrier.reset();
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
            let other = spawn("other", {
                let barrier = barrier.clone();
                move || barrier.wait_timeout(LONG)
            });
            barrier.wait_timeout(LONG)?;
            other.join()?;
            Ok(())
        });
    }
}

#[test]
fn a_permit_is_not_lost_with_a_waiter_that_is_killed() {
    for _ in 0..20 {
        play(find, || {
            let semaphore = Semaphore::new("semaphore", 0);
            let child = Process::start("child", &TAKE, semaphore.clone());
            sleep(MS);
            let waiter = spawn("waiter", {
                let semaphore = semaphore.clone();
                move || semaphore.acquire_timeout(LONG)
            });
            sleep(MS);
            // The child has waited longer, so it is told; perhaps it takes the permit before it dies.
            semaphore.release();
            child.terminate();
            if child.join().code == 0 {
                semaphore.release();
            }
            semaphore.release();
            assert!(waiter.join());
            Ok(())
        });
    }
}

#[test]
fn a_notification_goes_to_a_waiter_that_lives() {
    play(find, || {
        let (condition, asleep) = (Condition::new("condition"), Event::new("asleep"));
        let child = Process::start("child", &SLEEP, (condition.clone(), asleep.clone()));
        asleep.wait();
        drop(condition.hold());
        asleep.clear();
        let waiter = spawn("waiter", {
            let arguments = (condition.clone(), asleep.clone());
            move || sleep_on(arguments)
        });
        asleep.wait();
        drop(condition.hold());
        child.terminate();
        child.join();
        {
            let _held = condition.hold();
            condition.notify(1)?;
        }
        waiter.join()
    });
}

#[test]
fn a_barrier_does_not_count_the_dead() {
    play(find, || {
        let barrier = Barrier::new("barrier", 2);
        let child = Process::start("child", &ARRIVE, barrier.clone());
        while barrier.waiting() == 0 {
            sleep(MS);
        }
        child.terminate();
        child.join();
        assert_eq!(barrier.waiting(), 0);
        assert!(barrier.wait_timeout(10 * MS).is_err());
        Ok(())
    });
}
