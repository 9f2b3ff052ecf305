//! The demos and the scripting interface, as contract.md has them.

use serde_json::{Value, json};
use weft::demos::ALL;
use weft_contract::check_contract;

use crate::cases::When;
use crate::driver::Browser;
use crate::page::Page;

in_both!(demos_are_described, async |page| {
    page.open("#/").await;
    let demos = page.evaluate("weft.demos()", &[]).await.expect("the demos");
    let demos = demos.as_array().expect("a list");
    let named = |demo: &Value| (demo["id"].clone(), demo["group"].clone());
    let ours = ALL.iter().filter(|demo| !demo.hidden).map(|demo| (json!(demo.id()), json!(demo.group.name())));
    assert_eq!(demos.iter().map(named).collect::<Vec<_>>(), ours.collect::<Vec<_>>());
    for group in ["threads", "processes", "tasks", "compare"] {
        assert!(demos.iter().any(|demo| demo["group"] == json!(group)), "there are demos of the group {group}");
    }
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

/// Waits pass this much faster where nothing depends on how long they are.
const SPEED: u32 = 8;

/// Single runs of demos, the browsers they are run in, and when: in Chromium every demo of the catalogue at its defaults,
/// and some at other parameters; in Firefox one demo for each set of needs in each group, and the rest with `--full`.
pub fn all() -> Vec<(&'static str, Value, Browser, When)> {
    let mut all = Vec::new();
    let mut met = Vec::new();
    for demo in ALL.iter().filter(|demo| !demo.hidden) {
        let kind = (demo.group, demo.program.needs);
        let represents = !met.contains(&kind);
        met.push(kind);
        all.push((demo.id(), json!({}), Browser::Chromium, When::Always));
        all.push((demo.id(), json!({}), Browser::Firefox, if represents { When::Always } else { When::Full }));
    }
    for (id, params) in at_other_parameters() {
        all.push((id, params.clone(), Browser::Chromium, When::Always));
        all.push((id, params, Browser::Firefox, When::Full));
    }
    all
}

/// Demos at other parameters: in Chromium always, in Firefox with `--full`.
fn at_other_parameters() -> Vec<(&'static str, Value)> {
    vec![
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
        ("coroutine", json!({ "speed": 10 })),
        ("create-task", json!({ "delay": 200, "work": 400 })),
        ("await-switch", json!({ "first": 100, "second": 50 })),
        ("async-context", json!({ "fail": "yes" })),
        ("gather-errors", json!({ "collect": true, "failing": 5, "speed": 5 })),
        ("gather-errors", json!({})),
        ("task-error", json!({ "speed": 4 })),
        ("wait-for", json!({})),
        ("wait-for", json!({ "work": 200 })),
        ("timeout-scope", json!({})),
        ("timeout-scope", json!({ "work": 100 })),
        ("cancel", json!({ "after": 10 })),
        ("cancel", json!({})),
        ("wait-first", json!({ "when": "first error" })),
        ("wait-first", json!({ "when": "all" })),
        ("task-as-completed", json!({ "tasks": 50 })),
        ("task-as-completed", json!({ "timeout": 400 })),
        ("shield", json!({ "shield": true })),
        ("shield", json!({ "shield": false })),
        ("task-group", json!({ "fail": "one" })),
        ("task-group", json!({})),
        ("slow-callback", json!({})),
        ("slow-callback", json!({ "debug": false, "block": 0 })),
        ("background-task", json!({ "keep": true })),
        ("background-task", json!({})),
        ("event-loop", json!({})),
        ("wake-storm", json!({})),
        // At their own speed: what took too long by less than half a second shows only there.
        ("thread-daemon", json!({ "speed": 1 })),
        ("semaphore", json!({ "speed": 1 })),
        ("async-semaphore", json!({ "speed": 1 })),
        ("thread-pool-submit", json!({ "speed": 1 })),
        ("compare-io", json!({ "speed": 1 })),
        ("compare-io", json!({ "tasks": 1, "delay": 10 })),
        ("compare-io", json!({ "tasks": 12, "delay": 100, "speed": 2 })),
        ("compare-cpu", json!({ "tasks": 1, "n": 100_000, "workers": 1 })),
        ("compare-cpu", json!({ "tasks": 9, "n": 2_000_000, "workers": 4 })),
        ("compare-mixed", json!({ "io": 1, "cpu": 1, "waits": 1, "delay": 1, "n": 100_000 })),
        ("compare-mixed", json!({ "io": 6, "cpu": 4, "waits": 10, "delay": 10, "n": 10_000_000 })),
        ("gil", json!({ "gil": false })),
        ("gil", json!({ "threads": 1, "n": 5_000_000 })),
        ("gil", json!({ "threads": 8, "interval": 1, "n": 5_000_000 })),
        ("gil", json!({ "threads": 3, "interval": 50 })),
        ("sync-cost", json!({ "increments": 1000, "handoffs": 100, "starts": 1 })),
    ]
}

/// Runs a demo with these parameters: fast, unless everything is run.
pub async fn runs(page: &Page<'_>, id: &str, params: Value) {
    let Value::Object(mut params) = params else { panic!("{params} are no parameters") };
    if !When::Full.is_now() {
        params.entry("speed").or_insert(json!(SPEED));
    }
    holds(page, id, Value::Object(params)).await;
    if When::Full.is_now() {
        page.screenshot("finished").await;
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

/// Runs a demo, and stops it this many milliseconds after its start; gives its result and its trace.
async fn stopped(page: &Page<'_>, id: &str, params: Value, after: u32) -> (Value, Value) {
    let run_and_stop = "{
        const run = weft.run(arguments[0], arguments[1]);
        while (document.documentElement.dataset.weftRun !== 'running') {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await new Promise((resolve) => setTimeout(resolve, arguments[2]));
        await weft.stop();
        return await run;
    }";
    let result = page.evaluate(run_and_stop, &[json!(id), params, json!(after)]).await.expect("a result");
    assert_eq!(result["status"], json!("stopped"), "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    (result, trace)
}

in_both!(a_stopped_run_keeps_its_trace, async |page| {
    page.open("#/").await;
    let (result, trace) = stopped(page, "thread-start-join", json!({ "threads": 3, "delay": 2000 }), 1500).await;
    assert_eq!(result["stats"]["lanes"], json!(4), "{result}");
    let ends = ends(&trace);
    assert_eq!(ends, ["stopped"; 4], "every lane was stopped");
});

in_both!(a_stopped_run_keeps_what_its_engine_had_not_sent, async |page| {
    page.open("#/").await;
    // The task keeps the engine's loop, which sends the trace, from 350 ms on.
    let (_, trace) = stopped(page, "slow-callback", json!({ "block": 2000 }), 1300).await;
    let events = trace["traceEvents"].as_array().expect("events");
    let longest =
        events.iter().filter(|event| event["name"] == json!("running")).filter_map(|event| event["dur"].as_f64());
    let longest = longest.fold(0.0, f64::max);
    assert!(longest > 400_000.0, "the task that kept the loop is seen to run, for {longest} µs");
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
