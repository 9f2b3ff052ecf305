//! A benchmark: how long a first visit takes until the chart of a short run is there, beside the least that a page made
//! of the same parts takes. Run on purpose, as those in `bench`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::cases::{Needs, When};
use crate::driver::{Browser, Session};
use crate::hosting::{finished, reading_host};
use crate::page::Page;
use crate::server::{ISOLATED, Server};

/// How often each is measured; the best counts.
const ROUNDS: usize = 5;

/// How long a browser is left alone after its start: it goes on with that for a while, and on a small machine that would
/// be most of what is measured. Whoever visits a page has a browser that is up.
const SETTLING: Duration = Duration::from_secs(2);

/// How many times longer than a bare page a first visit may take.
const VISIT: f64 = 6.0;

/// How many times longer than an engine's start it may take from Run to the first event.
const RUN: f64 = 1.3;

in_both!(a_first_visit_costs_a_few_bare_pages [needs(Needs::Machine), when(When::Bench)], async |page| {
    let hello = std::env::var_os("WEFT_HELLO").map(PathBuf::from);
    let hello = hello.expect("WEFT_HELLO should name the folder of a bare page; scripts/bench makes it");
    let site = finished("1");
    with_marks(site.path());
    with_marks(&hello);
    let browser = page.browser();
    let [mut bare, mut chart, mut engine, mut first] = [f64::INFINITY; 4];
    for _ in 0..ROUNDS {
        let marks = visit(browser, &Server::start(&hello, ISOLATED).await, "", "hello").await;
        bare = bare.min(time(&marks, "hello"));
        let short = "#/demo/thread-start-join?threads=2&delay=10&autorun=1";
        let marks = visit(browser, &reading_host(&site), short, "chart").await;
        chart = chart.min(time(&marks, "chart"));
        let [starting, asked, stands, event] =
            ["starting", "engine", "prepared", "event"].map(|name| time(&marks, name));
        // The page says that a run is starting a moment after it has asked for the engine.
        let run = f64::min(starting, asked);
        engine = engine.min(stands - asked);
        first = first.min(event - run);
    }
    let (visit, run) = (chart / bare, first / engine);
    println!(
        "{browser}: a first visit has its chart after {chart:.0} ms, {visit:.2} times the {bare:.0} ms of a bare page (at \
         most {VISIT}); from Run to the first event {first:.0} ms, {run:.2} times the {engine:.0} ms in which an engine \
         starts (under {RUN})"
    );
    assert!(visit <= VISIT && run < RUN, "see above");
});

/// Has the page in a folder note when things happen.
fn with_marks(folder: &Path) {
    let index = folder.join("index.html");
    let html = std::fs::read_to_string(&index).expect("a page");
    if !html.contains("test/marks.js") {
        let html = html.replacen("<head>", "<head><script src=\"test/marks.js\"></script>", 1);
        std::fs::write(&index, html).expect("a page");
    }
    std::fs::create_dir_all(folder.join("test")).expect("a folder");
    std::fs::write(folder.join("test/marks.js"), include_str!("marks.js")).expect("a script");
}

/// What a browser that has never been there notes until it has noted `last`.
async fn visit(browser: Browser, server: &Server, hash: &str, last: &str) -> Value {
    let session = Session::start(browser).await;
    tokio::time::sleep(SETTLING).await;
    let page = Page::new(&session, server, format!("{browser}-visit"));
    let marks = page.marks(hash, last).await;
    session.close().await;
    marks
}

fn time(marks: &Value, name: &str) -> f64 {
    marks[name].as_f64().unwrap_or_else(|| panic!("nothing about {name}: {marks}"))
}
