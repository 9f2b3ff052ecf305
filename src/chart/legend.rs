//! What the states are called and mean, and which of them are shown.

use crate::trace::State;

/// A line of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegendEntry {
    /// The state.
    pub state: State,
    /// Its name, as on the chart.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// The legend, in the order in which it should be shown.
pub const LEGEND: [LegendEntry; 5] = [
    entry(State::Running, "Running", "It does its work."),
    entry(State::Ready, "Ready", "It could run, but has no worker, no GIL or no turn of the event loop yet."),
    entry(State::Sleeping, "Sleeping", "It waits for a timer or for simulated I/O."),
    entry(State::Blocked, "Blocked", "A thread or process that waits for another: for a lock, a queue, an end."),
    entry(State::Suspended, "Suspended", "A task that awaits; the event loop does something else meanwhile."),
];

const fn entry(state: State, name: &'static str, meaning: &'static str) -> LegendEntry {
    LegendEntry { state, name, meaning }
}

/// Which states are shown; at first all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateFilter {
    hidden: u8,
}

impl StateFilter {
    /// Whether a state is shown.
    pub fn shows(self, state: State) -> bool {
        self.hidden & (1 << state as u8) == 0
    }

    /// Hides a state that is shown, and shows one that is hidden.
    pub fn toggle(&mut self, state: State) {
        self.hidden ^= 1 << state as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_in_the_legend_once() {
        for state in State::ALL {
            let entries: Vec<_> = LEGEND.iter().filter(|entry| entry.state == state).collect();
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0].name.to_lowercase(), state.name());
        }
    }

    #[test]
    fn a_state_can_be_hidden_and_shown_again() {
        let mut filter = StateFilter::default();
        filter.toggle(State::Sleeping);
        assert_eq!(State::ALL.map(|state| filter.shows(state)), [true, true, false, true, true]);
        filter.toggle(State::Sleeping);
        assert_eq!(filter, StateFilter::default());
    }
}
