//! `wake-storm`: tasks that are always ready, beside a timer. Not in the catalogue: tests use it to see that the loop
//! starves neither its timers nor the page.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, counted};
use crate::runtime::tasks::{Error, sleep, spawn};
use crate::runtime::threads::work;
use crate::runtime::{Failure, now, print};
use crate::timeline::Span;
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "wake-storm",
        title: "Always ready",
        language: Language::Rust,
        files: &["src/demos/tasks/wake_storm.rs"],
        needs: &[],
        params: &[Param::integer("length", "how long the storm lasts", "ms", (50, 60000), 300)],
        workers: |_| 0,
        estimate: |values| Estimate::work(values.ms("length")),
        main: Main::Task(|values| Box::pin(program(values.ms("length")))),
        entries: &[],
    },
    summary: "Two tasks never wait for anything, and a timer fires every 5 ms beside them.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: true,
};

// weft:begin
async fn storm(until: Duration) -> Result<(), Error> {
    while now() < until.into() {
        work(Duration::from_micros(200));
        sleep(Duration::ZERO).await;
    }
    Ok(())
}

async fn program(length: Duration) -> Result<(), Failure> {
    let until = Duration::from_nanos(now().0) + length;
    let storms = ["storm-1", "storm-2"].map(|name| spawn(name, storm(until)));
    let mut ticks = 0;
    while now() < until.into() {
        sleep(Duration::from_millis(5)).await;
        ticks += 1;
    }
    for storm in storms {
        storm.await?;
    }
    print(format!("{ticks} ticks"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main task.")] };
    let ticks = seen.spans_in(main, State::Sleeping);
    let storms = seen.lanes("storm", 2);
    let turns: Vec<_> = storms.iter().map(|lane| seen.spans_in(lane, State::Running)).collect();
    let within = |due: &Span| {
        let begins = turns.iter().flatten().map(|turn| turn.start);
        begins.filter(|begin| due.start < *begin && *begin < due.end).count()
    };
    let most = seen.spans_in(main, State::Ready).iter().map(within).max().unwrap_or(0);
    let length = Nanos::from(seen.values.ms("length"));
    let period = Nanos::from(Duration::from_millis(5).div_f64(seen.speed));
    let timers = Observation::new(
        // How many, the machine decides; but who wakes at a timer is queued after the turn in which it was due, behind
        // one turn of each storm.
        !ticks.is_empty() && ticks.iter().all(|tick| tick.duration() >= period) && most <= 3,
        format!(
            "{} ticks in {length}, though two tasks were always ready: {} before a tick that was due.",
            ticks.len(),
            counted(most, "turn")
        ),
    );
    let turns: Vec<_> = turns.iter().map(Vec::len).collect();
    let fair = turns.len() == 2 && turns[0].abs_diff(turns[1]) <= 2 && turns[0] > 0;
    vec![timers, Observation::new(fair, format!("The two took turns: {turns:?}."))]
}
