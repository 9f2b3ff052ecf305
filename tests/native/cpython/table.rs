//! The table of CPython's tests: which have one here, and why the others have none; and what is unlike Python on purpose,
//! as the runtime's documentation says it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of the tests in a file of this folder that follow one of CPython's; others begin otherwise.
fn tests_in(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new("tests/native/cpython").join(file)).unwrap();
    let tests = text.lines().filter(|line| line.starts_with("fn test_"));
    tests.filter_map(|line| line.strip_prefix("fn ")?.split('(').next()).map(str::to_owned).collect()
}

#[test]
fn every_test_of_cpython_has_one_here_or_a_reason() {
    let names = include_str!("names.txt");
    let sections = names.split("\n[").skip(1);
    for section in sections {
        let (file, rest) = section.split_once("] ").unwrap();
        let (theirs, rest) = rest.split_once('\n').unwrap();
        let lines = rest.lines().filter(|line| !line.is_empty());
        let (without, same): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains(": "));
        let same: BTreeSet<_> = same.into_iter().map(str::to_owned).collect();
        assert_eq!(tests_in(file), same, "what {file} has and what names.txt says it has");
        println!("{theirs}: {} the same, {} with a reason why not", same.len(), without.len());
    }
}

/// The Rust files below a folder.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, into),
            false => into.push(path),
        }
    }
}

#[test]
fn what_is_unlike_python_on_purpose_is_said_in_one_way() {
    let mut files = Vec::new();
    sources(Path::new("src/runtime"), &mut files);
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let lines =
            text.lines().map(str::trim_start).filter_map(|line| line.strip_prefix("///").or(line.strip_prefix("//!")));
        let docs = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        for other in ["(In Python", "Where Rust differs", "unlike in Python", "Unlike in Python"] {
            assert!(!docs.contains(other), "{}: say “Unlike Python, …”, not “{other}”", file.display());
        }
        for (at, _) in docs.match_indices("Unlike Python") {
            let sentence = docs[at..].split_inclusive(". ").next().unwrap_or_default().trim();
            assert!(sentence.starts_with("Unlike Python, "), "{}: {sentence}", file.display());
            println!("{}: {sentence}", file.display());
        }
    }
}
