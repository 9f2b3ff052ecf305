//! Sharing what is shown: a link with its parameters, and its trace as a file.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::browser;
use super::chart_panel::save_trace;
use super::hooks::use_session;
use crate::app::address::DemoAddress;
use crate::engine::Phase;

/// What the buttons are given.
#[derive(Properties, PartialEq)]
pub struct ShareProps {
    /// The demo, and the contents of its controls.
    pub address: DemoAddress,
}

/// Whether the link has been handed out, and how.
#[derive(Clone, PartialEq)]
enum Given {
    No,
    /// It is on the clipboard.
    Copied,
    /// The reader has to copy it: the browser does not let the page do it.
    Shown,
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
    let given = use_state_eq(|| Given::No);
    let field = use_node_ref();
    let link = link_to(&props.address);
    let demo = props.address.demo;
    // A new link has not been handed out yet.
    use_effect_with(link.clone(), {
        let given = given.setter();
        move |_| given.set(Given::No)
    });
    use_effect_with((*given).clone(), {
        let field = field.clone();
        move |given| {
            if let (Given::Shown, Some(field)) = (given, field.cast::<HtmlInputElement>()) {
                // A field takes the focus.
                let _ = field.focus();
                field.select();
            }
        }
    });
    let copy = {
        let (given, link) = (given.setter(), link.clone());
        Callback::from(move |_: MouseEvent| {
            let (given, link) = (given.clone(), link.clone());
            wasm_bindgen_futures::spawn_local(async move {
                given.set(if browser::copy(&link).await { Given::Copied } else { Given::Shown });
            });
        })
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
            <span class="faint" role="status">{ match *given {
                Given::No => "",
                Given::Copied => "Copied.",
                Given::Shown => "Copy it from here:",
            } }</span>
            if *given == Given::Shown {
                <input type="text" class="link" readonly=true value={link} ref={field} aria-label="Link" />
            }
        </div>
    }
}
