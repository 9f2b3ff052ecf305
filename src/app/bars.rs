//! A run's figures as bars: how long each is, and its label. Knows nothing of where they are drawn.

use crate::analysis::{Figure, Measure};
use crate::trace::Nanos;

/// Bars on one scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What was measured.
    pub measure: Measure,
    /// Whether the scale is logarithmic, because the figures are too far apart for proportional bars.
    pub by_tens: bool,
    /// The bars, in the order of the figures.
    pub bars: Vec<Bar>,
}

/// A figure as a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is of.
    pub label: &'static str,
    /// The figure in words.
    pub figure: String,
    /// How long it is, in percent of the greatest possible length.
    pub percent: f64,
}

/// Figures farther apart than this are drawn by powers of ten.
const FAR: f64 = 200.0;

/// The shortest bar, in percent: no measured figure may look like none.
const SHORTEST: f64 = 0.5;

/// The figures as bars, by what was measured; a single figure has nothing to compare with, and gets none.
pub fn bars<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> Vec<Bars> {
    let all: Vec<_> = figures.into_iter().collect();
    let of = |measure: Measure| {
        let figures: Vec<_> = all.iter().copied().filter(|figure| figure.measure == measure).collect();
        (figures.len() > 1).then(|| scaled(measure, &figures))
    };
    Measure::ALL.iter().copied().filter_map(of).collect()
}

fn scaled(measure: Measure, figures: &[&Figure]) -> Bars {
    let positive = || figures.iter().map(|figure| figure.value).filter(|value| value.is_finite() && *value > 0.0);
    let most = positive().fold(f64::MIN_POSITIVE, f64::max);
    let least = positive().fold(most, f64::min);
    let by_tens = most / least > FAR;
    // On the logarithmic scale the shortest bar has a length, too: the scale begins one power of ten below it.
    let tens = |value: f64| (value / least).log10() + 1.0;
    let share = |value: f64| if by_tens { tens(value) / tens(most) } else { value / most };
    let bar = |figure: &&Figure| {
        let drawable = figure.value.is_finite() && figure.value > 0.0;
        let percent = if drawable { (100.0 * share(figure.value)).clamp(SHORTEST, 100.0) } else { 0.0 };
        Bar { label: figure.label, figure: in_words(measure, figure.value), percent }
    };
    Bars { measure, by_tens, bars: figures.iter().map(bar).collect() }
}

/// A figure with its unit: `503 ms`, `1.93 ×`, `97 %`.
fn in_words(measure: Measure, value: f64) -> String {
    match measure.unit() {
        "ms" => Nanos::from_millis_f64(value).to_string(),
        "ns" => Nanos(value.max(0.0).round() as u64).to_string(),
        "%" => format!("{value:.0} %"),
        unit => format!("{value:.2} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(measure: Measure, values: &[f64]) -> Vec<Figure> {
        let labels = ["sequential", "threads", "tasks", "processes"];
        let figure = |(value, label): (&f64, &'static str)| Figure { measure, of: label, label, value: *value };
        values.iter().zip(labels).map(figure).collect()
    }

    fn percents(measure: Measure, values: &[f64]) -> Vec<f64> {
        let figures = figures(measure, values);
        bars(&figures)[0].bars.iter().map(|bar| (bar.percent * 10.0).round() / 10.0).collect()
    }

    #[test]
    fn bars_are_in_proportion_to_their_figures() {
        assert_eq!(percents(Measure::Wall, &[1500.0, 300.0, 150.0]), [100.0, 20.0, 10.0]);
        assert_eq!(percents(Measure::Wall, &[0.0, 10.0]), [0.0, 100.0]);
        assert_eq!(percents(Measure::Wall, &[0.0, 0.0]), [0.0, 0.0]);
        assert_eq!(percents(Measure::Wall, &[1000.0, 5.01]), [100.0, 0.5]);
        assert_eq!(percents(Measure::Wall, &[f64::INFINITY, 10.0]), [0.0, 100.0]);
    }

    #[test]
    fn figures_that_are_far_apart_are_drawn_by_tens() {
        let far = figures(Measure::StartJoin, &[20_000.0, 200.0, 20_000_000.0]);
        let far = &bars(&far)[0];
        assert!(far.by_tens);
        let percents: Vec<_> = far.bars.iter().map(|bar| bar.percent.round()).collect();
        // 2, 0 and 5 powers of ten above the least, and one more each.
        assert_eq!(percents, [50.0, 17.0, 100.0]);
        let near = figures(Measure::StartJoin, &[20_000.0, 200.0]);
        assert!(!bars(&near)[0].by_tens);
    }

    #[test]
    fn each_measure_has_bars_of_its_own_and_says_its_figures() {
        let mut all = figures(Measure::SpeedUp, &[1.934, 0.5]);
        all.extend(figures(Measure::Wall, &[503.25, 12.0]));
        all.extend(figures(Measure::OfCores, &[96.7, 25.0]));
        all.extend(figures(Measure::HandOff, &[4407.0, 350.2]));
        all.extend(figures(Measure::Interval, &[5.1]));
        let bars = bars(&all);
        let words: Vec<_> = bars.iter().map(|bars| (bars.measure, bars.bars[0].figure.as_str())).collect();
        assert_eq!(
            words,
            [
                (Measure::Wall, "503 ms"),
                (Measure::SpeedUp, "1.93 ×"),
                (Measure::OfCores, "97 %"),
                (Measure::HandOff, "4.41 µs"),
            ]
        );
    }
}
