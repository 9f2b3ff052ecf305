//! Figures of a whole run.

use serde::{Deserialize, Serialize};

use super::Timeline;
use crate::trace::{LaneKind, Nanos, State, Target};

/// Time in each state, indexed by [`State`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByState(pub [Nanos; State::ALL.len()]);

impl ByState {
    /// Time in one state.
    pub fn of(&self, state: State) -> Nanos {
        self.0[state as usize]
    }
}

/// Figures of a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// How many lanes.
    pub lanes: usize,
    /// How many events.
    pub events: u64,
    /// How many anomalies.
    pub anomalies: usize,
    /// From the first event to the last.
    pub wall: Nanos,
    /// The most lanes that were Running at the same time. Event loops do not count, nor threads while they run tasks: they
    /// run as their tasks do.
    pub max_parallel: usize,
    /// Time in each state, all lanes but event loops together.
    pub by_state: ByState,
}

impl Timeline {
    /// The figures of the run so far.
    pub fn stats(&self) -> Stats {
        let mut by_state = ByState::default();
        // +1 where a lane begins to run, -1 where it stops; at the same time, stops first.
        let mut edges: Vec<(Nanos, i32)> = Vec::new();
        let mut first = None::<Nanos>;
        for lane in &self.lanes {
            if let Some(start) = lane.start() {
                first = Some(first.map_or(start, |first| first.min(start)));
            }
            if lane.kind == Some(LaneKind::EventLoop) {
                continue;
            }
            for span in lane.spans(self.now) {
                // A thread that runs a task, whose own lane has this time.
                if span.state == State::Running && matches!(span.on, Some(Target::Lane(_))) {
                    continue;
                }
                by_state.0[span.state as usize] = by_state.of(span.state) + span.duration();
                if span.state == State::Running && span.end > span.start {
                    edges.push((span.start, 1));
                    edges.push((span.end, -1));
                }
            }
        }
        edges.sort_unstable();
        let mut running = 0;
        let mut max_parallel = 0;
        for (_, step) in edges {
            running += step;
            max_parallel = max_parallel.max(running);
        }
        Stats {
            lanes: self.lanes.len(),
            events: self.events,
            anomalies: self.anomalies.len(),
            wall: self.now.saturating_sub(first.unwrap_or(self.now)),
            max_parallel: max_parallel as usize,
            by_state,
        }
    }
}
