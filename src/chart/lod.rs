//! Level of detail: which rectangles a lane's band is made of.
//!
//! A span of a pixel or more is a rectangle of its own. Where several spans fall into one pixel, the pixel stands for
//! them all and knows the exact time in each state. The cost of a band depends on its width: each step moves at least
//! one pixel to the right and finds its position by binary search. It knows nothing of rows or colours; drawing and hit
//! tests both use it.

use std::ops::Range;

use crate::timeline::{ByState, Lane};
use crate::trace::{Nanos, State};

use super::index::{LaneIndex, Sums, by_state, difference};
use super::scale::{Px, TimeScale};

/// How far the shares of a state in two neighbouring pixels may differ for them to be drawn as one.
const SIMILAR: f64 = 0.15;

/// A rectangle of a band: one span, or pixels that stand for several.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its left edge.
    pub x0: f64,
    /// Its right edge.
    pub x1: f64,
    /// The lane's changes that it stands for.
    pub changes: Range<usize>,
    /// The state that takes up most of its time.
    pub state: State,
    /// Its time in each state, as far as it is in view.
    pub sums: ByState,
}

impl Segment {
    /// Whether it stands for more than one span.
    pub fn is_aggregate(&self) -> bool {
        self.changes.len() > 1
    }

    /// What fraction of its time each state takes up.
    pub fn shares(&self) -> [f64; State::ALL.len()] {
        shares(&self.sums, self.state)
    }
}

fn shares(sums: &ByState, dominant: State) -> [f64; State::ALL.len()] {
    let total: u64 = sums.0.iter().map(|time| time.0).sum();
    if total == 0 {
        return std::array::from_fn(|state| f64::from(state == dominant as usize));
    }
    let part = 1.0 / total as f64;
    sums.0.map(|time| time.0 as f64 * part)
}

/// When a lane's last span ends: with the lane, or at the present.
pub fn end_of(lane: &Lane, now: Nanos) -> Nanos {
    let last = lane.changes.last().map_or(Nanos::ZERO, |last| last.time);
    lane.end.as_ref().map_or(now, |end| end.time).max(last)
}

/// Replaces the contents of `segments` by the rectangles of a lane between the pixels `left` and `right`, from left to
/// right. They do not overlap. `end` is when the lane's last span ends ([`end_of`]).
pub fn segments(index: &LaneIndex, end: Nanos, scale: &TimeScale, left: Px, right: Px, segments: &mut Vec<Segment>) {
    segments.clear();
    if index.is_empty() || scale.px_from_time(end) < left {
        return;
    }
    let px = |ns: u64| scale.px_from_ns(ns as f64).0;
    let view_start = scale.ns_from_px(left).max(0.0).round() as u64;
    let mut at = index.change_at(scale.ns_from_px(left)).unwrap_or(0);
    let mut x = left.0.max(px(index.start(at)));
    // Time in each state before change `.0`; the next pixel often begins where this one ended.
    let mut carried: Option<(usize, Sums)> = None;
    let mut alike = None;
    // How many changes the previous pixel had.
    let mut many = 1;
    while at < index.len() && x < right.0 {
        let span_end = px(index.end(at, end.0));
        if span_end - x >= 1.0 {
            segments.push(single(index, at, end.0, x..span_end.min(right.0), view_start));
            x = span_end;
            at += 1;
            alike = None;
            continue;
        }
        let mut next = index.first_from(scale.ns_from_px(Px(x + 1.0)), at, at + many);
        many = next - at;
        let last = next - 1;
        // A long span that begins in this pixel gets the rest of its length as a rectangle of its own, if it will
        // have at least a pixel left.
        let mut x1 = (x + 1.0).max(px(index.end(last, end.0)));
        if last > at && x1 >= x + 2.0 {
            x1 = x + 1.0;
            next = last;
            // Changes of no duration before it are only steps on the way: a lane that ran as soon as it was ready must
            // not look as if it had waited.
            if index.start(at) == index.start(last) {
                at = last;
                continue;
            }
        }
        let before = match carried {
            Some((known, sums)) if known == at => sums,
            _ => index.before(at, end.0),
        };
        let after = index.before(next, end.0);
        carried = Some((next, after));
        let mut sums = difference(&after, &before);
        let hidden = view_start.saturating_sub(index.start(at)).min(index.end(at, end.0) - index.start(at));
        sums[index.state(at) as usize] -= hidden;
        let changes = at..next;
        let state = dominant(index, &changes, &sums);
        let x_end = x1.min(right.0).max(x + f64::EPSILON);
        push_pixel(segments, &mut alike, Segment { x0: x, x1: x_end, changes, state, sums: by_state(sums) });
        x = x1;
        at = next;
    }
}

fn single(index: &LaneIndex, at: usize, end: u64, x: Range<f64>, view_start: u64) -> Segment {
    let state = index.state(at);
    let mut sums = Sums::default();
    sums[state as usize] = index.end(at, end).saturating_sub(index.start(at).max(view_start));
    Segment { x0: x.start, x1: x.end, changes: at..at + 1, state, sums: by_state(sums) }
}

/// The state that takes up most of the time; in a tie, the last one in force if it is among them.
fn dominant(index: &LaneIndex, changes: &Range<usize>, sums: &Sums) -> State {
    let most = sums.iter().copied().max().unwrap_or(0);
    let last = index.state(changes.end - 1);
    if sums[last as usize] == most {
        return last;
    }
    State::ALL.into_iter().rfind(|&state| sums[state as usize] == most).unwrap_or(last)
}

/// Merges a pixel into those before it, if it looks like them. `alike` has the shares of the first of them, so that
/// many small differences do not add up to a large one.
fn push_pixel(segments: &mut Vec<Segment>, alike: &mut Option<[f64; State::ALL.len()]>, pixel: Segment) {
    let shares = pixel.shares();
    if let Some(first) = alike
        && let Some(before) = segments.last_mut()
        && before.changes.end == pixel.changes.start
        && before.state == pixel.state
        && first.iter().zip(&shares).all(|(a, b)| (a - b).abs() <= SIMILAR)
    {
        before.x1 = pixel.x1;
        before.changes.end = pixel.changes.end;
        for (sum, more) in before.sums.0.iter_mut().zip(pixel.sums.0) {
            sum.0 += more.0;
        }
        return;
    }
    *alike = Some(shares);
    segments.push(pixel);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::timeline::Change;

    /// A lane with spans of these lengths (in nanoseconds) and states, and where it ends.
    fn lane(steps: &[(u64, State)]) -> (LaneIndex, Nanos) {
        let mut time = 0;
        let mut changes = Vec::new();
        for &(length, state) in steps {
            changes.push(Change { time: Nanos(time), state, on: None, site: None, cause: None });
            time += length;
        }
        let mut index = LaneIndex::default();
        index.extend(&changes);
        (index, Nanos(time))
    }

    fn cut(steps: &[(u64, State)], ns_per_px: u64, width: u64) -> Vec<Segment> {
        let (index, end) = lane(steps);
        let scale = TimeScale::new(0.0, (ns_per_px * width) as f64, Px(0.0), Px(width as f64));
        let mut out = Vec::new();
        segments(&index, end, &scale, Px(0.0), Px(width as f64), &mut out);
        out
    }

    /// A character per pixel: the second letter of the state's name, upper-case where it stands for several spans.
    fn drawn(segments: &[Segment], width: usize) -> String {
        let mut line = vec!['.'; width];
        for segment in segments {
            let letter = segment.state.name().chars().nth(1).unwrap_or('?');
            let letter = if segment.is_aggregate() { letter.to_ascii_uppercase() } else { letter };
            for place in line.iter_mut().take(segment.x1.round() as usize).skip(segment.x0.round() as usize) {
                *place = letter;
            }
        }
        line.into_iter().collect()
    }

    use State::{Blocked, Ready, Running, Sleeping};

    #[test]
    fn long_spans_are_their_own() {
        let steps = [(30, Running), (50, Blocked), (20, Running)];
        assert_eq!(drawn(&cut(&steps, 10, 12), 12), "uuullllluu..");
    }

    #[test]
    fn a_short_span_between_long_ones_is_still_seen() {
        let steps = [(50, Sleeping), (1, Running), (49, Sleeping)];
        assert_eq!(drawn(&cut(&steps, 10, 10), 10), "lllllullll");
    }

    #[test]
    fn a_state_that_lasted_no_time_is_seen_only_where_there_is_nothing_else() {
        let steps = [(0, Ready), (50, Sleeping), (0, Running), (50, Sleeping)];
        assert_eq!(drawn(&cut(&steps, 10, 10), 10), "llllllllll");
        assert_eq!(drawn(&cut(&[(50, Sleeping), (0, Running)], 10, 10), 10), "lllllu....");
    }

    #[test]
    fn a_lane_of_no_length_is_still_seen() {
        assert_eq!(drawn(&cut(&[(0, Running)], 10, 4), 4), "u...");
    }

    #[test]
    fn pixels_that_look_alike_are_one_shape() {
        let steps: Vec<_> = (0..1000).flat_map(|_| [(3, Running), (1, Ready)]).collect();
        let segments = cut(&steps, 100, 100);
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].changes, 0..2000);
        assert_eq!(segments[0].shares()[Running as usize], 0.75);
    }

    #[test]
    fn pixels_that_differ_are_not() {
        let mut steps: Vec<_> = (0..100).flat_map(|_| [(3, Running), (1, Ready)]).collect();
        steps.extend((0..100).flat_map(|_| [(1, Running), (3, Blocked)]));
        assert_eq!(drawn(&cut(&steps, 100, 10), 10), "UUUULLLL..");
    }

    fn steps() -> impl Strategy<Value = Vec<(u64, State)>> {
        let length = prop_oneof![Just(0u64), 1..20u64, 1..2000u64];
        proptest::collection::vec((length, (0..5usize).prop_map(|state| State::ALL[state])), 1..200)
    }

    proptest! {
        #[test]
        fn segments_cover_the_lane_in_order_and_their_sums_are_exact(
            steps in steps(), ns_per_px in 1.0..500f64, left in 0.0..3000f64,
        ) {
            let (index, end) = lane(&steps);
            let scale = TimeScale::new(left.floor(), left.floor() + 200.0 * ns_per_px, Px(0.0), Px(200.0));
            let mut out = Vec::new();
            segments(&index, end, &scale, Px(0.0), Px(200.0), &mut out);
            prop_assert!(out.len() <= 201);
            for pair in out.windows(2) {
                prop_assert!((pair[0].x1 - pair[1].x0).abs() < 1e-6, "{pair:?}");
                prop_assert!(pair[0].changes.end <= pair[1].changes.start);
            }
            for segment in &out {
                prop_assert!(segment.x1 > segment.x0 && segment.x1 <= 200.0 + 1e-9);
                let from = index.start(segment.changes.start).max(left as u64);
                let to = index.end(segment.changes.end - 1, end.0);
                let expected = index.time_between(Nanos(from), Nanos(to.max(from)), end);
                prop_assert_eq!(segment.sums, expected);
                // Drawn where it is, give or take the pixel that a short span before it took.
                let true_start = scale.px_from_time(Nanos(from)).0;
                prop_assert!((segment.x0 - true_start).abs() <= 1.0 + 1e-6, "{} for {}", segment.x0, true_start);
            }
        }
    }
}
