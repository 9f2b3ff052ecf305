//! The examples for readers' own programs: one to begin with, and the Python of demos.

use super::sources::Sources;
use crate::demos::{ALL, Demo, Group};

/// What is in the editor to begin with.
pub const FIRST: &str = include_str!("examples/first_program.py");

/// Whether a demo's Python is offered on the page for the reader's own programs: that of threads, which is also recorded
/// for pages where no thread can start.
pub fn is_one(demo: &Demo) -> bool {
    demo.group == Group::Threads && !demo.hidden
}

/// The demos whose Python is one.
pub fn demos() -> impl Iterator<Item = &'static Demo> {
    ALL.iter().copied().filter(|demo| is_one(demo))
}

/// All of them, as the editor shows them, each with a name.
pub fn all(sources: &Sources) -> Vec<(String, String)> {
    let twins = demos().filter_map(|demo| Some((demo.id().to_owned(), sources.program(&demo.python())?)));
    std::iter::once(("first".to_owned(), FIRST.to_owned())).chain(twins).collect()
}
