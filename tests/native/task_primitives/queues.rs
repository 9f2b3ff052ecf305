//! Queues: first in, first out, nothing is lost, and when they are joined.

use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures::future::{Either, select};
use weft::runtime::print;
use weft::runtime::tasks::{Error, Queue, sleep, spawn};

use super::{Counted, MS, assert_ordered, begin, levels, resource, run, wakers};

#[test]
fn a_queue_is_first_in_first_out_and_bounded() {
    let timeline = run(async {
        let queue = Queue::bounded("queue", 3);
        let producer = spawn("producer", {
            let queue = queue.clone();
            async move {
                for number in 1..=40 {
                    queue.put(number).await?;
                }
                Ok(())
            }
        });
        sleep(MS).await;
        assert!(queue.is_full());
        assert!(queue.put_nowait(0).is_err(), "it is full");
        for number in 1..=40 {
            assert_eq!(queue.get().await?, number);
        }
        assert!(queue.is_empty());
        let late = spawn("late", {
            let queue = queue.clone();
            async move {
                sleep(MS).await;
                queue.put_nowait(41)?;
                Ok(())
            }
        });
        assert_eq!(queue.get().await?, 41);
        producer.await?;
        late.await?;
        Ok(())
    });
    let levels = levels(&timeline, "queue");
    assert_eq!((levels.iter().min(), levels.iter().max(), levels.len()), (Some(&0), Some(&3), 83));
    assert!(levels.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1), "each change by one");
    assert_ordered(resource(&timeline, "queue"));
    let producer = wakers(&timeline, "producer", "queue");
    assert!(!producer.is_empty() && producer.iter().all(|waker| waker == "main"), "{producer:?}");
    assert_eq!(wakers(&timeline, "main", "queue").last().unwrap(), "late");
}

#[test]
fn a_queue_serves_who_waits_first() {
    let timeline = run(async {
        let queue = Queue::bounded("queue", 1);
        let got = Rc::new(RefCell::new(Vec::new()));
        let start = |number: u32| {
            let (queue, got) = (queue.clone(), got.clone());
            spawn(format!("getter-{number}"), async move {
                let item: u32 = queue.get().await?;
                got.borrow_mut().push((number, item));
                Ok(())
            })
        };
        let getters: Vec<_> = (1..=4).map(start).collect();
        sleep(MS).await;
        for item in 1..=4 {
            queue.put(item).await?;
            assert!(queue.get_nowait().is_err(), "the item is for somebody who waits");
        }
        for getter in getters {
            getter.await?;
        }
        assert_eq!(*got.borrow(), [(1, 1), (2, 2), (3, 3), (4, 4)]);

        let start = |number: u32| {
            let queue = queue.clone();
            spawn(format!("putter-{number}"), async move {
                queue.put(number).await?;
                Ok(())
            })
        };
        let putters: Vec<_> = (1..=3).map(start).collect();
        sleep(MS).await;
        assert_eq!(queue.get().await?, 1);
        assert!(queue.put_nowait(9).is_err(), "the room is for somebody who waits");
        assert_eq!((queue.get().await?, queue.get().await?), (2, 3));
        for putter in putters {
            putter.await?;
        }
        Ok(())
    });
    for number in 1..=4 {
        assert_eq!(wakers(&timeline, &format!("getter-{number}"), "queue"), ["main"]);
    }
    assert_eq!(wakers(&timeline, "putter-3", "queue"), ["main"]);
}

#[test]
fn a_cancelled_get_or_put_loses_nothing() {
    run(async {
        let count = Rc::new(Cell::new(0));
        let queue = Queue::bounded("queue", 1);
        // One that was called already is dropped: the item is the next one's.
        let mut dropped = Box::pin(queue.get());
        let mut next = Box::pin(queue.get());
        begin(&mut dropped);
        begin(&mut next);
        queue.put(Counted::new(&count)).await?;
        drop(dropped);
        drop(next.await);
        assert_eq!(count.get(), 0);

        // A put that is dropped has put nothing, and the room is the next one's.
        queue.put(Counted::new(&count)).await?;
        let mut dropped = Box::pin(queue.put(Counted::new(&count)));
        let mut next = Box::pin(queue.put(Counted::new(&count)));
        begin(&mut dropped);
        begin(&mut next);
        drop(queue.get().await?);
        drop(dropped);
        next.await?;
        assert_eq!((count.get(), queue.len()), (1, 1));

        // A get against a time-out: nothing is taken when the time is up.
        drop(queue.get().await?);
        for _ in 0..3 {
            match select(pin!(queue.get()), pin!(sleep(MS))).await {
                Either::Left(_) => panic!("there is nothing to get"),
                Either::Right(_) => {}
            }
        }
        queue.put(Counted::new(&count)).await?;
        assert_eq!(queue.len(), 1);
        drop(queue);
        assert_eq!(count.get(), 0, "all that was put was dropped");
        Ok(())
    });
}

#[test]
fn a_queue_is_joined_when_all_its_tasks_are_done() {
    let timeline = run(async {
        let queue = Queue::new("queue");
        queue.join().await; // Nothing is unfinished.
        let worker = spawn("worker", {
            let queue = queue.clone();
            async move {
                for _ in 0..3 {
                    let _item: u32 = queue.get().await?;
                    sleep(10 * MS).await;
                    queue.task_done()?;
                }
                Ok(())
            }
        });
        for item in 0..3 {
            queue.put_nowait(item)?;
        }
        queue.join().await;
        print("joined");
        let error = queue.task_done().unwrap_err();
        assert_eq!(error.to_string(), "task_done of queue “queue” was called by main, but all its items are done");
        let empty = Error::from(queue.get_nowait().unwrap_err());
        assert_eq!(empty.to_string(), "main got nothing from queue “queue”, which was empty");
        worker.await?;
        Ok(())
    });
    // Tokio's timer counts in milliseconds and ends a sleep on the next one.
    assert!((30..34).contains(&(timeline.prints[0].time.0 / 1_000_000)));
    assert_eq!(wakers(&timeline, "main", "queue"), ["worker"]);
}

#[test]
fn a_queue_that_is_polled_by_hand_takes_the_latest_waker() {
    run(async {
        let queue = Queue::<u32>::bounded("queue", 1);
        let mut get = Box::pin(queue.get());
        begin(&mut get); // With another waker than this task's.
        let putter = spawn("putter", {
            let queue = queue.clone();
            async move {
                sleep(MS).await;
                queue.put(7).await?;
                Ok(())
            }
        });
        let got = std::future::poll_fn(|context| match get.as_mut().poll(context) {
            Poll::Ready(item) => Poll::Ready(item),
            Poll::Pending => Poll::Pending,
        });
        assert_eq!(got.await?, 7);
        putter.await?;
        Ok(())
    });
}

#[test]
fn a_queue_may_give_the_youngest_or_the_least_first() {
    run(async {
        let (youngest, least) = (Queue::last_in_first_out("youngest"), Queue::priority("least"));
        for item in [3, 1, 2, 1] {
            youngest.put(item).await?;
            least.put(item).await?;
        }
        let (mut by_age, mut by_rank) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            by_age.push(youngest.get().await?);
            by_rank.push(least.get_nowait()?);
        }
        assert_eq!(by_age, [1, 2, 1, 3]);
        assert_eq!(by_rank, [1, 1, 2, 3]);
        Ok(())
    });
}
