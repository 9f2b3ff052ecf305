//! What drawing, hit tests and tooltips share: a timeline, and where on the screen its parts are.
//!
//! All of them use this, so what is found at a position is what is drawn there. It decides nothing about looks.

use std::ops::Range;

use crate::timeline::Timeline;
use crate::trace::{LaneId, Nanos, ResourceId};

use super::index::{Moments, RunIndex};
use super::legend::StateFilter;
use super::lod::{self, Segment};
use super::rows::{BAND_HEIGHT, Row, Rows, TURN_HEIGHT};
use super::scale::{Px, TimeScale};
use super::shape::{Point, Rect};
use super::turns::{Turn, Turns};
use super::viewport::{Plot, Viewport};

/// Names one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanRef {
    /// Its lane.
    pub lane: LaneId,
    /// Which of the lane's changes it begins with.
    pub index: usize,
}

/// A timeline and where it is on the screen.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is shown.
    pub timeline: &'a Timeline,
    /// What is derived from it.
    pub index: &'a RunIndex,
    /// Which lane is where.
    pub rows: &'a Rows,
    /// Which part is in view.
    pub viewport: &'a Viewport,
    /// Which states are shown.
    pub filter: StateFilter,
    /// The viewport's plot.
    pub plot: Plot,
    /// The viewport's scale.
    pub scale: TimeScale,
}

impl<'a> View<'a> {
    /// This part of this timeline.
    pub fn new(
        timeline: &'a Timeline,
        index: &'a RunIndex,
        rows: &'a Rows,
        viewport: &'a Viewport,
        filter: StateFilter,
    ) -> View<'a> {
        View { timeline, index, rows, viewport, filter, plot: viewport.plot(), scale: viewport.scale() }
    }

    /// Where on the screen a height is, given from the first row's upper edge.
    pub fn y(&self, below_first_row: f64) -> f64 {
        self.plot.top + below_first_row - self.viewport.scroll()
    }

    /// The rows in view, wholly or in part.
    pub fn visible_rows(&self) -> &'a [Row] {
        let top = self.viewport.scroll();
        self.rows.between(top, top + self.plot.height())
    }

    /// The row at a height of the screen.
    pub fn row_at(&self, y: f64) -> Option<&'a Row> {
        let in_plot = y >= self.plot.top && y < self.plot.bottom;
        in_plot.then(|| self.rows.at(y - self.plot.top + self.viewport.scroll())).flatten()
    }

    /// The row of a lane or, if it is collapsed, that of its nearest ancestor that has one.
    pub fn row_showing(&self, lane: LaneId) -> Option<&'a Row> {
        let mut at = self.timeline.lane_position(lane)?;
        // A bad trace may have lanes that are their own ancestors.
        for _ in 0..64 {
            if let Some(row) = self.rows.of_lane(at) {
                return Some(row);
            }
            at = self.timeline.lanes[at].parent.and_then(|parent| self.timeline.lane_position(parent))?;
        }
        None
    }

    /// When a lane's last span ends.
    pub fn end_of(&self, lane: usize) -> Nanos {
        lod::end_of(&self.timeline.lanes[lane], self.timeline.now)
    }

    /// Puts the rectangles of a row's band into `segments`, from left to right.
    pub fn segments(&self, row: &Row, segments: &mut Vec<Segment>) {
        let (left, right) = (Px(self.plot.left), Px(self.plot.right));
        lod::segments(&self.index.lanes[row.lane], self.end_of(row.lane), &self.scale, left, right, segments);
    }

    /// Calls `draw` with the left and right edges of what can be seen of a row's scopes at a depth, from left to right,
    /// and with the scope's position among the lane's, if it is a single one.
    pub fn scopes(&self, row: &Row, depth: usize, mut draw: impl FnMut(f64, f64, Option<usize>)) {
        let lane = &self.timeline.lanes[row.lane];
        let numbers = &self.index.scopes[row.lane][depth];
        let (from, to) = self.times();
        let range = self.index.scopes_between(row.lane, depth, lane, from, to);
        let times = |at: usize| {
            let scope = &lane.scopes[numbers[at] as usize];
            (scope.start, scope.end.unwrap_or_else(|| self.end_of(row.lane)))
        };
        self.slices(range, times, |x0, x1, at| draw(x0, x1, at.map(|at| numbers[at] as usize)));
    }

    /// The same for those who had a lock in turns.
    pub fn turns(&self, turns: &Turns, draw: impl FnMut(f64, f64, Option<usize>)) {
        let (from, to) = self.times();
        let times = |at: usize| (turns.all()[at].start, turns.all()[at].end(self.timeline));
        self.slices(turns.between(from, to), times, draw);
    }

    /// The times at the plot's edges, in nanoseconds.
    fn times(&self) -> (f64, f64) {
        (self.scale.ns_from_px(Px(self.plot.left)), self.scale.ns_from_px(Px(self.plot.right)))
    }

    /// Calls `draw` for slices that follow one another: with the edges of each that has a pixel or more and its number,
    /// or with those of several that are too short to be told apart.
    fn slices(
        &self,
        range: Range<usize>,
        times: impl Fn(usize) -> (Nanos, Nanos),
        mut draw: impl FnMut(f64, f64, Option<usize>),
    ) {
        let Plot { left, right, .. } = self.plot;
        let mut at = range.start;
        let mut dense: Option<(f64, f64)> = None;
        while at < range.end {
            let (start, end) = times(at);
            let x0 = self.scale.px_from_time(start).0.max(left);
            let x1 = self.scale.px_from_time(end).0.min(right);
            if x1 - x0 >= 1.0 {
                if let Some((x0, x1)) = dense.take() {
                    draw(x0, x1, None);
                }
                draw(x0, x1, Some(at));
                at += 1;
                continue;
            }
            // Several slices in one pixel look like one; pixels that touch are drawn together.
            let until = self.scale.ns_from_px(Px(x0 + 1.0));
            let next = first_from(at + 1..range.end, |next| times(next).0.0 as f64 >= until);
            // The last of them may be long: then it is a slice of its own.
            let (start, end) = times(next - 1);
            let is_long = self.scale.px_from_time(end).0 - self.scale.px_from_time(start).0 >= 1.0;
            at = if is_long && next - 1 > at { next - 1 } else { next };
            dense = match dense {
                Some((start, end)) if x0 <= end + 1.0 => Some((start, x0 + 1.0)),
                Some((start, end)) => {
                    draw(start, end, None);
                    Some((x0, x0 + 1.0))
                }
                None => Some((x0, x0 + 1.0)),
            };
        }
        if let Some((x0, x1)) = dense {
            draw(x0, x1, None);
        }
    }

    /// Calls `each` with the pixel and the number of each of a lane's moments in view; for several within two pixels,
    /// only with the first.
    pub fn moments(&self, moments: &Moments, mut each: impl FnMut(f64, u32)) {
        let mut from = self.scale.ns_from_px(Px(self.plot.left));
        let mut at = 0;
        loop {
            at += moments[at..].partition_point(|(time, _)| (time.0 as f64) < from);
            let Some(&(time, number)) = moments.get(at) else { return };
            let x = self.scale.px_from_time(time);
            if x.0 > self.plot.right {
                return;
            }
            each(x.0, number);
            at += 1;
            from = self.scale.ns_from_px(Px(x.0 + 2.0));
        }
    }

    /// Where a span is drawn, at least two pixels wide; `None` if it is out of view.
    pub fn span_rect(&self, span: SpanRef) -> Option<Rect> {
        let lane = self.timeline.lane(span.lane).filter(|lane| span.index < lane.changes.len())?;
        let span_times = lane.span(span.index, self.timeline.now);
        self.time_rect(span.lane, span_times.start, span_times.end)
    }

    /// Where a lock's turn is drawn, at least two pixels wide; `None` if it is out of view.
    pub fn turn_rect(&self, resource: ResourceId, turn: &Turn) -> Option<Rect> {
        let number = self.index.turns.iter().position(|turns| turns.resource == resource)?;
        let (x0, x1) = self.edges(turn.start, turn.end(self.timeline))?;
        Some(Rect { x: x0, y: self.y(self.rows.turns_edges(number).0), width: x1 - x0, height: TURN_HEIGHT })
    }

    /// Where these times are on a lane's band, at least two pixels wide; `None` if they are out of view.
    pub fn time_rect(&self, lane: LaneId, from: Nanos, to: Nanos) -> Option<Rect> {
        let row = self.rows.of_lane(self.timeline.lane_position(lane)?)?;
        let (x0, x1) = self.edges(from, to)?;
        Some(Rect { x: x0, y: self.y(row.band_top), width: x1 - x0, height: BAND_HEIGHT })
    }

    /// Where these times begin and end in the plot, at least two pixels apart.
    fn edges(&self, from: Nanos, to: Nanos) -> Option<(f64, f64)> {
        let x0 = self.scale.px_from_time(from).0;
        let x1 = self.scale.px_from_time(to).0.max(x0 + 2.0);
        let in_view = x1 >= self.plot.left && x0 <= self.plot.right;
        in_view.then(|| (x0.max(self.plot.left), x1.min(self.plot.right)))
    }

    /// Where a moment of a lane is: in the middle of its band. Positions far out of view are brought nearer, since
    /// browsers do not paint well at distances of millions of pixels.
    pub fn point(&self, lane: LaneId, time: Nanos) -> Option<Point> {
        let row = self.row_showing(lane)?;
        let x = self.scale.px_from_time(time).0.clamp(self.plot.left - 300.0, self.plot.right + 300.0);
        Some(Point { x, y: self.y(row.band_top) + BAND_HEIGHT / 2.0 })
    }
}

/// The first of these numbers for which `is_after` holds, or the end; it holds for all that follow it, too.
fn first_from(range: Range<usize>, is_after: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = range;
    while start < end {
        let middle = start + (end - start) / 2;
        if is_after(middle) {
            end = middle;
        } else {
            start = middle + 1;
        }
    }
    start
}
