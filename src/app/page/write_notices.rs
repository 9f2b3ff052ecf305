//! What the page for the reader's own program says above it: where the program comes from, why it cannot run here, and that the
//! interpreter has failed.

use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::hand_out::use_hand_out;
use super::hooks::use_phases;
use crate::app::address::{Brought, WriteAddress};
use crate::app::lights::line_of;
use crate::app::words;
use crate::demos::Demo;
use crate::program::write::{FILE, GIL};
use crate::trace::Nanos;

/// Whether this site has the interpreter.
pub fn has_python() -> bool {
    browser::named_in_head("weft-python").is_some()
}

/// Where the program comes from, if it is not the reader's own.
pub fn origin(address: &WriteAddress, changed: bool, show_original: &Callback<MouseEvent>) -> Html {
    let (from, back) = match &address.brought {
        Brought::Own => return Html::default(),
        Brought::Code(_) => (html! { { "This program came with the link. " } }, "Your own is kept: back to it"),
        Brought::Demo(id) => {
            let Some(demo) = Demo::find(id) else { return Html::default() };
            let href = format!("#/demo/{id}");
            let from = html! { <>{ "This is the Python of " }<a {href}>{ demo.program.title }</a>{ ". " }</> };
            (from, "Back to your own program")
        }
    };
    html! {
        <p class="notice origin" role="note">
            { from }
            if changed {
                { "You have changed it. " }
                <button type="button" class="quiet" onclick={show_original}>{ "Show it as it was" }</button>
                { " " }
            }
            if !address.embedded { <a href="#/write">{ back }</a> }
        </p>
    }
}

/// What is said where the interpreter itself has failed, with what a report about it needs.
#[component]
pub fn Fault() -> Html {
    let app = use_phases();
    let handing = use_hand_out(app.runs());
    let Some(report) = fault(&app) else { return Html::default() };
    let copy = {
        let give = handing.give();
        Callback::from(move |_: MouseEvent| give.emit(Ok(report.clone())))
    };
    html! {
        <p class="notice wrong" role="alert">
            { "The interpreter failed here, and that is our fault, not your program’s. " }
            <button type="button" class="quiet" onclick={copy}>{ "Copy a report" }</button>
            { " " }{ handing.view() }
        </p>
    }
}

/// A report about the interpreter's failure, if there was one.
fn fault(app: &AppContext) -> Option<String> {
    let run = app.session.run();
    let problem = run.problem.as_ref().filter(|problem| problem.internal)?;
    let spec = run.spec.as_ref()?;
    let lane = problem.lane.as_deref().unwrap_or_default();
    let timeline = run.timeline();
    let of = timeline.lanes.iter().find(|other| other.name == lane);
    let line = of.and_then(|of| line_of(timeline, of.id, FILE, of.end.as_ref()?.time.saturating_sub(Nanos(1))));
    let line = line.map_or(String::new(), |line| format!(", at {FILE}:{line}"));
    let (version, message) = (env!("CARGO_PKG_VERSION"), &problem.message);
    let gil = spec.values.get(GIL.name).map(ToString::to_string).unwrap_or_default();
    let source = spec.source.as_deref().unwrap_or_default();
    Some(format!("Weft {version}, GIL {gil}: {message}\nin lane {lane}{line}\n\n{source}"))
}

/// What readers must know before they run a program here.
pub fn notice(app: &AppContext, embedded: bool) -> Html {
    if !app.session.live() {
        let (secure, framed) = (browser::secure(), browser::framed());
        let made = app.session.run().recorded.clone();
        return html! {
            <p class="notice" role="note">
                { words::no_threads(secure, framed) }
                { match made {
                    Some(made) => format!(" {}", words::recording(&made, "")),
                    None => " Your own programs cannot run here; the examples were recorded.".to_owned(),
                } }
                if embedded { { " “Open in Weft” leads to a tab of its own, where they can." } }
            </p>
        };
    }
    if !has_python() {
        return html! {
            <p class="notice">{ "This site was built without Python. To have it, run " }<code>{ "scripts/python" }</code>
                { " and build the site again." }</p>
        };
    }
    Html::default()
}
