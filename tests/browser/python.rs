//! Readers' own Python, typed or brought by a script: it runs on real threads, and its trace says what it did.

use std::time::Duration;

use serde_json::{Value, json};
use weft::program::write::MOST_THREADS;
use weft_contract::check_contract;

use crate::page::Page;

/// The interpreter is loaded first, on a machine that other tests keep busy.
const RUN: Duration = Duration::from_secs(90);

/// Runs a program by script, and gives its result.
async fn python(page: &Page<'_>, code: &str, options: Value) -> Value {
    let run = "await weft.python(arguments[0], arguments[1])";
    page.evaluate(run, &[json!(code), options]).await.expect("a result")
}

/// What a run printed, line by line.
fn lines(result: &Value) -> Vec<&str> {
    result["console"].as_array().expect("a console").iter().filter_map(|line| line["text"].as_str()).collect()
}

/// The longest wait of a lane for this resource, in a trace: its length in microseconds, and its line.
fn wait_for(trace: &Value, resource: &str) -> Option<(f64, u64)> {
    let events = trace["traceEvents"].as_array()?.iter();
    let waits = events.filter(|event| event["name"] == "blocked" && event["args"]["resource"] == resource);
    let waits = waits.filter_map(|wait| Some((wait["dur"].as_f64()?, wait["args"]["line"].as_u64()?)));
    waits.max_by(|a, b| a.0.total_cmp(&b.0))
}

in_both!(a_program_runs_as_it_is_written, async |page| {
    page.open("#/write").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("total: 18").await;
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    let (waited, line) = wait_for(&trace, "lock").expect("workers wait for the lock");
    assert!(waited > 10_000.0 && line == 12, "{waited} µs at line {line}");
    page.screenshot("python").await;

    // What is typed is what runs, and a reload loses none of it.
    let type_in = "const editor = document.querySelector('.editor textarea');
        editor.value = 'print(6 * 7)';
        editor.dispatchEvent(new InputEvent('input', { bubbles: true }))";
    page.script(type_in, &[]).await;
    page.reload().await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("42").await;
});

in_both!(the_gil_lets_one_thread_run_at_a_time, async |page| {
    page.open("#/write").await;
    let code = "
import threading
total = 0
def add():
    global total
    for _ in range(50_000):
        total += 1
threads = [threading.Thread(target=add) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(total)
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), vec!["200000"]), "{result}");
    assert_eq!(result["stats"]["maxParallel"], json!(1), "{result}");
    assert_eq!(result["stats"]["anomalies"], json!(0), "{result}");

    let result = python(page, code, json!({ "gil": false })).await;
    assert_eq!(result["status"], json!("finished"), "{result}");
    assert!(result["stats"]["maxParallel"].as_u64() > Some(1), "{result}");
    let total: u64 = lines(&result)[0].parse().expect("a number");
    assert!(total <= 200_000, "updates may be lost without a GIL, but none made up: {total}");
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
";
    let result = python(page, code, json!({})).await;
    assert_eq!(lines(&result), ["got 0", "got 1", "got 2", "[0, 1, 4, 9, 16]"], "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    for (resource, line) in [("ready", 7), ("orders", 8)] {
        let (waited, at) = wait_for(&trace, resource).unwrap_or_else(|| panic!("a wait for “{resource}”"));
        assert!(waited > 10_000.0 && at == line, "{resource}: {waited} µs at line {at}");
    }
});

in_both!(errors_are_said_in_pythons_words, async |page| {
    page.open("#/write").await;
    let syntax = python(page, "print('begun')\nfor x in\n", json!({})).await;
    assert_eq!(syntax["status"], json!("failed"), "{syntax}");
    assert!(lines(&syntax).last().is_some_and(|line| line.starts_with("SyntaxError: ")), "{syntax}");
    assert!(!lines(&syntax).contains(&"begun"), "nothing starts: {syntax}");

    let uncaught = python(page, "def f():\n    return 1 / 0\nf()\n", json!({})).await;
    assert_eq!(uncaught["status"], json!("failed"), "{uncaught}");
    assert!(uncaught["problem"].as_str().is_some_and(|said| said.contains("ZeroDivisionError")), "{uncaught}");
    assert!(lines(&uncaught).iter().any(|line| line.contains("line 2, in f")), "{uncaught}");

    let unknown = python(page, "import numpy\n", json!({})).await;
    assert!(lines(&unknown).contains(&"ModuleNotFoundError: No module named 'numpy'"), "{unknown}");

    let exit = python(page, "import sys\nprint('so far')\nsys.exit('no further')\n", json!({})).await;
    assert_eq!((&exit["status"], lines(&exit)), (&json!("failed"), vec!["so far", "no further"]), "{exit}");
    let clean = python(page, "import sys\nsys.exit()\n", json!({})).await;
    assert_eq!(clean["status"], json!("finished"), "{clean}");

    let thread = python(
        page,
        "import threading\nt = threading.Thread(target=lambda: [][0])\nt.start()\nt.join()\nprint('on')\n",
        json!({}),
    )
    .await;
    assert_eq!((&thread["status"], lines(&thread).last()), (&json!("finished"), Some(&"on")), "{thread}");
    assert!(lines(&thread).contains(&"IndexError: list index out of range"), "{thread}");
});

in_both!(one_thread_too_many_is_an_error, async |page| {
    page.open("#/write").await;
    let code = "
import threading
gate = threading.Event()
threads = []
try:
    while True:
        thread = threading.Thread(target=gate.wait)
        thread.start()
        threads.append(thread)
except RuntimeError as error:
    print(error)
gate.set()
for thread in threads: thread.join()
print(len(threads), 'were there')
";
    let result = python(page, code, json!({})).await;
    let expected = ["can't start new thread".to_owned(), format!("{} were there", MOST_THREADS - 1)];
    assert_eq!(
        (&result["status"], lines(&result)),
        (&json!("finished"), expected.iter().map(String::as_str).collect())
    );
});

in_both!(deep_recursion_is_an_error_in_every_lane, async |page| {
    page.open("#/write").await;
    let code = "
import threading
class Chain:
    def __add__(self, other):
        return self + other
def plain(n):
    return plain(n + 1)
def dig(what):
    try:
        what()
    except RecursionError:
        print('too deep')
def all_of_them():
    dig(lambda: plain(0))
    dig(lambda: Chain() + 1)
    dig(lambda: sorted([1, 2], key=lambda n: plain(n)))
all_of_them()
thread = threading.Thread(target=all_of_them)
thread.start()
thread.join()
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), vec!["too deep"; 6]), "{result}");
});

in_both!(an_endless_program_can_be_stopped, async |page| {
    page.open("#/write").await;
    let run = "{
        const run = weft.python('import threading\\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\\nwhile True: pass');
        while (document.documentElement.dataset.weftRun !== 'running') {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        await weft.stop();
        return (await run).status;
    }";
    assert_eq!(page.evaluate(run, &[]).await, Ok(json!("stopped")));
    let next = python(page, "print('here')", json!({})).await;
    assert_eq!(lines(&next), ["here"], "{next}");
});
