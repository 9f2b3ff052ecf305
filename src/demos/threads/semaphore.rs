//! `semaphore`: many threads, few permits.

use std::time::Duration;

use crate::demos::judges::permits::{observe, rounds};
use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Param, Program, Status};
use crate::runtime::print;
use crate::runtime::threads::{Semaphore, sleep, spawn};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "semaphore",
        title: "A semaphore",
        language: Language::Rust,
        files: &["src/demos/threads/semaphore.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("permits", "how many may be held at the same time", "permits", (1, 12), 3),
            Param::integer("threads", "how many want one", "threads", (1, 16), 10),
            Param::integer("hold", "how long each one keeps its permit", "ms", (10, 2000), 300),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| {
            Estimate::waits(values.ms("hold") * rounds(values.count("threads"), values.count("permits")) + OVERHEAD)
        },
        main: Main::Thread(|values| {
            program(values.count("permits") as usize, values.count("threads"), values.ms("hold"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Many threads want one of few permits, as if there were only so many connections to a database. Whoever \
              finds none left waits until somebody gives one back.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe: |seen| observe(seen, "thread"),
    hidden: false,
};

const OVERHEAD: Duration = Duration::from_millis(150);

// weft:begin
fn program(permits: usize, threads: u32, hold: Duration) {
    let semaphore = Semaphore::new("semaphore", permits);
    let mut workers = Vec::new();
    for number in 1..=threads {
        let semaphore = semaphore.clone();
        let worker = spawn(format!("worker-{number}"), move || {
            let permit = semaphore.hold();
            print(format!("worker-{number} is in"));
            sleep(hold);
            print(format!("worker-{number} leaves"));
            drop(permit);
        });
        workers.push(worker);
    }
    for worker in workers {
        worker.join();
    }
    print("All workers have been in");
}
// weft:end
