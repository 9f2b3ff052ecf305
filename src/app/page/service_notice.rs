//! The notice that no service worker runs, for a program that makes requests.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::hooks::use_site;
use crate::app::words;

/// Says that no service worker runs, and what that means for a demo that makes requests.
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
