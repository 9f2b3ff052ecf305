//! The guide: questions, the answer, and figures measured for it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::{Page, SOON};

/// More than all runs for one set of answers take, with fresh engines on a slow machine.
const MEASURED: Duration = Duration::from_secs(60);

in_both!(questions_lead_to_an_answer, async |page| {
    page.open("#/").await;
    follow(page, "Which model should I use?").await;
    page.wait_for_text("threads, one for each piece of work").await;
    answer(page, "thousands").await;
    page.wait_for_text("tasks on one event loop").await;
    answer(page, "cpu").await;
    page.wait_for_text("a pool of processes").await;
    page.wait_for_text("The GIL lets one thread at a time run Python code").await;
    answer(page, "rust").await;
    page.wait_for_text("a pool of threads, one for each core").await;
    page.wait_for_text("Python with a GIL: a pool of processes, one for each core").await;
    let address = page.script("return location.hash", &[]).await;
    assert_eq!(address, json!("#/choose?work=cpu&many=thousands&shared=none&data=little&language=rust"));
    // A reader without a mouse.
    page.script("document.querySelector('input[value=few]').focus()", &[]).await;
    page.press(&char::from(fantoccini::key::Key::Right).to_string()).await;
    page.wait_for("the arrow chooses", SOON, "return document.querySelector('[value=hundreds]').checked", &[]).await;
    page.screenshot("answer").await;
});

in_both!(a_link_brings_answers_along, async |page| {
    page.open("#/choose?work=both&many=hundreds&shared=some&data=much&language=python").await;
    page.wait_for_text("tasks, with a pool of processes behind them").await;
    for name in ["both", "hundreds", "some", "much", "python"] {
        let checked = "return document.querySelector(`input[value='${arguments[0]}']`).checked";
        assert_eq!(page.script(checked, &[json!(name)]).await, json!(true), "{name}");
    }
    page.open("#/choose?work=sleep&language=rust").await;
    page.wait_for_text("“work” must be one of io, cpu, both, and “sleep” is not.").await;
    page.wait_for_text("std::thread::scope").await;
    answer(page, "cpu").await;
    page.wait_for_text("rayon").await;
    assert!(!page.text().await.contains("“sleep”"), "what was wrong is no more");
});

in_both!(figures_are_measured_when_asked_for, async |page| {
    page.open("#/choose?work=io&data=much").await;
    page.wait_for_text("Not measured yet.").await;
    assert_eq!(page.run_state().await, "idle");
    page.click("Measure now").await;
    page.wait_for_run("running", SOON).await;
    page.wait_for_text("Run 1 of 2").await;
    page.wait_for("all is measured", MEASURED, DONE, &[]).await;
    let shown = trials(page).await;
    assert_eq!(shown.len(), 2);
    for trial in &shown {
        let [text, href] = [0, 1].map(|at| trial[at].as_str().expect("text"));
        assert!(text.contains(" ms") && text.contains("the run took"), "{text}");
        assert!(href.starts_with("#/demo/"), "{href}");
    }
    page.screenshot("measured").await;
    // The guide's runs are not left behind as somebody's.
    assert_eq!(page.run_state().await, "idle");
    // They stay when an answer changes that they do not depend on, and can be made again.
    answer(page, "rust").await;
    page.wait_for("the figures are still there", SOON, DONE, &[]).await;
    page.click("Measure again").await;
    page.wait_for_run("running", SOON).await;
    page.wait_for("all is measured again", MEASURED, DONE, &[]).await;
    // Each leads to its demo, with its parameters.
    let href = shown[1][1].clone();
    page.script("location.hash = arguments[0]", &[href]).await;
    page.wait_for_text("Press Run, and the program’s lanes appear here.").await;
    assert_eq!(page.value_of("size").await, "1000000");
});

in_both!(measuring_can_be_stopped_and_left, async |page| {
    page.open("#/choose?work=cpu&shared=some").await;
    page.click("Measure now").await;
    page.wait_for_run("running", SOON).await;
    page.click("Stop").await;
    page.wait_for_text("Stopped. What was measured before is still here.").await;
    page.wait_for_run("idle", SOON).await;
    page.click("Measure now").await;
    page.wait_for_run("running", SOON).await;
    // Whoever leaves gets what he goes for.
    let result = page.run("thread-start-join", json!({ "threads": 2, "delay": 30 })).await.expect("a result");
    assert_eq!(result["status"], json!("finished"));
    assert_eq!(page.run_state().await, "finished");
    page.open("#/choose?work=cpu").await;
    page.click("Measure now").await;
    page.wait_for_run("running", SOON).await;
    page.script("location.hash = '#/'", &[]).await;
    page.wait_for_run("idle", SOON).await;
});

in_both!(what_cannot_be_measured_is_said, async |page| {
    page.open("#/choose?work=cpu").await;
    page.script("window.Worker = class { constructor() { throw new Error('no workers today'); } }", &[]).await;
    page.click("Measure now").await;
    page.wait_for_text("so it gives no figures").await;
    page.wait_for_text("no workers today").await;
    page.wait_for_text("Not measured yet.").await;
});

in_both!(the_guide_fits_a_narrow_page, async |page| {
    page.open_in_frame(360, "#/choose?work=both&many=hundreds&shared=some&data=much").await;
    page.wait_for_text("tasks, with a pool of processes behind them").await;
    let widest = page
        .script(
            "const wide = [...document.querySelectorAll('body *')]
                .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
                .map((element) => `${element.tagName}.${element.className}`);
            return [document.documentElement.scrollWidth, wide.slice(0, 8)];",
            &[],
        )
        .await;
    assert!(widest[0].as_u64() <= Some(360) && widest[1] == json!([]), "{widest}");
    page.screenshot("narrow").await;
});

/// Whether nothing is left to measure, and nothing goes on.
const DONE: &str = "
    const text = document.querySelector('.measured').innerText;
    return !text.includes('Not measured yet') && text.includes('Measure again')
        && !document.querySelector('.measured progress')";

/// What is said of each run, and where it leads.
async fn trials(page: &Page<'_>) -> Vec<Value> {
    let script = "return [...document.querySelectorAll('.trial')]
        .map((trial) => [trial.innerText, trial.querySelector('a').getAttribute('href')])";
    page.script(script, &[]).await.as_array().expect("a list").clone()
}

async fn answer(page: &Page<'_>, option: &str) {
    // Radio buttons are chosen by their labels.
    page.script("document.querySelector(`input[value='${arguments[0]}']`).closest('label').click()", &[json!(option)])
        .await;
}

async fn follow(page: &Page<'_>, link: &str) {
    let script = "const links = [...document.querySelectorAll('a')];
        links.find((link) => link.innerText === arguments[0]).click()";
    page.script(script, &[json!(link)]).await;
}
