//! Finding demos: by the words of their titles, summaries and groups, and by the names that their programs use, in
//! Rust or in Python (`asyncio.gather`, `Semaphore`).

use super::sources::{Source, Sources};
use super::words;
use crate::demos::{ALL, Demo};

/// A demo that was found.
#[derive(Clone)]
pub struct Found {
    /// The demo.
    pub demo: &'static Demo,
    /// The name in its programs that was found, if it was not found by its words.
    pub name: Option<String>,
}

/// The demos for which each word of `query` is the beginning of one of theirs, the most similar first; every demo for an
/// empty query. Names in their programs count once there are `sources`.
pub fn find(query: &str, sources: Option<&Sources>) -> Vec<Found> {
    let query = query.to_lowercase();
    let shown = ALL.iter().filter(|demo| !demo.hidden);
    let mut found: Vec<(Rank, Found)> = shown.filter_map(|demo| rank(demo, &query, sources)).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Where a word was found; the first is the most similar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    #[default]
    Title,
    Summary,
    Name,
}

/// The least similar place of all words of the query, and the last name that was found.
fn rank(demo: &'static Demo, query: &str, sources: Option<&Sources>) -> Option<(Rank, Found)> {
    let (mut worst, mut name) = (Rank::default(), None);
    let (group, about) = words::group(demo.group);
    let summary = format!("{} {group} {about}", demo.summary);
    let sources = [demo.source().to_owned(), demo.python()].map(|file| sources?.of(&file));
    for word in query.split_whitespace() {
        let begins = |text: &str| begins_in(&text.to_lowercase(), word).is_some();
        let place = if begins(demo.program.title) || begins(demo.id()) {
            Rank::Title
        } else if begins(&summary) {
            Rank::Summary
        } else {
            // Python's name first: that is what most readers know.
            name = Some(sources.iter().rev().flatten().find_map(|source| name_in(source, word))?);
            Rank::Name
        };
        worst = worst.max(place);
    }
    Some((worst, Found { demo, name }))
}

/// Where `word` is the beginning of a word in `text`.
fn begins_in(text: &str, word: &str) -> Option<usize> {
    let starts = |at: usize| !text[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric());
    text.match_indices(word).map(|(at, _)| at).find(|at| starts(*at))
}

/// The whole name in a program in which `word` begins a part: `asyncio.gather` for `gath`.
fn name_in(source: &Source, word: &str) -> Option<String> {
    let code = source.code();
    let of_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | ':');
    let names = code.split(|char| !of_name(char)).map(|name| name.trim_matches(['.', ':']));
    names
        .filter(|name| begins_in(&name.to_lowercase(), word).is_some())
        .max_by_key(|name| name.contains(['.', ':']))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<(&'static str, Option<String>)> {
        let file = std::fs::read_to_string("target/sources.txt").expect("the build leaves it there");
        let sources = Sources::read(&file).unwrap();
        find(query, Some(&sources)).into_iter().map(|found| (found.demo.id(), found.name)).collect()
    }

    #[test]
    fn names_of_python_lead_to_their_demos() {
        for (query, id, name) in [
            ("asyncio.gather", "sequential-gather", "asyncio.gather"),
            ("asyncio.TaskGroup", "task-group", "asyncio.TaskGroup"),
            ("threading.Semaphore", "semaphore", "threading.Semaphore"),
            ("multiprocessing.Pipe", "pipe", "multiprocessing.Pipe"),
            ("ThreadPoolExecutor", "thread-pool-submit", "ThreadPoolExecutor"),
            ("to_thread", "to-thread", "asyncio.to_thread"),
        ] {
            let found = found(query);
            let hit = found.iter().find(|(found, _)| *found == id);
            let (_, of) = hit.unwrap_or_else(|| panic!("{query} finds {found:?}"));
            assert!(of.as_ref().is_none_or(|of| of.ends_with(name)), "{query}: {of:?}");
        }
    }

    #[test]
    fn titles_come_before_summaries_and_names() {
        let ids: Vec<_> = found("sema").into_iter().map(|(id, name)| (id, name.is_some())).collect();
        assert_eq!(ids[0], ("semaphore", false));
        let last_by_words = ids.iter().rposition(|(_, by_name)| !by_name).unwrap();
        assert!(ids[..=last_by_words].iter().all(|(_, by_name)| !by_name), "{ids:?}");
    }

    #[test]
    fn every_word_must_be_found() {
        assert!(found("thread").len() > found("thread barrier").len());
        assert!(!found("thread barrier").is_empty());
        assert!(found("nosuchthing").is_empty());
        assert!(found("thread nosuchthing").is_empty());
    }

    #[test]
    fn an_empty_query_finds_every_demo_that_is_listed() {
        assert_eq!(find(" ", None).len(), ALL.iter().filter(|demo| !demo.hidden).count());
    }

    #[test]
    fn a_word_is_found_only_at_its_beginning() {
        assert_eq!(begins_in("block the lock", "lock"), Some(10));
        assert_eq!(begins_in("thread_lock", "lock"), Some(7));
        assert_eq!(begins_in("unlock", "lock"), None);
    }

    #[test]
    fn words_of_strings_and_comments_are_no_names() {
        assert!(found("leaves").iter().all(|(id, _)| *id != "semaphore"), "it prints “worker-1 leaves”");
    }
}
