//! What CPython's `_test_multiprocessing.py` asserts of pools.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize, Serializer};
use weft::runtime::Failure;
use weft::runtime::processes::{AsyncResult, Entry, EntryPoint, Pool, call, try_call};
use weft::runtime::threads::sleep;

use super::ms;
use super::with_processes::{outcome, play};

const SQR: Entry<(i64, u64), i64> = Entry { name: "pool/sqr", call: |arguments| call(sqr, arguments) };
const MUL: Entry<(i64, i64), i64> = Entry { name: "pool/mul", call: |arguments| call(mul, arguments) };
const INT: Entry<String, i64> = Entry { name: "pool/int", call: |arguments| try_call(int, arguments) };
const RAISE_LARGE: Entry<u64, ()> =
    Entry { name: "pool/raise_large", call: |arguments| try_call(raise_large, arguments) };
const RAISING: Entry<(), ()> = Entry { name: "pool/raising", call: |arguments| try_call(raising, arguments) };
const NAP: Entry<u64> = Entry { name: "pool/nap", call: |arguments| call(nap, arguments) };
const TAKE: Entry<Unpicklable> = Entry { name: "pool/take", call: |arguments| call(take, arguments) };
const MAKE: Entry<(), Unpicklable> = Entry { name: "pool/make", call: |arguments| call(make, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 8] = [&SQR, &MUL, &INT, &RAISE_LARGE, &RAISING, &NAP, &TAKE, &MAKE];
    all.into_iter().find(|entry| entry.name() == name)
}

fn sqr((x, wait): (i64, u64)) -> i64 {
    sleep(ms(wait));
    x * x
}

fn mul((x, y): (i64, i64)) -> i64 {
    x * y
}

fn int(text: String) -> Result<i64, String> {
    text.parse().map_err(|_| format!("ValueError: {text}"))
}

fn raise_large(wait: u64) -> Result<(), String> {
    sleep(ms(wait));
    Err(format!("ValueError: {}", "x".repeat(1 << 20)))
}

fn raising((): ()) -> Result<(), &'static str> {
    Err("KeyError: key")
}

fn nap(wait: u64) {
    sleep(ms(wait));
}

/// What refuses to be packed.
#[derive(Deserialize)]
struct Unpicklable;

impl Serialize for Unpicklable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("cannot pickle"))
    }
}

fn take(_: Unpicklable) {}

fn make((): ()) -> Unpicklable {
    Unpicklable
}

fn at_once(numbers: std::ops::Range<i64>) -> impl Iterator<Item = (i64, u64)> {
    numbers.map(|number| (number, 0))
}

fn squares(numbers: std::ops::Range<i64>) -> Vec<i64> {
    numbers.map(|number| number * number).collect()
}

/// Runs a test with a pool, which is terminated and joined then.
fn with_pool(workers: usize, test: impl FnOnce(&Pool) -> Result<(), Failure>) {
    play(find, || {
        let pool = Pool::new("pool", workers);
        test(&pool)?;
        pool.terminate();
        pool.join()
    });
}

/// That it fails with an error that says this.
fn check_raises<R: std::fmt::Debug>(result: Result<R, Failure>, what: &str) {
    let failure = result.unwrap_err();
    assert!(failure.message.contains(what), "{failure}");
}

#[test]
fn test_apply() {
    with_pool(4, |pool| {
        assert_eq!(pool.apply(&SQR, (5, 0))?, 25);
        Ok(())
    });
}

#[test]
fn test_map() {
    with_pool(4, |pool| {
        assert_eq!(pool.map(&SQR, at_once(0..10))?, squares(0..10));
        assert_eq!(pool.map_chunks(&SQR, at_once(0..100), 20)?, squares(0..100));
        Ok(())
    });
}

#[test]
fn test_starmap() {
    with_pool(4, |pool| {
        let tuples = |count: i64| (0..count).map(move |number| (number, count - 1 - number));
        assert_eq!(pool.map(&MUL, tuples(10))?, tuples(10).map(mul).collect::<Vec<_>>());
        assert_eq!(pool.map_chunks(&MUL, tuples(100), 20)?, tuples(100).map(mul).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn test_starmap_async() {
    with_pool(4, |pool| {
        let tuples = || (0..100).map(|number| (number, 99 - number));
        assert_eq!(pool.map_async(&MUL, tuples()).get()?, tuples().map(mul).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn test_map_async() {
    with_pool(4, |pool| {
        assert_eq!(pool.map_async(&SQR, at_once(0..10)).get()?, squares(0..10));
        Ok(())
    });
}

/// What callbacks were called with.
#[derive(Clone, Default)]
struct Called(Arc<Mutex<Vec<Given>>>);

/// The numbers, or the error's message.
type Given = Result<Vec<i64>, String>;

impl Called {
    fn by(&self, result: AsyncResult<Vec<i64>>) -> AsyncResult<Vec<i64>> {
        let (one, other) = (self.0.clone(), self.0.clone());
        let result = result.with_callback(move |numbers| one.lock().unwrap().push(Ok(numbers)));
        result.with_error_callback(move |failure| other.lock().unwrap().push(Err(failure.message)))
    }
}

#[test]
fn test_map_async_callbacks() {
    with_pool(4, |pool| {
        let called = Called::default();
        called.by(pool.map_async(&INT, ["1".to_owned()])).wait();
        assert_eq!(*called.0.lock().unwrap(), [Ok(vec![1])]);
        called.by(pool.map_async(&INT, ["a".to_owned()])).wait();
        assert_eq!(called.0.lock().unwrap()[1..], [Err("ValueError: a".to_owned())]);
        Ok(())
    });
}

#[test]
fn test_map_unplicklable() {
    with_pool(4, |pool| {
        check_raises(pool.map(&TAKE, (0..10).map(|_| Unpicklable)), "PicklingError");
        assert_eq!(pool.apply(&SQR, (5, 0))?, 25);
        Ok(())
    });
}

#[test]
fn test_map_chunksize() {
    with_pool(4, |pool| {
        assert_eq!(pool.map_async_chunks(&SQR, [], 1).get_timeout(ms(15_000))?, Some(vec![]));
        Ok(())
    });
}

#[test]
fn test_async() {
    with_pool(4, |pool| {
        let began = Instant::now();
        assert_eq!(pool.apply_async(&SQR, (7, 82)).get()?, 49);
        assert!(began.elapsed() >= ms(82));
        Ok(())
    });
}

#[test]
fn test_async_timeout() {
    with_pool(3, |pool| {
        let result = pool.apply_async(&SQR, (6, 600_000));
        let began = Instant::now();
        assert_eq!(result.get_timeout(ms(35))?, None);
        assert!(began.elapsed() >= ms(35));
        assert!(!result.ready());
        assert_eq!(result.successful(), None);
        Ok(())
    });
}

#[test]
fn test_imap() {
    with_pool(4, |pool| {
        let all = |results: weft::runtime::processes::Imap<i64>| results.collect::<Result<Vec<_>, _>>();
        assert_eq!(all(pool.imap(&SQR, at_once(0..10)))?, squares(0..10));
        let mut results = pool.imap_chunks(&SQR, at_once(0..1000), 100);
        for number in 0..1000 {
            assert_eq!(results.next(), Some(Ok(number * number)));
        }
        assert_eq!(results.next(), None);
        Ok(())
    });
}

#[test]
fn test_imap_unordered() {
    with_pool(4, |pool| {
        for mut squared in
            [pool.imap_unordered(&SQR, at_once(0..10)), pool.imap_unordered_chunks(&SQR, at_once(0..1000), 100)]
        {
            let mut all = squared.by_ref().collect::<Result<Vec<_>, _>>()?;
            all.sort_unstable();
            assert_eq!(all, squares(0..all.len() as i64));
            assert!([10, 1000].contains(&all.len()));
        }
        // One that is slow comes last, whatever its place.
        let late: Vec<_> = pool.imap_unordered(&SQR, [(1, 200), (2, 0), (3, 0)]).collect::<Result<_, _>>()?;
        assert_eq!(late.last(), Some(&1));
        Ok(())
    });
}

#[test]
fn test_make_pool() {
    for workers in [0, 32] {
        let failure = outcome(find, || {
            Pool::new("pool", workers);
            Ok(())
        });
        let failure = failure.unwrap_err();
        assert!(failure.message.contains("it must have 1 to 31"), "{failure}");
    }
}

#[test]
fn test_terminate() {
    play(find, || {
        let pool = Pool::new("pool", 3);
        let result = pool.map_async_chunks(&NAP, (0..10_000).map(|_| 600_000), 1);
        sleep(ms(50));
        pool.terminate();
        pool.join()?;
        check_raises(result.get(), "was terminated");
        Ok(())
    });
}

#[test]
fn test_empty_iterable() {
    with_pool(1, |pool| {
        assert!(pool.map(&SQR, [])?.is_empty());
        assert_eq!(pool.imap(&SQR, []).count(), 0);
        assert_eq!(pool.imap_unordered(&SQR, []).count(), 0);
        assert!(pool.map_async(&SQR, []).get()?.is_empty());
        pool.close();
        pool.join()
    });
}

#[test]
fn test_wrapped_exception() {
    with_pool(1, |pool| {
        assert_eq!(pool.apply(&RAISING, ()).unwrap_err().message, "KeyError: key");
        Ok(())
    });
}

#[test]
fn test_map_no_failfast() {
    let began = Instant::now();
    play(find, || {
        let pool = Pool::new("pool", 2);
        let error = pool.map(&RAISE_LARGE, [0, 300]).unwrap_err();
        assert_eq!(error.message.len(), "ValueError: ".len() + (1 << 20));
        pool.close();
        pool.join()
    });
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn test_async_error_callback() {
    with_pool(2, |pool| {
        let called = Arc::new(Mutex::new(None));
        let kept = called.clone();
        let result = pool.apply_async(&RAISING, ());
        let result = result.with_error_callback(move |failure| *kept.lock().unwrap() = Some(failure.message));
        check_raises(result.get(), "KeyError: key");
        assert_eq!(called.lock().unwrap().as_deref(), Some("KeyError: key"));
        assert_eq!((result.ready(), result.successful()), (true, Some(false)));
        pool.close();
        pool.join()
    });
}

#[test]
fn test_unpickleable_result() {
    with_pool(2, |pool| {
        for _ in 0..20 {
            check_raises(pool.apply(&MAKE, ()).map(drop), "this value cannot be packed");
        }
        pool.close();
        pool.join()
    });
}

#[test]
fn test_pool_worker_lifetime_early_close() {
    with_pool(3, |pool| {
        let results: Vec<_> = (0..6).map(|number| pool.apply_async(&SQR, (number, 30))).collect();
        pool.close();
        pool.join()?;
        for (number, result) in (0..).zip(results) {
            assert_eq!(result.get()?, number * number);
        }
        Ok(())
    });
}
