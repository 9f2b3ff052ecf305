//! Which colours and patterns the roles of shapes have, in a light and a dark theme.
//!
//! Nothing else in the chart knows a colour. Each state has its own pattern as well, since not everyone can tell
//! colours apart. The patterns, signs and ticks are given as strokes, so that a canvas and an SVG file draw the same.

use crate::trace::{Ending, State};

use super::shape::{Fill, Ink, Point, Surface};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// How the rectangles of a state are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Nothing but the colour.
    Solid,
    /// Hatched diagonally.
    Diagonal,
    /// Dotted.
    Dots,
    /// Hatched both ways.
    Cross,
    /// Horizontal lines.
    Horizontal,
}

/// What is repeated to make a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
    /// Its width and height, in CSS pixels.
    pub size: f64,
    /// Its lines: from x, y to x, y.
    pub lines: &'static [[f64; 4]],
    /// Its dots: x, y, radius.
    pub dots: &'static [[f64; 3]],
    /// Width of the lines, in CSS pixels.
    pub line_width: f64,
}

impl Pattern {
    /// The pattern of a state.
    pub fn of(state: State) -> Pattern {
        match state {
            State::Running => Pattern::Solid,
            State::Ready => Pattern::Diagonal,
            State::Sleeping => Pattern::Dots,
            State::Blocked => Pattern::Cross,
            State::Suspended => Pattern::Horizontal,
        }
    }

    /// What is repeated. Lines that leave a tile at a corner are drawn beyond it, so that they meet the next tile's.
    pub fn tile(self) -> Tile {
        let (size, lines, dots): (f64, &[[f64; 4]], &[[f64; 3]]) = match self {
            Pattern::Solid => (8.0, &[], &[]),
            Pattern::Diagonal => {
                (8.0, &[[-2.0, 10.0, 10.0, -2.0], [-2.0, 2.0, 2.0, -2.0], [6.0, 10.0, 10.0, 6.0]], &[])
            }
            Pattern::Dots => (6.0, &[], &[[1.5, 1.5, 0.9], [4.5, 4.5, 0.9]]),
            Pattern::Cross => (6.0, &[[-1.0, -1.0, 7.0, 7.0], [-1.0, 7.0, 7.0, -1.0]], &[]),
            Pattern::Horizontal => (5.0, &[[0.0, 2.5, 5.0, 2.5]], &[]),
        };
        Tile { size, lines, dots, line_width: 1.0 }
    }
}

/// How many colours turns with a lock have. Where there is room they carry the lane's name: the colour only helps.
const TURN_COLOURS: usize = 4;

impl Theme {
    /// The main colour of a state. Words on it are drawn in [`Ink::OnState`].
    pub fn state(self, state: State) -> &'static str {
        match state {
            State::Running => "#14a57f",
            State::Ready => "#c58608",
            State::Sleeping => "#8d8fa5",
            State::Blocked => "#d85a3e",
            State::Suspended => "#5b8ee6",
        }
    }

    /// The colour of the strokes of a state's pattern: lighter than the state's, so that dark words stay readable.
    pub fn pattern_ink(self, state: State) -> &'static str {
        match state {
            State::Running => "#14a57f",
            State::Ready => "#eec976",
            State::Sleeping => "#c6c8d6",
            State::Blocked => "#ea8f78",
            State::Suspended => "#adc8f6",
        }
    }

    /// A plain surface.
    pub fn surface(self, surface: Surface) -> &'static str {
        match (self, surface) {
            (Theme::Light, Surface::Background) => "#ffffff",
            (Theme::Light, Surface::Frame) => "#f6f7f9",
            (Theme::Light, Surface::HoveredRow) => "#eef3fa",
            (Theme::Dark, Surface::Background) => "#15181d",
            (Theme::Dark, Surface::Frame) => "#1b1f26",
            (Theme::Dark, Surface::HoveredRow) => "#1f2630",
        }
    }

    /// The colour of a fill; `none` for a mix, whose states are painted one by one.
    pub fn fill(self, fill: Fill) -> &'static str {
        match (self, fill) {
            (_, Fill::State(state)) => self.state(state),
            (_, Fill::Mix(_)) => "none",
            (_, Fill::Surface(surface)) => self.surface(surface),
            (Theme::Light, Fill::Scope { depth }) => ["#d9dff0", "#c8d1e8"][depth as usize % 2],
            (Theme::Dark, Fill::Scope { depth }) => ["#39435a", "#2f384c"][depth as usize % 2],
            (Theme::Light, Fill::Turn { lane: None }) => "#d5d9e0",
            (Theme::Dark, Fill::Turn { lane: None }) => "#3a404a",
            (Theme::Light, Fill::Turn { lane: Some(lane) }) => {
                ["#93d3bd", "#edcf85", "#a9c5f3", "#e7b4d9"][lane as usize % TURN_COLOURS]
            }
            (Theme::Dark, Fill::Turn { lane: Some(lane) }) => {
                ["#1f6653", "#6b5115", "#2f5190", "#71375f"][lane as usize % TURN_COLOURS]
            }
        }
    }

    /// The colour of a line or a word.
    pub fn ink(self, ink: Ink) -> &'static str {
        match (self, ink) {
            (_, Ink::OnState(_)) => "#0b0e12",
            (Theme::Light, Ink::Grid) => "#e6e9ee",
            (Theme::Light, Ink::Separator) => "#eceef2",
            (Theme::Light, Ink::StrongSeparator) => "#b9c0ca",
            (Theme::Light, Ink::Present) => "#b3261e",
            (Theme::Light, Ink::RecordingEnded) => "#7a4a00",
            (Theme::Light, Ink::Chosen) => "#0b57a4",
            (Theme::Light, Ink::Hovered) => "#4a5568",
            (Theme::Light, Ink::Selected) => "#11151a",
            (Theme::Light, Ink::Arrow) => "#8b95a3",
            (Theme::Light, Ink::HandOver) => "#4f8fc0",
            (Theme::Light, Ink::StrongArrow) => "#1d2530",
            (Theme::Light, Ink::Print) => "#3d4756",
            (Theme::Light, Ink::Mark) => "#8a1c7c",
            (Theme::Light, Ink::Label) => "#1f2733",
            (Theme::Light, Ink::FaintLabel) => "#566172",
            (Theme::Light, Ink::OnScope) => "#1f2733",
            (Theme::Dark, Ink::Grid) => "#262c35",
            (Theme::Dark, Ink::Separator) => "#222830",
            (Theme::Dark, Ink::StrongSeparator) => "#4a5462",
            (Theme::Dark, Ink::Present) => "#ff8a80",
            (Theme::Dark, Ink::RecordingEnded) => "#ffcc80",
            (Theme::Dark, Ink::Chosen) => "#8ec5ff",
            (Theme::Dark, Ink::Hovered) => "#b7c2d2",
            (Theme::Dark, Ink::Selected) => "#ffffff",
            (Theme::Dark, Ink::Arrow) => "#77828f",
            (Theme::Dark, Ink::HandOver) => "#5f93bd",
            (Theme::Dark, Ink::StrongArrow) => "#f0f4f9",
            (Theme::Dark, Ink::Print) => "#c5cfdd",
            (Theme::Dark, Ink::Mark) => "#f2a7e8",
            (Theme::Dark, Ink::Label) => "#e4e9f0",
            (Theme::Dark, Ink::FaintLabel) => "#a3aebc",
            (Theme::Dark, Ink::OnScope) => "#e4e9f0",
        }
    }

    /// The colour of the sign at the end of a lane.
    pub fn ending(self, ending: Ending) -> &'static str {
        match (self, ending) {
            (Theme::Light, Ending::Failed) => "#b3001b",
            (Theme::Dark, Ending::Failed) => "#ff6b6b",
            _ => self.ink(Ink::Label),
        }
    }
}

/// How wide a line is, in CSS pixels.
pub fn line_width(ink: Ink) -> f64 {
    match ink {
        Ink::Present | Ink::RecordingEnded | Ink::Chosen | Ink::StrongArrow | Ink::Hovered => 1.5,
        Ink::Selected => 2.5,
        _ => 1.0,
    }
}

/// The sign at the end of a lane: strokes on a field from -1 to 1 in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sign {
    /// Lines through these points.
    pub strokes: &'static [&'static [(f64, f64)]],
    /// How many pixels one unit is.
    pub radius: f64,
    /// Width of the strokes, in CSS pixels.
    pub line_width: f64,
}

/// The sign of an ending: a bar, a large cross, a crossed-out lozenge, a cross in a square, a square.
pub fn ending_sign(ending: Ending) -> Sign {
    const BAR: &[(f64, f64)] = &[(0.0, -1.0), (0.0, 1.0)];
    const FALLING: &[(f64, f64)] = &[(-1.0, -1.0), (1.0, 1.0)];
    const RISING: &[(f64, f64)] = &[(-1.0, 1.0), (1.0, -1.0)];
    const LOZENGE: &[(f64, f64)] = &[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];
    const SQUARE: &[(f64, f64)] = &[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)];
    let (strokes, radius, line_width): (&[&[(f64, f64)]], f64, f64) = match ending {
        Ending::Returned => (&[BAR], 10.0, 1.5),
        Ending::Failed => (&[FALLING, RISING], 7.0, 3.5),
        Ending::Cancelled => (&[LOZENGE, RISING], 6.0, 1.5),
        Ending::Killed => (&[SQUARE, FALLING, RISING], 5.0, 1.5),
        Ending::Stopped => (&[SQUARE], 5.0, 1.5),
    };
    Sign { strokes, radius, line_width }
}

/// The corners of a tick that ends at this place: a triangle for a printed line, a lozenge for a mark.
pub fn tick_corners(ink: Ink, at: Point) -> [Point; 4] {
    let corner = |x: f64, y: f64| Point { x: at.x + x, y: at.y + y };
    if ink == Ink::Mark {
        [corner(0.0, -7.0), corner(3.5, -3.5), corner(0.0, 0.0), corner(-3.5, -3.5)]
    } else {
        [corner(-3.0, -6.0), corner(3.0, -6.0), corner(0.0, 0.0), corner(0.0, 0.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue as amounts of light.
    fn light(colour: &str) -> [f64; 3] {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        [part(1), part(3), part(5)]
    }

    /// The contrast of two colours as WCAG counts it.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |colour| {
            let [red, green, blue] = light(colour);
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn words_can_be_read_and_states_be_seen() {
        for theme in [Theme::Light, Theme::Dark] {
            for state in State::ALL {
                let words = theme.ink(Ink::OnState(state));
                assert!(contrast(words, theme.state(state)) >= 4.5, "{theme:?} {state:?}");
                assert!(contrast(words, theme.pattern_ink(state)) >= 4.5, "{theme:?} {state:?}");
                let ground = theme.surface(Surface::Background);
                assert!(contrast(theme.state(state), ground) >= 3.0, "{theme:?} {state:?}");
            }
            for (ink, surface) in [
                (Ink::Label, Surface::Frame),
                (Ink::Label, Surface::HoveredRow),
                (Ink::FaintLabel, Surface::Frame),
                (Ink::Present, Surface::Background),
                (Ink::Chosen, Surface::Background),
            ] {
                assert!(contrast(theme.ink(ink), theme.surface(surface)) >= 4.5, "{theme:?} {ink:?}");
            }
            for depth in 0..2 {
                assert!(contrast(theme.ink(Ink::OnScope), theme.fill(Fill::Scope { depth })) >= 4.5);
            }
            for lane in [None].into_iter().chain((0..TURN_COLOURS as u32).map(Some)) {
                assert!(contrast(theme.ink(Ink::OnScope), theme.fill(Fill::Turn { lane })) >= 4.5);
            }
            assert!(contrast(theme.ending(Ending::Failed), theme.surface(Surface::Background)) >= 4.5);
        }
    }

    #[test]
    fn states_differ_also_for_the_colour_blind() {
        // Full colour vision, and how protanopes and deuteranopes see, after Machado, Oliveira and Fernandes (2009).
        const SIGHT: [[[f64; 3]; 3]; 3] = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
        ];
        let seen = |colour: &str, sight: &[[f64; 3]; 3]| {
            let light = light(colour);
            lab(sight.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0)))
        };
        for sight in &SIGHT {
            for (at, a) in State::ALL.into_iter().enumerate() {
                for b in State::ALL.into_iter().skip(at + 1) {
                    let (left, right) = (seen(Theme::Light.state(a), sight), seen(Theme::Light.state(b), sight));
                    let distance = left.iter().zip(right).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 15.0, "{a:?} and {b:?} are {distance} apart");
                }
            }
        }
    }

    /// A colour in the space CIELAB, in which distances are roughly those that eyes perceive.
    fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
        let bend = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = bend((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
        let y = bend(0.2126 * red + 0.7152 * green + 0.0722 * blue);
        let z = bend((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn every_state_has_its_own_pattern_and_every_ending_its_own_sign() {
        for a in State::ALL {
            assert_eq!(State::ALL.iter().filter(|&&b| Pattern::of(a) == Pattern::of(b)).count(), 1);
        }
        for a in Ending::ALL {
            assert_eq!(Ending::ALL.iter().filter(|&&b| ending_sign(a) == ending_sign(b)).count(), 1);
        }
    }
}
