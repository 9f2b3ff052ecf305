//! Every demo: its static data is sound, it runs, its observations hold, and each of them fails on a doctored trace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use weft::demos::{ALL, Demo, Need, ParamKind, Seen, Status, Values, observations};
use weft::trace::Ending;

use crate::runner::{Ran, run, values};

/// Waits pass this much faster in tests.
const SPEED: f64 = 10.0;

/// What takes longer even then is left to the sweep of the browser tests.
const LONGEST: Duration = Duration::from_secs(4);

/// Demos that need a browser, and are run by the browser tests alone.
const BROWSER_ONLY: &[&str] = &[
    "failing-lanes",
    "process-start-join",
    "process-isolation",
    "process-pool-map",
    "process-pool-async",
    "process-fibonacci",
    "process-queue",
    "pipe",
    "shared-value",
    "shared-array",
    "manager",
    "dying-processes",
    "process-cost",
    "to-thread",
    "compare-io",
    "compare-cpu",
    "compare-mixed",
    "sync-cost",
];

fn runs_natively(demo: &Demo) -> bool {
    !demo.needs.contains(&Need::Processes)
}

#[test]
fn the_list_of_browser_demos_is_true() {
    let needing: Vec<_> = ALL.iter().filter(|demo| !runs_natively(demo)).map(|demo| demo.id).collect();
    assert_eq!(needing, BROWSER_ONLY);
}

#[test]
fn ids_are_unique_and_parameters_are_sound() {
    const RESERVED: &[&str] = &["speed", "autorun", "theme", "panels", "compare"];
    let ids: BTreeSet<_> = ALL.iter().map(|demo| demo.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for demo in ALL {
        let names: BTreeSet<_> = demo.params.iter().map(|param| param.name).collect();
        assert_eq!(names.len(), demo.params.len(), "{}", demo.id);
        for param in demo.params {
            assert!(!RESERVED.contains(&param.name), "{}: {} is reserved", demo.id, param.name);
            let default = param.default();
            assert_eq!(param.parse(&default.to_string()), Ok(default), "{}: {}", demo.id, param.name);
        }
        let defaults = Values::defaults(demo);
        assert!(demo.estimate_at(&defaults, 1.0).as_secs_f64() <= 4.0, "{} takes too long at its defaults", demo.id);
        assert!(demo.source.starts_with("src/demos/"), "{}", demo.id);
        for entry in demo.entries {
            assert!(entry.name().starts_with(&format!("{}/", demo.id)), "{}: {}", demo.id, entry.name());
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
    let listed: BTreeSet<_> = ALL.iter().map(|demo| root.join(demo.source)).collect();
    let twins: BTreeSet<_> = ALL.iter().map(|demo| root.join(demo.python())).collect();
    let parts = ["mod.rs", "figures.rs", "observe.rs", "params.rs"];
    for file in found {
        let name = file.file_name().unwrap().to_str().unwrap();
        let known = parts.contains(&name) || listed.contains(&file) || twins.contains(&file);
        assert!(known, "{} belongs to no demo in the list", file.display());
    }
    for file in listed.iter().chain(&twins) {
        assert!(file.exists(), "{} is missing", file.display());
    }
}

/// Defaults, then each parameter at both ends of its range with the others at their defaults.
fn variants(demo: &Demo) -> Vec<Values> {
    let mut all = vec![Values::defaults(demo)];
    for param in demo.params {
        let ends: Vec<String> = match param.kind {
            ParamKind::Integer { min, max, .. } => vec![min.to_string(), max.to_string()],
            ParamKind::Number { min, max, .. } => vec![min.to_string(), max.to_string()],
            ParamKind::Boolean { .. } => vec!["on".to_owned(), "off".to_owned()],
            ParamKind::Choice { choices, .. } => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        };
        all.extend(ends.iter().map(|end| values(demo, &[(param.name, end)])));
    }
    all
}

#[test]
fn every_demo_runs_and_its_observations_hold() {
    for demo in ALL.iter().filter(|demo| runs_natively(demo)) {
        for values in variants(demo) {
            if demo.estimate_at(&values, SPEED) > LONGEST {
                continue;
            }
            let Ran { timeline, outcome } = run(demo, &values, SPEED);
            let status = if outcome.is_ok() { Status::Finished } else { Status::Failed };
            assert_eq!(status, (demo.expected)(&values), "{} {values:?}: {outcome:?}", demo.id);
            let seen = Seen { timeline: &timeline, values: &values, speed: SPEED };
            for observation in observations(demo, &seen) {
                assert!(observation.holds, "{} {values:?}: {}", demo.id, observation.text);
            }
            assert_eq!(timeline.anomalies, [], "{} {values:?}", demo.id);
            if status == Status::Failed {
                continue; // Its lanes end with it.
            }
            let stopped =
                timeline.lanes.iter().filter(|lane| lane.end.as_ref().is_none_or(|end| end.ending == Ending::Stopped));
            assert_eq!(stopped.count(), 0, "{} {values:?} left lanes running", demo.id);
        }
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
