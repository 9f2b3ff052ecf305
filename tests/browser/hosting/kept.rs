//! What a browser keeps of the site: it goes on when its host is gone, and an open page keeps its version when there is
//! a new one.

use std::time::Duration;

use serde_json::json;

use super::{EXTRA, ON_DEMAND, finished, is, no_errors, plain_host, put, reading_host, wait_until_kept};
use crate::cases::Needs;
use crate::demos::holds;
use crate::driver::Browser;
use crate::page::Page;

in_both!(without_a_network_the_site_goes_on[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    for server in [plain_host(&folder), reading_host(&folder)] {
        let page = page.on(&server);
        page.open("#/demo/thread-start-join").await;
        assert_eq!(page.evaluate(&format!("fetch('{EXTRA}').then((file) => file.json())"), &[]).await, Ok(json!("1")));
        wait_until_kept(&page).await;
        let [used, unused] = ON_DEMAND;
        for name in ON_DEMAND {
            let is_kept = format!("(await caches.match('{name}')) !== undefined");
            assert_eq!(page.evaluate(&is_kept, &[]).await, Ok(json!(false)), "{name} is kept before its first use");
        }
        let use_it = format!("fetch('{used}').then((file) => file.text())");
        assert_eq!(page.evaluate(&use_it, &[]).await, Ok(json!("// version 1")));
        page.go("#/write").await;
        runs_python(&page).await;
        no_errors(&page, "with a host").await;

        server.stop();
        page.reload().await;
        runs_python(&page).await;
        page.go("#/demo/thread-start-join").await;
        assert!(page.evaluate("fetch('elsewhere.txt')", &[]).await.is_err(), "the host is gone");
        assert_eq!(page.evaluate(&use_it, &[]).await, Ok(json!("// version 1")), "what was used is kept");
        assert!(page.evaluate(&format!("fetch('{unused}')"), &[]).await.is_err(), "what was not used is not kept");
        assert_eq!(is(&page, "[crossOriginIsolated, weft.mode]").await, json!([true, "live"]));
        page.wait_for_text("def program(threads, delay):").await;
        for id in ["thread-start-join", "process-start-join", "http"] {
            holds(&page, id, json!({})).await;
        }
        page.screenshot("offline").await;
        no_errors(&page, "without a host").await;
    }
});

/// The editor and the interpreter, which were loaded when they were first used, are there.
async fn runs_python(page: &Page<'_>) {
    page.wait_for_element("//*[contains(@class, 'cm-content')]").await;
    let run = "(await weft.python('import threading; print(6 * 7)')).console[0].text";
    assert_eq!(page.evaluate(run, &[]).await, Ok(json!("42")));
}

/// The site's files that a page has loaded, by name.
async fn loaded(page: &Page<'_>) -> Vec<String> {
    let names = page
        .script(
            "return performance.getEntriesByType('resource').map(({ name }) => name)
                .filter((name) => name.startsWith(new URL('.', location).href))
                .map((name) => name.slice(new URL('.', location).href.length))",
            &[],
        )
        .await;
    serde_json::from_value(names).expect("names")
}

in_both!(an_open_page_keeps_its_version_until_it_is_loaded_anew[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let server = plain_host(&folder);
    let page = page.on(&server);
    let extra = format!("fetch('{EXTRA}').then((file) => file.json())");
    page.open("#/demo/thread-start-join").await;
    let first = is(&page, "document.documentElement.dataset.build").await;
    wait_until_kept(&page).await;
    assert_eq!(page.evaluate(&extra, &[]).await, Ok(json!("1")));
    let old_files = loaded(&page).await;
    let program = old_files.iter().find(|name| name.ends_with(".js") && name.starts_with("weft-")).expect("a program");
    let count =
        "window.takeovers = 0; navigator.serviceWorker.addEventListener('controllerchange', () => window.takeovers++)";
    page.script(count, &[]).await;
    no_errors(&page, "before").await;

    put("2", folder.path());
    assert!(!folder.path().join(program).exists(), "the new version has other names");

    // Another tab gets the new version, and only that.
    let old_tab = page.tab().await;
    page.go_to_tab(None).await;
    page.open("#/demo/thread-start-join").await;
    let second = is(&page, "document.documentElement.dataset.build").await;
    assert_ne!(first, second);
    assert_eq!(page.evaluate(&extra, &[]).await, Ok(json!("2")));
    holds(&page, "thread-start-join", json!({})).await;
    for name in loaded(&page).await {
        let differs = name.starts_with("weft-") || name.starts_with("style-");
        assert!(!differs || !old_files.contains(&name), "{name} is of the old version");
    }
    wait_until_kept(&page).await;
    assert_eq!(page.evaluate(&extra, &[]).await, Ok(json!("2")));
    no_errors(&page, "in the new tab").await;
    let new_tab = page.tab().await;

    // The old one goes on, with all of its own files, though they are gone from the host.
    page.go_to_tab(Some(old_tab.clone())).await;
    assert_eq!(is(&page, "document.documentElement.dataset.build").await, first);
    assert_eq!(page.evaluate(&extra, &[]).await, Ok(json!("1")));
    let text = page.evaluate(&format!("fetch('{program}').then((file) => file.text())"), &[]).await.expect("a file");
    assert!(text.as_str().is_some_and(|text| text.contains("/* version 1 */")), "it gets its own program");
    holds(&page, "thread-start-join", json!({ "threads": 5 })).await;
    holds(&page, "process-start-join", json!({})).await;
    no_errors(&page, "in the old tab").await;

    // Nothing takes over from the service worker that serves them: Chromium may lose a page in that moment.
    assert_eq!(page.script("return window.takeovers", &[]).await, json!(0), "the new one waits");
    if page.browser() == Browser::Chromium {
        // (Firefox hands out a registration without any worker now and then, while the page's own goes on.)
        let states = "{
            const registration = await navigator.serviceWorker.getRegistration();
            const { installing, waiting, active } = registration;
            return [installing, waiting, active].map((worker) => worker && worker.state);
        }";
        // Its files are kept a moment before it is done with its installation.
        let expected = Ok(json!([null, "installed", "activated"]));
        let mut known = page.evaluate(states, &[]).await;
        for _ in 0..200 {
            if known == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            known = page.evaluate(states, &[]).await;
        }
        assert_eq!(known, expected, "the new one waits");
    }

    // Loaded anew, it is of the new version; and then nothing is left of the old one.
    page.reload().await;
    assert_eq!(is(&page, "document.documentElement.dataset.build").await, second);
    assert_eq!(page.evaluate(&extra, &[]).await, Ok(json!("2")));
    holds(&page, "thread-start-join", json!({})).await;
    no_errors(&page, "in the old tab, loaded anew").await;
    page.go_to_tab(Some(new_tab)).await;
    page.reload().await;
    let gone = "{ return (await caches.keys()).every((name) => !name.endsWith(` ${arguments[0]}`)) }";
    for _ in 0..200 {
        if page.evaluate(gone, std::slice::from_ref(&first)).await == Ok(json!(true)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(page.evaluate(gone, &[first]).await, Ok(json!(true)), "the old version is forgotten");
});

in_both!(a_reload_brings_the_new_version[needs(Needs::Browser)], async |page| {
    let folder = finished("1");
    let server = reading_host(&folder);
    let page = page.on(&server);
    page.open("#/demo/thread-start-join").await;
    let first = is(&page, "document.documentElement.dataset.build").await;
    wait_until_kept(&page).await;
    put("2", folder.path());
    page.reload().await;
    assert_ne!(is(&page, "document.documentElement.dataset.build").await, first);
    holds(&page, "thread-start-join", json!({})).await;
    wait_until_kept(&page).await;
    no_errors(&page, "with the new version").await;

    server.stop();
    page.reload().await;
    assert_ne!(is(&page, "document.documentElement.dataset.build").await, first);
    holds(&page, "thread-start-join", json!({})).await;
});
