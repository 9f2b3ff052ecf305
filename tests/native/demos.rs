//! Every demo: its static data is sound, it runs, its observations hold, and each of them fails on a doctored trace.

use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use weft::demos::{ALL, Demo, ParamKind, Seen, Status, Values, observations};
use weft::trace::Ending;

use crate::givers;
use crate::runner::{Ran, run, values};

/// Waits pass this much faster in tests.
const SPEED: f64 = 10.0;

/// What takes longer even then is left to the sweep of the browser tests.
const LONGEST: Duration = Duration::from_secs(4);

/// Demos that only browser tests run: natively threads play the processes, and have the same statics.
pub const BROWSER_ONLY: &[&str] = &["process-isolation"];

/// Runs that go on for ever: natively nothing can stop a lane that never looks.
const ENDLESS: &[(&str, &str, &str)] = &[("failing-lanes", "how", "endless")];

/// How much is computed at most in demos of which computing is the most: without optimisation it takes many times as long
/// as they estimate. The sweep of the browser tests goes further.
const LESS: &[(&str, &str, &str)] =
    &[("to-thread", "n", "50000"), ("compare-cpu", "n", "1000000"), ("compare-mixed", "n", "2000000")];

/// Demos that switch recording off now and then, to measure what it costs: the trace does not know who gave what.
const SILENT: &[&str] = &["sync-cost", "task-recording-cost"];

fn runs_natively(demo: &Demo) -> bool {
    !BROWSER_ONLY.contains(&demo.id())
}

#[test]
fn the_list_of_browser_demos_is_true() {
    for id in BROWSER_ONLY {
        let demo = Demo::find(id).unwrap();
        let values = Values::defaults(&demo.program);
        let Ran { timeline, .. } = run(demo, &values, SPEED);
        let seen = Seen { timeline: &timeline, values: &values, speed: SPEED };
        let fails = observations(demo, &seen).iter().any(|observation| !observation.holds);
        assert!(fails, "{id} runs natively, so it need not be in the list");
    }
}

#[test]
fn ids_are_unique_and_parameters_are_sound() {
    const RESERVED: &[&str] = &["speed", "autorun", "theme", "panels", "compare"];
    let ids: BTreeSet<_> = ALL.iter().map(|demo| demo.id()).collect();
    assert_eq!(ids.len(), ALL.len());
    for demo in ALL {
        let names: BTreeSet<_> = demo.program.params.iter().map(|param| param.name).collect();
        assert_eq!(names.len(), demo.program.params.len(), "{}", demo.id());
        for param in demo.program.params {
            assert!(!RESERVED.contains(&param.name), "{}: {} is reserved", demo.id(), param.name);
            let default = param.default();
            assert_eq!(param.parse(&default.to_string()), Ok(default), "{}: {}", demo.id(), param.name);
        }
        let defaults = Values::defaults(&demo.program);
        assert!(
            (demo.program.estimate)(&defaults).at(1.0).as_secs_f64() <= 4.0,
            "{} takes too long at its defaults",
            demo.id()
        );
        assert!(demo.source().starts_with("src/demos/"), "{}", demo.id());
        for entry in demo.program.entries {
            assert!(entry.name().starts_with(&format!("{}/", demo.id())), "{}: {}", demo.id(), entry.name());
        }
    }
}

#[test]
fn every_demo_file_is_listed_and_has_a_twin() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src/demos"), &mut found);
    let listed: BTreeSet<_> = ALL.iter().map(|demo| root.join(demo.source())).collect();
    let twins: BTreeSet<_> = ALL.iter().map(|demo| root.join(demo.python())).collect();
    let parts = ["mod.rs", "common.rs", "demo.rs", "observe.rs"];
    for file in found {
        let name = file.file_name().unwrap().to_str().unwrap();
        let is_judge = file.starts_with(root.join("src/demos/judges"));
        let known = is_judge || parts.contains(&name) || listed.contains(&file) || twins.contains(&file);
        assert!(known, "{} belongs to no demo in the list", file.display());
    }
    for file in listed.iter().chain(&twins) {
        assert!(file.exists(), "{} is missing", file.display());
    }
}

/// Defaults, then each parameter at both ends of its range with the others at their defaults.
fn variants(demo: &Demo) -> Vec<Values> {
    let less = LESS.iter().find(|(id, ..)| *id == demo.id()).map(|(_, name, most)| (*name, *most));
    let with = |set: Option<(&str, &str)>| values(demo, &less.into_iter().chain(set).collect::<Vec<_>>());
    let mut all = vec![with(None)];
    for param in demo.program.params.iter().filter(|param| less.is_none_or(|(name, _)| name != param.name)) {
        let ends: Vec<String> = match param.kind {
            ParamKind::Integer { min, max, .. } => vec![min.to_string(), max.to_string()],
            ParamKind::Number { min, max, .. } => vec![min.to_string(), max.to_string()],
            ParamKind::Boolean { .. } => vec!["on".to_owned(), "off".to_owned()],
            ParamKind::Choice { choices, .. } => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        };
        let endless = |end: &&String| ENDLESS.contains(&(demo.id(), param.name, end.as_str()));
        all.extend(ends.iter().filter(|end| !endless(end)).map(|end| with(Some((param.name, end)))));
    }
    all
}

#[test]
fn every_demo_runs_and_its_observations_hold() {
    // Most of a run is waiting, so a few go on at a time.
    const AT_A_TIME: usize = 6;
    let demos = Mutex::new(ALL.iter().filter(|demo| runs_natively(demo)));
    let next = || demos.lock().expect("nobody panics with it").next();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            while let Some(demo) = next() {
                run_with_all_variants(demo);
            }
        };
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().err()).map(|panic| told(&*panic)).collect()
    });
    // Said once more, last, so that what is kept of a long output names the demo.
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn told(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without a message of its own".to_owned())
}

fn run_with_all_variants(demo: &'static Demo) {
    for values in variants(demo) {
        if (demo.program.estimate)(&values).at(SPEED) > LONGEST {
            continue;
        }
        let Ran { timeline, outcome } = run(demo, &values, SPEED);
        let status = if outcome.is_ok() { Status::Finished } else { Status::Failed };
        assert_eq!(status, (demo.expected)(&values), "{} {values:?}: {outcome:?}", demo.id());
        let seen = Seen { timeline: &timeline, values: &values, speed: SPEED };
        for observation in observations(demo, &seen) {
            assert!(observation.holds, "{} {values:?}: {}", demo.id(), observation.text);
        }
        assert_eq!(timeline.anomalies, [], "{} {values:?}", demo.id());
        if !SILENT.contains(&demo.id()) {
            assert_eq!(givers::wrong(&timeline), [""; 0], "{} {values:?}", demo.id());
        }
        if status == Status::Failed {
            continue; // Its lanes end with it.
        }
        let stopped =
            timeline.lanes.iter().filter(|lane| lane.end.as_ref().is_none_or(|end| end.ending == Ending::Stopped));
        assert_eq!(stopped.count(), 0, "{} {values:?} left lanes running", demo.id());
    }
}

#[test]
fn paused_time_is_exact() {
    let demo = Demo::find("sequential-gather").unwrap();
    let ran = run(demo, &values(demo, &[("tasks", "3"), ("delay", "400")]), 1.0);
    let times: Vec<_> = ran.timeline.prints.iter().map(|print| (print.time.0 / 1_000_000, &*print.text)).collect();
    let expected = [
        (0, "One after the other:"),
        (0, "fetch 1 waits"),
        (400, "fetch 1 is done"),
        (400, "fetch 2 waits"),
        (800, "fetch 2 is done"),
        (800, "fetch 3 waits"),
        (1200, "fetch 3 is done"),
        (1200, "results [10, 20, 30]"),
        (1200, "Gathered:"),
        (1200, "fetch 1 waits"),
        (1200, "fetch 2 waits"),
        (1200, "fetch 3 waits"),
        (1600, "fetch 1 is done"),
        (1600, "fetch 2 is done"),
        (1600, "fetch 3 is done"),
        (1600, "results [10, 20, 30]"),
    ];
    // Tokio's timer counts in milliseconds and ends a sleep on the next one.
    assert_eq!(times.len(), expected.len());
    for ((time, text), (wanted_time, wanted_text)) in times.iter().zip(expected) {
        assert_eq!(*text, wanted_text);
        assert!((wanted_time..=wanted_time + 4).contains(time), "{text} at {time} ms");
    }
}
