//! The steps of the time axis: how far apart, and what they are called.
//!
//! It knows times and a scale, and nothing of what happened.

use super::scale::{Px, TimeScale};
use super::text::text_width;

/// Least distance between two steps, in CSS pixels, besides the width of their labels.
const LEAST_GAP: f64 = 60.0;

/// Height of the letters of a label.
pub const LABEL_SIZE: f64 = 11.0;

/// A step of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it is.
    pub x: Px,
    /// The time since the run began, in words.
    pub label: String,
}

/// The steps between two pixels.
pub fn steps(scale: &TimeScale, left: Px, right: Px) -> Vec<Step> {
    let (from, to) = (scale.ns_from_px(left).max(0.0), scale.ns_from_px(right));
    let mut step = nice(LEAST_GAP * scale.ns_per_px);
    // The closer the steps, the more digits their labels need.
    while step < (text_width(&label(to, step), LABEL_SIZE) + 16.0) * scale.ns_per_px {
        step = nice(step * 1.5);
    }
    let first = (from / step).ceil() as u64;
    let last = (to / step).floor().max(0.0) as u64;
    (first..=last)
        .map(|number| number as f64 * step)
        .take_while(|&ns| ns <= to)
        .map(|ns| Step { x: scale.px_from_ns(ns), label: label(ns, step) })
        .collect()
}

/// The least of 1, 2, 5, 10, 20, 50… nanoseconds that is not below this.
fn nice(ns: f64) -> f64 {
    let power = 10f64.powf(ns.max(1.0).log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|&step| step >= ns * 0.999_999)
        .unwrap_or(10.0 * power)
}

/// The largest unit in which a time needs no more than three decimals, given that it is a multiple of `step`.
fn label(ns: f64, step: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    if ns < 0.5 {
        return "0".to_owned();
    }
    for (unit, name) in UNITS {
        if ns >= unit * 0.999_999 && step >= unit / 1000.0 * 0.999_999 {
            let text = format!("{:.3}", ns / unit);
            return format!("{} {name}", text.trim_end_matches('0').trim_end_matches('.'));
        }
    }
    format!("{ns:.0} ns")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: f64, to: f64, width: f64) -> String {
        let scale = TimeScale::new(from, to, Px(0.0), Px(width));
        steps(&scale, Px(0.0), Px(width)).into_iter().map(|step| step.label).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn steps_read_well_at_every_zoom() {
        assert_eq!(labels(0.0, 1.5e9, 800.0), "0 | 200 ms | 400 ms | 600 ms | 800 ms | 1 s | 1.2 s | 1.4 s");
        assert_eq!(labels(0.0, 60e9, 400.0), "0 | 10 s | 20 s | 30 s | 40 s | 50 s | 60 s");
        assert_eq!(labels(2e6, 2.4e6, 400.0), "2 ms | 2.1 ms | 2.2 ms | 2.3 ms | 2.4 ms");
        assert_eq!(labels(0.0, 1e3, 400.0), "0 | 200 ns | 400 ns | 600 ns | 800 ns | 1 µs");
        assert_eq!(labels(1.2e9, 1.2e9 + 2e3, 300.0), "1200 ms | 1200.001 ms | 1200.002 ms");
        assert_eq!(labels(-5e8, 5e8, 300.0), "0 | 200 ms | 400 ms");
    }

    #[test]
    fn there_are_never_more_steps_than_fit() {
        for exponent in 3..14 {
            let to = 10f64.powi(exponent) * 1.7;
            let scale = TimeScale::new(0.0, to, Px(0.0), Px(1000.0));
            let steps = steps(&scale, Px(0.0), Px(1000.0));
            assert!((2..=17).contains(&steps.len()), "{} steps of {to} ns", steps.len());
            for pair in steps.windows(2) {
                assert!(pair[1].x.0 - pair[0].x.0 > text_width(&pair[0].label, LABEL_SIZE));
            }
        }
    }
}
