//! Tasks in a browser: their demos at other parameters, tasks that are always ready, a page that is hidden.

use serde_json::{Value, json};

use crate::demos::holds;

in_both!(tasks_that_are_always_ready_starve_nobody, async |page| {
    page.open("#/").await;
    // Stop is pressed while the storm goes on: the trace arrives, timers fire, and the run ends at once.
    let seen = page
        .evaluate(
            "{
                const run = weft.run('wake-storm', { length: 30000 });
                while (document.documentElement.dataset.weftRun !== 'running') {
                    await new Promise((resolve) => setTimeout(resolve, 10));
                }
                await new Promise((resolve) => setTimeout(resolve, 1500));
                const before = performance.now();
                await weft.stop();
                const { status, elapsedMs } = await run;
                const took = performance.now() - before;
                const events = weft.trace().traceEvents;
                const main = events.find((event) => event.ph === 'M' && event.args.name === 'main').tid;
                const sleeps = events.filter((event) => event.tid === main && event.name === 'sleeping');
                return { status, elapsedMs, took, ticks: sleeps.length };
            }",
            &[],
        )
        .await
        .expect("a result");
    println!("{}: {seen}", page.browser());
    assert_eq!(seen["status"], json!("stopped"), "{seen}");
    assert!(seen["took"].as_f64() < Some(2000.0), "{seen}");
    // How many ticks there are, the machine decides. One that the storm starves comes when that is over, and never here.
    assert!(seen["ticks"].as_u64() > Some(1), "{seen}");
    holds(page, "wake-storm", json!({})).await;
});

in_both!(a_machine_that_stands_still_is_noticed, async |page| {
    page.open("#/").await;
    let result = page
        .evaluate(
            "{
                const run = weft.run('cancel', { after: 900 });
                while (document.documentElement.dataset.weftRun !== 'running') {
                    await new Promise((resolve) => setTimeout(resolve, 10));
                }
                // To the window it is the same whether the machine or a long task keeps it waiting.
                await new Promise((resolve) => setTimeout(resolve, 150));
                const until = performance.now() + 700;
                while (performance.now() < until);
                return await run;
            }",
            &[],
        )
        .await
        .expect("a result");
    assert!(result["observations"].to_string().contains("The page or the machine stood still for a while"), "{result}");
    let next = holds(page, "cancel", json!({ "after": 50 })).await;
    assert!(!next["observations"].to_string().contains("stood still"), "the next run was not disturbed: {next}");
});

in_both!(a_hidden_page_says_so, async |page| {
    page.open("#/").await;
    let result = page
        .evaluate(
            "{
                const run = weft.run('cancel', { after: 600 });
                while (document.documentElement.dataset.weftRun !== 'running') {
                    await new Promise((resolve) => setTimeout(resolve, 10));
                }
                // What a browser does when somebody goes to another tab; a driver cannot.
                const show = (state) => {
                    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
                    document.dispatchEvent(new Event('visibilitychange'));
                };
                show('hidden');
                show('visible');
                return await run;
            }",
            &[],
        )
        .await
        .expect("a result");
    let observations = result["observations"].as_array().expect("observations");
    assert!(observations.iter().all(|observation| observation["holds"] == json!(true)), "{result}");
    let says = |observation: &&Value| observation["text"].as_str().is_some_and(|text| text.contains("page was hidden"));
    assert_eq!(observations.iter().filter(says).count(), 1, "{result}");
    let trace = page.trace().await;
    let marks = trace["traceEvents"].as_array().expect("events").iter().filter(|event| event["cat"] == "mark");
    assert_eq!(marks.filter(|mark| mark["name"] == "the page was hidden").count(), 1);
    page.wait_for_text("page was hidden").await;
    let next = holds(page, "cancel", json!({ "after": 50 })).await;
    assert!(!next["observations"].to_string().contains("hidden"), "the next run was not hidden: {next}");
});
