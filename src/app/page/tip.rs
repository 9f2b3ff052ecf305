//! The tooltip of the chart: an element beside the pointer, always within the window.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use super::browser;
use crate::chart::Tooltip;
use crate::trace::Nanos;

/// How far from the pointer it is, in CSS pixels.
const DISTANCE: f64 = 14.0;

/// The least distance from the edges of the window, in CSS pixels.
const EDGE: f64 = 8.0;

/// The tooltip.
pub struct Tip {
    element: HtmlElement,
    shown: RefCell<Option<Tooltip>>,
    at: Cell<(f64, f64)>,
}

impl Tip {
    /// A tooltip in this element.
    pub fn new(element: HtmlElement) -> Tip {
        element.set_hidden(true);
        Tip { element, shown: RefCell::new(None), at: Cell::new((0.0, 0.0)) }
    }

    /// The pointer is here, in CSS pixels of the window.
    pub fn move_to(&self, x: f64, y: f64) {
        self.at.set((x, y));
        if self.shown.borrow().is_some() {
            self.place();
        }
    }

    /// Shows this, or nothing.
    pub fn show(&self, tooltip: Option<Tooltip>) {
        if *self.shown.borrow() == tooltip {
            return;
        }
        match &tooltip {
            Some(tooltip) => {
                // Building elements fails only for bad names; a missing tooltip is better than a crash.
                let _ = self.write(tooltip);
                self.element.set_hidden(false);
                self.place();
            }
            None => self.element.set_hidden(true),
        }
        self.shown.replace(tooltip);
    }

    fn place(&self) {
        let window = browser::window();
        let size = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
        let (width, height) = (f64::from(self.element.offset_width()), f64::from(self.element.offset_height()));
        let (x, y) = self.at.get();
        let most = (size(window.inner_width()) - width - EDGE).max(EDGE);
        let left = (x + DISTANCE).min(most);
        let below = y + DISTANCE + 4.0;
        // Above the pointer where there is no room below it.
        let top = if below + height + EDGE > size(window.inner_height()) { y - height - DISTANCE } else { below };
        let place = format!("translate({}px, {}px)", left.round(), top.max(EDGE).round());
        let _ = self.element.style().set_property("transform", &place);
    }

    fn write(&self, tooltip: &Tooltip) -> Result<(), JsValue> {
        self.element.set_inner_html("");
        let (title, aside, lines) = content(tooltip);
        let heading = append(&self.element, "strong", &title)?;
        append(&heading, "span", &format!(" {aside}"))?;
        let list = append(&self.element, "dl", "")?;
        for (name, value) in lines {
            append(&list, "dt", name)?;
            append(&list, "dd", &value)?;
        }
        Ok(())
    }
}

fn append(parent: &Element, name: &str, text: &str) -> Result<Element, JsValue> {
    let element = browser::document().create_element(name)?;
    element.set_text_content(Some(text));
    parent.append_child(&element)?;
    Ok(element)
}

/// Title, what kind of thing that is, and the lines below.
fn content(tooltip: &Tooltip) -> (String, String, Vec<(&'static str, String)>) {
    let mut lines = Vec::new();
    match tooltip {
        Tooltip::Span(span) => {
            lines.push(("state", span.words.clone()));
            let so_far = if span.goes_on { " so far" } else { "" };
            lines.push(("for", format!("{}{so_far}", span.duration)));
            lines.push(("from", span.start.to_string()));
            if let Some(waker) = &span.woken_by {
                lines.push(("woken by", format!("{} at {}", waker.name, waker.time)));
            }
            if let Some(source) = &span.source {
                lines.push(("line", short(source)));
            }
            (span.lane.clone(), span.kind.to_owned(), lines)
        }
        Tooltip::Aggregate(part) => {
            lines.push(("spans", format!("{}, too short to be told apart at this zoom", part.count)));
            lines.push(("from", part.from.to_string()));
            for (state, time) in &part.states {
                lines.push((state.name(), time.to_string()));
            }
            (part.lane.clone(), part.kind.to_owned(), lines)
        }
        Tooltip::Lane(lane) => {
            if let Some(start) = lane.start {
                let by = lane.started_by.as_ref().map_or(String::new(), |name| format!(" by {name}"));
                lines.push(("started", format!("{start}{by}")));
            }
            if let Some((how, when, message)) = &lane.end {
                let message = message.as_ref().map_or(String::new(), |message| format!(": {message}"));
                lines.push(("ended", format!("{when}, {how}{message}")));
            }
            lines.push(("spans", lane.spans.to_string()));
            (lane.lane.clone(), lane.kind.to_owned(), lines)
        }
        Tooltip::Note(note) => {
            lines.push(("at", note.start.to_string()));
            if let Some(duration) = note.duration.filter(|duration| *duration > Nanos::ZERO) {
                lines.push(("for", duration.to_string()));
            }
            (note.text.clone(), note.what.clone(), lines)
        }
        Tooltip::Turns(turns) => {
            lines.push(("now", turns.holder.as_ref().map_or("free".to_owned(), |lane| format!("{lane} has it"))));
            (turns.name.clone(), "one thread at a time".to_owned(), lines)
        }
    }
}

/// The file's name and the line, without the folders before it.
fn short(source: &str) -> String {
    source.rsplit('/').next().unwrap_or(source).to_owned()
}
