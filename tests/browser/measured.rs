//! What can only be shown by measuring: threads run at the same time, the trace arrives in time, Stop leaves nothing
//! behind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::cases::{Needs, When};
use crate::page::Page;

in_both!(threads_run_at_the_same_time[needs(Needs::Machine)], async |page| {
    page.open("#/").await;
    let result = page.run("busy-threads", json!({ "threads": 2, "work": 2000 })).await.expect("a run");
    assert_eq!(result["status"], json!("finished"), "{result}");
    let trace = page.trace().await;
    let (first, second) = (Lane::find(&trace, "worker-1"), Lane::find(&trace, "worker-2"));
    assert_ne!(first.worker, second.worker, "each has a worker of its own");
    let (both, shorter) = (first.overlap(&second), first.total().min(second.total()));
    let share = both / shorter;
    println!("{}: of {:.0} ms, {:.0} % at the same time", page.browser(), shorter / 1000.0, share * 100.0);
    assert!(share > 0.7, "only {share:.2} of {shorter} µs were at the same time");
});

in_both!(the_trace_arrives_while_threads_compute[needs(Needs::Machine)], async |page| {
    page.open("#/").await;
    delivery(page).await;
});

// How soon is a matter of the machine, too: what else it does makes events late.
in_both!(the_trace_arrives_within_60_ms [needs(Needs::Machine), when(When::Bench)], async |page| {
    page.open("#/").await;
    // The first of the runs is also where the browser optimises the program, on the same processors.
    let mut late = Vec::new();
    for _ in 0..3 {
        late.push(delivery(page).await);
    }
    assert!(late.iter().any(|&late| late < 0.05), "more than 60 ms on their way were, of all events, {late:?}");
});

/// Runs twelve threads that compute. Their trace comes meanwhile, in pieces; gives which part of it was late.
async fn delivery(page: &Page<'_>) -> f64 {
    let result = page.run("busy-threads", json!({ "threads": 12, "work": 1000 })).await.expect("a run");
    assert_eq!(result["status"], json!("finished"), "{result}");
    let about = &page.trace().await["otherData"];
    let (delivery, events) = (&about["delivery"], about["events"].as_f64().expect("a number"));
    println!("{}: delivery of {events} events: {delivery}", page.browser());
    assert!(delivery["batches"].as_u64() > Some(10), "the trace came in {delivery}");
    delivery["late"].as_f64().expect("a number") / events
}

in_both!(many_stops_leave_nothing_behind [needs(Needs::Browser), in_firefox(When::Full)], async |page| {
    page.open("#/").await;
    let mut random = Random::from_environment();
    println!("WEFT_SEED={} repeats the moments", random.0);
    // What a first run of each leaves behind, compiled code say, stays.
    for (id, params) in stopped_runs() {
        let result = page.run(id, params).await.expect("a run");
        assert_eq!(result["status"], json!("finished"), "{result}");
    }
    let before = memory(page, 0.0).await;
    // With more of them, less that each leaves behind is found.
    let stops = if When::Full.is_now() { 60 } else { 20 };
    for _ in 0..stops {
        run_and_stop(page, &mut random).await;
    }
    let result = page.run("thread-start-join", json!({ "delay": 50 })).await.expect("a run");
    assert_eq!(result["status"], json!("finished"), "{result}");
    // An engine and its pool take some 30 MB: 20 that stayed would be 600. The measurement itself is some 20 MB off.
    let limit = before + 60.0;
    let after = memory(page, limit).await;
    println!("{}: {before:.1} MB before, {after:.1} MB after", page.browser());
    assert!(after < limit, "{before:.1} MB before, {after:.1} MB after {stops} runs were stopped");
});

// Chromium loses workers that it is ending when the one that has started them is ended, too.
in_both!(runs_of_processes_leave_no_threads_behind [needs(Needs::Browser), in_firefox(When::Full)], async |page| {
    page.open("#/demo/process-start-join").await;
    let runs = "{
        const ends = [];
        for (let n = 0; n < arguments[0]; n++) ends.push((await weft.run('process-start-join', { speed: 10 })).status);
        return ends.filter((status) => status !== 'finished');
    }";
    assert_eq!(page.evaluate(runs, &[json!(2)]).await, Ok(json!([])));
    let before = threads(page, 0).await;
    assert_eq!(page.evaluate(runs, &[json!(25)]).await, Ok(json!([])));
    // Two for each run that loses some, which is every second or third.
    let limit = before + 10;
    let after = threads(page, limit).await;
    println!("{}: {before} threads before, {after} after", page.browser());
    assert!(after < limit, "{before} threads before, {after} after twenty-five runs");
});

/// The runs that are stopped.
fn stopped_runs() -> [(&'static str, Value); 4] {
    [
        ("thread-start-join", json!({ "threads": 6, "delay": 200 })),
        ("sequential-gather", json!({ "tasks": 4, "delay": 150 })),
        ("process-start-join", json!({ "processes": 4, "delay": 200 })),
        ("busy-threads", json!({ "threads": 4, "work": 800 })),
    ]
}

/// Starts one of them, and stops it at a random moment: during its start-up, its run, or after it.
async fn run_and_stop(page: &Page<'_>, random: &mut Random) {
    let demos = stopped_runs();
    let (id, params) = &demos[random.below(demos.len() as u64) as usize];
    let moment = random.below(1500);
    let stop = "{
        const run = weft.run(arguments[0], arguments[1]);
        await new Promise((resolve) => setTimeout(resolve, arguments[2]));
        await weft.stop();
        return (await run).status;
    }";
    let status = page.evaluate(stop, &[json!(id), params.clone(), json!(moment)]).await;
    let status = status.unwrap_or_else(|error| panic!("{id} stopped after {moment} ms: {error}"));
    assert!(status == "stopped" || status == "finished", "{id} stopped after {moment} ms is {status}");
}

/// The memory that the browser's processes have for themselves, in megabytes: the least until it has fallen no more for
/// some seconds, or the first that is below `enough`. Browsers collect in their own time what ended workers leave behind.
/// (What a page can measure of itself leaves out workers that block, and Chromium waits a minute for their answer.)
pub async fn memory(page: &Page<'_>, enough: f64) -> f64 {
    let mut least = f64::MAX;
    let mut looks_since = 0;
    while looks_since < 8 {
        page.script("window.gc?.()", &[]).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now: f64 = page.processes().into_iter().map(private_megabytes).sum();
        looks_since = if now < least - 1.0 { 0 } else { looks_since + 1 };
        least = least.min(now);
        if least < enough {
            break;
        }
    }
    least
}

/// How many threads the browser's processes have: the least in some seconds, or the first number that is below `enough`.
async fn threads(page: &Page<'_>, enough: usize) -> usize {
    let tasks = |process: u32| std::fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count);
    let mut least = usize::MAX;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        least = least.min(page.processes().into_iter().map(tasks).sum());
        if least < enough {
            break;
        }
    }
    least
}

/// What a process does not share with others.
fn private_megabytes(process: u32) -> f64 {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let private = rollup.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes: f64 = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).sum();
    kilobytes * 1024.0 / 1e6
}

/// The time a lane ran, and where.
struct Lane {
    worker: Value,
    /// Start and end, in microseconds.
    running: Vec<(f64, f64)>,
}

impl Lane {
    fn find(trace: &Value, name: &str) -> Lane {
        let events = trace["traceEvents"].as_array().expect("events");
        let named =
            |event: &&Value| event["ph"] == "M" && event["name"] == "thread_name" && event["args"]["name"] == name;
        let lane = events.iter().find(named).unwrap_or_else(|| panic!("no lane called {name}"));
        let of_lane = |event: &&Value| event["pid"] == lane["pid"] && event["tid"] == lane["tid"];
        let running = events
            .iter()
            .filter(|event| event["ph"] == "X" && event["cat"] == "state" && event["name"] == "running")
            .filter(of_lane)
            .map(|event| (event["ts"].as_f64().expect("a start"), event["dur"].as_f64().expect("a duration")))
            .map(|(start, duration)| (start, start + duration))
            .collect();
        assert!(!lane["args"]["worker"].is_null(), "{lane} does not say which worker it ran on");
        Lane { worker: lane["args"]["worker"].clone(), running }
    }

    fn total(&self) -> f64 {
        self.running.iter().map(|(start, end)| end - start).sum()
    }

    fn overlap(&self, other: &Lane) -> f64 {
        let pairs = self.running.iter().flat_map(|ours| other.running.iter().map(move |theirs| (ours, theirs)));
        pairs.map(|(ours, theirs)| (ours.1.min(theirs.1) - ours.0.max(theirs.0)).max(0.0)).sum()
    }
}

/// Numbers that `WEFT_SEED` repeats.
pub struct Random(pub u64);

impl Random {
    /// Seeded from `WEFT_SEED`, or from the clock.
    pub fn from_environment() -> Random {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
        Random(std::env::var("WEFT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(clock) | 1)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}
