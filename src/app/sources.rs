//! The demos' sources as the code panel shows them, highlighted when the project is built (`build.rs`): a file of the
//! site, `sources.txt`, that the page fetches. It has the build's number: the page shows the sources of its own build,
//! or says why it cannot.

/// The part of a file that the code panel shows.
#[derive(Debug, PartialEq)]
pub struct Source {
    /// Path from the top of the repository.
    pub file: String,
    /// Number, in the file, of the first line.
    pub first_line: u32,
    /// The lines. Each token is preceded by a control character for its class: control-C for the class `c`, and so on;
    /// control-@ for none. So they are hardly longer than the plain text.
    marked: String,
}

impl Source {
    /// The lines as plain text.
    pub fn text(&self) -> String {
        self.marked.chars().filter(|char| !is_mark(*char)).collect()
    }

    /// The lines without their strings and comments.
    pub fn code(&self) -> String {
        let mut skipped = false;
        let keep = |char: &char| {
            if is_mark(*char) {
                skipped = matches!(*char, COMMENT | STRING);
            }
            *char == '\n' || !is_mark(*char) && !skipped
        };
        self.marked.chars().filter(keep).collect()
    }

    /// The lines as HTML, without line breaks.
    pub fn html(&self) -> impl Iterator<Item = String> {
        self.marked.lines().map(|line| {
            let mut html = String::new();
            let mut open = false;
            for char in line.chars() {
                if is_mark(char) {
                    html.push_str(if open { "</span>" } else { "" });
                    open = char != '\0';
                    if open {
                        html.push_str("<span class=");
                        html.push(char::from(char as u8 | 0x60));
                        html.push('>');
                    }
                    continue;
                }
                match char {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    _ => html.push(char),
                }
            }
            html.push_str(if open { "</span>" } else { "" });
            html
        })
    }
}

/// What precedes a comment, and a string.
const COMMENT: char = '\u{3}';
const STRING: char = '\u{13}';

fn is_mark(char: char) -> bool {
    char < ' ' && char != '\n'
}

/// Every demo's Rust file, and its Python twin.
#[derive(Debug, PartialEq)]
pub struct Sources {
    shown: Vec<Source>,
    /// What calls the programs of the Python twins.
    calls: Vec<Source>,
}

/// After the name of a twin: the part that calls its program. The same stands in `build/sources.rs`.
const CALL: &str = "#call";

impl Sources {
    /// Reads the site's file: a line with the build's number, then for each source a mark, a line with its path and the
    /// number of its first line, and its lines.
    ///
    /// # Errors
    /// A sentence, if it is not this build's.
    pub fn read(file: &str) -> Result<Sources, String> {
        let mut parts = file.split('\x1e');
        if parts.next().map(str::trim_end) != Some(env!("WEFT_BUILD")) {
            return Err("The site has another version by now. Reload the page to see the source.".to_owned());
        }
        let source = |part: &str| {
            let (head, marked) = part.split_once('\n')?;
            let (file, first_line) = head.split_once(' ')?;
            Some(Source { file: file.to_owned(), first_line: first_line.parse().ok()?, marked: marked.to_owned() })
        };
        let (calls, shown) = parts.filter_map(source).partition(|source| source.file.ends_with(CALL));
        Ok(Sources { shown, calls })
    }

    /// A Python twin as a program that runs by itself: what is shown of it, and the call with the usual values.
    pub fn program(&self, file: &str) -> Option<String> {
        let call = self.calls.iter().find(|call| call.file.strip_suffix(CALL) == Some(file))?.text();
        let of_speed =
            |line: &str| line == "    import sys" || line.starts_with("    speed = ") || line.ends_with(" /= speed");
        let lines: Vec<&str> = call.lines().filter(|line| !of_speed(line) && !line.is_empty()).collect();
        let call = lines.join("\n").replace(" / speed", "").replace(" / float(sys.argv[1] if sys.argv[1:] else 1)", "");
        Some(format!("{}\n\n\n{call}\n", self.of(file)?.text().trim_end()))
    }

    /// What is shown of this file.
    pub fn of(&self, file: &str) -> Option<&Source> {
        self.shown.iter().find(|source| source.file == file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::ALL;

    fn file() -> String {
        std::fs::read_to_string("target/sources.txt").expect("the build leaves it there")
    }

    #[test]
    fn every_demo_has_both_its_sources() {
        let sources = Sources::read(&file()).unwrap();
        for demo in ALL {
            for file in [demo.source(), &demo.python()] {
                let source = sources.of(file).unwrap_or_else(|| panic!("{} has no source {file}", demo.id()));
                assert!(source.html().count() > 0, "{file}");
            }
        }
        assert_eq!(sources.shown.len(), 2 * ALL.len());
    }

    #[test]
    fn highlighting_changes_no_text() {
        for source in Sources::read(&file()).unwrap().shown {
            let file = std::fs::read_to_string(&source.file).expect("tests run at the top of the repository");
            let lines = file.lines().skip(source.first_line as usize - 1);
            assert!(file.contains(&source.text()), "{}", source.file);
            for (html, text) in source.html().zip(lines) {
                let mut plain = String::new();
                let mut rest = html.as_str();
                while let Some((before, tag)) = rest.split_once('<') {
                    plain.push_str(before);
                    rest = tag.split_once('>').expect("a tag ends").1;
                }
                plain.push_str(rest);
                let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                assert_eq!(plain, text, "{}", source.file);
            }
        }
    }

    #[test]
    fn sources_of_another_build_are_refused() {
        for file in ["", "0123456789abcdef\n\x1esrc/demos/a.rs 1\n\0a\n", "<!doctype html>"] {
            assert_eq!(
                Sources::read(file).unwrap_err(),
                "The site has another version by now. Reload the page to see the source."
            );
        }
    }
}
