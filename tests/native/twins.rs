//! Every Python twin runs on CPython 3.11 or later, and prints what its Rust program prints, in the same order as far as
//! that is determined.
//!
//! Where one event loop does all and its time passes exactly as its waits do, here and there, that is the very same
//! order. Threads and processes take turns as they like, so the twin's order has to be one in which the program could
//! have printed its lines: each lane's in their order, after what its parent printed before it started it, and before
//! what is printed by whoever has waited for its end.

use std::io::Write;
use std::process::{Command, Stdio};

use weft::demos::{ALL, Demo, Need, Seen};
use weft::timeline::Lane;
use weft::trace::Nanos;

use crate::demos::BROWSER_ONLY;
use crate::doctored::recorded;
use crate::runner::{is_exact, run, values};

/// Waits pass this much faster in tests.
const SPEED: f64 = 10.0;

/// Twins that print what they have measured.
const MEASURED: &[&str] = &["compare-io", "compare-cpu", "compare-mixed", "sync-cost"];

/// Parameters at which a twin runs where these are not the defaults: CPython takes longer for the same.
const TWINS_OWN: &[(&str, &str, &str)] = &[("to-thread", "n", "100000")];

/// Demos whose order is determined even less; with the lanes whose lines may come in any order, and be each other's; and
/// why.
const FREE: &[(&str, &[&str], &str)] = &[
    ("as-completed", &["main"], "results are printed as they are ready"),
    ("condition", &["consumer-1", "consumer-2"], "whoever is quicker takes an item"),
    ("queue-consumers", &["consumer-1", "consumer-2", "consumer-3"], "whoever is free takes an item"),
    ("async-queue", &["consumer-1", "consumer-2"], "each language has random times of its own"),
    ("await-switch", &[], "two sleeps end at the same moment"),
];

/// Runs at other parameters: the demo's, and what stands in the twin for the default and for that.
const OTHERS: &[Other] = &[
    ("async-context", ("fail", "yes"), ("fails=False", "fails=True")),
    ("async-lock", ("lock", "on"), ("with_lock=False", "with_lock=True")),
    ("background-task", ("keep", "on"), ("keep=False", "keep=True")),
    ("cancel", ("after", "2000"), ("after=0.7", "after=2")),
    ("future", ("outcome", "error"), ("outcome=\"result\"", "outcome=\"error\"")),
    ("future", ("outcome", "cancel"), ("outcome=\"result\"", "outcome=\"cancel\"")),
    ("gather-errors", ("collect", "on"), ("collect=False", "collect=True")),
    ("shield", ("shield", "off"), ("shielded=True", "shielded=False")),
    ("task-group", ("fail", "one"), ("one_fails=False", "one_fails=True")),
    ("task-as-completed", ("timeout", "400"), ("timeout=1", "timeout=0.4")),
    ("timeout-scope", ("timeout", "1000"), ("limit=0.5", "limit=1")),
    ("wait-first", ("when", "first error"), ("FIRST_COMPLETED", "FIRST_EXCEPTION")),
    ("wait-for", ("timeout", "1000"), ("timeout=0.5", "timeout=1")),
];

type Other = (&'static str, (&'static str, &'static str), (&'static str, &'static str));

/// Runs a twin whose waits take no time: its event loop's clock goes on by as much as the loop would have waited, which is
/// whole milliseconds, and by a little with each look, as any clock does. So waits that were as long end in the order in
/// which they began, and in one turn of the loop.
const WITHOUT_WAITS: &str = r#"
import asyncio, math, selectors, sys

class Clock:
    now = 0.0

class Selector(selectors.DefaultSelector):
    def select(self, timeout=None):
        if timeout:
            Clock.now += math.ceil(timeout * 1e3) * 1e-3
        return super().select(timeout and 0)

class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__(Selector())

    def time(self):
        Clock.now += 1e-7
        return Clock.now

asyncio.events.new_event_loop = Loop
exec(sys.stdin.read(), {"__name__": "__main__"})
"#;

/// `None`, said aloud, where there is no Python new enough.
fn python() -> Option<&'static str> {
    let check = "import sys; sys.exit(sys.version_info < (3, 11))";
    let found = ["python3", "python"]
        .into_iter()
        .find(|name| Command::new(name).args(["-c", check]).status().is_ok_and(|status| status.success()));
    if found.is_none() {
        eprintln!("SKIPPED: the Python twins, since there is no Python 3.11 here");
    }
    found
}

/// Whether the order is the same here and there.
fn is_in_order(demo: &Demo) -> bool {
    let outside = [Need::Http, Need::Database].iter().any(|need| demo.program.needs.contains(need));
    is_exact(demo) && !outside && FREE.iter().all(|(id, ..)| *id != demo.id())
}

/// What the twin prints, at its defaults or with this in place of that.
fn printed_by_python(python: &str, demo: &Demo, other: Option<(&str, &str)>) -> Vec<String> {
    let file = format!("{}/{}", env!("CARGO_MANIFEST_DIR"), demo.python());
    let mut command = Command::new(python);
    // Without a buffer Python writes a line and its end one after the other, and threads come in between.
    command.env_remove("PYTHONUNBUFFERED").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut source = String::new();
    if is_in_order(demo) {
        source = std::fs::read_to_string(&file).unwrap();
        if let Some((default, other)) = other {
            assert_eq!(source.matches(default).count(), 1, "{default} in {file}");
            source = source.replace(default, other);
        }
        command.args(["-c", WITHOUT_WAITS]);
    } else {
        assert_eq!(other, None, "{file} runs as it is");
        command.arg(&file);
    }
    let mut child = command.arg(SPEED.to_string()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file} failed: {errors}");
    assert_eq!(errors, "", "{file}");
    let lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().filter_map(comparable).collect();
    assert!(!lines.is_empty(), "{file} prints nothing");
    lines
}

/// A line without the figures in it that the machine decides; `None` where it decides whether there is such a line.
fn comparable(line: &str) -> Option<String> {
    // A warning of the debug mode. On a busy machine others take long too, who do next to nothing.
    if let Some((what, _)) = line.split_once(" took ").filter(|(what, _)| what.starts_with("Executing ")) {
        return Some(what.to_owned()).filter(|what| what == "Executing blocker");
    }
    Some(match line.strip_prefix("pid ").and_then(|line| line.split_once(' ')) {
        Some((_, rest)) => format!("pid {rest}"),
        None => line.to_owned(),
    })
}

/// A line that the program printed.
struct Line {
    text: String,
    /// The lines that it cannot come before, by their places.
    after: Vec<usize>,
}

/// What a program has printed.
fn printed_by_rust(seen: &Seen, free: &[&str]) -> Vec<Line> {
    let prints = seen.timeline.prints.iter();
    let prints: Vec<(String, Nanos, &Lane)> = prints
        .filter_map(|print| Some((comparable(&print.text)?, print.time, seen.timeline.lane(print.lane)?)))
        .collect();
    let is_free = |lane: &Lane| free.contains(&lane.name.as_str());
    let lines = prints.iter().enumerate().map(|(at, (text, time, lane))| {
        let is_before = |earlier: &usize| {
            let (_, earlier, by) = &prints[*earlier];
            let own = by.id == lane.id && !is_free(lane);
            let started = lane.parent == Some(by.id) && lane.defined.is_some_and(|start| *earlier < start);
            let joined = by.id != lane.id && seen.join(lane, by).is_some_and(|join| join.end < *time);
            own || started || joined
        };
        Line { text: text.clone(), after: (0..at).filter(is_before).collect() }
    });
    lines.collect()
}

/// Whether the program could have printed these lines in this order, after those that are `placed`.
fn could_print(lines: &[Line], texts: &[String], placed: &mut Vec<bool>) -> bool {
    let Some((text, rest)) = texts.split_first() else { return placed.iter().all(|placed| *placed) };
    (0..lines.len()).any(|at| {
        let Line { text: own, after } = &lines[at];
        if placed[at] || own != text || !after.iter().all(|earlier| placed[*earlier]) {
            return false;
        }
        // Several lanes may print the same, so this is a guess.
        placed[at] = true;
        let right = could_print(lines, rest, placed);
        placed[at] = right;
        right
    })
}

/// Compares a run with the twin's.
fn compare(python: &str, demo: &Demo, other: Option<Other>) {
    let twin = printed_by_python(python, demo, other.map(|(_, _, there)| there));
    // What the hidden ones print depends on the machine, or on how a language writes it.
    if demo.hidden || MEASURED.contains(&demo.id()) {
        return;
    }
    let here = other.map(|(_, here, _)| here);
    let own = TWINS_OWN.iter().filter(|(id, ..)| *id == demo.id()).map(|(_, name, value)| (*name, *value));
    let values = values(demo, &own.chain(here).collect::<Vec<_>>());
    let timeline = match BROWSER_ONLY.contains(&demo.id()) {
        true => recorded(demo.id()),
        false => run(demo, &values, SPEED).timeline,
    };
    let free = FREE.iter().find(|(id, ..)| *id == demo.id()).map_or(&[][..], |(_, lanes, _)| *lanes);
    let lines = printed_by_rust(&Seen { timeline: &timeline, values: &values, speed: SPEED }, free);
    let texts: Vec<_> = lines.iter().map(|line| line.text.clone()).collect();
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts
    };
    assert_eq!(sorted(&texts), sorted(&twin), "{} {here:?}", demo.id());
    let agree = match is_in_order(demo) {
        true => texts == twin,
        false => could_print(&lines, &twin, &mut vec![false; lines.len()]),
    };
    assert!(agree, "{} {here:?} prints {texts:#?}, its twin {twin:#?}", demo.id());
}

#[test]
fn on_one_event_loop_every_twin_prints_the_same() {
    let Some(python) = python() else { return };
    for demo in ALL.iter().filter(|demo| is_in_order(demo)) {
        compare(python, demo, None);
    }
    for other in OTHERS {
        compare(python, Demo::find(other.0).unwrap(), Some(*other));
    }
}

#[test]
fn elsewhere_every_twin_prints_what_its_program_could_print() {
    let Some(python) = python() else { return };
    for demo in ALL.iter().filter(|demo| !is_in_order(demo)) {
        compare(python, demo, None);
    }
}

#[test]
fn an_order_that_cannot_be_is_found() {
    let line = |text: &str, after: &[usize]| Line { text: text.to_owned(), after: after.to_vec() };
    // Two threads print the same, the first of them a line more; main prints when it has joined the first.
    let lines = [line("a", &[]), line("b", &[0]), line("a", &[]), line("joined", &[0, 1])];
    let could = |texts: &str| {
        let texts: Vec<_> = texts.split(' ').map(str::to_owned).collect();
        could_print(&lines, &texts, &mut vec![false; lines.len()])
    };
    for possible in ["a b a joined", "a a b joined", "a b joined a"] {
        assert!(could(possible), "{possible}");
    }
    for impossible in ["b a a joined", "a joined b a", "a b joined", "a b a joined a", "a b c joined"] {
        assert!(!could(impossible), "{impossible}");
    }
}
