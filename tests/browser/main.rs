//! Weft in Chromium and Firefox, used as a person uses it and read back through `window.weft`.
//!
//! The tests need the built site: `scripts/test` builds it, says where it is in `WEFT_SITE`, and runs them. Without it
//! they are listed as ignored. Each test is written once and run in each of its browsers; `cases` says what a test may
//! need for itself, `fleet` lends it a browser.

mod cases;
mod driver;
mod fleet;
mod page;
mod server;
#[path = "../support/hosting.rs"]
mod support_hosting;

/// Makes a test: `in_both!(name, async |page| …)`. It is run in both browsers, in a tab of its own, unless something else
/// is said: `in_both!(name [needs(Needs::Browser), when(When::Full)], async |page| …)`.
macro_rules! in_both {
    ($name:ident $([$($said:ident($value:expr)),+])?, $test:expr) => {
        inventory::submit! {
            $crate::cases::Case::new(module_path!(), stringify!($name), |browser, name, needs| {
                $crate::run(browser, name, needs, $test)
            })
            $($(.$said($value))+)?
        }
    };
}

mod axe;
mod bench;
mod chart;
mod choose;
mod compare;
mod cpython;
mod defects;
mod demos;
mod embed;
mod embed_docs;
mod failures;
mod first_visit;
mod home;
mod hosting;
mod measured;
mod models;
mod outside;
mod process_costs;
mod processes;
mod python;
mod recordings;
mod smoke;
mod soak;
mod sweep;
mod tasks;
mod twins;
mod workspace;

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use crate::cases::{Case, Needs, When};
use crate::driver::{Browser, Session};
use crate::fleet::Shared;
use crate::page::Page;
use crate::server::{ISOLATED, Server};

/// Connections to drivers outlive tests.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!("{place}: "));
        PANIC.set(Some(format!("{place}{}", panic.payload_as_str().unwrap_or("a panic"))));
    }));
    let conclusion = libtest_mimic::run(&arguments, trials());
    RUNTIME.block_on(fleet::close());
    hosting::close();
    print_slowest();
    conclusion.exit_code()
}

thread_local! {
    /// What the last panic on this thread said, and where it was.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// All tests, those that want the machine for themselves at the end, so that the others need not wait for them.
fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in inventory::iter::<Case> {
        for &browser in case.browsers {
            let (run, needs) = (case.run, case.needs);
            let name = format!("{}::{browser}", case.name());
            let trial = Trial::test(name.clone(), move || Ok(run(browser, &name, needs)?));
            trials.push((needs, case.when_in(browser), trial));
        }
    }
    for (id, params, browser, when) in demos::all() {
        let settings = params.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}::"));
        let name = format!("demo::{id}::{}{browser}", settings.collect::<String>());
        let trial = Trial::test(name.clone(), move || {
            Ok(run(browser, &name, Needs::WarmPage, async |page| demos::runs(page, id, params).await)?)
        });
        trials.push((Needs::WarmPage, when, trial));
    }
    trials.sort_by_cached_key(|(needs, _, trial)| (*needs == Needs::Machine, trial.name().to_owned()));
    let has_site = std::env::var_os("WEFT_SITE").is_some();
    let listed = |(_, when, trial): (Needs, When, Trial)| trial.with_ignored_flag(!has_site || !when.is_now());
    trials.into_iter().map(listed).collect()
}

/// How long tests took, in seconds.
static TIMES: Mutex<Vec<(f64, String)>> = Mutex::new(Vec::new());

fn print_slowest() {
    let mut times = std::mem::take(&mut *TIMES.lock().unwrap_or_else(PoisonError::into_inner));
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    if times.len() > 1 {
        println!("seconds  of the slowest tests");
        times.iter().take(10).for_each(|(seconds, name)| println!("{seconds:7.1}  {name}"));
    }
}

/// The folder of the built site.
fn site() -> PathBuf {
    let site = std::env::var_os("WEFT_SITE").map(PathBuf::from);
    site.expect("WEFT_SITE should name the folder of the built site; scripts/test sets it")
}

/// Runs a test, and says what was wrong. Errors that the page met and the test did not ask for with
/// [`Page::take_errors`] are wrong too.
fn run(browser: Browser, name: &str, needs: Needs, test: impl AsyncFnOnce(&Page<'_>)) -> Result<(), String> {
    let _turn = fleet::turn(needs);
    let began = Instant::now();
    let outcome = run_now(browser, name, needs, test);
    let took = (began.elapsed().as_secs_f64(), name.to_owned());
    TIMES.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    outcome
}

fn run_now(browser: Browser, name: &str, needs: Needs, test: impl AsyncFnOnce(&Page<'_>)) -> Result<(), String> {
    // As a file's name.
    let picture = name.rsplit_once("::").map_or(name, |(name, _)| name).replace("::", "-");
    let test = async {
        let page_name = format!("{browser}-{picture}");
        match needs {
            Needs::Browser | Needs::Machine => {
                let server = Server::start(&site(), ISOLATED).await;
                let session = Session::start(browser).await;
                let outcome = watched(&Page::new(&session, &server, page_name), test).await;
                session.close().await;
                outcome
            }
            Needs::Tab => {
                let server = Server::start(&site(), ISOLATED).await;
                let shared = Shared::take(browser).await;
                shared.fresh_tab().await;
                let outcome = watched(&Page::new(&shared.session, &server, page_name), test).await;
                give_back(shared, outcome.is_ok()).await;
                outcome
            }
            Needs::WarmPage => {
                let server = fleet::warm_server().await;
                let mut shared = Shared::take(browser).await;
                let new = shared.warm_tab().await;
                let page = Page::new(&shared.session, server, page_name);
                let test = async |page: &Page<'_>| {
                    if new {
                        page.open("#/").await;
                    }
                    test(page).await;
                };
                let outcome = watched(&page, test).await;
                give_back(shared, outcome.is_ok()).await;
                outcome
            }
        }
    };
    // Dropping what is not done ends its browser.
    let limit = cases::limit() + AROUND;
    let done = RUNTIME.block_on(async { tokio::time::timeout(limit, test).await });
    done.unwrap_or_else(|_| Err(format!("{browser} did not start or close within {AROUND:?}")))
}

/// How long a browser may take to start, to tell what went wrong, and to close.
const AROUND: Duration = Duration::from_secs(300);

/// How long a page may take to tell what went wrong.
const REPORT: Duration = Duration::from_secs(30);

async fn give_back(shared: Shared, passed: bool) {
    if passed {
        shared.give_back().await;
    } else {
        shared.session.close().await;
    }
}

/// Runs a test on a page. If it fails, the sentence has all that the page can say about it.
async fn watched(page: &Page<'_>, test: impl AsyncFnOnce(&Page<'_>)) -> Result<(), String> {
    let limit = cases::limit();
    let outcome = AssertUnwindSafe(tokio::time::timeout(limit, test(page))).catch_unwind().await;
    let errors = tokio::time::timeout(REPORT, page.take_errors()).await;
    let errors = errors.unwrap_or_else(|_| vec!["the page does not answer".to_owned()]);
    let wrong = match outcome {
        Err(_) => PANIC.take().unwrap_or_else(|| "a panic".to_owned()),
        Ok(Err(_)) => format!("not done after {limit:?}"),
        Ok(Ok(())) if errors.is_empty() => return Ok(()),
        Ok(Ok(())) => "the page met errors".to_owned(),
    };
    let report = tokio::time::timeout(REPORT, page.report(&errors)).await;
    Err(format!("{wrong}\n{}", report.unwrap_or_else(|_| "The page does not answer.".to_owned())))
}
