//! The long sweeps, for `scripts/test --full`: every demo at the ends of its ranges and at random points, and races
//! often enough to see how sure they are.

use serde_json::{Map, Value, json};

use crate::cases::When;
use crate::demos::{demos_of, holds};
use crate::measured::Random;
use crate::page::Page;

/// Waits pass this much faster.
const SPEED: u32 = 10;

/// Random points for each demo.
const POINTS: usize = 5;

in_both!(every_demo_of_threads_holds_over_its_ranges[when(When::Full)], async |page| hold_over_ranges(page, "threads")
    .await);
in_both!(every_demo_of_processes_holds_over_its_ranges[when(When::Full)], async |page| hold_over_ranges(
    page,
    "processes"
)
.await);
in_both!(every_demo_of_tasks_holds_over_its_ranges[when(When::Full)], async |page| hold_over_ranges(page, "tasks")
    .await);

async fn hold_over_ranges(page: &Page<'_>, group: &str) {
    page.open("#/").await;
    let mut random = Random::from_environment();
    println!("WEFT_SEED={} repeats the points", random.0);
    for demo in demos_of(page, group).await {
        let id = demo["id"].as_str().expect("an id");
        let params = demo["params"].as_array().expect("parameters");
        let mut points: Vec<Map<String, Value>> = Vec::new();
        for param in params {
            for end in ends(param) {
                points.push([(param["name"].as_str().expect("a name").to_owned(), end)].into_iter().collect());
            }
        }
        for _ in 0..POINTS {
            points.push(params.iter().map(|param| point(param, &mut random)).collect());
        }
        let (mut ran, mut refused) = (0, 0);
        for mut params in points {
            params.insert("speed".to_owned(), json!(SPEED));
            // What would take too long is refused with a sentence, by design.
            match too_long(page, id, &params).await {
                true => refused += 1,
                false => {
                    holds(page, id, Value::Object(params)).await;
                    ran += 1;
                }
            }
        }
        println!("{}: {id}: {ran} points hold, {refused} would take over a minute", page.browser());
    }
}

in_both!(a_race_is_lost_without_its_lock_and_never_with_it[when(When::Full)], async |page| {
    page.open("#/").await;
    let lost = async |lock: bool| {
        let result = holds(page, "counter-race", json!({ "lock": lock })).await;
        let trace = page.trace().await;
        // Main reads the counter when all others are done.
        let events = trace["traceEvents"].as_array().expect("events").iter();
        let reads = events
            .filter(|event| event["cat"] == "access" && event["args"]["access"] == "read")
            .filter_map(|event| Some((event["ts"].as_f64()?, event["args"]["value"].as_i64()?)));
        let last = reads.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a read").1;
        let params = &result["params"];
        params["threads"].as_i64().unwrap() * params["increments"].as_i64().unwrap() - last
    };
    let mut losing = 0;
    for _ in 0..20 {
        losing += usize::from(lost(false).await > 0);
    }
    println!("{}: {losing} of 20 runs without the lock lost updates", page.browser());
    assert!(losing >= 19, "only {losing} of 20 runs without the lock lost updates");
    for _ in 0..50 {
        assert_eq!(lost(true).await, 0, "with the lock nothing is lost");
    }
    println!("{}: 0 of 50 runs with the lock lost updates", page.browser());
});

/// Both ends of a parameter's range, or all its choices.
fn ends(param: &Value) -> Vec<Value> {
    match param["type"].as_str() {
        Some("boolean") => vec![json!(false), json!(true)],
        Some("choice") => param["choices"].as_array().expect("choices").clone(),
        _ => vec![param["min"].clone(), param["max"].clone()],
    }
}

/// A parameter's name, and any value in its range.
fn point(param: &Value, random: &mut Random) -> (String, Value) {
    let ends = ends(param);
    let value = match param["type"].as_str() {
        Some("integer") => {
            let (min, max) = (ends[0].as_i64().expect("an end"), ends[1].as_i64().expect("an end"));
            json!(min + random.below((max - min + 1) as u64) as i64)
        }
        Some("number") => {
            let (min, max) = (ends[0].as_f64().expect("an end"), ends[1].as_f64().expect("an end"));
            json!(min + (max - min) * random.below(1000) as f64 / 1000.0)
        }
        _ => ends[random.below(ends.len() as u64) as usize].clone(),
    };
    (param["name"].as_str().expect("a name").to_owned(), value)
}

/// Whether a run with these parameters is refused because it would take too long; if not, it is started and stopped.
async fn too_long(page: &Page<'_>, id: &str, params: &Map<String, Value>) -> bool {
    let start = "{
        const run = weft.run(arguments[0], arguments[1]);
        const refused = await Promise.race([
            run.then(() => '', (error) => String(error)),
            new Promise((resolve) => setTimeout(resolve, 50, '')),
        ]);
        if (!refused) await weft.stop();
        return refused;
    }";
    let refused = page.evaluate(start, &[json!(id), Value::Object(params.clone())]).await.expect("an answer");
    let refused = refused.as_str().unwrap_or_default();
    assert!(refused.is_empty() || refused.contains("would take about"), "{id} {params:?}: {refused}");
    !refused.is_empty()
}
