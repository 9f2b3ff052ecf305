//! What CPython's `test_asyncio/test_locks.py` asserts.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use weft::runtime::tasks::*;

use super::{Noted, Seen, ms, play, turn};

/// A task that only waits for this.
fn awaiting<T: Clone + 'static>(what: impl Future<Output = T> + 'static) -> Task<T> {
    spawn("task", async { Ok(what.await) })
}

/// A task that notes its number when it has what it waits for, and keeps it.
fn taking(number: u32, what: impl Future<Output = ()> + 'static, noted: &Noted<u32>) -> Task<()> {
    let noted = noted.clone();
    spawn(format!("task-{number}"), async move {
        what.await;
        noted.put(number);
        Ok(())
    })
}

#[test]
fn test_acquire() {
    play(async {
        let (lock, noted) = (Lock::new("lock"), Noted::new());
        lock.acquire().await;
        let (one, two) = (taking(1, lock.acquire(), &noted), taking(2, lock.acquire(), &noted));
        turn().await;
        assert!(noted.none());
        lock.release()?;
        turn().await;
        assert_eq!(noted.all(), [1]);
        turn().await;
        assert_eq!(noted.all(), [1]);
        let three = taking(3, lock.acquire(), &noted);
        lock.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2]);
        lock.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2, 3]);
        assert!(one.is_done() && two.is_done() && three.is_done());
        Ok(())
    });
    play(async {
        let (semaphore, noted) = (Semaphore::new("semaphore", 3), Noted::new());
        semaphore.acquire().await;
        semaphore.acquire().await;
        assert!(!semaphore.locked());
        let tasks = [1, 2, 3].map(|number| taking(number, semaphore.acquire(), &noted));
        turn().await;
        assert_eq!(noted.all(), [1]);
        assert!(semaphore.locked());
        let four = taking(4, semaphore.acquire(), &noted);
        semaphore.release();
        semaphore.release();
        turn().await;
        assert_eq!(noted.all(), [1, 2, 3]);
        assert!(semaphore.locked());
        assert!(tasks.iter().all(Task::is_done) && !four.is_done());
        semaphore.release();
        four.await?;
        Ok(())
    });
}

/// A task that waits for this gets a cancellation.
async fn cancelled_while_it_awaits(what: impl Future<Output = ()> + 'static) {
    let task = awaiting(what);
    let cancelled = task.clone();
    call_soon(move || assert!(cancelled.cancel()));
    assert_eq!(task.await, Err(Error::Cancelled));
}

#[test]
fn test_acquire_cancel() {
    play(async {
        let (lock, semaphore) = (Lock::new("lock"), Semaphore::new("semaphore", 1));
        lock.acquire().await;
        semaphore.acquire().await;
        cancelled_while_it_awaits(lock.acquire()).await;
        cancelled_while_it_awaits(semaphore.acquire()).await;
        // Nobody has been left in the queue.
        lock.release()?;
        semaphore.release();
        assert!(!lock.locked() && !semaphore.locked());
        Ok(())
    });
}

#[test]
fn test_cancel_race() {
    play(async {
        let lock = Lock::new("lock");
        let blocker: weft::runtime::tasks::Future<()> = weft::runtime::tasks::Future::new("blocker");
        let hold = |name: &str, blocker: Option<weft::runtime::tasks::Future<()>>| {
            let lock = lock.clone();
            spawn(name, async move {
                let _held = lock.hold().await;
                match blocker {
                    Some(blocker) => blocker.await,
                    None => Ok(()),
                }
            })
        };
        let a = hold("A", Some(blocker.clone()));
        turn().await;
        assert!(lock.locked());
        let b = hold("B", None);
        turn().await;
        let c = hold("C", None);
        turn().await;
        blocker.set_result(())?;
        b.cancel();
        turn().await;
        assert!(!lock.locked());
        assert!(a.is_done() && b.is_cancelled());
        c.await?;
        Ok(())
    });
}

#[test]
fn test_cancel_release_race() {
    play(async {
        let (lock, noted) = (Lock::new("lock"), Noted::new());
        lock.acquire().await;
        let [one, two, three] = [1, 2, 3].map(|number| taking(number, lock.acquire(), &noted));
        turn().await;
        let (first, held) = (one.clone(), lock.clone());
        call_soon(move || {
            first.cancel();
            held.release().unwrap();
        });
        assert_eq!(one.clone().await, Err(Error::Cancelled));
        turn().await;
        assert_eq!(noted.all(), [2], "one has taken the lock");
        assert!(one.is_cancelled() && two.is_done() && !three.is_done());
        three.cancel();
        turn().await;
        assert!(three.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_finished_waiter_cancelled() {
    play(async {
        let lock = Lock::new("lock");
        lock.acquire().await;
        let b = awaiting(lock.acquire());
        turn().await;
        let c = awaiting(lock.acquire());
        b.cancel();
        lock.release()?;
        turn().await;
        assert!(lock.locked() && b.is_cancelled());
        c.await?;
        Ok(())
    });
}

#[test]
fn test_release_not_acquired() {
    play(async {
        assert!(Lock::new("lock").release().is_err());
        assert!(BoundedSemaphore::new("semaphore", 1).release().is_err());
        Ok(())
    });
}

#[test]
fn test_release_no_waiters() {
    play(async {
        let (lock, semaphore) = (Lock::new("lock"), Semaphore::new("semaphore", 1));
        lock.acquire().await;
        semaphore.acquire().await;
        assert!(lock.locked() && semaphore.locked());
        lock.release()?;
        semaphore.release();
        assert!(!lock.locked() && !semaphore.locked());
        Ok(())
    });
}

#[test]
fn test_context_manager() {
    play(async {
        let lock = Lock::new("lock");
        {
            let _held = lock.hold().await;
            assert!(lock.locked());
        }
        assert!(!lock.locked());
        let condition = Condition::new("condition");
        {
            let _held = condition.hold().await;
            assert!(condition.locked());
        }
        assert!(!condition.locked());
        let barrier = Barrier::new("barrier", 3);
        let mut places = gather((0..3).map(|_| passing(&barrier))).await?;
        places.sort();
        assert_eq!(places, [0, 1, 2]);
        assert!(barrier.waiting() == 0 && !barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_wait() {
    play(async {
        let (event, noted) = (Event::new("event"), Noted::new());
        assert!(!event.is_set());
        let (one, two) = (taking(1, event.wait(), &noted), taking(2, event.wait(), &noted));
        turn().await;
        assert!(noted.none());
        let three = taking(3, event.wait(), &noted);
        event.set();
        turn().await;
        assert_eq!(noted.all(), [3, 1, 2]);
        assert!(one.is_done() && two.is_done() && three.is_done());
        Ok(())
    });
    play(async {
        let (condition, noted) = (Condition::new("condition"), Noted::new());
        let tasks = [1, 2, 3].map(|number| waiting(number, &condition, &noted, false));
        turn().await;
        assert!(noted.none());
        assert!(!condition.locked());
        condition.acquire().await;
        condition.notify(1)?;
        turn().await;
        assert!(noted.none());
        assert!(condition.locked());
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1]);
        assert!(condition.locked());
        condition.notify(2)?;
        turn().await;
        assert_eq!(noted.all(), [1]);
        assert!(condition.locked());
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2]);
        assert!(condition.locked());
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2, 3]);
        assert!(condition.locked());
        assert!(tasks.iter().all(Task::is_done));
        Ok(())
    });
}

#[test]
fn test_wait_on_set() {
    play(async {
        let event = Event::new("event");
        event.set();
        event.wait().await;
        assert!(event.is_set());
        Ok(())
    });
}

#[test]
fn test_wait_cancel() {
    play(async {
        let event = Event::new("event");
        cancelled_while_it_awaits(event.wait()).await;
        let condition = Condition::new("condition");
        condition.acquire().await;
        let wait = spawn("wait", condition.wait());
        let cancelled = wait.clone();
        call_soon(move || assert!(cancelled.cancel()));
        assert_eq!(wait.await, Err(Error::Cancelled));
        assert!(condition.locked());
        Ok(())
    });
}

#[test]
fn test_clear() {
    play(async {
        let event = Event::new("event");
        assert!(!event.is_set());
        event.set();
        assert!(event.is_set());
        event.clear();
        assert!(!event.is_set());
        Ok(())
    });
}

#[test]
fn test_clear_with_waiters() {
    play(async {
        let (event, noted) = (Event::new("event"), Noted::new());
        let task = taking(1, event.wait(), &noted);
        turn().await;
        assert!(noted.none());
        event.set();
        event.clear();
        assert!(!event.is_set());
        event.set();
        event.set();
        turn().await;
        assert_eq!(noted.all(), [1]);
        assert!(task.is_done());
        Ok(())
    });
}

/// A task that takes the condition's lock, waits, and notes its number; it then releases the lock or keeps it.
fn waiting(number: u32, condition: &Condition, noted: &Noted<u32>, releases: bool) -> Task<()> {
    let (condition, noted) = (condition.clone(), noted.clone());
    spawn(format!("task-{number}"), async move {
        condition.acquire().await;
        condition.wait().await?;
        noted.put(number);
        if releases { condition.release() } else { Ok(()) }
    })
}

#[test]
fn test_wait_cancel_contested() {
    play(async {
        let condition = Condition::new("condition");
        condition.acquire().await;
        assert!(condition.locked());
        let wait = spawn("wait", condition.wait());
        turn().await;
        assert!(!condition.locked());
        condition.acquire().await;
        assert!(condition.locked());
        condition.notify(1)?;
        let (cancelled, released) = (wait.clone(), condition.clone());
        call_soon(move || assert!(cancelled.cancel()));
        call_soon(move || released.release().unwrap());
        assert_eq!(wait.await, Err(Error::Cancelled));
        assert!(condition.locked());
        Ok(())
    });
}

#[test]
fn test_wait_cancel_after_notify() {
    play(async {
        let (condition, reached) = (Condition::new("condition"), Seen::default());
        let waiter = spawn("waiter", {
            let (condition, reached) = (condition.clone(), reached.clone());
            async move {
                let _held = condition.hold().await;
                reached.set();
                condition.wait().await
            }
        });
        turn().await;
        condition.acquire().await;
        condition.notify(1)?;
        turn().await;
        waiter.cancel();
        turn().await;
        condition.release()?;
        turn().await;
        assert!(waiter.is_cancelled() && reached.is());
        Ok(())
    });
}

#[test]
fn test_wait_unacquired() {
    play(async {
        let error = Condition::new("condition").wait().await.unwrap_err();
        let text = "condition “condition” was waited for by main, but nobody holds its lock “condition lock”";
        assert_eq!(error.to_string(), text);
        Ok(())
    });
}

#[test]
fn test_wait_for() {
    play(async {
        let (condition, ready, noted) = (Condition::new("condition"), Seen::default(), Noted::new());
        let task = spawn("task", {
            let (condition, ready, noted) = (condition.clone(), ready.clone(), noted.clone());
            async move {
                condition.acquire().await;
                condition.wait_for(|| ready.is()).await?;
                noted.put(1);
                condition.release()
            }
        });
        turn().await;
        assert!(noted.none());
        condition.acquire().await;
        condition.notify(1)?;
        condition.release()?;
        turn().await;
        assert!(noted.none());
        ready.set();
        condition.acquire().await;
        condition.notify(1)?;
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1]);
        assert!(task.is_done());
        Ok(())
    });
}

#[test]
fn test_wait_for_unacquired() {
    play(async {
        let condition = Condition::new("condition");
        condition.wait_for(|| true).await?;
        assert!(condition.wait_for(|| false).await.is_err());
        Ok(())
    });
}

#[test]
fn test_notify() {
    play(async {
        let (condition, noted) = (Condition::new("condition"), Noted::new());
        let tasks = [1, 2, 3].map(|number| waiting(number, &condition, &noted, true));
        turn().await;
        assert!(noted.none());
        condition.acquire().await;
        condition.notify(1)?;
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1]);
        condition.acquire().await;
        condition.notify(1)?;
        condition.notify(2048)?;
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2, 3]);
        assert!(tasks.iter().all(Task::is_done));
        Ok(())
    });
}

#[test]
fn test_notify_all() {
    play(async {
        let (condition, noted) = (Condition::new("condition"), Noted::new());
        let tasks = [1, 2].map(|number| waiting(number, &condition, &noted, true));
        turn().await;
        assert!(noted.none());
        condition.acquire().await;
        condition.notify_all()?;
        condition.release()?;
        turn().await;
        assert_eq!(noted.all(), [1, 2]);
        assert!(tasks.iter().all(Task::is_done));
        Ok(())
    });
}

#[test]
fn test_notify_unacquired() {
    play(async {
        let error = Condition::new("condition").notify(1).unwrap_err();
        let text = "condition “condition” was notified by main, but nobody holds its lock “condition lock”";
        assert_eq!(error.to_string(), text);
        Ok(())
    });
}

#[test]
fn test_notify_all_unacquired() {
    play(async {
        assert!(Condition::new("condition").notify_all().is_err());
        Ok(())
    });
}

#[test]
fn test_explicit_lock() {
    play(async {
        let lock = Lock::new("lock");
        let condition = Condition::with_lock("condition", &lock);
        assert!(!lock.locked() && !condition.locked());
        {
            let _held = condition.hold().await;
            assert!(lock.locked() && condition.locked());
        }
        assert!(!lock.locked() && !condition.locked());
        {
            let _held = lock.hold().await;
            assert!(lock.locked() && condition.locked() && condition.lock().locked());
        }
        assert!(!lock.locked() && !condition.locked());
        Ok(())
    });
}

#[test]
fn test_timeout_in_block() {
    play(async {
        let condition = Condition::new("condition");
        {
            let _held = condition.hold().await;
            assert_eq!(wait_for(condition.wait(), ms(500)).await, Err(Error::TimedOut));
            assert!(condition.locked());
        }
        assert!(!condition.locked());
        Ok(())
    });
}

/// A task that holds the condition and waits for it until `ready`; what it gets instead is noted, and passed on.
fn noting(condition: &Condition, ready: &Seen, noted: &Noted<Error>) -> Task<()> {
    let (condition, ready, noted) = (condition.clone(), ready.clone(), noted.clone());
    spawn("task", async move {
        let _held = condition.hold().await;
        let told = condition.wait_for(|| ready.is()).await;
        assert!(condition.locked());
        noted.put(told.clone().unwrap_err());
        told
    })
}

#[test]
fn test_cancelled_error_wakeup() {
    play(async {
        let (condition, noted) = (Condition::new("condition"), Noted::new());
        let task = noting(&condition, &Seen::default(), &noted);
        turn().await;
        task.cancel();
        assert_eq!(task.await, Err(Error::Cancelled));
        assert_eq!(noted.all(), [Error::Cancelled]);
        Ok(())
    });
}

#[test]
fn test_cancelled_error_re_aquire() {
    play(async {
        let (condition, ready, noted) = (Condition::new("condition"), Seen::default(), Noted::new());
        let task = noting(&condition, &ready, &noted);
        turn().await;
        condition.acquire().await;
        ready.set();
        condition.notify(1)?;
        turn().await;
        // It has been notified, and wants the lock.
        task.cancel();
        condition.release()?;
        assert_eq!(task.await, Err(Error::Cancelled));
        assert_eq!(noted.all(), [Error::Cancelled]);
        Ok(())
    });
}

/// One of two consumers is notified and cancelled, at once or when it wants the lock again; the item is consumed all the
/// same.
fn cancelled_wakeup(turns: u32) {
    play(async move {
        let (condition, state) = (Condition::new("condition"), Rc::new(Cell::new(0)));
        let consumers = ["one", "two"].map(|name| {
            let (condition, state) = (condition.clone(), state.clone());
            spawn(name, async move {
                let _held = condition.hold().await;
                loop {
                    condition.wait_for(|| state.get() != 0).await?;
                    if state.get() < 0 {
                        return Ok(());
                    }
                    state.set(state.get() - 1);
                }
            })
        });
        turn().await;
        {
            let _held = condition.hold().await;
            state.set(state.get() + 1);
            condition.notify(1)?;
            for _ in 0..turns {
                turn().await;
            }
            consumers[0].cancel();
            let _ = timeout(ms(10), condition.wait_for(|| state.get() == 0)).await;
            assert_eq!(state.get(), 0);
            state.set(-1);
            condition.notify_all()?;
        }
        let [one, two] = consumers;
        two.await?;
        assert!(one.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_cancelled_wakeup() {
    cancelled_wakeup(0);
}

#[test]
fn test_cancelled_wakeup_relock() {
    cancelled_wakeup(1);
}

#[test]
fn test_initial_value_zero() {
    play(async {
        assert!(Semaphore::new("semaphore", 0).locked());
        Ok(())
    });
}

#[test]
fn test_acquire_cancel_before_awoken() {
    play(async {
        let semaphore = Semaphore::new("semaphore", 0);
        let [one, two, three, four] = [(); 4].map(|()| awaiting(semaphore.acquire()));
        turn().await;
        one.cancel();
        two.cancel();
        semaphore.release();
        turn().await;
        turn().await;
        assert!(three.is_done() && !four.is_done());
        four.cancel();
        turn().await;
        Ok(())
    });
}

#[test]
fn test_acquire_hang() {
    play(async {
        let semaphore = Semaphore::new("semaphore", 0);
        let (one, two) = (awaiting(semaphore.acquire()), awaiting(semaphore.acquire()));
        turn().await;
        one.cancel();
        semaphore.release();
        turn().await;
        turn().await;
        assert!(semaphore.locked() && two.is_done());
        Ok(())
    });
}

#[test]
fn test_acquire_no_hang() {
    play(async {
        let semaphore = Semaphore::new("semaphore", 1);
        let second: Rc<Cell<Option<Task<()>>>> = Rc::default();
        let one = spawn("one", {
            let (semaphore, second) = (semaphore.clone(), second.clone());
            async move {
                {
                    let _held = semaphore.hold().await;
                    turn().await;
                }
                second.take().expect("it has been spawned").cancel();
                Ok(())
            }
        });
        let two = spawn("two", {
            let semaphore = semaphore.clone();
            async move {
                let _held = semaphore.hold().await;
                panic!("it is cancelled before it has a permit");
            }
        });
        second.set(Some(two.clone()));
        assert_eq!(gather([one, two]).collect_errors().await?, [Ok(()), Err(Error::Cancelled)]);
        wait_for(awaiting(semaphore.acquire()), ms(1000)).await?;
        Ok(())
    });
}

#[test]
fn test_acquire_fifo_order() {
    play(async {
        let (semaphore, noted) = (Semaphore::new("semaphore", 1), Noted::new());
        let tasks = task_group(async |group| {
            for name in ["c1", "c2", "c3"] {
                let (semaphore, noted) = (semaphore.clone(), noted.clone());
                group.spawn(name, async move {
                    for round in [1, 2] {
                        semaphore.acquire().await;
                        noted.put(format!("{name}_{round}"));
                        sleep(ms(10)).await;
                        semaphore.release();
                    }
                    Ok(())
                });
            }
            Ok(())
        });
        tasks.await?;
        assert_eq!(noted.all(), ["c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"]);
        Ok(())
    });
}

#[test]
fn test_acquire_fifo_order_2() {
    play(async {
        let (semaphore, noted) = (Semaphore::new("semaphore", 1), Noted::new());
        let one = taking(1, semaphore.acquire(), &noted);
        let two = spawn("task-2", {
            let (semaphore, noted) = (semaphore.clone(), noted.clone());
            async move {
                semaphore.acquire().await;
                noted.put(2);
                semaphore.release();
                semaphore.acquire().await;
                noted.put(4);
                Ok(())
            }
        });
        let three = taking(3, semaphore.acquire(), &noted);
        turn().await;
        semaphore.release();
        semaphore.release();
        gather([one, two, three]).await?;
        assert_eq!(noted.all(), [1, 2, 3, 4]);
        Ok(())
    });
}

#[test]
fn test_acquire_fifo_order_3() {
    play(async {
        let (semaphore, noted) = (Semaphore::new("semaphore", 0), Noted::new());
        let tasks = [1, 2, 3].map(|number| taking(number, semaphore.acquire(), &noted));
        turn().await;
        tasks[0].cancel();
        turn().await;
        semaphore.release();
        semaphore.release();
        gather(tasks).collect_errors().await?;
        assert_eq!(noted.all(), [2, 3]);
        Ok(())
    });
}

#[test]
fn test_acquire_fifo_order_4() {
    play(async {
        let (semaphore, noted) = (Semaphore::new("semaphore", 0), Noted::new());
        let fourth: Rc<Cell<Option<Task<()>>>> = Rc::default();
        let one = spawn("task-1", {
            let (semaphore, noted, fourth) = (semaphore.clone(), noted.clone(), fourth.clone());
            async move {
                semaphore.acquire().await;
                fourth.set(Some(taking(4, async {}, &noted)));
                noted.put(1);
                Ok(())
            }
        });
        let two = spawn("task-2", {
            let (semaphore, noted) = (semaphore.clone(), noted.clone());
            async move {
                (0..3).for_each(|_| semaphore.release());
                assert!(semaphore.locked(), "the first has not had its turn yet");
                semaphore.acquire().await;
                noted.put(2);
                Ok(())
            }
        });
        let three = spawn("task-3", {
            let (semaphore, noted) = (semaphore.clone(), noted.clone());
            async move {
                semaphore.acquire().await;
                assert!(semaphore.locked());
                noted.put(3);
                Ok(())
            }
        });
        turn().await;
        turn().await;
        let four = fourth.take().expect("the first has spawned it");
        gather([one, two, three, four]).await?;
        assert_eq!(noted.all(), [1, 2, 3, 4]);
        Ok(())
    });
}

/// How many tasks most of the barriers are for.
const PARTIES: usize = 5;

fn barrier() -> Barrier {
    Barrier::new("barrier", PARTIES)
}

/// A task that waits at a barrier, for its place.
fn passing(barrier: &Barrier) -> Task<usize> {
    let barrier = barrier.clone();
    spawn("passing", async move { Ok(barrier.wait().await?) })
}

/// So many tasks that do this.
fn many<T: 'static>(count: usize, what: impl AsyncFn() -> Result<T, Error> + 'static) -> Vec<Task<T>> {
    let what = Rc::new(what);
    (1..=count)
        .map(|number| {
            let what = what.clone();
            spawn(format!("task-{number}"), async move { what().await })
        })
        .collect()
}

/// What all of these have returned, and then nobody waits at the barrier.
async fn all<T: Clone + 'static>(tasks: Vec<Task<T>>, barrier: &Barrier, broken: bool) -> Result<Vec<T>, Error> {
    let values = gather(tasks).await?;
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, broken));
    Ok(values)
}

#[test]
fn test_barrier_parties() {
    play(async {
        assert!(catch_unwind(AssertUnwindSafe(|| Barrier::new("for nobody", 0))).is_err());
        assert_eq!(barrier().parties(), PARTIES);
        Ok(())
    });
}

#[test]
fn test_filling_one_task() {
    play(async {
        let barrier = Barrier::new("barrier", 1);
        assert_eq!(barrier.wait().await, Ok(0));
        assert!(barrier.waiting() == 0 && !barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_filling_one_task_twice() {
    play(async {
        let barrier = Barrier::new("barrier", 1);
        let one = passing(&barrier);
        turn().await;
        assert_eq!(barrier.waiting(), 0);
        let two = passing(&barrier);
        turn().await;
        assert_eq!((one.result(), two.result()), (Ok(0), Ok(0)));
        assert!(barrier.waiting() == 0 && !barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_filling_task_by_task() {
    play(async {
        let barrier = Barrier::new("barrier", 3);
        let mut tasks = Vec::new();
        for there in [1, 2] {
            tasks.push(passing(&barrier));
            turn().await;
            assert_eq!(barrier.waiting(), there);
        }
        tasks.push(passing(&barrier));
        turn().await;
        let places = all(tasks, &barrier, false).await?;
        assert_eq!(places, [0, 1, 2]);
        Ok(())
    });
}

#[test]
fn test_filling_tasks_wait_twice() {
    play(async {
        let (barrier, noted) = (barrier(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, noted) = (barrier.clone(), noted.clone());
            async move || {
                barrier.wait().await?;
                noted.put(true);
                barrier.wait().await?;
                noted.put(false);
                Ok(())
            }
        });
        all(tasks, &barrier, false).await?;
        assert_eq!(noted.all(), [[true; PARTIES], [false; PARTIES]].concat());
        Ok(())
    });
}

#[test]
fn test_filling_tasks_check_return_value() {
    play(async {
        let (barrier, noted) = (barrier(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, noted) = (barrier.clone(), noted.clone());
            async move || {
                barrier.wait().await?;
                noted.put(1);
                let place = barrier.wait().await?;
                noted.put(2);
                Ok(place)
            }
        });
        let mut places = all(tasks, &barrier, false).await?;
        places.sort();
        assert_eq!(places, (0..PARTIES).collect::<Vec<_>>());
        assert_eq!(noted.all(), [[1; PARTIES], [2; PARTIES]].concat());
        Ok(())
    });
}

#[test]
fn test_blocking_tasks_while_draining() {
    play(async {
        let again = 2;
        let (barrier, others) = (barrier(), Barrier::new("others", PARTIES - again));
        let left = Rc::new(Cell::new(again));
        let tasks = many(PARTIES, {
            let barrier = barrier.clone();
            async move || {
                barrier.wait().await?;
                if left.get() > 0 {
                    left.set(left.get() - 1);
                } else {
                    // Until it has been left by all.
                    others.wait().await?;
                }
                barrier.wait().await?;
                Ok(())
            }
        });
        all(tasks, &barrier, false).await?;
        Ok(())
    });
}

#[test]
fn test_filling_tasks_cancel_one() {
    play(async {
        let barrier = Barrier::new("barrier", 3);
        let one = passing(&barrier);
        turn().await;
        assert_eq!(barrier.waiting(), 1);
        let two = passing(&barrier);
        turn().await;
        assert_eq!(barrier.waiting(), 2);
        one.cancel();
        turn().await;
        assert_eq!(barrier.waiting(), 1);
        assert_eq!(one.await, Err(Error::Cancelled));
        let three = passing(&barrier);
        turn().await;
        assert_eq!(barrier.waiting(), 2);
        let four = passing(&barrier);
        let places = all(vec![two, three, four], &barrier, false).await?;
        assert_eq!(places.len(), 3);
        Ok(())
    });
}

#[test]
fn test_reset_barrier() {
    play(async {
        let barrier = Barrier::new("barrier", 1);
        barrier.reset();
        assert!(barrier.waiting() == 0 && !barrier.is_broken());
        assert_eq!(barrier.wait().await, Ok(0));
        Ok(())
    });
}

#[test]
fn test_reset_barrier_while_tasks_waiting() {
    play(async {
        let barrier = barrier();
        let tasks: Vec<_> = (1..PARTIES).map(|_| passing(&barrier)).collect();
        turn().await;
        barrier.reset();
        let results = gather(tasks).collect_errors().await?;
        let broken = Err(Error::raised("barrier “barrier” is broken for passing: main reset it"));
        assert_eq!(results, vec![broken; PARTIES - 1]);
        assert!(barrier.waiting() == 0 && !barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_reset_barrier_when_tasks_half_draining() {
    play(async {
        let (barrier, broken, left) = (barrier(), Noted::new(), Rc::new(Cell::new(0)));
        let tasks = many(PARTIES, {
            let (barrier, broken) = (barrier.clone(), broken.clone());
            async move || {
                match barrier.wait().await {
                    Err(_) => broken.put(true),
                    Ok(_) => {
                        left.set(left.get() + 1);
                        if PARTIES - left.get() == PARTIES / 2 {
                            barrier.reset();
                        }
                    }
                }
                Ok(())
            }
        });
        all(tasks, &barrier, false).await?;
        assert_eq!(broken.all(), vec![true; PARTIES / 2]);
        Ok(())
    });
}

#[test]
fn test_reset_barrier_when_tasks_half_draining_half_blocking() {
    play(async {
        let (barrier, count) = (barrier(), Rc::new(Cell::new(0)));
        let (waiting, blocked) = (Noted::new(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, waiting, blocked) = (barrier.clone(), waiting.clone(), blocked.clone());
            async move || {
                if barrier.wait().await.is_err() {
                    waiting.put(true);
                    barrier.wait().await?;
                    return Ok(());
                }
                count.set(count.get() + 1);
                if count.get() > PARTIES / 2 {
                    barrier.reset();
                    barrier.wait().await?;
                } else if barrier.wait().await.is_err() {
                    blocked.put(true);
                }
                Ok(())
            }
        });
        all(tasks, &barrier, false).await?;
        assert_eq!(waiting.all(), vec![true; PARTIES / 2]);
        assert!(blocked.none());
        Ok(())
    });
}

#[test]
fn test_reset_barrier_while_tasks_waiting_and_waiting_again() {
    play(async {
        let (barrier, broken, passed) = (barrier(), Noted::new(), Noted::new());
        let tasks = many(PARTIES - 1, {
            let (barrier, broken, passed) = (barrier.clone(), broken.clone(), passed.clone());
            async move || {
                if barrier.wait().await.is_err() {
                    broken.put(true);
                }
                barrier.wait().await?;
                passed.put(true);
                Ok(())
            }
        });
        turn().await;
        barrier.reset();
        turn().await;
        let last = passing(&barrier);
        all(tasks, &barrier, false).await?;
        last.await?;
        assert_eq!(broken.all(), [true; PARTIES - 1]);
        assert_eq!(passed.all(), [true; PARTIES - 1]);
        Ok(())
    });
}

#[test]
fn test_reset_barrier_while_tasks_draining() {
    play(async {
        let (barrier, count) = (barrier(), Rc::new(Cell::new(0)));
        let (second, third) = (Noted::new(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, second, third) = (barrier.clone(), second.clone(), third.clone());
            async move || {
                barrier.wait().await?;
                count.set(count.get() + 1);
                let is_last = count.get() == PARTIES;
                if is_last {
                    barrier.reset();
                }
                barrier.wait().await?;
                if !is_last {
                    second.put(true);
                }
                barrier.wait().await?;
                third.put(true);
                Ok(())
            }
        });
        all(tasks, &barrier, false).await?;
        assert_eq!(second.all(), [true; PARTIES - 1]);
        assert_eq!(third.all(), [true; PARTIES]);
        Ok(())
    });
}

#[test]
fn test_abort_barrier() {
    play(async {
        let barrier = Barrier::new("barrier", 1);
        barrier.abort();
        assert!(barrier.waiting() == 0 && barrier.is_broken());
        let error = barrier.wait().await.unwrap_err();
        assert_eq!(error.to_string(), "barrier “barrier” is broken for main: main aborted it");
        Ok(())
    });
}

#[test]
fn test_abort_barrier_when_tasks_half_draining_half_blocking() {
    play(async {
        let (barrier, count) = (barrier(), Rc::new(Cell::new(0)));
        let (waiting, blocked) = (Noted::new(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, waiting, blocked) = (barrier.clone(), waiting.clone(), blocked.clone());
            async move || {
                if barrier.wait().await.is_err() {
                    waiting.put(true);
                    return Ok(());
                }
                count.set(count.get() + 1);
                if count.get() > PARTIES / 2 {
                    barrier.abort();
                } else if barrier.wait().await.is_err() {
                    blocked.put(true);
                }
                Ok(())
            }
        });
        all(tasks, &barrier, true).await?;
        assert_eq!(waiting.all(), vec![true; PARTIES / 2]);
        assert_eq!(blocked.all(), vec![true; PARTIES - PARTIES / 2 - 1]);
        Ok(())
    });
}

#[test]
fn test_abort_barrier_when_exception() {
    play(async {
        let (barrier, passed, broken) = (barrier(), Noted::new(), Noted::new());
        let tasks = many(PARTIES, {
            let (barrier, passed, broken) = (barrier.clone(), passed.clone(), broken.clone());
            async move || {
                if barrier.wait().await? == PARTIES / 2 {
                    barrier.abort();
                    return Ok(());
                }
                match barrier.wait().await {
                    Ok(_) => passed.put(true),
                    Err(_) => broken.put(true),
                }
                Ok(())
            }
        });
        // Those that had not left it yet have failed.
        let results = gather(tasks).collect_errors().await?;
        results.iter().filter(|result| result.is_err()).for_each(|_| broken.put(true));
        assert!(barrier.waiting() == 0 && barrier.is_broken());
        assert!(passed.none());
        assert_eq!(broken.all(), [true; PARTIES - 1]);
        Ok(())
    });
}

#[test]
fn test_abort_barrier_when_exception_then_resetting() {
    play(async {
        let (first, second) = (barrier(), Barrier::new("second", PARTIES));
        let (passed, broken, again) = (Noted::new(), Noted::new(), Noted::new());
        let tasks = many(PARTIES, {
            let (first, passed, broken, again) = (first.clone(), passed.clone(), broken.clone(), again.clone());
            async move || {
                match first.wait().await {
                    Ok(place) if place == PARTIES / 2 => first.abort(),
                    Ok(_) if first.wait().await.is_ok() => passed.put(true),
                    Ok(_) | Err(_) => broken.put(true),
                }
                // All have left it when it is reset, and nobody comes before.
                if second.wait().await? == PARTIES / 2 {
                    first.reset();
                }
                second.wait().await?;
                first.wait().await?;
                again.put(true);
                Ok(())
            }
        });
        all(tasks, &first, false).await?;
        assert!(passed.none());
        assert_eq!(broken.all(), [true; PARTIES - 1]);
        assert_eq!(again.all(), [true; PARTIES]);
        Ok(())
    });
}
