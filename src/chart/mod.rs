//! The chart: from a timeline and a view of it to shapes, and from a place on the screen back to what is there.
//!
//! ```text
//! Timeline ─► RunIndex ─┐
//!             Rows ─────┼─► View ─► level of detail ─► Vec<Shape> ─► a canvas, or SVG
//!             Viewport ─┘      └──► hit test ─► tooltip
//! ```
//!
//! [`Chart`] holds it together: the app tells it what the reader does and paints the shapes it returns. The modules in
//! reading order: [`scale`] and [`viewport`] (times and pixels), [`rows`] (lanes and heights), [`index`] (what is
//! derived so that a frame need not look at every event) with [`turns`] (who had the GIL), [`lod`] (which rectangles a
//! band is made of), [`view`] (all of these together), [`scene`] with [`axis`] and [`arrows`] (the shapes), [`shape`],
//! [`hit`], [`tooltip`], [`select`], [`legend`], [`palette`], [`svg`], [`summary`].
//!
//! This module is pure. It knows nothing of browsers, of Yew, of demos or of how runs are made; shapes name roles, and
//! only [`palette`] knows colours. The cost of a frame depends on pixels, not on the number of events.

pub mod arrows;
pub mod axis;
pub mod hit;
pub mod index;
pub mod legend;
pub mod lod;
pub mod palette;
pub mod rows;
pub mod scale;
pub mod scene;
pub mod select;
pub mod shape;
pub mod summary;
pub mod svg;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
pub mod tooltip;
pub mod turns;
pub mod view;
pub mod viewport;

use std::collections::BTreeSet;

pub use hit::Hit;
pub use legend::{LEGEND, LegendEntry, StateFilter};
pub use palette::Theme;
pub use scale::Px;
pub use shape::Shape;
pub use tooltip::Tooltip;
pub use view::SpanRef;
pub use viewport::Viewport;

use crate::timeline::Timeline;
use crate::trace::{LaneId, Nanos, State};

use index::RunIndex;
use rows::Rows;
use scene::Emphasis;
use view::View;

/// A chart of one run: what is in view, what is selected, and what is kept between frames.
///
/// [`Chart::update`] must be called with the timeline after it has grown, before anything else is called with it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Which part of the run is in view.
    pub viewport: Viewport,
    /// Whether the run goes on: draws the present.
    pub running: bool,
    /// Whether all arrows are drawn, not just those of the hovered and the selected span.
    pub all_arrows: bool,
    /// Whether what was handed over without a wait has arrows, too, if all are drawn.
    pub hand_overs: bool,
    /// Which states are shown.
    pub filter: StateFilter,
    /// The view is of a run of at least this length, so that charts side by side have the same scale.
    pub at_least: Nanos,
    hovered: Option<Hit>,
    selected: Option<SpanRef>,
    /// The moment that was chosen, if it was not the selection of a span that chose it.
    chosen: Option<Nanos>,
    collapsed: BTreeSet<LaneId>,
    index: RunIndex,
    rows: Rows,
    rows_are_compact: bool,
}

impl Chart {
    /// An empty chart of this size in CSS pixels.
    pub fn new(width: Px, height: Px) -> Chart {
        let viewport = Viewport::new(width, height);
        Chart {
            viewport,
            running: false,
            all_arrows: false,
            hand_overs: false,
            filter: StateFilter::default(),
            at_least: Nanos::ZERO,
            hovered: None,
            selected: None,
            chosen: None,
            collapsed: BTreeSet::new(),
            index: RunIndex::default(),
            rows: Rows::default(),
            rows_are_compact: viewport.is_compact(),
        }
    }

    /// Forgets the run, so that another can be shown. The size, the legend and the toggles stay.
    pub fn reset(&mut self) {
        let fresh = Chart::new(self.viewport.width(), self.viewport.height());
        let Chart { all_arrows, hand_overs, filter, at_least, .. } = *self;
        *self = Chart { all_arrows, hand_overs, filter, at_least, ..fresh };
    }

    /// Shows the same times, states and arrows as another chart does.
    pub fn align(&mut self, other: &Chart) {
        self.viewport.align(&other.viewport);
        self.all_arrows = other.all_arrows;
        self.hand_overs = other.hand_overs;
        self.filter = other.filter;
    }

    /// Takes in what is new in the timeline.
    pub fn update(&mut self, timeline: &Timeline) {
        let updated = self.index.update(timeline);
        if self.all_arrows && self.hand_overs {
            self.index.update_hand_overs(timeline);
        }
        if updated.renumbered {
            self.hovered = None;
            self.selected = None;
            self.chosen = None;
        }
        if updated.rows {
            self.layout(timeline);
        }
        self.viewport.follow(timeline.now.max(self.at_least));
    }

    /// The chart has a new size, in CSS pixels.
    pub fn resize(&mut self, timeline: &Timeline, width: Px, height: Px) {
        self.viewport.resize(width, height);
        if self.viewport.is_compact() != self.rows_are_compact {
            self.layout(timeline);
        }
        self.scroll(Px(0.0));
    }

    /// The shapes of a frame, in the order in which they are to be painted.
    pub fn shapes(&self, timeline: &Timeline) -> Vec<Shape> {
        let emphasis = Emphasis {
            hovered: self.hovered.as_ref(),
            selected: self.selected,
            chosen: self.chosen,
            all_arrows: self.all_arrows,
            hand_overs: self.hand_overs,
            running: self.running,
        };
        scene::shapes(&self.view(timeline), &emphasis)
    }

    /// The chart as it is in view, as a complete SVG file.
    pub fn svg(&self, timeline: &Timeline, theme: Theme, title: &str) -> String {
        let (width, height) = (self.viewport.width().0, self.viewport.height().0);
        svg::svg(&self.shapes(timeline), width, height, theme, title, &summary::summary(timeline))
    }

    /// What is at a position; changes nothing.
    pub fn hit(&self, timeline: &Timeline, x: Px, y: Px) -> Option<Hit> {
        hit::hit(&self.view(timeline), x, y)
    }

    /// The pointer is there now, or (`None`) has left. True if another frame must be painted.
    pub fn hover_at(&mut self, timeline: &Timeline, at: Option<(Px, Px)>) -> bool {
        let hovered = at.and_then(|(x, y)| self.hit(timeline, x, y));
        // The axis and empty parts of a row look the same wherever the pointer is.
        let looks = |hit: &Option<Hit>| match hit {
            None | Some(Hit::Axis { .. }) => None,
            Some(Hit::Row { lane, .. }) => Some(Hit::Row { lane: *lane, time: Nanos::ZERO }),
            other => other.clone(),
        };
        let changed = looks(&hovered) != looks(&self.hovered);
        self.hovered = hovered;
        changed
    }

    /// What the pointer is on.
    pub fn hovered(&self) -> Option<&Hit> {
        self.hovered.as_ref()
    }

    /// What there is to say about what the pointer is on.
    pub fn tooltip(&self, timeline: &Timeline) -> Option<Tooltip> {
        tooltip::tooltip(timeline, self.hovered.as_ref()?)
    }

    /// Selects the span at a position, or the longest of several; selects nothing if there is none. Returns what is
    /// there.
    pub fn select_at(&mut self, timeline: &Timeline, x: Px, y: Px) -> Option<Hit> {
        let hit = self.hit(timeline, x, y);
        self.chosen = None;
        self.selected = match &hit {
            Some(Hit::Span(span)) => Some(*span),
            Some(Hit::Aggregate(part)) => select::longest(timeline, part),
            // What its lane did then.
            Some(Hit::Turn { turn, .. }) => {
                let time = self.viewport.scale().time_from_px(x);
                let index = timeline.lane(turn.lane).and_then(|lane| lane.change_at(time));
                index.map(|index| SpanRef { lane: turn.lane, index })
            }
            _ => None,
        };
        hit
    }

    /// Selects a span, or nothing, and scrolls its row into view.
    pub fn select(&mut self, timeline: &Timeline, span: Option<SpanRef>) {
        self.chosen = None;
        self.selected =
            span.filter(|span| timeline.lane(span.lane).is_some_and(|lane| span.index < lane.changes.len()));
        if let Some(span) = self.selected {
            self.reveal(timeline, span);
        }
    }

    /// Chooses a moment of a lane: draws a line there, selects the span that the lane is in, and brings both into view.
    pub fn choose(&mut self, timeline: &Timeline, lane: LaneId, time: Nanos) {
        let index = timeline.lane(lane).and_then(|lane| lane.change_at(time));
        self.select(timeline, index.map(|index| SpanRef { lane, index }));
        self.chosen = Some(time);
        let (plot, x) = (self.viewport.plot(), self.viewport.scale().px_from_time(time).0);
        if x < plot.left || x > plot.right {
            self.viewport.pan(Px((plot.left + plot.right) / 2.0 - x));
        }
    }

    /// The lane and the moment that were chosen: by [`Chart::choose`], or where the selected span begins.
    pub fn chosen(&self, timeline: &Timeline) -> Option<(LaneId, Nanos)> {
        let selected = self.selected?;
        let begins = timeline.lane(selected.lane)?.changes.get(selected.index)?.time;
        Some((selected.lane, self.chosen.unwrap_or(begins)))
    }

    /// Moves the selection by a key, and follows it with the view. Selects the first span if there is no selection.
    /// Returns what is selected now.
    pub fn step(&mut self, timeline: &Timeline, step: select::Step) -> Option<SpanRef> {
        let next = match self.selected {
            Some(from) => select::next(&self.view(timeline), from, step),
            None => select::first(&self.view(timeline)),
        };
        if next.is_some() {
            self.select(timeline, next);
        }
        self.selected
    }

    /// The selected span.
    pub fn selected(&self) -> Option<SpanRef> {
        self.selected
    }

    /// Zooms so that what is at `x` stays there; a factor above 1 zooms in.
    pub fn zoom_at(&mut self, x: Px, factor: f64) {
        self.viewport.zoom_at(x, factor);
    }

    /// Moves what is shown to the right by this many pixels.
    pub fn pan(&mut self, by: Px) {
        self.viewport.pan(by);
    }

    /// Scrolls the rows up by this many pixels.
    pub fn scroll(&mut self, by: Px) {
        self.viewport.scroll_by(by, Px(self.rows.height()));
    }

    /// Shows the whole run, and follows the present from now on.
    pub fn fit(&mut self) {
        self.viewport.fit();
    }

    /// Shows the selected span with some room around it; the whole run if nothing is selected.
    pub fn fit_selected(&mut self, timeline: &Timeline) {
        let span = self.selected.and_then(|span| {
            let lane = timeline.lane(span.lane)?;
            (span.index < lane.changes.len()).then(|| lane.span(span.index, timeline.now))
        });
        let Some(span) = span else { return self.fit() };
        let room = span.duration().0 as f64 * 0.1;
        self.viewport.fit_range(span.start.0 as f64 - room, span.end.0 as f64 + room);
    }

    /// Shows or hides a state, as a click on the legend does.
    pub fn toggle_state(&mut self, state: State) {
        self.filter.toggle(state);
    }

    /// Collapses the rows below a lane, or expands them again.
    pub fn toggle_collapsed(&mut self, timeline: &Timeline, lane: LaneId) {
        if !self.collapsed.remove(&lane) {
            self.collapsed.insert(lane);
        }
        self.layout(timeline);
        self.scroll(Px(0.0));
    }

    /// How high the chart must be to show all rows without scrolling, in CSS pixels.
    pub fn full_height(&self) -> Px {
        Px(self.viewport.plot().top + self.rows.height())
    }

    /// The least height at which it can show `lanes` lanes, in CSS pixels.
    pub fn least_height(&self, lanes: usize) -> Px {
        Px(self.viewport.plot().top + Rows::least_height(lanes))
    }

    /// The rows, from top to bottom.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The chart in a few short sentences. Looks at every span, so it is not for each frame.
    pub fn summary(&self, timeline: &Timeline) -> String {
        summary::summary(timeline)
    }

    fn view<'a>(&'a self, timeline: &'a Timeline) -> View<'a> {
        View::new(timeline, &self.index, &self.rows, &self.viewport, self.filter)
    }

    fn layout(&mut self, timeline: &Timeline) {
        self.rows_are_compact = self.viewport.is_compact();
        let depths: Vec<usize> = self.index.scopes.iter().map(Vec::len).collect();
        let rows = Rows::layout(timeline, &depths, self.rows_are_compact, &self.collapsed);
        self.rows = rows.with_turns(self.index.turns.len(), self.rows_are_compact);
    }

    /// Brings a span into view: its row by scrolling, its beginning by panning, without changing the zoom.
    fn reveal(&mut self, timeline: &Timeline, span: SpanRef) {
        let view = self.view(timeline);
        let Some(row) = view.row_showing(span.lane).cloned() else { return };
        let (plot, scale) = (view.plot, view.scale);
        self.viewport.scroll_to(Px(row.top), Px(row.bottom()), Px(self.rows.height()));
        let Some(lane) = timeline.lane(span.lane) else { return };
        let times = lane.span(span.index, timeline.now);
        let (x0, x1) = (scale.px_from_time(times.start).0, scale.px_from_time(times.end).0);
        if x1 < plot.left || x0 > plot.right {
            self.viewport.pan(Px((plot.left + plot.right) / 2.0 - (x0 + x1.min(x0 + plot.width())) / 2.0));
        }
    }
}
