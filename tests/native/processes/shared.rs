//! Pipes, queues, locks and numbers, between lanes of one process.

use std::time::Duration;

use weft::analysis::deadlock;
use weft::runtime::host::Clock;
use weft::runtime::processes::{Array, ErrorKind, Lock, Queue, Value, pipe, pipe_with_capacity};
use weft::runtime::threads::{sleep, spawn};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::{EventKind, LaneKind, State, Target};

use crate::runner;

const MS: Duration = Duration::from_millis(1);

/// Whoever is about to wait does so within this, even if the machine puts it aside on its way.
const A_WHILE: Duration = Duration::from_millis(400);

fn run(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let (timeline, outcome) = try_run(program);
    assert_eq!(outcome, Ok(()));
    timeline
}

fn try_run(program: impl FnOnce() -> Result<(), Failure>) -> (Timeline, Result<(), Failure>) {
    let run = Run::new(Config::default(), Clock::start());
    let outcome = runner::watched(&run, None, || run_main(&run, LaneKind::Process, program));
    let timeline = runner::timeline(&run);
    assert_eq!(timeline.anomalies, []);
    (timeline, outcome)
}

/// Who ended the lane's waits for the resource.
fn wakers(timeline: &Timeline, lane: &str, on: &str) -> Vec<Option<String>> {
    let on = timeline.resources.iter().find(|resource| resource.name == on).expect(on).id;
    let lane = timeline.lane_named(lane).expect(lane);
    let waits = lane.spans_in(State::Blocked, timeline.now).filter(|span| span.on == Some(Target::Resource(on)));
    let cause = |at: usize| lane.changes.get(at + 1).and_then(|change| change.cause);
    waits.map(|span| cause(span.index).and_then(|by| Some(timeline.lane(by.lane)?.name.clone()))).collect()
}

#[test]
fn a_narrow_pipe_carries_long_messages_both_ways() {
    let timeline = run(|| {
        let (ours, theirs) = pipe_with_capacity("pipe", 16);
        let echo = spawn("echo", move || -> Result<(), Failure> {
            while let Ok(message) = theirs.recv_bytes() {
                theirs.send_bytes(&message)?;
            }
            Ok(())
        });
        let message: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
        for len in [10_000, 0, 1, 16] {
            ours.send_bytes(&message[..len])?;
            assert_eq!(ours.recv_bytes()?, message[..len]);
        }
        ours.close();
        echo.join()
    });
    let levels = timeline.resources.iter().filter(|resource| resource.name.starts_with("pipe"));
    for pipe in levels {
        let levels = pipe.events.iter().filter_map(|event| match event.kind {
            EventKind::Level { value, .. } => Some(value),
            _ => None,
        });
        let levels: Vec<i64> = levels.collect();
        assert!(levels.iter().all(|level| (0..=16).contains(level)), "{}", pipe.name);
        assert_eq!(levels.last(), Some(&0), "{}", pipe.name);
    }
}

#[test]
fn closed_ends_have_names() {
    let timeline = run(|| {
        let (ours, theirs) = pipe("pipe");
        let other = spawn("other", move || {
            sleep(A_WHILE);
            theirs.send("bye").unwrap();
            sleep(A_WHILE);
            theirs.close();
        });
        assert!(!ours.poll(MS));
        assert!(ours.poll(Duration::from_secs(5)));
        assert_eq!(ours.recv::<String>()?, "bye");
        let error = ours.recv::<String>().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Eof);
        assert!(error.message.starts_with("EOFError: main received from pipe “pipe ←”"), "{error}");
        let error = ours.send(&1).unwrap_err();
        assert!(error.message.starts_with("BrokenPipeError: main sent to pipe “pipe →”"), "{error}");
        other.join();
        Ok(())
    });
    let back = timeline.resources.iter().find(|resource| resource.name == "pipe →").unwrap().id;
    let main = timeline.lane_named("main").unwrap();
    assert!(main.passed.iter().any(|passed| passed.on == Target::Resource(back)), "it met the end without a wait");
    let other = || Some("other".to_owned());
    assert_eq!(wakers(&timeline, "main", "pipe ←"), [None, other(), other()], "a time-out, a message, the end");
}

#[test]
fn bytes_that_are_something_else_are_an_error() {
    run(|| {
        let (ours, theirs) = pipe("pipe");
        ours.send(&(1_u8, 2_u8))?;
        let error = theirs.recv::<u8>().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unpickling);
        assert!(error.message.contains("1 bytes are left over"), "{error}");
        ours.send_bytes(&[])?;
        assert_eq!(theirs.recv::<u8>().unwrap_err().kind, ErrorKind::Unpickling);
        // Only a process that is being started can be handed an end.
        assert_eq!(ours.send(&theirs).unwrap_err().kind, ErrorKind::Pickling);
        Ok(())
    });
}

#[test]
fn a_bounded_queue_waits_and_gives_up() {
    let timeline = run(|| {
        let queue = Queue::bounded("queue", 2);
        assert_eq!(queue.get_timeout(10 * MS).unwrap_err().kind, ErrorKind::Empty);
        queue.put(&1)?;
        queue.put(&2)?;
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.put_timeout(&3, 10 * MS).unwrap_err().kind, ErrorKind::Full);
        let getter = spawn("getter", {
            let queue = queue.clone();
            move || -> Result<i32, Failure> {
                sleep(A_WHILE);
                Ok(queue.get()? * 100 + queue.get()? * 10 + queue.get()?)
            }
        });
        queue.put(&3)?;
        assert_eq!(getter.join()?, 123);
        Ok(())
    });
    assert_eq!(wakers(&timeline, "main", "queue"), [None, None, Some("getter".to_owned())]);
}

#[test]
fn a_lock_lets_one_in_and_knows_who() {
    let timeline = run(|| {
        let (lock, value) = (Lock::new("lock"), Value::new("value", 0));
        let workers = (1..=4).map(|number| {
            let (lock, value) = (lock.clone(), value.clone());
            spawn(format!("worker-{number}"), move || {
                for _ in 0..500 {
                    let _held = lock.hold();
                    value.set(value.get() + 1);
                }
            })
        });
        workers.collect::<Vec<_>>().into_iter().for_each(|worker| worker.join());
        assert_eq!(value.get(), 2000);
        assert!(lock.release().unwrap_err().message.starts_with("ValueError: lock “lock” was released by main"));
        lock.acquire();
        assert!(!lock.acquire_timeout(5 * MS));
        lock.release()
    });
    let lock = timeline.resources.iter().find(|resource| resource.name == "lock").unwrap();
    let kinds: Vec<bool> = lock.events.iter().map(|event| matches!(event.kind, EventKind::Acquired { .. })).collect();
    assert_eq!(kinds.len(), 4002);
    assert!(kinds.iter().enumerate().all(|(at, acquired)| *acquired == (at % 2 == 0)), "one holder at a time");
}

#[test]
fn waiting_for_a_lock_for_ever_is_found() {
    let (timeline, outcome) = try_run(|| {
        let lock = Lock::new("lock");
        lock.acquire();
        lock.acquire();
        Ok(())
    });
    let message = outcome.unwrap_err().message;
    assert!(message.contains("main waits for lock “lock”, which it holds itself"), "{message}");
    drop(deadlock(&timeline));
}

#[test]
fn an_array_keeps_its_places_apart() {
    run(|| {
        let array = Array::new("array", &[i64::MIN, -1, 0, i64::MAX]);
        array.set(1, 1 << 40);
        assert_eq!(array.to_vec(), [i64::MIN, 1 << 40, 0, i64::MAX]);
        Ok(())
    });
}
