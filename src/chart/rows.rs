//! Which lane is in which row, and how high the rows are.
//!
//! One lane per row: event loops first, the others below the lane that started them, processes after the threads and
//! tasks of the process they were started in, so that what belongs to one process is together. Below all lanes, a row
//! for each lock that they have in turns. Drawing and hit tests use the same rows. The layout changes only when lanes
//! or such locks are added, so it is kept between frames. It knows neither times nor colours.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::timeline::{Lane, Timeline};
use crate::trace::{LaneId, LaneKind};

/// Height of a state band, in CSS pixels.
pub const BAND_HEIGHT: f64 = 20.0;

/// Height of the slices of one depth of scopes.
pub const SCOPE_HEIGHT: f64 = 13.0;

/// Height of a label above its band, in a chart without a gutter.
pub const COMPACT_LABEL_HEIGHT: f64 = 15.0;

/// Free space above and below what a row shows.
const PADDING: f64 = 3.0;

/// Height of the slices of those who had a lock in turns.
pub const TURN_HEIGHT: f64 = 14.0;

/// Height of a row that shows only a band, in CSS pixels.
const BAND_ROW_HEIGHT: f64 = BAND_HEIGHT + 2.0 * PADDING;

/// Scopes deeper than this have no row of their own.
const MAX_SCOPE_DEPTH: usize = 8;

/// One lane's row. Heights and positions are in CSS pixels below the upper edge of the first row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The lane's position in [`Timeline::lanes`].
    pub lane: usize,
    /// The lane's number.
    pub id: LaneId,
    /// How many rows it is below, in the tree of who started whom.
    pub depth: usize,
    /// Whether another process begins with it.
    pub begins_process: bool,
    /// Whether lanes that it started have rows, or would have if it were not collapsed.
    pub has_children: bool,
    /// Whether the rows below it are collapsed.
    pub is_collapsed: bool,
    /// How many depths of scopes are shown under its band.
    pub scope_depths: usize,
    /// Its upper edge.
    pub top: f64,
    /// Its height.
    pub height: f64,
    /// The upper edge of its state band.
    pub band_top: f64,
}

impl Row {
    /// Its lower edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The upper edge of the slices of scopes at this depth.
    pub fn scope_top(&self, depth: usize) -> f64 {
        self.band_top + BAND_HEIGHT + 1.0 + depth as f64 * SCOPE_HEIGHT
    }
}

/// All rows, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    rows: Vec<Row>,
    of_lane: Vec<Option<u32>>,
    /// How many rows there are for locks that lanes have in turns, below those of the lanes, and how high each is.
    turns: usize,
    turns_height: f64,
}

impl Rows {
    /// Lays out a row for each lane, except those below a collapsed one. `scope_depths` says for each lane of the
    /// timeline how deep its scopes are nested; `compact` puts the labels above the bands.
    pub fn layout(timeline: &Timeline, scope_depths: &[usize], compact: bool, collapsed: &BTreeSet<LaneId>) -> Rows {
        let lanes = &timeline.lanes;
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); lanes.len()];
        let mut roots = Vec::new();
        for (at, lane) in lanes.iter().enumerate() {
            match lane.parent.and_then(|parent| timeline.lane_position(parent)).filter(|&parent| parent != at) {
                Some(parent) => children[parent].push(at),
                None => roots.push(at),
            }
        }
        for siblings in &mut children {
            siblings.sort_by_key(|&at| (rank(&lanes[at]), lanes[at].id));
        }
        roots.sort_by_key(|&at| (lanes[at].id.process(), rank(&lanes[at]), lanes[at].id));

        let of_lane = vec![None; lanes.len()];
        let mut rows = Rows { rows: Vec::with_capacity(lanes.len()), of_lane, ..Rows::default() };
        let mut seen = vec![false; lanes.len()];
        let mut process = None;
        // In a bad trace, lanes may be each other's parents; those come last, each as a root.
        for root in roots.into_iter().chain(0..lanes.len()) {
            let mut stack = vec![(root, 0, false)];
            while let Some((at, depth, folded)) = stack.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                let is_collapsed = collapsed.contains(&lanes[at].id);
                for &child in children[at].iter().rev() {
                    stack.push((child, depth + 1, folded || is_collapsed));
                }
                if folded {
                    continue;
                }
                let of_process =
                    if depth == 0 { Some(lanes[at].id.process()) } else { process.filter(|_| !is_process(&lanes[at])) };
                let begins_process = !rows.rows.is_empty() && (of_process != process || of_process.is_none());
                process = of_process.or(Some(u16::MAX));
                let scope_depths = scope_depths.get(at).copied().unwrap_or(0).min(MAX_SCOPE_DEPTH);
                rows.push(
                    compact,
                    Row {
                        lane: at,
                        id: lanes[at].id,
                        depth,
                        begins_process,
                        has_children: !children[at].is_empty(),
                        is_collapsed,
                        scope_depths,
                        top: 0.0,
                        height: 0.0,
                        band_top: 0.0,
                    },
                );
            }
        }
        rows
    }

    /// With rows for this many locks that lanes have in turns.
    pub fn with_turns(self, count: usize, compact: bool) -> Rows {
        let label = if compact { COMPACT_LABEL_HEIGHT } else { 0.0 };
        Rows { turns: count, turns_height: PADDING + label + TURN_HEIGHT + PADDING, ..self }
    }

    /// The least height of `count` rows.
    pub fn least_height(count: usize) -> f64 {
        count as f64 * BAND_ROW_HEIGHT
    }

    /// The lanes' rows, from top to bottom.
    pub fn all(&self) -> &[Row] {
        &self.rows
    }

    /// Height of all rows together.
    pub fn height(&self) -> f64 {
        self.lanes_height() + self.turns as f64 * self.turns_height
    }

    fn lanes_height(&self) -> f64 {
        self.rows.last().map_or(0.0, Row::bottom)
    }

    /// The upper and the lower edge of the slices of the lock with this number.
    pub fn turns_edges(&self, number: usize) -> (f64, f64) {
        let bottom = self.lanes_height() + (number + 1) as f64 * self.turns_height - PADDING;
        (bottom - TURN_HEIGHT, bottom)
    }

    /// The number of the lock in whose row this height is.
    pub fn turns_at(&self, y: f64) -> Option<usize> {
        let below = y - self.lanes_height();
        (below >= 0.0 && y < self.height()).then(|| (below / self.turns_height) as usize)
    }

    /// The row of the lane at this position in [`Timeline::lanes`], unless it is collapsed.
    pub fn of_lane(&self, lane: usize) -> Option<&Row> {
        self.of_lane.get(lane).copied().flatten().map(|row| &self.rows[row as usize])
    }

    /// The position of this lane's row among the rows.
    pub fn position(&self, lane: usize) -> Option<usize> {
        self.of_lane.get(lane).copied().flatten().map(|row| row as usize)
    }

    /// The row at this height.
    pub fn at(&self, y: f64) -> Option<&Row> {
        let row = self.rows.get(self.rows.partition_point(|row| row.bottom() <= y))?;
        (y >= row.top).then_some(row)
    }

    /// The rows that are between these heights, wholly or in part.
    pub fn between(&self, top: f64, bottom: f64) -> &[Row] {
        let range: Range<usize> =
            self.rows.partition_point(|row| row.bottom() <= top)..self.rows.partition_point(|row| row.top < bottom);
        self.rows.get(range).unwrap_or_default()
    }

    fn push(&mut self, compact: bool, mut row: Row) {
        row.top = self.lanes_height();
        row.band_top = row.top + PADDING + if compact { COMPACT_LABEL_HEIGHT } else { 0.0 };
        let scopes = if row.scope_depths == 0 { 0.0 } else { 1.0 + row.scope_depths as f64 * SCOPE_HEIGHT };
        row.height = row.band_top + BAND_HEIGHT + scopes + PADDING - row.top;
        self.of_lane[row.lane] = Some(self.rows.len() as u32);
        self.rows.push(row);
    }
}

/// The order of lanes that have the same parent.
fn rank(lane: &Lane) -> u8 {
    match lane.kind {
        Some(LaneKind::EventLoop) => 0,
        Some(LaneKind::Process) => 2,
        _ => 1,
    }
}

fn is_process(lane: &Lane) -> bool {
    lane.kind == Some(LaneKind::Process)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::timeline;
    use crate::trace::{Event, EventKind, Nanos};

    /// The rows as text: indented names, a rule where another process begins.
    fn outline(timeline: &Timeline, collapsed: &[&str]) -> String {
        let collapsed = collapsed.iter().filter_map(|name| timeline.lane_named(name)).map(|lane| lane.id).collect();
        let mut text = String::new();
        for row in Rows::layout(timeline, &[], false, &collapsed).all() {
            if row.begins_process {
                text += "--\n";
            }
            text += &format!("{}{}\n", "  ".repeat(row.depth), timeline.lanes[row.lane].name);
        }
        text
    }

    const FAMILY: &str = "
        main: run 0-9
        child process < main: run 1-9
        a < main: run 1-9
        inner < child: run 2-9
        aa < a: run 2-9
        loop loop: run 0-9
        b < main: run 1-9";

    #[test]
    fn lanes_stand_under_the_one_that_started_them() {
        let expected = "loop\nmain\n  a\n    aa\n  b\n--\n  child\n    inner\n";
        assert_eq!(outline(&timeline(FAMILY), &[]), expected);
    }

    #[test]
    fn a_collapsed_row_hides_those_below_it() {
        assert_eq!(outline(&timeline(FAMILY), &["a"]), "loop\nmain\n  a\n  b\n--\n  child\n    inner\n");
        assert_eq!(outline(&timeline(FAMILY), &["main"]), "loop\nmain\n");
    }

    #[test]
    fn lanes_that_started_each_other_still_have_rows() {
        let define = |lane, parent| Event {
            time: Nanos::ZERO,
            lane: LaneId(lane),
            kind: EventKind::LaneDefined {
                kind: LaneKind::Thread,
                parent: Some(LaneId(parent)),
                name: format!("{lane}"),
            },
        };
        let timeline = Timeline::from_events([define(1, 2), define(2, 1), define(3, 3), define(4, 99)]);
        let rows = Rows::layout(&timeline, &[], false, &BTreeSet::new());
        assert_eq!(rows.all().len(), 4);
    }

    #[test]
    fn every_height_belongs_to_the_row_that_is_drawn_there() {
        let timeline = timeline(FAMILY);
        let rows = Rows::layout(&timeline, &[0, 0, 2], true, &BTreeSet::new());
        for row in rows.all() {
            assert_eq!(rows.at(row.top), Some(row));
            assert_eq!(rows.at(row.bottom() - 0.01), Some(row));
            assert_eq!(rows.of_lane(row.lane), Some(row));
            assert!(row.scope_top(row.scope_depths) <= row.bottom() || row.scope_depths == 0);
        }
        assert_eq!(rows.at(-1.0), None);
        assert_eq!(rows.at(rows.height()), None);
        assert_eq!(rows.between(0.0, rows.all()[0].bottom()).len(), 1);
        assert_eq!(rows.between(5.0, 1e9).len(), 7);
        assert_eq!(rows.between(1e9, 2e9).len(), 0);
    }
}
