//! The page for readers' own Python: typed, brought by a link or an example, embedded. How programs behave is in
//! `threads`, how they fail in `errors`, their files in `files`, their requests in `network`.

mod errors;
mod files;
mod network;
mod tasks;
mod threads;

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
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
