//! The chart's keys, while it has the focus.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::stage::Stage;
use crate::chart::select::Step;

/// How much a key zooms, and by what fraction of the width it pans.
const ZOOM: f64 = 1.5;
const PAN: f64 = 0.15;

/// What the keys do, for screen readers.
pub const HELP: &str = "Keys on the chart: W and S zoom, A and D pan, arrow keys select, brackets follow causes, F \
                        shows the selection, 0 the whole run, Escape selects nothing.";

/// Lets the reader operate the chart by keys.
pub fn listen(stage: &Stage) {
    let weak = stage.weak();
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(stage.canvas(), "keydown", options, move |event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        // These belong to the browser, or to the page.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(stage) = weak()
            && press(&stage, &event.key(), event.shift_key())
        {
            event.prevent_default();
        }
    });
    stage.keep(listener);
}

/// Does what a key stands for. False if it stands for nothing.
fn press(stage: &Stage, key: &str, shift: bool) -> bool {
    match (key, shift) {
        ("w" | "W" | "+" | "=", _) => stage.zoom(ZOOM),
        ("s" | "S" | "-" | "_", _) => stage.zoom(1.0 / ZOOM),
        ("a" | "A", _) | ("ArrowLeft", true) => stage.pan_by_part(PAN),
        ("d" | "D", _) | ("ArrowRight", true) => stage.pan_by_part(-PAN),
        ("ArrowLeft", false) => stage.step(Step::Earlier),
        ("ArrowRight", false) => stage.step(Step::Later),
        ("ArrowUp", false) => stage.step(Step::Up),
        ("ArrowDown", false) => stage.step(Step::Down),
        ("[", _) => stage.step(Step::Cause),
        ("]", _) => stage.step(Step::Effect),
        ("0", _) => stage.change(|chart, _| chart.fit()),
        ("f" | "F", _) => stage.change(|chart, timeline| {
            // The selection first; pressed again, the whole run.
            let before = chart.viewport;
            chart.fit_selected(timeline);
            if chart.viewport == before {
                chart.fit();
            }
        }),
        ("Escape", _) => return stage.deselect(),
        _ => return false,
    }
    true
}
