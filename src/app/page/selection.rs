//! Selecting in a chart: spans, and moments. What is selected is brought into view, and described in words.

use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::stage::Stage;
use crate::analysis::Stretch;
use crate::chart::select::Step;
use crate::chart::tooltip::span_words;
use crate::chart::{Chart, Hit, Px, SpanRef};
use crate::timeline::Timeline;
use crate::trace::{LaneId, Nanos};

impl Stage {
    /// Selects what is here. On the label of a lane, collapses the rows below it, or expands them again.
    pub fn click(&self, x: f64, y: f64) {
        self.change(|chart, timeline| {
            if let Some(Hit::Label { lane }) = chart.hit(timeline, Px(x), Px(y)) {
                chart.toggle_collapsed(timeline, lane);
            } else {
                chart.select_at(timeline, Px(x), Px(y));
            }
        });
        self.describe_selection();
    }

    /// Moves the selection.
    pub fn step(&self, step: Step) {
        self.change(|chart, timeline| chart.step(timeline, step));
        self.reveal_scroll();
        self.describe_selection();
    }

    /// Selects nothing. False if nothing was selected.
    pub fn deselect(&self) -> bool {
        let had = self.change(|chart, timeline| {
            let had = chart.selected().is_some();
            chart.select(timeline, None);
            had
        });
        self.describe_selection();
        had
    }

    /// Shows these stretches of lanes, and selects the longest span in the first of them.
    pub(super) fn select_stretches(&self, stretches: &[Stretch]) {
        let start = stretches.iter().map(|stretch| stretch.start.0).min();
        let end = stretches.iter().map(|stretch| stretch.end.0).max();
        let (Some(start), Some(end)) = (start, end) else { return };
        let room = end.saturating_sub(start) as f64 * 0.06;
        self.change(|chart, timeline| {
            chart.viewport.fit_range(start as f64 - room, end as f64 + room);
            chart.select(timeline, stretches.first().and_then(|stretch| longest_of(timeline, stretch)));
        });
        self.reveal_all();
    }

    /// Chooses a moment of a lane.
    pub(super) fn choose_moment(&self, lane: LaneId, time: Nanos) {
        self.change(|chart, timeline| chart.choose(timeline, lane, time));
        self.reveal_all();
    }

    /// The moment that the reader points at: under the pointer, or the chosen one. With the lane that is pointed at, if
    /// any.
    pub(super) fn pointed_at(&self, chart: &Chart, timeline: &Timeline) -> Option<(Option<LaneId>, Nanos)> {
        let plot = chart.viewport.plot();
        let Some((x, _)) = self.0.pointer.get().filter(|(x, _)| *x >= plot.left) else {
            return chart.chosen(timeline).map(|(lane, time)| (Some(lane), time));
        };
        let time = chart.viewport.scale().ns_from_px(Px(x));
        let lane = chart.hovered().and_then(Hit::lane);
        (time >= 0.0 && time <= timeline.now.0 as f64).then_some((lane, Nanos(time as u64)))
    }

    /// The chart has brought a row into view; the box follows.
    fn reveal_scroll(&self) {
        let top = self.0.chart.borrow().viewport.scroll();
        self.0.parts.scroller.set_scroll_top(top.round() as i32);
    }

    /// Brings the chart, and in it the selected row, into view, and describes what is selected.
    fn reveal_all(&self) {
        self.reveal_scroll();
        self.describe_selection();
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        self.0.parts.scroller.scroll_into_view_with_scroll_into_view_options(&options);
    }

    fn describe_selection(&self) {
        let selected = self.0.chart.borrow().selected();
        let words = self.run().with_timeline(|timeline| span_words(timeline, selected?));
        self.0.parts.words.set_text_content(words.map(|words| words.sentence()).as_deref());
    }
}

/// The longest span in a stretch of a lane, among the first thousand.
fn longest_of(timeline: &Timeline, stretch: &Stretch) -> Option<SpanRef> {
    let lane = timeline.lane(stretch.lane)?;
    let first = lane.change_at(stretch.start).unwrap_or(0);
    let spans = (first..lane.changes.len()).take(1000).map(|index| lane.span(index, timeline.now));
    let longest = spans.take_while(|span| span.start < stretch.end).max_by_key(|span| span.duration())?;
    Some(SpanRef { lane: stretch.lane, index: longest.index })
}
