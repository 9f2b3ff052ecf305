//! Weft in a frame's sandbox: one without an origin, one that keeps the program out, and one without scripts.

use serde_json::json;

use super::{NOTES, ask, no_errors, wait_for_word};
use crate::driver::Browser;
use crate::server::{ISOLATED, Server};
use crate::site;

/// What lets scripts of pages with another origin be loaded.
const SHARED: &[(&str, &str)] = &[
    ("access-control-allow-origin", "*"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("document-isolation-policy", "isolate-and-require-corp"),
];

in_both!(a_sandbox_without_an_origin_runs_where_the_host_allows_it, async |page| {
    let weft = Server::start(&site(), SHARED).await;
    let address = &weft.address;
    let frame = format!(
        "{NOTES}<iframe sandbox=\"allow-scripts\" width=\"700\" height=\"700\" allow=\"cross-origin-isolated\"
            src=\"{address}#/embed/sequential-gather?tasks=2&delay=40&autorun=1\"></iframe>"
    );
    let course = Server::of_page(&frame);
    let course = page.on(&course);
    course.load("").await;
    let finished = wait_for_word(&course, "finished").await;
    assert_eq!(finished["result"]["status"], json!("finished"), "{finished}");
    assert_eq!(finished["origin"], json!("null"));
    // The page's origin is known by now, and still every question is answered.
    let reply = ask(&course, json!({ "weft": "run", "params": { "tasks": 1 } })).await;
    assert_eq!(reply["result"]["params"]["tasks"], json!(1), "{reply}");
    // What a sandbox takes away is missed in words; everything else runs, or is a recording.
    for (id, missing) in
        [("bounded-queue", false), ("http", false), ("streams", false), ("files", true), ("database", true)]
    {
        let reply = ask(&course, json!({ "weft": "run", "id": id })).await;
        let (status, problem) = (&reply["result"]["status"], &reply["result"]["problem"]);
        println!("{}: {id} in a sandbox: {status} {problem}", page.browser());
        assert_eq!(*status, json!(if missing { "failed" } else { "finished" }), "{id}: {reply}");
        assert_eq!(problem.as_str().is_some_and(|problem| problem.starts_with("main: ")), missing, "{id}: {reply}");
        assert_eq!(reply["result"]["recorded"], json!(id == "bounded-queue"), "{id}");
    }
    course.enter(0).await;
    course.click("Copy link").await;
    // Firefox puts a link on the clipboard where the reader has clicked; Chromium asks the page around first.
    if page.browser() == Browser::Firefox {
        course.wait_for_text("Copied.").await;
    } else {
        course.wait_for_element("//input[@aria-label = 'Link']").await;
        let selected = "const field = document.querySelector('.share input');
            return field.selectionEnd - field.selectionStart === field.value.length && field.value";
        let link = course.script(selected, &[]).await;
        assert!(link.as_str().is_some_and(|link| link.starts_with(&format!("{address}#/demo/database?"))), "{link}");
    }
    course.screenshot("sandboxed").await;
    course.leave().await;
    no_errors(&course, 1).await;
});

in_both!(a_sandbox_that_keeps_the_program_out_says_so, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let address = &weft.address;
    let frame = format!(
        "<iframe sandbox=\"allow-scripts allow-popups\" width=\"700\" height=\"300\"
            src=\"{address}#/embed/bounded-queue?capacity=3\"></iframe>"
    );
    let course = Server::of_page(&frame);
    let course = page.on(&course);
    course.load("").await;
    course.enter(0).await;
    course.wait_for_text("Weft cannot start in this frame").await;
    let link = course.script("return document.querySelector('#loading a').href", &[]).await;
    assert_eq!(link, json!(format!("{address}#/demo/bounded-queue?capacity=3")));
    course.screenshot("kept-out").await;
    // That its scripts were not loaded is the only error.
    let errors = course.take_errors().await;
    assert!(errors.iter().all(|error| error.contains("did not load")), "{errors:?}");
    course.leave().await;
    no_errors(&course, 0).await;
});

in_both!(a_frame_without_scripts_says_what_is_missing, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let frame =
        format!("<iframe sandbox width=\"700\" height=\"300\" src=\"{}#/embed/bounded-queue\"></iframe>", weft.address);
    let course = Server::of_page(&frame);
    let course = page.on(&course);
    course.load("").await;
    course.enter(0).await;
    course.wait_for_element("//noscript//a[contains(., 'open Weft in a tab of its own')]").await;
    course.screenshot("no-scripts").await;
    course.leave().await;
    assert_eq!(course.take_errors().await, [""; 0]);
});
