//! Which part of the run is in view: zooming, panning, scrolling, following the present.
//!
//! It knows how long the run is and how large the chart is, and nothing of lanes or of input devices: the app says
//! "zoom by this factor about that position".

use crate::trace::Nanos;

use super::scale::{Px, TimeScale};

/// The least time that can be in view, in nanoseconds.
pub const MIN_SPAN: f64 = 1e3;

/// What is in view before anything has happened, in nanoseconds.
const EMPTY_RUN: f64 = 1e8;

/// How far beyond the run a view may extend on either side, as a fraction of the run.
const MARGIN: f64 = 0.05;

/// What a view of the whole run leaves free before and after it, as fractions of the run. There is more after it, since
/// that is where the ends of lanes are marked, and where the present moves.
const FIT_BEFORE: f64 = 0.01;
const FIT_AFTER: f64 = 0.03;

/// Narrower charts have no gutter: their labels are above the bands.
const COMPACT_BELOW: f64 = 520.0;

/// Height of the time axis at the top.
const AXIS_HEIGHT: f64 = 26.0;

/// The part of the chart in which time runs from left to right, in CSS pixels of the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Its left edge; left of it are the labels.
    pub left: f64,
    /// Its upper edge; above it is the time axis.
    pub top: f64,
    /// Its right edge.
    pub right: f64,
    /// Its lower edge.
    pub bottom: f64,
}

impl Plot {
    /// How wide, in CSS pixels.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// How high, in CSS pixels.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Which part of the run is in view, and on how large a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    start: f64,
    end: f64,
    scroll: f64,
    width: f64,
    height: f64,
    run: f64,
    follow: bool,
}

impl Viewport {
    /// A view of an empty run, on a chart of this size in CSS pixels. It follows the present.
    pub fn new(width: Px, height: Px) -> Viewport {
        let mut viewport = Viewport {
            start: 0.0,
            end: 0.0,
            scroll: 0.0,
            width: width.0.max(1.0),
            height: height.0.max(1.0),
            run: EMPTY_RUN,
            follow: true,
        };
        viewport.fit();
        viewport
    }

    /// The earliest time in view, in nanoseconds; below zero if it is before the run.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The latest time in view, in nanoseconds.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// How much time is in view, in nanoseconds.
    pub fn span(&self) -> f64 {
        self.end - self.start
    }

    /// How far the rows are scrolled up, in CSS pixels.
    pub fn scroll(&self) -> f64 {
        self.scroll
    }

    /// Width of the whole chart.
    pub fn width(&self) -> Px {
        Px(self.width)
    }

    /// Height of the whole chart.
    pub fn height(&self) -> Px {
        Px(self.height)
    }

    /// Whether the right edge moves with the present.
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// Whether the chart is too narrow for labels beside the bands.
    pub fn is_compact(&self) -> bool {
        self.width < COMPACT_BELOW
    }

    /// Where the bands are.
    pub fn plot(&self) -> Plot {
        let left = if self.is_compact() { 0.0 } else { (self.width * 0.18).round().clamp(96.0, 220.0) };
        Plot { left, top: AXIS_HEIGHT.min(self.height), right: self.width, bottom: self.height }
    }

    /// The scale of this view.
    pub fn scale(&self) -> TimeScale {
        let plot = self.plot();
        TimeScale::new(self.start, self.end, Px(plot.left), Px(plot.width()))
    }

    /// The chart has a new size; the same times stay in view.
    pub fn resize(&mut self, width: Px, height: Px) {
        self.width = width.0.max(1.0);
        self.height = height.0.max(1.0);
    }

    /// The run has reached `now`. If the view follows the present, all of the run stays in view.
    pub fn follow(&mut self, now: Nanos) {
        self.run = if now == Nanos::ZERO { EMPTY_RUN } else { (now.0 as f64).max(MIN_SPAN) };
        if self.follow {
            self.fit();
        } else {
            self.clamp();
        }
    }

    /// Shows the whole run, and follows the present from now on.
    pub fn fit(&mut self) {
        self.follow = true;
        self.start = -FIT_BEFORE * self.run;
        self.end = (1.0 + FIT_AFTER) * self.run;
    }

    /// Shows these times, in nanoseconds, and no longer follows the present.
    pub fn fit_range(&mut self, start: f64, end: f64) {
        self.follow = false;
        let middle = (start + end) / 2.0;
        let half = ((end - start).abs() / 2.0).max(MIN_SPAN / 2.0);
        (self.start, self.end) = (middle - half, middle + half);
        self.clamp();
    }

    /// Zooms so that what is at `at` stays there; a factor above 1 zooms in.
    pub fn zoom_at(&mut self, at: Px, factor: f64) {
        if !(factor.is_finite() && factor > 0.0) {
            return;
        }
        self.follow = false;
        let plot = self.plot();
        let part = ((at.0 - plot.left) / plot.width().max(1.0)).clamp(0.0, 1.0);
        let under = self.start + part * self.span();
        let span = (self.span() / factor).clamp(MIN_SPAN, self.max_span());
        self.start = under - part * span;
        self.end = self.start + span;
        self.clamp();
    }

    /// Moves what is shown to the right by this many pixels, as a finger that drags it does.
    pub fn pan(&mut self, by: Px) {
        self.follow = false;
        let ns = by.0 * self.scale().ns_per_px;
        self.start -= ns;
        self.end -= ns;
        self.clamp();
    }

    /// Scrolls the rows up by this many pixels; `content` is the height of all rows.
    pub fn scroll_by(&mut self, by: Px, content: Px) {
        let most = (content.0 - self.plot().height()).max(0.0);
        self.scroll = (self.scroll + by.0).clamp(0.0, most);
    }

    /// Scrolls no further than needed to have what is from `top` to `bottom` (pixels below the first row's upper
    /// edge) in view.
    pub fn scroll_to(&mut self, top: Px, bottom: Px, content: Px) {
        let above = top.0 - self.scroll;
        let below = bottom.0 - (self.scroll + self.plot().height());
        let by = if above < 0.0 { above } else { below.max(0.0) };
        self.scroll_by(Px(by), content);
    }

    /// Shows the same times as another view does; size and scrolled rows stay.
    pub fn align(&mut self, other: &Viewport) {
        let Viewport { start, end, run, follow, .. } = *other;
        *self = Viewport { start, end, run, follow, ..*self };
    }

    fn max_span(&self) -> f64 {
        (self.run * (1.0 + 2.0 * MARGIN)).max(MIN_SPAN)
    }

    /// Brings the view back to the run. The margin is a fraction of the run, not of the view: so zooming in never leads
    /// out of it, and the point under the pointer stays.
    fn clamp(&mut self) {
        let span = self.span().clamp(MIN_SPAN, self.max_span());
        let margin = (self.run * MARGIN).max((span - self.run) / 2.0);
        let latest_start = self.run + margin - span;
        self.start = self.start.min(latest_start).max(-margin);
        self.end = self.start + span;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_a_second(width: f64) -> Viewport {
        let mut viewport = Viewport::new(Px(width), Px(300.0));
        viewport.follow(Nanos::from_millis(1000));
        viewport
    }

    #[test]
    fn the_whole_run_is_in_view_until_the_reader_moves() {
        let mut viewport = of_a_second(800.0);
        assert!(viewport.start() < 0.0 && viewport.end() > 1e9);
        viewport.follow(Nanos::from_millis(2000));
        assert!(viewport.end() > 2e9, "the right edge follows the present");
        viewport.pan(Px(10.0));
        let end = viewport.end();
        viewport.follow(Nanos::from_millis(3000));
        assert_eq!(viewport.end(), end, "a moved view stays where it is");
        viewport.fit();
        viewport.follow(Nanos::from_millis(4000));
        assert!(viewport.end() > 4e9, "and follows again once it was fitted");
    }

    #[test]
    fn nothing_yet_is_a_view_too() {
        let mut viewport = Viewport::new(Px(0.0), Px(0.0));
        viewport.follow(Nanos::ZERO);
        viewport.zoom_at(Px(0.0), 2.0);
        viewport.pan(Px(-1e9));
        viewport.scroll_by(Px(50.0), Px(0.0));
        assert!(viewport.span() >= MIN_SPAN && viewport.scroll() == 0.0);
    }

    #[test]
    fn a_view_stays_near_the_run() {
        let mut viewport = of_a_second(800.0);
        viewport.zoom_at(Px(400.0), 10.0);
        viewport.pan(Px(1e7));
        assert!((viewport.start() + 0.05e9).abs() < 1.0);
        viewport.pan(Px(-1e7));
        assert!((viewport.end() - 1.05e9).abs() < 1.0);
        viewport.zoom_at(Px(400.0), 1e-9);
        assert!((viewport.span() - 1.1e9).abs() < 1.0);
        viewport.zoom_at(Px(400.0), 1e12);
        assert!((viewport.span() - MIN_SPAN).abs() < 1e-3);
        viewport.zoom_at(Px(400.0), f64::NAN);
        assert!(viewport.span().is_finite());
    }

    #[test]
    fn a_range_fits() {
        let mut viewport = of_a_second(800.0);
        viewport.fit_range(2e8, 3e8);
        assert_eq!((viewport.start(), viewport.end()), (2e8, 3e8));
        viewport.fit_range(2e8, 2e8);
        assert_eq!(viewport.span(), MIN_SPAN);
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let mut viewport = of_a_second(800.0);
        viewport.scroll_by(Px(-5.0), Px(1000.0));
        assert_eq!(viewport.scroll(), 0.0);
        viewport.scroll_by(Px(5000.0), Px(1000.0));
        assert_eq!(viewport.scroll(), 1000.0 - viewport.plot().height());
        viewport.scroll_to(Px(30.0), Px(60.0), Px(1000.0));
        assert_eq!(viewport.scroll(), 30.0);
    }

    #[test]
    fn narrow_charts_have_no_gutter() {
        assert_eq!(of_a_second(360.0).plot().left, 0.0);
        assert!(of_a_second(800.0).plot().left >= 96.0);
    }

    proptest! {
        #[test]
        fn the_point_under_the_pointer_stays_under_it(
            width in 300.0..3000f64, at in 0.0..1f64, factors in proptest::collection::vec(1.0..3f64, 1..12),
        ) {
            let mut viewport = of_a_second(width);
            let plot = viewport.plot();
            let pointer = Px(plot.left + at * plot.width());
            let under = viewport.scale().ns_from_px(pointer);
            for factor in factors {
                viewport.zoom_at(pointer, factor);
                let now = viewport.scale().px_from_ns(under);
                prop_assert!((now.0 - pointer.0).abs() < 0.01, "moved from {pointer:?} to {now:?}");
            }
        }

        #[test]
        fn whatever_is_done_the_view_is_sound(
            steps in proptest::collection::vec((0..4u8, -2000.0..2000f64), 0..40),
        ) {
            let mut viewport = of_a_second(700.0);
            for (what, by) in steps {
                match what {
                    0 => viewport.zoom_at(Px(by.abs()), (by / 500.0).exp()),
                    1 => viewport.pan(Px(by)),
                    2 => viewport.fit_range(by * 1e6, by.abs() * 1e6),
                    _ => viewport.follow(Nanos((by.abs() * 1e6) as u64)),
                }
                prop_assert!(viewport.span() >= MIN_SPAN * 0.999);
                prop_assert!(viewport.start() >= -0.06 * viewport.run - MIN_SPAN);
                prop_assert!(viewport.end() <= 1.06 * viewport.run + MIN_SPAN);
            }
        }
    }
}
