//! What `window.weft` returns, as data. Part of the contract: names and units are those of its table.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::words;
use crate::analysis::{Observation, figures};
use crate::demos::{Demo, expected};
use crate::program::{ExitReport, Param, ParamKind, Program, RunSpec, Status, Value, Values};
use crate::timeline::{Stats, Timeline};
use crate::trace::{Nanos, State};

/// One entry of `weft.demos()`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DemoInfo {
    id: &'static str,
    title: &'static str,
    group: &'static str,
    live: bool,
    needs: Vec<&'static str>,
    params: Vec<Json>,
}

impl DemoInfo {
    /// A demo, in a page where threads can start or cannot.
    pub fn new(demo: &Demo, isolated: bool) -> DemoInfo {
        DemoInfo {
            id: demo.id(),
            title: demo.program.title,
            group: demo.group.name(),
            live: words::can_run(&demo.program, isolated),
            needs: demo.program.needs.iter().map(|need| need.name()).collect(),
            params: demo.program.params.iter().map(param).collect(),
        }
    }
}

fn param(param: &Param) -> Json {
    let mut info = json!({ "name": param.name, "unit": param.unit, "help": param.help });
    let more = match param.kind {
        ParamKind::Integer { min, max, .. } => {
            let Value::Integer(default) = param.default() else { unreachable!("a whole number's default is one") };
            json!({ "type": "integer", "min": min, "max": max, "default": default })
        }
        ParamKind::Number { min, max, default } => {
            json!({ "type": "number", "min": min, "max": max, "default": default })
        }
        ParamKind::Boolean { default } => json!({ "type": "boolean", "default": default }),
        ParamKind::Choice { choices, default } => {
            json!({ "type": "choice", "choices": choices, "default": default })
        }
    };
    if let (Json::Object(info), Json::Object(more)) = (&mut info, more) {
        info.extend(more);
    }
    info
}

/// What `weft.run` resolves with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    id: &'static str,
    params: Json,
    status: &'static str,
    expected: &'static str,
    recorded: bool,
    elapsed_ms: f64,
    console: Vec<Line>,
    observations: Vec<Observed>,
    /// What it measured for programs to read, if it did: more than the contract requires.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    figures: Vec<Measured>,
    stats: StatsInfo,
    /// Why it failed, if it did: more than the contract requires.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Of the reader's own program.
    #[serde(flatten)]
    exit: Option<ExitInfo>,
}

/// How a program of the reader's ended: its code is null if it was ended from outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExitInfo {
    exit_code: Option<i32>,
    error: Option<ErrorInfo>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ErrorInfo {
    #[serde(rename = "type")]
    class: String,
    message: String,
    lane: String,
    line: Option<u32>,
    traceback: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    t: f64,
    lane: String,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Observed {
    text: String,
    holds: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Measured {
    id: String,
    label: String,
    value: f64,
    unit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatsInfo {
    lanes: usize,
    events: u64,
    anomalies: usize,
    wall_ms: f64,
    max_parallel: usize,
    by_state: Map<String, Json>,
}

/// A run that has ended, for making a result of it.
pub struct Ended<'a> {
    /// What was run.
    pub spec: &'a RunSpec,
    /// How it ended.
    pub status: Status,
    /// Whether it is a recording of a run in another browser.
    pub recorded: bool,
    /// How long it took.
    pub elapsed: Nanos,
    /// What happened.
    pub timeline: &'a Timeline,
    /// What can be seen in it.
    pub observations: &'a [Observation],
    /// Why it failed, if it did.
    pub problem: Option<String>,
    /// How the reader's program ended, if it was one and ended by itself.
    pub exit: Option<&'a ExitReport>,
}

impl RunResult {
    /// The result of a run.
    pub fn new(ended: &Ended) -> RunResult {
        let lane_name = |id| ended.timeline.lane(id).map_or_else(String::new, |lane| lane.name.clone());
        RunResult {
            id: ended.spec.program.id,
            params: params(&ended.spec.values),
            status: ended.status.name(),
            expected: expected(ended.spec).name(),
            recorded: ended.recorded,
            elapsed_ms: ended.elapsed.as_millis_f64(),
            console: ended
                .timeline
                .prints
                .iter()
                .map(|print| Line {
                    t: print.time.as_millis_f64(),
                    lane: lane_name(print.lane),
                    text: print.text.clone(),
                })
                .collect(),
            observations: ended
                .observations
                .iter()
                .map(|seen| Observed { text: seen.text.clone(), holds: seen.holds })
                .collect(),
            figures: figures(ended.observations)
                .map(|figure| Measured {
                    id: figure.id(),
                    label: format!("{}, {}", figure.measure.title(), figure.label),
                    value: figure.value,
                    unit: figure.measure.unit(),
                })
                .collect(),
            stats: StatsInfo::new(&ended.timeline.stats()),
            problem: ended.problem.clone(),
            exit: ended.spec.source.is_some().then(|| ExitInfo::new(ended.exit)),
        }
    }
}

impl ExitInfo {
    fn new(exit: Option<&ExitReport>) -> ExitInfo {
        let error = exit.and_then(|exit| exit.error.clone()).map(|error| ErrorInfo {
            class: error.class,
            message: error.message,
            lane: error.lane,
            line: error.place.map(|place| place.line),
            traceback: error.traceback,
        });
        ExitInfo { exit_code: exit.map(|exit| exit.code), error }
    }
}

impl StatsInfo {
    fn new(stats: &Stats) -> StatsInfo {
        let of = |state: State| (state.name().to_owned(), json!(stats.by_state.of(state).as_millis_f64()));
        StatsInfo {
            lanes: stats.lanes,
            events: stats.events,
            anomalies: stats.anomalies,
            wall_ms: stats.wall.as_millis_f64(),
            max_parallel: stats.max_parallel,
            by_state: State::ALL.into_iter().map(of).collect(),
        }
    }
}

/// Parameters as a JSON object.
pub fn params(values: &Values) -> Json {
    let json = |value: &Value| match value {
        Value::Integer(value) => json!(value),
        Value::Number(value) => json!(value),
        Value::Boolean(value) => json!(value),
        Value::Choice(value) => json!(value),
    };
    Json::Object(values.iter().map(|(name, value)| (name.to_owned(), json(value))).collect())
}

/// Reads what `weft.run` is given as parameters, and the speed among them.
///
/// # Errors
/// The sentence that the page would show.
pub fn read_params(program: &'static Program, given: &Json) -> Result<RunSpec, String> {
    read_params_over(RunSpec::new(program), given)
}

/// The same, where what is not given stays as it is in `base`.
///
/// # Errors
/// The sentence that the page would show.
pub fn read_params_over(mut base: RunSpec, given: &Json) -> Result<RunSpec, String> {
    let given = match given {
        Json::Null => return Ok(base),
        Json::Object(given) => given,
        other => return Err(format!("Parameters must be an object such as {{ threads: 3 }}, and {other} is not.")),
    };
    for (name, value) in given {
        let text = match value {
            Json::String(text) => text.clone(),
            // JavaScript has one type of number: 3.0 is 3.
            Json::Number(number) => match number.as_f64() {
                Some(whole) if whole.fract() == 0.0 && whole.abs() < 9e15 => (whole as i64).to_string(),
                _ => number.to_string(),
            },
            other => other.to_string(),
        };
        if name == super::address::SPEED.name {
            base.speed = super::address::parse_speed(&text)?;
        } else {
            base.values.set(base.program, name, &text)?;
        }
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::{Figure, Measure};
    use crate::program::write::WRITE;
    use crate::program::{ErrorReport, Place};
    use crate::trace::{Event, EventKind, LaneId, LaneKind};

    fn demo() -> &'static Demo {
        Demo::find("thread-start-join").unwrap()
    }

    fn program() -> &'static Program {
        &demo().program
    }

    #[test]
    fn demos_are_described_as_in_the_contract() {
        let info = serde_json::to_value(DemoInfo::new(demo(), false)).unwrap();
        assert_eq!(info["id"], "thread-start-join");
        assert_eq!(info["group"], "threads");
        assert_eq!(info["live"], false);
        assert_eq!(info["needs"], json!(["isolation"]));
        let param = &info["params"][0];
        assert_eq!(
            (&param["name"], &param["type"], &param["min"], &param["max"], &param["default"]),
            (&json!("threads"), &json!("integer"), &json!(1), &json!(12), &json!(3))
        );
    }

    #[test]
    fn a_result_has_the_fields_of_the_contract() {
        let event = |ms, kind| Event { time: Nanos::from_millis(ms), lane: LaneId(0), kind };
        let timeline = Timeline::from_events([
            event(0, EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: "main".into() }),
            event(0, EventKind::State { state: State::Running, on: None, site: None, cause: None }),
            event(2, EventKind::Print { text: "hello".into() }),
        ]);
        let result = RunResult::new(&Ended {
            spec: &RunSpec::new(program()),
            status: Status::Stopped,
            recorded: false,
            elapsed: Nanos::from_millis(3),
            timeline: &timeline,
            observations: &[Observation::new(true, "It is so.")],
            problem: None,
            exit: None,
        });
        assert_eq!(
            serde_json::to_value(result).unwrap(),
            json!({
                "id": "thread-start-join", "params": { "threads": 3, "delay": 400 }, "status": "stopped",
                "expected": "finished", "recorded": false, "elapsedMs": 3.0,
                "console": [{ "t": 2.0, "lane": "main", "text": "hello" }],
                "observations": [{ "text": "It is so.", "holds": true }],
                "stats": {
                    "lanes": 1, "events": 3, "anomalies": 0, "wallMs": 2.0, "maxParallel": 1,
                    "byState": { "running": 2.0, "ready": 0.0, "sleeping": 0.0, "blocked": 0.0, "suspended": 0.0 }
                }
            })
        );
    }

    #[test]
    fn a_program_of_ones_own_has_an_exit_code_and_its_error() {
        let spec = RunSpec { source: Some("1 / 0".to_owned()), ..RunSpec::new(&WRITE) };
        let error = ErrorReport {
            class: "ZeroDivisionError".to_owned(),
            message: "division by zero".to_owned(),
            lane: "main".to_owned(),
            place: Some(Place { line: 1, columns: Some((0, 5)) }),
            traceback: "Traceback…".to_owned(),
        };
        let exit = ExitReport { code: 1, error: Some(error) };
        assert_eq!(exit.failure().unwrap().to_string(), "main: ZeroDivisionError: division by zero");
        let result = |exit, status| {
            serde_json::to_value(RunResult::new(&Ended {
                spec: &spec,
                status,
                recorded: false,
                elapsed: Nanos::ZERO,
                timeline: &Timeline::default(),
                observations: &[],
                problem: None,
                exit,
            }))
            .unwrap()
        };
        let failed = result(Some(&exit), Status::Failed);
        let error = json!({
            "type": "ZeroDivisionError", "message": "division by zero", "lane": "main", "line": 1,
            "traceback": "Traceback…"
        });
        assert_eq!((&failed["id"], &failed["exitCode"], &failed["error"]), (&json!("write"), &json!(1), &error));
        let stopped = result(None, Status::Stopped);
        assert_eq!((stopped.get("exitCode"), stopped.get("error")), (Some(&Json::Null), Some(&Json::Null)));
    }

    #[test]
    fn figures_have_an_id_a_label_and_a_unit() {
        let figure = Figure { measure: Measure::Wall, of: "threads", label: "threads", value: 503.2 };
        let result = RunResult::new(&Ended {
            spec: &RunSpec::new(program()),
            status: Status::Finished,
            elapsed: Nanos::ZERO,
            timeline: &Timeline::default(),
            observations: &[Observation::new(true, "It took 503.2 ms.").with([figure])],
            problem: None,
            exit: None,
            recorded: false,
        });
        assert_eq!(
            serde_json::to_value(result).unwrap()["figures"],
            json!([{ "id": "wall.threads", "label": "Wall time, threads", "value": 503.2, "unit": "ms" }])
        );
    }

    #[test]
    fn parameters_may_be_numbers_or_text_and_hold_the_speed() {
        let read = read_params(program(), &json!({ "threads": 5.0, "delay": "100", "speed": 2.5 })).unwrap();
        assert_eq!((read.values.integer("threads"), read.values.integer("delay"), read.speed), (5, 100, 2.5));
        assert_eq!(read_params(program(), &Json::Null), Ok(RunSpec::new(program())));
        for (given, sentence) in [
            (json!({ "threads": 13 }), "“threads” must be a whole number from 1 to 12, and “13” is not."),
            (json!({ "threads": 1.5 }), "“threads” must be a whole number from 1 to 12, and “1.5” is not."),
            (json!({ "speed": 0 }), "“speed” must be a number from 0.1 to 10, and “0” is not."),
            (json!(3), "Parameters must be an object such as { threads: 3 }, and 3 is not."),
        ] {
            assert_eq!(read_params(program(), &given).unwrap_err(), sentence);
        }
    }
}
