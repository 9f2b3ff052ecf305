//! Readers' own Python, typed or brought by a script: it runs on real threads, and its trace says what it did.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
use weft::program::write::MOST_THREADS;
use weft_contract::check_contract;

use crate::page::{Page, SOON};
use crate::server::Server;
use crate::site;

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

/// How long lanes had had the GIL when others asked for it, in microseconds: its level is 1 while one has asked.
fn waits_before_requests(trace: &Value) -> Vec<f64> {
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let levels: Vec<(f64, u64)> = events
        .filter(|event| event["name"] == "GIL" && event["ph"] == "C")
        .filter_map(|event| Some((event["ts"].as_f64()?, event["args"]["value"].as_u64()?)))
        .collect();
    levels.windows(2).filter(|pair| (pair[0].1, pair[1].1) == (0, 1)).map(|pair| pair[1].0 - pair[0].0).collect()
}

/// The longest wait of a lane for this resource, in a trace: its length in microseconds, and its line.
fn wait_for(trace: &Value, resource: &str) -> Option<(f64, u64)> {
    let events = trace["traceEvents"].as_array()?.iter();
    let waits = events.filter(|event| event["name"] == "blocked" && event["args"]["resource"] == resource);
    let waits = waits.filter_map(|wait| Some((wait["dur"].as_f64()?, wait["args"]["line"].as_u64()?)));
    waits.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Waits until the editor has taken the place of the plain field, and puts the focus there, as a click does.
async fn focus_editor(page: &Page<'_>) {
    page.wait_for_element("//*[contains(@class, 'cm-content')]").await;
    page.script("document.querySelector('.cm-content').focus()", &[]).await;
}

/// Types a program in the place of what is there. The editor indents, and closes brackets.
async fn type_program(page: &Page<'_>, text: &str) {
    focus_editor(page).await;
    press_control(page, 'a').await;
    type_on(page, text).await;
}

/// Types where the cursor is.
async fn type_on(page: &Page<'_>, text: &str) {
    page.press(&text.replace('\n', &char::from(Key::Enter).to_string())).await;
}

/// Presses a key together with Control.
async fn press_control(page: &Page<'_>, key: char) {
    page.press(&format!("{}{key}", char::from(Key::Control))).await;
}

/// The program in the editor.
async fn text_in_editor(page: &Page<'_>) -> String {
    page.wait_for_element("//*[contains(@class, 'cm-content')]").await;
    let lines = "return [...document.querySelectorAll('.cm-content .cm-line')]
        .map((line) => [...line.childNodes].filter((part) => !part.classList?.contains('cm-lanes'))
            .map((part) => part.textContent).join('')).join('\\n')";
    page.script(lines, &[]).await.as_str().unwrap_or_default().to_owned()
}

/// Waits until the editor holds a text.
async fn wait_for_program(page: &Page<'_>, part: &str) {
    let holds = "return document.querySelector('.cm-content')?.textContent.includes(arguments[0]) ?? false";
    page.wait_for("the editor holds the program", SOON, holds, &[json!(part)]).await;
}

in_both!(a_program_runs_as_it_is_written, async |page| {
    page.open("#/write").await;
    page.wait_for_element("//*[contains(@class, 'cm-content')]").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("total: 18").await;
    page.wait_for_text("4 lanes ran for").await;
    page.wait_for_text("GIL: held for ").await;
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    let (waited, line) = wait_for(&trace, "lock").expect("workers wait for the lock");
    assert!(waited > 10_000.0 && line == 12, "{waited} µs at line {line}");
    assert_eq!(trace["otherData"]["files"][0]["name"], json!("main.py"));
    page.screenshot("python").await;

    // At a moment that is chosen, lines are lit: where “worker 1 is done” was printed, others sleep or wait.
    page.script(
        "[...document.querySelectorAll('.console tr')].find((row) => /is done/.test(row.textContent)).click()",
        &[],
    )
    .await;
    let lit =
        "return [...document.querySelectorAll('.cm-line.lit')].some((line) => /worker-\\d/.test(line.textContent))";
    page.wait_for("lines are lit", SOON, lit, &[]).await;

    // What is typed is what runs, and a reload loses none of it.
    type_program(page, "for number in range(3):\nprint(number * 2").await;
    assert_eq!(text_in_editor(page).await, "for number in range(3):\n    print(number * 2)");
    page.reload().await;
    wait_for_program(page, "number * 2").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    let result = page
        .evaluate("JSON.stringify(weft.trace().traceEvents.filter((e) => e.cat === 'print').map((e) => e.name))", &[]);
    assert_eq!(result.await, Ok(json!("[\"0\",\"2\",\"4\"]")));

    // The keyboard gets out again.
    focus_editor(page).await;
    page.press(&char::from(Key::Escape).to_string()).await;
    page.press(&char::from(Key::Tab).to_string()).await;
    let outside = "return !document.activeElement.closest('.editor')";
    assert_eq!(page.script(outside, &[]).await, json!(true), "Escape and Tab lead out of the editor");
});

in_both!(an_error_is_marked_where_it_is, async |page| {
    page.open("#/write").await;
    type_program(page, "def f():\nreturn 1 / 0").await;
    // Out of the function: what is typed next is not indented.
    type_on(page, &format!("\n{}f()", char::from(Key::Backspace))).await;
    press_control(page, Key::Enter.into()).await;
    page.wait_for_run("failed", RUN).await;
    page.wait_for_text("ZeroDivisionError: division by zero").await;
    let marked = "return document.querySelector('.cm-lintRange-error')?.textContent";
    page.wait_for("the error is marked", SOON, &format!("{marked} === '1 / 0'"), &[]).await;
    page.screenshot("python-error").await;
    page.click("line 3").await;
    let active = "return document.activeElement.classList.contains('cm-content')
        && document.querySelector('.cm-activeLine').textContent";
    assert_eq!(page.script(active, &[]).await, json!("f()"));

    // What is typed keeps its mark at its place; the next run takes it away.
    type_program(page, "print('well')").await;
    press_control(page, Key::Enter.into()).await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for("no error is marked", SOON, "return !document.querySelector('.cm-lintRange-error')", &[]).await;
});

in_both!(a_link_holds_the_program_and_opens_beside_ones_own, async |page| {
    page.open("#/write").await;
    type_program(page, "print('mine')").await;
    page.script("navigator.clipboard.writeText = async (text) => { window.copied = text }", &[]).await;
    page.click("Copy link").await;
    page.wait_for("the link is copied", SOON, "return !!window.copied", &[]).await;
    let link = page.script("return window.copied", &[]).await.as_str().unwrap_or_default().to_owned();
    let hash = &link[link.find('#').expect("an address in the page")..];
    assert!(hash.starts_with("#/write?code=") && hash.ends_with("&gil=on"), "{hash}");

    type_program(page, "print('mine, and changed')").await;
    page.go(hash).await;
    page.wait_for_text("This program came with the link").await;
    wait_for_program(page, "print('mine')").await;
    assert_eq!(page.run_state().await, "idle", "code of a link does not run by itself");
    type_program(page, "print('of a link, and changed')").await;
    page.go("#/write").await;
    wait_for_program(page, "mine, and changed").await;
    page.go(hash).await;
    wait_for_program(page, "of a link, and changed").await;
    page.click("Show it as it was").await;
    wait_for_program(page, "print('mine')").await;

    // A tab that is closed, or has crashed, loses nothing either.
    page.script("sessionStorage.clear()", &[]).await;
    page.go("#/choose").await;
    page.go("#/write").await;
    wait_for_program(page, "mine, and changed").await;
});

in_both!(a_link_that_is_damaged_or_too_long_loses_nothing, async |page| {
    page.open("#/write").await;
    type_program(page, "print('mine')").await;
    // Not base64; not packed; cut off; a megabyte and a bit of zeros; UTF-16.
    let zeros = page
        .script(
            "return new Response(new Blob([new Uint8Array((1 << 20) + 1)]).stream()
                .pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer()
                .then((packed) => btoa(String.fromCharCode(...new Uint8Array(packed)))
                    .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))",
            &[],
        )
        .await;
    let long = "A".repeat((32 << 10) + 1);
    for (code, sentence) in [
        ("§§§", "is damaged"),
        ("aGVsbG8", "is damaged"),
        ("K0", "is damaged"),
        (zeros.as_str().expect("packed zeros"), "is too long: 1 MB is the most"),
        (&long, "is too long: 33 KB packed, and 32 KB is the most"),
    ] {
        page.go(&format!("#/write?code={code}")).await;
        page.wait_for_text(sentence).await;
        wait_for_program(page, "print('mine')").await;
    }
});

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
    let error = &syntax["error"];
    assert_eq!((&error["type"], &error["line"], &error["lane"]), (&json!("SyntaxError"), &json!(2), &json!("main")));

    for nested in [format!("x = {}1{}", "(".repeat(1000), ")".repeat(1000)), format!("x = {}", "[".repeat(100_000))] {
        let nested = python(page, &nested, json!({})).await;
        assert_eq!(nested["error"]["message"], json!("too many nested parentheses"), "{nested}");
    }

    let uncaught = python(page, "def f():\n    return 1 / 0\nf()\n", json!({})).await;
    assert_eq!(uncaught["status"], json!("failed"), "{uncaught}");
    assert!(uncaught["problem"].as_str().is_some_and(|said| said.contains("ZeroDivisionError")), "{uncaught}");
    let traceback = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 3, in <module>",
        "    f()",
        "    ~^^",
        "  File \"main.py\", line 2, in f",
        "    return 1 / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ];
    assert_eq!(lines(&uncaught), traceback, "{uncaught}");
    let error = json!({
        "type": "ZeroDivisionError", "message": "division by zero", "lane": "main", "line": 2,
        "traceback": traceback.map(|line| format!("{line}\n")).concat()
    });
    assert_eq!((&uncaught["exitCode"], &uncaught["error"]), (&json!(1), &error));

    let chained = "
import threading
class Refused(Exception):
    def __str__(self): return f'no {self.args[0]}'
def down(n):
    if n == 0: raise threading.BrokenBarrierError
    down(n - 1)
try:
    down(6)
except threading.BrokenBarrierError as error:
    try:
        raise Refused('tea') from error
    except Refused:
        refused = Refused('coffee')
        refused.add_note('Try water.')
        raise refused";
    let ending = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 16, in <module>",
        "    raise refused",
        "Refused: no coffee",
        "Try water.",
    ];
    // As CPython 3.13 prints it.
    let expected = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 9, in <module>",
        "    down(6)",
        "    ~~~~^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  [Previous line repeated 3 more times]",
        "  File \"main.py\", line 6, in down",
        "    if n == 0: raise threading.BrokenBarrierError",
        "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "threading.BrokenBarrierError",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "  File \"main.py\", line 12, in <module>",
        "    raise Refused('tea') from error",
        "Refused: no tea",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
    ];
    let result = python(page, chained, json!({})).await;
    assert_eq!(lines(&result), [&expected[..], &ending[..]].concat(), "{result}");
    let result = python(page, &format!("{chained} from None"), json!({})).await;
    let mut ending = ending;
    ending[2] = "    raise refused from None";
    assert_eq!(lines(&result), ending, "{result}");

    let unknown = python(page, "import numpy\n", json!({})).await;
    assert!(lines(&unknown).contains(&"ModuleNotFoundError: No module named 'numpy'"), "{unknown}");

    let exit = python(page, "import sys\nprint('so far')\nsys.exit('no further')\n", json!({})).await;
    assert_eq!((&exit["status"], lines(&exit)), (&json!("failed"), vec!["so far", "no further"]), "{exit}");
    assert_eq!((&exit["exitCode"], &exit["error"]), (&json!(1), &json!(null)), "{exit}");
    let exit = python(page, "import sys\nsys.exit(3)\n", json!({})).await;
    assert_eq!(
        (&exit["status"], &exit["exitCode"], &exit["error"]),
        (&json!("failed"), &json!(3), &json!(null)),
        "{exit}"
    );
    let clean = python(page, "import sys\nsys.exit()\n", json!({})).await;
    assert_eq!((&clean["status"], &clean["exitCode"]), (&json!("finished"), &json!(0)), "{clean}");

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

in_both!(too_much_output_is_counted, async |page| {
    page.open("#/write").await;
    let code = "for number in range(30_000): print(number)\nprint(1 / 0)";
    let result = python(page, code, json!({})).await;
    let printed = lines(&result);
    assert_eq!((printed[19_999], printed.last()), ("19999", Some(&"ZeroDivisionError: division by zero")));
    page.wait_for_text("… and 10\u{202f}000 more lines, which are not kept").await;

    let endless = "{
        const run = weft.python('while True: print(\"again and again\")');
        while (!/more lines/.test(document.body.textContent)) await new Promise((go) => setTimeout(go, 50));
        await weft.stop();
        return (await run).status;
    }";
    assert_eq!(page.evaluate(endless, &[]).await, Ok(json!("stopped")));
    assert_eq!(lines(&python(page, "print('here')", json!({})).await), ["here"]);
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

in_both!(memory_that_is_used_up_ends_the_run_and_not_the_next, async |page| {
    page.open("#/write").await;
    // One large piece is an error in Python; many small ones leave nothing to say it with.
    let large =
        python(page, "try:\n    bytes(2_000_000_000)\nexcept MemoryError:\n    print('too much')", json!({})).await;
    assert_eq!(lines(&large), ["too much"], "{large}");
    for code in [
        "x = []\nwhile True: x.append([0] * 100_000)",
        "import threading\ndef f(x=[]):\n    while True: x.append([0] * 100_000)\nthreading.Thread(target=f).start()",
    ] {
        let small = python(page, code, json!({})).await;
        assert_eq!(small["status"], json!("failed"), "{small}");
        let said = small["problem"].as_str().unwrap_or_default();
        assert!(said.contains("MemoryError") || said.ends_with("the memory is used up: a run has 1 GB"), "{said}");
        page.screenshot("python-memory").await;
        assert_eq!(lines(&python(page, "print('here')", json!({})).await), ["here"]);
    }
});

in_both!(a_program_asks_the_reader, async |page| {
    page.open("#/write").await;
    let code =
        "name = input('Your name? ')\nprint('Hello,', name)\ntry:\n    input()\nexcept EOFError: print('no more')";
    page.script(
        "window.run = weft.python(arguments[0]); window.run.then((result) => { window.result = result })",
        &[json!(code)],
    )
    .await;
    page.wait_for("the console asks", RUN, "return document.activeElement.id === 'input-line'", &[]).await;
    page.wait_for_text("Your name?").await;
    page.screenshot("python-input").await;
    page.press(&format!("Ada{}", char::from(Key::Enter))).await;
    page.wait_for_text("main waits for a line").await;
    press_control(page, 'd').await;
    page.wait_for("the run has ended", SOON, "return !!window.result", &[]).await;
    let result = page.script("return window.result", &[]).await;
    assert_eq!(lines(&result), ["Your name? Ada", "Hello, Ada", "no more"]);
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());

    // Where no console is shown, nobody could answer.
    page.open("#/embed/write?panels=code,controls").await;
    let result = python(page, "input()", json!({})).await;
    assert_eq!(result["error"]["type"], json!("EOFError"), "{result}");
});

in_both!(an_embedded_program_is_the_frames_own, async |page| {
    // print('hello')
    page.open_in_frame(700, "#/embed/write?code=KyjKzCvRUM9IzcnJV9cEAA&gil=off&autorun=1&panels=code,console").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("hello").await;
    let look = "return [!!document.querySelector('.setup'), !!document.querySelector('.code-editor'), !!document.querySelector('header.top')]";
    assert_eq!(page.script(look, &[]).await, json!([false, true, false]));

    // Outside a frame what others have written does not run by itself.
    page.open("#/embed/write?code=KyjKzCvRUM9IzcnJV9cEAA&autorun=1").await;
    wait_for_program(page, "print('hello')").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(page.run_state().await, "idle");
});

in_both!(an_example_is_a_demos_python, async |page| {
    page.open("#/demo/counter-race").await;
    page.wait_for_element("//a[normalize-space()='Edit and run this']").await;
    page.script("[...document.querySelectorAll('a')].find((a) => a.textContent === 'Edit and run this').click()", &[])
        .await;
    page.wait_for_text("This is the Python of").await;
    wait_for_program(page, "import threading").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    let lanes = page.script("return weft.trace().traceEvents.filter((event) => event.cat === 'end').length", &[]).await;
    assert!(lanes.as_u64() > Some(2), "the example has started threads: {lanes}");
    let choose = "const examples = document.querySelector('[aria-label=Examples]');
        examples.value = 'rlock';
        examples.dispatchEvent(new Event('change', { bubbles: true }))";
    page.script(choose, &[]).await;
    wait_for_program(page, "RLock").await;
});

in_both!(where_threads_cannot_start_examples_are_recordings, async |page| {
    let server = Server::start(&site(), &[]).await;
    let page = &page.on(&server);
    page.open("#/write").await;
    page.wait_for_text("What you see is a recording of a real run").await;
    page.wait_for_text("total: 18").await;
    page.screenshot("python-recorded").await;
    let lock = wait_for(&page.trace().await, "lock");
    assert!(lock.is_some_and(|(_, line)| line == 12), "{lock:?}");
    page.go("#/write?demo=rlock").await;
    wait_for_program(page, "RLock").await;
    page.click("Show recording").await;
    page.wait_for_run("finished", SOON).await;

    type_program(page, "print('mine')").await;
    page.click("Show recording").await;
    page.wait_for_text("Programs of your own cannot run here").await;
});
