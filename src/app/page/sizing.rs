//! How high and wide a chart's canvas is: as its rows need, as the window allows, and steady during a run.

use web_sys::HtmlElement;

use super::browser;
use super::stage::{LEAST_HEIGHT, Stage};
use crate::chart::{Chart, Px};
use crate::timeline::Timeline;

/// Where the panels share one screen. The same query is in the style sheet.
const ONE_SCREEN: &str = "(min-width: 1000px) and (min-height: 600px)";

/// What stands above and below the canvas there, in CSS pixels: the chart's title and legend, and the least of what the
/// run shows.
const AROUND: f64 = 238.0;

/// The same for two charts.
const AROUND_TWO: f64 = 268.0;

/// What stays free below the last row, in CSS pixels.
const BELOW_ROWS: f64 = 10.0;

impl Stage {
    /// Makes the canvas as large as it should be by now.
    pub(super) fn fit_canvas(&self, chart: &mut Chart, timeline: &Timeline) {
        let inner = &*self.0;
        let most = self.most_height();
        let full = chart.full_height().0 + BELOW_ROWS;
        // A starting run keeps the height of the previous one, or has room for the threads that it will start: little
        // should move while its lanes appear.
        let expected = if chart.running { self.expected_height(chart).max(inner.heights.get().0) } else { 0.0 };
        let height = full.max(expected).max(LEAST_HEIGHT).min(most).round();
        let rows = full.max(height).round();
        if inner.heights.replace((height, rows)) != (height, rows) {
            set_height(&inner.parts.scroller, height);
            set_height(&inner.parts.canvas, height);
            set_height(&inner.parts.rows, rows);
        }
        let width = inner.width.get();
        inner.painter.borrow_mut().resize(width, height);
        if (chart.viewport.width().0, chart.viewport.height().0) != (width, height) {
            chart.resize(timeline, Px(width), Px(height));
        }
    }

    /// How high the chart of this run will be at least.
    fn expected_height(&self, chart: &Chart) -> f64 {
        let threads = self.run().spec().map_or(0, |spec| spec.threads());
        chart.least_height(threads).0 + BELOW_ROWS
    }

    /// How high the canvas may be, in CSS pixels; what is more scrolls.
    fn most_height(&self) -> f64 {
        // A frame may be made as high as its content, which then must not depend on the frame.
        if self.0.app.is_embedded() {
            return 420.0;
        }
        let window = browser::window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(800.0);
        // Two charts should be visible together.
        let alone = self.0.app.charts.others(self.0.slot).is_empty();
        let workspace = self.0.parts.canvas.closest(".workspace").ok().flatten();
        let room =
            workspace.filter(|_| browser::media(ONE_SCREEN)).map(|workspace| f64::from(workspace.client_height()));
        match room {
            Some(room) if alone => (room - AROUND).clamp(LEAST_HEIGHT, 900.0),
            Some(room) => ((room - AROUND_TWO) / 2.0).clamp(110.0, 600.0),
            None if alone => (window - 480.0).clamp(330.0, 900.0),
            None => (window * 0.4).clamp(240.0, 600.0),
        }
    }
}

fn set_height(element: &HtmlElement, height: f64) {
    // Through the style object, since a strict policy forbids style attributes.
    let _ = element.style().set_property("height", &format!("{height}px"));
}
