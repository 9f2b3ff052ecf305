//! `busy-threads`: threads that only compute. Not in the catalogue: tests and measurements use it to see that threads
//! really run at the same time, each on a worker of its own, and that the trace arrives while they do.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status};
use crate::runtime::threads::spawn;
use crate::runtime::{now, print};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "busy-threads",
        title: "Threads that compute",
        language: Language::Rust,
        files: &["src/demos/threads/busy.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("threads", "how many workers are started", "threads", (1, 12), 2),
            Param::integer("work", "how long each one computes", "ms", (10, 5000), 300),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| Estimate::work(values.ms("work") + Duration::from_millis(100)),
        main: Main::Thread(|values| {
            program(values.count("threads"), values.ms("work"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "Each thread computes for the same time. With a core for each, they run at the same time.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

// weft:begin
fn program(threads: u32, work: Duration) {
    let start = |number| {
        spawn(format!("worker-{number}"), move || {
            let (began, mut last_print, mut sum) = (now(), now(), 0);
            while now() < began + work {
                sum = compute(sum);
                // A line now and then, so that there is something to see arriving.
                if now() > last_print + Duration::from_millis(25) {
                    print(format!("worker-{number} goes on"));
                    last_print = now();
                }
            }
            sum
        })
    };
    let workers: Vec<_> = (1..=threads).map(start).collect();
    let sums: Vec<u64> = workers.into_iter().map(|worker| worker.join()).collect();
    print(format!("{} sums computed", sums.len()));
}

/// A piece of work well under a millisecond, in a function of its own: browsers optimise
/// a function when it is called again, so one long loop would stay slow.
#[inline(never)]
fn compute(seed: u64) -> u64 {
    (0..20_000).fold(seed, |sum, n| sum.wrapping_mul(6364136223846793005).wrapping_add(n))
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let threads = seen.values.count("threads");
    let work = Nanos::from(seen.values.ms("work"));
    let workers = seen.lanes("worker", threads);
    let running: Vec<_> = workers.iter().map(|worker| seen.time_in(worker, State::Running)).collect();
    let shortest = running.iter().min().copied().unwrap_or_default();
    let most = seen.timeline.stats().max_parallel;
    vec![
        Observation::new(
            running.len() == threads as usize && shortest >= work,
            format!("Each of {threads} threads was Running for {shortest} or more; {work} was asked for."),
        )
        .shown_by(workers.iter().map(|worker| seen.life(worker))),
        // How many, the machine decides; main may be among them.
        Observation::new(
            (1..=threads as usize + 1).contains(&most),
            format!("Up to {most} lanes were Running at the same time."),
        ),
    ]
}
