//! Primitives that a program makes of others, threads that may fail or find no worker, and the GIL of an interpreter:
//! what an interpreter's library stands on.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use weft::runtime::lane::failed;
use weft::runtime::threads::{
    Composite, Gil, InnerLock, checkpoint, for_end_of, is_requested, let_go, take_again, try_spawn,
};
use weft::trace::ResourceKind;

use super::*;

#[test]
fn an_inner_lock_is_held_by_one_lane_at_a_time() {
    run(|| {
        let (lock, counter) = (Arc::new(InnerLock::new()), SharedCell::new("counter", 0));
        let add = |name: &str| {
            let (lock, counter) = (lock.clone(), counter.clone());
            spawn(name, move || {
                for _ in 0..500 {
                    assert!(lock.acquire(None));
                    counter.set(counter.get() + 1);
                    assert!(lock.release());
                }
            })
        };
        for thread in ["one", "two", "three"].map(add) {
            thread.join();
        }
        assert_eq!(counter.get(), 1500);
        assert!(!lock.release(), "nobody holds it");
        Ok(())
    });
}

#[test]
fn an_inner_lock_works_outside_a_run_unless_one_has_to_wait() {
    let lock = InnerLock::new();
    assert!(lock.try_acquire() && !lock.try_acquire() && lock.is_held());
    assert!(!lock.acquire(Some(Duration::ZERO)));
    assert!(lock.release() && !lock.is_held());
}

#[test]
fn a_wait_for_a_part_is_a_wait_for_the_whole() {
    let timeline = run(|| {
        let latch = Arc::new((Composite::new(ResourceKind::Event, "latch"), InnerLock::new()));
        latch.1.acquire(None);
        let waiter = {
            let latch = latch.clone();
            spawn("waiter", move || {
                let inner = Composite::new(ResourceKind::Condition, "inside");
                // The outermost is what the program waits for.
                latch.0.within(|| inner.within(|| latch.1.acquire(None)));
                assert!(!latch.0.within(|| latch.1.acquire(Some(20 * MS))), "nobody releases it again");
            })
        };
        sleep(30 * MS);
        latch.0.level(1);
        assert!(latch.1.release());
        waiter.join();
        Ok(())
    });
    assert_eq!(wakers(&timeline, "waiter", "latch"), ["main", "nobody"]);
    assert_eq!(waits(&timeline, "waiter", "inside"), []);
    assert_eq!(levels(&timeline, "latch"), [1]);
    assert!(waits(&timeline, "waiter", "latch")[0].0 >= Nanos::from(10 * MS));
}

#[test]
fn waits_can_be_for_the_end_of_a_lane() {
    let timeline = run(|| {
        let gate = Arc::new(InnerLock::new());
        gate.acquire(None);
        let opener = {
            let gate = gate.clone();
            spawn("opener", move || {
                sleep(20 * MS);
                gate.release();
            })
        };
        for_end_of(opener.lane(), || gate.acquire(None));
        opener.join();
        Ok(())
    });
    let on = Target::Lane(lane(&timeline, "opener").id);
    let waited = lane(&timeline, "main").spans_in(State::Blocked, timeline.now).any(|span| span.on == Some(on));
    assert!(waited);
}

#[test]
fn a_lane_that_fails_ends_so_and_the_run_goes_on() {
    let timeline = run(|| {
        spawn("bad", || failed("ValueError: not today")).join();
        spawn("good", || ()).join();
        Ok(())
    });
    let end = |name| lane(&timeline, name).end.as_ref().map(|end| (end.ending, end.message.clone()));
    assert_eq!(end("bad"), Some((Ending::Failed, Some("ValueError: not today".to_owned()))));
    assert_eq!(end("good").map(|end| end.0), Some(Ending::Returned));
}

#[test]
fn a_thread_without_a_worker_is_refused() {
    let run = Run::new(Config { threads: 2, ..Config::default() }, Clock::start());
    let outcome = run_main(&run, LaneKind::Thread, || {
        let gate = Arc::new(InnerLock::new());
        gate.acquire(None);
        let body = {
            let gate = gate.clone();
            move || {
                gate.acquire(None);
            }
        };
        let first = try_spawn("first", false, body).expect("there is a worker");
        assert!(try_spawn("second", false, || ()).is_none());
        assert!(!first.wait(Some(10 * MS)), "it still waits");
        gate.release();
        assert!(first.wait(None) && first.wait(None) && !first.is_alive());
        assert!(try_spawn("third", true, || ()).is_some());
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    let timeline = runner::timeline(&run);
    assert_eq!(lane(&timeline, "second").end.as_ref().map(|end| end.ending), Some(Ending::Failed));
}

/// How often a holder was told that another lane wants the GIL.
static TOLD: AtomicU32 = AtomicU32::new(0);

#[test]
fn the_holder_of_an_interpreters_gil_is_told_of_requests() {
    let timeline = run(|| {
        let tell = |_| {
            TOLD.fetch_add(1, SeqCst);
        };
        Gil::of_interpreter(2 * MS, tell).run(|| {
            let count = |name: &str| {
                spawn(name, || {
                    let until = Instant::now() + 60 * MS;
                    while Instant::now() < until {
                        if is_requested() {
                            checkpoint();
                        }
                    }
                })
            };
            for thread in ["one", "two"].map(count) {
                thread.join();
            }
        });
        Ok(())
    });
    assert!(TOLD.load(SeqCst) > 3, "{}", TOLD.load(SeqCst));
    assert_eq!(timeline.stats().max_parallel, 1);
}

#[test]
fn a_lane_that_has_let_the_gil_go_is_ready_until_it_has_it_again() {
    let timeline = run(|| {
        Gil::new(Gil::SWITCH_INTERVAL).run(|| {
            let other = spawn("other", || work(20 * MS));
            let_go();
            thread::sleep(10 * MS);
            take_again();
            take_again();
            other.join();
        });
        Ok(())
    });
    assert_eq!(holders(&timeline, "GIL").0, 1);
    let on = Some(Target::Resource(resource(&timeline, "GIL").id));
    let ready = lane(&timeline, "main").spans_in(State::Ready, timeline.now).filter(|span| span.on == on);
    assert!(ready.map(|span| span.duration()).max() >= Some(Nanos::from(9 * MS)));
    assert_eq!(timeline.stats().max_parallel, 1);
}
