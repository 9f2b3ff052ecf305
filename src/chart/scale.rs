//! Where a time is on the screen, and which time a position on the screen shows.
//!
//! A [`TimeScale`] never changes; a moved view has a new one. It knows nothing of lanes or of what is drawn.

use std::ops::{Add, Sub};

use crate::trace::Nanos;

/// A length or position on the screen, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Px(pub f64);

impl Add for Px {
    type Output = Px;
    fn add(self, other: Px) -> Px {
        Px(self.0 + other.0)
    }
}

impl Sub for Px {
    type Output = Px;
    fn sub(self, other: Px) -> Px {
        Px(self.0 - other.0)
    }
}

/// A linear mapping between times and positions from left to right.
///
/// Times are `f64` nanoseconds here: a view may begin slightly before the run does, and a zoomed one lies between two
/// whole nanoseconds. An `f64` counts single nanoseconds exactly for a hundred days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale {
    /// The position that shows `start`.
    pub left: Px,
    /// The time at `left`, in nanoseconds of the run.
    pub start: f64,
    /// How much time one pixel shows, in nanoseconds; above zero.
    pub ns_per_px: f64,
}

impl TimeScale {
    /// The scale that shows the times from `start` to `end` (nanoseconds) on `width` pixels from `left` on.
    pub fn new(start: f64, end: f64, left: Px, width: Px) -> TimeScale {
        TimeScale { left, start, ns_per_px: (end - start).max(f64::MIN_POSITIVE) / width.0.max(1.0) }
    }

    /// Where a time is.
    #[inline]
    pub fn px_from_time(&self, time: Nanos) -> Px {
        self.px_from_ns(time.0 as f64)
    }

    /// Where a time in nanoseconds is.
    #[inline]
    pub fn px_from_ns(&self, ns: f64) -> Px {
        Px(self.left.0 + (ns - self.start) / self.ns_per_px)
    }

    /// Which time is shown there, in nanoseconds; below zero left of the run's start.
    #[inline]
    pub fn ns_from_px(&self, px: Px) -> f64 {
        self.start + (px.0 - self.left.0) * self.ns_per_px
    }

    /// Which time is shown there: the nearest whole nanosecond, and no earlier than the run's start.
    pub fn time_from_px(&self, px: Px) -> Nanos {
        Nanos(self.ns_from_px(px).round().max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_of_the_view_are_at_the_ends_of_the_plot() {
        let scale = TimeScale::new(1000.0, 3000.0, Px(100.0), Px(500.0));
        assert_eq!(scale.px_from_time(Nanos(1000)), Px(100.0));
        assert_eq!(scale.px_from_time(Nanos(3000)), Px(600.0));
        assert_eq!(scale.time_from_px(Px(350.0)), Nanos(2000));
        assert_eq!(scale.time_from_px(Px(-9999.0)), Nanos::ZERO);
    }

    proptest! {
        #[test]
        fn px_to_time_to_px_comes_back(
            start in -1e9..1e12f64, span in 1e3..1e12f64, width in 1.0..4000f64, at in 0.0..1f64,
        ) {
            let scale = TimeScale::new(start, start + span, Px(40.0), Px(width));
            let px = Px(40.0 + width * at);
            let back = scale.px_from_ns(scale.ns_from_px(px));
            prop_assert!((back.0 - px.0).abs() < 1e-3, "{px:?} came back as {back:?}");
        }

        #[test]
        fn whole_nanoseconds_come_back(start in 0.0..1e10f64, span in 1e3..1e10f64, at in 0.0..1f64) {
            let scale = TimeScale::new(start, start + span, Px(0.0), Px(1000.0));
            let time = Nanos((start + span * at) as u64);
            prop_assert_eq!(scale.time_from_px(scale.px_from_time(time)), time);
        }
    }
}
