//! `gil`: threads that compute, with a GIL and without; and threads that only wait, to whom it makes no difference.

use std::time::Duration;

use super::cpu::sum;
use super::{length, waits_for_gil};
use crate::demos::{
    Demo, Estimate, Figure, Group, Language, Main, Measure, Need, Observation, Param, ParamKind, Program, Seen, Status,
    Stretch, counted, most_at_once,
};
use crate::runtime::threads::{Gil, sleep, spawn};
use crate::runtime::{Failure, print, scope};
use crate::timeline::{Lane, Resource};
use crate::trace::{EventKind, LaneId, Nanos, ResourceKind, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "gil",
        title: "The global interpreter lock",
        language: Language::Rust,
        files: &["src/demos/compare/gil.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param {
                name: "gil",
                help: "whether the threads that compute are under the GIL",
                unit: "",
                kind: ParamKind::Boolean { default: true },
            },
            Param::integer("threads", "how many threads compute, and then wait", "threads", (1, 8), 2),
            Param::integer("interval", "how long a thread waits before it asks for the GIL", "ms", (1, 50), 5),
            Param::integer("n", "how many square roots each one adds", "roots", (5_000_000, 200_000_000), 30_000_000),
        ],
        workers: |values| values.count("threads") as usize + 1,
        estimate: |values| Estimate {
            waits: WAIT * WAITS * 2,
            // On a slow machine.
            work: Duration::from_nanos(18) * values.count("n") * values.count("threads") + Duration::from_millis(200),
        },
        main: Main::Thread(|values| {
            program(values.boolean("gil"), values.ms("interval"), values.count("threads"), values.count("n"))
        }),
        entries: &[],
    },
    summary: "Threads compute, under a lock as Python’s or without it. With it one runs at a time, and whoever wants to \
              run asks for it after the switch interval. Threads that only wait lose nothing by it.",
    group: Group::Compare,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const WAITS: u32 = 10;
const WAIT: Duration = Duration::from_millis(20);

fn compute(threads: u32, n: u32) -> Vec<f64> {
    // The sum of n square roots, in pieces with a checkpoint between them, as in compare-cpu.
    let start = |number| spawn(format!("cpu-{number}"), move || sum(1, n));
    let threads: Vec<_> = (1..=threads).map(start).collect();
    threads.into_iter().map(|thread| thread.join()).collect()
}

fn wait(name: &str, threads: u32) {
    // Before it sleeps a thread gives the GIL up, so the others can sleep as well.
    let start = |number| spawn(format!("{name}-{number}"), || (0..WAITS).for_each(|_| sleep(WAIT)));
    let threads: Vec<_> = (1..=threads).map(start).collect();
    threads.into_iter().for_each(|thread| thread.join());
}

fn program(with_gil: bool, interval: Duration, threads: u32, n: u32) -> Result<(), Failure> {
    scope("warm-up", || sum(1, 10_000_000));

    let gil = if with_gil { Gil::new(interval) } else { Gil::off() };
    let sums = scope("compute", || gil.run(|| compute(threads, n)));
    let equal = sums.iter().all(|sum| *sum == sums[0]);
    print(format!("{threads} threads computed {} sums", if equal { "equal" } else { "different" }));

    let gil = Gil::new(interval);
    scope("wait under the GIL", || gil.run(|| wait("io-gil", threads)));
    scope("wait without it", || wait("io", threads));
    print(format!("{threads} threads waited {WAITS} times each, with the GIL and without"));
    Ok(())
}
// weft:end

/// A part of the run: main's scope, and the threads that it started.
struct Part<'a> {
    whole: Stretch,
    threads: Vec<&'a Lane>,
}

fn part<'a>(seen: &Seen<'a>, main: &'a Lane, name: &str, threads: &str) -> Option<Part<'a>> {
    let scope = main.scopes.iter().find(|scope| scope.name == name)?;
    Some(Part { whole: super::span(seen, main, scope), threads: seen.lanes(threads, seen.values.count("threads")) })
}

impl Part<'_> {
    fn spans(&self, seen: &Seen, state: State) -> Vec<Stretch> {
        let spans = |lane| seen.spans_in(lane, state).into_iter().map(move |span| Stretch::new(lane, &span));
        self.threads.iter().flat_map(|lane| spans(lane)).filter(|span| span.end > span.start).collect()
    }
}

/// A switch that somebody asked for: the holder went on being ready.
struct Switch {
    time: Nanos,
    /// Since when the lane had it that gave it up.
    since: Nanos,
    from: LaneId,
    to: LaneId,
}

/// The forced switches of a GIL.
fn switches(seen: &Seen, gil: &Resource) -> Vec<Switch> {
    // Who gives it up to wait for something is Running no more, either; but it was something else before it was ready,
    // be it for no time, since what it was about to wait for had come.
    let wants_it = |lane: LaneId, time: Nanos| {
        let lane = seen.timeline.lane(lane)?;
        let span = lane.span_at(time, seen.timeline.now)?;
        let ran = lane.changes.get(span.index.checked_sub(1)?)?.state == State::Running;
        Some(ran && span.state == State::Ready && span.on == Some(Target::Resource(gil.id)))
    };
    let mut switches = Vec::new();
    // When it last changed hands, to whom; and who gave it up, but wants it.
    let (mut had, mut forced) = (None::<(LaneId, Nanos)>, None);
    for event in &gil.events {
        match event.kind {
            EventKind::Acquired { .. } => {
                if let (Some((from, time)), Some((_, since))) = (forced.take(), had) {
                    switches.push(Switch { time, since, from, to: event.lane });
                }
                if had.is_none_or(|(lane, _)| lane != event.lane) {
                    had = Some((event.lane, event.time));
                }
            }
            EventKind::Released { .. } if wants_it(event.lane, event.time) == Some(true) => {
                forced = Some((event.lane, event.time));
            }
            _ => {}
        }
    }
    switches
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let threads = seen.values.count("threads") as usize;
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main program.")] };
    let parts = [("compute", "cpu"), ("wait under the GIL", "io-gil"), ("wait without it", "io")];
    let [Some(cpu), Some(with), Some(without)] = parts.map(|(name, threads)| part(seen, main, name, threads)) else {
        return vec![Observation::new(false, "The threads did not both compute and wait.")];
    };
    let equal = seen.printed(main).any(|line| line.text.ends_with("computed equal sums"));
    let results = Observation::new(
        equal && cpu.threads.len() == threads,
        format!(
            "{} computed the same sum, with {} results.",
            counted(threads, "thread"),
            if equal { "equal" } else { "different" }
        ),
    )
    .shown_by(cpu.threads.iter().map(|lane| seen.life(lane)));
    vec![results, at_once(seen, &cpu, threads), interval(seen, &cpu), waiting(seen, &with, &without, threads)]
}

/// The GIL that was in force in this part.
fn gil_of<'a>(seen: &Seen<'a>, part: &Part) -> Option<&'a Resource> {
    let within = |time| time >= part.whole.start && time <= part.whole.end;
    let is_used = |resource: &&Resource| {
        let held = |event: &&crate::timeline::ResourceEvent| matches!(event.kind, EventKind::Acquired { .. });
        resource.events.iter().find(held).is_some_and(|event| within(event.time))
    };
    seen.timeline.resources.iter().filter(|resource| resource.kind == Some(ResourceKind::Gil)).find(is_used)
}

/// How many ran at the same time.
fn at_once(seen: &Seen, cpu: &Part, threads: usize) -> Observation {
    let running = cpu.spans(seen, State::Running);
    let most = most_at_once(&running);
    let took = Figure {
        measure: Measure::Wall,
        of: "cpu",
        label: "threads that compute",
        value: length(cpu.whole).as_millis_f64(),
    };
    let (holds, text) = if seen.values.boolean("gil") {
        // Each ran only while it had the GIL.
        let holds = gil_of(seen, cpu).map_or(Vec::new(), |gil| seen.holds(gil));
        let has_it = |span: &Stretch| {
            let mut own = holds.iter().filter(|hold| hold.lane == span.lane);
            own.any(|hold| hold.start <= span.start && span.end <= hold.end)
        };
        (most == 1 && running.iter().all(has_it), "At most 1 was Running at any moment, the one that had the GIL")
    } else {
        // How many do run at once, the machine decides; but nobody keeps anybody from it.
        let waits = cpu.threads.iter().any(|lane| !waits_for_gil(seen, lane).is_empty());
        ((1..=threads).contains(&most) && !waits, "Without the GIL none waited for another")
    };
    let text = match seen.values.boolean("gil") {
        true => text.to_owned(),
        false => format!("{text}, and up to {most} ran at once"),
    };
    let per_thread = if threads == 1 { "1 thread took".to_owned() } else { format!("{threads} threads took") };
    Observation::new(holds && cpu.threads.len() == threads, format!("{text}; {per_thread} {}.", length(cpu.whole)))
        .shown_by(running)
        .with([took])
}

/// How long the GIL stayed where it was before it was given up for another.
fn interval(seen: &Seen, cpu: &Part) -> Observation {
    let Some(gil) = gil_of(seen, cpu) else {
        return Observation::new(
            !seen.values.boolean("gil"),
            "There was no GIL, so none of the threads that compute was asked to stop.",
        )
        .shown_by([cpu.whole]);
    };
    let interval = Nanos::from(seen.values.ms("interval"));
    let switches = switches(seen, gil);
    let mut kept: Vec<_> = switches.iter().map(|switch| switch.time.saturating_sub(switch.since)).collect();
    kept.sort_unstable();
    let long_enough = kept.first().is_none_or(|shortest| *shortest >= interval);
    let another = switches.iter().all(|switch| switch.from != switch.to);
    let Some(median) = kept.get(kept.len() / 2).copied() else {
        // Who waits asks when it runs next, and the machine decides when that is: there is an upper bound alone.
        let waits: Vec<_> = cpu.threads.iter().flat_map(|lane| waits_for_gil(seen, lane)).collect();
        let longest = waits.iter().map(|wait| length(*wait)).max().unwrap_or_default();
        return Observation::new(
            seen.values.boolean("gil") && longest <= seen.at_most(Nanos(interval.0 * cpu.threads.len() as u64)),
            format!(
                "The GIL was never given up in the middle of the work: nobody asked for it in time, by waiting for \
                 {interval}. The longest wait took {longest}."
            ),
        )
        .shown_by(if waits.is_empty() { vec![cpu.whole] } else { waits });
    };
    let figure = Figure { measure: Measure::Interval, of: "gil", label: "GIL", value: median.as_millis_f64() };
    let spans = switches.iter().map(|switch| Stretch { lane: switch.from, start: switch.since, end: switch.time });
    Observation::new(
        long_enough && another,
        format!(
            "The GIL was given up {} because another thread asked for it, each time to another one, and never before the \
             interval of {interval} was over: after {median} in the median.",
            counted(switches.len(), "time")
        ),
    )
    .shown_by(spans)
    .with([figure])
}

/// Threads that only wait, with the GIL and without.
fn waiting(seen: &Seen, with: &Part, without: &Part, threads: usize) -> Observation {
    let wait = Nanos::from(WAIT.div_f64(seen.speed));
    let least = Nanos(wait.0 * u64::from(WAITS));
    let holds = |part: &Part| {
        let sleeps = part.spans(seen, State::Sleeping);
        part.threads.len() == threads
            && sleeps.len() == threads * WAITS as usize
            && sleeps.iter().all(|sleep| length(*sleep) >= wait)
            && length(part.whole) <= seen.at_most(least)
    };
    let waited = with.threads.iter().flat_map(|lane| waits_for_gil(seen, lane));
    let waited = waited.fold(Nanos::ZERO, |sum, wait| sum + length(wait));
    let figure = |part: &Part, of, label| Figure {
        measure: Measure::Wall,
        of,
        label,
        value: length(part.whole).as_millis_f64(),
    };
    Observation::new(
        holds(with) && holds(without),
        format!(
            "{} that slept {WAITS} times {wait} took {} under the GIL and {} without it. They wanted it for {waited} \
             altogether: who sleeps does not have it.",
            counted(threads, "thread"),
            length(with.whole),
            length(without.whole)
        ),
    )
    .shown_by([with.whole, without.whole])
    .with([
        figure(with, "io-gil", "threads that wait, under the GIL"),
        figure(without, "io", "threads that wait, without it"),
    ])
}
