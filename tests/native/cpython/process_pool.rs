//! What CPython's tests of `concurrent.futures` assert of a `ProcessPoolExecutor`.

use std::cell::RefCell;
use std::time::Instant;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weft::runtime::Failure;
use weft::runtime::processes::{
    Entry, EntryPoint, Future, ProcessPoolExecutor, When, as_completed, call, try_call, wait,
};
use weft::runtime::threads::sleep;
use weft::timeline::Timeline;
use weft::trace::LaneKind;

use super::ms;
use super::with_processes::{outcome, play};

const POW: Entry<(u64, u32), u64> = Entry { name: "executor/pow", call: |arguments| call(pow, arguments) };
const DIVIDE: Entry<(u64, u64), u64> = Entry { name: "executor/divide", call: |arguments| try_call(divide, arguments) };
const NAP: Entry<u64, u64> = Entry { name: "executor/nap", call: |arguments| call(nap, arguments) };
const FAIL: Entry<u64, u64> = Entry { name: "executor/fail", call: |arguments| try_call(fail, arguments) };
const CRASH: Entry<u64, u64> = Entry { name: "executor/crash", call: |arguments| call(crash, arguments) };
const INIT: Entry<String> = Entry { name: "executor/init", call: |arguments| call(init, arguments) };
const INIT_FAIL: Entry<()> = Entry { name: "executor/init_fail", call: |arguments| try_call(init_fail, arguments) };
const STATUS: Entry<(), String> = Entry { name: "executor/status", call: |arguments| call(status, arguments) };
const TAKE: Entry<Bad, u64> = Entry { name: "executor/take", call: |arguments| call(take, arguments) };
const MAKE: Entry<Bad, Bad> = Entry { name: "executor/make", call: |arguments| call(make, arguments) };
const CRASH_WITH: Entry<Vec<u8>, u64> =
    Entry { name: "executor/crash_with", call: |arguments| call(crash_with, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 11] =
        [&POW, &DIVIDE, &NAP, &FAIL, &CRASH, &INIT, &INIT_FAIL, &STATUS, &TAKE, &MAKE, &CRASH_WITH];
    all.into_iter().find(|entry| entry.name() == name)
}

fn pow((base, exponent): (u64, u32)) -> u64 {
    base.pow(exponent)
}

fn divide((one, other): (u64, u64)) -> Result<u64, &'static str> {
    one.checked_div(other).ok_or("ZeroDivisionError")
}

fn nap(wait: u64) -> u64 {
    sleep(ms(wait));
    wait
}

fn fail(wait: u64) -> Result<u64, &'static str> {
    sleep(ms(wait));
    Err("this is an exception")
}

fn crash(wait: u64) -> u64 {
    sleep(ms(wait));
    panic!("crashed")
}

fn crash_with(_: Vec<u8>) -> u64 {
    panic!("crashed")
}

thread_local! {
    /// Of this process: a thread plays it.
    static STATUS_OF_PROCESS: RefCell<String> = const { RefCell::new(String::new()) };
}

fn init(status: String) {
    STATUS_OF_PROCESS.set(status);
}

fn init_fail((): ()) -> Result<(), &'static str> {
    Err("ValueError: error in initializer")
}

fn status((): ()) -> String {
    STATUS_OF_PROCESS.with_borrow(String::clone)
}

/// What is bad at some time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bad {
    /// To pack it is an error.
    Pack,
    /// To pack it ends the process.
    PackCrash,
    /// To unpack it ends the process.
    UnpackCrash,
    /// To pack it again is an error.
    PackAgain,
    /// To pack it again ends the process.
    PackAgainCrash,
}

impl Serialize for Bad {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Bad::Pack => Err(serde::ser::Error::custom("Error in pickle")),
            Bad::PackCrash => panic!("crashed"),
            Bad::UnpackCrash => 0_u8.serialize(serializer),
            Bad::PackAgain => 1_u8.serialize(serializer),
            Bad::PackAgainCrash => 2_u8.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bad {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bad, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => panic!("crashed"),
            1 => Ok(Bad::Pack),
            _ => Ok(Bad::PackCrash),
        }
    }
}

fn take(_: Bad) -> u64 {
    0
}

fn make(bad: Bad) -> Bad {
    bad
}

/// Runs a test with an executor, which is shut down then.
fn with_executor(workers: usize, test: impl FnOnce(&ProcessPoolExecutor) -> Result<(), Failure>) -> Timeline {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", workers);
        test(&executor)?;
        executor.shutdown();
        Ok(())
    })
}

/// How many workers have been started.
fn workers(timeline: &Timeline) -> usize {
    timeline
        .lanes
        .iter()
        .filter(|lane| lane.kind == Some(LaneKind::Process) && lane.name.starts_with("executor-"))
        .count()
}

/// That this is an error which begins so.
fn check_raises<R: std::fmt::Debug>(result: Result<R, Failure>, what: &str) {
    let failure = result.unwrap_err();
    assert!(failure.message.starts_with(what), "{failure}");
}

/// That a call fails with an error that begins so, and its executor can be shut down then.
fn check_crash<A: Serialize, R: serde::de::DeserializeOwned + std::fmt::Debug>(
    what: &str,
    entry: &Entry<A, R>,
    arguments: A,
) {
    with_executor(2, |executor| {
        check_raises(executor.submit(entry, arguments)?.result(), what);
        Ok(())
    });
}

fn powers(numbers: std::ops::Range<u32>) -> impl Iterator<Item = (u64, u32)> {
    numbers.map(|number| (u64::from(number), number % 10))
}

#[test]
fn test_killed_child() {
    with_executor(5, |executor| {
        let slow = executor.submit(&NAP, 600_000)?;
        let killed = executor.submit(&CRASH, 20)?;
        check_raises(slow.result(), "BrokenProcessPool");
        check_raises(killed.result(), "BrokenProcessPool");
        check_raises(executor.submit(&POW, (2, 8)).map(drop), "BrokenProcessPool");
        Ok(())
    });
}

#[test]
fn test_map_chunksize() {
    with_executor(5, |executor| {
        let expected: Vec<_> = powers(0..40).map(pow).collect();
        for chunk in [6, 50, 40] {
            assert_eq!(executor.map_chunks(&POW, powers(0..40), chunk)?.collect::<Result<Vec<_>, _>>()?, expected);
        }
        Ok(())
    });
    let bad = outcome(find, || {
        let executor = ProcessPoolExecutor::new("executor", 1);
        executor.map_chunks(&POW, powers(0..40), 0).map(drop)
    });
    assert!(bad.unwrap_err().message.starts_with("ValueError"));
}

#[test]
fn test_saturation() {
    let timeline = with_executor(4, |executor| (0..60).try_for_each(|_| executor.submit(&NAP, 2).map(drop)));
    assert_eq!(workers(&timeline), 4);
}

#[test]
fn test_idle_process_reuse_one() {
    let timeline = with_executor(4, |executor| {
        for (base, exponent) in [(21, 2), (6, 7), (3, 14)] {
            assert_eq!(executor.submit(&POW, (base, exponent))?.result()?, base.pow(exponent));
        }
        Ok(())
    });
    assert_eq!(workers(&timeline), 1);
}

#[test]
fn test_idle_process_reuse_multiple() {
    let timeline = with_executor(5, |executor| {
        executor.submit(&POW, (12, 7))?.result()?;
        executor.submit(&POW, (33, 5))?;
        executor.submit(&POW, (25, 6))?.result()?;
        executor.submit(&POW, (18, 9))?;
        executor.submit(&POW, (1, 2))?.result()?;
        executor.submit(&POW, (0, 9)).map(drop)
    });
    assert!(workers(&timeline) <= 3);
}

#[test]
fn test_submit() {
    with_executor(5, |executor| {
        assert_eq!(executor.submit(&POW, (2, 8))?.result()?, 256);
        Ok(())
    });
}

#[test]
fn test_map() {
    with_executor(5, |executor| {
        let expected: Vec<_> = powers(0..10).map(pow).collect();
        assert_eq!(executor.map(&POW, powers(0..10))?.collect::<Result<Vec<_>, _>>()?, expected);
        assert_eq!(executor.map_chunks(&POW, powers(0..10), 3)?.collect::<Result<Vec<_>, _>>()?, expected);
        Ok(())
    });
}

#[test]
fn test_map_exception() {
    with_executor(5, |executor| {
        let results: Vec<_> = executor.map(&DIVIDE, [(1, 2), (1, 3), (1, 0), (1, 5)])?.collect();
        assert_eq!(results[..2], [Ok(0), Ok(0)]);
        check_raises(results[2].clone(), "ZeroDivisionError");
        assert_eq!(results.len(), 3);
        Ok(())
    });
}

#[test]
fn test_map_timeout() {
    with_executor(3, |executor| {
        // So that they stand.
        executor.map(&NAP, [50, 50, 50])?.try_for_each(|result| result.map(drop))?;
        let results: Vec<_> = executor.map(&NAP, [0, 0, 3000])?.with_timeout(ms(1000)).collect();
        assert_eq!(results[..2], [Ok(0), Ok(0)]);
        check_raises(results[2].clone(), "TimeoutError");
        Ok(())
    });
}

#[test]
fn test_shutdown_race_issue12456() {
    with_executor(5, |executor| executor.map(&NAP, [0; 6]).map(drop));
}

#[test]
fn test_max_workers_negative() {
    let failure = outcome(find, || {
        ProcessPoolExecutor::new("executor", 0);
        Ok(())
    });
    let failure = failure.unwrap_err();
    assert!(failure.message.contains("it must have 1 to 31"), "{failure}");
}

#[test]
fn test_hang_issue12364() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 5);
        let futures = (0..50).map(|_| executor.submit(&NAP, 10)).collect::<Result<Vec<_>, _>>()?;
        executor.shutdown();
        futures.iter().try_for_each(|future| future.result().map(drop))
    });
}

#[test]
fn test_cancel_futures() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 5);
        let futures = (0..50).map(|_| executor.submit(&NAP, 100)).collect::<Result<Vec<_>, _>>()?;
        futures[0].result()?;
        executor.shutdown_cancelling();
        let (cancelled, others): (Vec<_>, Vec<_>) = futures.iter().partition(|future| future.cancelled());
        assert!(cancelled.len() > 20 && !others.is_empty());
        for future in others {
            assert!(future.done());
            assert_eq!(future.exception()?, None);
        }
        for future in cancelled {
            assert!(future.done() && !future.running() && future.cancel());
            check_raises(future.result(), "CancelledError");
            check_raises(future.exception(), "CancelledError");
        }
        Ok(())
    });
}

#[test]
fn test_processes_terminate() {
    let timeline = with_executor(5, |executor| (0..3).try_for_each(|_| executor.submit(&NAP, 100).map(drop)));
    assert_eq!(workers(&timeline), 3);
    assert!(
        timeline
            .lanes
            .iter()
            .all(|lane| lane.end.as_ref().is_some_and(|end| end.ending == weft::trace::Ending::Returned))
    );
}

#[test]
fn test_context_manager_shutdown() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 5);
        let results = executor.map(&NAP, [5, 0, 3])?.collect::<Result<Vec<_>, _>>()?;
        assert_eq!(results, [5, 0, 3]);
        Ok(())
    });
}

#[test]
fn test_del_shutdown() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 5);
        let results = executor.map(&NAP, [5, 0, 3])?;
        drop(executor);
        assert_eq!(results.collect::<Result<Vec<_>, _>>()?, [5, 0, 3]);
        Ok(())
    });
}

#[test]
fn test_initializer() {
    play(find, || {
        let executor = ProcessPoolExecutor::with_initializer("executor", 2, &INIT, "initialized".to_owned());
        for future in [executor.submit(&STATUS, ())?, executor.submit(&STATUS, ())?] {
            assert_eq!(future.result()?, "initialized");
        }
        executor.shutdown();

        let executor = ProcessPoolExecutor::with_initializer("failing", 2, &INIT_FAIL, ());
        let future = executor.submit(&STATUS, ())?;
        let failure = future.result().unwrap_err();
        assert!(failure.message.starts_with("BrokenProcessPool") && failure.message.contains("error in initializer"));
        check_raises(executor.submit(&STATUS, ()).map(drop), "BrokenProcessPool");
        Ok(())
    });
}

/// Of these workers: futures that are cancelled, have failed, and are there.
fn settled(executor: &ProcessPoolExecutor) -> Result<[Future<u64>; 3], Failure> {
    let slow = (0..5).map(|_| executor.submit(&NAP, 50)).collect::<Result<Vec<_>, _>>()?;
    let futures = [executor.submit(&NAP, 1)?, executor.submit(&FAIL, 0)?, executor.submit(&NAP, 0)?];
    assert!(futures[0].cancel() && futures[0].cancelled() && !futures[1].cancelled());
    slow.iter().try_for_each(|future| future.result().map(drop))?;
    check_raises(futures[1].result(), "this is an exception");
    assert_eq!(futures[2].result()?, 0);
    assert!(!futures[2].cancel());
    Ok(futures)
}

/// What is done, and what is not, by the order in which the futures were given.
fn wait_for(futures: Vec<Future<u64>>, timeout: Option<u64>, when: When) -> (usize, usize) {
    let (done, not_done) = wait(futures, timeout.map(ms), when);
    assert!(done.iter().all(Future::done));
    (done.len(), not_done.len())
}

#[test]
fn test_first_completed() {
    with_executor(5, |executor| {
        let futures = vec![executor.submit(&NAP, 0)?, executor.submit(&NAP, 600)?];
        assert_eq!(wait_for(futures, None, When::FirstCompleted), (1, 1));
        Ok(())
    });
}

#[test]
fn test_first_completed_some_already_completed() {
    with_executor(5, |executor| {
        let [cancelled, _, there] = settled(executor)?;
        let futures = vec![cancelled, there, executor.submit(&NAP, 600)?];
        assert_eq!(wait_for(futures, None, When::FirstCompleted), (2, 1));
        Ok(())
    });
}

#[test]
fn test_first_exception() {
    with_executor(5, |executor| {
        let futures = vec![executor.submit(&NAP, 0)?, executor.submit(&FAIL, 300)?, executor.submit(&NAP, 2000)?];
        assert_eq!(wait_for(futures, None, When::FirstError), (2, 1));
        Ok(())
    });
}

#[test]
fn test_first_exception_some_already_complete() {
    with_executor(5, |executor| {
        let [cancelled, _, there] = settled(executor)?;
        let futures = vec![there, cancelled, executor.submit(&FAIL, 0)?, executor.submit(&NAP, 600)?];
        assert_eq!(wait_for(futures, None, When::FirstError), (3, 1));
        Ok(())
    });
}

#[test]
fn test_first_exception_one_already_failed() {
    with_executor(5, |executor| {
        let [_, failed, _] = settled(executor)?;
        assert_eq!(wait_for(vec![failed, executor.submit(&NAP, 600)?], None, When::FirstError), (1, 1));
        Ok(())
    });
}

#[test]
fn test_all_completed() {
    with_executor(5, |executor| {
        let mut futures: Vec<_> = settled(executor)?.into();
        futures.extend([executor.submit(&FAIL, 0)?, executor.submit(&NAP, 50)?]);
        assert_eq!(wait_for(futures, None, When::All), (5, 0));
        Ok(())
    });
}

#[test]
fn test_timeout() {
    with_executor(5, |executor| {
        let mut futures: Vec<_> = settled(executor)?.into();
        futures.push(executor.submit(&NAP, 600)?);
        let began = Instant::now();
        assert_eq!(wait_for(futures, Some(50), When::All), (3, 1));
        assert!(began.elapsed() >= ms(50));
        Ok(())
    });
}

#[test]
fn test_no_timeout() {
    with_executor(5, |executor| {
        let mut futures: Vec<_> = settled(executor)?.into();
        futures.extend([executor.submit(&NAP, 300)?, executor.submit(&NAP, 0)?]);
        let mut results: Vec<_> = as_completed(futures).map(|future| future.result().ok()).collect();
        // The first three were done before; in which order, two workers decided.
        results[..3].sort();
        assert_eq!(results, [None, None, Some(0), Some(0), Some(300)]);
        Ok(())
    });
}

#[test]
fn test_future_times_out() {
    for timeout in [0, 100] {
        with_executor(5, |executor| {
            let mut futures: Vec<_> = settled(executor)?.into();
            futures.push(executor.submit(&NAP, 600)?);
            assert_eq!(as_completed(futures).with_timeout(ms(timeout)).count(), 3);
            Ok(())
        });
    }
}

#[test]
fn test_correct_timeout_exception_msg() {
    with_executor(5, |executor| {
        let mut futures: Vec<_> = settled(executor)?.into();
        futures.push(executor.submit(&NAP, 600)?);
        let mut completed = as_completed(futures).with_timeout(ms(0));
        assert_eq!(completed.by_ref().count(), 3);
        let failure = completed.try_next().err().expect("one is not done");
        assert_eq!(failure.message, "TimeoutError: 1 (of 4) futures unfinished");
        Ok(())
    });
}

#[test]
fn test_error_at_task_pickle() {
    check_crash("PicklingError", &TAKE, Bad::Pack);
}

#[test]
fn test_crash_at_task_unpickle() {
    check_crash("BrokenProcessPool", &TAKE, Bad::UnpackCrash);
}

#[test]
fn test_crash_during_func_exec_on_worker() {
    check_crash("BrokenProcessPool", &CRASH, 0);
}

#[test]
fn test_error_during_func_exec_on_worker() {
    check_crash("this is an exception", &FAIL, 0);
}

#[test]
fn test_crash_during_result_pickle_on_worker() {
    check_crash("BrokenProcessPool", &MAKE, Bad::PackAgainCrash);
}

#[test]
fn test_error_during_result_pickle_on_worker() {
    check_crash("this value cannot be packed", &MAKE, Bad::PackAgain);
}

#[test]
fn test_shutdown_deadlock() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 2);
        let future = executor.submit(&CRASH, 100)?;
        executor.shutdown();
        check_raises(future.result(), "BrokenProcessPool");
        Ok(())
    });
}

#[test]
fn test_shutdown_deadlock_pickle() {
    play(find, || {
        let executor = ProcessPoolExecutor::new("executor", 2);
        executor.submit(&NAP, 0)?.result()?;
        let future = executor.submit(&TAKE, Bad::Pack)?;
        executor.shutdown();
        check_raises(future.result(), "PicklingError");
        Ok(())
    });
}

#[test]
fn test_crash_big_data() {
    with_executor(2, |executor| {
        let data = vec![0; 3 << 20];
        let results: Result<Vec<_>, _> = executor.map(&CRASH_WITH, (0..10).map(|_| data.clone()))?.collect();
        check_raises(results, "BrokenProcessPool");
        Ok(())
    });
}

#[test]
fn test_gh105829_should_not_deadlock_if_wakeup_pipe_full() {
    with_executor(1, |executor| {
        let futures = (0..10_000).map(|_| executor.submit(&NAP, 0)).collect::<Result<Vec<_>, _>>()?;
        assert_eq!(wait_for(futures, None, When::All), (10_000, 0));
        Ok(())
    });
}
