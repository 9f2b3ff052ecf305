//! Recordings of real runs, shown where threads cannot start: which one fits best, and reading it.
//!
//! A demo's file has two lines for each recording: a `Head`, and a Chrome trace as Weft wrote it. `scripts/record`
//! makes the files. Everything else (lines lit, figures, observations) follows from the trace, as it does after a run.

use serde::Deserialize;
use serde_json::Value as Json;

use super::form::Slider;
use super::results::read_params;
use crate::program::{Param, Program, RunSpec, Status, Value, Values};
use crate::timeline::{Timeline, chrome};
use crate::trace::Nanos;

/// What precedes a recording's trace.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    /// The demo's parameters, as in `window.weft`.
    params: Json,
    /// The browser in which it ran, with its version.
    browser: String,
    /// The day on which it ran: `2026-11-21`.
    date: String,
    status: String,
    /// The program, if it is an example for readers' own.
    source: Option<String>,
    /// Why it failed, with the lane's name before a colon.
    problem: Option<String>,
    elapsed_ms: f64,
}

/// A recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What was run.
    pub spec: RunSpec,
    /// How it ended.
    pub status: Status,
    /// The lane that failed, if one did, and why.
    pub problem: Option<(Option<String>, String)>,
    /// How long it took.
    pub elapsed: Nanos,
    /// Where and when it ran: `Chromium 156.0 on 21 November 2026`.
    pub made: String,
    /// What happened.
    pub timeline: Timeline,
}

/// The recording in a demo's file whose parameters are most similar to those wanted; of a reader's program, one of that very
/// program.
///
/// # Errors
/// A sentence, if there is none that can be read.
pub fn nearest(wanted: &RunSpec, file: &str) -> Result<Recording, String> {
    let distance_to = |of: &RunSpec| distance(wanted.program, &wanted.values, &of.values);
    let text = |spec: &RunSpec| spec.source.as_deref().map(|source| source.trim_end().to_owned());
    let same = read(wanted.program, file).filter(|(spec, ..)| text(spec) == text(wanted));
    let best = same.min_by(|a, b| distance_to(&a.0).total_cmp(&distance_to(&b.0)));
    let (spec, head, trace) = best.ok_or_else(|| match wanted.source {
        Some(_) => {
            "Programs of your own cannot run here; there are recordings of the examples, as they are.".to_owned()
        }
        None => format!("There is no recording of “{}”.", wanted.program.title),
    })?;
    open(spec, head, trace)
}

/// All recordings in a demo's file.
///
/// # Errors
/// A sentence about the first that cannot be read.
pub fn all(program: &'static Program, file: &str) -> Result<Vec<Recording>, String> {
    read(program, file).map(|(spec, head, trace)| open(spec, head, trace)).collect()
}

/// The recordings whose parameters the demo still has.
fn read<'f>(program: &'static Program, file: &'f str) -> impl Iterator<Item = (RunSpec, Head, &'f str)> {
    let mut lines = file.lines();
    std::iter::from_fn(move || Some((lines.next()?, lines.next()?))).filter_map(move |(head, trace)| {
        let head: Head = serde_json::from_str(head).ok()?;
        let spec = RunSpec { source: head.source.clone(), ..read_params(program, &head.params).ok()? };
        Some((spec, head, trace))
    })
}

fn open(spec: RunSpec, head: Head, trace: &str) -> Result<Recording, String> {
    let imported = chrome::import(trace).map_err(|error| format!("The recording is damaged. {error}"))?;
    let problem = head.problem.map(|problem| match problem.split_once(": ") {
        Some((lane, message)) if imported.timeline.lane_named(lane).is_some() => {
            (Some(lane.to_owned()), message.to_owned())
        }
        _ => (None, problem),
    });
    Ok(Recording {
        spec,
        status: head.status.parse().unwrap_or(Status::Finished),
        problem,
        elapsed: Nanos::from_millis_f64(head.elapsed_ms),
        made: format!("{} on {}", head.browser, day(&head.date)),
        timeline: imported.timeline,
    })
}

/// How different two sets of parameters are: for each parameter from 0, the same, to 1, opposite ends of its range.
fn distance(program: &Program, a: &Values, b: &Values) -> f64 {
    program.params.iter().map(|param| difference(param, a.get(param.name), b.get(param.name))).sum()
}

fn difference(param: &Param, a: Option<&Value>, b: Option<&Value>) -> f64 {
    let place = |value: Option<&Value>| match value {
        Some(Value::Integer(value)) => Some(*value as f64),
        Some(Value::Number(value)) => Some(*value),
        _ => None,
    };
    match (Slider::of(param), place(a), place(b)) {
        (Some(slider), Some(x), Some(y)) => {
            let (from, to, _) = slider.range();
            (slider.position(x) - slider.position(y)).abs() / (to - from).max(1.0)
        }
        _ => f64::from(u8::from(a != b)),
    }
}

/// A day as it is read: `21 November 2026`.
fn day(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = date.split('-').map(|part| part.parse::<usize>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month @ 1..=12), Some(day)) => format!("{day} {} {year}", MONTHS[month - 1]),
        _ => date.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::Demo;
    use serde_json::json;

    fn program(id: &str) -> &'static Program {
        &Demo::find(id).unwrap().program
    }

    fn file(demo: &str, all: &[Json]) -> String {
        let line = |params: &Json| {
            let head = json!({
                "params": params, "browser": "Chromium 156.0", "date": "2026-11-02", "status": "failed",
                "problem": "main: it is out of order", "elapsedMs": 12.5,
            });
            let other = json!({ "weft": "0.1.0", "demo": demo, "params": params });
            format!("{head}\n{}\n", json!({ "traceEvents": [], "otherData": other }))
        };
        all.iter().map(line).collect()
    }

    #[test]
    fn the_recording_with_the_nearest_parameters_is_found() {
        let program = program("thread-start-join");
        let file = file(
            program.id,
            &[
                json!({ "threads": 3, "delay": 400 }),
                json!({ "threads": 12, "delay": 400 }),
                json!({ "threads": 99 }),
                json!({ "threads": 3, "delay": 2000 }),
            ],
        );
        for ((threads, delay), found) in
            [((3, 400), (3, 400)), ((10, 500), (12, 400)), ((1, 1900), (3, 2000)), ((5, 10), (3, 400))]
        {
            let wanted = read_params(program, &json!({ "threads": threads, "delay": delay })).unwrap();
            let recording = nearest(&wanted, &file).unwrap();
            let is = (recording.spec.values.integer("threads"), recording.spec.values.integer("delay"));
            assert_eq!(is, found, "for {threads} threads and {delay} ms");
        }
        let recordings = all(program, &file).unwrap();
        assert_eq!(recordings.len(), 3, "one has a parameter out of its range");
        assert_eq!(recordings[0].made, "Chromium 156.0 on 2 November 2026");
        assert_eq!((recordings[0].status, recordings[0].elapsed), (Status::Failed, Nanos(12_500_000)));
        assert_eq!(recordings[0].problem, Some((None, "main: it is out of order".to_owned())), "there is no such lane");
    }

    #[test]
    fn words_are_alike_or_not() {
        let program = program("rlock");
        let file = file(program.id, &[json!({ "kind": "RLock" }), json!({ "kind": "Lock" })]);
        let wanted = read_params(program, &json!({ "kind": "Lock" })).unwrap();
        assert_eq!(nearest(&wanted, &file).unwrap().spec.values.choice("kind"), "Lock");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let program = program("thread-start-join");
        let wanted = RunSpec::new(program);
        assert_eq!(nearest(&wanted, "").unwrap_err(), "There is no recording of “Start and join threads”.");
        let head = file(program.id, &[json!({})]).lines().next().unwrap().to_owned();
        let error = nearest(&wanted, &format!("{head}\n{{}}\n")).unwrap_err();
        assert!(error.starts_with("The recording is damaged. "), "{error}");
    }
}
