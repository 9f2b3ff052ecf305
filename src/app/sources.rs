//! The demos' sources as the code panel shows them, highlighted when the project is built (`build.rs`).

/// What the code panel shows of a file.
pub struct Source {
    /// Path from the top of the repository.
    pub file: &'static str,
    /// Number, in the file, of the first line.
    pub first_line: u32,
    /// The lines. Before each token stands a control character that tells its class: that of the class's letter, as
    /// control-C for `c`; control-@ for none. So they are hardly longer than the text alone.
    marked: &'static str,
}

impl Source {
    /// The lines as plain text.
    pub fn text(&self) -> String {
        self.marked.chars().filter(|char| !is_mark(*char)).collect()
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

fn is_mark(char: char) -> bool {
    char < ' ' && char != '\n'
}

/// Every demo's Rust file, and its Python twin.
pub static SOURCES: &[Source] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// What is shown of this file.
pub fn source(file: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.file == file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::ALL;

    #[test]
    fn every_demo_has_both_its_sources() {
        for demo in ALL {
            for file in [demo.source, &demo.python()] {
                let source = source(file).unwrap_or_else(|| panic!("{} has no source {file}", demo.id));
                assert!(source.html().count() > 0, "{file}");
            }
        }
    }

    #[test]
    fn highlighting_changes_no_text() {
        for source in SOURCES {
            let file = std::fs::read_to_string(source.file).expect("tests run at the top of the repository");
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
}
