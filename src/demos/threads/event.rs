//! `event`: many threads wait for one to say that it is time.

use std::time::Duration;

use crate::demos::judges::flag::observe;
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Param, Program, Status};
use crate::runtime::print;
use crate::runtime::threads::{Event, sleep, spawn};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "event",
        title: "An event",
        language: Language::Rust,
        files: &["src/demos/threads/event.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("waiters", "how many threads wait", "threads", (1, 12), 3),
            Param::integer("delay", "how long the setter takes", "ms", (10, 2000), 800),
        ],
        workers: |values| values.count("waiters") as usize + 2,
        estimate: |values| Estimate::waits(values.ms("delay") + Duration::from_millis(150)),
        main: Main::Thread(|values| {
            program(values.count("waiters"), values.ms("delay"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Threads wait until another one sets an event. Setting it once wakes all of them: follow the arrows.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn program(waiters: u32, delay: Duration) {
    let ready = Event::new("ready");
    let mut threads = Vec::new();
    for number in 1..=waiters {
        let ready = ready.clone();
        threads.push(spawn(format!("waiter-{number}"), move || {
            print(format!("waiter-{number} waits"));
            ready.wait();
            print(format!("waiter-{number} goes on"));
        }));
    }
    threads.push(spawn("setter", move || {
        sleep(delay);
        print("setter is ready");
        ready.set();
    }));
    for thread in threads {
        thread.join();
    }
}
// weft:end
