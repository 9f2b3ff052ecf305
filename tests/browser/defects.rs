//! What the page says and does where something around it is not as it should be: a folder's address without its slash,
//! half an upload, no network, no threads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cases::Needs;
use crate::demos::holds;
use crate::hosting::{finished, reading_host};
use crate::page::{Page, SOON};
use crate::server::{ISOLATED, Server};
use crate::site;

const RUN: Duration = Duration::from_secs(20);

/// A demo's address, with something before the `#` too.
const ADDRESS: &str = "?course=3#/demo/thread-start-join?threads=2&delay=50";

/// What a host is asked for when that is loaded without a slash. What the service worker keeps it fetches without a query.
const LOADED: &str = "/some/folder?course=3";

/// The address of the page, from the host on.
async fn path(page: &Page<'_>) -> Value {
    page.script("return location.href.slice(location.origin.length)", &[]).await
}

async fn mode(page: &Page<'_>) -> Value {
    page.script("return weft.mode", &[]).await
}

/// Opens the site at its folder's address with this at its end, instead of a slash.
async fn open_folder(page: &Page<'_>, server: &Server, end: &str) {
    let folder = server.address.trim_end_matches('/');
    page.at(folder).load(&format!("{end}{ADDRESS}")).await;
    page.wait_until_up().await;
}

in_both!(a_folder_without_its_slash_leads_to_the_folder[needs(Needs::Browser)], async |page| {
    let site = finished("1");
    for headers in [ISOLATED, &[]] {
        let server = Server::folder(site.path(), headers, false);
        open_folder(page, &server, "").await;
        let there = "return location.pathname === '/some/folder/' && weft.mode === 'live'";
        page.wait_for("the page has threads at the right address", SOON, there, &[]).await;
        assert_eq!(path(page).await, json!(format!("/some/folder/{ADDRESS}")));
        holds(page, "thread-start-join", json!({ "threads": 2, "delay": 50 })).await;
        // Through the service worker, which serves pages below the folder only.
        holds(page, "http", json!({})).await;
        page.wait_for_text("def program").await;
        assert_eq!(page.take_errors().await, [""; 0]);
        assert_eq!(server.asked(LOADED), 1, "the wrong address is asked for once");
    }
});

in_both!(a_host_that_takes_the_slash_away_gets_no_circle[needs(Needs::Browser)], async |page| {
    let site = finished("1");
    for (headers, expected) in [(ISOLATED, "live"), (&[], "recorded")] {
        let server = Server::folder(site.path(), headers, true);
        for end in ["", "/"] {
            let before = server.asked(LOADED);
            open_folder(page, &server, end).await;
            // A reload would come within this time.
            tokio::time::sleep(Duration::from_secs(2)).await;
            page.wait_until_up().await;
            assert_eq!(mode(page).await, json!(expected));
            assert_eq!(path(page).await, json!(format!("/some/folder/{ADDRESS}")));
            assert_eq!(server.asked(LOADED) - before, 2, "loads: {}", server.requests("/some/"));
            page.wait_for_text("def program").await;
            holds(page, "sequential-gather", json!({})).await;
        }
    }
});

in_both!(an_address_that_names_the_page_stays, async |page| {
    let site = finished("1");
    let server = Server::folder(site.path(), ISOLATED, false);
    for end in ["/index.html", "/"] {
        open_folder(page, &server, end).await;
        page.wait_for_text("def program").await;
        assert_eq!(path(page).await, json!(format!("/some/folder{end}{ADDRESS}")));
        assert_eq!(mode(page).await, json!("live"));
        assert_eq!(server.asked(&format!("/some/folder{end}?course=3")), 1, "no reload");
        assert_eq!(page.take_errors().await, [""; 0]);
    }
});

/// The site's file whose path, from the site's folder on, starts and ends so.
fn file(folder: &Path, start: &str, end: &str) -> String {
    fn all(folder: PathBuf) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        entries.flat_map(|path| if path.is_dir() { all(path) } else { vec![path] }).collect()
    }
    let files = all(folder.to_owned()).into_iter().map(|path| path.strip_prefix(folder).expect("inside").to_owned());
    let mut names = files.map(|path| path.to_str().expect("a name").to_owned());
    let found = names.find(|name| name.starts_with(start) && name.ends_with(end));
    found.unwrap_or_else(|| panic!("the site has no file {start}…{end}"))
}

in_both!(a_file_that_was_not_uploaded_is_named, async |page| {
    for (start, end, comes_up) in [
        ("weft-", ".js", false),
        ("weft-", "_bg.wasm", false),
        ("snippets/", "/workerHelpers.no-bundler.js", false),
        ("style-", ".css", true),
        ("sources", ".txt", true),
    ] {
        let folder = finished("1");
        let name = file(folder.path(), start, end);
        std::fs::remove_file(folder.path().join(&name)).expect("a file that can be removed");
        let server = reading_host(&folder);
        let page = page.on(&server);
        page.load("#/demo/thread-start-join").await;
        page.wait_for_text(&name).await;
        let text = page.text().await;
        let sentence = text.lines().find(|line| line.contains(&name)).unwrap_or_default();
        for part in ["missing on", "hoever put the site there should upload all of its files again"] {
            assert!(sentence.contains(part), "without {name} the page shows: {text}");
        }
        for blamed in ["Chrome", "Firefox", "browser", "network"] {
            assert!(!text.contains(blamed) || comes_up && !sentence.contains(blamed), "without {name}: {text}");
        }
        if comes_up {
            page.wait_until_up().await;
            holds(&page, "thread-start-join", json!({})).await;
        } else {
            page.screenshot("missing").await;
        }
        page.take_errors().await;
    }
});

in_both!(a_missing_service_worker_is_named, async |page| {
    let folder = finished("1");
    std::fs::remove_file(folder.path().join("sw.js")).expect("a file that can be removed");
    let server = Server::folder(folder.path(), &[], false);
    let page = page.on(&server);
    page.open("#/demo/sequential-gather").await;
    page.wait_for_text("A file of this site is missing on its host: “sw.js”").await;
    holds(&page, "sequential-gather", json!({})).await;
    page.take_errors().await;
});

in_both!(a_host_that_is_gone_is_not_taken_for_a_missing_file, async |page| {
    let server = Server::page_alone(&site(), ISOLATED);
    let page = page.on(&server);
    page.load("#/").await;
    page.wait_for_text("cannot be fetched from its host").await;
    page.wait_for_text("Check the network").await;
    let text = page.text().await;
    assert!(!text.contains("missing") && !text.contains("Chrome"), "{text}");
    page.screenshot("no-network").await;
    page.take_errors().await;
});

async fn has_button(page: &Page<'_>, name: &str) -> bool {
    let there =
        "return [...document.querySelectorAll('button')].some((button) => button.innerText.trim() === arguments[0])";
    page.script(there, &[json!(name)]).await == json!(true)
}

in_both!(where_nothing_can_be_stopped_there_is_no_stop, async |page| {
    page.open("#/demo/thread-start-join").await;
    assert!(has_button(page, "Stop").await, "with threads there is one");

    let server = Server::start(&site(), &[]).await;
    let page = page.on(&server);
    page.open("#/demo/thread-start-join").await;
    page.wait_for_text("Show recording").await;
    assert!(!has_button(&page, "Stop").await, "a recording cannot be stopped");
    page.click("Show recording").await;
    page.wait_for_run("finished", RUN).await;
    assert!(!has_button(&page, "Stop").await, "a recording cannot be stopped");

    page.open("#/choose").await;
    page.wait_for_text("Measured in your browser").await;
    assert!(!has_button(&page, "Stop").await, "nothing is measured");

    // Tasks run there all the same.
    page.open("#/demo/sequential-gather?tasks=5&delay=2000").await;
    assert!(!has_button(&page, "Stop").await, "nothing runs");
    page.click("Run").await;
    page.wait_for_run("running", RUN).await;
    page.click("Stop").await;
    page.wait_for_run("stopped", Duration::from_secs(2)).await;
    let gone = "return document.querySelector('button.stop') === null";
    page.wait_for("Stop is gone", SOON, gone, &[]).await;
    let focus = page.script("return document.activeElement.innerText.trim()", &[]).await;
    assert_eq!(focus, json!("Run"), "the focus is not lost with the button");
});

in_both!(no_worker_warns_of_anything, async |page| {
    let folder = finished("1");
    // What workers say on the console reaches nobody, so they are made to tell the page.
    let helper = folder.path().join(file(folder.path(), "snippets/", "/workerHelpers.no-bundler.js"));
    let text = std::fs::read_to_string(&helper).expect("the workers' script");
    let telling = "
        const channel = new BroadcastChannel('workers');
        for (const level of ['warn', 'error']) console[level] = (...words) => channel.postMessage(`${level}: ${words.join(' ')}`);
        channel.postMessage('begins');
    ";
    std::fs::write(&helper, format!("{telling}{text}")).expect("the workers' script");
    let server = reading_host(&folder);
    let page = page.on(&server);
    page.open("#/demo/thread-start-join").await;
    page.script("window.told = []; new BroadcastChannel('workers').onmessage = ({ data }) => told.push(data)", &[])
        .await;
    holds(&page, "thread-start-join", json!({})).await;
    let told = page.script("return told", &[]).await;
    let told = told.as_array().expect("a list");
    assert!(told.len() >= 4, "the workers are heard: {told:?}");
    assert!(told.iter().all(|line| line == "begins"), "{told:?}");
});
