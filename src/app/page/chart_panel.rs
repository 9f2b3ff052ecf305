//! The chart with what surrounds it: buttons, legend, tooltip, and the run in words.

use serde_json::{Map, json};
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use super::context::AppContext;
use super::hooks::use_session;
use super::legend::Legend;
use super::pair::{RunView, Slot};
use super::stage::{Outlook, Parts, Stage};
use super::{browser, gestures, keys};
use crate::app::results;
use crate::engine::{Delivery, Phase};
use crate::program::Program;
use crate::program::write::FILE;
use crate::timeline::chrome;

/// What the panel is given.
#[derive(Properties)]
pub struct ChartPanelProps {
    /// Whose run.
    pub program: &'static Program,
    /// Which run.
    pub slot: Slot,
    /// The run's parameters, if they must be shown: each with whether it differs from that of the other run.
    pub note: Vec<(String, bool)>,
    /// Whether there are two charts, of two runs.
    pub paired: bool,
    /// Pins the session's run, or unpins the pinned one, where that is possible.
    #[prop_or_default]
    pub pin: Option<Callback<Slot>>,
    /// Starts a run, if nothing else on the page does.
    #[prop_or_default]
    pub run: Option<Callback<()>>,
}

impl PartialEq for ChartPanelProps {
    fn eq(&self, other: &ChartPanelProps) -> bool {
        self.program == other.program
            && (self.slot, self.paired) == (other.slot, other.paired)
            && self.note == other.note
            && self.pin == other.pin
            && self.run == other.run
    }
}

/// How much one press of a button zooms.
const ZOOM: f64 = 1.6;

/// The chart of a run.
#[component]
pub fn ChartPanel(props: &ChartPanelProps) -> Html {
    let app = use_session();
    let (slot, paired) = (props.slot, props.paired);
    let run = app.run_in(slot);
    let phase = run.phase();
    let outlook = use_state_eq(Outlook::default);
    let trouble = use_state_eq(|| false);
    let stage = use_mut_ref(|| None::<Stage>);
    let (canvas, scroller, rows) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (tip, words, hint) = (use_node_ref(), use_node_ref(), use_node_ref());

    use_effect_with(app.clone(), {
        let parts = parts(&canvas, &scroller, &rows, &tip, &words);
        let (stage, outlook, trouble, hint) = (stage.clone(), outlook.setter(), trouble.setter(), hint.clone());
        move |app| {
            let seen = Callback::from(move |seen| outlook.set(seen));
            match parts().map(|parts| Stage::new(app.clone(), slot, parts, seen)) {
                Some(Ok(new)) => {
                    if let Some(hint) = hint.cast::<HtmlElement>() {
                        gestures::listen(&new, hint);
                    }
                    keys::listen(&new);
                    stage.replace(Some(new));
                }
                _ => trouble.set(true),
            }
            let app = app.clone();
            move || {
                app.set_moment(slot, None);
                stage.replace(None);
                app.charts.ask();
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
        let (stage, program) = (stage.clone(), props.program);
        Callback::from(move |_: MouseEvent| {
            if let Some(stage) = &*stage.borrow() {
                save(program, "svg", "image/svg+xml", &stage.svg(program.title));
            }
        })
    };
    let save_trace = {
        let (app, program) = (app.clone(), props.program);
        Callback::from(move |_: MouseEvent| save_trace(&app.run_in(slot), program))
    };
    let pin = props.pin.as_ref().map(|pin| pin.reform(move |_: MouseEvent| slot));
    let following = outlook.follows || phase != Phase::Running;
    let empty = phase == Phase::Idle;
    let id = |name: &str| format!("chart-{name}{}", slot.suffix());
    let title = match (paired, slot) {
        (true, Slot::Pinned) if !empty => "Run 1, pinned",
        (true, Slot::Pinned) => "Run 1",
        (true, Slot::Live) => "Run 2",
        (false, _) => "Who ran when",
    };
    html! {
        <section class="panel chart" aria-labelledby={id("title")}>
            <div class="panel-head">
                <h2 id={id("title")}>{ title }</h2>
                if !props.note.is_empty() { <p class="note">{ parameters(&props.note, paired) }</p> }
                if let Some(pin) = pin.clone().filter(|_| slot == Slot::Pinned) {
                    <button type="button" id="unpin" onclick={pin}
                        title="Take run 1 off the page">{ "Unpin" }</button>
                } else if let Some(pin) = pin.filter(|_| !empty && !phase.is_active()) {
                    <button type="button" id="pin" onclick={pin}
                        title="Keep this run here while you change a parameter and run again: then see both, one under the other">
                        { if paired { "Pin this run instead" } else { "Pin this run" } }
                    </button>
                }
                <div class="tools" role="group" aria-label={if paired { slot.name() } else { "Chart" }}>
                    // Two charts move together, so one set of these is enough.
                    if !paired || slot == Slot::Pinned {
                        { tool("Zoom in", "+", on_stage(|stage| stage.zoom(ZOOM))) }
                        { tool("Zoom out", "−", on_stage(|stage| stage.zoom(1.0 / ZOOM))) }
                        { tool("Fit the whole run into the chart", "Fit", on_stage(|stage| stage.change(|chart, _| chart.fit()))) }
                        <button type="button" class="quiet" aria-pressed={outlook.all_arrows.to_string()}
                            title="Show all arrows from causes to effects, not only those of the selection"
                            onclick={on_stage(|stage| stage.change(|chart, _| chart.all_arrows = !chart.all_arrows))}>
                            { "Arrows" }
                        </button>
                        if outlook.all_arrows {
                            <button type="button" class="quiet" aria-pressed={outlook.hand_overs.to_string()}
                                title="Show also what a lane took without a wait, with an arrow from the lane that gave it"
                                onclick={on_stage(|stage| stage.change(|chart, _| chart.hand_overs = !chart.hand_overs))}>
                                { "Hand-overs" }
                            </button>
                        }
                    }
                    if !empty {
                        { tool("Save what is in view as an SVG picture", "SVG", save_svg) }
                        if paired {
                            { tool("Save the trace as JSON, for Perfetto or for later", "Trace", save_trace) }
                        }
                    }
                </div>
            </div>
            <div class="stage">
                <div class="scroller" ref={scroller}>
                    <div class="rows" ref={rows}>
                        <canvas ref={canvas} tabindex="0" role="application" aria-roledescription="chart"
                            aria-label={if paired { format!("Lanes of {} over time", slot.name().to_lowercase()) } else { "Lanes of the run over time".to_owned() }}
                            aria-describedby={format!("{} {}", id("summary"), id("keys"))} />
                    </div>
                </div>
                if empty {
                    <div class="overlay">
                        if let Some(run) = &props.run {
                            <button type="button" class="primary" onclick={run.reform(|_: MouseEvent| ())}>{ "Run" }</button>
                        } else {
                            <p>{ nothing(&app, slot, paired) }</p>
                        }
                    </div>
                }
                if *trouble { <p class="overlay">{ "This browser gives the chart no canvas to draw on." }</p> }
                <p class="hint" hidden=true aria-hidden="true" ref={hint}>{ gestures::hint_words() }</p>
                if !following {
                    <button type="button" class="follow primary" onclick={on_stage(|s| s.change(|chart, _| chart.fit()))}>
                        { "Follow the run" }
                    </button>
                }
            </div>
            <p class="selection" role="status" ref={words} />
            // For both charts, which show the same states.
            if !paired || slot == Slot::Pinned { <Legend filter={outlook.filter} {toggle} /> }
            <p id={id("summary")} class="unseen">{ summary(&run) }</p>
            <p id={id("keys")} class="unseen">{ keys::HELP }</p>
            <div class="tip" hidden=true aria-hidden="true" ref={tip} />
        </section>
    }
}

/// The parameters of a run; those that differ from the other run's stand out.
fn parameters(note: &[(String, bool)], paired: bool) -> Html {
    let last = note.len().saturating_sub(1);
    let parts = note.iter().enumerate().map(|(at, (words, differs))| {
        let comma = if at < last { ", " } else { "" };
        match differs {
            true => html! { <><strong title="Differs from the other run">{ words }</strong>{ comma }</> },
            false => html! { <>{ words }{ comma }</> },
        }
    });
    html! { <>if !paired { { "This run: " } }{ for parts }</> }
}

/// What is shown in place of a chart that has nothing to show.
fn nothing(app: &AppContext, slot: Slot, paired: bool) -> &'static str {
    match (paired, slot) {
        (false, _) => "Press Run, and the program’s lanes appear here.",
        (true, Slot::Pinned) => "Press Run: this run is made first, and then run 2.",
        (true, Slot::Live) if app.pair.leading() => "Run 2 follows when run 1 has ended.",
        (true, Slot::Live) if app.pinned().is_some_and(|pinned| pinned.run.is_none()) => {
            "Run 2 is made after run 1, with the parameters above."
        }
        (true, Slot::Live) => "Change a parameter and press Run: the second run appears here, on the same scale.",
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

/// The run in words. This looks at every span, so it is done only once the run is over.
fn summary(run: &RunView) -> String {
    match run.phase() {
        Phase::Idle => "Nothing was run yet.".to_owned(),
        Phase::Starting | Phase::Running => "The run goes on.".to_owned(),
        _ => run.with_timeline(crate::chart::summary::summary),
    }
}

fn save(program: &Program, ending: &str, mime: &str, text: &str) {
    if let Err(problem) = browser::download(&format!("weft-{}.{ending}", program.id), mime, text) {
        web_sys::console::error_1(&problem);
    }
}

/// Lets the reader save a run as a Chrome trace.
pub fn save_trace(run: &RunView, program: &Program) {
    save(program, "trace.json", "application/json", &chrome_trace(run));
}

/// A run as a Chrome trace, in JSON.
pub fn chrome_trace(run: &RunView) -> String {
    let mut extra = Map::new();
    let Delivery { batches, max_delay, late } = run.with(|run| run.delivery());
    let max_delay = max_delay.as_millis_f64();
    extra.insert("delivery".to_owned(), json!({ "batches": batches, "maxDelayMs": max_delay, "late": late }));
    let spec = run.spec();
    if let Some(spec) = &spec {
        extra.insert("speed".to_owned(), json!(spec.speed));
        if let Some(text) = &spec.source {
            extra.insert("files".to_owned(), json!([{ "name": FILE, "text": text }]));
        }
    }
    if let Some(made) = run.with(|run| run.recorded.clone()) {
        extra.insert("recorded".to_owned(), json!(made));
    }
    let params = spec.as_ref().map(|spec| results::params(&spec.values)).unwrap_or_default();
    let meta = chrome::Meta {
        weft: env!("CARGO_PKG_VERSION").to_owned(),
        demo: spec.as_ref().map(|spec| spec.program.id.to_owned()),
        params: params.as_object().cloned().unwrap_or_default(),
        extra,
    };
    // A trace has no maps with keys other than text, the one thing that JSON cannot hold.
    run.with_timeline(|timeline| serde_json::to_string(&chrome::export(timeline, &meta)).unwrap_or_default())
}
