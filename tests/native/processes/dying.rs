//! Processes that die, fail or are asked for nonsense, played by threads: nobody waits for ever, the parent learns what
//! happened, and nothing goes on afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use weft::demos::Demo;
use weft::runtime::host::Clock;
use weft::runtime::processes::{
    Connection, Entry, EntryPoint, ErrorKind, Lock, Process, Processes, Queue, Value, call, pipe, pipe_with_capacity,
    try_call,
};
use weft::runtime::threads::{sleep, work};
use weft::runtime::{Config, Failure, Run, print, run_main};
use weft::timeline::Timeline;
use weft::trace::{Ending, LaneKind};

use crate::runner::{self, Ran, values};

const MS: Duration = Duration::from_millis(1);

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(600);

/// Whatever has to end does so within this, on a machine that is busy too.
const SOON: Duration = Duration::from_secs(20);

/// Runs a way in which processes die.
fn die(how: &str) -> Ran {
    let demo = Demo::find("dying-processes").unwrap();
    let ran = runner::run(demo, &values(demo, &[("how", how)]), 1.0);
    assert_eq!(ran.timeline.anomalies, [], "{how}");
    ran
}

/// What main prints: each line contains its part.
fn check(how: &str, parts: &[&str]) {
    let Ran { timeline, outcome } = die(how);
    assert_eq!(outcome, Ok(()), "{how}");
    let main = timeline.lane_named("main").unwrap().id;
    let lines: Vec<_> = timeline.prints.iter().filter(|print| print.lane == main).map(|print| &print.text).collect();
    assert_eq!(lines.len(), parts.len(), "{how}: {lines:?}");
    for (line, part) in lines.iter().zip(parts) {
        assert!(line.contains(part), "{how}: {line:?} should contain {part:?}");
    }
}

#[test]
fn a_killed_process_leaves_nobody_waiting() {
    check("recv", &["recv: EOFError: main received", "send: BrokenPipeError", "exit code -15"]);
    check("get", &["get: Empty: main found nothing", "exit code -15"]);
    check("join", &["joined in time: false", "exit code -15, alive: false"]);
    check("lock", &["acquired: false", "exit code -15"]);
    check("send", &["send: BrokenPipeError", "exit code -15"]);
    check("flood", &["10 floods were stopped"]);
}

#[test]
fn a_lock_of_a_killed_process_is_a_deadlock() {
    let failure = die("lock-forever").outcome.unwrap_err();
    let told = "nobody is left to wake one: main waits for lock “lock”, which child holds";
    assert!(failure.message.contains(told), "{failure}");
}

#[test]
fn a_process_that_fails_tells_its_parent_why() {
    check("panic", &["exit code 1: number 3 is out of order"]);
    check("unknown", &["exit code 1: there is no function named “dying-processes/nobody”"]);
    check("arguments", &["exit code 1: its arguments of 9 bytes do not unpack"]);
    check("nested", &["daemonic processes are not allowed to have children"]);
    check("pool", &["map: BrokenProcessPool: pid"]);
    check("manager", &["item 1: IndexError: main asked for item 1", "len: "]);
}

#[test]
fn long_messages_go_through_a_ring_of_16_bytes() {
    check("narrow", &["10000 bytes through 16: true; exit code 0"]);
}

#[test]
fn a_hundred_processes_one_after_the_other() {
    check("many", &["100 processes, one after the other"]);
}

const FLOOD: Entry<Connection> = Entry { name: "flood", call: |arguments| try_call(flood, arguments) };
const COMPUTE: Entry<Connection> = Entry { name: "compute", call: |arguments| call(compute, arguments) };
const BREAK: Entry<(Lock, Connection)> = Entry { name: "break", call: |arguments| call(break_down, arguments) };
const LATE: Entry<Value> = Entry { name: "late", call: |arguments| call(write_late, arguments) };
const LISTEN: Entry<(Queue<u32>, Connection)> = Entry { name: "listen", call: |arguments| call(listen, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 5] = [&FLOOD, &COMPUTE, &BREAK, &LATE, &LISTEN];
    all.into_iter().find(|entry| entry.name() == name)
}

fn flood(connection: Connection) -> Result<(), Failure> {
    loop {
        connection.send_bytes(&[7; 100])?;
    }
}

fn compute(_kept: Connection) {
    work(FOR_EVER);
}

fn break_down((lock, _kept): (Lock, Connection)) {
    let _held = lock.hold();
    panic!("out of order");
}

/// Writes when it is dropped, be it because it was killed.
struct Late(Value);

impl Drop for Late {
    fn drop(&mut self) {
        self.0.set(2);
    }
}

fn write_late(value: Value) {
    let late = Late(value);
    late.0.set(1);
    sleep(FOR_EVER);
}

fn listen((queue, _kept): (Queue<u32>, Connection)) {
    // What it gets is how the demo ends, if it is no error.
    print(format!("{:?}", queue.get().map_err(|error| error.kind)));
}

/// Runs a program that may start these.
fn run(program: impl FnOnce() -> Result<(), Failure>) -> (Timeline, Result<(), Failure>) {
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let outcome = run_main(&run, LaneKind::Process, program);
    let timeline = runner::timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    (timeline, outcome)
}

fn ending(timeline: &Timeline, lane: &str) -> Ending {
    timeline.lane_named(lane).unwrap().end.as_ref().unwrap().ending
}

#[test]
fn a_process_is_killed_at_any_step() {
    for number in 0..60_u32 {
        let (timeline, outcome) = run(|| {
            let (ours, theirs) = pipe_with_capacity("pipe", 256);
            let child = Process::start("child", &FLOOD, theirs);
            ours.recv_bytes()?;
            // It is at another step each time.
            (0..number * 50).for_each(|_| std::hint::spin_loop());
            child.terminate();
            while ours.recv_bytes().is_ok() {}
            assert_eq!(child.join().code, -15);
            Ok(())
        });
        assert_eq!(outcome, Ok(()));
        assert_eq!(ending(&timeline, "child"), Ending::Killed);
    }
}

#[test]
fn a_killed_process_that_computes_ends() {
    let began = Instant::now();
    let (timeline, outcome) = run(|| {
        let (ours, theirs) = pipe("pipe");
        let child = Process::start("child", &COMPUTE, theirs);
        assert_eq!(child.join_timeout(20 * MS), None);
        child.terminate();
        assert_eq!(ours.recv_bytes().unwrap_err().kind, ErrorKind::Eof);
        assert_eq!(child.join().code, -15);
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(ending(&timeline, "child"), Ending::Killed);
    assert!(began.elapsed() < SOON);
}

#[test]
fn what_a_killed_process_drops_changes_nothing() {
    let (_, outcome) = run(|| {
        let value = Value::new("value", 0);
        let child = Process::start("child", &LATE, value.clone());
        while value.get() == 0 {
            sleep(MS);
        }
        child.terminate();
        assert_eq!((child.join().code, value.get()), (-15, 1));
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_process_that_panics_keeps_its_lock_and_lets_go_of_its_pipe() {
    let (timeline, outcome) = run(|| {
        let (ours, theirs) = pipe("pipe");
        let lock = Lock::new("lock");
        let child = Process::start("child", &BREAK, (lock.clone(), theirs));
        assert_eq!(ours.recv_bytes().unwrap_err().kind, ErrorKind::Eof);
        let exit = child.join();
        assert_eq!((exit.code, exit.error.as_deref()), (1, Some("out of order")));
        assert!(!lock.acquire_timeout(5 * MS));
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    let end = timeline.lane_named("child").unwrap().end.clone().unwrap();
    assert_eq!((end.ending, end.message.as_deref()), (Ending::Failed, Some("out of order")));
}

#[test]
fn processes_end_with_a_run_that_is_cancelled() {
    let began = Instant::now();
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let canceller = thread::spawn({
        let run = run.clone();
        move || {
            thread::sleep(50 * MS);
            run.cancel();
        }
    });
    let outcome = run_main(&run, LaneKind::Process, || {
        let queue = Queue::new("queue");
        let pipes: Vec<_> = (0..4).map(|number| pipe_with_capacity(&format!("pipe {number}"), 256)).collect();
        let (ours, theirs): (Vec<_>, Vec<_>) = pipes.into_iter().unzip();
        let [first, second, third, fourth] = theirs.try_into().ok().unwrap();
        let _children = [
            Process::start("flood", &FLOOD, first),
            Process::start("flood beside it", &FLOOD, second),
            Process::start("compute", &COMPUTE, third),
            Process::start("listen", &LISTEN, (queue.clone(), fourth)),
        ];
        loop {
            ours[0].recv_bytes()?;
            ours[1].recv_bytes()?;
        }
    });
    assert_eq!(outcome, Ok(()));
    canceller.join().unwrap();
    let timeline = runner::timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    for lane in ["main", "flood", "flood beside it", "compute", "listen"] {
        assert_eq!(ending(&timeline, lane), Ending::Stopped, "{lane}");
    }
    assert!(began.elapsed() < SOON);
}

#[test]
fn nothing_of_a_process_is_left() {
    static LIVING: AtomicU32 = AtomicU32::new(0);
    /// Counts those of its kind.
    struct Living;
    impl Drop for Living {
        fn drop(&mut self) {
            LIVING.fetch_sub(1, SeqCst);
        }
    }
    const LIVE: Entry<u32> = Entry { name: "live", call: |arguments| call(live, arguments) };
    fn live(number: u32) {
        LIVING.fetch_add(1, SeqCst);
        let _living = Living;
        sleep(FOR_EVER * u32::from(number > 0));
    }
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, |_| Some(&LIVE));
    let seen = Arc::downgrade(&run);
    let program = || {
        let children: Vec<_> = (0..4).map(|number| Process::start(format!("child-{number}"), &LIVE, number)).collect();
        children[0].join();
        children[1].terminate();
        children[1].join();
        Err(Failure { lane: "main".to_owned(), message: "it goes no further".to_owned() })
    };
    // On a thread that ends, since each keeps something of the run that it was in last.
    let outcome = thread::scope(|scope| scope.spawn(|| run_main(&run, LaneKind::Process, program)).join());
    assert!(outcome.unwrap().is_err());
    drop(processes);
    assert_eq!(LIVING.load(SeqCst), 0);
    drop(run);
    assert!(seen.upgrade().is_none(), "nobody holds the run any more");
}
