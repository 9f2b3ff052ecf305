//! What goes wrong in a program is named on the page, with its lane, and does no harm to the next run.

use serde_json::{Value, json};

use crate::cases::Needs;
use crate::driver::Browser;
use crate::page::Page;

/// Runs a demo that fails, and gives its result. The page says the same as the result.
async fn fails(page: &Page<'_>, id: &str, how: &str, lane: &str, message: &str) -> Value {
    let result = page.run(id, json!({ "how": how })).await.expect("a result");
    // The browser reports the panic itself on its console; what matters is what the page says.
    page.take_errors().await;
    let what = format!("{id} with {how} in {}: {result}", page.browser());
    assert_eq!((&result["status"], &result["expected"]), (&json!("failed"), &json!("failed")), "{what}");
    let problem = result["problem"].as_str().unwrap_or_default();
    assert!(problem.starts_with(&format!("{lane}: ")) && problem.contains(message), "{what}");
    for observation in result["observations"].as_array().expect("observations") {
        assert_eq!(observation["holds"], json!(true), "{what}");
    }
    page.wait_for_text(message).await;
    assert_eq!(page.run_state().await, "failed", "{what}");
    result
}

async fn next_run_works(page: &Page<'_>) {
    let result = page.run("thread-start-join", json!({ "delay": 20 })).await.expect("a run");
    assert_eq!(result["status"], json!("finished"), "{result}");
}

in_both!(a_failure_in_any_role_names_lane_and_message, async |page| {
    page.open("#/").await;
    for (how, lane, message) in [
        ("error", "main", "an error came back"),
        ("main", "main", "main is out of order"),
        ("thread", "worker", "number 1 is out of order"),
        ("process", "process-1", "number 2 is out of order"),
        ("unknown", "process-1", "there is no function named"),
    ] {
        fails(page, "failing-lanes", how, lane, message).await;
        next_run_works(page).await;
    }
    for (how, lane, message) in
        [("error", "main", "an error came back"), ("task", "worker", "the worker is out of order")]
    {
        fails(page, "failing-task", how, lane, message).await;
        next_run_works(page).await;
    }
    fails(page, "failing-lanes", "thread", "worker", "number 1 is out of order").await;
    page.screenshot("failed-run").await;
});

// Firefox has room for more memories than a test can make.
in_both!(a_run_without_room_for_its_processes_fails [needs(Needs::Browser), browsers(&[Browser::Chromium])], async |page| {
    page.open("#/").await;
    let fill = "
        window.held = [];
        try {
            for (;;) held.push(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
        } catch {}
        return held.length";
    let memories = page.script(fill, &[]).await;
    println!("room for {memories} memories");
    // One is for the engine, and some of its processes have none.
    page.script("held.length -= 3; gc()", &[]).await;
    let result = page.run("shared-value", json!({ "processes": 4, "speed": 10 })).await.expect("a run");
    assert_eq!(result["status"], json!("failed"), "{result}");
    // The others wait for those for ever. Why these have failed, their lanes say.
    let trace = page.trace().await.to_string();
    assert!(trace.contains("could not allocate memory"), "{result}");
    page.script("held = []; gc()", &[]).await;
    next_run_works(page).await;
});

in_both!(an_endless_loop_can_be_stopped, async |page| {
    page.open("#/demo/failing-lanes?how=endless").await;
    page.click("Run").await;
    page.wait_for_run("running", std::time::Duration::from_secs(20)).await;
    page.click("Stop").await;
    page.wait_for_run("stopped", std::time::Duration::from_secs(2)).await;
    next_run_works(page).await;
});
