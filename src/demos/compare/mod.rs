//! Demos that compare: the same work in each model, one model after the other on one time axis.

pub mod cpu;
pub mod gil;
pub mod io;
pub mod mixed;
pub mod sync_cost;

use super::{Figure, Measure, Observation, Seen, Stretch, counted, most_at_once};
use crate::runtime::host;
use crate::timeline::{Lane, Scope, Span};
use crate::trace::{LaneKind, Nanos, ResourceKind, State, Target};

/// A model that is compared with others.
#[derive(Clone, Copy)]
struct Model {
    /// Its name for programs.
    of: &'static str,
    /// Its name for readers, which is that of main's scope in which it is used.
    label: &'static str,
}

const SEQUENTIAL: Model = Model { of: "sequential", label: "sequential" };
const THREADS_GIL: Model = Model { of: "threads-gil", label: "threads under a GIL" };
const THREADS: Model = Model { of: "threads", label: "threads" };
const TASKS: Model = Model { of: "tasks", label: "tasks" };
const TASKS_POOL: Model = Model { of: "tasks-pool", label: "tasks with processes" };
const PROCESSES: Model = Model { of: "processes", label: "processes" };

/// A model's part of the run.
struct Phase<'a> {
    model: Model,
    /// All of it.
    whole: Stretch,
    /// The pieces of work, each a scope of the lane that did it.
    parts: Vec<Stretch>,
    /// The lanes that did them, but for main.
    workers: Vec<&'a Lane>,
}

impl<'a> Phase<'a> {
    /// The part of the run in which main used this model, for pieces of work with these names and a number.
    fn find(seen: &Seen<'a>, main: &'a Lane, model: Model, pieces: &[&str]) -> Option<Phase<'a>> {
        let scope = main.scopes.iter().find(|scope| scope.name == model.label)?;
        let whole = span(seen, main, scope);
        let mut phase = Phase { model, whole, parts: Vec::new(), workers: Vec::new() };
        for lane in &seen.timeline.lanes {
            let parts = parts_of(seen, lane, whole, pieces);
            if lane.id != main.id && !parts.is_empty() {
                phase.workers.push(lane);
            }
            phase.parts.extend(parts);
        }
        Some(phase)
    }

    /// How long it took, start-up included.
    fn wall(&self) -> Nanos {
        length(self.whole)
    }

    /// From the beginning of the first piece of work to the end of the last.
    fn work(&self) -> Nanos {
        let start = self.parts.iter().map(|part| part.start).min().unwrap_or_default();
        self.parts.iter().map(|part| part.end).max().unwrap_or_default().saturating_sub(start)
    }

    /// From its beginning until the last of its workers ran; none if one never did.
    fn start_up(&self) -> Option<Nanos> {
        let first_runs: Option<Vec<_>> = self.workers.iter().map(|worker| worker.first_run()).collect();
        Some(first_runs?.into_iter().max()?.saturating_sub(self.whole.start))
    }

    /// When its lanes were Running.
    fn running(&self, seen: &Seen) -> Vec<Stretch> {
        let lanes = seen.timeline.lanes.iter().filter(|lane| lane.kind != Some(LaneKind::EventLoop));
        let spans = lanes.flat_map(|lane| seen.spans_in(lane, State::Running).into_iter().map(move |s| (lane, s)));
        let within = spans.map(|(lane, span)| {
            let start = span.start.max(self.whole.start);
            Stretch { lane: lane.id, start, end: span.end.min(self.whole.end).max(start) }
        });
        within.filter(|span| span.end > span.start).collect()
    }

    /// Whether a lane was Running, be it for less than a step of the clock.
    fn ran(&self, seen: &Seen) -> bool {
        let within = |span: &Span| span.start <= self.whole.end && span.end >= self.whole.start;
        let mut lanes = seen.timeline.lanes.iter().filter(|lane| lane.kind != Some(LaneKind::EventLoop));
        lanes.any(|lane| seen.spans_in(lane, State::Running).iter().any(within))
    }

    fn figure(&self, measure: Measure, value: f64) -> Figure {
        Figure { measure, of: self.model.of, label: self.model.label, value }
    }
}

/// A lane's scopes within a stretch of time that have one of these names and a number, as `sum-3`.
fn parts_of(seen: &Seen, lane: &Lane, within: Stretch, names: &[&str]) -> Vec<Stretch> {
    let is_piece = |scope: &&Scope| {
        let number = |name| scope.name.strip_prefix(name)?.strip_prefix('-')?.parse::<u32>().ok();
        names.iter().any(|name| number(*name).is_some())
    };
    let parts = lane.scopes.iter().filter(is_piece).map(|scope| span(seen, lane, scope));
    parts.filter(|part| part.start >= within.start && part.end <= within.end).collect()
}

/// From when to when a scope was.
fn span(seen: &Seen, lane: &Lane, scope: &Scope) -> Stretch {
    Stretch { lane: lane.id, start: scope.start, end: scope.end.unwrap_or(seen.timeline.now) }
}

/// How long a stretch was.
fn length(span: Stretch) -> Nanos {
    span.end.saturating_sub(span.start)
}

/// The lane's waits for a GIL.
fn waits_for_gil(seen: &Seen, lane: &Lane) -> Vec<Stretch> {
    let is_gil = |on: Option<Target>| match on {
        Some(Target::Resource(id)) => {
            seen.timeline.resource(id).is_some_and(|resource| resource.kind == Some(ResourceKind::Gil))
        }
        _ => false,
    };
    let ready = seen.spans_in(lane, State::Ready);
    ready.iter().filter(|span| is_gil(span.on)).map(|span| Stretch::new(lane, span)).collect()
}

/// The phases of these models, in this order; or what is missing.
fn phases<'a>(
    seen: &Seen<'a>,
    main: &'a Lane,
    models: &[Model],
    pieces: &[&str],
) -> Result<Vec<Phase<'a>>, Observation> {
    let find = |model: &Model| {
        let missing = || Observation::new(false, format!("The part with {} is not there.", model.label));
        Phase::find(seen, main, *model, pieces).ok_or_else(missing)
    };
    models.iter().map(find).collect()
}

/// What is compared of each model: wall time, speed-up, start-up and time Running. The first phase is the sequential
/// one; in each there are so many pieces of work.
fn comparison(seen: &Seen, phases: &[Phase], pieces: usize) -> Vec<Observation> {
    let Some(sequential) = phases.first() else { return Vec::new() };
    let list = |text: &dyn Fn(&Phase) -> String| phases.iter().map(text).collect::<Vec<_>>().join(", ");
    let spans = || phases.iter().map(|phase| phase.whole);

    let in_turn = phases.windows(2).all(|pair| pair[0].whole.end <= pair[1].whole.start);
    let complete = phases.iter().all(|phase| phase.parts.len() == pieces && phase.wall() >= phase.work());
    let text = list(&|phase| format!("{} {}", phase.model.label, phase.wall()));
    let walls = Observation::new(
        in_turn && complete,
        format!("The same work, {}, in one model after the other: {text}.", counted(pieces, "piece")),
    )
    .shown_by(spans())
    .with(phases.iter().map(|phase| phase.figure(Measure::Wall, phase.wall().as_millis_f64())));

    let cores = host::cores();
    let one_by_one = most_at_once(&sequential.parts) <= 1 && sequential.work() > Nanos::ZERO;
    let speed_up = |phase: &Phase| sequential.work().0 as f64 / phase.work().0.max(1) as f64;
    let others = &phases[1..];
    let of_cores = |phase: &Phase| 100.0 * speed_up(phase) / cores as f64;
    let text: Vec<_> = others
        .iter()
        .map(|phase| {
            format!("{} {:.2} times as fast as {}", phase.model.label, speed_up(phase), sequential.model.label)
        })
        .collect();
    let speed_ups = Observation::new(
        one_by_one && others.iter().all(|phase| phase.work() > Nanos::ZERO),
        format!(
            "From the beginning of the first piece of work to the end of the last: {}. This machine has {}.",
            text.join(", "),
            counted(cores, "core")
        ),
    )
    .shown_by(spans())
    .with(others.iter().map(|phase| phase.figure(Measure::SpeedUp, speed_up(phase))))
    .with(others.iter().map(|phase| phase.figure(Measure::OfCores, of_cores(phase))));

    let start_ups: Vec<_> = others.iter().filter_map(|phase| Some((phase, phase.start_up()?))).collect();
    let text: Vec<_> = start_ups.iter().map(|(phase, time)| format!("{} {time}", phase.model.label)).collect();
    let start_up = Observation::new(
        start_ups.len() == others.len() && start_ups.iter().all(|(phase, time)| *time <= phase.wall()),
        format!("From the first step until the last worker ran: {}.", text.join(", ")),
    )
    .shown_by(others.iter().flat_map(|phase| phase.workers.iter().map(|worker| seen.life(worker))))
    .with(start_ups.iter().map(|(phase, time)| phase.figure(Measure::StartUp, time.as_millis_f64())));

    let running = |phase: &Phase| phase.running(seen).iter().fold(Nanos::ZERO, |sum, span| sum + length(*span));
    let text = list(&|phase| {
        let at_once = most_at_once(&phase.running(seen));
        format!("{} {} (up to {at_once} at once)", phase.model.label, running(phase))
    });
    let time_running = Observation::new(
        phases.iter().all(|phase| phase.ran(seen)),
        format!("Time Running, all lanes together: {text}."),
    )
    .shown_by(spans())
    .with(phases.iter().map(|phase| phase.figure(Measure::Running, running(phase).as_millis_f64())));

    vec![walls, speed_ups, start_up, time_running]
}
