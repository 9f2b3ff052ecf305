//! Threads of readers' Python: real ones, with a GIL or without, and what the trace says of them.

use serde_json::{Value, json};
use weft_contract::check_contract;

use super::{lines, python, wait_for};

/// How long lanes had had the GIL when others asked for it, in microseconds: its level is 1 while one has asked.
fn waits_before_requests(trace: &Value) -> Vec<f64> {
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let gil: Vec<&Value> = events.filter(|event| event["args"]["kind"] == "GIL" || event["name"] == "GIL").collect();
    let time = |event: &Value| event["ts"].as_f64().unwrap_or_default();
    let mut holds: Vec<(f64, &Value)> =
        gil.iter().filter(|event| event["ph"] == "X").map(|event| (time(event), &event["name"])).collect();
    holds.sort_by(|one, other| one.0.total_cmp(&other.0));
    // A holder that gives it up for a wait and gets it back before anybody else has not switched, in CPython neither:
    // the request is gone, but the interval of who wants it goes on.
    let has_switched = |at: f64| {
        let holder = holds.partition_point(|(start, _)| *start <= at);
        holder < 2 || holds[holder - 1].1 != holds[holder - 2].1
    };
    let levels: Vec<(f64, u64)> = gil
        .iter()
        .filter(|event| event["ph"] == "C")
        .filter_map(|event| Some((time(event), event["args"]["value"].as_u64()?)))
        .collect();
    let pairs = levels.windows(2).filter(|pair| (pair[0].1, pair[1].1) == (0, 1) && has_switched(pair[0].0));
    pairs.map(|pair| pair[1].0 - pair[0].0).collect()
}

in_both!(the_gil_lets_one_thread_run_at_a_time, async |page| {
    page.open("#/write").await;
    let code = "
import threading
total = 0
def add():
    global total
    for _ in range(200_000):
        total += 1
threads = [threading.Thread(target=add) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(total)
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), vec!["800000"]), "{result}");
    assert_eq!(result["stats"]["maxParallel"], json!(1), "{result}");
    assert_eq!(result["stats"]["anomalies"], json!(0), "{result}");
    // Who wants it asks for it only after the interval, 5 ms; workers' clocks differ a little.
    let asked = waits_before_requests(&page.trace().await);
    assert!(asked.len() > 1 && asked.iter().all(|wait| *wait >= 4_900.0), "{asked:?}");

    let result = python(page, code, json!({ "gil": false })).await;
    assert_eq!(result["status"], json!("finished"), "{result}");
    assert!(result["stats"]["maxParallel"].as_u64() > Some(1), "{result}");
    let total: u64 = lines(&result)[0].parse().expect("a number");
    assert!(total <= 800_000, "updates may be lost without a GIL, but none made up: {total}");
});

in_both!(updates_are_lost_where_python_loses_them, async |page| {
    page.open("#/write").await;
    // So long that the threads overlap, also where another browser keeps a core busy.
    let code = r"
import sys, threading
TIMES = 200_000
def lost(add, rounds):
    global total
    count = 0
    for _ in range(rounds):
        total = 0
        threads = [threading.Thread(target=add) for _ in range(2)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        count += total < 2 * TIMES
    return count
def plain():
    global total
    for _ in range(TIMES): total += 1
lock = threading.Lock()
def locked():
    global total
    for _ in range(TIMES):
        with lock: total += 1
def more(number): return number + 1
def called():
    global total
    for _ in range(TIMES): total = more(total)
print(sys._is_gil_enabled(), lost(plain, 20))
sys.setswitchinterval(0.001)
TIMES = 50_000
print(lost(locked, 2), lost(called, 10) > 0)
";
    let with = python(page, code, json!({ "gil": true })).await;
    assert_eq!(lines(&with), ["True 0", "0 True"], "{with}");
    if page.evaluate("navigator.hardwareConcurrency", &[]).await == Ok(json!(1)) {
        return; // Threads that take turns on one core seldom lose an update.
    }
    let without = python(page, code, json!({ "gil": false })).await;
    let printed = lines(&without);
    let losses: u32 = printed[0].strip_prefix("False ").expect("no GIL").parse().expect("a number");
    assert!(losses >= 19, "{losses} of 20 rounds lost updates: {without}");
    assert_eq!(printed[1], "0 True", "{without}");
});

in_both!(what_the_library_makes_of_locks_is_seen_as_a_whole, async |page| {
    page.open("#/write").await;
    let code = "
import queue, threading, time
from concurrent.futures import ThreadPoolExecutor
orders = queue.Queue(maxsize=1)
ready = threading.Event()
def consume():
    ready.wait()
    while (order := orders.get()) is not None:
        print('got', order)
consumer = threading.Thread(target=consume, name='consumer')
consumer.start()
time.sleep(0.05)
ready.set()
for order in range(3):
    time.sleep(0.03)
    orders.put(order)
orders.put(None)
consumer.join()
with ThreadPoolExecutor(max_workers=2) as pool:
    print(list(pool.map(lambda n: n * n, range(5))))
    time.sleep(0.02)
    later = pool.submit(time.sleep, 0.05)
    later.result()
";
    let result = python(page, code, json!({})).await;
    assert_eq!(lines(&result), ["got 0", "got 1", "got 2", "[0, 1, 4, 9, 16]"], "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    for (resource, line) in [("ready", 7), ("orders", 8)] {
        let (waited, at) = wait_for(&trace, resource).unwrap_or_else(|| panic!("a wait for “{resource}”"));
        assert!(waited > 10_000.0 && at == line, "{resource}: {waited} µs at line {at}");
    }
    let (waited, at) = wait_for(&trace, "later").expect("a wait for the future");
    assert!(waited > 40_000.0 && at == 23, "{waited} µs at line {at}");
    // Workers wait for tasks at no line of the program, and at none of the interpreter's.
    let waits: Vec<&Value> =
        trace["traceEvents"].as_array().expect("events").iter().map(|event| &event["args"]).collect();
    assert!(waits.iter().any(|args| args["resource"] == "pool" && args["line"].is_null()), "{trace}");
    let files: Vec<&Value> = waits.iter().map(|args| &args["file"]).filter(|file| !file.is_null()).collect();
    assert!(files.iter().all(|file| **file == "main.py"), "{files:?}");
});
