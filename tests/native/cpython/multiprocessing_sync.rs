//! What CPython's tests of `multiprocessing`'s locks, semaphores, conditions, events and barriers assert.

use std::time::Duration;

use weft::runtime::processes::{
    Barrier, BoundedSemaphore, Condition, Connection, Entry, EntryPoint, Event, Lock, Process, Queue, RLock, Semaphore,
    Value, call, pipe_one_way, try_call,
};
use weft::runtime::threads::{BrokenBarrier, JoinHandle, sleep, spawn};
use weft::runtime::{Failure, now};
use weft::trace::Nanos;

use super::ms;
use crate::processes::play;

type Sleeper = (Condition, Semaphore, Semaphore, Option<Duration>);
type Counted = (Barrier, Counts);
type Sent = (Barrier, u32, Connection, Lock);

const SLEEP: Entry<Sleeper> = Entry { name: "sleep", call: |arguments| try_call(sleep_on, arguments) };
const UNTIL: Entry<(Condition, Value)> = Entry { name: "until", call: |arguments| try_call(until_four, arguments) };
const IN_VAIN: Entry<(Condition, Value, Value, Semaphore)> =
    Entry { name: "in vain", call: |arguments| try_call(in_vain, arguments) };
const NOTIFY: Entry<Condition> = Entry { name: "notify", call: |arguments| try_call(notify, arguments) };
const SET: Entry<Event> = Entry { name: "set", call: |arguments| call(set, arguments) };
const PASS: Entry<(Barrier, Value, Value, Lock, u32)> =
    Entry { name: "pass", call: |arguments| try_call(multipass, arguments) };
const PLACE: Entry<(Barrier, Queue<usize>)> = Entry { name: "place", call: |arguments| try_call(place, arguments) };
const ABORT: Entry<Counted> = Entry { name: "abort", call: |arguments| try_call(abort, arguments) };
const RESET: Entry<Counted> = Entry { name: "reset", call: |arguments| try_call(reset, arguments) };
const BOTH: Entry<(Counted, Barrier)> = Entry { name: "both", call: |arguments| try_call(abort_and_reset, arguments) };
const LATE: Entry<(Counted, Option<Duration>)> = Entry { name: "late", call: |arguments| try_call(late, arguments) };
const MANY: Entry<Sent> = Entry { name: "many", call: |arguments| try_call(many, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 12] =
        [&SLEEP, &UNTIL, &IN_VAIN, &NOTIFY, &SET, &PASS, &PLACE, &ABORT, &RESET, &BOTH, &LATE, &MANY];
    all.into_iter().find(|entry| entry.name() == name)
}

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);

/// How long nothing must happen.
const A_WHILE: Duration = Duration::from_millis(100);

/// Waits until this is so.
fn eventually(what: impl Fn() -> bool) {
    while !what() {
        sleep(ms(1));
    }
    sleep(ms(20));
    assert!(what(), "it stays so");
}

/// Runs `body`, which must take so long.
fn takes<T>(time: Duration, body: impl FnOnce() -> T) -> T {
    let before = now();
    let result = body();
    assert!(now() >= before + Nanos::from(time));
    result
}

#[test]
fn test_lock() {
    play(find, || {
        let lock = Lock::new("lock");
        lock.acquire();
        assert!(!lock.try_acquire());
        lock.release()?;
        let message = lock.release().unwrap_err().message;
        assert_eq!(message, "ValueError: lock “lock” was released by main, but nobody holds it");
        Ok(())
    });
}

#[test]
fn test_rlock() {
    play(find, || {
        let lock = RLock::new("lock");
        (0..3).for_each(|_| lock.acquire());
        let other = lock.clone();
        let refused = spawn("other", move || (other.try_acquire(), other.release().is_err()));
        assert_eq!(refused.join(), (false, true));
        (0..3).try_for_each(|_| lock.release())?;
        let message = lock.release().unwrap_err().message;
        assert_eq!(message, "AssertionError: rlock “lock” was released by main, which does not hold it");
        Ok(())
    });
}

#[test]
fn test_lock_context() {
    play(find, || {
        let lock = Lock::new("lock");
        drop(lock.hold());
        assert!(lock.try_acquire());
        Ok(())
    });
}

#[test]
fn test_semaphore() {
    play(find, || {
        let semaphore = Semaphore::new("semaphore", 2);
        for left in [1, 0] {
            semaphore.acquire();
            assert_eq!(semaphore.value(), left);
        }
        assert!(!semaphore.try_acquire());
        for value in 1..=4 {
            semaphore.release();
            assert_eq!(semaphore.value(), value);
        }
        Ok(())
    });
}

#[test]
fn test_bounded_semaphore() {
    play(find, || {
        let semaphore = BoundedSemaphore::new("semaphore", 2);
        for left in [1, 0] {
            semaphore.acquire();
            assert_eq!(semaphore.value(), left);
        }
        assert!(!semaphore.try_acquire());
        for value in 1..=2 {
            semaphore.release()?;
            assert_eq!(semaphore.value(), value);
        }
        let message = semaphore.release().unwrap_err().message;
        assert!(message.starts_with("ValueError: semaphore “semaphore” was released by main"), "{message}");
        assert_eq!(semaphore.value(), 2);
        Ok(())
    });
}

/// Sleeps on a condition.
fn sleep_on((condition, sleeping, woken, timeout): Sleeper) -> Result<(), Failure> {
    let _held = condition.hold();
    sleeping.release();
    match timeout {
        Some(timeout) => assert!(!condition.wait_timeout(timeout)?),
        None => condition.wait()?,
    }
    woken.release();
    Ok(())
}

/// What sleeps on a condition: processes and threads.
struct Sleepers {
    condition: Condition,
    sleeping: Semaphore,
    woken: Semaphore,
    processes: Vec<Process>,
    threads: Vec<JoinHandle<Result<(), Failure>>>,
}

impl Sleepers {
    fn new() -> Sleepers {
        Sleepers {
            condition: Condition::new("condition"),
            sleeping: Semaphore::new("sleeping", 0),
            woken: Semaphore::new("woken", 0),
            processes: Vec::new(),
            threads: Vec::new(),
        }
    }

    /// Lets so many processes, and as many threads, sleep.
    fn start(&mut self, count: usize, timeout: Option<Duration>) {
        for number in 0..count {
            let sleeper = || (self.condition.clone(), self.sleeping.clone(), self.woken.clone(), timeout);
            self.processes.push(Process::start(format!("process-{number}"), &SLEEP, sleeper()));
            let sleeper = sleeper();
            self.threads.push(spawn(format!("thread-{number}"), move || sleep_on(sleeper)));
        }
        (0..2 * count).for_each(|_| self.sleeping.acquire());
    }

    fn notify(&self, count: usize) -> Result<(), Failure> {
        let _held = self.condition.hold();
        self.condition.notify(count)
    }

    fn join(self) -> Result<(), Failure> {
        self.processes.iter().for_each(|process| assert_eq!(process.join().code, 0));
        self.threads.into_iter().try_for_each(JoinHandle::join)
    }
}

#[test]
fn test_notify() {
    play(find, || {
        let mut sleepers = Sleepers::new();
        sleepers.start(1, None);
        sleep(A_WHILE);
        assert_eq!(sleepers.woken.value(), 0);
        for woken in 1..=2 {
            sleepers.notify(1)?;
            eventually(|| sleepers.woken.value() == woken);
        }
        let message = sleepers.condition.notify(1).unwrap_err().message;
        assert!(message.contains("was notified by main, which does not hold its lock"), "{message}");
        sleepers.join()
    });
}

#[test]
fn test_notify_all() {
    play(find, || {
        let mut sleepers = Sleepers::new();
        sleepers.start(3, Some(ms(200)));
        (0..6).for_each(|_| sleepers.woken.acquire());
        assert_eq!(sleepers.woken.value(), 0);
        sleepers.start(3, None);
        sleep(A_WHILE);
        assert_eq!(sleepers.woken.value(), 0);
        {
            let _held = sleepers.condition.hold();
            sleepers.condition.notify_all()?;
        }
        eventually(|| sleepers.woken.value() == 6);
        sleepers.join()
    });
}

#[test]
fn test_notify_n() {
    play(find, || {
        let mut sleepers = Sleepers::new();
        sleepers.start(3, None);
        sleep(A_WHILE);
        assert_eq!(sleepers.woken.value(), 0);
        for (count, woken) in [(2, 2), (4, 6), (3, 6)] {
            sleepers.notify(count)?;
            eventually(|| sleepers.woken.value() == woken);
        }
        sleepers.join()
    });
}

/// Of semaphores, conditions and barriers.
#[test]
fn test_timeout() {
    play(find, || {
        let semaphore = Semaphore::new("semaphore", 0);
        for timeout in [ms(0), ms(82), ms(140)] {
            assert!(!takes(timeout, || semaphore.acquire_timeout(timeout)));
        }
        let condition = Condition::new("condition");
        {
            let _held = condition.hold();
            assert!(!takes(ms(82), || condition.wait_timeout(ms(82)))?);
        }
        let barrier = Barrier::with_timeout("barrier", N, LONG);
        let counts = Counts::new();
        run_all(&LATE, ((barrier.clone(), counts.clone()), Some(ms(300))), late)?;
        assert_eq!(counts.all(), [N as i64, 0, 0]);
        assert!(barrier.is_broken());
        Ok(())
    });
}

fn until_four((condition, state): (Condition, Value)) -> Result<(), Failure> {
    let _held = condition.hold();
    state.set(0);
    condition.notify(1)?;
    condition.wait_for(|| state.get() == 4)
}

#[test]
fn test_waitfor() {
    play(find, || {
        let (condition, state) = (Condition::new("condition"), Value::new("state", -1));
        let process = Process::start_daemon("process", &UNTIL, (condition.clone(), state.clone()));
        {
            let _held = condition.hold();
            condition.wait_for(|| state.get() == 0)?;
        }
        for _ in 0..4 {
            sleep(ms(10));
            let _held = condition.hold();
            state.set(state.get() + 1);
            condition.notify(1)?;
        }
        assert_eq!(process.join().code, 0);
        Ok(())
    });
}

fn in_vain((condition, state, success, ready): (Condition, Value, Value, Semaphore)) -> Result<(), Failure> {
    ready.release();
    let _held = condition.hold();
    let done = takes(ms(100), || condition.wait_for_timeout(|| state.get() == 4, ms(100)))?;
    success.set(i64::from(!done));
    Ok(())
}

#[test]
fn test_waitfor_timeout() {
    play(find, || {
        let (condition, ready) = (Condition::new("condition"), Semaphore::new("ready", 0));
        let (state, success) = (Value::new("state", 0), Value::new("success", 0));
        let arguments = (condition.clone(), state.clone(), success.clone(), ready.clone());
        let process = Process::start_daemon("process", &IN_VAIN, arguments);
        assert!(ready.acquire_timeout(LONG));
        // It never gets to 4.
        for _ in 0..3 {
            sleep(ms(10));
            let _held = condition.hold();
            state.set(state.get() + 1);
            condition.notify(1)?;
        }
        assert_eq!(process.join().code, 0);
        assert_eq!(success.get(), 1);
        Ok(())
    });
}

fn notify(condition: Condition) -> Result<(), Failure> {
    let _held = condition.hold();
    condition.notify(1)
}

#[test]
fn test_wait_result() {
    play(find, || {
        let lock = Lock::new("lock");
        let condition = Condition::with_lock("condition", &lock);
        let message = condition.wait().unwrap_err().message;
        assert!(message.contains("was waited for by main, which does not hold its lock"), "{message}");
        let _held = lock.hold();
        assert!(!condition.wait_timeout(Duration::ZERO)?);
        assert!(!condition.wait_timeout(ms(100))?);
        let process = Process::start("process", &NOTIFY, condition.clone());
        assert!(condition.wait_timeout(LONG)?);
        assert_eq!(process.join().code, 0);
        Ok(())
    });
}

fn set(event: Event) {
    sleep(A_WHILE);
    event.set();
}

#[test]
fn test_event() {
    play(find, || {
        let event = Event::new("event");
        assert!(!event.is_set());
        for timeout in [ms(0), ms(82)] {
            assert!(!takes(timeout, || event.wait_timeout(timeout)));
        }
        event.set();
        assert!(event.is_set());
        event.wait();
        assert!(event.wait_timeout(LONG));
        event.clear();
        assert!(!event.is_set());
        let process = Process::start_daemon("process", &SET, event.clone());
        takes(A_WHILE / 2, || event.wait());
        process.join();
        Ok(())
    });
}

/// How many lanes wait at a barrier.
const N: usize = 5;

/// Counts that processes add to.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Counts {
    lock: Lock,
    numbers: [Value; 3],
}

impl Counts {
    fn new() -> Counts {
        Counts { lock: Lock::new("counts"), numbers: [0, 1, 2].map(|n| Value::new(&format!("count {n}"), 0)) }
    }

    fn add(&self, which: usize) {
        let _held = self.lock.hold();
        self.numbers[which].set(self.numbers[which].get() + 1);
    }

    fn all(&self) -> [i64; 3] {
        self.numbers.clone().map(|number| number.get())
    }
}

/// Runs a function in the main program, and beside it in as many processes as the barrier is for besides.
fn run_all<A: Clone + serde::Serialize>(
    entry: &Entry<A>,
    arguments: A,
    here: fn(A) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let start = |number| Process::start(format!("process-{number}"), entry, arguments.clone());
    let processes: Vec<_> = (1..N).map(start).collect();
    here(arguments)?;
    for process in processes {
        let exit = process.join();
        assert_eq!((exit.code, exit.error), (0, None));
    }
    Ok(())
}

fn multipass((barrier, before, after, lock, passes): (Barrier, Value, Value, Lock, u32)) -> Result<(), Failure> {
    let add = |value: &Value| {
        let _held = lock.hold();
        value.set(value.get() + 1);
    };
    for pass in 0..i64::from(passes) {
        add(&before);
        assert_eq!(after.get(), pass * N as i64);
        barrier.wait()?;
        add(&after);
        assert_eq!(before.get(), (pass + 1) * N as i64);
        barrier.wait()?;
    }
    assert_eq!((barrier.waiting(), barrier.is_broken(), barrier.parties()), (0, false, N));
    Ok(())
}

fn pass_barrier(passes: u32) {
    play(find, || {
        let barrier = Barrier::new("barrier", N);
        let (before, after) = (Value::new("before", 0), Value::new("after", 0));
        run_all(&PASS, (barrier, before, after, Lock::new("lock"), passes), multipass)
    });
}

#[test]
fn test_barrier() {
    pass_barrier(1);
}

#[test]
fn test_barrier_10() {
    pass_barrier(10);
}

fn place((barrier, queue): (Barrier, Queue<usize>)) -> Result<(), Failure> {
    queue.put(&barrier.wait()?)?;
    Ok(())
}

#[test]
fn test_wait_return() {
    play(find, || {
        let queue = Queue::new("queue");
        run_all(&PLACE, (Barrier::new("barrier", N), queue.clone()), place)?;
        let mut places = Vec::new();
        for _ in 0..N {
            places.push(queue.get()?);
        }
        places.sort();
        assert_eq!(places, [0, 1, 2, 3, 4]);
        Ok(())
    });
}

/// One of them aborts the barrier, the others wait there once more.
fn abort_once((barrier, counts): &Counted) -> Result<(), BrokenBarrier> {
    if barrier.wait()? == N / 2 {
        barrier.abort();
        return Ok(());
    }
    match barrier.wait() {
        Ok(_) => counts.add(0),
        Err(_) => counts.add(1),
    }
    Ok(())
}

fn abort(counted: Counted) -> Result<(), Failure> {
    // It may be broken before a lane has left it.
    if abort_once(&counted).is_err() {
        counted.1.add(1);
    }
    Ok(())
}

#[test]
fn test_abort() {
    play(find, || {
        let (barrier, counts) = (Barrier::new("barrier", N), Counts::new());
        run_all(&ABORT, (barrier.clone(), counts.clone()), abort)?;
        assert_eq!(counts.all(), [0, N as i64 - 1, 0]);
        assert!(barrier.is_broken());
        let message = barrier.wait().unwrap_err().to_string();
        assert!(message.starts_with("barrier “barrier” is broken for main: "), "{message}");
        assert!(message.ends_with(" aborted it"), "{message}");
        Ok(())
    });
}

fn reset((barrier, counts): Counted) -> Result<(), Failure> {
    if barrier.wait()? == N / 2 {
        while barrier.waiting() < N - 1 {
            sleep(ms(1));
        }
        barrier.reset();
    } else {
        match barrier.wait() {
            Ok(_) => counts.add(0),
            Err(_) => counts.add(1),
        }
    }
    barrier.wait()?;
    counts.add(2);
    Ok(())
}

#[test]
fn test_reset() {
    play(find, || {
        let (barrier, counts) = (Barrier::new("barrier", N), Counts::new());
        run_all(&RESET, (barrier.clone(), counts.clone()), reset)?;
        assert_eq!(counts.all(), [0, N as i64 - 1, N as i64]);
        assert!(!barrier.is_broken());
        Ok(())
    });
}

fn abort_and_reset((counted, other): (Counted, Barrier)) -> Result<(), Failure> {
    abort(counted.clone())?;
    let (barrier, counts) = counted;
    if other.wait()? == N / 2 {
        barrier.reset();
    }
    other.wait()?;
    barrier.wait()?;
    counts.add(2);
    Ok(())
}

#[test]
fn test_abort_and_reset() {
    play(find, || {
        let (barrier, counts) = (Barrier::new("barrier", N), Counts::new());
        run_all(&BOTH, ((barrier, counts.clone()), Barrier::new("other", N)), abort_and_reset)?;
        assert_eq!(counts.all(), [0, N as i64 - 1, N as i64]);
        Ok(())
    });
}

/// One of them is late, so that all find the barrier broken.
fn late(((barrier, counts), timeout): (Counted, Option<Duration>)) -> Result<(), Failure> {
    let first = barrier.wait_timeout(LONG)?;
    if first == N / 2 {
        while !barrier.is_broken() {
            sleep(ms(1));
        }
    }
    let second = match timeout {
        Some(timeout) => barrier.wait_timeout(timeout),
        None => barrier.wait(),
    };
    if second.is_err() {
        counts.add(0);
    }
    Ok(())
}

#[test]
fn test_default_timeout() {
    play(find, || {
        let (barrier, counts) = (Barrier::with_timeout("barrier", N, ms(300)), Counts::new());
        run_all(&LATE, ((barrier.clone(), counts.clone()), None), late)?;
        assert_eq!(counts.all(), [N as i64, 0, 0]);
        assert!(barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_single_thread() {
    play(find, || {
        let barrier = Barrier::new("barrier", 1);
        assert_eq!((barrier.wait()?, barrier.wait()?), (0, 0));
        Ok(())
    });
}

fn many((barrier, passes, connection, lock): Sent) -> Result<(), Failure> {
    for pass in 0..passes {
        barrier.wait()?;
        let _held = lock.hold();
        connection.send(&pass)?;
    }
    Ok(())
}

#[test]
fn test_thousand() {
    play(find, || {
        let (barrier, lock, passes) = (Barrier::new("barrier", N), Lock::new("lock"), 1000);
        let (reader, writer) = pipe_one_way("pipe");
        let arguments = || (barrier.clone(), passes, writer.clone(), lock.clone());
        let start = |number| Process::start(format!("process-{number}"), &MANY, arguments());
        let processes: Vec<_> = (0..N).map(start).collect();
        for pass in 0..passes {
            for _ in 0..N {
                assert_eq!(reader.recv::<u32>()?, pass);
            }
        }
        processes.iter().for_each(|process| assert_eq!(process.join().code, 0));
        Ok(())
    });
}
