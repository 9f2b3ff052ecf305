//! The home page: a real run at once, and demos found by what they are about.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;

use crate::page::SOON;

const RUN: Duration = Duration::from_secs(30);

in_both!(the_first_screen_shows_a_real_run_and_runs_it, async |page| {
    page.open_in_screen((1280, 720), "#/").await;
    page.wait_for_text("a real run, recorded in").await;
    page.wait_for(
        "lanes are drawn",
        SOON,
        "return document.querySelector('#chart-summary').innerText.includes('11 threads')",
        &[],
    )
    .await;
    let in_view = page.script(IN_VIEW, &[]).await;
    assert_eq!(in_view, json!([true, true, true]), "title, chart and search are in view");
    assert_eq!(page.run_state().await, "idle", "it was not asked for");
    page.screenshot("recorded").await;

    page.click("Run it here").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("This ran in your browser, just now.").await;
    page.screenshot("live").await;

    // Its demo begins afresh.
    page.script("document.querySelector('.hero .run-here a').click()", &[]).await;
    page.wait_for_run("idle", SOON).await;
    page.wait_for_text("Press Run, and the program’s lanes appear here.").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
});

/// Whether title, chart and search are wholly in view.
const IN_VIEW: &str = "
    return ['h1', '.hero .stage', '#search'].map((selector) => {
        const { top, bottom, left, right } = document.querySelector(selector).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    })";

in_both!(a_script_runs_the_demo_that_home_shows, async |page| {
    page.open("#/").await;
    let result = page.run("semaphore", json!({ "speed": 10 })).await.expect("a result");
    assert_eq!(result["status"], "finished");
    page.wait_for_text("Semaphore").await;
    assert_eq!(page.run_state().await, "finished", "leaving home has not taken the run away");
});

in_both!(a_search_finds_demos_by_name, async |page| {
    page.open("#/").await;
    page.press("/").await;
    for (query, first) in [("asyncio.gather", "sequential-gather"), ("sema", "semaphore"), ("RLock", "rlock")] {
        page.script("document.querySelector('#search').select()", &[]).await;
        page.press(query).await;
        let found =
            "return [...document.querySelectorAll('.results a')].some((link) => link.hash.includes(arguments[0]))";
        page.wait_for(&format!("{query} finds {first}"), SOON, found, &[json!(format!("demo/{first}"))]).await;
    }
    page.screenshot("found").await;
    page.script("document.querySelector('#search').select()", &[]).await;
    page.press("no such thing").await;
    page.wait_for_text("No demo is about that").await;
    page.press(&char::from(Key::Escape).to_string()).await;
    page.wait_for("all are listed", SOON, "return document.querySelectorAll('.groups .card').length > 50", &[]).await;
});
