//! The page as a person meets it.

use std::time::Duration;

use serde_json::json;

use crate::page::Page;

/// More than any run here takes, with a fresh engine on a slow machine.
const RUN: Duration = Duration::from_secs(20);

in_both!(catalogue_lists_the_demos, async |page| {
    page.open("#/").await;
    for title in ["Start and join threads", "thread", "process"] {
        page.wait_for_text(title).await;
    }
    let demos = page.evaluate("weft.demos()", &[]).await.expect("the demos");
    for demo in demos.as_array().expect("a list").iter().filter(|demo| demo["id"] != "busy-threads") {
        let link = "return document.querySelector(`a[href*='#/demo/${arguments[0]}']`) !== null";
        page.wait_for(&format!("{} is linked", demo["id"]), RUN, link, &[demo["id"].clone()]).await;
    }
    page.screenshot("catalogue").await;
});

in_both!(run_is_a_click_away, async |page| {
    page.open("#/demo/thread-start-join").await;
    assert_eq!(page.run_state().await, "idle");
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("All threads completed").await;
    page.wait_for_text("until worker-3 was done").await;
    let colours = colours_of_largest_canvas(page).await;
    assert!(colours > 5, "the chart has {colours} colours");
    page.screenshot("finished").await;
});

in_both!(the_code_panel_shows_both_programs, async |page| {
    page.open("#/demo/thread-start-join").await;
    page.wait_for_text("def work(number, delay):").await;
    page.click("Rust").await;
    page.wait_for_text("fn program(threads: u32, delay: Duration)").await;

    // What was chosen last is shown on another visit, unless the link says otherwise.
    page.open("#/demo/counter-race").await;
    page.wait_for_text("SharedCell::new").await;
    page.open("#/demo/counter-race?lang=python").await;
    page.wait_for_text("threading.Barrier").await;
    page.open("#/embed/counter-race").await;
    page.wait_for_text("threading.Barrier").await;
});

in_both!(a_typed_parameter_is_used, async |page| {
    page.open("#/demo/thread-start-join?speed=5").await;
    page.type_into("threads", "5").await;
    assert_eq!(page.value_of("threads").await, "5");
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("until worker-5 was done").await;
    assert_eq!(page.value_of("threads").await, "5");
});

in_both!(parameters_come_from_the_address, async |page| {
    page.open("#/demo/thread-start-join?threads=2&delay=100&autorun=1").await;
    page.wait_for_run("finished", RUN).await;
    page.wait_for_text("until worker-2 was done").await;
    assert_eq!(page.value_of("threads").await, "2");
    assert_eq!(page.value_of("delay").await, "100");
});

in_both!(stop_ends_a_run_and_the_next_one_works, async |page| {
    page.open("#/demo/thread-start-join?threads=3&delay=2000").await;
    page.click("Run").await;
    page.wait_for_run("running", RUN).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    page.click("Stop").await;
    page.wait_for_run("stopped", Duration::from_secs(2)).await;
    page.screenshot("stopped").await;
    page.type_into("delay", "50").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
});

in_both!(a_run_can_be_stopped_as_it_starts, async |page| {
    page.open("#/demo/thread-start-join?threads=12&delay=2000").await;
    page.click("Run").await;
    page.click("Stop").await;
    page.wait_for_run("stopped", Duration::from_secs(2)).await;
    page.type_into("delay", "10").await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
});

in_both!(an_unknown_demo_is_named, async |page| {
    page.open("#/demo/thread-start-jion").await;
    page.wait_for_text("No demo called").await;
    page.wait_for_text("thread-start-join").await;
    page.screenshot("unknown").await;
});

in_both!(a_bad_parameter_is_refused, async |page| {
    page.open("#/demo/thread-start-join?threads=99&autorun=1").await;
    page.wait_for_text("99").await;
    let text = page.text().await;
    let sentence = text.lines().find(|line| line.contains("99")).unwrap_or_default();
    for part in ["threads", "1", "12"] {
        assert!(sentence.contains(part), "\"{sentence}\" does not name {part}");
    }
    assert_eq!(page.value_of("threads").await, "3", "the default is used");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(page.run_state().await, "idle", "autorun is cancelled");
    page.screenshot("bad-parameter").await;

    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
});

in_both!(one_demo_leads_to_another, async |page| {
    page.open("#/demo/thread-start-join?threads=3&delay=1000").await;
    page.click("Run").await;
    page.wait_for_run("running", RUN).await;
    page.script("location.hash = '#/demo/sequential-gather?tasks=2&delay=100'", &[]).await;
    page.wait_for_run("idle", RUN).await;
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    assert_eq!(page.value_of("tasks").await, "2");
});

in_both!(a_narrow_page_has_no_sideways_scroll, async |page| {
    for hash in [
        "#/",
        "#/demo/thread-start-join?threads=2&delay=50&autorun=1",
        "#/demo/process-start-join",
        "#/demo/no-such-demo",
    ] {
        page.open_in_frame(360, hash).await;
        if hash.contains("autorun") {
            page.wait_for_run("finished", RUN).await;
        }
        let widest = page
            .script(
                "const page = document.documentElement;
                const wide = [...document.querySelectorAll('body *')]
                    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
                    .map((element) => `${element.tagName}.${element.className}`);
                return [innerWidth, page.scrollWidth, wide.slice(0, 8)];",
                &[],
            )
            .await;
        assert_eq!(widest[0], json!(360), "the frame is as wide as it should be");
        assert!(widest[1].as_u64() <= Some(360), "{hash} is {} wide; past the edge: {}", widest[1], widest[2]);
        page.screenshot(&format!(
            "narrow-{}",
            hash.trim_matches(['#', '/']).split(['/', '?']).nth(1).unwrap_or("catalogue")
        ))
        .await;
    }
});

/// How many colours the largest canvas on the page shows, up to a hundred.
async fn colours_of_largest_canvas(page: &Page<'_>) -> u64 {
    let count = page
        .script(
            "const area = ({ width, height }) => width * height;
            const [canvas] = [...document.querySelectorAll('canvas')].sort((a, b) => area(b) - area(a));
            if (!canvas) return -1;
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const colours = new Set(new Uint32Array(data.buffer));
            return Math.min(colours.size, 100);",
            &[],
        )
        .await;
    count.as_u64().expect("a canvas on the page")
}
