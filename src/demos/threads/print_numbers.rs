//! `thread-print-numbers`: a thread counts, while the main thread waits for it in `join`.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::print;
use crate::runtime::threads::{sleep, spawn};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-print-numbers",
        title: "A thread that counts",
        language: Language::Rust,
        files: &["src/demos/threads/print_numbers.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("count", "how many numbers are printed", "numbers", (1, 20), 5),
            Param::integer("delay", "the pause after each number", "ms", (10, 2000), 300),
        ],
        workers: |_| 2,
        estimate: |values| Estimate::waits(values.ms("delay") * values.count("count") + Duration::from_millis(100)),
        main: Main::Thread(|values| {
            program(values.count("count"), values.ms("delay"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "A thread prints numbers, with a pause after each. The main thread waits in join all the while, and goes \
              on when the last number is out.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn print_numbers(count: u32, delay: Duration) {
    for number in 1..=count {
        print(format!("number {number}"));
        sleep(delay);
    }
}

fn program(count: u32, delay: Duration) {
    let counter = spawn("counter", move || print_numbers(count, delay));
    // The thread runs on its own from here. Main has nothing else to do and waits for its end.
    counter.join();
    print("All numbers are printed");
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(counter)) = (seen.lane("main"), seen.lane("counter")) else {
        return vec![Observation::new(false, "The main thread or the thread that counts is not there.")];
    };
    let count = seen.values.count("count");
    let delay = seen.wait("delay");
    let total = Nanos(delay.0 * u64::from(count));

    let printed: Vec<_> = seen.printed(counter).collect();
    let in_order = printed.iter().map(|line| line.text.clone()).eq((1..=count).map(|n| format!("number {n}")));
    let pauses = seen.spans_in(counter, State::Sleeping);
    let long_enough = pauses.len() == count as usize && pauses.iter().all(|pause| pause.duration() >= delay);
    let apart = printed.windows(2).all(|pair| pair[1].time >= pair[0].time + delay);
    let first = printed.first().map_or(seen.life(counter).start, |line| line.time);
    let took = seen.life(counter).end.saturating_sub(first);
    let numbers = match printed.len() {
        1 => "one number".to_owned(),
        n => format!("{n} numbers in order"),
    };
    let counted = Observation::new(
        in_order && long_enough && apart && took >= total && took <= seen.at_most(total),
        format!("The thread printed {numbers}, with a pause of {delay} after each, in {took}."),
    )
    .shown_by(pauses.iter().map(|pause| Stretch::new(counter, pause)));

    let Some(join) = seen.join(main, counter) else {
        return vec![counted, Observation::new(false, "Main did not wait for the end of the thread.")];
    };
    let printed = seen.printed(main).filter(|line| line.time > join.start && line.time < join.end).count();
    let waited = join.end.saturating_sub(join.start);
    let text = if waited == Nanos::ZERO {
        "The thread was over before main joined it, so main did not wait.".to_owned()
    } else {
        let lived = seen.life(counter).end.saturating_sub(seen.life(counter).start);
        format!("Main was blocked in join for {waited}, while the thread lived for {lived}; its end woke main.")
    };
    let waits = seen.spans_in(main, State::Blocked);
    let one_wait = waits.iter().all(|wait| wait.start == join.start) && waits.len() <= 1;
    vec![counted, Observation::new(one_wait && printed == 0, text).shown_by([join])]
}
