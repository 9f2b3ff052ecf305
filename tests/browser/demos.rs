//! The demos and the scripting interface, as contract.md has them.

use serde_json::{Value, json};

use crate::contract::check_contract;
use crate::page::Page;

in_both!(demos_are_described, async |page| {
    page.open("#/").await;
    let demos = page.evaluate("weft.demos()", &[]).await.expect("the demos");
    let demos = demos.as_array().expect("a list");
    assert!(demos.len() >= 3, "{demos:?}");
    for demo in demos {
        for key in ["id", "title", "group"] {
            assert!(demo[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {demo}");
        }
        assert_eq!(demo["live"], json!(true), "{demo}");
        assert!(demo["needs"].as_array().is_some_and(|needs| needs.iter().all(Value::is_string)), "needs of {demo}");
        for param in demo["params"].as_array().expect("parameters") {
            assert!(param["name"].is_string(), "{param}");
            let default = &param["default"];
            match param["type"].as_str() {
                Some("integer" | "number") => {
                    let [min, max, default] =
                        [&param["min"], &param["max"], default].map(|n| n.as_f64().expect("a number"));
                    assert!(min <= default && default <= max, "{param}");
                }
                Some("boolean") => assert!(default.is_boolean(), "{param}"),
                Some("choice") => {
                    assert!(param["choices"].as_array().is_some_and(|all| all.contains(default)), "{param}")
                }
                _ => panic!("the type of {param}"),
            }
        }
    }
    assert_eq!(page.evaluate("weft.version", &[]).await, Ok(json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(page.evaluate("weft.mode", &[]).await, Ok(json!("live")));
});

in_both!(every_demo_of_threads_holds_at_its_defaults, async |page| hold_at_defaults(page, "threads").await);
in_both!(every_demo_of_processes_holds_at_its_defaults, async |page| hold_at_defaults(page, "processes").await);
in_both!(every_demo_of_tasks_holds_at_its_defaults, async |page| hold_at_defaults(page, "tasks").await);
in_both!(every_comparison_holds_at_its_defaults, async |page| hold_at_defaults(page, "compare").await);

/// A group at a time, since each test has its time.
async fn hold_at_defaults(page: &Page<'_>, group: &str) {
    page.open("#/").await;
    for demo in demos_of(page, group).await {
        let id = demo["id"].as_str().expect("an id");
        holds(page, id, json!({})).await;
        page.screenshot(id).await;
    }
}

/// The demos of a group, as the page describes them.
pub async fn demos_of(page: &Page<'_>, group: &str) -> Vec<Value> {
    let demos = page.evaluate("weft.demos()", &[]).await.expect("the demos");
    let demos = demos.as_array().expect("a list").iter().filter(|demo| demo["group"] == group);
    let demos: Vec<_> = demos.cloned().collect();
    assert!(!demos.is_empty(), "no demo in {group}");
    demos
}

in_both!(every_demo_holds_at_other_parameters, async |page| {
    page.open("#/").await;
    let runs = [
        ("thread-start-join", json!({ "threads": 1, "delay": 10 })),
        ("thread-start-join", json!({ "threads": 12, "delay": 100 })),
        ("thread-start-join", json!({ "threads": 8, "delay": 500, "speed": 5 })),
        ("sequential-gather", json!({ "tasks": 1, "delay": 10 })),
        ("sequential-gather", json!({ "tasks": 50, "delay": 200, "speed": 10 })),
        ("process-start-join", json!({ "processes": 1, "delay": 10 })),
        ("process-start-join", json!({ "processes": 8, "delay": 100 })),
        ("http", json!({ "requests": 20, "delay": 100 })),
        ("http", json!({ "requests": 5, "delay": 500, "speed": 10 })),
        ("http-stream", json!({ "chunks": 1, "delay": 10 })),
        ("http-stream", json!({ "chunks": 100, "delay": 10 })),
        ("files", json!({ "size": 1 })),
        ("files", json!({ "size": 20_000 })),
        ("streams", json!({ "messages": 1, "size": 1 })),
        ("streams", json!({ "messages": 200, "size": 100_000 })),
        ("database", json!({ "rows": 1, "queries": 20 })),
        ("database", json!({ "rows": 3000, "queries": 20 })),
        ("to-thread", json!({ "n": 10_000 })),
        ("to-thread", json!({ "n": 3_000_000, "where": "process" })),
        ("counter-race", json!({ "lock": true })),
        ("rlock", json!({ "kind": "Lock" })),
    ];
    for (id, params) in runs {
        holds(page, id, params).await;
    }
});

in_both!(what_was_shown_is_what_was_run, async |page| {
    page.open("#/").await;
    let result = holds(page, "thread-start-join", json!({ "threads": 2, "delay": 60 })).await;
    assert_eq!(result["params"]["threads"], json!(2));
    assert_eq!(result["params"]["delay"], json!(60));
    let hash = page.evaluate("location.hash", &[]).await.expect("an address");
    assert!(hash.as_str().is_some_and(|hash| hash.starts_with("#/demo/thread-start-join")), "{hash}");
    let lines = result["console"].as_array().expect("the console");
    assert!(lines.iter().any(|line| line["text"] == "All threads completed" && line["lane"] == "main"), "{lines:?}");
    assert!(lines.iter().all(|line| line["t"].is_number()), "{lines:?}");
    assert_eq!(lines.len(), 5, "{lines:?}");
});

in_both!(bad_calls_are_rejected_with_a_sentence, async |page| {
    page.open("#/").await;
    let error = page.run("thread-start-jion", json!({})).await.expect_err("no such demo");
    assert!(error.contains("No demo called") && error.contains("thread-start-join"), "{error}");
    let error = page.run("thread-start-join", json!({ "threads": 13 })).await.expect_err("too many threads");
    assert!(["threads", "1", "12", "13"].iter().all(|part| error.contains(part)), "{error}");
    let error = page.run("thread-start-join", json!({ "threads": "many" })).await.expect_err("not a number");
    assert!(error.contains("threads") && error.contains("many"), "{error}");
    let error = page.run("thread-start-join", json!({ "thread": 3 })).await.expect_err("no such parameter");
    assert!(error.contains("thread"), "{error}");
    let error = page.run("thread-start-join", json!({ "speed": 100 })).await.expect_err("too fast");
    assert!(["speed", "0.1", "10", "100"].iter().all(|part| error.contains(part)), "{error}");
    holds(page, "thread-start-join", json!({ "speed": 10 })).await;
});

in_both!(a_run_stops_the_one_before, async |page| {
    page.open("#/").await;
    let statuses = page
        .evaluate(
            "{
                const first = weft.run('thread-start-join', { threads: 3, delay: 2000 });
                await new Promise((resolve) => setTimeout(resolve, 1000));
                const second = weft.run('sequential-gather', { tasks: 3, delay: 100 });
                return [(await first).status, (await second).status, document.documentElement.dataset.weftRun];
            }",
            &[],
        )
        .await;
    assert_eq!(statuses, Ok(json!(["stopped", "finished", "finished"])));
});

in_both!(a_stopped_run_keeps_its_trace, async |page| {
    page.open("#/").await;
    let result = page
        .evaluate(
            "{
                const run = weft.run('thread-start-join', { threads: 3, delay: 2000 });
                while (document.documentElement.dataset.weftRun !== 'running') {
                    await new Promise((resolve) => setTimeout(resolve, 10));
                }
                await new Promise((resolve) => setTimeout(resolve, 1500));
                await weft.stop();
                return await run;
            }",
            &[],
        )
        .await
        .expect("a result");
    assert_eq!(result["status"], json!("stopped"), "{result}");
    assert_eq!(result["stats"]["lanes"], json!(4), "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    let ends = ends(&trace);
    assert_eq!(ends, ["stopped"; 4], "every lane was stopped");
});

/// Runs a demo: it ends as it says it will, all its observations hold, and its trace is as it should be.
pub async fn holds(page: &crate::page::Page<'_>, id: &str, params: Value) -> Value {
    let what = format!("{id} {params} in {}", page.browser());
    let result = runs_well(page, id, params).await;
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new(), "{what}");
    assert_eq!(trace["otherData"]["demo"], json!(id), "{what}");
    assert_eq!(Some(ends(&trace).len()), result["stats"]["lanes"].as_u64().map(|lanes| lanes as usize), "{what}");
    result
}

/// The same, but for its trace.
pub async fn runs_well(page: &crate::page::Page<'_>, id: &str, params: Value) -> Value {
    let what = format!("{id} {params} in {}", page.browser());
    let result = page.run(id, params).await.unwrap_or_else(|error| panic!("{what} is refused: {error}"));
    assert_eq!(result["status"], result["expected"], "{what}: {result}");
    let observations = result["observations"].as_array().expect("observations");
    assert!(!observations.is_empty(), "{what} has no observations");
    for observation in observations {
        assert_eq!(observation["holds"], json!(true), "{what}: {observation}");
    }
    assert_eq!(result["id"], json!(id), "{what}: {result}");
    assert_eq!(result["recorded"], json!(false), "{what}: {result}");
    assert_eq!(result["stats"]["anomalies"], json!(0), "{what}: {result}");
    assert!(result["elapsedMs"].as_f64() > Some(0.0), "{what}: {result}");
    for state in ["running", "ready", "sleeping", "blocked", "suspended"] {
        assert!(result["stats"]["byState"][state].is_number(), "{what}: {result}");
    }
    result
}

/// How the trace's lanes ended.
fn ends(trace: &Value) -> Vec<&str> {
    let events = trace["traceEvents"].as_array().expect("events");
    events.iter().filter(|event| event["cat"] == "end").filter_map(|event| event["name"].as_str()).collect()
}
