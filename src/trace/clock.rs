//! The sums behind one time for all workers.
//!
//! Each worker's `performance.now()` counts from that worker's own start, and what the browser says of the starts is
//! off by up to some milliseconds. So a worker asks another for its time, several times, and keeps the answer that
//! came back fastest: the true difference lies within half of that round trip (Cristian's algorithm).

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

impl Ping {
    /// Milliseconds from question to answer.
    pub fn round_trip(&self) -> f64 {
        self.received - self.asked
    }

    /// What to add to the asker's clock to have the other's, if the answer was given half-way.
    pub fn offset(&self) -> f64 {
        self.answer - (self.asked + self.received) / 2.0
    }
}

/// What to add to the asker's clock to have the other's, in milliseconds, by the fastest of these pings.
/// `None` without any.
pub fn offset(pings: impl IntoIterator<Item = Ping>) -> Option<f64> {
    pings
        .into_iter()
        .min_by(|a, b| a.round_trip().total_cmp(&b.round_trip()))
        .map(|best| best.offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_answer_counts() {
        let slow = Ping { asked: 0.0, answer: 109.0, received: 10.0 };
        let fast = Ping { asked: 20.0, answer: 121.0, received: 22.0 };
        assert_eq!(offset([slow, fast]), Some(100.0));
        assert_eq!(offset([]), None);
    }

    #[test]
    fn the_offset_is_never_further_off_than_half_the_round_trip() {
        for answered_at in [10.0, 11.0, 13.9, 14.0] {
            let ping = Ping { asked: 10.0, answer: answered_at + 500.0, received: 14.0 };
            assert!((ping.offset() - 500.0).abs() <= ping.round_trip() / 2.0);
        }
    }
}
