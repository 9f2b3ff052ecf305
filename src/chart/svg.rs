//! A chart as a self-contained SVG file: no style sheet, no script, no fonts of its own.
//!
//! It is painted from the same shapes as the canvas.

use std::fmt::Write;

use crate::trace::State;

use super::palette::{Pattern, Theme, ending_sign, line_width, tick_corners};
use super::shape::{Align, Fill, Point, Rect, Shape, arrow_curve, arrow_head};

/// The SVG file of these shapes. `width` and `height` are CSS pixels; the title and the description are what a screen
/// reader reads out.
pub fn svg(shapes: &[Shape], width: f64, height: f64, theme: Theme, title: &str, description: &str) -> String {
    let mut file = String::with_capacity(4096 + shapes.len() * 96);
    let (width, height) = (Number(width), Number(height));
    file += &format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"weft-title weft-desc\" \
         font-family=\"system-ui, sans-serif\">\n<title id=\"weft-title\">{}</title>\n\
         <desc id=\"weft-desc\">{}</desc>\n<defs>\n",
        Escaped(title),
        Escaped(description),
    );
    for state in State::ALL {
        file += &pattern(state, theme);
    }
    file += "</defs>\n";
    for shape in shapes {
        // Writing to a string cannot fail.
        let _ = paint(&mut file, shape, theme);
    }
    file + "</svg>\n"
}

/// A number with no more decimals than can be seen.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

/// A text, escaped so that nothing in it can be taken for markup. Characters that XML forbids are left out.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\t' => f.write_char(letter)?,
                '\u{fffe}' | '\u{ffff}' => {}
                letter if letter.is_control() => {}
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

fn pattern(state: State, theme: Theme) -> String {
    let tile = Pattern::of(state).tile();
    let (size, name, ink) = (tile.size, state.name(), theme.pattern_ink(state));
    let mut text = format!(
        "<pattern id=\"weft-{name}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"{}\"/>",
        theme.state(state)
    );
    for [x1, y1, x2, y2] in tile.lines {
        let width = tile.line_width;
        text += &format!("<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{ink}\" stroke-width=\"{width}\"/>");
    }
    for [x, y, radius] in tile.dots {
        text += &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{ink}\"/>");
    }
    text + "</pattern>\n"
}

fn paint(file: &mut String, shape: &Shape, theme: Theme) -> std::fmt::Result {
    match shape {
        Shape::Rect { rect, fill: Fill::Mix(mix) } => {
            for (rect, state) in mix.stack(*rect) {
                paint_rect(file, rect, &format!("url(#weft-{})", state.name()))?;
            }
            Ok(())
        }
        Shape::Rect { rect, fill: Fill::State(state) } => {
            paint_rect(file, *rect, &format!("url(#weft-{})", state.name()))
        }
        Shape::Rect { rect, fill } => paint_rect(file, *rect, theme.fill(*fill)),
        Shape::Outline { rect, ink } => writeln!(
            file,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>",
            Number(rect.x),
            Number(rect.y),
            Number(rect.width),
            Number(rect.height),
            theme.ink(*ink),
            line_width(*ink)
        ),
        Shape::Line { from, to, ink } => paint_path(file, &[*from, *to], "none", theme.ink(*ink), line_width(*ink)),
        Shape::Text { at, text, size, align, ink } => {
            let anchor = match align {
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            };
            // Not every SVG viewer supports `dominant-baseline`.
            let (x, y) = (Number(at.x), Number(at.y + size * 0.35));
            let colour = theme.ink(*ink);
            writeln!(
                file,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{}</text>",
                Escaped(text)
            )
        }
        Shape::Arrow { from, to, ink } => {
            let (first, second) = arrow_curve(*from, *to);
            let colour = theme.ink(*ink);
            writeln!(
                file,
                "<path d=\"M{} {}C{} {} {} {} {} {}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\"/>",
                Number(from.x),
                Number(from.y),
                Number(first.x),
                Number(first.y),
                Number(second.x),
                Number(second.y),
                Number(to.x),
                Number(to.y),
                line_width(*ink)
            )?;
            paint_path(file, &arrow_head(*to), colour, "none", 0.0)
        }
        Shape::Tick { at, ink } => paint_path(file, &tick_corners(*ink, *at), theme.ink(*ink), "none", 0.0),
        Shape::End { at, ending, .. } => {
            let sign = ending_sign(*ending);
            for stroke in sign.strokes {
                let place = |&(x, y): &(f64, f64)| Point { x: at.x + x * sign.radius, y: at.y + y * sign.radius };
                let points: Vec<Point> = stroke.iter().map(place).collect();
                paint_path(file, &points, "none", theme.ending(*ending), sign.line_width)?;
            }
            Ok(())
        }
    }
}

fn paint_rect(file: &mut String, rect: Rect, fill: &str) -> std::fmt::Result {
    let Rect { x, y, width, height } = rect;
    let (x, y, width, height) = (Number(x), Number(y), Number(width), Number(height));
    writeln!(file, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>")
}

fn paint_path(file: &mut String, points: &[Point], fill: &str, stroke: &str, width: f64) -> std::fmt::Result {
    file.write_str("<path d=\"")?;
    for (at, point) in points.iter().enumerate() {
        write!(file, "{}{} {}", if at == 0 { 'M' } else { 'L' }, Number(point.x), Number(point.y))?;
    }
    write!(file, "\" fill=\"{fill}\"")?;
    if stroke != "none" {
        write!(file, " stroke=\"{stroke}\" stroke-width=\"{width}\"")?;
    }
    file.write_str("/>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::shape::Ink;

    #[test]
    fn text_cannot_become_markup() {
        let text = Shape::Text {
            at: Point { x: 1.0, y: 2.0 },
            text: "<script>&\"\u{0}\u{ffff}".into(),
            size: 10.0,
            align: Align::End,
            ink: Ink::Label,
        };
        let file = svg(&[text], 100.0, 50.0, Theme::Light, "a < b", "x & y");
        assert!(file.contains(">&lt;script&gt;&amp;&quot;</text>"));
        assert!(file.contains("<title id=\"weft-title\">a &lt; b</title>"));
        assert!(file.contains("x &amp; y</desc>"));
    }

    #[test]
    fn every_state_has_a_pattern_that_rectangles_name() {
        for theme in [Theme::Light, Theme::Dark] {
            for state in State::ALL {
                let rect = Rect { x: 0.123456, y: 0.0, width: 5.0, height: 5.0 };
                let file = svg(&[Shape::Rect { rect, fill: Fill::State(state) }], 9.0, 9.0, theme, "", "");
                assert!(file.contains(&format!("<pattern id=\"weft-{}\"", state.name())));
                let expected = "<rect x=\"0.12\" y=\"0\" width=\"5\" height=\"5\" fill=\"url(#weft-";
                assert!(file.contains(&format!("{expected}{})\"/>", state.name())));
            }
        }
    }
}
