//! `ConditionTests`, over a lock and over an `RLock`.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use weft::runtime::Failure;
use weft::runtime::threads::{Condition, Lock, RLock, spawn};

use super::*;
use crate::threads::run;

/// Runs a test for both kinds of condition.
fn for_both(test: impl Fn(Condition) -> Result<(), Failure>) {
    run(|| test(Condition::new("condition")));
    run(|| test(Condition::with_rlock("condition", &RLock::new("rlock"))));
}

#[test]
fn test_acquire() {
    run(|| {
        let condition = Condition::with_rlock("condition", &RLock::new("rlock"));
        condition.acquire();
        condition.acquire();
        condition.release()?;
        condition.release()?;
        let lock = Lock::new("lock");
        let condition = Condition::with_lock("condition over a lock", &lock);
        condition.acquire();
        assert!(!lock.try_acquire());
        condition.release()?;
        assert!(lock.try_acquire());
        assert!(!condition.try_acquire());
        lock.release()?;
        let _held = condition.hold();
        assert!(!lock.try_acquire());
        Ok(())
    });
}

#[test]
fn test_unacquired_wait() {
    for_both(|condition| {
        assert!(condition.wait().is_err());
        Ok(())
    });
}

#[test]
fn test_unacquired_notify() {
    for_both(|condition| {
        assert!(condition.notify(1).is_err());
        Ok(())
    });
}

/// Waits until so many wait for the condition: whoever is ready holds its lock until then.
fn all_wait(condition: &Condition, ready: &Count, count: usize) {
    ready.wait_until(count);
    drop(condition.hold());
}

#[test]
fn test_notify() {
    fn check(condition: &Condition) -> Result<(), Failure> {
        let (ready, first, second) = (Count::default(), Count::default(), Count::default());
        let phase = Arc::new(AtomicI64::new(0));
        let waiting = bunch(N, {
            let (condition, ready, phase) = (condition.clone(), ready.clone(), phase.clone());
            let (first, second) = (first.clone(), second.clone());
            move || {
                let one = |done: &Count| {
                    let held = condition.hold();
                    ready.add();
                    condition.wait()?;
                    drop(held);
                    let phase = phase.load(SeqCst);
                    done.add();
                    Ok::<i64, Failure>(phase)
                };
                Ok::<_, Failure>((one(&first)?, one(&second)?))
            }
        });
        all_wait(condition, &ready, N);
        condition.acquire();
        condition.notify(3)?;
        let_block();
        assert_eq!(first.get(), 0, "nobody has the lock yet");
        phase.store(1, SeqCst);
        condition.release()?;
        all_wait(condition, &ready, N + 3);
        assert_eq!((first.get(), second.get()), (3, 0));
        // The two that wait for the first time have waited longest.
        condition.acquire();
        phase.store(2, SeqCst);
        condition.notify(5)?;
        condition.release()?;
        all_wait(condition, &ready, N + N);
        second.wait_until(3);
        assert_eq!((first.get(), second.get()), (5, 3));
        condition.acquire();
        phase.store(3, SeqCst);
        condition.notify_all()?;
        condition.release()?;
        let mut phases = waiting.join().into_iter().collect::<Result<Vec<_>, _>>()?;
        phases.sort_unstable();
        assert_eq!(phases, [(1, 2), (1, 2), (1, 2), (2, 3), (2, 3)]);
        Ok(())
    }
    for_both(|condition| {
        check(&condition)?;
        check(&condition)
    });
}

#[test]
fn test_timeout() {
    for_both(|condition| {
        let waited = bunch(N, move || {
            let _held = condition.hold();
            after(ms(50), || condition.wait_timeout(ms(50)))
        });
        assert_eq!(waited.join(), vec![Ok(false); N]);
        Ok(())
    });
}

/// Adds one under the lock and notifies, so many times.
fn count_up(condition: &Condition, state: &Count, times: usize) -> Result<(), Failure> {
    for _ in 0..times {
        sleep(ms(10));
        let _held = condition.hold();
        state.add();
        condition.notify(1)?;
    }
    Ok(())
}

#[test]
fn test_waitfor() {
    for_both(|condition| {
        let state = Count::default();
        let waiter = spawn("waiter", {
            let (condition, state) = (condition.clone(), state.clone());
            move || {
                let _held = condition.hold();
                condition.wait_for(|| state.get() == 4)?;
                assert_eq!(state.get(), 4);
                Ok(())
            }
        });
        count_up(&condition, &state, 4)?;
        waiter.join()
    });
}

#[test]
fn test_waitfor_timeout() {
    for_both(|condition| {
        let state = Count::default();
        let waiter = spawn("waiter", {
            let (condition, state) = (condition.clone(), state.clone());
            move || {
                let _held = condition.hold();
                after(ms(100), || condition.wait_for_timeout(|| state.get() == 4, ms(100)))
            }
        });
        count_up(&condition, &state, 3)?;
        assert_eq!(waiter.join(), Ok(false));
        Ok(())
    });
}
