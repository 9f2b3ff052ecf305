//! What CPython's `test_asyncio/test_queues.py` asserts.

use std::cell::Cell;
use std::rc::Rc;

use weft::runtime::tasks::*;
use weft::runtime::threads::{GetError, PutError};

use super::{Noted, Seen, ms, play, turn};

/// A task that gets an item.
fn getting<T: Clone + 'static>(queue: &Queue<T>) -> Task<T> {
    let get = queue.get();
    spawn("getting", async { Ok(get.await?) })
}

/// A task that puts an item.
fn putting<T: 'static>(queue: &Queue<T>, item: T) -> Task<()> {
    let put = queue.put(item);
    spawn("putting", async { Ok(put.await?) })
}

#[test]
fn test_empty() {
    play(async {
        let queue = Queue::new("queue");
        assert!(queue.is_empty());
        queue.put(1).await?;
        assert!(!queue.is_empty());
        assert_eq!(queue.get().await?, 1);
        assert!(queue.is_empty());
        Ok(())
    });
}

#[test]
fn test_full() {
    play(async {
        assert!(!Queue::<u32>::new("queue").is_full());
        let queue = Queue::bounded("bounded", 1);
        queue.put(1).await?;
        assert!(queue.is_full());
        Ok(())
    });
}

#[test]
fn test_order() {
    play(async {
        let queues = [
            (Queue::new("queue"), [1, 3, 2]),
            (Queue::last_in_first_out("youngest"), [2, 3, 1]),
            (Queue::priority("least"), [1, 2, 3]),
        ];
        for (queue, order) in queues {
            for item in [1, 3, 2] {
                queue.put(item).await?;
            }
            assert_eq!([queue.get().await?, queue.get().await?, queue.get().await?], order);
        }
        Ok(())
    });
}

#[test]
fn test_maxsize() {
    play(async {
        let (queue, noted) = (Queue::bounded("queue", 2), Noted::new());
        let task = spawn("putter", {
            let (queue, noted) = (queue.clone(), noted.clone());
            async move {
                for item in 0..3 {
                    queue.put(item).await?;
                    noted.put(item);
                }
                Ok(())
            }
        });
        turn().await;
        turn().await;
        assert_eq!(noted.all(), [0, 1]);
        assert_eq!(queue.get().await?, 0);
        turn().await;
        assert_eq!(noted.all(), [0, 1, 2]);
        assert_eq!((queue.get().await?, queue.get().await?), (1, 2));
        assert!(task.is_done());
        Ok(())
    });
}

#[test]
fn test_blocking_get() {
    play(async {
        let queue = Queue::new("queue");
        queue.put_nowait(1)?;
        assert_eq!(queue.get().await?, 1);
        Ok(())
    });
}

#[test]
fn test_get_with_putters() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        queue.put(1).await?;
        let waiter = putting(&queue, 2);
        turn().await;
        assert_eq!(queue.get().await?, 1);
        turn().await;
        assert!(waiter.is_done());
        Ok(())
    });
}

#[test]
fn test_blocking_get_wait() {
    play(async {
        let (queue, started, finished) = (Queue::new("queue"), Event::new("started"), Seen::default());
        let task = spawn("task", {
            let (queue, started, finished) = (queue.clone(), started.clone(), finished.clone());
            async move {
                started.set();
                let item = queue.get().await?;
                finished.set();
                Ok(item)
            }
        });
        started.wait().await;
        assert!(!finished.is());
        let later = spawn("later", async move {
            sleep(ms(10)).await;
            Ok(queue.put_nowait(1)?)
        });
        assert_eq!(task.await, Ok(1));
        assert!(finished.is());
        later.await?;
        Ok(())
    });
}

#[test]
fn test_nonblocking_get() {
    play(async {
        let queue = Queue::new("queue");
        queue.put_nowait(1)?;
        assert_eq!(queue.get_nowait(), Ok(1));
        Ok(())
    });
}

#[test]
fn test_nonblocking_get_exception() {
    play(async {
        assert!(matches!(Queue::<u32>::new("queue").get_nowait(), Err(GetError::Empty(_))));
        Ok(())
    });
}

#[test]
fn test_get_cancelled_race() {
    play(async {
        let queue = Queue::new("queue");
        let (one, two) = (getting(&queue), getting(&queue));
        turn().await;
        one.cancel();
        turn().await;
        assert!(one.is_done());
        queue.put("a").await?;
        turn().await;
        assert_eq!(two.await, Ok("a"));
        Ok(())
    });
}

#[test]
fn test_get_with_waiting_putters() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        let _putters = [putting(&queue, "a"), putting(&queue, "b")];
        assert_eq!((queue.get().await?, queue.get().await?), ("a", "b"));
        Ok(())
    });
}

#[test]
fn test_why_are_getters_waiting() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        let both = task_group(async |group| {
            let (to, from) = (queue.clone(), queue.clone());
            group.spawn("producer", async move {
                for item in 0..5 {
                    to.put(item).await?;
                }
                Ok(())
            });
            group.spawn("consumer", async move {
                for item in 0..5 {
                    assert_eq!(from.get().await?, item);
                }
                Ok(())
            });
            Ok(())
        });
        both.await?;
        Ok(())
    });
}

#[test]
fn test_cancelled_getters_not_being_held_in_self_getters() {
    play(async {
        let queue = Queue::bounded("queue", 5);
        let get = queue.get();
        assert_eq!(wait_for(async { Ok(get.await) }, ms(100)).await, Err(Error::TimedOut));
        // Nobody waits for it, so it can be had at once.
        queue.put_nowait(1)?;
        assert_eq!(queue.get_nowait(), Ok(1));
        Ok(())
    });
}

#[test]
fn test_blocking_put() {
    play(async {
        let queue = Queue::new("queue");
        queue.put(1).await?;
        assert_eq!(queue.get().await?, 1);
        Ok(())
    });
}

#[test]
fn test_blocking_put_wait() {
    play(async {
        let (queue, started, finished) = (Queue::bounded("queue", 1), Event::new("started"), Seen::default());
        let later = spawn("later", {
            let queue = queue.clone();
            async move {
                sleep(ms(10)).await;
                Ok(queue.get_nowait()?)
            }
        });
        let task = spawn("task", {
            let (started, finished) = (started.clone(), finished.clone());
            async move {
                started.set();
                queue.put(1).await?;
                queue.put(2).await?;
                finished.set();
                Ok(())
            }
        });
        started.wait().await;
        assert!(!finished.is());
        task.await?;
        assert!(finished.is());
        assert_eq!(later.await, Ok(1));
        Ok(())
    });
}

#[test]
fn test_nonblocking_put() {
    play(async {
        let queue = Queue::new("queue");
        queue.put_nowait(1)?;
        assert_eq!(queue.get_nowait(), Ok(1));
        Ok(())
    });
}

#[test]
fn test_get_cancel_drop_one_pending_reader() {
    play(async {
        let queue = Queue::new("queue");
        let reader = getting(&queue);
        turn().await;
        queue.put_nowait(1)?;
        queue.put_nowait(2)?;
        reader.cancel();
        let item = match reader.await {
            Err(Error::Cancelled) => getting(&queue).await,
            other => other,
        };
        assert_eq!(item, Ok(1), "the first was not lost");
        Ok(())
    });
}

#[test]
fn test_get_cancel_drop_many_pending_readers() {
    play(async {
        let queue = Queue::new("queue");
        let [one, two, three] = [(); 3].map(|()| getting(&queue));
        turn().await;
        queue.put_nowait(1)?;
        queue.put_nowait(2)?;
        one.cancel();
        assert_eq!(one.await, Err(Error::Cancelled));
        assert_eq!(gather([two, three]).await?, [1, 2]);
        Ok(())
    });
}

#[test]
fn test_put_cancel_drop() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        queue.put_nowait(1)?;
        let writer = putting(&queue, 2);
        turn().await;
        assert_eq!(queue.get_nowait(), Ok(1));
        writer.cancel();
        if writer.await == Err(Error::Cancelled) {
            putting(&queue, 2).await?;
        }
        assert_eq!(queue.get_nowait(), Ok(2));
        assert!(queue.is_empty());
        Ok(())
    });
}

#[test]
fn test_nonblocking_put_exception() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        queue.put_nowait(1)?;
        assert!(matches!(queue.put_nowait(2), Err(PutError::Full(_))));
        Ok(())
    });
}

#[test]
fn test_put_cancelled() {
    play(async {
        let queue = Queue::new("queue");
        let task = putting(&queue, 1);
        assert_eq!(queue.get().await?, 1);
        assert_eq!(task.result(), Ok(()));
        Ok(())
    });
}

#[test]
fn test_put_cancelled_race() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        let [a, b, c] = ["a", "b", "X"].map(|item| putting(&queue, item));
        turn().await;
        assert!(a.is_done() && !b.is_done());
        c.cancel();
        turn().await;
        assert!(c.is_done());
        assert_eq!(queue.get_nowait(), Ok("a"));
        turn().await;
        assert_eq!(queue.get_nowait(), Ok("b"));
        b.await?;
        Ok(())
    });
}

#[test]
fn test_put_with_waiting_getters() {
    play(async {
        let queue = Queue::new("queue");
        let task = getting(&queue);
        turn().await;
        queue.put("a").await?;
        assert_eq!(task.await, Ok("a"));
        Ok(())
    });
}

#[test]
fn test_why_are_putters_waiting() {
    play(async {
        let queue = Queue::bounded("queue", 2);
        let getter = spawn("getter", {
            let queue = queue.clone();
            async move {
                turn().await;
                for _ in 0..queue.len() {
                    queue.get_nowait()?;
                }
                Ok(())
            }
        });
        let putters = (0..4).map(|item| putting(&queue, item)).collect::<Vec<_>>();
        gather(putters).await?;
        getter.await?;
        Ok(())
    });
}

#[test]
fn test_cancelled_puts_not_being_held_in_self_putters() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        queue.put_nowait(1)?;
        let task = putting(&queue, 1);
        turn().await;
        task.cancel();
        assert_eq!(task.await, Err(Error::Cancelled));
        // Nobody waits for room, so it can be had at once.
        queue.get_nowait()?;
        queue.put_nowait(2)?;
        Ok(())
    });
}

#[test]
fn test_cancelled_put_silence_value_error_exception() {
    play(async {
        let queue = Queue::bounded("queue", 1);
        queue.put_nowait(1)?;
        let task = putting(&queue, 1);
        turn().await;
        queue.get_nowait()?;
        task.cancel();
        assert_eq!(task.await, Err(Error::Cancelled));
        assert!(queue.is_empty());
        Ok(())
    });
}

/// Queues of all three orders.
fn queues<T: Ord>() -> [Queue<T>; 3] {
    [Queue::new("queue"), Queue::last_in_first_out("youngest"), Queue::priority("least")]
}

#[test]
fn test_task_done_underflow() {
    play(async {
        for queue in queues::<u32>() {
            assert!(queue.task_done().is_err());
        }
        Ok(())
    });
}

#[test]
fn test_task_done() {
    play(async {
        for queue in queues() {
            (0..100).try_for_each(|item| queue.put_nowait(item))?;
            let (sum, runs) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(true)));
            let workers = ["one", "two"].map(|name| {
                let (queue, sum, runs) = (queue.clone(), sum.clone(), runs.clone());
                spawn(name, async move {
                    while runs.get() {
                        sum.set(sum.get() + queue.get().await?);
                        queue.task_done()?;
                    }
                    Ok(())
                })
            });
            queue.join().await;
            assert_eq!(sum.get(), 4950);
            runs.set(false);
            queue.put_nowait(0)?;
            queue.put_nowait(0)?;
            gather(workers).await?;
        }
        Ok(())
    });
}

#[test]
fn test_join_empty_queue() {
    play(async {
        for queue in queues::<u32>() {
            queue.join().await;
            queue.join().await;
        }
        Ok(())
    });
}

/// Nothing can be put or got any more.
async fn is_shut_down(queue: &Queue<&'static str>) {
    let put = queue.put("data").await.unwrap_err();
    let text = format!("main found queue “{}” shut down", queue.name());
    assert_eq!(put.to_string(), text);
    assert!(matches!(queue.put_nowait("data"), Err(PutError::ShutDown(_))));
    let get = queue.get().await.unwrap_err();
    let text = format!("main found queue “{}” shut down", queue.name());
    assert_eq!(get.to_string(), text);
    assert!(matches!(queue.get_nowait(), Err(GetError::ShutDown(_))));
}

/// A task that joins the queue.
fn joining<T: 'static>(queue: &Queue<T>) -> Task<()> {
    let join = queue.join();
    spawn("joining", async {
        join.await;
        Ok(())
    })
}

#[test]
fn test_shutdown_empty() {
    play(async {
        for queue in queues() {
            let get = getting(&queue);
            turn().await;
            queue.shutdown(false);
            assert!(queue.is_empty());
            queue.join().await;
            turn().await;
            assert!(get.is_done());
            assert!(matches!(get.await, Err(Error::Raised(_))));
            is_shut_down(&queue).await;
        }
        Ok(())
    });
}

#[test]
fn test_shutdown_nonempty() {
    play(async {
        let queues = [
            Queue::bounded("queue", 1),
            Queue::bounded_last_in_first_out("youngest", 1),
            Queue::bounded_priority("least", 1),
        ];
        for queue in queues {
            queue.put_nowait("data")?;
            let (join, put) = (joining(&queue), putting(&queue, "data2"));
            turn().await;
            assert!(!put.is_done());
            queue.shutdown(false);
            assert_eq!(queue.len(), 1);
            turn().await;
            assert!(put.is_done());
            assert!(matches!(put.await, Err(Error::Raised(_))));
            assert_eq!(queue.get().await?, "data");
            turn().await;
            assert!(!join.is_done());
            is_shut_down(&queue).await;
            queue.task_done()?;
            turn().await;
            assert!(join.is_done());
            assert!(queue.task_done().is_err());
        }
        Ok(())
    });
}

#[test]
fn test_shutdown_immediate() {
    play(async {
        for queue in queues() {
            queue.put_nowait("data")?;
            let join = joining(&queue);
            queue.shutdown(true);
            assert!(queue.is_empty());
            turn().await;
            assert!(join.is_done());
            is_shut_down(&queue).await;
            assert!(queue.task_done().is_err());
        }
        Ok(())
    });
}

#[test]
fn test_shutdown_immediate_with_unfinished() {
    play(async {
        for queue in queues() {
            queue.put_nowait("data")?;
            queue.put_nowait("data")?;
            let join = joining(&queue);
            assert_eq!(queue.get().await?, "data");
            queue.shutdown(true);
            assert!(queue.is_empty());
            turn().await;
            assert!(!join.is_done());
            is_shut_down(&queue).await;
            queue.task_done()?;
            assert!(queue.task_done().is_err());
            turn().await;
            assert!(join.is_done());
        }
        Ok(())
    });
}
