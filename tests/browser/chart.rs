//! The chart's tools.

use std::time::Duration;

use serde_json::json;

use crate::page::SOON;

in_both!(hand_overs_have_arrows_if_asked_for, async |page| {
    page.open("#/demo/queue-consumers").await;
    page.click("Run").await;
    page.wait_for_run("finished", SOON).await;
    let trace = page.trace().await;
    let events = trace["traceEvents"].as_array().expect("events");
    assert!(events.iter().any(|event| event["cat"] == "pass" && event["ph"] == "f"), "nobody found an item");

    let picture = "document.querySelector('canvas.chart, .stage canvas').toDataURL()";
    let absent = "return ![...document.querySelectorAll('button')].some((one) => one.textContent === 'Hand-overs')";
    assert_eq!(page.script(absent, &[]).await, json!(true), "they belong to all arrows");
    page.click("Arrows").await;
    page.wait_for_text("Hand-overs").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = page.evaluate(picture, &[]).await.expect("a picture");
    page.click("Hand-overs").await;
    let pressed = "return [...document.querySelectorAll('button')].some((one) =>
        one.textContent === 'Hand-overs' && one.getAttribute('aria-pressed') === 'true')";
    page.wait_for("it is pressed", SOON, pressed, &[]).await;
    let drawn = "return document.querySelector('canvas.chart, .stage canvas').toDataURL() !== arguments[0]";
    page.wait_for("more arrows are drawn", SOON, drawn, &[before]).await;
    page.screenshot("hand-overs").await;
});

in_both!(the_tools_fit_a_narrow_page, async |page| {
    page.open_in_frame(360, "#/demo/queue-consumers?speed=10").await;
    page.click("Run").await;
    page.wait_for_run("finished", SOON).await;
    page.click("Arrows").await;
    page.wait_for_text("Hand-overs").await;
    page.click("Hand-overs").await;
    let fits = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    assert_eq!(page.script(fits, &[]).await, json!(true));
    page.script("document.querySelector('.stage').previousElementSibling.scrollIntoView()", &[]).await;
    page.screenshot("narrow").await;
});
