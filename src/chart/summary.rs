//! The chart in a few short sentences, for readers who cannot see it.

use crate::timeline::{Lane, Resource, Span, Timeline};
use crate::trace::{Ending, LaneId, LaneKind, Nanos, State};

use super::tooltip::span_words;
use super::turns::Turns;
use super::view::SpanRef;

/// How many waits are named.
const LONGEST: usize = 3;

/// How many lanes are named one by one.
const NAMED_LANES: usize = 12;

/// What the run was like: its lanes, the most that ran at a time, failures, the longest waits, each lane's share.
///
/// It looks at every span, so it is made on request, not for each frame.
pub fn summary(timeline: &Timeline) -> String {
    if timeline.lanes.is_empty() {
        return "Nothing has happened yet.".to_owned();
    }
    let stats = timeline.stats();
    let mut sentences = vec![
        format!("{} in {}.", counted_lanes(timeline), stats.wall),
        match stats.max_parallel {
            0 => "None of them ran.".to_owned(),
            1 => "Never more than one ran at a time.".to_owned(),
            most => format!("At most {most} ran at the same time."),
        },
    ];
    for ending in [Ending::Failed, Ending::Cancelled, Ending::Killed, Ending::Stopped] {
        let ended = |lane: &&Lane| lane.end.as_ref().is_some_and(|end| end.ending == ending);
        let names: Vec<&str> = timeline.lanes.iter().filter(ended).map(|lane| lane.name.as_str()).collect();
        if !names.is_empty() {
            sentences.push(format!("{}: {}.", capitalised(ending.name()), listed(&names)));
        }
    }
    let waits = longest_waits(timeline);
    if !waits.is_empty() {
        sentences.push("The longest waits:".to_owned());
    }
    for (lane, span) in waits {
        if let Some(words) = span_words(timeline, SpanRef { lane: lane.id, index: span.index }) {
            sentences.push(format!("{} {}, from {} for {}.", words.lane, words.words, words.start, words.duration));
        }
    }
    sentences.extend(
        timeline.resources.iter().filter(|resource| Turns::has_row(resource)).map(|gil| turns_sentence(timeline, gil)),
    );
    for lane in timeline.lanes.iter().take(NAMED_LANES) {
        sentences.push(lane_sentence(timeline, lane));
    }
    if let Some(more) = timeline.lanes.len().checked_sub(NAMED_LANES).filter(|&more| more > 0) {
        sentences.push(format!("{more} more are not listed here."));
    }
    sentences.join(" ")
}

/// "1 event loop, 3 threads".
fn counted_lanes(timeline: &Timeline) -> String {
    let counted = |kind: Option<LaneKind>| {
        let count = timeline.lanes.iter().filter(|lane| lane.kind == kind).count();
        let name = kind.map_or("lane", |kind| kind.name());
        let plural = match (count, kind) {
            (1, _) => "",
            (_, Some(LaneKind::Process)) => "es",
            _ => "s",
        };
        (count > 0).then(|| format!("{count} {name}{plural}"))
    };
    LaneKind::ALL.into_iter().map(Some).chain([None]).filter_map(counted).collect::<Vec<_>>().join(", ")
}

fn listed(names: &[&str]) -> String {
    match names.len() {
        0..=5 => names.join(", "),
        many => format!("{} and {} more", names[..4].join(", "), many - 4),
    }
}

/// The longest spans in which a lane waited, longest first. Event loops are left out: one that sleeps just has nothing
/// to do.
fn longest_waits(timeline: &Timeline) -> Vec<(&Lane, Span)> {
    let mut longest: Vec<(&Lane, Span)> = Vec::new();
    for (lane, span) in timeline.spans() {
        let waits = span.state != State::Running && lane.kind != Some(LaneKind::EventLoop);
        if !waits || span.duration().0 == 0 {
            continue;
        }
        let at = longest.partition_point(|(_, other)| other.duration() >= span.duration());
        if at < LONGEST {
            longest.insert(at, (lane, span));
            longest.truncate(LONGEST);
        }
    }
    longest
}

fn lane_sentence(timeline: &Timeline, lane: &Lane) -> String {
    let mut times: Vec<_> = State::ALL.map(|state| (state, lane.time_in(state, timeline.now))).to_vec();
    times.retain(|(_, time)| time.0 > 0);
    times.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let shares: Vec<String> = times.iter().map(|(state, time)| format!("{} {time}", state.name())).collect();
    let shares = if shares.is_empty() { "no time".to_owned() } else { shares.join(", ") };
    format!("{}: {shares}.", lane.name)
}

/// "GIL: held for 9.00 ms in 3 turns, most of it by A."
fn turns_sentence(timeline: &Timeline, resource: &Resource) -> String {
    let mut turns = Turns::new(resource);
    turns.update(resource);
    let mut by_lane: Vec<(LaneId, Nanos)> = Vec::new();
    for turn in turns.all() {
        let duration = turn.end(timeline).saturating_sub(turn.start);
        match by_lane.iter_mut().find(|(lane, _)| *lane == turn.lane) {
            Some((_, sum)) => sum.0 += duration.0,
            None => by_lane.push((turn.lane, duration)),
        }
    }
    let total = Nanos(by_lane.iter().map(|(_, sum)| sum.0).sum());
    let most = by_lane.iter().max_by_key(|(_, sum)| *sum).and_then(|(lane, _)| timeline.lane(*lane));
    let name = most.map_or("nobody", |lane| lane.name.as_str());
    let (count, plural) = (turns.all().len(), if turns.all().len() == 1 { "" } else { "s" });
    format!("{}: held for {total} in {count} turn{plural}, most of it by {name}.", resource.name)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::timeline;

    #[test]
    fn a_run_in_words() {
        let timeline = timeline(
            "A: run 0-2, block 2-20 on B, run 20-21, end 21
             B < A: ready 1-2, run 2-10, block 10-15 on door, run 15-20, fail 20",
        );
        assert_eq!(
            summary(&timeline),
            "2 threads in 21.0 ms. Never more than one ran at a time. Failed: B. The longest waits: A blocked: waits \
             for the end of B, from 2.00 ms for 18.0 ms. B blocked: waits for door, from 10.0 ms for 5.00 ms. B ready: \
             could run, and waits for its turn, from 1.00 ms for 1.00 ms. A: blocked 18.0 ms, running 3.00 ms. B: \
             running 13.0 ms, blocked 5.00 ms, ready 1.00 ms."
        );
    }

    #[test]
    fn an_empty_run_has_words_too() {
        assert_eq!(summary(&Timeline::default()), "Nothing has happened yet.");
    }
}
