//! The arithmetic that gives all workers a common clock.
//!
//! Each worker's `performance.now()` counts from that worker's own start, and the start times that the browser reports
//! are off by up to a few milliseconds. So a worker asks another for its time, several times. Each answer was given
//! between asking and receiving, so each ping yields an interval that contains the true offset (Cristian's algorithm).
//! The intersection of all intervals is short even if every ping took long, since delays occur sometimes before the
//! answer and sometimes after it (as in Marzullo's algorithm).

use std::ops::Range;

/// One question and its answer, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ping {
    /// The asker's clock when it asked.
    pub asked: f64,
    /// The other's clock when it answered.
    pub answer: f64,
    /// The asker's clock when the answer arrived.
    pub received: f64,
}

/// What is known about the offset between two clocks, in milliseconds: add it to the asker's time to get the other's.
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
    /// It is enough once the remaining doubt is no more than this, in milliseconds.
    pub certain: f64,
}

impl Default for Offset {
    /// Nothing is known.
    fn default() -> Offset {
        Offset { least: f64::NEG_INFINITY, most: f64::INFINITY, pings: 0 }
    }
}

impl Offset {
    /// What these pings say.
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

    /// The midpoint of the possible range; zero while nothing is known.
    pub fn best(&self) -> f64 {
        if self.least.is_finite() && self.most.is_finite() { (self.least + self.most) / 2.0 } else { 0.0 }
    }

    /// The length of the possible range: twice the largest possible error of [`Offset::best`]. Clocks advance in steps,
    /// so this can come out slightly negative.
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
