//! What a drawn chart consists of: plain shapes, whose colours are roles.
//!
//! A canvas or an SVG file is painted from these, in their order: what comes later covers what came before. Positions
//! and lengths are in CSS pixels, from the upper left corner of the chart. No shape knows its colour:
//! [`super::palette`] does.

use crate::trace::{Ending, State};

/// A position.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Its middle.
    pub fn middle(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }
}

/// How much of an aggregated rectangle each state takes up, in 255ths, indexed by [`State`].
///
/// What is missing from 255 are states that the legend has switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix(pub [u8; State::ALL.len()]);

impl Mix {
    /// The order from bottom to top: what works below, what waits above.
    const ORDER: [State; 5] = [State::Running, State::Ready, State::Blocked, State::Suspended, State::Sleeping];

    /// The mix as rectangles on top of each other, each as high as its state's share.
    pub fn stack(self, rect: Rect) -> impl Iterator<Item = (Rect, State)> {
        let mut bottom = rect.y + rect.height;
        Mix::ORDER.into_iter().filter_map(move |state| {
            let height = rect.height * f64::from(self.0[state as usize]) / 255.0;
            bottom -= height;
            (height > 0.0).then_some((Rect { y: bottom, height, ..rect }, state))
        })
    }
}

/// What a rectangle is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The colour and pattern of a state.
    State(State),
    /// Several states in one place: to be painted as [`Mix::stack`].
    Mix(Mix),
    /// A scope; adjacent depths differ slightly.
    Scope {
        /// How many scopes it is inside.
        depth: u32,
    },
    /// A turn with a lock.
    Turn {
        /// Which lane's, as its position in the timeline: neighbours differ. `None` for several in one place.
        lane: Option<u32>,
    },
    /// A plain surface.
    Surface(Surface),
}

/// Surfaces without a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    /// Behind everything.
    Background,
    /// Behind the time axis and the labels.
    Frame,
    /// Behind the row that the pointer is in.
    HoveredRow,
}

/// What a line or a text means; decides its colour, and how wide a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Lines at the steps of the time axis.
    Grid,
    /// Between two rows.
    Separator,
    /// Between two processes, and between the frame and the rows.
    StrongSeparator,
    /// The present, while a run goes on.
    Present,
    /// Where recording ended although the run went on.
    RecordingEnded,
    /// The moment that was chosen.
    Chosen,
    /// Around what the pointer is on.
    Hovered,
    /// Around what is selected.
    Selected,
    /// An arrow among all of them.
    Arrow,
    /// An arrow for what was handed over without a wait.
    HandOver,
    /// An arrow of the hovered or selected span.
    StrongArrow,
    /// A printed line.
    Print,
    /// A mark.
    Mark,
    /// A label of a row, or of a step of the axis.
    Label,
    /// A label that matters less.
    FaintLabel,
    /// A word on the fill of a state.
    OnState(State),
    /// A word on a scope.
    OnScope,
}

/// Which edge of a text its position refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// One thing to paint.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle.
    Rect {
        /// Where.
        rect: Rect,
        /// With what.
        fill: Fill,
    },
    /// The edges of a rectangle.
    Outline {
        /// Where.
        rect: Rect,
        /// What it means.
        ink: Ink,
    },
    /// A straight line.
    Line {
        /// From here.
        from: Point,
        /// To here.
        to: Point,
        /// What it means.
        ink: Ink,
    },
    /// One line of text, vertically centred on its position.
    Text {
        /// Where.
        at: Point,
        /// What it says; already truncated to the room it has.
        text: String,
        /// Height of the letters, in CSS pixels.
        size: f64,
        /// Which edge `at` refers to.
        align: Align,
        /// What it means.
        ink: Ink,
    },
    /// A curved arrow from a cause to its effect, along [`arrow_curve`].
    Arrow {
        /// Where the cause is.
        from: Point,
        /// Where the effect is.
        to: Point,
        /// What it means.
        ink: Ink,
    },
    /// A small mark at a moment, pointing down to `at`: a printed line or a mark.
    Tick {
        /// Its lower end.
        at: Point,
        /// What it means.
        ink: Ink,
    },
    /// The end of a lane. Each [`Ending`] has its own sign (see [`super::palette::ending_sign`]).
    End {
        /// The middle of the lane's band at its end.
        at: Point,
        /// How high the band is.
        height: f64,
        /// How the lane ended.
        ending: Ending,
    },
}

/// The two control points of the cubic curve that an arrow is drawn along. It leaves and arrives horizontally, so its
/// head always points to the right.
pub fn arrow_curve(from: Point, to: Point) -> (Point, Point) {
    let reach = ((to.x - from.x).abs() / 2.0).clamp(10.0, 60.0);
    (Point { x: from.x + reach, y: from.y }, Point { x: to.x - reach, y: to.y })
}

/// The three corners of the head of an arrow that ends at `to`.
pub fn arrow_head(to: Point) -> [Point; 3] {
    [to, Point { x: to.x - 6.0, y: to.y - 3.5 }, Point { x: to.x - 6.0, y: to.y + 3.5 }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_fills_its_rectangle_from_below() {
        let rect = Rect { x: 5.0, y: 10.0, width: 2.0, height: 20.0 };
        let mut shares = [0; 5];
        shares[State::Running as usize] = 51;
        shares[State::Blocked as usize] = 204;
        let stack: Vec<_> = Mix(shares).stack(rect).collect();
        assert_eq!(stack[0], (Rect { y: 26.0, height: 4.0, ..rect }, State::Running));
        assert_eq!(stack[1], (Rect { y: 10.0, height: 16.0, ..rect }, State::Blocked));
    }
}
