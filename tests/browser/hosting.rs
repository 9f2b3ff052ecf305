//! The site as `scripts/dist` leaves it, on hosts of all kinds: with and without headers, in a folder, in a frame of
//! another site, gone, and replaced by a new version.

mod kept;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::Needs;
use crate::demos::holds;
use crate::driver::Browser;
use crate::page::{Page, SOON};
use crate::server::{ERRORS, Server, with_errors_kept};
use crate::site;
use crate::support_hosting::{DOCUMENT, examples, rules};

const RUN: Duration = Duration::from_secs(20);

/// A file that is no part of the program, and whose name says nothing about its content.
const EXTRA: &str = "recordings/extra.json";

/// Two scripts that are fetched when they are first used, which happens to one of them only.
const ON_DEMAND: [&str; 2] = ["on-demand/extra/used.js", "on-demand/extra/unused.js"];

/// The built site, finished as `scripts/dist` does it. `version` tells it from others: it is in every part.
pub fn finished(version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the site");
    put(version, folder.path());
    folder
}

/// Replaces what is in a folder by the finished site. Browsers look for a new service worker when they like, and must not
/// find one that is not finished.
fn put(version: &str, folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.expect("a file that can be removed");
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.entry(version.to_owned()).or_insert_with(|| {
        let made = tempfile::tempdir().expect("a folder");
        finish(version, made.path());
        made
    });
    copy(made.path(), folder);
}

/// The finished site of each version, made once.
static MADE: Mutex<BTreeMap<String, TempDir>> = Mutex::new(BTreeMap::new());

/// Removes what was made.
pub fn close() {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Makes the finished site in an empty folder.
fn finish(version: &str, folder: &Path) {
    copy(&site(), folder);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file that can be written");
    };
    write("index.html", &with_errors_kept(folder));
    write("test/errors.js", ERRORS);
    write(EXTRA, &json!(version).to_string());
    ON_DEMAND.iter().for_each(|name| write(name, &format!("// version {version}")));
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if name.starts_with("weft-") && name.ends_with(".js") || name.ends_with(".css") {
            let text = std::fs::read_to_string(entry.path()).expect("a text");
            write(&name, &format!("{text}\n/* version {version} */\n"));
        }
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/finish.mjs");
    let status = Command::new("node").arg(script).arg(folder).status();
    let status =
        status.unwrap_or_else(|error| panic!("node does not start ({error}); `scripts/setup test` installs it"));
    assert!(status.success(), "scripts/finish.mjs fails");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a file that can be copied");
        }
    }
}

/// A host that sends no headers of one's own.
fn plain_host(folder: &TempDir) -> Server {
    Server::host(folder.path(), "/some/folder", |_| Vec::new())
}

/// A host that reads `_headers`.
pub fn reading_host(folder: &TempDir) -> Server {
    let file = folder.path().join("_headers");
    Server::host(folder.path(), "", move |path| {
        let rules = rules(&std::fs::read_to_string(&file).expect("_headers"));
        let matching = rules.iter().filter(|rule| match rule.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == rule.path,
        });
        matching.flat_map(|rule| rule.headers.clone()).collect()
    })
}

async fn is(page: &Page<'_>, expression: &str) -> Value {
    page.script(&format!("return {expression}"), &[]).await
}

/// Waits until the site could do without its host.
async fn wait_until_kept(page: &Page<'_>) {
    let kept = "{
        const { build } = document.documentElement.dataset;
        const name = (await caches.keys()).find((name) => name.endsWith(` ${build}`));
        return name !== undefined && (await (await caches.open(name)).match('build')) !== undefined;
    }";
    for _ in 0..400 {
        if page.evaluate(kept, &[]).await == Ok(json!(true)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the site is not kept: {:?}", page.evaluate("caches.keys()", &[]).await);
}

async fn no_errors(page: &Page<'_>, when: &str) {
    assert_eq!(page.take_errors().await, [""; 0], "{when}");
}

in_both!(threads_run_where_the_host_sends_no_headers[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let server = plain_host(&folder);
    let page = page.on(&server);
    page.open("#/demo/thread-start-join?threads=2&delay=50").await;
    assert_eq!(is(&page, "[crossOriginIsolated, weft.mode, history.state]").await, json!([true, "live", null]));
    assert_eq!(server.asked("/some/folder/"), 2, "one reload");
    page.click("Run").await;
    page.wait_for_run("finished", RUN).await;
    for id in ["thread-start-join", "process-start-join", "http", "streams"] {
        holds(&page, id, json!({})).await;
    }
    no_errors(&page, "on the first visit").await;

    let before = server.asked("/some/folder/");
    page.open("#/demo/process-start-join").await;
    assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]));
    holds(&page, "process-start-join", json!({})).await;
    wait_until_kept(&page).await;
    // Once by the page itself; and the service worker takes it once for its cache.
    assert!(server.asked("/some/folder/") <= before + 2, "no reload on a later visit");
});

in_both!(the_headers_that_are_made_isolate_and_allow_what_is_needed[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let server = reading_host(&folder);
    let page = page.on(&server);
    page.open("#/demo/thread-start-join").await;
    assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]));
    assert_eq!(server.asked("/"), 1, "no reload where the host sends the headers");
    // The first of them from the page of another, while the service worker is not there yet.
    for id in ["http-stream", "thread-start-join", "process-start-join", "streams", "files", "database", "to-thread"] {
        holds(&page, id, json!({})).await;
    }
    no_errors(&page, "by the demos").await;

    // Scripts from elsewhere, and scripts written into the page.
    let other = Server::other_site("window.foreign = true".to_owned());
    page.script(
        "const add = (script) => document.body.append(Object.assign(document.createElement('script'), script));
        add({ src: arguments[0] });
        add({ textContent: 'window.foreign = true' });",
        &[json!(other.address)],
    )
    .await;
    page.wait_for("both are refused", SOON, "return pageErrors.filter((e) => e.includes('policy')).length >= 2", &[])
        .await;
    assert_eq!(is(&page, "window.foreign ?? null").await, json!(null));
    let errors = page.take_errors().await;
    assert!(errors.iter().all(|error| error.contains("policy") || error.contains("did not load")), "{errors:?}");
});

in_both!(a_frame_of_another_site_has_threads_where_it_can[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    for server in [plain_host(&folder), reading_host(&folder)] {
        let framed =
            format!("<!doctype html><title>A course</title><iframe width=900 height=700 src=\"{}", server.address);
        let other = Server::other_site(format!("{framed}#/demo/thread-start-join?threads=2&delay=50\"></iframe>"));
        let page = page.on(&server);
        page.open_other_site(&other).await;
        assert_eq!(is(&page, "top === self").await, json!(false));
        match page.browser() {
            Browser::Chromium => {
                assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]));
                holds(&page, "thread-start-join", json!({})).await;
            }
            Browser::Firefox => {
                assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([false, "recorded"]));
            }
        }
        holds(&page, "sequential-gather", json!({})).await;
        no_errors(&page, "in the frame").await;
    }
});

in_both!(a_sandboxed_frame_runs_tasks_and_shows_recordings[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let server = reading_host(&folder);
    let framed =
        format!("<!doctype html><title>A course</title><iframe sandbox=allow-scripts src=\"{}", server.address);
    let other = Server::other_site(format!("{framed}#/demo/sequential-gather\"></iframe>"));
    let page = page.on(&server);
    page.open_other_site(&other).await;
    assert_eq!(is(&page, "self.origin").await, json!("null"));
    assert_eq!(is(&page, "weft.mode").await, json!("recorded"));
    holds(&page, "sequential-gather", json!({})).await;
    // Recordings and sources can be fetched there too.
    page.wait_for_text("async def program(tasks").await;
    let result = page.run("thread-start-join", json!({})).await.expect("a recording");
    assert_eq!(result["recorded"], json!(true), "{result}");
    no_errors(&page, "in the frame").await;
});

in_both!(a_page_that_is_not_isolated_reloads_once_at_most[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    // A service worker that isolates nothing, as one of an older version; and none.
    std::fs::write(folder.path().join("sw.js"), "onfetch = () => {}; oninstall = () => skipWaiting();").expect("sw.js");
    for (worker, loads) in [(true, 2), (false, 1)] {
        if !worker {
            std::fs::remove_file(folder.path().join("sw.js")).expect("sw.js");
        }
        let server = plain_host(&folder);
        let page = page.on(&server);
        page.open("#/demo/thread-start-join").await;
        assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([false, "recorded"]));
        page.wait_for_text("Threads cannot start in this page").await;
        holds(&page, "sequential-gather", json!({})).await;
        assert_eq!(server.asked("/some/folder/"), loads, "with a service worker: {worker}");
        page.take_errors().await;
    }
});

in_both!(the_headers_in_the_documentation_isolate[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    for example in examples() {
        let name = example.language;
        let server = Server::host(folder.path(), "/weft", move |_| example.headers.clone());
        let page = page.on(&server);
        page.open("#/").await;
        assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]), "{name}");
        assert_eq!(server.asked("/weft/"), 1, "{name}: no reload");
        holds(&page, "thread-start-join", json!({})).await;
    }
});

in_both!(pythons_server_is_enough[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let command = DOCUMENT.lines().find_map(|line| line.strip_prefix("$ python3 ")).expect("an example");
    let mut words: Vec<_> = command.split(' ').collect();
    assert_eq!((words.pop(), words.pop()), (Some("8000"), Some("dist")));
    // It takes a port that is free, and says which.
    let mut python = Command::new("python3")
        .arg("-u")
        .args(words)
        .arg(folder.path())
        .args(["--bind", "127.0.0.1", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Python");
    let mut line = String::new();
    let output = python.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("a line");
    let address = line.split(['(', ')']).find(|part| part.starts_with("http")).expect("an address").to_owned();

    let outcome = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(async {
        let page = page.at(&address);
        page.open("#/demo/thread-start-join?threads=2&delay=50").await;
        assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]));
        holds(&page, "thread-start-join", json!({})).await;
        holds(&page, "http", json!({})).await;
    }))
    .await;
    python.kill().expect("Python ends");
    python.wait().expect("Python has ended");
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
});
