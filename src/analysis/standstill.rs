//! Notices that the page or the machine stood still: who looks at the clock at regular times gets to it too late.

use std::time::Duration;

use crate::trace::Nanos;

/// Looks at the clock now and then while a run goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandstillWatch {
    looked: Nanos,
    lost: Nanos,
}

impl StandstillWatch {
    /// How often to look.
    pub const EVERY: Duration = Duration::from_millis(100);

    /// How much later than that is usual, on a machine that has other things to do as well.
    const USUAL: Duration = Duration::from_millis(100);

    /// How much time must be lost to call it a standstill.
    const ENOUGH: Duration = Duration::from_millis(400);

    /// A watch that begins at this time of the run.
    pub fn start(now: Nanos) -> StandstillWatch {
        StandstillWatch { looked: now, lost: Nanos::ZERO }
    }

    /// It is `now`. Whether enough time was lost since the start, all in all, to call it a standstill.
    pub fn look(&mut self, now: Nanos) -> bool {
        let late = now.saturating_sub(self.looked + Nanos::from(Self::EVERY));
        if late > Nanos::from(Self::USUAL) {
            self.lost = self.lost + late;
        }
        self.looked = now;
        self.lost >= Nanos::from(Self::ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a standstill is seen by who looks at these times, in milliseconds.
    fn seen(times: &[u64]) -> bool {
        let mut watch = StandstillWatch::start(Nanos::ZERO);
        times.iter().fold(false, |_, time| watch.look(Nanos::from_millis(*time)))
    }

    #[test]
    fn a_long_gap_is_a_standstill() {
        assert!(!seen(&[100, 200, 650]));
        assert!(seen(&[100, 200, 700]));
        assert!(seen(&[100, 200, 700, 800]), "it stays one");
    }

    #[test]
    fn short_gaps_add_up_unless_they_are_usual() {
        assert!(seen(&[350, 700]));
        assert!(!seen(&(1..100).map(|beat| beat * 200).collect::<Vec<_>>()));
    }
}
