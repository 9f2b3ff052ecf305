//! axe-core has nothing to say about any kind of page, in both themes: its rules for WCAG A and AA, its best practices,
//! and those it still calls experimental.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::driver::Browser;
use crate::page::{Page, SOON};
use crate::server::{ISOLATED, Server};
use crate::site;

const RUN: Duration = Duration::from_secs(30);

/// What axe looks at is the same document in every browser.
const ONE: &[Browser] = &[Browser::Chromium];

/// What is done on a page before it is looked at.
enum Until {
    /// Nothing.
    Up,
    /// The run that the address asks for comes to this end.
    Run(&'static str),
    /// Both runs of a comparison have ended.
    Compared,
    /// The spans that show an observation are selected, so that lines of the source are lit.
    Selected,
    /// This program of the reader's has ended.
    Program(&'static str),
    /// This one waits for a line.
    Asked(&'static str),
    /// Nothing was run, because a parameter is not right.
    Refused,
}

/// Each kind of page of a demo, and what it can become.
const DEMOS: &[(&str, Until)] = &[
    ("#/", Until::Up),
    ("#/demo/thread-start-join", Until::Up),
    ("#/demo/thread-start-join?threads=3&delay=30&autorun=1", Until::Selected),
    ("#/demo/thread-start-join", Until::Refused),
    ("#/demo/thread-start-join?threads=99", Until::Up),
    ("#/demo/rlock?kind=Lock&autorun=1", Until::Run("failed")),
    ("#/demo/thread-start-join?threads=2&delay=50&compare=threads%3D3%26delay%3D50&autorun=1", Until::Compared),
    ("#/demo/compare-io?autorun=1", Until::Run("finished")),
];

/// The same of all other pages.
const OTHERS: &[(&str, Until)] = &[
    ("#/choose?work=both&many=hundreds", Until::Up),
    ("#/write", Until::Up),
    ("#/write?demo=rlock", Until::Program("1 / 0")),
    ("#/write", Until::Asked("input('Your name? ')")),
    ("#/embed/write", Until::Up),
    ("#/embed/bounded-queue", Until::Up),
    ("#/embed/sequential-gather?tasks=2&delay=50&autorun=1", Until::Run("finished")),
    ("#/trace", Until::Up),
    ("#/demo/no-such-demo", Until::Up),
    ("#/no-such-page", Until::Up),
];

in_both!(pages_of_demos_have_no_barriers[browsers(ONE)], async |page| have_no_barriers(page, DEMOS).await);
in_both!(other_pages_have_no_barriers[browsers(ONE)], async |page| have_no_barriers(page, OTHERS).await);

async fn have_no_barriers(page: &Page<'_>, pages: &[(&str, Until)]) {
    let mut barriers = Vec::new();
    for (hash, until) in pages {
        let hash = format!("{hash}{}theme=light", if hash.contains('?') { '&' } else { '?' });
        page.open(&hash).await;
        match until {
            Until::Up => {}
            Until::Run(state) => page.wait_for_run(state, RUN).await,
            Until::Compared => page.wait_for_element("//section[h2 = 'What differs']//table").await,
            Until::Selected => {
                page.wait_for_run("finished", RUN).await;
                page.wait_for_element("//*[@title = 'Show it in the chart']").await;
                page.script("document.querySelector('[title=\"Show it in the chart\"]').click()", &[]).await;
                let lit = "return document.querySelector('.line.lit') !== null";
                page.wait_for("a line is lit", SOON, lit, &[]).await;
            }
            Until::Program(code) => {
                page.wait_for_element("//*[contains(@class, 'cm-content')]").await;
                page.evaluate("(await weft.python(arguments[0])).status", &[json!(code)]).await.expect("a result");
            }
            Until::Asked(code) => {
                page.script("weft.python(arguments[0])", &[json!(code)]).await;
                page.wait_for_element("//*[@id = 'input-line']").await;
            }
            Until::Refused => {
                page.type_into("threads", "99").await;
                page.click("Run").await;
                page.wait_for_text("Nothing was run").await;
            }
        }
        barriers.extend(found(page, &hash).await);
        // Embedded pages have no button for it.
        let darken = "const button = document.querySelector('button.theme');
            if (button) button.click(); else document.documentElement.dataset.theme = 'dark';
            return document.documentElement.dataset.theme";
        assert_eq!(page.script(darken, &[]).await, json!("dark"));
        barriers.extend(found(page, &format!("{hash}, dark")).await);
    }
    assert!(barriers.is_empty(), "axe finds:\n{}", barriers.join("\n"));
}

in_both!(a_narrow_page_has_no_barriers[browsers(ONE)], async |page| {
    for theme in ["light", "dark"] {
        page.open_in_frame(360, &format!("#/demo/thread-start-join?threads=3&delay=30&theme={theme}&autorun=1")).await;
        page.wait_for_run("finished", RUN).await;
        let barriers = found(page, theme).await;
        assert!(barriers.is_empty(), "on a narrow page axe finds:\n{}", barriers.join("\n"));
    }
});

in_both!(pages_without_threads_have_no_barriers[browsers(ONE)], async |page| {
    let server = Server::start(&site(), &[]).await;
    let page = page.on(&server);
    for hash in ["#/", "#/demo/thread-start-join", "#/choose", "#/write", "#/embed/bounded-queue"] {
        page.open(hash).await;
        page.wait_for_text("Threads cannot start").await;
        let barriers = found(&page, hash).await;
        assert!(barriers.is_empty(), "without threads axe finds:\n{}", barriers.join("\n"));
    }
});

in_both!(a_page_that_cannot_start_has_no_barriers[browsers(ONE)], async |page| {
    let server = Server::page_alone(&site(), ISOLATED);
    let page = page.on(&server);
    page.load("#/").await;
    page.wait_for_text("Weft could not start").await;
    let barriers = found(&page, "#/").await;
    assert!(barriers.is_empty(), "on a page that cannot start axe finds:\n{}", barriers.join("\n"));
    page.take_errors().await;
});

/// What axe finds on the page as it is: for each element the rule, the element, and what to do.
async fn found(page: &Page<'_>, place: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/test/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("no {}: {error}; `scripts/setup test` installs it", path.display()));
    page.script(&axe, &[]).await;
    // Level AAA wants a contrast of 7 to 1 even of what is faint on purpose.
    let look = "{
        const rules = axe.getRules().filter(({ tags }) => !tags.includes('wcag2aaa')).map(({ ruleId }) => ruleId);
        const { violations } = await axe.run(document, { runOnly: { type: 'rule', values: rules } });
        return violations.flatMap(({ id, help, helpUrl, nodes }) => nodes.map(({ target, html, failureSummary }) =>
            `${arguments[0]}: ${id}: ${help}\n    at ${target.join(' ')}: ${html.slice(0, 200)}\n` +
            `    ${failureSummary.replaceAll('\\n', '\\n    ')}\n    see ${helpUrl}`));
    }";
    let found = page.evaluate(look, &[json!(place)]).await.unwrap_or_else(|error| panic!("axe fails: {error}"));
    serde_json::from_value(found).expect("a list of texts")
}
