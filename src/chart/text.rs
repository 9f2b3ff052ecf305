//! How much room a text takes, roughly: the chart must not ask a browser, and an SVG file is drawn with whatever
//! typeface is installed.

/// About how wide a text is, in CSS pixels, if its letters are `size` high.
pub fn text_width(text: &str, size: f64) -> f64 {
    size * text.chars().map(letter_width).sum::<f64>()
}

/// Widths of letters in common sans-serif typefaces, as fractions of the letters' height; too wide rather than too
/// narrow.
fn letter_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.92,
        'A'..='Z' => 0.68,
        '\0'..='\u{2ff}' => 0.58,
        // Greek and Cyrillic are slightly wider than Latin; later characters may be square.
        '\u{300}'..='\u{10ff}' => 0.64,
        _ => 1.0,
    }
}

/// The text, or as much of it as fits into `room` pixels with `…` at its end. `None` if fewer than `least` letters fit.
pub fn fit_text(text: &str, size: f64, room: f64, least: usize) -> Option<String> {
    // Most rectangles are too small for any text; those should cost nothing.
    if room < size * 0.3 {
        return None;
    }
    let dots = size * letter_width('…');
    let mut width = 0.0;
    let mut cut = 0;
    for (kept, (at, letter)) in text.char_indices().enumerate() {
        if width + dots <= room {
            cut = at;
        }
        width += size * letter_width(letter);
        if width > room {
            return (cut > 0 && kept > least).then(|| format!("{}…", text[..cut].trim_end()));
        }
    }
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_room() {
        assert_eq!(fit_text("worker", 10.0, 100.0, 2).as_deref(), Some("worker"));
        assert_eq!(fit_text("a rather long name", 10.0, 50.0, 2).as_deref(), Some("a rather…"));
        assert_eq!(fit_text("worker", 10.0, 12.0, 2), None);
        assert_eq!(fit_text("", 10.0, 12.0, 0), None);
        let cut = fit_text("größe 🧵🧵🧵", 10.0, 50.0, 1).unwrap();
        assert!(text_width(&cut, 10.0) <= 50.0, "{cut}");
    }

    #[test]
    fn what_is_cut_fits() {
        for room in 5..200 {
            if let Some(text) = fit_text("process 17 of the pool ✂ wide", 11.0, f64::from(room), 1) {
                assert!(text_width(&text, 11.0) <= f64::from(room) + 1e-9);
            }
        }
    }
}
