//! Pools of processes, played by threads: whoever waits takes what has come, nobody waits for ever, and a pool whose
//! worker died is broken from then on.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weft::runtime::host::Clock;
use weft::runtime::processes::{Entry, EntryPoint, Pool, ProcessPoolExecutor, Processes, call, try_call};
use weft::runtime::threads::{Gil, sleep, spawn};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::LaneKind;

use crate::runner;

const MS: Duration = Duration::from_millis(1);

/// Of this many bytes.
const BYTES: Entry<usize, Vec<u8>> = Entry { name: "bytes", call: |arguments| call(bytes, arguments) };
const LEN: Entry<Vec<u8>, usize> = Entry { name: "len", call: |arguments| call(len, arguments) };
const EVEN: Entry<u32, u32> = Entry { name: "even", call: |arguments| try_call(even, arguments) };
const DIE: Entry<u32, u32> = Entry { name: "die", call: |arguments| call(die, arguments) };
const COUNT: Entry<u64> = Entry { name: "count", call: |arguments| call(count, arguments) };

const COUNT_ON: Entry<u64, u32> = Entry { name: "count_on", call: |arguments| call(count_on, arguments) };

static COUNTED: AtomicU32 = AtomicU32::new(0);

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 6] = [&BYTES, &LEN, &EVEN, &DIE, &COUNT, &COUNT_ON];
    all.into_iter().find(|entry| entry.name() == name)
}

fn bytes(count: usize) -> Vec<u8> {
    vec![7; count]
}

fn len(bytes: Vec<u8>) -> usize {
    bytes.len()
}

fn even(number: u32) -> Result<u32, String> {
    if number.is_multiple_of(2) { Ok(number) } else { Err(format!("{number} is odd")) }
}

fn die(number: u32) -> u32 {
    assert_ne!(number, 3, "out of order");
    number
}

fn count(wait: u64) {
    sleep(MS * wait as u32);
    COUNTED.fetch_add(1, SeqCst);
}

fn count_on(wait: u64) -> u32 {
    count(wait);
    COUNTED.load(SeqCst)
}

fn run(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let outcome = runner::watched(&run, Some(&processes), || run_main(&run, LaneKind::Process, program));
    assert_eq!(outcome, Ok(()));
    let timeline = runner::timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    timeline
}

#[test]
fn results_can_be_had_after_close_and_join_whatever_their_size() {
    run(|| {
        let pool = Pool::new("pool", 2);
        // Each is larger than the queue.
        let each: Vec<_> = (0..6).map(|_| pool.apply_async(&BYTES, 300_000)).collect();
        let all = pool.map_async(&BYTES, [400_000; 3]);
        pool.close();
        pool.join()?;
        for result in each {
            assert_eq!(result.get()?.len(), 300_000);
            assert_eq!(result.get()?.len(), 300_000, "again");
        }
        drop(pool);
        assert_eq!(all.get()?.iter().map(Vec::len).sum::<usize>(), 1_200_000);
        Ok(())
    });
}

#[test]
fn inputs_are_sent_whatever_their_size() {
    run(|| {
        let pool = Pool::new("pool", 2);
        let results: Vec<_> = (0..6).map(|_| pool.apply_async(&LEN, vec![1; 300_000])).collect();
        pool.close();
        pool.join()?;
        for result in results {
            assert_eq!(result.get()?, 300_000);
        }
        Ok(())
    });
}

#[test]
fn results_that_nobody_wants_are_no_obstacle() {
    run(|| {
        let pool = Pool::new("pool", 2);
        (0..6).for_each(|_| drop(pool.apply_async(&BYTES, 300_000)));
        pool.close();
        pool.join()
    });
}

#[test]
fn map_waits_for_all_then_raises_the_error_that_came_first() {
    run(|| {
        COUNTED.store(0, SeqCst);
        let pool = Pool::new("pool", 2);
        let results = pool.map_async_chunks(&EVEN, [1, 2, 3], 1);
        let slow: Vec<_> = (0..2).map(|_| pool.apply_async(&COUNT, 30)).collect();
        assert!(results.get().unwrap_err().message.ends_with("is odd"));
        assert_eq!(results.successful(), Some(false));
        slow.iter().try_for_each(|result| result.get())?;
        assert_eq!(COUNTED.load(SeqCst), 2);
        // The rest of a chunk is not called.
        let mut chunks = pool.imap_chunks(&EVEN, [2, 3, 4, 6, 8, 10], 3);
        assert_eq!(chunks.next().map(|result| result.is_err()), Some(true));
        assert_eq!(chunks.next(), None);
        let each: Vec<_> = pool.imap(&EVEN, [2, 3, 4]).map(|result| result.ok()).collect();
        assert_eq!(each, [Some(2), None, Some(4)]);
        Ok(())
    });
}

#[test]
fn a_pool_whose_worker_died_is_broken_from_then_on() {
    for _ in 0..20 {
        run(|| {
            let pool = Pool::new("pool", 2);
            let is_broken = |failure: Failure| assert!(failure.message.starts_with("BrokenProcessPool"), "{failure}");
            let before = pool.apply_async(&DIE, 1);
            assert_eq!(before.get()?, 1);
            is_broken(pool.map_chunks(&DIE, 1..=4, 1).unwrap_err());
            for _ in 0..3 {
                is_broken(pool.apply(&DIE, 1).unwrap_err());
                is_broken(pool.imap(&DIE, 1..3).next().unwrap().unwrap_err());
                assert_eq!(pool.imap(&DIE, 1..3).count(), 1);
            }
            assert_eq!(before.get()?, 1, "what was there is there");
            pool.close();
            is_broken(pool.join().unwrap_err());
            Ok(())
        });
    }
}

#[test]
fn a_terminated_pool_is_joined_without_an_error() {
    run(|| {
        let pool = Pool::new("pool", 2);
        let result = pool.apply_async(&COUNT, 600_000);
        pool.terminate();
        pool.join()?;
        assert!(result.get().unwrap_err().message.contains("was terminated"));
        Ok(())
    });
}

#[test]
fn threads_share_a_pool_under_a_gil() {
    let timeline = run(|| {
        Gil::new(Gil::SWITCH_INTERVAL).run(|| {
            let pool = Arc::new(Pool::new("pool", 3));
            let ask = |name: u32| {
                let pool = pool.clone();
                spawn(format!("asker-{name}"), move || -> Result<(), Failure> {
                    for number in 0..20 {
                        assert_eq!(pool.apply(&EVEN, 2 * (name * 100 + number))?, 2 * (name * 100 + number));
                        assert_eq!(pool.map(&LEN, [vec![0; 70_000], vec![0; 5]])?, [70_000, 5]);
                    }
                    Ok(())
                })
            };
            let askers: Vec<_> = (0..4).map(ask).collect();
            askers.into_iter().try_for_each(|asker| asker.join())?;
            pool.close();
            pool.join()
        })
    });
    assert!(timeline.lane_named("asker-3").is_some());
}

#[test]
fn a_callback_may_use_the_pool() {
    run(|| {
        let pool = Arc::new(Pool::new("pool", 2));
        let (other, called) = (pool.clone(), Arc::new(AtomicU32::new(0)));
        let seen = called.clone();
        let result = pool.apply_async(&EVEN, 2).with_callback(move |number| {
            seen.store(other.apply(&EVEN, number * 2).unwrap_or(0), SeqCst);
        });
        assert_eq!((result.get()?, called.load(SeqCst)), (2, 4));
        Ok(())
    });
}

#[test]
fn nobody_is_called_back_for_no_inputs() {
    run(|| {
        let pool = Pool::new("pool", 1);
        let called = Arc::new(AtomicU32::new(0));
        let count = called.clone();
        let none = pool.map_async(&EVEN, []).with_callback(move |_| {
            count.fetch_add(1, SeqCst);
        });
        assert_eq!((none.get()?.len(), called.load(SeqCst)), (0, 0));
        Ok(())
    });
}

#[test]
fn futures_call_back_in_order_whatever_becomes_of_them() {
    run(|| {
        let called: Arc<Mutex<Vec<String>>> = Arc::default();
        let note = |what: &'static str| {
            let called = called.clone();
            move |result: Result<u32, Failure>| {
                let result = result.map_or_else(|failure| failure.message, |number| number.to_string());
                let result = result.split(':').next().unwrap_or_default().to_owned();
                called.lock().unwrap().push(format!("{what}: {result}"));
            }
        };
        let executor = ProcessPoolExecutor::new("executor", 1);
        let slow = executor.submit(&COUNT, 100)?;
        let (kept, cancelled) = (executor.submit(&DIE, 2)?, executor.submit(&DIE, 1)?);
        kept.add_done_callback(note("first"));
        kept.add_done_callback(note("second"));
        cancelled.add_done_callback(note("cancelled"));
        assert!(cancelled.cancel() && cancelled.cancelled() && cancelled.done());
        while !slow.running() {
            sleep(MS);
        }
        assert!(!slow.cancel() && !kept.running() && !kept.done());
        assert_eq!(kept.result()?, 2);
        kept.add_done_callback(note("at once"));
        assert!(!kept.cancel() && !kept.running() && !slow.running());
        // Nobody learns of the death before somebody waits.
        let executor = ProcessPoolExecutor::new("broken", 2);
        let (endless, dies) = (executor.submit(&COUNT_ON, 600_000)?, executor.submit(&DIE, 3)?);
        endless.add_done_callback(note("endless"));
        dies.add_done_callback(note("dies"));
        assert!(endless.exception()?.is_some());
        let told = ["cancelled: CancelledError", "first: 2", "second: 2", "at once: 2"];
        let broken = ["endless: BrokenProcessPool", "dies: BrokenProcessPool"];
        assert_eq!(*called.lock().unwrap(), [&told[..], &broken].concat());
        Ok(())
    });
}

#[test]
fn more_calls_can_be_cancelled_than_are_with_the_workers() {
    run(|| {
        let executor = ProcessPoolExecutor::new("executor", 2);
        let futures = (0..3000).map(|_| executor.submit(&COUNT, 5)).collect::<Result<Vec<_>, _>>()?;
        let cancelled = futures.iter().rev().filter(|future| future.cancel()).count();
        assert!(cancelled > 2000 && cancelled < 3000, "{cancelled}");
        executor.shutdown();
        assert!(futures.iter().all(|future| future.done()));
        assert_eq!(futures.iter().filter(|future| future.cancelled()).count(), cancelled);
        Ok(())
    });
}
