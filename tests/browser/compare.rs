//! Two runs side by side: pinned, linked to, and run by one press.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::{Page, SOON};

/// More than any run here takes, with a fresh engine on a slow machine.
const RUN: Duration = Duration::from_secs(20);

in_both!(a_run_is_pinned_and_another_comes_beside_it, async |page| {
    page.open("#/demo/thread-start-join?threads=2&delay=100").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.click("Pin this run").await;
    page.wait_for_text("Run 1, pinned").await;
    assert_eq!(focused(page).await, "Unpin", "the focus is not lost with the button");
    page.wait_for_text("What run 1 shows").await;
    let trace = page.trace().await;
    assert_eq!(trace["otherData"]["params"]["delay"], json!(100), "the pinned run is still there to be read");

    page.type_into("delay", "300").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    table(page).await;
    assert_eq!(charts(page).await, ["Run 1, pinned", "Run 2"]);
    assert_eq!(notes(page).await, [["delay 100 ms"], ["delay 300 ms"]], "what differs stands out at each chart");
    page.wait_for_text("Run 2 took").await;
    let wall: Vec<f64> = cells(page, "Wall time").await.iter().take(2).map(|cell| milliseconds(cell)).collect();
    assert!(wall[0] >= 100.0 && wall[1] >= 300.0, "{wall:?}");
    let address = address(page).await;
    assert!(address.ends_with("?threads=2&delay=100&compare=threads%3D2%26delay%3D300"), "{address}");

    // The panels below are of the run that is chosen.
    page.wait_for_text("What run 2 shows").await;
    assert!(page.text().await.contains("Console of run 2"));
    page.click("Run 1").await;
    page.wait_for_text("What run 1 shows").await;
    page.wait_for_text("Figures of run 1").await;
    page.screenshot("both").await;

    // Without the pinned run, the page is as it was, with the second run.
    page.click("Unpin").await;
    page.wait_for("there is one chart", SOON, "return document.querySelectorAll('.chart').length === 1", &[]).await;
    assert_eq!(focused(page).await, "Pin this run");
    assert_eq!(page.run_state().await, "finished");
    page.wait_for_text("What the run shows").await;
    assert!(self::address(page).await.ends_with("?threads=2&delay=300"));
});

in_both!(unpinning_loses_nothing, async |page| {
    page.open("#/demo/thread-start-join?threads=1&delay=20").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    let before = page.trace().await;
    page.click("Pin this run").await;
    page.wait_for_run("idle", SOON).await;
    page.click("Unpin").await;
    page.wait_for_run("finished", SOON).await;
    assert_eq!(page.trace().await, before);
    page.wait_for_text("until worker-1 was done").await;
});

in_both!(the_second_run_can_be_pinned_instead, async |page| {
    page.open("#/demo/thread-start-join?threads=1&delay=20&compare=threads%3D2%26delay%3D20&autorun=1").await;
    table(page).await;
    page.click("Pin this run instead").await;
    page.wait_for_text("Change a parameter and press Run").await;
    assert!(address(page).await.contains("?threads=2&delay=20&compare="));
    page.click("Run").await;
    table(page).await;
    page.wait_for_text("Both runs have the same parameters").await;
});

in_both!(a_link_to_two_runs_shows_both_and_run_makes_both, async |page| {
    page.open("#/demo/thread-start-join?threads=2&delay=400&compare=threads%3D5%26delay%3D100").await;
    page.wait_for_text("Run makes both runs").await;
    assert_eq!(charts(page).await, ["Run 1", "Run 2"]);
    assert_eq!(notes(page).await, [["threads 2", "delay 400 ms"], ["threads 5", "delay 100 ms"]]);
    assert_eq!(page.value_of("threads").await, "5", "the controls are the second run's");
    assert_eq!(page.run_state().await, "idle");
    page.screenshot("planned").await;
    page.click("Run").await;
    page.wait_for_text("Run 1: Running").await;
    page.wait_for_text("Run 2 follows").await;
    table(page).await;
    assert_eq!(page.run_state().await, "finished");
    assert_eq!(cells(page, "Lanes").await[..2], ["3", "6"]);
    let trace = page.trace().await;
    assert_eq!(trace["otherData"]["params"]["threads"], json!(5), "the second run was made last");
    // Once they are there, Run makes the second one only.
    page.type_into("threads", "1").await;
    page.click("Run").await;
    page.wait_for("the second run is another", RUN, ROW, &[json!("Lanes"), json!("3"), json!("2")]).await;
});

in_both!(a_link_to_two_runs_may_run_them, async |page| {
    page.open("#/demo/sequential-gather?tasks=2&delay=50&autorun=1&compare=tasks%3D4%26delay%3D50%26speed%3D2").await;
    table(page).await;
    assert_eq!(notes(page).await, [["tasks 2", "speed ×1"], ["tasks 4", "speed ×2"]]);
    let address = address(page).await;
    assert!(address.contains("compare=tasks%3D4%26delay%3D50%26speed%3D2"), "{address}");
});

in_both!(a_bad_second_run_is_refused_like_any_bad_parameter, async |page| {
    page.open("#/demo/thread-start-join?threads=2&autorun=1&compare=threads%3D99").await;
    page.wait_for_text("In “compare”: “threads” must be a whole number from 1 to 12, and “99” is not.").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(page.run_state().await, "idle", "autorun is cancelled");
    assert_eq!(page.value_of("threads").await, "3", "the default is used");
    page.type_into("delay", "20").await;
    page.click("Run").await;
    table(page).await;
});

in_both!(two_charts_move_as_one, async |page| {
    page.open("#/demo/thread-start-join?threads=1&delay=50&autorun=1&compare=threads%3D1%26delay%3D200").await;
    table(page).await;
    let mut seen = Vec::new();
    same_axis(page, &mut seen).await;
    page.click("Zoom in").await;
    same_axis(page, &mut seen).await;
    // By keys, in the second chart.
    page.script("document.querySelectorAll('.chart canvas[role=application]')[1].focus()", &[]).await;
    page.press("ww").await;
    same_axis(page, &mut seen).await;
    page.press("d").await;
    same_axis(page, &mut seen).await;
    page.press("0").await;
    same_axis(page, &mut seen).await;
    assert_eq!(seen[0], seen[4], "the whole of the longer run again");
    seen.pop();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "each time the axis has moved");
});

in_both!(stopping_the_first_of_two_stops_both, async |page| {
    page.open("#/demo/thread-start-join?threads=2&delay=2000&autorun=1&compare=threads%3D2%26delay%3D20").await;
    page.wait_for_run("running", RUN).await;
    page.click("Stop").await;
    page.wait_for_run("stopped", SOON).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(page.run_state().await, "stopped", "the second one was not started");
    // What was planned is made when the reader asks again.
    page.click("Run").await;
    table(page).await;
    assert_eq!(cells(page, "Lanes").await[..2], ["3", "3"]);
});

in_both!(scripts_and_links_go_on_while_a_run_is_pinned, async |page| {
    page.open("#/demo/thread-start-join?threads=1&delay=20").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.click("Pin this run").await;
    page.wait_for_run("idle", SOON).await;
    let result = page.run("thread-start-join", json!({ "threads": 4, "delay": 30 })).await.expect("a result");
    assert_eq!((&result["params"]["threads"], &result["status"]), (&json!(4), &json!("finished")));
    table(page).await;
    assert_eq!(cells(page, "Lanes").await[..2], ["2", "5"]);
    assert_eq!(page.value_of("threads").await, "4");
    // A run of another demo leaves the pinned one behind.
    let result = page.run("sequential-gather", json!({ "tasks": 2, "delay": 20 })).await.expect("a result");
    assert_eq!(result["status"], json!("finished"));
    assert_eq!(charts(page).await, ["Who ran when"]);
    // So does a link to one run of the same demo.
    page.open("#/demo/thread-start-join?threads=1&delay=20&compare=threads%3D2&autorun=1").await;
    table(page).await;
    page.script("location.hash = '#/demo/thread-start-join?threads=3&delay=20'", &[]).await;
    page.wait_for("there is one chart", SOON, "return document.querySelectorAll('.chart').length === 1", &[]).await;
    assert_eq!(page.value_of("threads").await, "3");
});

in_both!(a_failed_run_can_be_compared, async |page| {
    page.open("#/demo/rlock?kind=Lock&compare=kind%3DRLock&autorun=1").await;
    table(page).await;
    page.wait_for_text("Run 1 failed").await;
    page.click("Run 1").await;
    page.wait_for_text("Deadlock").await;
});

in_both!(two_runs_fit_a_narrow_page, async |page| {
    page.open_in_frame(360, "#/demo/counter-race?lock=off&increments=50&autorun=1&compare=lock%3Don%26increments%3D50")
        .await;
    table(page).await;
    let widest = page
        .script(
            "const wide = [...document.querySelectorAll('body *')]
                .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.source, .controls'))
                .map((element) => `${element.tagName}.${element.className}`);
            return [innerWidth, document.documentElement.scrollWidth, wide.slice(0, 8)];",
            &[],
        )
        .await;
    assert!(widest[1].as_u64() <= Some(360) && widest[2] == json!([]), "{widest}");
    page.script("document.querySelector('.pair').scrollIntoView()", &[]).await;
    page.screenshot("narrow").await;
});

/// Whether the first cells of a row are these.
const ROW: &str = "
    const row = [...document.querySelectorAll('.pair tbody tr')].find((row) => row.cells[0].innerText === arguments[0]);
    return row?.cells[1].innerText === arguments[1] && row.cells[2].innerText === arguments[2];";

/// Waits until both runs have ended and are compared.
async fn table(page: &Page<'_>) {
    page.wait_for("the runs are compared", RUN, "return !!document.querySelector('.pair table')", &[]).await;
}

/// The cells of a row: of run 1, of run 2, and the difference.
async fn cells(page: &Page<'_>, row: &str) -> Vec<String> {
    let cells = "
        const rows = [...document.querySelectorAll('.pair tbody tr')];
        const row = rows.find((row) => row.cells[0].innerText === arguments[0]);
        return [...row.cells].slice(1).map((cell) => cell.innerText);";
    texts(page.script(cells, &[json!(row)]).await)
}

fn milliseconds(cell: &str) -> f64 {
    let (number, unit) = cell.split_once(' ').expect("a number and a unit");
    let factor = match unit {
        "s" => 1e3,
        "ms" => 1.0,
        _ => 1e-3,
    };
    number.parse::<f64>().expect("a number") * factor
}

async fn charts(page: &Page<'_>) -> Vec<String> {
    texts(page.script("return [...document.querySelectorAll('.chart h2')].map((h) => h.innerText)", &[]).await)
}

/// What stands out among the parameters at each chart.
async fn notes(page: &Page<'_>) -> Vec<Vec<String>> {
    let notes = "return [...document.querySelectorAll('.chart .note')]
        .map((note) => [...note.querySelectorAll('strong')].map((strong) => strong.innerText))";
    serde_json::from_value(page.script(notes, &[]).await).expect("lists of texts")
}

async fn address(page: &Page<'_>) -> String {
    page.script("return location.hash", &[]).await.as_str().expect("text").to_owned()
}

async fn focused(page: &Page<'_>) -> String {
    page.script("return document.activeElement.innerText", &[]).await.as_str().expect("text").to_owned()
}

/// Both charts show the same time axis, dot for dot; what it looks like is kept.
async fn same_axis(page: &Page<'_>, seen: &mut Vec<String>) {
    let axes = "
        const [one, two] = [...document.querySelectorAll('.chart canvas[role=application]')].map((canvas) => {
            const strip = document.createElement('canvas');
            [strip.width, strip.height] = [canvas.width, Math.round(24 * devicePixelRatio)];
            strip.getContext('2d').drawImage(canvas, 0, 0);
            return strip.toDataURL();
        });
        // The end of a run is painted after it is told.
        const isSettled = window.axis === one;
        window.axis = one;
        return isSettled && one === two && one !== arguments[0];";
    // The axis is painted in the frame after, and it is not the one that was there before.
    let frames = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
    assert_eq!(page.evaluate(frames, &[]).await, Ok(json!(true)));
    let before = seen.last().cloned().unwrap_or_default();
    page.wait_for("both charts show the same axis", SOON, axes, &[json!(before)]).await;
    seen.push(page.script("return window.axis", &[]).await.as_str().expect("a picture").to_owned());
}

fn texts(list: Value) -> Vec<String> {
    serde_json::from_value(list).expect("a list of texts")
}
