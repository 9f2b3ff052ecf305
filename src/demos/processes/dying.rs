//! `dying-processes`: a process dies while its parent waits for it, in every way. Not in the catalogue: tests use it to
//! see that nobody waits for ever, and what the parent is told.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::processes::{
    Array, Connection, Entry, Lock, Manager, Pool, Process, Queue, Value, call, pipe, pipe_with_capacity, try_call,
};
use crate::runtime::threads::{sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::Ending;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "dying-processes",
        title: "Processes that die",
        language: Language::Rust,
        files: &["src/demos/processes/dying.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[Param {
            name: "how",
            help: "what happens",
            unit: "",
            kind: ParamKind::Choice {
                choices: &[
                    "recv",
                    "get",
                    "join",
                    "lock",
                    "lock-forever",
                    "send",
                    "narrow",
                    "many",
                    "panic",
                    "unknown",
                    "arguments",
                    "nested",
                    "pool",
                    "manager",
                    "flood",
                ],
                default: "join",
            },
        }],
        workers: |_| 2,
        estimate: |_| Estimate::waits(Duration::from_secs(1)),
        main: Main::Process(|values| program(values.choice("how"))),
        entries: &[&HANG, &HOLD, &HANG_WITH_QUEUE, &ECHO, &NOTHING, &PANIC, &NEST, &FLOOD],
    },
    summary: "A process is killed or fails while its parent waits in one way or another.",
    group: Group::Processes,
    expected: |values| if values.choice("how") == "lock-forever" { Status::Failed } else { Status::Finished },
    observe,
    hidden: true,
};

// weft:begin
const HANG: Entry<Option<Connection>> = Entry { name: "dying-processes/hang", call: |a| call(hang, a) };
const HOLD: Entry<(Lock, Queue<u32>)> = Entry { name: "dying-processes/hold", call: |a| try_call(hold, a) };
const HANG_WITH_QUEUE: Entry<Queue<u32>> = Entry { name: "dying-processes/hang_with_queue", call: |a| call(hang, a) };
const ECHO: Entry<Connection> = Entry { name: "dying-processes/echo", call: |a| try_call(echo, a) };
const NOTHING: Entry<(Value, Array)> = Entry { name: "dying-processes/nothing", call: |a| call(nothing, a) };
const PANIC: Entry<u32, u32> = Entry { name: "dying-processes/panic", call: |a| call(fall_over, a) };
const NEST: Entry<()> = Entry { name: "dying-processes/nest", call: |a| call(nest, a) };
const FLOOD: Entry<Connection> = Entry { name: "dying-processes/flood", call: |a| try_call(flood, a) };

fn hang<T>(_kept: T) {
    sleep(Duration::from_secs(600));
}

fn hold((lock, ready): (Lock, Queue<u32>)) -> Result<(), Failure> {
    let _held = lock.hold();
    ready.put(&1)?;
    sleep(Duration::from_secs(600));
    Ok(())
}

fn echo(connection: Connection) -> Result<(), Failure> {
    while let Ok(message) = connection.recv_bytes() {
        connection.send_bytes(&message)?;
    }
    Ok(())
}

fn nothing((value, _array): (Value, Array)) {
    value.set(value.get() + 1);
}

fn fall_over(number: u32) -> u32 {
    assert!(number != 3, "number {number} is out of order");
    number
}

fn nest(_: ()) {
    Process::start("grandchild", &PANIC, 1);
}

fn flood(connection: Connection) -> Result<(), Failure> {
    loop {
        connection.send_bytes(&[7; 5000])?;
    }
}

fn program(how: &str) -> Result<(), Failure> {
    match how {
        "recv" => {
            let (ours, theirs) = pipe("pipe");
            let child = Process::start("child", &HANG, Some(theirs));
            let killed = kill_later(child);
            print(format!("recv: {}", ours.recv::<u32>().unwrap_err()));
            print(format!("send: {}", ours.send(&1).unwrap_err()));
            print(format!("exit code {}", killed.join()));
        }
        "get" => {
            let queue = Queue::new("queue");
            let killed = kill_later(Process::start("child", &HANG_WITH_QUEUE, queue.clone()));
            print(format!("get: {}", queue.get_timeout(Duration::from_millis(600)).unwrap_err()));
            print(format!("exit code {}", killed.join()));
        }
        "join" => {
            let child = Process::start("child", &HANG, None);
            print(format!("joined in time: {}", child.join_timeout(Duration::from_millis(50)).is_some()));
            child.terminate();
            let exit = child.join();
            print(format!("exit code {}, alive: {}", exit.code, child.is_alive()));
        }
        "lock" | "lock-forever" => {
            let (lock, ready) = (Lock::new("lock"), Queue::new("ready"));
            let child = Process::start("child", &HOLD, (lock.clone(), ready.clone()));
            ready.get()?;
            let killed = kill_later(child);
            if how == "lock-forever" {
                lock.acquire();
            }
            print(format!("acquired: {}", lock.acquire_timeout(Duration::from_millis(600))));
            print(format!("exit code {}", killed.join()));
        }
        "send" => {
            let (ours, theirs) = pipe("pipe");
            let killed = kill_later(Process::start("child", &HANG, Some(theirs)));
            // More than there is room for, and nobody takes it.
            print(format!("send: {}", ours.send_bytes(&vec![0; 1_000_000]).unwrap_err()));
            print(format!("exit code {}", killed.join()));
        }
        "narrow" => {
            let (ours, theirs) = pipe_with_capacity("pipe", 16);
            let child = Process::start("child", &ECHO, theirs);
            let message: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
            let echo = spawn("sender", {
                let (ours, message) = (ours.clone(), message.clone());
                move || ours.send_bytes(&message)
            });
            let right = ours.recv_bytes()? == message;
            echo.join()?;
            ours.close();
            print(format!("{} bytes through 16: {right}; exit code {}", message.len(), child.join().code));
        }
        // A hundred, one after the other; each is handed something large.
        "many" => {
            let (value, array) = (Value::new("value", 0), Array::new("array", &vec![0; 100_000]));
            for number in 1..=100 {
                let child = Process::start(format!("child-{number}"), &NOTHING, (value.clone(), array.clone()));
                assert_eq!(child.join().code, 0);
            }
            print(format!("{} processes, one after the other", value.get()));
        }
        "panic" => print(told(Process::start("child", &PANIC, 3))),
        "unknown" => {
            print(told(Process::start("child", &Entry { name: "dying-processes/nobody", ..PANIC }, 1)));
        }
        "arguments" => {
            let wrong: Entry<Vec<String>> = Entry { name: ECHO.name, call: |_| Err(String::new()) };
            print(told(Process::start("child", &wrong, vec!["no pipe".to_owned()])));
        }
        "nested" => print(told(Process::start("child", &NEST, ()))),
        "pool" => {
            let pool = Pool::new("pool", 2);
            print(format!("map: {}", pool.map_chunks(&PANIC, 1..=4, 1).unwrap_err().message));
        }
        "manager" => {
            let manager = Manager::start("manager");
            let list = manager.list::<u32>("list")?;
            list.append(&5)?;
            print(format!("item 1: {}", list.get(1).unwrap_err()));
            manager.shutdown();
            print(format!("len: {}", list.len().unwrap_err()));
        }
        _ => {
            // Whatever a process is in the middle of when it is killed, nobody waits for ever.
            for number in 1..=10 {
                let (ours, theirs) = pipe_with_capacity("pipe", 1024);
                let child = Process::start(format!("child-{number}"), &FLOOD, theirs);
                for _ in 0..number {
                    ours.recv_bytes()?;
                }
                child.terminate();
                while ours.recv_bytes().is_ok() {}
                assert_eq!(child.join().code, -15);
            }
            print("10 floods were stopped");
        }
    }
    Ok(())
}

/// Terminates a process when main waits already. Gives its exit code.
fn kill_later(child: Process) -> crate::runtime::threads::JoinHandle<i32> {
    spawn("killer", move || {
        sleep(Duration::from_millis(200));
        child.terminate();
        child.join().code
    })
}

fn told(child: Process) -> String {
    let exit = child.join();
    format!("exit code {}: {}", exit.code, exit.error.unwrap_or_default())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let ended = |ending: Ending| {
        let lanes = seen.timeline.lanes.iter();
        lanes.filter(move |lane| lane.end.as_ref().is_some_and(|end| end.ending == ending)).collect::<Vec<_>>()
    };
    let (killed, failed) = (ended(Ending::Killed), ended(Ending::Failed));
    let text = format!("{} lanes were killed, {} failed.", killed.len(), failed.len());
    let marked = seen.timeline.marks.iter().any(|mark| mark.text.contains("while it holds lock “lock”"));
    let right = match seen.values.choice("how") {
        "recv" | "get" | "join" | "send" | "manager" => killed.len() == 1 && failed.is_empty(),
        "lock" => killed.len() == 1 && marked,
        "lock-forever" => marked,
        "panic" | "unknown" | "arguments" | "nested" => failed.len() == 1,
        "pool" => failed.len() + killed.len() == 2,
        "flood" => killed.len() == 10,
        _ => killed.is_empty() && failed.is_empty(),
    };
    vec![Observation::new(right, text).shown_by(killed.iter().chain(&failed).map(|lane| seen.life(lane)))]
}
