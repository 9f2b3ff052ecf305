//! The site's service worker: registering it, waiting until requests go through it, and telling it when there is time to
//! keep the site's files.

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
use yew::prelude::*;

use super::browser;
use super::hooks::use_site;
use crate::app::words;
use crate::demos::{Demo, Need};
use crate::runtime::host::web::{error_text, served};

/// How long a service worker may take to stand.
const LIMIT: Duration = Duration::from_secs(8);

/// How long a page that needs no service worker waits for it: it is a program of its own, which the browser would start
/// while the page starts too.
const REGISTER_AFTER: Duration = Duration::from_secs(1);

/// Milliseconds from there until the service worker may keep the site's files. The browser and the host have something
/// better to do before that.
const KEEP_AFTER: u32 = 1_000;

/// The service worker, as it is for this page: or why there is none.
pub struct Service {
    settled: Shared<LocalBoxFuture<'static, Result<(), String>>>,
    /// A run waits for it.
    pub waiting: Cell<bool>,
}

impl Service {
    /// Registers it after `begin`: soon, or as soon as somebody waits for it. What is in the way is told to whoever does.
    pub fn start(begin: impl Future<Output = ()> + 'static) -> Service {
        let settled = async {
            begin.await;
            let limit = sleep(LIMIT).map(|()| Err("it did not start in time".to_owned()));
            select(Box::pin(register()), Box::pin(limit)).await.factor_first().0
        };
        let settled = settled.boxed_local().shared();
        spawn_local({
            let settled = settled.clone();
            // It does nothing before it is waited for.
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
    // It is missing where the page did not come through https; in a sandboxed frame even looking for it throws.
    let container = Reflect::get(&browser::window().navigator(), &"serviceWorker".into()).map_err(said)?;
    if container.is_undefined() {
        return Err("it has none for pages like this one".to_owned());
    }
    let container: ServiceWorkerContainer = container.unchecked_into();
    let options = RegistrationOptions::new();
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    let registered = container.register_with_options("sw.js", &options);
    if served() {
        // Registered long ago; without a network it may take long to hear so.
        spawn_local(JsFuture::from(registered).map(drop));
    } else {
        JsFuture::from(registered).await.map_err(said)?;
        let ready = JsFuture::from(container.ready().map_err(said)?).await.map_err(said)?;
        let registration: ServiceWorkerRegistration = ready.unchecked_into();
        let (sender, receiver) = oneshot::channel();
        let _listener = EventListener::once(&container, "controllerchange", move |_| {
            // Somebody who does not listen any more knows it already.
            let _ = sender.send(());
        });
        if let Some(worker) = registration.active() {
            worker.post_message(&"claim".into()).map_err(said)?;
        }
        // It may have taken the page in before anybody listened.
        if !served() {
            receiver.await.map_err(|_| "the page was closed".to_owned())?;
        }
    }
    if let Some(build) = build() {
        Timeout::new(KEEP_AFTER, move || tell_started(&container, &build)).forget();
    }
    Ok(())
}

/// The number of a build that `scripts/dist` made. Others change all the time, and are not kept.
fn build() -> Option<String> {
    browser::document().document_element()?.get_attribute("data-build")
}

fn tell_started(container: &ServiceWorkerContainer, build: &str) {
    if let Some(worker) = container.controller() {
        // A service worker that is gone keeps nothing.
        let _ = worker.post_message(&format!("started {build}").into());
    }
}

/// Where the page is about to be loaded once more, isolated by the service worker: ends when that does not come. The
/// script in index.html sees to it.
pub fn reloading() -> Option<JsFuture> {
    let promise = Reflect::get(&browser::window(), &"weftIsolation".into()).ok()?;
    promise.dyn_into::<Promise>().ok().map(JsFuture::from)
}

/// That no service worker runs, and what that means for a demo that makes requests.
#[component]
pub fn ServiceNotice() -> Html {
    let site = use_site();
    let problem = use_state(|| None::<String>);
    use_effect_with(site.clone(), {
        let problem = problem.setter();
        move |site| {
            let site = site.clone();
            spawn_local(async move { problem.set(site.service.settled().await.err()) });
        }
    });
    match &*problem {
        Some(problem) => html! { <p class="notice" role="note">{ words::no_service_worker(problem) }</p> },
        None => Html::default(),
    }
}

/// Whether a run of this demo should wait for the service worker.
pub fn wanted(demo: &Demo) -> bool {
    demo.needs.contains(&Need::Http)
}
