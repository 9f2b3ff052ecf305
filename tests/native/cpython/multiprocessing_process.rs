//! What CPython's tests of `multiprocessing.Process` assert.

use std::time::Duration;

use weft::runtime::host::cores;
use weft::runtime::processes::{
    Connection, Entry, EntryPoint, Process, Queue, active_children, call, current_process, parent_process,
    pipe_one_way, try_call,
};
use weft::runtime::threads::{sleep, spawn};
use weft::runtime::{Failure, now};
use weft::trace::{Ending, Nanos};

use super::ms;
use crate::processes::play;

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(600);

const WHO: Entry<Queue<(String, u16)>> = Entry { name: "who", call: |arguments| try_call(who, arguments) };
const PARENT: Entry<Connection> = Entry { name: "parent", call: |arguments| try_call(parent, arguments) };
const TELL: Entry<(Queue<String>, u32, f64)> = Entry { name: "tell", call: |arguments| try_call(tell, arguments) };
const SLEEP: Entry<Duration> = Entry { name: "sleep", call: |arguments| call(sleep_for, arguments) };
const LEAVE: Entry<()> = Entry { name: "leave", call: |arguments| call(leave, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 5] = [&WHO, &PARENT, &TELL, &SLEEP, &LEAVE];
    all.into_iter().find(|entry| entry.name() == name)
}

fn who(queue: Queue<(String, u16)>) -> Result<(), Failure> {
    let current = current_process();
    queue.put(&(current.name, current.pid))?;
    Ok(())
}

fn parent(connection: Connection) -> Result<(), Failure> {
    let parent = parent_process().expect("it has one");
    connection.send(&(parent.pid, parent.name))?;
    Ok(())
}

fn tell((queue, number, other): (Queue<String>, u32, f64)) -> Result<(), Failure> {
    let current = current_process();
    for text in [format!("{number} {other}"), current.name, current.pid.to_string()] {
        queue.put(&text)?;
    }
    Ok(())
}

fn sleep_for(time: Duration) {
    sleep(time);
}

fn leave((): ()) {
    spawn("late", || sleep(ms(200)));
}

fn is_active(process: &Process) -> bool {
    active_children().iter().any(|child| child.pid == process.pid)
}

#[test]
fn test_current() {
    play(find, || {
        let current = current_process();
        assert_eq!((current.name.as_str(), current.pid), ("MainProcess", 0));
        assert_eq!(parent_process(), None);
        let queue = Queue::new("queue");
        let child = Process::start("child", &WHO, queue.clone());
        assert_eq!(queue.get()?, ("child".to_owned(), child.pid));
        assert_eq!(spawn("thread", current_process).join(), current);
        Ok(())
    });
}

#[test]
fn test_daemon_argument() {
    let timeline = play(find, || {
        assert!(!Process::start("process", &SLEEP, ms(1)).is_daemon());
        assert!(Process::start_daemon("daemon", &SLEEP, FOR_EVER).is_daemon());
        Ok(())
    });
    let ending = |lane: &str| timeline.lane_named(lane).unwrap().end.as_ref().unwrap().ending;
    assert_eq!((ending("process"), ending("daemon")), (Ending::Returned, Ending::Killed));
}

#[test]
fn test_parent_process_attributes() {
    play(find, || {
        assert_eq!(parent_process(), None);
        let (reader, writer) = pipe_one_way("pipe");
        Process::start("child", &PARENT, writer).join();
        let current = current_process();
        assert_eq!(reader.recv::<(u16, String)>()?, (current.pid, current.name));
        Ok(())
    });
}

#[test]
fn test_process() {
    play(find, || {
        let queue = Queue::bounded("queue", 1);
        assert!(active_children().is_empty());
        let process = Process::start_daemon("SomeProcess", &TELL, (queue.clone(), 1, 2.5));
        assert_eq!((process.exit_code(), process.is_alive(), process.is_daemon()), (None, true, true));
        assert!(is_active(&process));
        assert_eq!(queue.get()?, "1 2.5");
        assert_eq!(queue.get()?, process.name());
        assert_eq!(queue.get()?, process.pid.to_string());
        process.join();
        assert_eq!((process.exit_code(), process.is_alive()), (Some(0), false));
        assert!(!is_active(&process));
        Ok(())
    });
}

/// Ends a process that sleeps, in this way; returns its exit code.
fn end(way: fn(&Process)) -> i32 {
    let mut code = None;
    play(find, || {
        let process = Process::start_daemon("process", &SLEEP, FOR_EVER);
        assert!(process.is_alive() && is_active(&process));
        assert_eq!(process.exit_code(), None);
        assert_eq!(process.join_timeout(Duration::ZERO), None);
        assert_eq!(process.join_timeout(ms(100)), None);
        assert!(process.is_alive());
        way(&process);
        assert_eq!(Some(process.join().code), process.exit_code());
        assert!(!process.is_alive() && !is_active(&process));
        code = process.exit_code();
        Ok(())
    });
    code.expect("it has ended")
}

#[test]
fn test_terminate() {
    assert_eq!(end(Process::terminate), -15);
}

#[test]
fn test_kill() {
    assert_eq!(end(Process::kill), -9);
}

#[test]
fn test_cpu_count() {
    assert!(cores() >= 1);
}

#[test]
fn test_active_children() {
    play(find, || {
        let process = Process::start_daemon("process", &SLEEP, ms(100));
        assert!(is_active(&process));
        process.join();
        assert!(!is_active(&process));
        Ok(())
    });
}

#[test]
fn test_many_processes() {
    play(find, || {
        let start = |time| move |number| Process::start(format!("process-{number}"), &SLEEP, time);
        let short: Vec<_> = (0..5).map(start(ms(10))).collect();
        short.iter().for_each(|process| assert_eq!(process.join().code, 0));
        let long: Vec<_> = (0..5).map(start(FOR_EVER)).collect();
        sleep(ms(1));
        long.iter().for_each(Process::terminate);
        long.iter().for_each(|process| assert_eq!(process.join().code, -15));
        Ok(())
    });
}

#[test]
fn test_wait_for_threads() {
    play(find, || {
        let before = now();
        Process::start("process", &LEAVE, ()).join();
        assert!(now() >= before + Nanos::from(ms(200)));
        Ok(())
    });
}
