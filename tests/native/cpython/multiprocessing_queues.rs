//! What CPython's tests of `multiprocessing`'s queues assert.

use std::time::Duration;

use weft::runtime::processes::{
    Entry, EntryPoint, ErrorKind, Event, JoinableQueue, Process, Queue, SimpleQueue, try_call,
};
use weft::runtime::threads::sleep;
use weft::runtime::{Failure, now};
use weft::trace::Nanos;

use super::ms;
use crate::processes::play;

const TAKE: Entry<(Queue<u32>, Event, Event)> = Entry { name: "take", call: |arguments| try_call(take, arguments) };
const GIVE: Entry<(Queue<u32>, Event, Event)> = Entry { name: "give", call: |arguments| try_call(give, arguments) };
const PUT: Entry<Queue<u32>> = Entry { name: "put", call: |arguments| try_call(put, arguments) };
const WORK: Entry<JoinableQueue<Option<u32>>> = Entry { name: "work", call: |arguments| try_call(work, arguments) };
const FILL: Entry<(SimpleQueue<bool>, Event, Event)> =
    Entry { name: "fill", call: |arguments| try_call(fill, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 5] = [&TAKE, &GIVE, &PUT, &WORK, &FILL];
    all.into_iter().find(|entry| entry.name() == name)
}

fn take((queue, start, go_on): (Queue<u32>, Event, Event)) -> Result<(), Failure> {
    start.wait();
    for _ in 0..6 {
        queue.get()?;
    }
    go_on.set();
    Ok(())
}

fn give((queue, start, go_on): (Queue<u32>, Event, Event)) -> Result<(), Failure> {
    start.wait();
    (2..=5).try_for_each(|number| queue.put(&number))?;
    go_on.set();
    Ok(())
}

fn put(queue: Queue<u32>) -> Result<(), Failure> {
    (10..20).try_for_each(|number| queue.put(&number))?;
    Ok(())
}

fn work(queue: JoinableQueue<Option<u32>>) -> Result<(), Failure> {
    while let Some(_number) = queue.get()? {
        sleep(ms(10));
        queue.task_done()?;
    }
    Ok(())
}

fn fill((queue, start, go_on): (SimpleQueue<bool>, Event, Event)) -> Result<(), Failure> {
    start.wait();
    queue.put(&true)?;
    queue.put(&false)?;
    go_on.set();
    Ok(())
}

/// What `attempt` fails with; it must take so long.
fn fails<T>(timeout: Duration, attempt: impl FnOnce() -> Result<T, weft::runtime::processes::Error>) -> ErrorKind {
    let before = now();
    let kind = attempt().err().expect("it must fail").kind;
    assert!(now() >= before + Nanos::from(timeout));
    kind
}

#[test]
fn test_put() {
    play(find, || {
        let (queue, start, go_on) = (Queue::bounded("queue", 6), Event::new("start"), Event::new("go on"));
        let process = Process::start_daemon("process", &TAKE, (queue.clone(), start.clone(), go_on.clone()));
        assert!(queue.is_empty() && !queue.is_full());
        (1..=3).try_for_each(|number| queue.put(&number))?;
        (4..=6).try_for_each(|number| queue.try_put(&number))?;
        assert!(!queue.is_empty() && queue.is_full());
        assert_eq!(fails(Duration::ZERO, || queue.try_put(&7)), ErrorKind::Full);
        for timeout in [ms(0), ms(82), ms(140)] {
            assert_eq!(fails(timeout, || queue.put_timeout(&7, timeout)), ErrorKind::Full);
        }
        start.set();
        go_on.wait();
        assert!(queue.is_empty() && !queue.is_full());
        process.join();
        Ok(())
    });
}

#[test]
fn test_get() {
    play(find, || {
        let (queue, start, go_on) = (Queue::new("queue"), Event::new("start"), Event::new("go on"));
        let process = Process::start_daemon("process", &GIVE, (queue.clone(), start.clone(), go_on.clone()));
        assert!(queue.is_empty());
        start.set();
        go_on.wait();
        assert!(!queue.is_empty());
        assert_eq!((queue.get()?, queue.get()?), (2, 3));
        assert_eq!((queue.get_timeout(Duration::from_secs(1))?, queue.try_get()?), (4, 5));
        assert!(queue.is_empty());
        assert_eq!(fails(Duration::ZERO, || queue.try_get()), ErrorKind::Empty);
        for timeout in [ms(0), ms(82), ms(140)] {
            assert_eq!(fails(timeout, || queue.get_timeout(timeout)), ErrorKind::Empty);
        }
        process.join();
        Ok(())
    });
}

#[test]
fn test_fork() {
    play(find, || {
        let queue = Queue::new("queue");
        (0..10).try_for_each(|number| queue.put(&number))?;
        let process = Process::start_daemon("process", &PUT, queue.clone());
        for number in 0..20 {
            assert_eq!(queue.get()?, number);
        }
        assert_eq!(fails(Duration::ZERO, || queue.try_get()), ErrorKind::Empty);
        process.join();
        Ok(())
    });
}

#[test]
fn test_qsize() {
    play(find, || {
        let queue = Queue::new("queue");
        assert_eq!(queue.len(), 0);
        queue.put(&1)?;
        assert_eq!(queue.len(), 1);
        queue.put(&5)?;
        assert_eq!(queue.len(), 2);
        queue.get()?;
        assert_eq!(queue.len(), 1);
        queue.get()?;
        assert_eq!(queue.len(), 0);
        Ok(())
    });
}

#[test]
fn test_task_done() {
    play(find, || {
        let queue = JoinableQueue::new("queue");
        let start = |number| Process::start_daemon(format!("worker-{number}"), &WORK, queue.clone());
        let workers: Vec<_> = (0..4).map(start).collect();
        (0..10).try_for_each(|number| queue.put(&Some(number)))?;
        queue.join();
        assert!(queue.is_empty(), "all were got, and are done");
        // Nobody marks these as done.
        workers.iter().try_for_each(|_| queue.put(&None))?;
        workers.iter().for_each(|worker| assert_eq!(worker.join().code, 0));
        (0..4).try_for_each(|_| queue.task_done())?;
        let message = queue.task_done().unwrap_err().message;
        assert!(message.starts_with("ValueError: task_done of queue “queue” was called by main"), "{message}");
        queue.join();
        Ok(())
    });
}

#[test]
fn test_timeout() {
    play(find, || {
        let queue = Queue::<u32>::new("queue");
        assert_eq!(fails(ms(200), || queue.get_timeout(ms(200))), ErrorKind::Empty);
        Ok(())
    });
}

#[test]
fn test_closed_queue_put_get_exceptions() {
    play(find, || {
        let queue = Queue::new("queue");
        queue.close();
        let joinable = JoinableQueue::new("joinable");
        joinable.close();
        let errors = [
            queue.put(&1).unwrap_err(),
            queue.get().unwrap_err(),
            joinable.put(&1).unwrap_err(),
            joinable.get().unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, ErrorKind::Closed);
            assert!(error.message.starts_with("ValueError: ") && error.message.contains("is closed"), "{error}");
        }
        // What was not put need not be done.
        joinable.join();
        Ok(())
    });
}

#[test]
fn test_empty() {
    play(find, || {
        let (queue, start, go_on) = (SimpleQueue::new("queue"), Event::new("start"), Event::new("go on"));
        let process = Process::start_daemon("process", &FILL, (queue.clone(), start.clone(), go_on.clone()));
        assert!(queue.is_empty());
        start.set();
        go_on.wait();
        assert!(!queue.is_empty());
        assert_eq!((queue.get()?, queue.get()?), (true, false));
        assert!(queue.is_empty());
        process.join();
        Ok(())
    });
}

#[test]
fn test_close() {
    play(find, || {
        let queue = SimpleQueue::<bool>::new("queue");
        queue.close();
        queue.close();
        Ok(())
    });
}
