//! The files of the reader's program, as the page lists them.

use std::collections::BTreeMap;

use super::words;

/// How many bytes the files that a reader adds may have together.
pub const MOST_BYTES: usize = 16 << 20;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, or its path if it is in a folder.
    pub name: String,
    /// How many bytes it has.
    pub size: usize,
    /// The reader has added it.
    pub given: bool,
    /// The program has written it.
    pub written: bool,
}

impl Row {
    /// Where it comes from.
    pub fn from(&self) -> &'static str {
        match (self.given, self.written) {
            (true, true) => "yours, changed by the program",
            (true, false) => "yours",
            (false, _) => "written by the program",
        }
    }
}

/// The files, by name.
pub fn rows<'a>(
    given: impl Iterator<Item = (&'a str, usize)>,
    written: impl Iterator<Item = (&'a str, usize)>,
) -> Vec<Row> {
    let given = given.map(|(name, size)| Row { name: name.to_owned(), size, given: true, written: false });
    let mut rows: BTreeMap<_, _> = given.map(|row| (row.name.clone(), row)).collect();
    for (name, size) in written {
        let row = Row { name: name.to_owned(), size, given: false, written: true };
        rows.entry(row.name.clone()).and_modify(|row| (row.size, row.written) = (size, true)).or_insert(row);
    }
    rows.into_values().collect()
}

/// Why a file of this size cannot be added, if it cannot, to others that have `before` bytes together.
pub fn refused(name: &str, size: usize, before: usize) -> Option<String> {
    let fits = before.checked_add(size).is_some_and(|together| together <= MOST_BYTES);
    (!fits).then(|| format!("“{name}” is too large: the files that you add can have {} together.", most()))
}

/// What is said of files that were added.
pub fn begins_with() -> String {
    format!("Each run begins with your files, as you have added them; they can have {} together.", most())
}

fn most() -> String {
    words::bytes(MOST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_has_written_takes_the_place_of_what_was_added() {
        let rows = rows([("data.csv", 3), ("in.txt", 5)].into_iter(), [("data.csv", 9), ("out/a.txt", 1)].into_iter());
        let said: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.size, row.from())).collect();
        let expected = [
            ("data.csv", 9, "yours, changed by the program"),
            ("in.txt", 5, "yours"),
            ("out/a.txt", 1, "written by the program"),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_is_too_large_is_refused() {
        assert_eq!(refused("a", MOST_BYTES, 0), None);
        let sentence = "“a” is too large: the files that you add can have 16 MB together.";
        assert_eq!(refused("a", MOST_BYTES, 1).as_deref(), Some(sentence));
    }
}
