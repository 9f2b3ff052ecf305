//! `to-thread`: work that computes on the event loop, in a thread, and in a process; what the loop feels of it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::processes::{Entry, call};
use crate::runtime::tasks::{Error, sleep, spawn, to_process, to_thread};
use crate::runtime::{Failure, print};
use crate::timeline::Lane;
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "to-thread",
        title: "Work for another thread",
        language: Language::Rust,
        files: &["src/demos/tasks/to_thread.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("n", "primes below this number are counted", "", (10_000, 5_000_000), 1_000_000),
            Param {
                name: "where",
                help: "where the work is done",
                unit: "",
                kind: ParamKind::Choice { choices: &["all", "loop", "thread", "process"], default: "all" },
            },
        ],
        workers: |_| 1,
        estimate: |values| {
            let places = places(values.choice("where")).len() as u32;
            // On a slow machine; numbers that are larger take longer to test.
            let work = Duration::from_secs_f64(0.3 * (f64::from(values.count("n")) / 1e6).powf(1.4));
            Estimate { waits: QUIET * places, work: (work + Duration::from_millis(100)) * places }
        },
        main: Main::Task(|values| Box::pin(program(places(values.choice("where")), values.count("n")))),
        entries: &[&COUNT],
    },
    summary: "The same computation on the event loop, in a thread and in a process. A ticker wants its turn every 10 ms: \
              on the loop the work keeps it waiting, elsewhere it does not.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

/// Where the work is done, in order.
fn places(choice: &str) -> &'static [&'static str] {
    match choice {
        "loop" => &["loop"],
        "thread" => &["thread"],
        "process" => &["process"],
        _ => &["loop", "thread", "process"],
    }
}

// weft:begin
const TICK: Duration = Duration::from_millis(10);
const QUIET: Duration = Duration::from_millis(60);

/// What the process runs. It finds this function by its name.
const COUNT: Entry<u32, u32> = Entry { name: "to-thread/count", call: |arguments| call(count_primes, arguments) };

fn count_primes(n: u32) -> u32 {
    (0..n).step_by(1000).map(|first| primes_in(first, n.min(first + 1000))).sum()
}

/// A piece of work well under a millisecond, in a function of its own: browsers optimise
/// a function when it is called again, so one long loop would stay slow.
#[inline(never)]
fn primes_in(first: u32, last: u32) -> u32 {
    let is_prime = |n: &u32| *n > 1 && (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (first..last).filter(is_prime).count() as u32
}

async fn tick(busy: Rc<Cell<bool>>) -> Result<(), Error> {
    while busy.get() {
        sleep(TICK).await;
    }
    Ok(())
}

async fn program(places: &'static [&'static str], n: u32) -> Result<(), Failure> {
    let busy = Rc::new(Cell::new(true));
    let ticker = spawn("ticker", tick(busy.clone()));

    for place in places {
        sleep(QUIET).await;
        print(format!("{place}: begins"));
        let primes = match *place {
            "loop" => count_primes(n), // No other task has a turn meanwhile.
            "thread" => to_thread("thread", move || count_primes(n)).await?,
            _ => to_process("process", &COUNT, n).await?,
        };
        print(format!("{place}: {primes} primes below {n}"));
    }
    sleep(QUIET).await;

    busy.set(false);
    ticker.await?;
    Ok(())
}
// weft:end

/// The work in one place.
struct Phase {
    /// From the line that announces it to the line with its result.
    stretch: Stretch,
    result: u32,
    /// How long the work itself took.
    work: Nanos,
    /// The longest time between two turns of the ticker around it.
    gap: Nanos,
    /// The ticker's turns while it went on.
    turns: usize,
}

fn phase(seen: &Seen, main: &Lane, ticker: &Lane, place: &str) -> Option<Phase> {
    let began = seen.printed(main).find(|line| line.text == format!("{place}: begins"))?.time;
    let told = seen.printed(main).find_map(|line| {
        let result = line.text.strip_prefix(place)?.strip_prefix(": ")?.split(' ').next()?.parse().ok()?;
        Some((line.time, result))
    });
    let (over, result) = told?;
    let work = match place {
        "loop" => over.saturating_sub(began),
        _ => seen.time_in(seen.lane(place)?, State::Running),
    };
    let turns: Vec<_> = seen.spans_in(ticker, State::Running).iter().map(|turn| turn.start).collect();
    let around = turns.windows(2).filter(|pair| pair[1] > began && pair[0] < over);
    let gap = around.map(|pair| pair[1].saturating_sub(pair[0])).max()?;
    // Clocks have steps: a turn that begins when main's does came before it.
    let turns = turns.iter().filter(|turn| began < **turn && **turn < over).count();
    Some(Phase { stretch: Stretch { lane: main.id, start: began, end: over }, result, work, gap, turns })
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let n = seen.values.count("n");
    let places = places(seen.values.choice("where"));
    let (Some(main), Some(ticker)) = (seen.lane("main"), seen.lane("ticker")) else {
        return vec![Observation::new(false, "A task is missing: main or ticker.")];
    };
    let phases: Vec<_> = places.iter().map(|place| (*place, phase(seen, main, ticker, place))).collect();
    let results: Vec<_> = phases.iter().filter_map(|(_, phase)| Some(phase.as_ref()?.result)).collect();
    let known = n != 1_000_000 || results.first() == Some(&78_498);
    let equal = Observation::new(
        results.len() == places.len() && results.windows(2).all(|pair| pair[0] == pair[1]) && known,
        format!("{} primes were counted below {n}, the same number everywhere.", results.first().unwrap_or(&0)),
    )
    .shown_by([seen.life(main)]);
    let mut all = vec![equal];
    all.extend(phases.into_iter().map(|(place, phase)| match phase {
        Some(phase) => gap(seen, place, &phase),
        None => Observation::new(false, format!("The work for the {place} was not done.")),
    }));
    all
}

/// How long the ticker had to wait.
fn gap(seen: &Seen, place: &str, phase: &Phase) -> Observation {
    let Phase { work, gap, turns, .. } = phase;
    let observation = if place == "loop" {
        Observation::new(
            *turns == 0 && gap >= work,
            format!("On the loop the work took {work}, and the ticker had no turn for {gap}."),
        )
    } else {
        // How many turns others have meanwhile, the machine decides; but main leaves the loop to them, and awaits the end.
        let lane = seen.lane(place);
        let awaited = seen.lane("main").zip(lane).is_some_and(|(main, lane)| {
            let on = Target::Lane(lane.id);
            let waits = seen.waits_for(main, on);
            let by_it = waits.iter().all(|(_, cause)| cause.is_some_and(|cause| cause.lane == lane.id));
            by_it && (!waits.is_empty() || main.passed.iter().any(|passed| passed.on == on))
        });
        Observation::new(
            awaited,
            format!(
                "In a {place} it took {work} while main awaited its end, and the ticker went on: {} meanwhile, never more \
                 than {gap} apart.",
                counted(*turns, "turn")
            ),
        )
        .shown_by(lane.map(|lane| seen.life(lane)))
    };
    observation.shown_by([phase.stretch])
}
