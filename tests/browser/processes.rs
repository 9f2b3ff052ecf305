//! Processes that die, fail or are asked for nonsense: nobody waits for ever, and the parent learns what happened.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cases::{Needs, When};
use crate::demos::holds;
use crate::driver::Browser;
use crate::measured::memory;
use crate::page::Page;

/// Runs a way in which processes die, and gives the lines that main printed.
async fn printed(page: &Page<'_>, how: &str) -> Vec<String> {
    let result = holds(page, "dying-processes", json!({ "how": how })).await;
    // A panic in a process is also an error of its worker, which the browser reports.
    page.take_errors().await;
    let lines = result["console"].as_array().expect("the console");
    let of_main = lines.iter().filter(|line| line["lane"] == "main");
    of_main.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Each line contains its part.
fn check(lines: &[String], parts: &[&str]) {
    assert_eq!(lines.len(), parts.len(), "{lines:?}");
    for (line, part) in lines.iter().zip(parts) {
        assert!(line.contains(part), "{line:?} should contain {part:?}");
    }
}

in_both!(a_killed_process_leaves_nobody_waiting, async |page| {
    page.open("#/").await;
    check(&printed(page, "recv").await, &["recv: EOFError: main received", "send: BrokenPipeError", "exit code -15"]);
    check(&printed(page, "get").await, &["get: Empty: main found nothing", "exit code -15"]);
    check(&printed(page, "join").await, &["joined in time: false", "exit code -15, alive: false"]);
    check(&printed(page, "lock").await, &["acquired: false", "exit code -15"]);
    check(&printed(page, "send").await, &["send: BrokenPipeError", "exit code -15"]);
    check(&printed(page, "flood").await, &["10 floods were stopped"]);
});

in_both!(a_lock_of_a_killed_process_is_a_deadlock, async |page| {
    page.open("#/").await;
    let result = holds(page, "dying-processes", json!({ "how": "lock-forever" })).await;
    let problem = result["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("nobody is left to wake one: main waits for lock “lock”, which child holds"), "{result}");
});

in_both!(a_process_that_fails_tells_its_parent_why, async |page| {
    page.open("#/").await;
    check(&printed(page, "panic").await, &["exit code 1: number 3 is out of order"]);
    check(&printed(page, "unknown").await, &["exit code 1: there is no function named “dying-processes/nobody”"]);
    check(&printed(page, "arguments").await, &["exit code 1: its arguments of 9 bytes do not unpack"]);
    check(&printed(page, "nested").await, &["daemonic processes are not allowed to have children"]);
    check(&printed(page, "pool").await, &["map: BrokenProcessPool: pid"]);
    check(&printed(page, "manager").await, &["item 1: IndexError: main asked for item 1", "len: "]);
});

in_both!(threads_of_a_process_run_beside_each_other_and_end_with_it, async |page| {
    page.open("#/").await;
    for end in ["return", "kill", "panic"] {
        holds(page, "process-threads", json!({ "end": end })).await;
        // As above.
        page.take_errors().await;
    }
    holds(page, "process-threads", json!({ "processes": 4, "threads": 8 })).await;
});

in_both!(long_messages_go_through_a_ring_of_16_bytes, async |page| {
    page.open("#/").await;
    check(&printed(page, "narrow").await, &["10000 bytes through 16: true; exit code 0"]);
});

in_both!(a_hundred_processes_leave_no_memory_behind [needs(Needs::Browser), in_firefox(When::Full)], async |page| {
    page.open("#/").await;
    check(&printed(page, "many").await, &["100 processes, one after the other"]);
    let before = memory(page, 0.0).await;
    for _ in 0..2 {
        check(&printed(page, "many").await, &["100 processes, one after the other"]);
    }
    // A process takes some 3 MB while it lives: 200 that stayed would be 600.
    let limit = before + 120.0;
    let after = memory(page, limit).await;
    println!("{}: {before:.0} MB after 100 processes, {after:.0} MB after 300", page.browser());
    assert!(after < limit, "{before:.0} MB grew to {after:.0} MB");
});

in_both!(every_default_is_named_in_a_link, async |page| {
    page.open("#/demo/process-pool-map").await;
    let demos = page.evaluate("weft.demos()", &[]).await.expect("the demos");
    let demos = demos.as_array().expect("a list");
    let demo = demos.iter().find(|demo| demo["id"] == "process-pool-map").expect("the demo");
    let param = demo["params"].as_array().and_then(|params| params.iter().find(|param| param["name"] == "processes"));
    let cores = page.evaluate("Math.min(navigator.hardwareConcurrency, 8)", &[]).await.expect("a number");
    assert_eq!(param.map(|param| &param["default"]), Some(&cores), "{demo}");
    let result: Value = holds(page, "process-pool-map", json!({ "n": 100_000 })).await;
    assert_eq!(result["params"]["processes"], cores, "{result}");
    let hash = page.evaluate("location.hash", &[]).await.expect("an address");
    assert!(hash.as_str().is_some_and(|hash| hash.contains(&format!("processes={cores}"))), "{hash}");
});

// What the native tests doctor, since no process has a memory of its own there:
// `WEFT_RECORDINGS=tests/native/recordings scripts/test doctored` makes it anew.
in_both!(runs_to_be_doctored [browsers(&[Browser::Chromium]), when(When::Asked("WEFT_RECORDINGS"))], async |page| {
        let folder = PathBuf::from(std::env::var_os("WEFT_RECORDINGS").expect("it is now"));
        page.open("#/").await;
        holds(page, "process-isolation", json!({})).await;
        let trace = page.trace().await.to_string();
        std::fs::write(folder.join("process-isolation.json"), trace).expect("a folder for recordings");
    }
);
