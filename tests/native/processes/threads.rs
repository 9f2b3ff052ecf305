//! Processes that have threads.

use std::time::{Duration, Instant};

use weft::runtime::processes::{Entry, EntryPoint, Lock, Process, Value, call};
use weft::runtime::threads::{sleep, spawn, spawn_daemon};
use weft::trace::Ending;

use super::play;

const MS: Duration = Duration::from_millis(1);

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(600);

type Shared = (Lock, Value);

const COUNT: Entry<Shared, i64> = Entry { name: "count", call: |arguments| call(count, arguments) };
const LEAVE: Entry<Value> = Entry { name: "leave", call: |arguments| call(leave, arguments) };
const PANIC: Entry<()> = Entry { name: "panic", call: |arguments| call(panic, arguments) };
const STAY: Entry<Shared> = Entry { name: "stay", call: |arguments| call(stay, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 4] = [&COUNT, &LEAVE, &PANIC, &STAY];
    all.into_iter().find(|entry| entry.name() == name)
}

fn count((lock, value): Shared) -> i64 {
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let (lock, value) = (lock.clone(), value.clone());
            spawn(format!("counter-{number}"), move || {
                for _ in 0..100 {
                    let _held = lock.hold();
                    value.set(value.get() + 1);
                }
                1
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join()).sum()
}

/// Joins neither of its threads.
fn leave(value: Value) {
    spawn_daemon("daemon", || sleep(FOR_EVER));
    spawn("late", move || {
        sleep(100 * MS);
        value.set(1);
    });
}

fn panic((): ()) {
    spawn("thread", || panic!("out of order")).join();
}

fn stay((lock, value): Shared) {
    spawn("thread", move || {
        let _held = lock.hold();
        value.set(1);
        sleep(FOR_EVER);
        value.set(2);
    });
    sleep(FOR_EVER);
}

#[test]
fn threads_of_processes_share_what_processes_share() {
    let timeline = play(find, || {
        let (lock, value) = (Lock::new("lock"), Value::new("value", 0));
        let children = [1, 2].map(|n| Process::start(format!("child-{n}"), &COUNT, (lock.clone(), value.clone())));
        children.iter().for_each(|child| assert_eq!(child.join().code, 0));
        assert_eq!(value.get(), 600);
        Ok(())
    });
    let counters: Vec<_> = timeline.lanes.iter().filter(|lane| lane.name.starts_with("counter-")).collect();
    assert_eq!(counters.len(), 6);
    let child = |name: &str| timeline.lane_named(name).unwrap().id;
    assert_eq!(counters.iter().filter(|lane| lane.parent == Some(child("child-1"))).count(), 3);
}

#[test]
fn a_process_waits_for_its_threads_but_not_for_daemons() {
    let timeline = play(find, || {
        let value = Value::new("value", 0);
        let child = Process::start("child", &LEAVE, value.clone());
        assert_eq!((child.join().code, value.get()), (0, 1));
        Ok(())
    });
    let ending = |lane: &str| timeline.lane_named(lane).unwrap().end.clone().unwrap();
    assert_eq!(ending("daemon").ending, Ending::Killed);
    assert!(ending("child").time >= ending("late").time);
}

#[test]
fn a_panic_of_a_thread_is_its_processs() {
    play(find, || {
        let exit = Process::start("child", &PANIC, ()).join();
        assert_eq!((exit.code, exit.error.as_deref()), (1, Some("out of order")));
        Ok(())
    });
}

#[test]
fn threads_of_a_killed_process_end_with_it() {
    let began = Instant::now();
    let timeline = play(find, || {
        let (lock, value) = (Lock::new("lock"), Value::new("value", 0));
        let child = Process::start("child", &STAY, (lock, value.clone()));
        while value.get() == 0 {
            sleep(MS);
        }
        child.terminate();
        assert_eq!((child.join().code, value.get()), (-15, 1));
        Ok(())
    });
    assert!(began.elapsed() < Duration::from_secs(20));
    let marks: Vec<_> = timeline.marks.iter().map(|mark| &*mark.text).collect();
    assert_eq!(marks, ["pid 1 is terminated while it holds lock “lock”: nobody will release it"]);
    assert_eq!(timeline.lane_named("thread").unwrap().end.as_ref().unwrap().ending, Ending::Killed);
}
