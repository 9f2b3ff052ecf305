//! Sharing what is shown: a link with its parameters, and its trace as a file.

use yew::prelude::*;

use super::browser;
use super::chart_panel::save_trace;
use super::hand_out::use_hand_out;
use super::hooks::use_session;
use crate::app::address::DemoAddress;
use crate::engine::Phase;

/// What the buttons are given.
#[derive(Properties, PartialEq)]
pub struct ShareProps {
    /// The demo, and the contents of its controls.
    pub address: DemoAddress,
}

/// The whole link to a demo with its parameters, with all of the site around it.
pub fn link_to(address: &DemoAddress) -> String {
    let here = browser::window().location().href().unwrap_or_default();
    let site = here.split('#').next().unwrap_or_default();
    format!("{site}{}", address.whole().write())
}

/// A link to the demo, and its trace.
#[component]
pub fn Share(props: &ShareProps) -> Html {
    let app = use_session();
    let link = link_to(&props.address);
    let demo = props.address.demo;
    let handing = use_hand_out(link.clone());
    let copy = {
        let (give, link) = (handing.give(), link.clone());
        Callback::from(move |_: MouseEvent| give.emit(Ok(link.clone())))
    };
    let save = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| save_trace(&app.latest(), &demo.program))
    };
    html! {
        <div class="share" role="group" aria-label="Share">
            if props.address.embedded {
                <a class="whole" href={link.clone()} target="_blank" rel="noopener">{ "Open in Weft" }</a>
            }
            <button type="button" class="quiet" onclick={copy} title="A link to this demo with these parameters">
                { "Copy link" }
            </button>
            // With two runs, each chart has its own button for this.
            if app.session.phase() != Phase::Idle && app.pinned().is_none() {
                <button type="button" class="quiet" onclick={save} title="The trace as JSON, for Perfetto or for later">
                    { "Save trace" }
                </button>
            }
            { handing.view() }
        </div>
    }
}
