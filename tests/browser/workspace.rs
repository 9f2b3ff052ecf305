//! The panels of a demo's page: what is in view without scrolling, and how readers arrange them.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::page::{Page, SOON};

const RUN: Duration = Duration::from_secs(30);

/// Few lanes, eight lanes, long code, a comparison, and two runs side by side.
const DEMOS: [&str; 5] = [
    "#/demo/thread-start-join?threads=3&delay=30",
    "#/demo/counter-race?threads=7&increments=50",
    "#/demo/sync-cost?increments=1000&handoffs=100&starts=1",
    "#/demo/compare-io?tasks=3&delay=30",
    "#/demo/thread-start-join?threads=2&delay=30&compare=threads%3D3%26delay%3D30",
];

/// How much of each is in view: `[title, summary, Run, chart, legend, lines of code, overflow to the side]`.
const IN_VIEW: &str = "
    const inside = (element) => {
        const { top, bottom, left, right } = element.getBoundingClientRect();
        if (top < -1 || bottom > innerHeight + 1 || left < -1 || left > innerWidth || right < 0) return false;
        // Nor cut off by a box around it that scrolls.
        for (let box = element.parentElement; box; box = box.parentElement) {
            if (getComputedStyle(box).overflowY === 'visible' || box === document.documentElement) continue;
            const around = box.getBoundingClientRect();
            if (top < around.top - 1 || bottom > around.bottom + 1) return false;
        }
        return true;
    };
    const one = (selector) => inside(document.querySelector(selector));
    return {
        title: one('h1'), summary: one('.summary'), run: one('button.run'),
        chart: [...document.querySelectorAll('.chart .stage')].every(inside), legend: one('.legend'),
        lines: [...document.querySelectorAll('.line')].filter(inside).length,
        allLines: document.querySelectorAll('.line').length,
        sideways: document.documentElement.scrollWidth > innerWidth,
        controls: document.querySelector('.setup').getBoundingClientRect().height,
        chartTop: document.querySelector('.chart .stage').getBoundingClientRect().top,
    }";

async fn in_view(page: &Page<'_>) -> Value {
    page.script(IN_VIEW, &[]).await
}

async fn run(page: &Page<'_>) {
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    // The code is fetched.
    page.wait_for("the code is there", SOON, "return document.querySelector('.line') !== null", &[]).await;
}

in_both!(a_laptop_shows_program_chart_and_code_at_once, async |page| {
    for hash in DEMOS {
        page.open_in_screen((1280, 720), hash).await;
        run(page).await;
        let seen = in_view(page).await;
        for what in ["title", "summary", "run", "chart", "legend"] {
            assert_eq!(seen[what], true, "{hash}: {what} in {seen}");
        }
        let lines = seen["lines"].as_u64().expect("a number");
        assert!(lines >= 20 || lines > 0 && seen["lines"] == seen["allLines"], "{hash}: {seen}");
        assert_eq!(seen["sideways"], false, "{hash}: {seen}");
        page.screenshot("one-screen").await;
    }
});

in_both!(a_tablet_shows_the_chart_above_the_code, async |page| {
    for hash in DEMOS {
        page.open_in_screen((768, 1024), hash).await;
        run(page).await;
        let seen = in_view(page).await;
        for what in ["title", "summary", "run", "chart"] {
            assert_eq!(seen[what], true, "{hash}: {what} in {seen}");
        }
        assert_eq!(seen["sideways"], false, "{hash}: {seen}");
        let beside = "const [code, results] = ['.code', '.beside'].map((name) => document.querySelector(name).getBoundingClientRect());
            return code.right <= results.left && Math.abs(code.top - results.top) < 2";
        assert_eq!(page.script(beside, &[]).await, true, "{hash}: the code is beside what the run shows");
    }
});

in_both!(a_phone_has_run_at_its_lower_edge_and_the_chart_in_view, async |page| {
    for hash in DEMOS {
        page.open_in_screen((360, 740), hash).await;
        run(page).await;
        let seen = in_view(page).await;
        assert_eq!((&seen["run"], &seen["sideways"]), (&json!(true), &json!(false)), "{hash}: {seen}");
        assert!(seen["chartTop"].as_f64() < Some(560.0), "{hash}: {seen}");
        let bar = "const { bottom, height } = document.querySelector('.run-bar').getBoundingClientRect();
            return Math.abs(bottom - innerHeight) < 1 && height < 100";
        assert_eq!(page.script(bar, &[]).await, true, "{hash}: the run bar is at the lower edge");
        let fields = "const cut = [...document.querySelectorAll('.controls .field')].filter((field) => {
                field.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
                const { left, right } = field.getBoundingClientRect();
                return left < -1 || right > innerWidth + 1;
            });
            return cut.map((field) => field.textContent)";
        assert_eq!(page.script(fields, &[]).await, serde_json::json!([]), "{hash}: every field can be scrolled to");
        page.screenshot("phone").await;
    }
});

in_both!(at_twice_the_size_nothing_is_cut_off, async |page| {
    for hash in DEMOS {
        // A laptop's screen at 200 % zoom.
        page.open_in_screen((640, 360), hash).await;
        run(page).await;
        let seen = in_view(page).await;
        assert_eq!((&seen["run"], &seen["sideways"]), (&json!(true), &json!(false)), "{hash}: {seen}");
        let bar = "return document.querySelector('.run-bar').getBoundingClientRect().height";
        let bar = page.script(bar, &[]).await;
        assert!(bar.as_f64() < Some(90.0), "{hash}: the run bar takes {bar} of 360 pixels");
        page.screenshot("zoomed").await;
    }
});

in_both!(panels_close_and_come_back_and_are_remembered, async |page| {
    let there = "return ['.code', '.observations', '.console'].map((name) => document.querySelector(name) !== null)";
    let hash = "#/demo/thread-start-join?threads=2&delay=30";
    page.open_in_screen((1280, 720), hash).await;
    assert_eq!(page.script(there, &[]).await, json!([true, true, true]));
    page.click("Console").await;
    page.click("Code").await;
    assert_eq!(page.script(there, &[]).await, json!([false, true, false]));

    // Another demo of the group, later; those of other groups have their own.
    page.open_in_screen((1280, 720), "#/demo/counter-race").await;
    assert_eq!(page.script(there, &[]).await, json!([false, true, false]));
    page.open_in_screen((1280, 720), "#/demo/sequential-gather").await;
    assert_eq!(page.script(there, &[]).await, json!([true, true, true]));

    page.open_in_screen((1280, 720), hash).await;
    let press = "document.dispatchEvent(new KeyboardEvent('keydown', { code: 'Digit1', altKey: true, bubbles: true }))";
    page.script(press, &[]).await;
    page.wait_for("the code is back", SOON, "return document.querySelector('.code') !== null", &[]).await;
    page.click("Console").await;
    assert_eq!(page.script(there, &[]).await, json!([true, true, true]));
});

in_both!(the_handle_moves_with_keys_and_is_remembered, async |page| {
    let width = "return document.querySelector('.charts').getBoundingClientRect().width";
    page.open_in_screen((1280, 720), "#/demo/thread-start-join").await;
    let before = page.script(width, &[]).await.as_f64().expect("a width");
    let press = "document.querySelector('.handle').focus()";
    page.script(press, &[]).await;
    page.press(&char::from(Key::Right).to_string()).await;
    let wider = "return document.querySelector('.charts').getBoundingClientRect().width > arguments[0] + 20";
    page.wait_for("the chart is wider", SOON, wider, &[json!(before)]).await;
    let after = page.script(width, &[]).await;
    page.open_in_screen((1280, 720), "#/demo/counter-race").await;
    page.wait_for(
        "it is as wide on another page of the group",
        SOON,
        "return document.querySelector('.charts').getBoundingClientRect().width === arguments[0]",
        &[after],
    )
    .await;
});

in_both!(parameters_are_explained_and_put_back_when_asked_for, async |page| {
    page.open_in_screen((1280, 720), "#/demo/thread-start-join?threads=5").await;
    let shown = "return getComputedStyle(document.querySelector('.field .help')).display !== 'none'";
    assert_eq!(page.script(shown, &[]).await, false);
    page.click("Details").await;
    assert_eq!(page.script(shown, &[]).await, true);
    page.wait_for_text("a whole number from 1 to").await;
    page.click("Reset").await;
    assert_ne!(page.value_of("threads").await, "5");
    assert_eq!(page.script("return location.hash.includes('threads=5')", &[]).await, false, "the link says so too");
    let gone = "return ![...document.querySelectorAll('button')].some((button) => button.textContent === 'Reset')";
    page.wait_for("there is nothing to put back", SOON, gone, &[]).await;
});

in_both!(a_printed_line_and_an_observation_lead_to_their_moment_and_back, async |page| {
    page.open("#/demo/thread-start-join?threads=3&delay=50").await;
    run(page).await;
    let lit = "return document.querySelector('tr.now')?.innerText ?? ''";
    assert_eq!(page.script(lit, &[]).await, "", "no moment is chosen yet");

    // A line leads to its moment: a span is selected, and the source line of its lane is lit.
    let click =
        "[...document.querySelectorAll('.console tbody tr')].find((row) => row.innerText.includes('worker-2')).click()";
    page.script(click, &[]).await;
    page.wait_for(
        "the line is lit",
        SOON,
        "return document.querySelector('tr.now')?.innerText.includes('worker-2')",
        &[],
    )
    .await;
    page.wait_for("a span is selected", SOON, SELECTED, &[json!("worker-2")]).await;
    page.wait_for("source is lit", SOON, "return document.querySelector('.line.lit') !== null", &[]).await;

    // Keys go from line to line.
    let before = page.script(lit, &[]).await;
    page.script("document.querySelector('.console .lines').focus()", &[]).await;
    page.press(&char::from(Key::Down).to_string()).await;
    page.wait_for(
        "the next line is lit",
        SOON,
        "return document.querySelector('tr.now')?.innerText !== arguments[0]",
        &[before],
    )
    .await;

    // An observation leads to its moment, which leads back to it.
    let observation = "[...document.querySelectorAll('.observations li button')].at(-1)";
    page.script(&format!("{observation}.click()"), &[]).await;
    let lit = format!("return {observation}.parentElement.classList.contains('now')");
    page.wait_for("the observation is lit", SOON, &lit, &[]).await;
    page.screenshot("moment").await;

    page.script("document.querySelector('.chart canvas').focus()", &[]).await;
    page.press(&char::from(Key::Escape).to_string()).await;
    let none = "return document.querySelector('tr.now, li.now, .line.lit') === null";
    page.wait_for("nothing is lit any more", SOON, none, &[]).await;
});

/// Whether the chart says that a span of this lane is selected.
const SELECTED: &str = "return document.querySelector('.selection').innerText.includes(arguments[0])";
