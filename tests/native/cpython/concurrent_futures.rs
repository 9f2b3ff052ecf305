//! What CPython's tests in `test_concurrent_futures` assert of futures and of pools of threads.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weft::runtime::host::Clock;
use weft::runtime::threads::*;
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::{Ending, LaneKind};

use super::ms;
use crate::runner;

/// Long enough for anything that comes at all.
const LONG: Duration = Duration::from_secs(20);

/// Runs the program of a thread, and gives its trace.
fn play(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let run = Run::new(Config::default(), Clock::start());
    assert_eq!(runner::watched(&run, None, || run_main(&run, LaneKind::Thread, program)), Ok(()));
    let timeline = runner::timeline(&run);
    assert_eq!(timeline.anomalies, []);
    timeline
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        sleep(ms(1));
    }
}

type Outcome = Result<i32, &'static str>;

/// A pool of one worker, which is busy until the gate is opened; and what it works on.
struct Busy {
    pool: ThreadPool,
    gate: Event,
    running: Future<Outcome>,
}

impl Busy {
    fn new() -> Busy {
        let (pool, gate) = (ThreadPool::new("busy", 1), Event::new("gate"));
        let running = pool.submit("running", {
            let gate = gate.clone();
            move || if gate.wait_timeout(LONG) { Ok(1) } else { Err("nobody opened the gate") }
        });
        until(|| running.running());
        Busy { pool, gate, running }
    }

    /// A future that is pending until the gate is opened.
    fn pending(&self, outcome: Outcome) -> Future<Outcome> {
        self.pool.submit("pending", move || outcome)
    }

    fn cancelled(&self) -> Future<Outcome> {
        let future = self.pool.submit("cancelled", || Ok(0));
        assert!(future.cancel());
        future
    }
}

/// A future that is done.
fn done(pool: &ThreadPool, name: &str, outcome: Outcome) -> Future<Outcome> {
    let future = pool.submit(name, move || outcome);
    until(|| future.done());
    future
}

fn successful(pool: &ThreadPool) -> Future<Outcome> {
    done(pool, "successful", Ok(42))
}

fn failed(pool: &ThreadPool) -> Future<Outcome> {
    done(pool, "failed", Err("OSError"))
}

fn names<R>(futures: &[Future<R>]) -> BTreeSet<&str> {
    futures.iter().map(Future::name).collect()
}

/// Which are done, and which are not.
fn assert_waited(waited: &Waited<Outcome>, done: &[&str], not_done: &[&str]) {
    assert_eq!(names(&waited.done), BTreeSet::from_iter(done.iter().copied()));
    assert_eq!(names(&waited.not_done), BTreeSet::from_iter(not_done.iter().copied()));
}

#[test]
fn test_first_completed() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 2));
        let product = pool.submit("product", || Ok(21 * 2));
        let waited = wait([product, busy.running], When::FIRST_COMPLETED);
        assert_waited(&waited, &["product"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_first_completed_some_already_completed() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        let waited = wait([busy.cancelled(), successful(&pool), busy.running], When::FIRST_COMPLETED);
        assert_waited(&waited, &["cancelled", "successful"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_first_exception() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 2));
        let product = pool.submit("product", || Ok(21 * 2));
        let failing = pool.submit("failing", || {
            sleep(ms(30));
            Err("this is an exception")
        });
        until(|| product.done());
        let waited = wait([product, failing, busy.running], When::FIRST_EXCEPTION);
        assert_waited(&waited, &["product", "failing"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_first_exception_some_already_complete() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 2));
        let futures = [successful(&pool), busy.cancelled(), failed(&pool), busy.running];
        let waited = wait(futures, When::FIRST_EXCEPTION);
        assert_waited(&waited, &["successful", "cancelled", "failed"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_first_exception_one_already_failed() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        let waited = wait([failed(&pool), busy.running], When::FIRST_EXCEPTION);
        assert_waited(&waited, &["failed"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_all_completed() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 2));
        let futures = [
            successful(&pool),
            busy.cancelled(),
            failed(&pool),
            pool.submit("quotient", || 2_i32.checked_div(0).ok_or("ZeroDivisionError")),
            pool.submit("product", || {
                sleep(ms(20));
                Ok(21 * 2)
            }),
        ];
        let waited = wait(futures, When::ALL_COMPLETED);
        assert_waited(&waited, &["successful", "cancelled", "failed", "quotient", "product"], &[]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_timeout() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        let futures = [busy.cancelled(), failed(&pool), successful(&pool), busy.running];
        let waited = wait_timeout(futures, When::ALL_COMPLETED, ms(50));
        assert_waited(&waited, &["cancelled", "failed", "successful"], &["running"]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_pending_calls_race() {
    play(|| {
        let (pool, event) = (ThreadPool::new("pool", 5), Event::new("event"));
        let submit = |number| {
            let event = event.clone();
            pool.submit(format!("task-{number}"), move || event.wait_timeout(LONG))
        };
        let futures: Vec<_> = (0..100).map(submit).collect();
        event.set();
        let waited = wait(futures, When::ALL_COMPLETED);
        assert_eq!((waited.done.len(), waited.not_done.len()), (100, 0));
        Ok(())
    });
}

#[test]
fn test_no_timeout() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 2));
        let futures = [
            busy.cancelled(),
            failed(&pool),
            successful(&pool),
            pool.submit("first", || Ok(2 * 21)),
            pool.submit("second", || Ok(7 * 6)),
        ];
        let completed: Vec<_> = as_completed(futures).collect();
        assert_eq!(names(&completed), BTreeSet::from(["cancelled", "failed", "successful", "first", "second"]));
        assert_eq!(completed.len(), 5);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_future_times_out() {
    for timeout in [0, 100] {
        play(|| {
            let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
            let futures = [busy.cancelled(), failed(&pool), successful(&pool), busy.running];
            let mut results: Vec<_> = as_completed(futures).at_most(ms(timeout)).collect();
            let timed_out = results.pop().and_then(Result::err);
            assert_eq!(timed_out, Some(TimedOut { unfinished: 1, total: 4 }));
            let completed: Vec<_> = results.into_iter().flatten().collect();
            assert_eq!(names(&completed), BTreeSet::from(["cancelled", "failed", "successful"]));
            busy.gate.set();
            Ok(())
        });
    }
}

#[test]
fn test_correct_timeout_exception_msg() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        let futures = [busy.cancelled(), busy.pending(Ok(1)), busy.running, successful(&pool)];
        let last = as_completed(futures).at_most(Duration::ZERO).last().and_then(Result::err);
        assert_eq!(last.expect("two are not done").to_string(), "2 (of 4) futures unfinished");
        busy.gate.set();
        Ok(())
    });
}

/// What a callback is told.
type Told = Arc<Mutex<Vec<String>>>;

/// Adds a callback that notes what it is told.
fn note(future: &Future<Outcome>, told: &Told) {
    let told = told.clone();
    future.add_done_callback(move |future| {
        let text = match future.result_cloned() {
            Ok(outcome) => format!("{outcome:?}, {:?}", future.exception()),
            Err(none) => none.to_string(),
        };
        told.lock().unwrap().push(text);
    });
}

/// What callbacks were told, once there are so many.
fn told(told: &Told, count: usize) -> Vec<String> {
    until(|| told.lock().unwrap().len() >= count);
    told.lock().unwrap().clone()
}

const CANCELLED: &str = "CancelledError: “pending” was cancelled before it began";

/// What a callback is told of a future that ends so, or of one that is cancelled.
fn callback_before_the_end(outcome: Option<Outcome>, expected: &'static str) {
    play(move || {
        let (busy, noted) = (Busy::new(), Told::default());
        let future = busy.pending(outcome.unwrap_or(Ok(0)));
        note(&future, &noted);
        assert!(noted.lock().unwrap().is_empty());
        if outcome.is_none() {
            assert!(future.cancel());
            assert_eq!(noted.lock().unwrap().len(), 1, "who cancels it calls them");
        }
        busy.gate.set();
        assert_eq!(told(&noted, 1), [expected]);
        Ok(())
    });
}

/// The same of one that has ended already.
fn callback_after_the_end(outcome: Option<Outcome>, expected: &'static str) {
    play(move || {
        let (busy, noted) = (Busy::new(), Told::default());
        let future = busy.pending(outcome.unwrap_or(Ok(0)));
        if outcome.is_none() {
            assert!(future.cancel());
        }
        busy.gate.set();
        until(|| future.done());
        note(&future, &noted);
        assert_eq!(*noted.lock().unwrap(), [expected], "it is called at once");
        Ok(())
    });
}

#[test]
fn test_done_callback_with_result() {
    callback_before_the_end(Some(Ok(5)), "Ok(5), Ok(None)");
}

#[test]
fn test_done_callback_with_exception() {
    callback_before_the_end(Some(Err("test")), "Err(\"test\"), Ok(Some(\"test\"))");
}

#[test]
fn test_done_callback_with_cancel() {
    callback_before_the_end(None, CANCELLED);
}

#[test]
fn test_done_callback_already_successful() {
    callback_after_the_end(Some(Ok(5)), "Ok(5), Ok(None)");
}

#[test]
fn test_done_callback_already_failed() {
    callback_after_the_end(Some(Err("test")), "Err(\"test\"), Ok(Some(\"test\"))");
}

#[test]
fn test_done_callback_already_cancelled() {
    callback_after_the_end(None, CANCELLED);
}

/// One future in each state: pending, running, cancelled, failed and successful.
fn in_each_state(program: impl FnOnce(&[Future<Outcome>; 5])) {
    play(|| {
        let (mut busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        let (pending, cancelled) = (busy.pending(Ok(2)), busy.cancelled());
        let other = busy.pending(Ok(3));
        let running = std::mem::replace(&mut busy.running, other);
        program(&[pending, running, cancelled, failed(&pool), successful(&pool)]);
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_cancel() {
    in_each_state(|futures| {
        assert_eq!(futures.each_ref().map(Future::cancel), [true, false, true, false, false]);
        assert_eq!(futures.each_ref().map(Future::cancelled), [true, false, true, false, false]);
        assert!(futures[1].running());
    });
}

#[test]
fn test_cancelled() {
    in_each_state(|futures| {
        assert_eq!(futures.each_ref().map(Future::cancelled), [false, false, true, false, false]);
    });
}

#[test]
fn test_done() {
    in_each_state(|futures| {
        assert_eq!(futures.each_ref().map(Future::done), [false, false, true, true, true]);
    });
}

#[test]
fn test_running() {
    in_each_state(|futures| {
        assert_eq!(futures.each_ref().map(Future::running), [false, true, false, false, false]);
    });
}

#[test]
fn test_result_with_timeout() {
    play(|| {
        let (busy, pool) = (Busy::new(), ThreadPool::new("pool", 1));
        assert!(busy.pending(Ok(1)).result_timeout(Duration::ZERO).is_err());
        let running = busy.running.result_timeout(Duration::ZERO).map_err(|future| future.name().to_owned());
        assert_eq!(running, Err("running".to_owned()));
        let cancelled = busy.pool.submit("cancelled", || Ok::<i32, &str>(0));
        assert!(cancelled.cancel());
        assert!(matches!(cancelled.try_result(), Err(NoResult::Cancelled(name)) if name == "cancelled"));
        assert!(matches!(failed(&pool).result_timeout(Duration::ZERO), Ok(Err("OSError"))));
        assert!(matches!(successful(&pool).result_timeout(Duration::ZERO), Ok(Ok(42))));
        busy.gate.set();
        Ok(())
    });
}

/// Waits until this lane waits, or is about to, and opens the gate then.
fn opened_soon(gate: &Event) -> JoinHandle<()> {
    let gate = gate.clone();
    spawn("notification", move || {
        sleep(ms(50));
        gate.set();
    })
}

#[test]
fn test_result_with_success() {
    play(|| {
        let busy = Busy::new();
        let notification = opened_soon(&busy.gate);
        assert!(matches!(busy.running.result_timeout(LONG), Ok(Ok(1))));
        notification.join();
        Ok(())
    });
}

#[test]
fn test_result_with_cancel() {
    play(|| {
        let busy = Busy::new();
        let future = Arc::new(busy.pending(Ok(1)));
        let notification = spawn("notification", {
            let future = future.clone();
            move || {
                sleep(ms(50));
                assert!(future.cancel());
            }
        });
        assert_eq!(future.exception_timeout(LONG), Err(NoResult::Cancelled("pending".to_owned())));
        notification.join();
        busy.gate.set();
        Ok(())
    });
}

#[test]
fn test_exception_with_timeout() {
    in_each_state(|futures| {
        let name = |name: &str| name.to_owned();
        let expected = [
            Err(NoResult::TimedOut(name("pending"))),
            Err(NoResult::TimedOut(name("running"))),
            Err(NoResult::Cancelled(name("cancelled"))),
            Ok(Some("OSError")),
            Ok(None),
        ];
        assert_eq!(futures.each_ref().map(|future| future.exception_timeout(Duration::ZERO)), expected);
    });
}

#[test]
fn test_exception_with_success() {
    play(|| {
        let busy = Busy::new();
        let future = busy.pending(Err("OSError"));
        let notification = opened_soon(&busy.gate);
        assert_eq!(future.exception_timeout(LONG), Ok(Some("OSError")));
        notification.join();
        Ok(())
    });
}

fn printed(timeline: &Timeline) -> Vec<&str> {
    timeline.prints.iter().map(|print| &*print.text).collect()
}

#[test]
fn test_interpreter_shutdown() {
    let timeline = play(|| {
        let pool = ThreadPool::new("pool", 5);
        pool.submit("apple", || {
            sleep(ms(50));
            weft::runtime::print("apple");
        });
        Ok(())
    });
    assert_eq!(printed(&timeline), ["apple"]);
}

#[test]
fn test_hang_issue12364() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let futures: Vec<_> = (0..50).map(|number| pool.submit(format!("task-{number}"), || sleep(ms(5)))).collect();
        pool.shutdown();
        futures.into_iter().for_each(Future::result);
        Ok(())
    });
}

#[test]
fn test_cancel_futures() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let task = || {
            sleep(ms(20));
            Ok::<_, &str>(())
        };
        let futures: Vec<_> = (0..50).map(|number| pool.submit(format!("task-{number}"), task)).collect();
        until(|| futures.iter().any(Future::running));
        pool.shutdown_cancelling();
        let (cancelled, others): (Vec<_>, Vec<_>) = futures.iter().partition(|future| future.cancelled());
        assert!(cancelled.len() > 20 && !others.is_empty(), "{} of 50", cancelled.len());
        for future in others {
            assert!(future.done());
            assert_eq!(future.exception(), Ok(None));
        }
        Ok(())
    });
}

#[test]
fn test_hang_gh94440() {
    play(|| {
        let pool = ThreadPool::new("pool", 1);
        pool.submit("first", || ()).result();
        pool.submit("cancelled", || ()).cancel();
        pool.shutdown();
        Ok(())
    });
}

fn workers(timeline: &Timeline) -> Vec<&str> {
    let lanes = timeline.lanes.iter().map(|lane| &*lane.name);
    lanes.filter(|name| name.starts_with("pool_")).collect()
}

#[test]
fn test_threads_terminate() {
    let timeline = play(|| {
        let (pool, semaphore) = (ThreadPool::new("pool", 5), Semaphore::new("semaphore", 0));
        for number in 0..3 {
            let semaphore = semaphore.clone();
            pool.submit(format!("task-{number}"), move || semaphore.acquire_timeout(LONG));
        }
        semaphore.release_many(3);
        pool.shutdown();
        Ok(())
    });
    assert!(timeline.lanes.iter().all(|lane| lane.end.as_ref().is_some_and(|end| end.ending == Ending::Returned)));
}

#[test]
fn test_context_manager_shutdown() {
    let timeline = play(|| {
        {
            let pool = ThreadPool::new("pool", 5);
            let absolute: Vec<_> = pool.map("abs", -5..5, i32::abs).collect();
            assert_eq!(absolute, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
        }
        Ok(())
    });
    let main = timeline.lane_named("main").unwrap().end.as_ref().unwrap().time;
    assert!(timeline.lanes.iter().all(|lane| lane.end.as_ref().unwrap().time <= main));
}

#[test]
fn test_del_shutdown() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let absolute = pool.map("abs", -5..5, i32::abs);
        drop(pool);
        assert_eq!(absolute.collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
        Ok(())
    });
}

#[test]
fn test_shutdown_no_wait() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let absolute = pool.map("abs", -5..5, i32::abs);
        pool.shutdown_no_wait(false);
        assert_eq!(absolute.collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
        Ok(())
    });
}

#[test]
fn test_hang_gh83386() {
    let timeline = play(|| {
        let (pool, gate) = (ThreadPool::new("pool", 3), Event::new("gate"));
        pool.submit("apple", {
            let gate = gate.clone();
            move || {
                assert!(gate.wait_timeout(LONG));
                weft::runtime::print("apple");
            }
        });
        pool.shutdown_no_wait(false);
        weft::runtime::print("shut down");
        gate.set();
        Ok(())
    });
    assert_eq!(printed(&timeline), ["shut down", "apple"]);
}

#[test]
fn test_cancel_futures_wait_false() {
    let timeline = play(|| {
        let busy = Busy::new();
        let pending = busy.pending(Ok(1));
        busy.pool.shutdown_no_wait(true);
        assert!(pending.cancelled() && busy.running.running());
        busy.gate.set();
        assert_eq!(busy.running.result(), Ok(1));
        Ok(())
    });
    assert!(timeline.lanes.iter().all(|lane| lane.end.as_ref().is_some_and(|end| end.ending == Ending::Returned)));
}

#[test]
fn test_thread_names_assigned() {
    let timeline = play(|| {
        let pool = ThreadPool::new("pool", 5);
        pool.map("abs", -5..5, i32::abs).for_each(drop);
        Ok(())
    });
    let names = workers(&timeline);
    assert!(!names.is_empty() && names.len() <= 5);
    assert_eq!(names, ["pool_0", "pool_1", "pool_2", "pool_3", "pool_4"][..names.len()]);
}

#[test]
fn test_map_submits_without_iteration() {
    play(|| {
        let (pool, finished) = (ThreadPool::new("pool", 5), Arc::new(AtomicUsize::new(0)));
        let map = pool.map("record", 1..=10, {
            let finished = finished.clone();
            move |number| finished.fetch_add(number, Relaxed)
        });
        pool.shutdown();
        assert_eq!(finished.load(Relaxed), 55);
        drop(map);
        Ok(())
    });
}

#[test]
fn test_saturation() {
    let timeline = play(|| {
        let (pool, semaphore) = (ThreadPool::new("pool", 4), Semaphore::new("semaphore", 0));
        for number in 0..15 * 4 {
            let semaphore = semaphore.clone();
            pool.submit(format!("task-{number}"), move || semaphore.acquire_timeout(LONG));
        }
        semaphore.release_many(15 * 4);
        pool.shutdown();
        Ok(())
    });
    assert_eq!(workers(&timeline).len(), 4);
}

#[test]
fn test_idle_thread_reuse() {
    let timeline = play(|| {
        let pool = ThreadPool::new("pool", 5);
        for (a, b) in [(21, 2), (6, 7), (3, 14)] {
            assert_eq!(pool.submit("product", move || a * b).result(), 42);
            // The worker is idle a moment after it has kept the result, also if the machine puts it aside on its way.
            sleep(ms(400));
        }
        pool.shutdown();
        Ok(())
    });
    assert_eq!(workers(&timeline), ["pool_0"]);
}

#[test]
fn test_executor_map_current_future_cancel() {
    play(|| {
        let (busy, log) = (Busy::new(), Arc::new(Mutex::new(Vec::new())));
        let map = busy.pool.map("mapped", ["second", "third"], {
            let log = log.clone();
            move |name| log.lock().unwrap().push(name)
        });
        let mut map = map.at_most(Duration::ZERO);
        assert_eq!(map.next(), Some(Err(TimedOut { unfinished: 2, total: 2 })));
        assert_eq!(map.next(), None);
        busy.gate.set();
        assert_eq!(busy.running.result(), Ok(1));
        busy.pool.shutdown();
        assert!(log.lock().unwrap().is_empty(), "both were cancelled");
        Ok(())
    });
}

#[test]
fn test_submit() {
    play(|| {
        assert_eq!(ThreadPool::new("pool", 1).submit("power", || 2_i32.pow(8)).result(), 256);
        Ok(())
    });
}

#[test]
fn test_map() {
    play(|| {
        let powers = ThreadPool::new("pool", 5).map("power", 0..10, |n: u64| n.pow(n as u32)).collect::<Vec<_>>();
        assert_eq!(powers, (0..10).map(|n: u64| n.pow(n as u32)).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn test_map_exception() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let mut quotients =
            pool.map("quotient", [2, 3, 0, 5], |by: i32| 1_i32.checked_div(by).ok_or("ZeroDivisionError"));
        assert_eq!([quotients.next(), quotients.next()], [Some(Ok(0)), Some(Ok(0))]);
        assert_eq!(quotients.next(), Some(Err("ZeroDivisionError")));
        Ok(())
    });
}

#[test]
fn test_map_timeout() {
    play(|| {
        let (pool, gate) = (ThreadPool::new("pool", 5), Event::new("gate"));
        let map = pool.map("wait", [false, false, true], {
            let gate = gate.clone();
            move |waits| waits && gate.wait_timeout(LONG)
        });
        let results: Vec<_> = map.at_most(ms(300)).collect();
        assert_eq!(results, [Ok(false), Ok(false), Err(TimedOut { unfinished: 1, total: 3 })]);
        gate.set();
        Ok(())
    });
}

#[test]
fn test_shutdown_race_issue12456() {
    play(|| {
        let pool = ThreadPool::new("pool", 5);
        let map = pool.map("text", [2; 6], |n: i32| n.to_string());
        pool.shutdown();
        assert_eq!(map.collect::<Vec<_>>(), ["2"; 6]);
        Ok(())
    });
}

#[test]
fn test_no_stale_references() {
    play(|| {
        let (pool, object) = (ThreadPool::new("pool", 5), Arc::new(()));
        let kept = Arc::downgrade(&object);
        pool.submit("method", move || drop(object));
        until(|| kept.upgrade().is_none());
        Ok(())
    });
}

#[test]
fn test_max_workers_negative() {
    play(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| ThreadPool::new("pool", 0))).is_err());
        Ok(())
    });
}

#[test]
fn test_initializer() {
    play(|| {
        let status = ThreadLocal::new("status");
        let pool = ThreadPool::with_initializer("pool", 2, {
            let status = status.clone();
            move || {
                status.set("initialized");
                Ok::<_, Failure>(())
            }
        });
        let submit = |number| {
            let status = status.clone();
            pool.submit(format!("task-{number}"), move || status.get())
        };
        let futures: Vec<_> = (0..2).map(submit).collect();
        assert_eq!(futures.into_iter().map(Future::result).collect::<Vec<_>>(), [Some("initialized"); 2]);
        Ok(())
    });
    let timeline = play(|| {
        let pool = ThreadPool::with_initializer("pool", 2, || {
            sleep(ms(50));
            Err("ValueError: error in initializer")
        });
        let early = pool.submit("early", || Ok::<_, &str>(()));
        assert_eq!(early.exception(), Err(NoResult::Broken("early".to_owned())));
        assert!(pool.is_broken());
        let late = pool.submit("late", || ());
        assert!(late.done() && !late.cancelled());
        assert_eq!(late.try_result(), Err(NoResult::Broken("late".to_owned())));
        Ok(())
    });
    let end = timeline.lane_named("pool_0").unwrap().end.clone().unwrap();
    assert_eq!(end.ending, Ending::Failed);
    assert_eq!(end.message.unwrap(), "Exception in initializer: ValueError: error in initializer");
}
