//! Paints the chart's shapes on a canvas. It decides nothing about what is drawn where: `chart` does.
//!
//! Canvas pixels are the screen's, so every position is multiplied by their number per CSS pixel here, instead of by
//! the canvas: patterns are then sharp, and edges can be put between pixels.

use wasm_bindgen::prelude::*;
use web_sys::{CanvasPattern, CanvasRenderingContext2d, HtmlCanvasElement};

use super::browser;
use crate::chart::Shape;
use crate::chart::palette::{Pattern, Theme, ending_sign, line_width, tick_corners};
use crate::chart::shape::{Align, Fill, Ink, Point, Rect, arrow_curve, arrow_head};
use crate::trace::{Ending, State};

/// The typeface of words on the chart.
const FONT: &str = "system-ui, sans-serif";

/// Paints on one canvas.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    theme: Theme,
    /// Pixels of the canvas in a CSS pixel.
    density: f64,
    patterns: [Option<CanvasPattern>; State::ALL.len()],
    filled: Style,
    stroked: Option<(&'static str, f64)>,
    lettered: Option<(f64, Align)>,
}

/// What the canvas fills with at the moment.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Unknown,
    Colour(&'static str),
    Pattern(State),
}

impl Painter {
    /// A painter of this canvas.
    ///
    /// # Errors
    /// If the browser gives no drawing context.
    pub fn new(canvas: HtmlCanvasElement, theme: Theme) -> Result<Painter, JsValue> {
        let context = context_of(&canvas)?;
        let mut painter = Painter {
            canvas,
            context,
            theme,
            density: 1.0,
            patterns: Default::default(),
            filled: Style::Unknown,
            stroked: None,
            lettered: None,
        };
        painter.context.set_text_baseline("middle");
        painter.look(theme)?;
        Ok(painter)
    }

    /// The theme that it paints in.
    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// Paints in this theme, and for the screen that the window is on now.
    ///
    /// # Errors
    /// If the browser gives no drawing context for the patterns.
    pub fn look(&mut self, theme: Theme) -> Result<(), JsValue> {
        self.theme = theme;
        // Patterns are recreated below, and font sizes depend on the density.
        (self.filled, self.stroked, self.lettered) = (Style::Unknown, None, None);
        self.density = browser::window().device_pixel_ratio().clamp(1.0, 4.0);
        for state in State::ALL {
            self.patterns[state as usize] = self.pattern(state)?;
        }
        Ok(())
    }

    /// Makes the canvas as large as it is shown, in CSS pixels. True if that changed anything; it is empty then.
    pub fn resize(&mut self, width: f64, height: f64) -> bool {
        if self.density != browser::window().device_pixel_ratio().clamp(1.0, 4.0) {
            // Another screen, or another zoom of the page. If there are no patterns, it still paints plain colours.
            let _ = self.look(self.theme);
        }
        let (width, height) = (self.snap(width) as u32, self.snap(height) as u32);
        if (self.canvas.width(), self.canvas.height()) == (width, height) {
            return false;
        }
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        // A resized canvas has lost its styles.
        (self.filled, self.stroked, self.lettered) = (Style::Unknown, None, None);
        self.context.set_text_baseline("middle");
        true
    }

    /// Paints shapes in their order.
    pub fn paint(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect { rect, fill: Fill::Mix(mix) } => {
                for (rect, state) in mix.stack(*rect) {
                    self.fill_with_state(state);
                    self.rect(rect);
                }
            }
            Shape::Rect { rect, fill: Fill::State(state) } => {
                self.fill_with_state(*state);
                self.rect(*rect);
            }
            Shape::Rect { rect, fill } => {
                self.fill_with(self.theme.fill(*fill));
                self.rect(*rect);
            }
            Shape::Outline { rect, ink } => self.outline(*rect, *ink),
            Shape::Line { from, to, ink } => self.line(*from, *to, *ink),
            Shape::Text { at, text, size, align, ink } => self.text(*at, text, *size, *align, *ink),
            Shape::Arrow { from, to, ink } => self.arrow(*from, *to, *ink),
            Shape::Tick { at, ink } => {
                self.fill_with(self.theme.ink(*ink));
                self.polygon(&tick_corners(*ink, *at));
            }
            Shape::End { at, ending, .. } => self.end(*at, *ending),
        }
    }

    fn rect(&self, rect: Rect) {
        let (x0, y0) = (self.snap(rect.x), self.snap(rect.y));
        // Whatever is to be seen is at least a pixel in size.
        let (x1, y1) = (self.snap(rect.x + rect.width), self.snap(rect.y + rect.height));
        self.context.fill_rect(x0, y0, (x1 - x0).max(1.0), (y1 - y0).max(1.0));
    }

    fn outline(&mut self, rect: Rect, ink: Ink) {
        self.stroke_with(self.theme.ink(ink), line_width(ink));
        let (x, y) = (rect.x * self.density, rect.y * self.density);
        self.context.stroke_rect(x, y, rect.width * self.density, rect.height * self.density);
    }

    fn line(&mut self, from: Point, to: Point, ink: Ink) {
        let width = line_width(ink);
        self.stroke_with(self.theme.ink(ink), width);
        // A line whose width is an odd number of pixels is sharp in the middle of a pixel.
        let half = if (width * self.density).round() % 2.0 == 1.0 { 0.5 } else { 0.0 };
        let place = |point: Point| {
            let x = if from.x == to.x { self.snap(point.x) + half } else { point.x * self.density };
            let y = if from.y == to.y { self.snap(point.y) + half } else { point.y * self.density };
            (x, y)
        };
        let ((x0, y0), (x1, y1)) = (place(from), place(to));
        self.context.begin_path();
        self.context.move_to(x0, y0);
        self.context.line_to(x1, y1);
        self.context.stroke();
    }

    fn text(&mut self, at: Point, text: &str, size: f64, align: Align, ink: Ink) {
        self.fill_with(self.theme.ink(ink));
        if self.lettered != Some((size, align)) {
            self.lettered = Some((size, align));
            self.context.set_font(&format!("{}px {FONT}", size * self.density));
            self.context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        // Cannot fail for a valid text.
        let _ = self.context.fill_text(text, at.x * self.density, at.y * self.density + 0.5 * self.density);
    }

    fn arrow(&mut self, from: Point, to: Point, ink: Ink) {
        let colour = self.theme.ink(ink);
        self.stroke_with(colour, line_width(ink));
        let d = self.density;
        let (first, second) = arrow_curve(from, to);
        self.context.begin_path();
        self.context.move_to(from.x * d, from.y * d);
        self.context.bezier_curve_to(first.x * d, first.y * d, second.x * d, second.y * d, to.x * d, to.y * d);
        self.context.stroke();
        self.fill_with(colour);
        self.polygon(&arrow_head(to));
    }

    fn end(&mut self, at: Point, ending: Ending) {
        let sign = ending_sign(ending);
        self.stroke_with(self.theme.ending(ending), sign.line_width);
        self.context.begin_path();
        for stroke in sign.strokes {
            for (index, (x, y)) in stroke.iter().enumerate() {
                let (x, y) = ((at.x + x * sign.radius) * self.density, (at.y + y * sign.radius) * self.density);
                if index == 0 { self.context.move_to(x, y) } else { self.context.line_to(x, y) }
            }
        }
        self.context.stroke();
    }

    fn polygon(&self, corners: &[Point]) {
        self.context.begin_path();
        for corner in corners {
            self.context.line_to(corner.x * self.density, corner.y * self.density);
        }
        self.context.close_path();
        self.context.fill();
    }

    /// The screen pixel nearest to an edge.
    fn snap(&self, edge: f64) -> f64 {
        (edge * self.density).round()
    }

    fn fill_with(&mut self, colour: &'static str) {
        if self.filled != Style::Colour(colour) {
            self.filled = Style::Colour(colour);
            self.context.set_fill_style_str(colour);
        }
    }

    fn fill_with_state(&mut self, state: State) {
        if self.filled == Style::Pattern(state) {
            return;
        }
        match &self.patterns[state as usize] {
            Some(pattern) => {
                self.filled = Style::Pattern(state);
                self.context.set_fill_style_canvas_pattern(pattern);
            }
            None => self.fill_with(self.theme.state(state)),
        }
    }

    fn stroke_with(&mut self, colour: &'static str, width: f64) {
        if self.stroked != Some((colour, width)) {
            self.stroked = Some((colour, width));
            self.context.set_stroke_style_str(colour);
            self.context.set_line_width(width * self.density);
        }
    }

    fn pattern(&self, state: State) -> Result<Option<CanvasPattern>, JsValue> {
        let tile = Pattern::of(state).tile();
        // A tile has whole pixels, so its scale may differ a little from the screen's.
        let size = (tile.size * self.density).round();
        let scale = size / tile.size;
        let canvas: HtmlCanvasElement = browser::document().create_element("canvas")?.unchecked_into();
        canvas.set_width(size as u32);
        canvas.set_height(size as u32);
        let context = context_of(&canvas)?;
        context.set_fill_style_str(self.theme.state(state));
        context.fill_rect(0.0, 0.0, size, size);
        context.set_stroke_style_str(self.theme.pattern_ink(state));
        context.set_fill_style_str(self.theme.pattern_ink(state));
        context.set_line_width(tile.line_width * scale);
        for [x0, y0, x1, y1] in tile.lines {
            context.begin_path();
            context.move_to(x0 * scale, y0 * scale);
            context.line_to(x1 * scale, y1 * scale);
            context.stroke();
        }
        for [x, y, radius] in tile.dots {
            context.begin_path();
            context.arc(x * scale, y * scale, radius * scale, 0.0, std::f64::consts::TAU)?;
            context.fill();
        }
        self.context.create_pattern_with_html_canvas_element(&canvas, "repeat")
    }
}

fn context_of(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    canvas
        .get_context("2d")?
        .map(JsCast::unchecked_into)
        .ok_or_else(|| JsValue::from_str("the browser gives no drawing context"))
}
