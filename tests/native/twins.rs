//! Every Python twin runs on CPython 3.11 or later, and prints what its Rust program prints.

use std::process::Command;

use weft::demos::{ALL, Demo, Need, Values};

use crate::runner::run;

/// Waits pass this much faster in tests.
const SPEED: f64 = 10.0;

/// `None`, said aloud, where there is no Python new enough.
fn python() -> Option<&'static str> {
    let check = "import sys; sys.exit(sys.version_info < (3, 11))";
    let found = ["python3", "python"]
        .into_iter()
        .find(|name| Command::new(name).args(["-c", check]).status().is_ok_and(|status| status.success()));
    if found.is_none() {
        eprintln!("SKIPPED: the Python twins, since there is no Python 3.11 here");
    }
    found
}

fn printed_by_python(python: &str, demo: &Demo) -> Vec<String> {
    let file = format!("{}/{}", env!("CARGO_MANIFEST_DIR"), demo.python());
    let output = Command::new(python)
        .arg(&file)
        .arg(SPEED.to_string())
        // Without a buffer Python writes a line and its end one after the other, and threads come in between.
        .env_remove("PYTHONUNBUFFERED")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file} failed: {errors}");
    assert_eq!(errors, "", "{file}");
    sorted(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned))
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    // A warning of the debug mode has a figure in it.
    let without_figure = |line: String| match line.split_once(" took ") {
        Some((what, _)) if what.starts_with("Executing ") => what.to_owned(),
        _ => line,
    };
    let mut lines: Vec<_> = lines.map(without_figure).collect();
    lines.sort();
    lines
}

#[test]
fn every_twin_prints_what_its_program_prints() {
    let Some(python) = python() else { return };
    for demo in ALL {
        let twin = printed_by_python(python, demo);
        assert!(!twin.is_empty(), "{} prints nothing", demo.python());
        if demo.hidden || demo.needs.contains(&Need::Processes) {
            // How often it prints depends on the machine; or it runs in a browser only.
            continue;
        }
        let ran = run(demo, &Values::defaults(demo), SPEED);
        // Threads take turns as they like, so the lines are compared without their order.
        assert_eq!(sorted(ran.timeline.prints.into_iter().map(|print| print.text)), twin, "{}", demo.id);
    }
}
