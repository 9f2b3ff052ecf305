//! The notice, where threads cannot start, that what is shown is a recording.

use yew::prelude::*;

use super::browser;
use super::hooks::use_session;
use super::share::link_to;
use crate::app::address::DemoAddress;
use crate::app::words;

/// What the notice is given.
#[derive(Properties, PartialEq)]
pub struct RecordedNoticeProps {
    /// The demo, and the contents of its controls.
    pub address: DemoAddress,
}

/// Says that what is shown was recorded elsewhere, where and when, and how to run the demo live.
#[component]
pub fn RecordedNotice(props: &RecordedNoticeProps) -> Html {
    let app = use_session();
    let (secure, framed) = (browser::secure(), browser::framed());
    let shown = app.shown();
    let shown = shown.with(|run| run.spec.clone().zip(run.recorded.clone()));
    html! {
        <p class="notice" role="note">
            { words::no_threads(secure, framed) }
            if let Some((spec, made)) = shown {
                { " " }{ words::recording(&made, &words::parameters(&spec)) }
            }
            if framed {
                { " " }
                <a href={link_to(&props.address)} target="_blank" rel="noopener">{ "Run it live in a tab of its own" }</a>
            }
        </p>
    }
}
