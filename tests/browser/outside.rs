//! What tasks wait for outside of their program: the service worker's addresses above all.

use serde_json::{Value, json};

use crate::cases::Needs;
use crate::demos::holds;
use crate::server::{ISOLATED, Server};
use crate::site;

/// The names of what the run waited for, outside of the program.
async fn requests(page: &crate::page::Page<'_>) -> Vec<String> {
    let trace = page.trace().await;
    let events = trace["traceEvents"].as_array().expect("events");
    let names = events.iter().filter_map(|event| event["args"]["resource"].as_str());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("GET ")).map(str::to_owned).collect();
    names.dedup();
    names
}

fn observation(result: &Value, part: &str) -> String {
    let observations = result["observations"].as_array().expect("observations");
    let texts = observations.iter().filter_map(|observation| observation["text"].as_str());
    let mut found = texts.filter(|text| text.contains(part));
    found.next().unwrap_or_else(|| panic!("nothing about “{part}”: {observations:?}")).to_owned()
}

in_both!(requests_go_through_the_service_worker[needs(Needs::Browser)], async |page| {
    // A first visit: the service worker is registered while the page is up already.
    page.open("#/demo/http?requests=2&delay=300&autorun=1").await;
    page.wait_for_run("finished", std::time::Duration::from_secs(20)).await;
    page.wait_for_text("service worker answered 5 of 5 requests").await;
    let names = requests(page).await;
    assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("GET httpbin/")), "{names:?}");
    page.screenshot("first-visit").await;

    let result = holds(page, "http", json!({ "requests": 4, "delay": 250 })).await;
    let elapsed = result["elapsedMs"].as_f64().expect("a time");
    assert!(elapsed >= 5.0 * 250.0, "{elapsed} ms for four requests one after the other, and four together");
    let broken = observation(&result, "failed");
    assert!(broken.contains("status 503 for broken"), "{broken}");

    // A visit after that: the page is in the service worker's hands from its beginning.
    page.open("#/").await;
    assert_eq!(page.evaluate("navigator.serviceWorker.controller !== null", &[]).await, Ok(json!(true)));
    holds(page, "http", json!({ "requests": 2, "delay": 100 })).await;
});

in_both!(the_httpbin_answers_as_it_is_asked, async |page| {
    page.open("#/").await;
    let answers = page
        .evaluate(
            "{
                await navigator.serviceWorker.ready;
                while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 20));
                const ask = async (address) => {
                    const start = performance.now();
                    const response = await fetch(address);
                    const text = await response.text();
                    return [response.status, text, performance.now() - start, response.headers.get('weft-httpbin')];
                };
                return [
                    await ask('httpbin/a'),
                    await ask('httpbin/a?status=404&delay=200'),
                    await ask('httpbin/a?status=204'),
                    await ask('httpbin/a?chunks=3&size=5&delay=50'),
                    await ask('httpbin/a?delay=-1'),
                    await ask('httpbin/a?status=700'),
                    await ask('icon.svg'),
                ];
            }",
            &[],
        )
        .await
        .expect("answers");
    let status = |at: usize| answers[at][0].as_u64().expect("a status");
    let text = |at: usize| answers[at][1].as_str().expect("a text");
    let took = |at: usize| answers[at][2].as_f64().expect("a time");
    assert_eq!((status(0), text(0)), (200, "chunk 1 of 1\n"));
    assert_eq!(status(1), 404);
    assert!(took(1) >= 199.0, "{}", took(1));
    assert_eq!((status(2), text(2)), (204, ""));
    assert_eq!((status(3), text(3)), (200, "chunkchunkchunk"));
    assert!(took(3) >= 149.0, "{}", took(3));
    assert_eq!(status(4), 400);
    assert!(text(4).contains("delay must be a whole number from 0 to 60000, and -1 is not"), "{}", text(4));
    assert_eq!(status(5), 400);
    assert_eq!((status(6), &answers[6][3]), (200, &Value::Null), "the site's own files come from its host");
});

in_both!(chunks_arrive_over_time, async |page| {
    page.open("#/").await;
    let result = holds(page, "http-stream", json!({ "chunks": 6, "delay": 200 })).await;
    let console = result["console"].as_array().expect("a console");
    let lines = console.iter().filter(|line| line["text"].as_str().is_some_and(|text| text.ends_with("so far")));
    let times: Vec<_> = lines.map(|line| line["t"].as_f64().expect("a time")).collect();
    assert!(times.len() >= 3, "{times:?}");
    let (first, last) = (times[0], times[times.len() - 1]);
    assert!(last - first >= 400.0, "the last of six came {} ms after the first", last - first);
});

in_both!(without_a_service_worker_own_files_are_fetched, async |page| {
    let server = Server::start_without(&site(), ISOLATED, Some("/sw.js")).await;
    let page = page.on(&server);
    page.open("#/demo/http").await;
    page.wait_for_text("No service worker runs here").await;
    for id in ["http", "http-stream"] {
        let result = holds(&page, id, json!({})).await;
        observation(&result, "No service worker runs here");
        let names = requests(&page).await;
        assert!(!names.is_empty() && names.iter().all(|name| !name.contains("httpbin")), "{names:?}");
    }
    page.screenshot("no-service-worker").await;
});

in_both!(work_elsewhere_leaves_the_loop_free, async |page| {
    page.open("#/").await;
    // Once to warm up: a browser takes its time to optimise the work.
    holds(page, "to-thread", json!({})).await;
    let result = holds(page, "to-thread", json!({ "n": 2_000_000 })).await;
    for part in ["On the loop the work took", "In a thread it took", "In a process it took"] {
        println!("{}: {}", page.browser(), observation(&result, part));
    }
});
