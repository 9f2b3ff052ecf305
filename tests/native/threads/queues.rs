//! Queues, and pools of workers.

use std::sync::Mutex;

use weft::runtime::threads::Future;

use super::*;

#[test]
fn a_queue_is_first_in_first_out_and_bounded() {
    let timeline = run(|| {
        let queue = Queue::bounded("queue", 3);
        let producer = spawn("producer", {
            let queue = queue.clone();
            move || (1..=40).for_each(|number| queue.put(number).unwrap())
        });
        until(|| queue.is_full());
        sleep(A_WHILE);
        let got: Vec<i32> = (1..=40).map(|_| queue.get().unwrap()).collect();
        assert_eq!(got, (1..=40).collect::<Vec<_>>());
        producer.join();
        let late = spawn("late", {
            let queue = queue.clone();
            move || {
                sleep(A_WHILE);
                queue.put(41).unwrap();
            }
        });
        assert_eq!(queue.get()?, 41);
        late.join();
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
fn each_item_of_a_queue_is_got_once() {
    let timeline = run(|| {
        let (queue, finished) = (Queue::bounded("queue", 4), Event::new("finished"));
        let producers: Vec<_> = (0..3)
            .map(|number| {
                let queue = queue.clone();
                spawn(format!("producer-{number}"), move || (0..200).for_each(|n| queue.put(number * 200 + n).unwrap()))
            })
            .collect();
        let consumers: Vec<_> = (0..4)
            .map(|number| {
                let (queue, finished) = (queue.clone(), finished.clone());
                spawn(format!("consumer-{number}"), move || {
                    let mut got = Vec::new();
                    loop {
                        if let Ok(item) = queue.get_timeout(20 * MS) {
                            got.push(item);
                            queue.task_done()?;
                        } else if finished.is_set() {
                            return Ok::<Vec<i32>, Failure>(got);
                        }
                    }
                })
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join());
        queue.join();
        finished.set();
        let mut all = Vec::new();
        for consumer in consumers {
            all.extend(consumer.join()?);
        }
        all.sort_unstable();
        assert_eq!(all, (0..600).collect::<Vec<_>>());
        Ok(())
    });
    for number in 0..4 {
        let wakers = wakers(&timeline, &format!("consumer-{number}"), "queue");
        assert_eq!(wakers.last().unwrap(), "nobody");
    }
    assert_eq!(levels(&timeline, "queue").iter().max(), Some(&4));
}

#[test]
fn a_queue_says_when_it_is_empty_or_full_and_waits_for_its_tasks() {
    let timeline = run(|| {
        let queue = Queue::bounded("queue", 1);
        queue.join(); // Nothing is unfinished.
        let empty = queue.try_get().unwrap_err();
        assert_eq!(empty.to_string(), "main got nothing from queue “queue”, which was empty");
        assert!(queue.get_timeout(5 * MS).is_err());
        queue.try_put(1).unwrap();
        let full = Failure::from(queue.try_put(2).unwrap_err());
        assert_eq!(full.message, "main could not put anything into queue “queue”, which was full");
        assert!(queue.put_timeout(2, 5 * MS).is_err());
        let worker = spawn("worker", {
            let queue = queue.clone();
            move || {
                let item = queue.get()?;
                sleep(A_WHILE);
                queue.task_done().map(|()| item)
            }
        });
        queue.join();
        assert_eq!(worker.join()?, 1);
        let error = queue.task_done().unwrap_err();
        assert_eq!(error.message, "task_done of queue “queue” was called by main, but all its items are done");
        assert!(queue.is_empty() && !queue.is_full());
        Ok(())
    });
    assert_eq!(wakers(&timeline, "main", "queue"), ["nobody", "nobody", "worker"]);
}

#[test]
fn a_pool_gives_results_to_their_futures() {
    let timeline = run(|| {
        let pool = ThreadPool::new("pool", 3);
        let futures: Vec<_> = (1..=7)
            .map(|number| {
                pool.submit(format!("task-{number}"), move || {
                    sleep(5 * MS);
                    if number == 4 { Err(format!("task-{number} does not like fours")) } else { Ok(number * 10) }
                })
            })
            .collect();
        let results: Vec<_> = futures.into_iter().map(|future| future.result()).collect();
        let fours = Err("task-4 does not like fours".to_owned());
        assert_eq!(results, [Ok(10), Ok(20), Ok(30), fours, Ok(50), Ok(60), Ok(70)]);
        let slow = pool.submit("slow", || sleep(A_WHILE));
        let slow = slow.result_timeout(MS).expect_err("not yet");
        assert_eq!(slow.name(), "slow");
        pool.shutdown();
        assert!(slow.done());
        slow.result();
        Ok(())
    });
    let mut names: Vec<_> = timeline.lanes.iter().map(|lane| lane.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["main", "pool_0", "pool_1", "pool_2"]);
    let mut tasks: Vec<_> = timeline.lanes.iter().flat_map(|lane| &lane.scopes).map(|scope| &*scope.name).collect();
    tasks.sort_unstable();
    assert_eq!(tasks, ["slow", "task-1", "task-2", "task-3", "task-4", "task-5", "task-6", "task-7"]);
    assert!(timeline.lanes.iter().all(|lane| lane.end.as_ref().unwrap().ending == Ending::Returned));
    let first = wakers(&timeline, "main", "task-1");
    assert!(first.iter().all(|waker| waker.starts_with("pool_")), "{first:?}");
}

#[test]
fn a_pool_starts_no_more_workers_than_there_is_work() {
    let timeline = run(|| {
        let pool = ThreadPool::new("pool", 5);
        for number in 0..4 {
            pool.submit(format!("task-{number}"), || ()).result();
            sleep(A_WHILE); // So that the worker waits again.
        }
        Ok(())
    });
    assert_eq!(timeline.lanes.len(), 2);
    assert!(lane(&timeline, "pool_0").end.is_some(), "the end of its scope has shut the pool down");
}

#[test]
fn a_queue_may_give_the_youngest_or_the_least_first() {
    run(|| {
        let (youngest, least) = (Queue::last_in_first_out("youngest"), Queue::priority("least"));
        for item in [3, 1, 2, 1] {
            youngest.put(item)?;
            least.put(item)?;
        }
        assert_eq!([(); 4].map(|()| youngest.get().unwrap()), [1, 2, 1, 3]);
        assert_eq!([(); 4].map(|()| least.get().unwrap()), [1, 1, 2, 3]);
        assert!(youngest.try_get().is_err() && least.try_get().is_err());
        Ok(())
    });
}

/// A pool of one worker that is kept busy until the event is set.
fn busy_pool() -> (ThreadPool, Future<bool>, Arc<Event>) {
    let (pool, event) = (ThreadPool::new("pool", 1), Arc::new(Event::new("event")));
    let busy = pool.submit("busy", {
        let event = event.clone();
        move || event.wait_timeout(Duration::from_secs(20))
    });
    until(|| busy.running());
    (pool, busy, event)
}

#[test]
fn a_task_that_has_not_begun_can_be_cancelled() {
    let timeline = run(|| {
        let (pool, busy, event) = busy_pool();
        let waiting = pool.submit("waiting", || ());
        assert!(!waiting.done() && !waiting.running());
        assert!(waiting.cancel() && waiting.cancel() && waiting.cancelled() && waiting.done());
        assert!(!busy.cancel() && !busy.cancelled());
        let mut futures = as_completed([waiting, pool.submit("last", || ())]);
        assert!(futures.next().is_some_and(|first| first.name() == "waiting" && first.cancelled()));
        event.set();
        let last = futures.next().expect("there are two");
        assert!(busy.result() && !last.cancelled());
        last.result();
        pool.shutdown();
        Ok(())
    });
    let tasks: Vec<_> = lane(&timeline, "pool_0").scopes.iter().map(|scope| &*scope.name).collect();
    assert_eq!(tasks, ["busy", "last"]);
}

#[test]
fn a_map_that_is_dropped_cancels_what_has_not_begun() {
    let timeline = run(|| {
        let (pool, gate) = (ThreadPool::new("pool", 1), Arc::new(Event::new("gate")));
        let mut map = pool.map("mapped", 1..=3, {
            let gate = gate.clone();
            move |number| number == 1 || gate.wait_timeout(Duration::from_secs(20))
        });
        assert_eq!(map.next(), Some(true));
        drop(map);
        gate.set();
        pool.shutdown();
        Ok(())
    });
    let tasks: Vec<_> = lane(&timeline, "pool_0").scopes.iter().map(|scope| &*scope.name).collect();
    assert!(tasks.len() < 3 && tasks[0] == "mapped-1", "{tasks:?}");
}

#[test]
fn a_pool_that_is_shut_down_may_cancel_what_has_not_begun() {
    let timeline = run(|| {
        let (pool, busy, event) = busy_pool();
        let left = Arc::new(pool.submit("left", || ()));
        let watcher = spawn("watcher", {
            let left = left.clone();
            move || {
                until(|| left.done());
                event.set();
            }
        });
        pool.shutdown_cancelling();
        watcher.join();
        assert!(left.cancelled() && busy.result());
        Ok(())
    });
    assert_eq!(lane(&timeline, "pool_0").scopes.len(), 1);
}

#[test]
fn a_pool_may_be_dropped_by_its_own_task() {
    let timeline = run(|| {
        let (pool, done) = (Arc::new(Mutex::new(None)), Arc::new(Event::new("done")));
        let made = ThreadPool::new("pool", 2);
        let task = made.submit("task", {
            let (pool, done) = (pool.clone(), done.clone());
            move || {
                until(|| pool.lock().unwrap().is_some());
                drop(pool.lock().unwrap().take());
                done.set();
            }
        });
        pool.lock().unwrap().replace(made);
        assert!(done.wait_timeout(Duration::from_secs(20)));
        task.result();
        Ok(())
    });
    assert!(timeline.lanes.iter().all(|lane| lane.end.as_ref().unwrap().ending == Ending::Returned));
}

#[test]
fn map_keeps_the_order_and_as_completed_follows_the_ends() {
    let mut order: Vec<String> = Vec::new();
    let timeline = run(|| {
        let pool = ThreadPool::new("pool", 4);
        let squares: Vec<_> = pool
            .map("square", [4, 1, 3, 2], |n: u32| {
                sleep(n * 5 * MS);
                n * n
            })
            .collect();
        assert_eq!(squares, [16, 1, 9, 4]);
        let wait = |ms: u32| pool.submit(format!("wait {ms}"), move || sleep(ms * MS));
        let futures: Vec<_> = [300, 100, 200, 0].map(wait).into();
        until(|| futures[3].done());
        order.extend(as_completed(futures).map(|future| future.name().to_owned()));
        Ok(())
    });
    // One was there already; how many more, and in which order they come, the machine decides.
    assert!(waits(&timeline, "main", "as_completed of 4").len() <= 3);
    let ends: Vec<_> = order.iter().map(|name| resource(&timeline, name).events.last().unwrap().time).collect();
    assert!(ends.is_sorted(), "{order:?}");
    order.sort_unstable();
    assert_eq!(order, ["wait 0", "wait 100", "wait 200", "wait 300"], "each once");
}
