//! The notice that no service worker runs, for a program that makes requests.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::hooks::use_app;
use crate::app::words;

/// Says that no service worker runs, and what that means for a demo that makes requests.
#[component]
pub fn ServiceNotice() -> Html {
    let app = use_app();
    let problem = use_state(|| None::<String>);
    use_effect_with(app.clone(), {
        let problem = problem.setter();
        move |app| {
            let app = app.clone();
            spawn_local(async move { problem.set(app.service.settled().await.err()) });
        }
    });
    match &*problem {
        Some(problem) => html! { <p class="notice" role="note">{ words::no_service_worker(problem) }</p> },
        None => Html::default(),
    }
}
