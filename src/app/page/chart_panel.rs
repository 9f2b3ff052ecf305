//! The chart with what stands around it: buttons, legend, tooltip, and the run in words.

use serde_json::{Map, json};
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use super::legend::Legend;
use super::site::{Site, use_session};
use super::stage::{Outlook, Parts, Stage};
use super::{browser, gestures, keys};
use crate::app::results;
use crate::demos::Demo;
use crate::engine::Phase;
use crate::timeline::chrome;

/// What the panel is given.
#[derive(Properties)]
pub struct ChartPanelProps {
    /// Whose run.
    pub demo: &'static Demo,
    /// What to say about the run beside its title.
    pub note: Option<String>,
}

impl PartialEq for ChartPanelProps {
    fn eq(&self, other: &ChartPanelProps) -> bool {
        self.demo.id == other.demo.id && self.note == other.note
    }
}

/// How much a press on a button zooms.
const ZOOM: f64 = 1.6;

/// The chart of the session's run.
#[component]
pub fn ChartPanel(props: &ChartPanelProps) -> Html {
    let site = use_session();
    let phase = site.session.phase();
    let outlook = use_state_eq(Outlook::default);
    let trouble = use_state_eq(|| false);
    let stage = use_mut_ref(|| None::<Stage>);
    let (canvas, scroller, rows) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (tip, words, hint) = (use_node_ref(), use_node_ref(), use_node_ref());

    use_effect_with(site.clone(), {
        let parts = parts(&canvas, &scroller, &rows, &tip, &words);
        let (stage, outlook, trouble, hint) = (stage.clone(), outlook.setter(), trouble.setter(), hint.clone());
        move |site| {
            let seen = Callback::from(move |seen| outlook.set(seen));
            match parts().map(|parts| Stage::new(site.clone(), parts, seen)) {
                Some(Ok(new)) => {
                    if let Some(hint) = hint.cast::<HtmlElement>() {
                        gestures::listen(&new, hint);
                    }
                    keys::listen(&new);
                    let shown = new.clone();
                    site.set_shower(Some(Callback::from(move |spans: Vec<_>| shown.show(&spans))));
                    stage.replace(Some(new));
                }
                _ => trouble.set(true),
            }
            let site = site.clone();
            move || {
                site.set_shower(None);
                site.set_moment(None);
                stage.replace(None);
            }
        }
    });

    let on_stage = |action: fn(&Stage)| {
        let stage = stage.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(stage) = &*stage.borrow() {
                action(stage);
            }
        })
    };
    let toggle = {
        let stage = stage.clone();
        Callback::from(move |state| {
            if let Some(stage) = &*stage.borrow() {
                stage.change(|chart, _| chart.toggle_state(state));
            }
        })
    };
    let save_svg = {
        let (stage, demo) = (stage.clone(), props.demo);
        Callback::from(move |_: MouseEvent| {
            if let Some(stage) = &*stage.borrow() {
                save(demo, "svg", "image/svg+xml", &stage.svg(demo.title));
            }
        })
    };
    let save_trace = {
        let (site, demo) = (site.clone(), props.demo);
        Callback::from(move |_: MouseEvent| save(demo, "trace.json", "application/json", &chrome_trace(&site)))
    };
    let following = outlook.follows || phase != Phase::Running;
    let empty = phase == Phase::Idle;
    html! {
        <section class="panel chart" aria-labelledby="chart-title">
            <div class="panel-head">
                <h2 id="chart-title">{ "Who ran when" }</h2>
                if let Some(note) = &props.note { <p class="note">{ note }</p> }
                <div class="tools" role="group" aria-label="Chart">
                    { tool("Zoom in", "+", on_stage(|stage| stage.zoom(ZOOM))) }
                    { tool("Zoom out", "−", on_stage(|stage| stage.zoom(1.0 / ZOOM))) }
                    { tool("Show the whole run", "Fit", on_stage(|stage| stage.change(|chart, _| chart.fit()))) }
                    <button type="button" class="quiet" aria-pressed={outlook.all_arrows.to_string()}
                        title="Show all arrows from causes to effects, not only those of the selection"
                        onclick={on_stage(|stage| stage.change(|chart, _| chart.all_arrows = !chart.all_arrows))}>
                        { "Arrows" }
                    </button>
                    if !empty {
                        { tool("Save what is in view as an SVG picture", "SVG", save_svg) }
                        { tool("Save the trace as JSON, for Perfetto or for later", "Trace", save_trace) }
                    }
                </div>
            </div>
            <div class="stage">
                <div class="scroller" ref={scroller}>
                    <div class="rows" ref={rows}>
                        <canvas ref={canvas} tabindex="0" role="application" aria-roledescription="chart"
                            aria-label="Lanes of the run over time" aria-describedby="chart-summary chart-keys" />
                    </div>
                </div>
                if empty { <p class="overlay">{ "Press Run, and the program’s lanes appear here." }</p> }
                if *trouble { <p class="overlay">{ "This browser gives the chart no canvas to draw on." }</p> }
                <p class="hint" hidden=true aria-hidden="true" ref={hint}>{ gestures::hint_words() }</p>
                if !following {
                    <button type="button" class="follow primary" onclick={on_stage(|s| s.change(|chart, _| chart.fit()))}>
                        { "Follow the run" }
                    </button>
                }
            </div>
            <p class="selection" role="status" ref={words} />
            <Legend filter={outlook.filter} {toggle} />
            <p id="chart-summary" class="unseen">{ summary(&site) }</p>
            <p id="chart-keys" class="unseen">{ keys::HELP }</p>
            <div class="tip" hidden=true aria-hidden="true" ref={tip} />
        </section>
    }
}

fn tool(name: &'static str, text: &'static str, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="quiet" aria-label={name} title={name} {onclick}>{ text }</button> }
}

fn parts(
    canvas: &NodeRef,
    scroller: &NodeRef,
    rows: &NodeRef,
    tip: &NodeRef,
    words: &NodeRef,
) -> impl FnOnce() -> Option<Parts> + use<> {
    let (canvas, scroller, rows) = (canvas.clone(), scroller.clone(), rows.clone());
    let (tip, words) = (tip.clone(), words.clone());
    move || {
        Some(Parts {
            canvas: canvas.cast::<HtmlCanvasElement>()?,
            scroller: scroller.cast::<HtmlElement>()?,
            rows: rows.cast::<HtmlElement>()?,
            tip: tip.cast::<HtmlElement>()?,
            words: words.cast::<HtmlElement>()?,
        })
    }
}

/// The run in words. It takes a look at every span, so it is made once the run is over.
fn summary(site: &Site) -> String {
    match site.session.phase() {
        Phase::Idle => "Nothing was run yet.".to_owned(),
        Phase::Starting | Phase::Running => "The run goes on.".to_owned(),
        _ => site.session.with_timeline(crate::chart::summary::summary),
    }
}

fn save(demo: &Demo, ending: &str, mime: &str, text: &str) {
    if let Err(problem) = browser::download(&format!("weft-{}.{ending}", demo.id), mime, text) {
        web_sys::console::error_1(&problem);
    }
}

/// The shown run as a Chrome trace, in JSON.
pub fn chrome_trace(site: &Site) -> String {
    let session = &site.session;
    let delivery = session.delivery();
    let mut extra = Map::new();
    let delay = delivery.max_delay.as_millis_f64();
    extra.insert("delivery".to_owned(), json!({ "batches": delivery.batches, "maxDelayMs": delay }));
    let settings = session.settings();
    if let Some(settings) = &settings {
        extra.insert("speed".to_owned(), json!(settings.speed));
    }
    let params = settings.as_ref().map(|settings| results::params(&settings.values)).unwrap_or_default();
    let meta = chrome::Meta {
        weft: env!("CARGO_PKG_VERSION").to_owned(),
        demo: settings.as_ref().map(|settings| settings.demo.id.to_owned()),
        params: params.as_object().cloned().unwrap_or_default(),
        extra,
    };
    // A trace has no maps with keys other than text, the one thing that JSON cannot hold.
    session.with_timeline(|timeline| serde_json::to_string(&chrome::export(timeline, &meta)).unwrap_or_default())
}
