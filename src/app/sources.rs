//! The demos' sources as the code panel shows them, highlighted when the project is built (`build.rs`).

/// What the code panel shows of a file.
pub struct Source {
    /// Path from the top of the repository.
    pub file: &'static str,
    /// Number, in the file, of the first of `lines`.
    pub first_line: u32,
    /// The lines as HTML, without line breaks.
    pub lines: &'static [&'static str],
    /// The same as plain text.
    pub text: &'static str,
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
                assert_eq!(source.lines.len(), source.text.lines().count(), "{file}");
            }
        }
    }

    #[test]
    fn highlighting_changes_no_text() {
        for source in SOURCES {
            for (html, text) in source.lines.iter().zip(source.text.lines()) {
                let mut plain = String::new();
                let mut rest = *html;
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
