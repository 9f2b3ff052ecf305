//! Where threads cannot start: fetching a recording of the demo, and saying that it is one.

use wasm_bindgen::prelude::*;
use yew::prelude::*;

use super::browser;
use super::hooks::use_session;
use super::share::link_to;
use crate::app::address::DemoAddress;
use crate::app::{recordings, words};
use crate::demos::{Seen, Status, observations};
use crate::engine::{Delivery, Phase, Problem, Recording, Settings};
use crate::runtime::host::web::error_text;

#[wasm_bindgen(module = "/src/app/page/recorded.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn unpacked(address: &str) -> Result<JsValue, JsValue>;
}

/// The text of a file of the site, which may be packed.
///
/// # Errors
/// Why it cannot be had, in a few words.
pub async fn text_of(address: &str) -> Result<String, String> {
    let text = unpacked(address).await.map_err(|error| error_text(&error))?;
    Ok(text.as_string().unwrap_or_default())
}

/// The recording of this demo that was made with the parameters most like these.
///
/// # Errors
/// A sentence, if there is none.
pub async fn fetch(settings: &Settings) -> Result<Recording, String> {
    let demo = settings.demo;
    let file = text_of(&format!("recordings/{}.gz", demo.id)).await;
    let file = file.map_err(|error| format!("There is no recording here ({error})."))?;
    let found = recordings::nearest(demo, &settings.values, &file)?;
    let seen = Seen { timeline: &found.timeline, values: &found.values, speed: 1.0 };
    Ok(Recording {
        observations: observations(demo, &seen),
        settings: Settings { demo, values: found.values, speed: 1.0 },
        phase: match found.status {
            Status::Finished => Phase::Finished,
            Status::Failed => Phase::Failed,
            Status::Stopped => Phase::Stopped,
        },
        problem: found.problem.map(|(lane, message)| Problem { lane, message }),
        recorded: Some(found.made),
        elapsed: found.elapsed,
        timeline: found.timeline,
        delivery: Delivery::default(),
    })
}

/// What the notice is given.
#[derive(Properties, PartialEq)]
pub struct RecordedNoticeProps {
    /// The demo, and what stands in its controls.
    pub address: DemoAddress,
}

/// That what is shown was recorded elsewhere, where and when, and how to have the demo run.
#[component]
pub fn RecordedNotice(props: &RecordedNoticeProps) -> Html {
    let site = use_session();
    let (secure, framed) = (browser::secure(), browser::framed());
    let shown = site.shown();
    let shown = shown.settings().zip(shown.recorded());
    html! {
        <p class="notice" role="note">
            { words::no_threads(secure, framed) }
            if let Some((settings, made)) = shown {
                { " " }{ words::recording(&made, &words::settings(settings.demo, &settings.values, 1.0)) }
            }
            if framed {
                { " " }
                <a href={link_to(&props.address)} target="_blank" rel="noopener">{ "Run it live in a tab of its own" }</a>
            }
        </p>
    }
}
