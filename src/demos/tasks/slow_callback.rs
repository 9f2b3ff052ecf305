//! `slow-callback`: a task that does not await keeps the loop from everybody else; the debug mode names it.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::tasks::{Error, SLOW, gather, set_debug, sleep, spawn};
use crate::runtime::threads::work;
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "slow-callback",
        title: "A task that keeps the loop",
        language: Language::Rust,
        files: &["src/demos/tasks/slow_callback.rs"],
        needs: &[],
        params: &[
            Param::integer("block", "how long the task computes", "ms", (0, 2000), 250),
            Param {
                name: "debug",
                help: "whether the loop is in debug mode",
                unit: "",
                kind: ParamKind::Boolean { default: true },
            },
        ],
        workers: |_| 0,
        estimate: |values| Estimate { waits: PERIOD * TICKS + Duration::from_millis(50), work: values.ms("block") },
        main: Main::Task(|values| Box::pin(program(values.ms("block"), values.boolean("debug")))),
        entries: &[],
    },
    summary: "One task ticks. Another computes for a while without an await, and nobody else has a turn. In debug \
              mode the loop says who it was, and at which line.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

const PERIOD: Duration = Duration::from_millis(100);
const TICKS: u32 = 8;

// weft:begin
async fn ticker() -> Result<(), Error> {
    for number in 1..=8 {
        sleep(Duration::from_millis(100)).await;
        print(format!("tick {number}"));
    }
    Ok(())
}

async fn blocker(block: Duration) -> Result<(), Error> {
    sleep(Duration::from_millis(350)).await;
    work(block); // No await in here.
    Ok(())
}

async fn program(block: Duration, debug: bool) -> Result<(), Failure> {
    set_debug(debug);
    let tasks = [spawn("ticker", ticker()), spawn("blocker", blocker(block))];
    gather(tasks).await?;
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let block = Nanos::from(seen.values.ms("block"));
    let period = Nanos::from(PERIOD.div_f64(seen.speed));
    let (Some(ticker), Some(blocker)) = (seen.lane("ticker"), seen.lane("blocker")) else {
        return vec![Observation::new(false, "A task is not there.")];
    };
    let longest = seen.spans_in(blocker, State::Running).into_iter().max_by_key(|span| span.duration());
    let Some(kept) = longest else { return vec![Observation::new(false, "The task never ran.")] };
    let ticks: Vec<_> = seen.printed(ticker).map(|tick| tick.time).collect();
    let apart = ticks.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) >= period);
    let gap = ticks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default();
    let meanwhile = ticks.iter().filter(|tick| kept.start < **tick && **tick < kept.end).count();
    let missed = (gap.0 / period.0.max(1)).saturating_sub(1) as usize;
    // Whoever is due in such a while is late by the rest of it.
    let due = seen
        .spans_in(ticker, State::Ready)
        .into_iter()
        .find(|ready| kept.start <= ready.start && ready.start < kept.end);
    let as_late = due.is_none_or(|ready| ready.end >= kept.end);
    let shown = due.map(|ready| Stretch::new(ticker, &ready));
    let blocked = Observation::new(
        ticks.len() == TICKS as usize && apart && kept.duration() >= block && meanwhile == 0 && as_late,
        format!(
            "The task kept the loop for {}: no tick came then. The longest time between two ticks was {gap} instead \
            of {period}, so {} missed.",
            kept.duration(),
            match missed {
                1 => "1 tick was".to_owned(),
                _ => format!("{} were", counted(missed, "tick")),
            },
        ),
    )
    .shown_by([Stretch::new(blocker, &kept)].into_iter().chain(shown));

    let debug = seen.values.boolean("debug");
    // Another turn of it may have been slow, too, if the machine put the loop aside.
    let warnings = seen.timeline.marks.iter().filter(|mark| mark.text.starts_with("Executing blocker took "));
    let warning = warnings.clone().find(|mark| mark.time >= kept.end).or(warnings.clone().next());
    let slow = Nanos::from(SLOW);
    let a_little = Nanos::from_millis(5);
    let named = match warning {
        Some(warning) => {
            let seconds: f64 = warning.text.split(' ').nth(3).and_then(|word| word.parse().ok()).unwrap_or_default();
            let printed = seen.timeline.prints.iter().any(|print| print.text == warning.text);
            let place = warning.text.contains(DEMO.source());
            Observation::new(
                debug
                    && printed
                    && place
                    && kept.duration() + a_little >= slow
                    && seconds * 1e3 + 1.0 >= block.as_millis_f64(),
                format!("The loop warned: “{}”.", warning.text),
            )
        }
        None if debug => Observation::new(
            kept.duration() < slow + a_little,
            format!("The loop did not warn: that was less than {slow}."),
        ),
        None => Observation::new(kept.duration() >= block, "Nobody warned: the debug mode is off."),
    }
    .shown_by([Stretch::new(blocker, &kept)]);
    vec![blocked, named]
}
