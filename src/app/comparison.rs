//! Two runs side by side, in words and figures: what the table under their charts says.
//!
//! Everything is computed from the two timelines. Knows nothing of where it is shown.

use super::words;
use crate::analysis::{Awaited, Both, Waits, waits_of_both};
use crate::program::Status;
use crate::timeline::{Disturbance, Timeline};
use crate::trace::{Nanos, ResourceKind, State};

/// A run that has ended.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// What happened.
    pub timeline: &'a Timeline,
    /// How it ended.
    pub status: Status,
}

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What matters most, in sentences.
    pub summary: Vec<String>,
    /// What one should know before trusting the figures.
    pub cautions: Vec<String>,
    /// The figures.
    pub groups: Vec<Group>,
}

/// Figures that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they are.
    pub name: &'static str,
    /// What they mean, for readers new to them.
    pub meaning: &'static str,
    /// One by one.
    pub rows: Vec<Row>,
}

/// One figure of both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// The state whose time it is.
    pub state: Option<State>,
    /// Of the first run, of the second, and the difference.
    pub cells: [Cell; 3],
}

/// One cell of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The figure.
    pub text: String,
    /// What is added to it.
    pub aside: String,
}

/// More waits than this are not listed one by one.
const MOST_ROWS: usize = 8;

/// Wall times that differ by less than this fraction of the longer one count as about equal.
const ABOUT: f64 = 0.02;

/// Compares two runs.
pub fn compare(first: Run, second: Run) -> Comparison {
    let stats = Both { first: first.timeline.stats(), second: second.timeline.stats() };
    let waits = waits_of_both(first.timeline, second.timeline);
    let wall = Both { first: stats.first.wall, second: stats.second.wall };
    let mut summary = vec![wall_sentence(wall)];
    summary.extend(wait_sentence(&waits));
    let states = State::ALL.map(|state| {
        let of = Both { first: stats.first.by_state.of(state), second: stats.second.by_state.of(state) };
        Row { state: Some(state), ..times(capital(state.name()), of) }
    });
    let most = Both { first: stats.first.max_parallel as u64, second: stats.second.max_parallel as u64 };
    let lanes = Both { first: stats.first.lanes as u64, second: stats.second.lanes as u64 };
    let groups = vec![
        Group {
            name: "The whole run",
            meaning: "How long it took, from its first event to its last; how many lanes there were (threads, processes, \
                      tasks, event loops), and how many of them ran at the same moment, at most.",
            rows: vec![times("Wall time".into(), wall), counts("Lanes", lanes), counts("Most at once", most)],
        },
        Group {
            name: "Time in each state",
            meaning: "All lanes together, so it may be more than the wall time.",
            rows: states
                .into_iter()
                .filter(|row| row.cells[0].text != row.cells[1].text || row.cells[0].text != NONE)
                .collect(),
        },
        Group {
            name: "Waiting",
            meaning: "How long lanes waited for something that another lane, or the world, had to bring about; all waits \
                      together, and how many there were.",
            rows: waits.iter().take(MOST_ROWS).map(|(awaited, both)| waiting(awaited, both)).collect(),
        },
        Group {
            name: "Contention",
            meaning: "How often a lane found taken what it wanted to take, and had to wait for it; then the longest such wait.",
            rows: waits.iter().filter_map(|(awaited, both)| contention(awaited, both)).take(MOST_ROWS).collect(),
        },
    ];
    Comparison {
        summary,
        cautions: cautions(first, second),
        groups: groups.into_iter().filter(|group| !group.rows.is_empty()).collect(),
    }
}

/// What is shown where a run has no such figure.
const NONE: &str = "–";

fn wall_sentence(wall: Both<Nanos>) -> String {
    let Both { first, second } = wall;
    let by = Nanos(first.0.abs_diff(second.0));
    if by.0 as f64 <= first.max(second).0 as f64 * ABOUT {
        return format!("Both runs took about as long: {first} and {second}.");
    }
    let word = if second < first { "less" } else { "more" };
    format!("Run 2 took {by} {word} than run 1: {second} instead of {first}.")
}

/// Where waiting changed most.
fn wait_sentence(waits: &[(Awaited, Both<Waits>)]) -> Option<String> {
    let change = |both: &Both<Waits>| both.first.total.0.abs_diff(both.second.total.0);
    let (awaited, both) = waits.iter().max_by_key(|(_, both)| change(both)).filter(|(_, both)| change(both) > 0)?;
    let word = if both.second.total < both.first.total { "less" } else { "more" };
    Some(format!(
        "The largest difference in waiting: its lanes waited {} {word} for {}.",
        Nanos(change(both)),
        name(awaited, both)
    ))
}

fn cautions(first: Run, second: Run) -> Vec<String> {
    let mut cautions = Vec::new();
    for (run, number) in [(first, 1), (second, 2)] {
        match run.status {
            Status::Finished => {}
            Status::Failed => cautions.push(format!("Run {number} failed: its figures end where it failed.")),
            Status::Stopped => {
                cautions.push(format!("Run {number} was stopped: its figures are of the part that ran."))
            }
        }
        if run.timeline.recording_ended.is_some() {
            cautions
                .push(format!("The recording of run {number} was full before the run ended: the rest is not counted."));
        }
        cautions.extend(run.timeline.disturbance().map(|(_, disturbance)| match disturbance {
            Disturbance::Hidden => format!("The page was hidden during run {number}: browsers slow hidden pages down."),
            Disturbance::Standstill => format!("The page or the machine stood still for a while during run {number}."),
        }));
    }
    cautions.push(
        "These are single runs, and times vary from run to run: run again before you trust a small difference.".into(),
    );
    cautions
}

/// What was waited for, in words: `lock “counter”`, `4 forks`.
fn name(awaited: &Awaited, both: &Both<Waits>) -> String {
    match awaited {
        Awaited::Ends => "the ends of other lanes".to_owned(),
        Awaited::Resource(ResourceKind::Outside, name) => format!("the outside: “{name}”"),
        Awaited::Resource(kind, name) => {
            let s = if both.first.members.max(both.second.members) > 1 { "s" } else { "" };
            match name.eq_ignore_ascii_case(kind.name()) {
                true => format!("the {}{s}", kind.name()),
                false => format!("{}{s} “{name}”", kind.name()),
            }
        }
    }
}

fn waiting(awaited: &Awaited, both: &Both<Waits>) -> Row {
    let cell = |waits: Waits| Cell { aside: plural(waits.count, "wait"), ..time(waits.total) };
    Row {
        name: capital(&name(awaited, both)),
        state: None,
        cells: [cell(both.first), cell(both.second), difference(both.first.total, both.second.total)],
    }
}

fn contention(awaited: &Awaited, both: &Both<Waits>) -> Option<Row> {
    let kinds = [ResourceKind::Lock, ResourceKind::RLock, ResourceKind::Semaphore, ResourceKind::Gil];
    let Awaited::Resource(kind, _) = awaited else { return None };
    if !kinds.contains(kind) {
        return None;
    }
    let cell = |waits: Waits| match waits.contention() {
        Some(part) => {
            let tries = words::count(waits.acquired.max(waits.count));
            let longest = if waits.count == 0 { String::new() } else { format!("; {} at most", waits.longest) };
            Cell {
                text: format!("{:.0} %", part * 100.0),
                aside: format!("{} of {tries}{longest}", words::count(waits.count)),
            }
        }
        None => Cell { text: NONE.into(), aside: String::new() },
    };
    let change = match (both.first.contention(), both.second.contention()) {
        (Some(first), Some(second)) => {
            let points = (second * 100.0).round() - (first * 100.0).round();
            if points == 0.0 { "the same".into() } else { format!("{} %", signed(points)) }
        }
        _ => NONE.into(),
    };
    Some(Row {
        name: capital(&name(awaited, both)),
        state: None,
        cells: [cell(both.first), cell(both.second), Cell { text: change, aside: String::new() }],
    })
}

fn times(name: String, both: Both<Nanos>) -> Row {
    Row { name, state: None, cells: [time(both.first), time(both.second), difference(both.first, both.second)] }
}

fn counts(name: &str, both: Both<u64>) -> Row {
    let cell = |text| Cell { text, aside: String::new() };
    let change = both.second as f64 - both.first as f64;
    let change = if change == 0.0 { "the same".to_owned() } else { signed(change) };
    let cells = [cell(words::count(both.first)), cell(words::count(both.second)), cell(change)];
    Row { name: name.to_owned(), state: None, cells }
}

fn time(time: Nanos) -> Cell {
    let text = if time == Nanos::ZERO { NONE.to_owned() } else { time.to_string() };
    Cell { text, aside: String::new() }
}

/// How much more or less the second is, and its ratio to the first.
fn difference(first: Nanos, second: Nanos) -> Cell {
    let by = Nanos(first.0.abs_diff(second.0));
    if by == Nanos::ZERO {
        return Cell { text: if first == Nanos::ZERO { NONE } else { "the same" }.into(), aside: String::new() };
    }
    let sign = if second < first { '−' } else { '+' };
    let aside = match (first.0, second.0) {
        (0, _) | (_, 0) => String::new(),
        (first, second) if first.abs_diff(second) * 200 < first => String::new(),
        (first, second) => format!("× {}", significant(second as f64 / first as f64)),
    };
    Cell { text: format!("{sign}{by}"), aside }
}

/// With two significant digits or more: `0.47`, `3.2`, `120`.
fn significant(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 0.01 => "less than 0.01".to_owned(),
        ratio if ratio < 1.995 => format!("{ratio:.2}"),
        ratio if ratio < 19.95 => format!("{ratio:.1}"),
        ratio => format!("{ratio:.0}"),
    }
}

fn signed(number: f64) -> String {
    format!("{}{}", if number < 0.0 { '−' } else { '+' }, words::count(number.abs() as u64))
}

fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", words::count(number), if number == 1 { "" } else { "s" })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
