//! The site's service worker: registering it, waiting until requests go through it, and telling it when it may cache
//! the site's files.
//!
//! # Invariants
//!
//! - **An engine that makes requests is younger than the page's service worker**; requests of an older one may bypass
//!   it.
//! - **A page reloads itself at most once** to be isolated by the service worker (a mark in the tab's history says so),
//!   and once if the address of its folder lacks the trailing slash. The script in index.html does both.

use std::cell::Cell;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared, select};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use gloo_timers::future::sleep;
use js_sys::{Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RegistrationOptions, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerUpdateViaCache};

use super::browser;
use crate::program::{Need, Program};
use crate::runtime::host::web::{error_text, served};

/// How long a service worker may take to be ready.
const LIMIT: Duration = Duration::from_secs(8);

/// How long a page that needs no service worker waits for it: it is a program of its own, which the browser would start
/// while the page is starting, too.
const REGISTER_AFTER: Duration = Duration::from_secs(1);

/// Milliseconds from then until the service worker may cache the site's files. The browser and the host have more
/// important work before that.
const KEEP_AFTER: u32 = 1_000;

/// The service worker as far as this page is concerned, or why there is none.
pub struct Service {
    settled: Shared<LocalBoxFuture<'static, Result<(), String>>>,
    /// A run waits for it.
    pub waiting: Cell<bool>,
}

impl Service {
    /// Registers it after `begin`: soon, or as soon as a caller waits for it. Callers that wait are told what is wrong.
    pub fn start(begin: impl Future<Output = ()> + 'static) -> Service {
        let settled = async {
            begin.await;
            let limit = sleep(LIMIT).map(|()| Err("it did not start in time".to_owned()));
            select(Box::pin(register()), Box::pin(limit)).await.factor_first().0
        };
        let settled = settled.boxed_local().shared();
        spawn_local({
            let settled = settled.clone();
            // It does nothing until it is polled.
            async move {
                sleep(REGISTER_AFTER).await;
                drop(settled.await);
            }
        });
        Service { settled, waiting: Cell::new(false) }
    }

    /// Waits until requests of this page, and of workers that it starts from then on, go through the service worker.
    ///
    /// # Errors
    /// Why they will not, in a few words.
    pub async fn settled(&self) -> Result<(), String> {
        self.settled.clone().await
    }

    /// Whether that is known already.
    pub fn is_settled(&self) -> bool {
        self.settled.peek().is_some()
    }
}

async fn register() -> Result<(), String> {
    let said = |error| error_text(&error);
    // It is missing where the page was not served over https; in a sandboxed frame even looking for it throws.
    let container = Reflect::get(&browser::window().navigator(), &"serviceWorker".into()).map_err(said)?;
    if container.is_undefined() {
        return Err("it has none for pages like this one".to_owned());
    }
    let container: ServiceWorkerContainer = container.unchecked_into();
    let options = RegistrationOptions::new();
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    let registered = container.register_with_options("sw.js", &options);
    if served() {
        // Registered long ago; without a network that may take long to be confirmed.
        spawn_local(JsFuture::from(registered).map(drop));
    } else {
        JsFuture::from(registered).await.map_err(said)?;
        let ready = JsFuture::from(container.ready().map_err(said)?).await.map_err(said)?;
        let registration: ServiceWorkerRegistration = ready.unchecked_into();
        let (sender, receiver) = oneshot::channel();
        let _listener = EventListener::once(&container, "controllerchange", move |_| {
            // If there is no receiver any more, the outcome is known already.
            let _ = sender.send(());
        });
        if let Some(worker) = registration.active() {
            worker.post_message(&"claim".into()).map_err(said)?;
        }
        // It may have taken control of the page before the listener was there.
        if !served() {
            receiver.await.map_err(|_| "the page was closed".to_owned())?;
        }
    }
    if let Some(build) = build() {
        Timeout::new(KEEP_AFTER, move || tell_started(&container, &build)).forget();
    }
    Ok(())
}

/// The number of a build that `scripts/dist` made. Other builds change all the time, and are not cached.
fn build() -> Option<String> {
    browser::document().document_element()?.get_attribute("data-build")
}

fn tell_started(container: &ServiceWorkerContainer, build: &str) {
    if let Some(worker) = container.controller() {
        // A service worker that is gone caches nothing.
        let _ = worker.post_message(&format!("started {build}").into());
    }
}

/// If the page is about to be reloaded, isolated by the service worker: completes if that does not happen. The script
/// in index.html does the reloading.
pub fn reloading() -> Option<JsFuture> {
    let promise = Reflect::get(&browser::window(), &"weftIsolation".into()).ok()?;
    promise.dyn_into::<Promise>().ok().map(JsFuture::from)
}

/// Whether a run of this program should wait for the service worker.
pub fn wanted(program: &Program) -> bool {
    program.needs.contains(&Need::Http)
}
