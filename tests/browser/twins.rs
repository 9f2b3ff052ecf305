//! The Python of the demos of threads and of tasks runs in the page as it stands, and prints what CPython prints.
//!
//! Threads take turns as they like, so what has to be the same is what is printed, and the order of each thread's own
//! lines; not that of two threads' lines.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use weft::demos::{ALL, Demo, Group};

use crate::page::Page;

/// Sleeps pass this much faster in the page.
const SPEED: f64 = 4.0;

/// They print what they have measured, as asyncio's debug log does.
const MEASURED: [&str; 4] = ["recording-cost", "slow-callback", "task-recording-cost", "wake-storm"];

/// They need a file, a connection or a process.
const NEED_MORE: [&str; 6] = ["database", "files", "http", "http-stream", "streams", "to-thread"];

/// Lanes whose lines may be each other's, by the beginnings of their names: whoever is free takes the next task or item.
const FREE: [(&str, &str); 5] = [
    ("as-completed", "main"),
    ("async-queue", "consumer"),
    ("condition", "consumer"),
    ("queue-consumers", "consumer"),
    ("", "ThreadPoolExecutor"),
];

/// Longer than CPython takes for any of them.
const LIMIT: Duration = Duration::from_secs(60);

in_both!(the_twins_of_the_thread_and_task_demos_print_what_cpython_prints, async |page| {
    let is_new = "import sys; sys.exit(sys.version_info < (3, 11))";
    if !Command::new("python3").args(["-c", is_new]).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: the Python twins, since there is no Python 3.11 here");
        return;
    }
    let demos = ALL.iter().copied().filter(|demo| matches!(demo.group, Group::Threads | Group::Tasks));
    let demos = demos.filter(|demo| !MEASURED.contains(&demo.id()) && !NEED_MORE.contains(&demo.id()));
    let file = |demo: &Demo| format!("{}/{}", env!("CARGO_MANIFEST_DIR"), demo.python());
    // They sleep most of the time, so all run beside each other.
    let runs: Vec<_> = demos
        .map(|demo| {
            let mut python = Command::new("python3");
            // Without a buffer Python writes a line and its end one after the other, and threads come in between.
            python.arg(file(demo)).env_remove("PYTHONUNBUFFERED").stdout(Stdio::piped()).stderr(Stdio::null());
            let python = python.spawn().expect("a Python that starts");
            (demo, tokio::task::spawn_blocking(move || python.wait_with_output()))
        })
        .collect();
    page.open("#/write").await;
    let mut wrong = Vec::new();
    for (demo, python) in runs {
        let there = tokio::time::timeout(LIMIT, python).await.expect("a twin that ends");
        let there = there.expect("a thread that waits").expect("its output");
        let there = String::from_utf8(there.stdout).expect("text");
        let source = std::fs::read_to_string(file(demo)).expect("the twin");
        wrong.extend(differences(page, demo, &source, &there.lines().collect::<Vec<_>>()).await);
    }
    assert_eq!(wrong, Vec::<String>::new());
});

/// What is not the same in the page, in sentences.
async fn differences(page: &Page<'_>, demo: &Demo, source: &str, there: &[&str]) -> Vec<String> {
    let run = "await weft.python(arguments[0], arguments[1])";
    let result = page.evaluate(run, &[json!(source), json!({ "speed": SPEED })]).await.expect("a result");
    let here: Vec<(&str, &str)> = result["console"].as_array().expect("a console").iter().filter_map(printed).collect();
    let sorted = |mut lines: Vec<&str>| {
        lines.sort_unstable();
        lines.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>()
    };
    let (mine, others) = (sorted(here.iter().map(|(_, text)| *text).collect()), sorted(there.to_vec()));
    if mine != others {
        return vec![format!("{} prints {mine:?}, and CPython {others:?}", demo.id())];
    }
    let mut lanes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (lane, text) in here {
        lanes.entry(lane).or_default().push(text);
    }
    let is_free =
        |lane: &str| FREE.iter().any(|(id, free)| (id.is_empty() || *id == demo.id()) && lane.starts_with(free));
    let wrong = lanes.into_iter().filter(|(lane, lines)| !is_free(lane) && !is_part(lines, there));
    wrong.map(|(lane, lines)| format!("{}: {lane} prints {lines:?} in another order than CPython", demo.id())).collect()
}

fn printed(line: &Value) -> Option<(&str, &str)> {
    Some((line["lane"].as_str()?, line["text"].as_str()?))
}

/// Whether the lines occur in this order among the others.
fn is_part(lines: &[&str], others: &[&str]) -> bool {
    let mut others = others.iter();
    lines.iter().all(|line| others.any(|other| other == line))
}
