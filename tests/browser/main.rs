//! Weft in Chromium and Firefox, used as a person uses it and read back through `window.weft`.
//!
//! The tests need the built site: `scripts/test` builds it, says where it is in `WEFT_SITE`, and runs them. A bare
//! `cargo test` lists them as ignored. Each test is run once in each browser, on a server, a driver and a profile of
//! its own, one at a time, since the tests measure.

#[path = "../support/contract.rs"]
mod contract;
mod driver;
mod page;
mod server;
#[path = "../support/hosting.rs"]
mod support_hosting;

/// Makes two tests of one: `name::chromium` and `name::firefox`.
macro_rules! in_both {
    ($(#[$attribute:meta])* $name:ident, $test:expr) => {
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[test]
            #[ignore = "needs the built site; scripts/test builds it and runs this"]
            fn chromium() {
                crate::run($crate::driver::Browser::Chromium, stringify!($name), $test);
            }

            #[test]
            #[ignore = "needs the built site; scripts/test builds it and runs this"]
            fn firefox() {
                crate::run($crate::driver::Browser::Firefox, stringify!($name), $test);
            }
        }
    };
}

mod bench;
mod choose;
mod compare;
mod demos;
mod embed;
mod embed_docs;
mod failures;
mod first_visit;
mod hosting;
mod measured;
mod models;
mod outside;
mod process_costs;
mod processes;
mod recordings;
mod smoke;
mod sweep;
mod tasks;

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;

use crate::driver::{Browser, Session};
use crate::page::Page;
use crate::server::{ISOLATED, Server};

/// How long one test may take.
const LIMIT: Duration = Duration::from_secs(180);

/// The folder of the built site.
fn site() -> PathBuf {
    let site = std::env::var_os("WEFT_SITE").map(PathBuf::from);
    site.expect("WEFT_SITE should name the folder of the built site; scripts/test sets it")
}

/// Runs a test on a fresh page. The browser is closed however the test ends. Errors that the page met and the test
/// did not ask for with [`Page::take_errors`] fail it too.
fn run(browser: Browser, name: &str, test: impl AsyncFnOnce(&Page<'_>)) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let site = site();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(&site, ISOLATED).await;
        let session = Session::start(browser).await;
        let page = Page::new(&session, &server, format!("{browser}-{name}"));

        let limit = if std::env::var_os("WEFT_FULL").is_some() { sweep::LIMIT } else { LIMIT };
        let outcome = AssertUnwindSafe(tokio::time::timeout(limit, test(&page))).catch_unwind().await;
        let passed = matches!(outcome, Ok(Ok(())));
        let errors = page.take_errors().await;
        if !passed {
            page.screenshot("failed").await;
        }
        session.close().await;

        match outcome {
            Err(panic) => {
                if !errors.is_empty() {
                    eprintln!("in {browser}, errors on the page: {errors:#?}");
                }
                resume_unwind(panic)
            }
            Ok(Err(_)) => panic!("in {browser}: not done after {limit:?}; errors on the page: {errors:#?}"),
            Ok(Ok(())) => assert!(errors.is_empty(), "in {browser}, errors on the page: {errors:#?}"),
        }
    });
}
