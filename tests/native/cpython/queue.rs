//! CPython's `test_queue.py`, for the queues of threads of all orders.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use weft::runtime::Failure;
use weft::runtime::threads::{Barrier, Event, GetError, JoinHandle, PutError, Queue, spawn};

use super::ms;
use crate::threads::{run, until};

const SIZE: usize = 5;

/// A queue of each order, for at most `capacity` items.
fn queues(capacity: usize) -> [Queue<i32>; 3] {
    [
        Queue::bounded("queue", capacity),
        Queue::bounded_last_in_first_out("stack", capacity),
        Queue::bounded_priority("heap", capacity),
    ]
}

/// Runs a test with each of them.
fn for_each(capacity: usize, test: impl Fn(Queue<i32>) -> Result<(), Failure>) {
    for order in 0..3 {
        run(|| test(queues(capacity)[order].clone()));
    }
}

/// Calls `body`, which shall block until another thread has called `trigger`.
fn blocking<T>(body: impl FnOnce() -> T, trigger: impl FnOnce() + Send + 'static) -> T {
    let triggered = Arc::new(AtomicBool::new(false));
    let thread = spawn("trigger", {
        let triggered = triggered.clone();
        move || {
            weft::runtime::threads::sleep(ms(20));
            triggered.store(true, SeqCst);
            trigger();
        }
    });
    let value = body();
    assert!(triggered.load(SeqCst), "it did not block");
    thread.join();
    value
}

#[test]
fn test_queue_task_done() {
    for_each(SIZE, |queue| {
        assert!(queue.task_done().is_err());
        Ok(())
    });
}

#[test]
fn test_queue_join() {
    fn check(queue: &Queue<i32>) -> Result<(), Failure> {
        let sum = Arc::new(AtomicUsize::new(0));
        let work = || {
            let (queue, sum) = (queue.clone(), sum.clone());
            move || loop {
                let item = queue.get()?;
                let stop = item < 0;
                if !stop {
                    sum.fetch_add(item as usize, SeqCst);
                }
                queue.task_done()?;
                if stop {
                    return Ok::<(), Failure>(());
                }
            }
        };
        let workers = [spawn("worker-1", work()), spawn("worker-2", work())];
        for item in 0..100 {
            queue.put(item)?;
        }
        queue.join();
        assert_eq!(sum.load(SeqCst), 4950);
        queue.put(-1)?;
        queue.put(-1)?;
        queue.join();
        workers.into_iter().try_for_each(JoinHandle::join)
    }
    for_each(usize::MAX, |queue| {
        check(&queue)?;
        check(&queue)?;
        assert!(queue.task_done().is_err());
        Ok(())
    });
}

#[test]
fn test_basic() {
    fn check(queue: &Queue<i32>, order: [i32; 3]) -> Result<(), Failure> {
        assert!(queue.is_empty() && !queue.is_full());
        for item in [111, 333, 222] {
            queue.put(item)?;
        }
        assert_eq!([queue.get()?, queue.get()?, queue.get()?], order);
        for item in 1..SIZE {
            queue.put(item as i32)?;
            assert_eq!((queue.len(), queue.is_full()), (item, false));
        }
        queue.put(10)?;
        assert!(queue.is_full() && !queue.is_empty());
        assert!(matches!(queue.try_put(30), Err(PutError::Full(_))));
        assert!(matches!(queue.put_timeout(30, ms(10)), Err(PutError::Full(_))));
        let other = || {
            let queue = queue.clone();
            move || drop(queue.get())
        };
        blocking(|| queue.put(30), other())?;
        blocking(|| queue.put_timeout(30, ms(10_000)), other())?;
        for _ in 0..SIZE {
            queue.get()?;
        }
        assert!(queue.is_empty());
        assert!(matches!(queue.try_get(), Err(GetError::Empty(_))));
        assert!(matches!(queue.get_timeout(ms(10)), Err(GetError::Empty(_))));
        let other = || {
            let queue = queue.clone();
            move || drop(queue.put(5))
        };
        blocking(|| queue.get(), other())?;
        blocking(|| queue.get_timeout(ms(10_000)), other())?;
        Ok(())
    }
    for (order, items) in [[111, 333, 222], [222, 333, 111], [111, 222, 333]].into_iter().enumerate() {
        run(|| {
            let queue = queues(SIZE)[order].clone();
            check(&queue, items)?;
            check(&queue, items)
        });
    }
}

#[test]
fn test_nowait() {
    for_each(SIZE, |queue| {
        assert_eq!([(); SIZE].map(|()| queue.try_put(1)), [const { Ok(()) }; SIZE]);
        assert!(matches!(queue.try_put(1), Err(PutError::Full(_))));
        assert_eq!([(); SIZE].map(|()| queue.try_get()), [const { Ok(1) }; SIZE]);
        assert!(matches!(queue.try_get(), Err(GetError::Empty(_))));
        Ok(())
    });
}

#[test]
fn test_shutdown_empty() {
    for_each(SIZE, |queue| {
        queue.shutdown(false);
        assert!(queue.put(1).is_err() && queue.get().is_err());
        Ok(())
    });
}

#[test]
fn test_shutdown_nonempty() {
    for_each(SIZE, |queue| {
        queue.put(1)?;
        queue.shutdown(false);
        queue.get()?;
        let message = queue.get().unwrap_err().to_string();
        assert_eq!(message, format!("main found queue “{}” shut down", queue.name()));
        Ok(())
    });
}

#[test]
fn test_shutdown_immediate() {
    for_each(SIZE, |queue| {
        queue.put(1)?;
        queue.shutdown(true);
        assert!(queue.get().is_err());
        Ok(())
    });
}

#[test]
fn test_shutdown_allowed_transitions() {
    for_each(SIZE, |queue| {
        assert!(!queue.is_shutdown());
        queue.shutdown(false);
        assert!(queue.is_shutdown());
        queue.shutdown(true);
        assert!(queue.is_shutdown());
        queue.shutdown(false);
        assert!(queue.is_shutdown());
        Ok(())
    });
}

fn in_one_thread(immediate: bool) {
    for_each(2, |queue| {
        queue.put(1)?;
        queue.try_put(2).unwrap();
        queue.shutdown(immediate);
        assert!(queue.put(3).is_err());
        assert!(matches!(queue.try_put(4), Err(PutError::ShutDown(_))));
        if immediate {
            assert!(queue.task_done().is_err());
        } else {
            for _ in 0..2 {
                queue.get()?;
                queue.task_done()?;
            }
            assert!(matches!(queue.get_timeout(ms(1000)), Err(GetError::ShutDown(_))));
        }
        assert!(queue.get().is_err());
        assert!(matches!(queue.try_get(), Err(GetError::ShutDown(_))));
        queue.join();
        Ok(())
    });
}

#[test]
fn test_shutdown_all_methods_in_one_thread() {
    in_one_thread(false);
}

#[test]
fn test_shutdown_immediate_all_methods_in_one_thread() {
    in_one_thread(true);
}

/// Four threads put, six get, one shuts the queue down when half is put, and, if that is immediate, two join.
fn in_many_threads(immediate: bool) {
    const ITEMS: i32 = 4000;
    const HALF: i32 = ITEMS / 2;
    for_each(usize::MAX, |queue| {
        let start = Barrier::new("start", if immediate { 12 } else { 10 });
        let half_put = Event::new("half put");
        let put = || {
            let (queue, start, half_put) = (queue.clone(), start.clone(), half_put.clone());
            move || {
                (0..HALF / 2).for_each(|item| queue.put(item).unwrap());
                start.wait().unwrap();
                let put = (HALF / 2..ITEMS).take_while(|item| {
                    if *item == HALF {
                        half_put.set();
                    }
                    queue.put(*item).is_ok()
                });
                put.count()
            }
        };
        let get = || {
            let (queue, start) = (queue.clone(), start.clone());
            move || {
                queue.get()?;
                queue.task_done()?;
                start.wait()?;
                loop {
                    match queue.try_get() {
                        Ok(_) => queue.task_done()?,
                        Err(GetError::Empty(_)) => std::thread::yield_now(),
                        Err(GetError::ShutDown(_)) => return Ok::<(), Failure>(()),
                    }
                }
            }
        };
        let joining = || {
            let (queue, start) = (queue.clone(), start.clone());
            move || {
                start.wait()?;
                queue.join();
                Ok::<(), Failure>(())
            }
        };
        let putting: Vec<_> = (0..4).map(|number| spawn(format!("putting-{number}"), put())).collect();
        let mut others: Vec<_> = (0..6).map(|number| spawn(format!("getting-{number}"), get())).collect();
        if immediate {
            others.extend((0..2).map(|number| spawn(format!("joining-{number}"), joining())));
        }
        half_put.wait();
        queue.shutdown(immediate);
        assert!(putting.into_iter().map(JoinHandle::join).all(|put| put <= ITEMS as usize));
        others.into_iter().try_for_each(JoinHandle::join)?;
        assert!(queue.is_empty());
        Ok(())
    });
}

#[test]
fn test_shutdown_all_methods_in_many_threads() {
    in_many_threads(false);
}

#[test]
fn test_shutdown_immediate_all_methods_in_many_threads() {
    in_many_threads(true);
}

/// Starts threads that do this with the queue once they may go.
fn threads<T: Send + 'static>(
    count: usize,
    queue: &Queue<i32>,
    go: &Event,
    body: impl Fn(&Queue<i32>) -> T + Clone + Send + 'static,
) -> Vec<JoinHandle<T>> {
    let start = |number| {
        let (queue, go, body) = (queue.clone(), go.clone(), body.clone());
        spawn(format!("thread-{number}"), move || {
            go.wait();
            body(&queue)
        })
    };
    (0..count).map(start).collect()
}

/// How many of these returned true.
fn count(threads: Vec<JoinHandle<bool>>) -> usize {
    threads.into_iter().map(JoinHandle::join).filter(|value| *value).count()
}

fn shutdown_get(immediate: bool) {
    for_each(2, |queue| {
        let go = Event::new("go");
        queue.put(1)?;
        queue.put(2)?;
        let getting = threads(3, &queue, &go, |queue| queue.get().is_ok());
        queue.shutdown(immediate);
        go.set();
        assert_eq!(count(getting), if immediate { 0 } else { 2 });
        Ok(())
    });
}

#[test]
fn test_shutdown_get() {
    shutdown_get(false);
}

#[test]
fn test_shutdown_immediate_get() {
    shutdown_get(true);
}

fn shutdown_put(immediate: bool) {
    for_each(2, |queue| {
        let go = Event::new("go");
        go.set();
        queue.put(1)?;
        queue.put(2)?;
        let putting = threads(2, &queue, &go, |queue| queue.put(3).is_ok());
        queue.shutdown(immediate);
        assert_eq!(count(putting), 0);
        Ok(())
    });
}

#[test]
fn test_shutdown_put() {
    shutdown_put(false);
}

#[test]
fn test_shutdown_immediate_put() {
    shutdown_put(true);
}

fn get_and_do(queue: &Queue<i32>) -> bool {
    queue.get().is_ok() && queue.task_done().is_ok()
}

fn shutdown_join(immediate: bool) {
    for_each(SIZE, |queue| {
        let (now, go) = (Event::new("now"), Event::new("go"));
        now.set();
        queue.put(1)?;
        let joining = threads(2, &queue, &now, Queue::join);
        let doing = threads(usize::from(!immediate), &queue, &go, get_and_do);
        queue.shutdown(immediate);
        go.set();
        joining.into_iter().for_each(JoinHandle::join);
        assert_eq!(count(doing), usize::from(!immediate));
        Ok(())
    });
}

#[test]
fn test_shutdown_immediate_join() {
    shutdown_join(true);
}

#[test]
fn test_shutdown_join() {
    shutdown_join(false);
}

fn shutdown_put_join(immediate: bool) {
    for_each(2, |queue| {
        let (now, go) = (Event::new("now"), Event::new("go"));
        now.set();
        queue.put(1)?;
        let putting = threads(1, &queue, &go, |queue| queue.put(2).is_ok());
        let joining = threads(1, &queue, &now, Queue::join);
        queue.shutdown(immediate);
        go.set();
        if immediate {
            assert!(matches!(queue.try_get(), Err(GetError::ShutDown(_))));
        } else {
            assert_eq!(queue.get(), Ok(1));
            queue.task_done()?;
        }
        assert_eq!(count(putting), 0);
        joining.into_iter().for_each(JoinHandle::join);
        Ok(())
    });
}

#[test]
fn test_shutdown_immediate_put_join() {
    shutdown_put_join(true);
}

#[test]
fn test_shutdown_put_join() {
    shutdown_put_join(false);
}

#[test]
fn test_shutdown_get_task_done_join() {
    for_each(2, |queue| {
        let (now, go) = (Event::new("now"), Event::new("go"));
        now.set();
        queue.put(1)?;
        queue.put(2)?;
        let doing = threads(2, &queue, &go, get_and_do);
        let joining = threads(2, &queue, &now, Queue::join);
        go.set();
        queue.shutdown(false);
        assert_eq!(count(doing), 2);
        joining.into_iter().for_each(JoinHandle::join);
        Ok(())
    });
}

#[test]
fn test_shutdown_pending_get() {
    for_each(SIZE, |queue| {
        let getting = spawn("getting", {
            let queue = queue.clone();
            move || queue.get().is_err()
        });
        weft::runtime::threads::sleep(ms(20));
        assert!(getting.is_alive());
        queue.shutdown(false);
        until(|| !getting.is_alive());
        assert!(getting.join());
        Ok(())
    });
}

#[test]
fn test_many_threads() {
    for_each(usize::MAX, |queue| {
        let done = Arc::new(AtomicUsize::new(0));
        let get = |number| {
            let (queue, done) = (queue.clone(), done.clone());
            spawn(format!("getting-{number}"), move || {
                while queue.get_timeout(Duration::from_secs(10)).is_ok_and(|item| item >= 0) {
                    done.fetch_add(1, SeqCst);
                }
            })
        };
        let put = |number| {
            let queue = queue.clone();
            spawn(format!("putting-{number}"), move || (0..200).for_each(|item| queue.put(item).unwrap()))
        };
        let getting: Vec<_> = (0..5).map(get).collect();
        let putting: Vec<_> = (0..5).map(put).collect();
        putting.into_iter().for_each(JoinHandle::join);
        until(|| queue.is_empty()); // A queue that gives the least would give these first.
        (0..5).try_for_each(|_| queue.put(-1))?;
        getting.into_iter().for_each(JoinHandle::join);
        assert_eq!(done.load(SeqCst), 1000);
        Ok(())
    });
}
