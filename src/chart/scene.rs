//! From a timeline and a view of it to the shapes that draw it.
//!
//! The cost of a scene depends on how many pixels it has, not on how many events: each part below looks only at what
//! falls into its pixels. It knows no colours and no canvas.

use crate::timeline::Timeline;
use crate::trace::Nanos;

use super::arrows;
use super::axis;
use super::hit::Hit;
use super::lod::Segment;
use super::rows::{BAND_HEIGHT, COMPACT_LABEL_HEIGHT, Row, SCOPE_HEIGHT, TURN_HEIGHT};
use super::scale::Px;
use super::shape::{Align, Fill, Ink, Mix, Point, Rect, Shape, Surface};
use super::text::fit_text;
use super::view::{SpanRef, View};

/// Height of the letters of a row's label.
const LABEL_SIZE: f64 = 12.0;

/// Height of the letters on bands and scopes.
const SPAN_LABEL_SIZE: f64 = 11.0;

/// How far a row's label is indented for each level of the tree, and for how many levels at most.
const INDENT: f64 = 10.0;
const MAX_INDENTS: usize = 6;

/// What the reader points at and has selected, and what is switched on.
#[derive(Clone, Copy, Debug)]
pub struct Emphasis<'a> {
    /// What the pointer is on.
    pub hovered: Option<&'a Hit>,
    /// The selected span.
    pub selected: Option<SpanRef>,
    /// The moment that was chosen.
    pub chosen: Option<Nanos>,
    /// Whether all arrows are drawn, not just those of the hovered and the selected span.
    pub all_arrows: bool,
    /// Whether what was handed over without a wait has arrows, too, if all are drawn.
    pub hand_overs: bool,
    /// Whether the run goes on.
    pub running: bool,
}

/// The shapes of a frame, in the order in which they are to be painted.
pub fn shapes(view: &View, emphasis: &Emphasis) -> Vec<Shape> {
    let mut scene = Scene { view, emphasis, shapes: Vec::with_capacity(1024), segments: Vec::new() };
    let steps = axis::steps(&view.scale, Px(view.plot.left), Px(view.plot.right));
    scene.surface(0.0, 0.0, view.viewport.width().0, view.viewport.height().0, Surface::Background);
    scene.behind_the_bands(&steps);
    let (mut links, mut passes) = (Vec::new(), Vec::new());
    for row in view.visible_rows() {
        scene.band(row);
        scene.scopes(row);
        if emphasis.all_arrows {
            arrows::of_segments(view, row, &scene.segments, &mut links);
            if emphasis.hand_overs {
                arrows::of_hand_overs(view, row, &mut passes);
            }
        }
        scene.moments(row);
        scene.end(row);
    }
    for (mut links, ink) in [(passes, Ink::HandOver), (links, Ink::Arrow)] {
        arrows::drop_twins(view, &mut links);
        arrows::thin_out(view, &mut links);
        scene.links(&links, ink);
    }
    scene.turns();
    scene.highlights();
    scene.present();
    scene.labels();
    scene.axis(&steps);
    scene.shapes
}

struct Scene<'a> {
    view: &'a View<'a>,
    emphasis: &'a Emphasis<'a>,
    shapes: Vec<Shape>,
    /// The band that was drawn last.
    segments: Vec<Segment>,
}

impl Scene<'_> {
    fn timeline(&self) -> &Timeline {
        self.view.timeline
    }

    fn surface(&mut self, x: f64, y: f64, width: f64, height: f64, surface: Surface) {
        self.shapes.push(Shape::Rect { rect: Rect { x, y, width, height }, fill: Fill::Surface(surface) });
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink) {
        let point = |(x, y)| Point { x, y };
        self.shapes.push(Shape::Line { from: point(from), to: point(to), ink });
    }

    fn text(&mut self, x: f64, y: f64, text: String, size: f64, align: Align, ink: Ink) {
        self.shapes.push(Shape::Text { at: Point { x, y }, text, size, align, ink });
    }

    /// Grid lines, lines between rows, and the row that the pointer is in.
    fn behind_the_bands(&mut self, steps: &[axis::Step]) {
        let plot = self.view.plot;
        let bottom = plot.bottom.min(self.view.y(self.view.rows.height()));
        let hovered = self.emphasis.hovered.and_then(Hit::lane).and_then(|id| self.timeline().lane_position(id));
        if let Some(row) = hovered.and_then(|at| self.view.rows.of_lane(at)) {
            self.surface(0.0, self.view.y(row.top), plot.right, row.height, Surface::HoveredRow);
        }
        for step in steps.iter().filter(|step| step.x.0 >= plot.left) {
            self.line((step.x.0, plot.top), (step.x.0, bottom.max(plot.top)), Ink::Grid);
        }
        for row in self.view.visible_rows() {
            if row.begins_process {
                let y = self.view.y(row.top);
                self.line((0.0, y), (plot.right, y), Ink::StrongSeparator);
            }
            let y = self.view.y(row.bottom());
            self.line((0.0, y), (plot.right, y), Ink::Separator);
        }
    }

    fn band(&mut self, row: &Row) {
        let mut segments = std::mem::take(&mut self.segments);
        self.view.segments(row, &mut segments);
        let y = self.view.y(row.band_top);
        for segment in &segments {
            let rect = Rect { x: segment.x0, y, width: segment.x1 - segment.x0, height: BAND_HEIGHT };
            let Some(fill) = self.fill(segment) else { continue };
            self.shapes.push(Shape::Rect { rect, fill });
            if !segment.is_aggregate() {
                self.span_label(row, segment, rect);
            }
        }
        self.segments = segments;
    }

    /// `None` if all its states are switched off.
    fn fill(&self, segment: &Segment) -> Option<Fill> {
        let filter = self.view.filter;
        if !segment.is_aggregate() {
            return filter.shows(segment.state).then_some(Fill::State(segment.state));
        }
        let mut mix = segment.shares().map(|share| (share * 255.0).round() as u8);
        for state in crate::trace::State::ALL.into_iter().filter(|&state| !filter.shows(state)) {
            mix[state as usize] = 0;
        }
        if mix[segment.state as usize] == 255 {
            return Some(Fill::State(segment.state));
        }
        (mix != [0; 5]).then_some(Fill::Mix(Mix(mix)))
    }

    /// What a span is, in the span, if there is room: what it waits for, or its state.
    fn span_label(&mut self, row: &Row, segment: &Segment, rect: Rect) {
        let room = rect.width - 8.0;
        if room < 24.0 {
            return;
        }
        let timeline = self.timeline();
        let change = &timeline.lanes[row.lane].changes[segment.changes.start];
        let words = change.on.map_or_else(|| change.state.name().to_owned(), |on| timeline.target_name(on));
        if let Some(text) = fit_text(&words, SPAN_LABEL_SIZE, room, 3) {
            let middle = rect.middle().y;
            self.text(rect.x + 4.0, middle, text, SPAN_LABEL_SIZE, Align::Start, Ink::OnState(segment.state));
        }
    }

    fn scopes(&mut self, row: &Row) {
        let view = self.view;
        let lane = &view.timeline.lanes[row.lane];
        for depth in 0..row.scope_depths {
            let y = view.y(row.scope_top(depth));
            view.scopes(row, depth, |x0, x1, scope| {
                let rect = Rect { x: x0, y, width: x1 - x0, height: SCOPE_HEIGHT - 1.0 };
                self.shapes.push(Shape::Rect { rect, fill: Fill::Scope { depth: depth as u32 } });
                if let Some(scope) = scope
                    && let Some(text) = fit_text(&lane.scopes[scope].name, 10.0, rect.width - 6.0, 3)
                {
                    self.text(x0 + 3.0, rect.middle().y, text, 10.0, Align::Start, Ink::OnScope);
                }
            });
        }
    }

    /// Who had the GIL.
    fn turns(&mut self) {
        let view = self.view;
        for (number, turns) in view.index.turns.iter().enumerate() {
            let y = view.y(view.rows.turns_edges(number).0);
            if y >= view.plot.bottom {
                return;
            }
            view.turns(turns, |x0, x1, turn| {
                let lane = turn.and_then(|turn| view.timeline.lane_position(turns.all()[turn].lane));
                // Turns that touch are told apart by the gap.
                let width = if x1 - x0 >= 3.0 { x1 - x0 - 1.0 } else { x1 - x0 };
                let rect = Rect { x: x0, y, width, height: TURN_HEIGHT };
                self.shapes.push(Shape::Rect { rect, fill: Fill::Turn { lane: lane.map(|lane| lane as u32) } });
                if let Some(lane) = lane
                    && let Some(text) = fit_text(&view.timeline.lanes[lane].name, 10.0, width - 6.0, 3)
                {
                    self.text(x0 + 3.0, rect.middle().y, text, 10.0, Align::Start, Ink::OnScope);
                }
            });
        }
    }

    /// Printed lines and marks.
    fn moments(&mut self, row: &Row) {
        let view = self.view;
        let y = view.y(row.band_top) + 4.0;
        let index = view.index;
        for (moments, ink) in [(&index.prints, Ink::Print), (&index.marks, Ink::Mark)] {
            let Some(moments) = moments.get(row.lane) else { continue };
            view.moments(moments, |x, _| self.shapes.push(Shape::Tick { at: Point { x, y }, ink }));
        }
    }

    fn end(&mut self, row: &Row) {
        let view = self.view;
        let Some(end) = &view.timeline.lanes[row.lane].end else { return };
        let x = view.scale.px_from_time(end.time).0;
        if x >= view.plot.left && x <= view.plot.right {
            let at = Point { x, y: view.y(row.band_top) + BAND_HEIGHT / 2.0 };
            self.shapes.push(Shape::End { at, height: BAND_HEIGHT, ending: end.ending });
        }
    }

    fn links(&mut self, links: &[arrows::Link], ink: Ink) {
        for link in links {
            if let Some((from, to)) = link.ends(self.view) {
                self.shapes.push(Shape::Arrow { from, to, ink });
            }
        }
    }

    /// The hovered and the selected span, with the arrows to and from them.
    fn highlights(&mut self) {
        let hovered = match self.emphasis.hovered {
            Some(Hit::Span(span)) => Some(*span),
            Some(Hit::Aggregate(part)) => {
                if let Some(rect) = self.view.time_rect(part.lane, part.from, part.to) {
                    self.shapes.push(Shape::Outline { rect, ink: Ink::Hovered });
                }
                None
            }
            Some(Hit::Turn { resource, turn }) => {
                if let Some(rect) = self.view.turn_rect(*resource, turn) {
                    self.shapes.push(Shape::Outline { rect, ink: Ink::Hovered });
                }
                None
            }
            _ => None,
        };
        let spans = [(hovered, Ink::Hovered), (self.emphasis.selected, Ink::Selected)];
        for (span, _) in spans.iter().filter(|(span, _)| span.is_some()) {
            if let Some(span) = span {
                self.links(&arrows::of_span(self.view, *span), Ink::StrongArrow);
            }
        }
        for (span, ink) in spans {
            if let Some(rect) = span.and_then(|span| self.view.span_rect(span)) {
                self.shapes.push(Shape::Outline { rect, ink });
            }
        }
    }

    /// The present, where recording ended, and the moment that was chosen.
    fn present(&mut self) {
        let present = self.emphasis.running.then_some((self.timeline().now, Ink::Present));
        let recording = self.timeline().recording_ended.map(|time| (time, Ink::RecordingEnded));
        let plot = self.view.plot;
        let chosen = self.emphasis.chosen.map(|time| (time, Ink::Chosen));
        for (time, ink) in present.into_iter().chain(recording).chain(chosen) {
            let x = self.view.scale.px_from_time(time).0;
            if x >= plot.left && x <= plot.right {
                self.line((x, plot.top), (x, plot.bottom), ink);
            }
        }
    }

    /// The names of the lanes: in the gutter, or above the bands if there is none.
    fn labels(&mut self) {
        let plot = self.view.plot;
        let compact = self.view.viewport.is_compact();
        if !compact {
            self.surface(0.0, plot.top, plot.left, plot.height(), Surface::Frame);
            self.line((plot.left, plot.top), (plot.left, plot.bottom), Ink::StrongSeparator);
        }
        for row in self.view.visible_rows() {
            let lane = &self.timeline().lanes[row.lane];
            let indent = 8.0 + row.depth.min(MAX_INDENTS) as f64 * INDENT;
            let fold = match (row.has_children, row.is_collapsed) {
                (true, true) => "▸ ",
                (true, false) => "▾ ",
                (false, _) => "",
            };
            let name = format!("{fold}{}", lane.name);
            let (y, room) = if compact {
                (self.view.y(row.band_top) - COMPACT_LABEL_HEIGHT / 2.0, plot.right - indent - 8.0)
            } else {
                (self.view.y(row.band_top) + BAND_HEIGHT / 2.0, plot.left - indent - 6.0)
            };
            if let Some(text) = fit_text(&name, LABEL_SIZE, room, 1) {
                self.text(indent, y, text, LABEL_SIZE, Align::Start, Ink::Label);
            }
        }
        for (number, turns) in self.view.index.turns.iter().enumerate() {
            let name = self.timeline().target_name(turns.resource.into());
            let top = self.view.y(self.view.rows.turns_edges(number).0);
            let (y, room) = if compact {
                (top - COMPACT_LABEL_HEIGHT / 2.0, plot.right - 16.0)
            } else {
                (top + TURN_HEIGHT / 2.0, plot.left - 14.0)
            };
            if let Some(text) = fit_text(&name, LABEL_SIZE, room, 1) {
                self.text(8.0, y, text, LABEL_SIZE, Align::Start, Ink::FaintLabel);
            }
        }
    }

    fn axis(&mut self, steps: &[axis::Step]) {
        let plot = self.view.plot;
        self.surface(0.0, 0.0, plot.right, plot.top, Surface::Frame);
        self.line((0.0, plot.top), (plot.right, plot.top), Ink::StrongSeparator);
        for step in steps.iter().filter(|step| step.x.0 >= plot.left) {
            let x = step.x.0;
            self.line((x, plot.top - 5.0), (x, plot.top), Ink::StrongSeparator);
            let text = step.label.clone();
            let half = super::text::text_width(&text, axis::LABEL_SIZE) / 2.0;
            let (x, align) = match x {
                x if x + half > plot.right - 2.0 => (plot.right - 2.0, Align::End),
                x if x - half < plot.left + 2.0 => (x.max(plot.left + 2.0), Align::Start),
                x => (x, Align::Middle),
            };
            self.text(x, plot.top / 2.0 - 1.0, text, axis::LABEL_SIZE, align, Ink::FaintLabel);
        }
    }
}
