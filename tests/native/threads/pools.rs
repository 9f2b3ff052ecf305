//! Futures of pools: who ends the waits for several of them, and who calls their callbacks.

use weft::runtime::threads::{When, wait, wait_timeout};

use super::*;

#[test]
fn a_wait_for_futures_is_ended_by_the_worker_that_is_enough() {
    let timeline = run(|| {
        let (pool, gate) = (ThreadPool::new("pool", 2), Event::new("gate"));
        let slow = pool.submit("slow", {
            let gate = gate.clone();
            move || gate.wait_timeout(Duration::from_secs(20))
        });
        until(|| slow.running());
        let waited = wait_timeout([slow], When::ALL_COMPLETED, 20 * MS);
        assert_eq!((waited.done.len(), waited.not_done.len()), (0, 1));
        let quick = pool.submit("quick", || {
            sleep(A_WHILE);
            true
        });
        let waited = wait(waited.not_done.into_iter().chain([quick]), When::FIRST_COMPLETED);
        assert_eq!((waited.done[0].name(), waited.not_done[0].name()), ("quick", "slow"));
        gate.set();
        // What is done needs no wait.
        until(|| waited.not_done[0].done());
        assert_eq!(wait(waited.done.into_iter().chain(waited.not_done), When::ALL_COMPLETED).done.len(), 2);
        pool.shutdown();
        Ok(())
    });
    assert_eq!(wakers(&timeline, "main", "wait of 1"), ["nobody"]);
    assert_eq!(wakers(&timeline, "main", "wait of 2"), ["pool_1"]);
}

#[test]
fn a_callback_is_called_by_the_worker_and_may_use_the_pool() {
    let timeline = run(|| {
        let (pool, gate) = (Arc::new(ThreadPool::new("pool", 1)), Event::new("gate"));
        let future = pool.submit("first", {
            let gate = gate.clone();
            move || gate.wait_timeout(Duration::from_secs(20))
        });
        let called = Event::new("called");
        for number in [1, 2] {
            let (pool, called) = (pool.clone(), called.clone());
            future.add_done_callback(move |future| {
                print(format!("{number}: {:?}", future.result_cloned()));
                pool.submit("second", move || called.set());
            });
        }
        gate.set();
        assert!(called.wait_timeout(Duration::from_secs(20)));
        Ok(())
    });
    let lane_of = |lane| timeline.lane(lane).unwrap().name.as_str();
    let printed: Vec<_> = timeline.prints.iter().map(|print| (lane_of(print.lane), &*print.text)).collect();
    assert_eq!(printed, [("pool_0", "1: Ok(true)"), ("pool_0", "2: Ok(true)")]);
}

#[test]
fn a_map_that_is_out_of_time_says_so_once() {
    run(|| {
        let (pool, gate) = (ThreadPool::new("pool", 1), Event::new("gate"));
        let map = pool.map("mapped", 1..=3, {
            let gate = gate.clone();
            move |number| number == 1 || gate.wait_timeout(Duration::from_secs(20))
        });
        let mut map = map.at_most(A_WHILE);
        assert_eq!(map.next(), Some(Ok(true)));
        let error = map.next().and_then(Result::err).expect("the second waits for the gate");
        assert_eq!(error.to_string(), "2 (of 3) futures unfinished");
        assert_eq!(map.next(), None);
        gate.set();
        pool.shutdown();
        Ok(())
    });
}
