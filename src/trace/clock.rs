//! The sums behind one time for all workers.
//!
//! Each worker's `performance.now()` counts from that worker's own start, and what the browser says of the starts is
//! off by up to some milliseconds. So a worker asks another for its time, several times. The other answered between
//! question and answer, so each ping leaves a stretch in which the true difference lies (Cristian's algorithm); the
//! part that all of them share is short even when each of them took long, since what delays them comes now before the
//! answer, now after it (as in Marzullo's algorithm).

use std::ops::Range;

/// One question and its answer, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ping {
    /// The asker's clock when it asked.
    pub asked: f64,
    /// The other's clock when it answered.
    pub answer: f64,
    /// The asker's clock when the answer was there.
    pub received: f64,
}

/// What is known of the difference between two clocks, in milliseconds: what to add to the asker's to have the other's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    least: f64,
    most: f64,
    pings: usize,
}

/// How long to go on asking.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How many pings there are at least, and at most.
    pub pings: Range<usize>,
    /// With this much doubt left, in milliseconds, it is enough.
    pub certain: f64,
}

impl Default for Offset {
    /// Nothing is known.
    fn default() -> Offset {
        Offset { least: f64::NEG_INFINITY, most: f64::INFINITY, pings: 0 }
    }
}

impl Offset {
    /// What these pings tell.
    pub fn of(pings: impl IntoIterator<Item = Ping>) -> Offset {
        let mut offset = Offset::default();
        for ping in pings {
            offset.learn(ping);
        }
        offset
    }

    /// Takes a ping into account.
    pub fn learn(&mut self, ping: Ping) {
        self.least = self.least.max(ping.answer - ping.received);
        self.most = self.most.min(ping.answer - ping.asked);
        self.pings += 1;
    }

    /// Whether no more pings are needed.
    pub fn is_enough(&self, patience: &Patience) -> bool {
        let Patience { pings, certain } = patience;
        self.pings >= pings.end || (self.pings >= pings.start && self.doubt() <= *certain)
    }

    /// The middle of what is possible; zero while nothing is known.
    pub fn best(&self) -> f64 {
        if self.least.is_finite() && self.most.is_finite() { (self.least + self.most) / 2.0 } else { 0.0 }
    }

    /// How long the stretch is in which it lies: twice the largest error of [`Offset::best`]. Clocks move in steps, so
    /// this can come out a little below zero.
    pub fn doubt(&self) -> f64 {
        self.most - self.least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slow_pings_delayed_on_different_sides_leave_little_doubt() {
        let answered_late = Ping { asked: 0.0, answer: 109.0, received: 10.0 };
        let answered_early = Ping { asked: 20.0, answer: 121.0, received: 30.0 };
        let offset = Offset::of([answered_late, answered_early]);
        assert_eq!((offset.best(), offset.doubt()), (100.0, 2.0));
        assert_eq!(Offset::of([]).best(), 0.0);
    }

    #[test]
    fn as_many_pings_as_it_takes_are_enough() {
        let patience = Patience { pings: 2..4, certain: 0.5 };
        let ping = |took| Ping { asked: 0.0, answer: took / 2.0, received: took };
        assert!(!Offset::of([ping(0.1)]).is_enough(&patience), "one may be a fluke");
        assert!(Offset::of([ping(0.1), ping(9.0)]).is_enough(&patience));
        assert!(!Offset::of([ping(9.0); 3]).is_enough(&patience), "too much doubt is left");
        assert!(Offset::of([ping(9.0); 4]).is_enough(&patience), "it must end");
    }

    proptest! {
        #[test]
        fn the_true_offset_is_never_further_off_than_half_the_doubt(
            truth in -1e6..1e6f64,
            pings in prop::collection::vec((0.0..1e3f64, 0.0..5.0f64, 0.0..5.0f64), 1..20),
        ) {
            let offset = Offset::of(pings.iter().map(|&(asked, there, back)| Ping {
                asked,
                answer: asked + there + truth,
                received: asked + there + back,
            }));
            prop_assert!((offset.best() - truth).abs() <= offset.doubt() / 2.0 + 1e-6);
        }
    }
}
