//! From wheel, mouse and fingers to what the chart does.
//!
//! An unmodified wheel scrolls the page, and one finger that moves up or down does too; everything sideways is the
//! chart's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent, WheelEvent};

use super::browser;
use super::stage::Stage;
use crate::chart::Px;

/// Pixels that a pointer may move between down and up while still counting as a click.
const CLICK: f64 = 5.0;

/// Milliseconds for which the hint about zooming is shown.
const HINT: u32 = 2_200;

/// What fingers or the mouse are doing.
#[derive(Default)]
struct Gesture {
    /// The pointers that are down: number, x and y.
    down: RefCell<Vec<(i32, f64, f64)>>,
    /// How far they have moved in total.
    moved: Cell<f64>,
    hinted: Cell<bool>,
    hint: RefCell<Option<Timeout>>,
}

/// Lets the reader operate the chart. `hint` shows, once, how to zoom.
pub fn listen(stage: &Stage, hint: HtmlElement) {
    let gesture = Rc::new(Gesture::default());
    on(stage, "wheel", &gesture, move |stage, gesture, event| wheel(stage, gesture, event.unchecked_ref(), &hint));
    on(stage, "pointerdown", &gesture, |stage, gesture, event| down(stage, gesture, event.unchecked_ref()));
    on(stage, "pointermove", &gesture, |stage, gesture, event| moved(stage, gesture, event.unchecked_ref()));
    on(stage, "pointerup", &gesture, |stage, gesture, event| up(stage, gesture, event.unchecked_ref()));
    on(stage, "pointercancel", &gesture, |stage, gesture, event| {
        lift(stage, gesture, event.unchecked_ref());
    });
    on(stage, "pointerleave", &gesture, |stage, _, _| stage.point(None));
    on(stage, "dblclick", &gesture, |stage, _, _| stage.change(|chart, _| chart.fit()));
    on(stage, "touchmove", &gesture, |_, gesture, event| {
        // Two fingers zoom the chart, and do not scroll the page as well.
        if gesture.down.borrow().len() > 1 {
            event.prevent_default();
        }
    });
}

fn on(stage: &Stage, name: &'static str, gesture: &Rc<Gesture>, handle: impl Fn(&Stage, &Gesture, &Event) + 'static) {
    let (weak, gesture) = (stage.weak(), gesture.clone());
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(stage.canvas(), name, options, move |event| {
        if let Some(stage) = weak() {
            handle(&stage, &gesture, event);
        }
    });
    stage.keep(listener);
}

fn wheel(stage: &Stage, gesture: &Gesture, event: &WheelEvent, hint: &HtmlElement) {
    // Some mice count lines or pages; converts these to pixels.
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => 16.0,
        WheelEvent::DOM_DELTA_PAGE => 400.0,
        _ => 1.0,
    };
    let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
    if event.ctrl_key() || event.meta_key() {
        event.prevent_default();
        let x = f64::from(event.offset_x());
        // A pinch on a touch pad comes as many small steps, a wheel as few large ones.
        stage.change(|chart, _| chart.zoom_at(Px(x), (-dy * if dy.abs() < 40.0 { 0.01 } else { 0.003 }).exp()));
    } else if event.shift_key() || dx.abs() > dy.abs() {
        event.prevent_default();
        let by = if dx == 0.0 { dy } else { dx };
        stage.change(|chart, _| chart.pan(Px(-by)));
    } else if !gesture.hinted.replace(true) {
        hint.set_hidden(false);
        let hidden = hint.clone();
        gesture.hint.replace(Some(Timeout::new(HINT, move || hidden.set_hidden(true))));
    }
}

fn down(stage: &Stage, gesture: &Gesture, event: &PointerEvent) {
    if event.button() != 0 {
        return;
    }
    let mut down = gesture.down.borrow_mut();
    if down.is_empty() {
        gesture.moved.set(0.0);
    } else {
        // With a second finger it is not a click, wherever that moves.
        gesture.moved.set(CLICK * 2.0);
    }
    down.push((event.pointer_id(), event.offset_x().into(), event.offset_y().into()));
    // Without it a drag ends at the chart's edge.
    let _ = stage.canvas().set_pointer_capture(event.pointer_id());
}

fn moved(stage: &Stage, gesture: &Gesture, event: &PointerEvent) {
    let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let mut down = gesture.down.borrow_mut();
    let Some(which) = down.iter().position(|(number, ..)| *number == event.pointer_id()) else {
        if event.pointer_type() == "mouse" || event.pointer_type() == "pen" {
            stage.tip_at(event.client_x().into(), event.client_y().into());
            stage.point(Some(at));
        }
        return;
    };
    let before = down.clone();
    (down[which].1, down[which].2) = at;
    let distance = (at.0 - before[which].1).hypot(at.1 - before[which].2);
    gesture.moved.set(gesture.moved.get() + distance);
    if gesture.moved.get() <= CLICK {
        return;
    }
    if let ([(_, a0, b0), (_, c0, d0)], [(_, a1, b1), (_, c1, d1)]) = (&before[..], &down[..]) {
        let factor = (a1 - c1).hypot(b1 - d1).max(10.0) / (a0 - c0).hypot(b0 - d0).max(10.0);
        let (middle_before, middle) = ((a0 + c0) / 2.0, (a1 + c1) / 2.0);
        stage.change(|chart, _| {
            chart.pan(Px(middle - middle_before));
            chart.zoom_at(Px(middle), factor);
        });
    } else if down.len() == 1 {
        stage.point(None);
        stage.canvas().set_class_name("grabbing");
        stage.change(|chart, _| chart.pan(Px(at.0 - before[which].1)));
    }
}

fn up(stage: &Stage, gesture: &Gesture, event: &PointerEvent) {
    if lift(stage, gesture, event) && gesture.down.borrow().is_empty() && gesture.moved.get() <= CLICK {
        stage.click(event.offset_x().into(), event.offset_y().into());
    }
}

/// The pointer is up. False if it was not known to be down.
fn lift(stage: &Stage, gesture: &Gesture, event: &PointerEvent) -> bool {
    let mut down = gesture.down.borrow_mut();
    let known = down.len();
    down.retain(|(number, ..)| *number != event.pointer_id());
    stage.canvas().set_class_name("");
    known > down.len()
}

/// How to zoom, in the terms of the reader's system.
pub fn hint_words() -> &'static str {
    let platform = browser::window().navigator().platform().unwrap_or_default();
    if platform.starts_with("Mac") || platform.starts_with("iP") {
        "⌘ + wheel, or a pinch, zooms the chart"
    } else {
        "Ctrl + wheel, or a pinch, zooms the chart"
    }
}
