//! The table of CPython's tests: which have one here, and why the others have none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of the tests in a file of this folder.
fn tests_in(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new("tests/native/cpython").join(file)).unwrap();
    let tests = text.split("#[test]\nfn ").skip(1);
    tests.map(|test| test.split('(').next().unwrap_or_default().to_owned()).collect()
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
