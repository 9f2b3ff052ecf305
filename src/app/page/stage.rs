//! The chart on its canvas: painted once a frame, and only when something has changed. Yew renders nothing for it.
//!
//! The rows scroll natively: the canvas sticks to the top of a scrolling box that is as high inside as all rows.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, HtmlElement, ResizeObserver};
use yew::Callback;

use super::browser::{self, Frame};
use super::context::{AppContext, Moment};
use super::link::Linked;
use super::painter::Painter;
use super::pair::{RunView, Slot};
use super::theme;
use super::tip::Tip;
use crate::analysis::Stretch;
use crate::chart::{Chart, Px, StateFilter};
use crate::timeline::Timeline;
use crate::trace::{LaneId, Nanos};

/// The least height of the chart, in CSS pixels: about what a few lanes take, so that little moves while they appear.
pub(super) const LEAST_HEIGHT: f64 = 180.0;

/// The elements that the chart lives in.
pub struct Parts {
    /// What is painted on.
    pub canvas: HtmlCanvasElement,
    /// The box that scrolls.
    pub scroller: HtmlElement,
    /// What is as high as all rows.
    pub rows: HtmlElement,
    /// Where the tooltip is shown.
    pub tip: HtmlElement,
    /// Where the selected span is described.
    pub words: HtmlElement,
}

/// What buttons around the chart must know about it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Whether the view follows the present.
    pub follows: bool,
    /// Whether all arrows are drawn.
    pub all_arrows: bool,
    /// Whether what was handed over without a wait has arrows, too.
    pub hand_overs: bool,
    /// Which states are shown.
    pub filter: StateFilter,
}

/// A chart on its canvas. Clones are handles to the same chart.
#[derive(Clone)]
pub struct Stage(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) app: AppContext,
    pub(super) slot: Slot,
    pub(super) parts: Parts,
    pub(super) chart: RefCell<Chart>,
    pub(super) painter: RefCell<Painter>,
    pub(super) tip: Tip,
    pub(super) frame: Frame,
    /// Which run was drawn last, and how far it had got.
    pub(super) version: Cell<((u8, u64), u64)>,
    /// How long its run is so far.
    pub(super) length: Cell<Nanos>,
    pub(super) width: Cell<f64>,
    /// Height of the canvas and of all rows, as last set.
    pub(super) heights: Cell<(f64, f64)>,
    /// The time until the next frame of a run that goes on.
    pub(super) resting: RefCell<Option<Timeout>>,
    /// Where the pointer is, in CSS pixels of the chart.
    pub(super) pointer: Cell<Option<(f64, f64)>>,
    pub(super) outlook: Cell<Outlook>,
    pub(super) seen: Callback<Outlook>,
    /// Ends with the stage.
    pub(super) kept: RefCell<Vec<Box<dyn Any>>>,
}

impl Stage {
    /// A chart of the run in this place, in these elements. `seen` is called with what the buttons around it must know.
    ///
    /// # Errors
    /// If the browser gives no drawing context.
    pub fn new(app: AppContext, slot: Slot, parts: Parts, seen: Callback<Outlook>) -> Result<Stage, JsValue> {
        let painter = Painter::new(parts.canvas.clone(), theme::of_chart())?;
        let width = f64::from(parts.scroller.client_width());
        let stage = Stage(Rc::new_cyclic(|weak: &Weak<Inner>| {
            let drawn = weak.clone();
            Inner {
                chart: RefCell::new(Chart::new(Px(width), Px(LEAST_HEIGHT))),
                painter: RefCell::new(painter),
                tip: Tip::new(parts.tip.clone()),
                frame: Frame::new(move || {
                    if let Some(inner) = drawn.upgrade() {
                        Stage(inner).turn();
                    }
                }),
                version: Cell::new(((u8::MAX, 0), 0)),
                length: Cell::new(Nanos::ZERO),
                width: Cell::new(width),
                heights: Cell::new((0.0, 0.0)),
                resting: RefCell::new(None),
                pointer: Cell::new(None),
                outlook: Cell::new(Outlook::default()),
                seen,
                kept: RefCell::new(Vec::new()),
                app,
                slot,
                parts,
            }
        }));
        stage.listen()?;
        let weak = stage.weak();
        stage.0.app.charts.join(Box::new(move || weak().map(|stage| Rc::new(stage) as Rc<dyn Linked>)));
        stage.ask();
        Ok(stage)
    }

    pub(super) fn run(&self) -> RunView {
        self.0.app.run_in(self.0.slot)
    }

    /// Keeps something until the stage is gone.
    pub fn keep(&self, kept: impl Any) {
        self.0.kept.borrow_mut().push(Box::new(kept));
    }

    /// A handle that does not keep the stage alive.
    pub fn weak(&self) -> impl Fn() -> Option<Stage> + Clone + use<> {
        let weak = Rc::downgrade(&self.0);
        move || weak.upgrade().map(Stage)
    }

    /// The canvas.
    pub fn canvas(&self) -> &HtmlCanvasElement {
        &self.0.parts.canvas
    }

    /// Changes the chart, and requests another frame.
    pub fn change<R>(&self, change: impl FnOnce(&mut Chart, &Timeline) -> R) -> R {
        let result = self.run().with_timeline(|timeline| change(&mut self.0.chart.borrow_mut(), timeline));
        self.ask();
        self.align_others();
        result
    }

    fn align_others(&self) {
        for other in self.0.app.charts.others(self.0.slot) {
            other.align(&self.0.chart.borrow());
        }
    }

    /// Zooms about the pointer if it is on the chart, otherwise about the middle.
    pub fn zoom(&self, factor: f64) {
        let pointer = self.0.pointer.get();
        self.change(|chart, _| {
            let plot = chart.viewport.plot();
            let middle = (plot.left + plot.right) / 2.0;
            chart.zoom_at(Px(pointer.map_or(middle, |(x, _)| x)), factor);
        });
    }

    /// Moves what is shown to the right by a part of the chart's width.
    pub fn pan_by_part(&self, part: f64) {
        self.change(|chart, _| chart.pan(Px(chart.viewport.plot().width() * part)));
    }

    /// The pointer is here, or has left.
    pub fn point(&self, at: Option<(f64, f64)>) {
        self.0.pointer.set(at);
        self.ask();
    }

    /// The pointer is here, in CSS pixels of the window; the tooltip follows it.
    pub fn tip_at(&self, x: f64, y: f64) {
        self.0.tip.move_to(x, y);
    }

    /// What is in view, as an SVG file.
    pub fn svg(&self, title: &str) -> String {
        let chart = self.0.chart.borrow();
        self.run().with_timeline(|timeline| chart.svg(timeline, self.0.painter.borrow().theme(), title))
    }

    fn listen(&self) -> Result<(), JsValue> {
        let (app, weak) = (&self.0.app, self.weak());
        let ask = {
            let weak = weak.clone();
            move || {
                if let Some(stage) = weak() {
                    stage.ask();
                }
            }
        };
        self.keep(app.changes.listen({
            let weak = weak.clone();
            move || {
                let Some(stage) = weak() else { return };
                let run = stage.run();
                // While the chart rests, what is new waits for the next frame.
                let due = match run.phase().is_active() {
                    true => stage.0.resting.borrow().is_none(),
                    false => run.version(stage.0.app.run_number()) != stage.0.version.get(),
                };
                if due {
                    stage.0.frame.ask();
                }
            }
        }));
        self.keep(app.looks.listen({
            let weak = weak.clone();
            move || {
                if let Some(stage) = weak() {
                    // If there are no patterns, it still paints plain colours.
                    let _ = stage.0.painter.borrow_mut().look(theme::of_chart());
                    stage.ask();
                }
            }
        }));
        self.keep(EventListener::new(&browser::window(), "resize", move |_| ask()));
        self.keep(EventListener::new(&self.0.parts.scroller, "scroll", {
            let weak = weak.clone();
            move |_| {
                let Some(stage) = weak() else { return };
                let top = f64::from(stage.0.parts.scroller.scroll_top());
                stage.change(|chart, _| chart.scroll(Px(top - chart.viewport.scroll())));
            }
        }));
        let resized = Closure::<dyn FnMut()>::new(move || {
            if let Some(stage) = weak() {
                stage.0.width.set(f64::from(stage.0.parts.scroller.client_width()));
                stage.ask();
            }
        });
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref())?;
        observer.observe(&self.0.parts.scroller);
        self.keep((resized, Observing(observer)));
        Ok(())
    }

    /// Another run has replaced the one that was drawn.
    fn forget(&self) {
        self.0.chart.borrow_mut().reset();
        self.0.parts.words.set_text_content(None);
        self.align_others();
    }

    pub(super) fn draw(&self) {
        let inner = &*self.0;
        let run = self.run();
        let active = run.phase().is_active();
        let version = run.version(inner.app.run_number());
        let before = inner.version.replace(version);
        if before.0 != version.0 {
            self.forget();
        }
        let beside = inner.app.charts.longest_beside(inner.slot);
        let chart = &mut *inner.chart.borrow_mut();
        let length = run.with_timeline(|timeline| timeline.now);
        let moment = run.with_timeline(|timeline| {
            chart.at_least = beside;
            chart.update(timeline);
            chart.running = active;
            self.fit_canvas(chart, timeline);
            let pointer = inner.pointer.get();
            chart.hover_at(timeline, pointer.map(|(x, y)| (Px(x), Px(y))));
            inner.painter.borrow_mut().paint(&chart.shapes(timeline));
            inner.tip.show(chart.tooltip(timeline).filter(|_| pointer.is_some()));
            let hovered = pointer.is_some();
            self.pointed_at(chart, timeline).map(|(lane, time)| Moment { slot: inner.slot, time, lane, hovered })
        });
        let Chart { all_arrows, hand_overs, filter, .. } = *chart;
        let outlook = Outlook { follows: chart.viewport.follows(), all_arrows, hand_overs, filter };
        if inner.outlook.replace(outlook) != outlook {
            inner.seen.emit(outlook);
        }
        inner.app.set_moment(inner.slot, moment);
        // A run that has become longer, or has been replaced, changes the scale of the other charts.
        let known = inner.length.replace(length);
        for other in inner.app.charts.others(inner.slot) {
            if known != length && known.max(length) > other.length() {
                other.ask();
            }
        }
    }
}

impl Linked for Stage {
    fn slot(&self) -> Slot {
        self.0.slot
    }

    fn length(&self) -> Nanos {
        self.0.length.get()
    }

    fn align(&self, other: &Chart) {
        self.0.chart.borrow_mut().align(other);
        self.ask();
    }

    fn look(&self, look: &mut dyn FnMut(&Chart)) {
        look(&self.0.chart.borrow());
    }

    fn ask(&self) {
        self.0.frame.ask();
    }

    fn show(&self, spans: &[Stretch]) {
        self.select_stretches(spans);
    }

    fn choose(&self, lane: LaneId, time: Nanos) {
        self.choose_moment(lane, time);
    }
}

/// Stops observing when it is dropped.
struct Observing(ResizeObserver);

impl Drop for Observing {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}
