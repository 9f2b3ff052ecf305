//! Recording on real threads, reading at the same time, and decoding: nothing is lost, nothing comes twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use weft::trace::codec::{Decoder, Recorded};
use weft::trace::reader::{LocalMemory, Memory, Piece, Reader};
use weft::trace::record::{RECORD_BYTES, Record, Tag};
use weft::trace::recorder::{CHUNK_RECORDS, DEFAULT_CAP, Recorder};
use weft::trace::writer::Writer;
use weft::trace::{Cause, Ending, Event, EventKind, LaneId, LaneKind, Nanos, ResourceId, Site, State, Target};

use crate::allocations;

/// One thing that a worker records.
#[derive(Clone, Debug)]
enum Step {
    Lane(String),
    State(usize),
    Passed,
    Write(i64),
    Print(String),
    Scope(String),
    Left,
    Ended(String),
}

fn step() -> impl Strategy<Value = Step> {
    // Around the length of a record, where a text needs one more; and now and then more than a chunk.
    let text = || prop_oneof![8 => ".{0,40}", 2 => "[aé𝄞]{30,34}", 1 => (0..90_000_usize).prop_map(|n| "ж".repeat(n))];
    prop_oneof![
        1 => text().prop_map(Step::Lane),
        6 => (0..State::ALL.len()).prop_map(Step::State),
        2 => Just(Step::Passed),
        4 => any::<i64>().prop_map(Step::Write),
        2 => text().prop_map(Step::Print),
        1 => text().prop_map(Step::Scope),
        1 => Just(Step::Left),
        1 => text().prop_map(Step::Ended),
    ]
}

/// Records a step, and says what event it is, without source lines.
fn record(writer: &mut Writer, time: u64, lane: LaneId, step: &Step) -> Event {
    let now = Nanos(time);
    let here = Some(Site::caller());
    let cause = (time > 0).then(|| Cause { lane: LaneId(2), time: Nanos(time - 1) });
    let (resource, on) = (ResourceId(lane.0 + 7), Target::Lane(LaneId(3)));
    let kind = match step {
        Step::Lane(name) => {
            writer.lane(now, lane, LaneKind::Task, Some(LaneId(1)), name);
            EventKind::LaneDefined { kind: LaneKind::Task, parent: Some(LaneId(1)), name: name.clone() }
        }
        Step::State(state) => {
            let state = State::ALL[*state];
            writer.state(now, lane, state, Some(Target::Resource(resource)), here, cause);
            EventKind::State { state, on: Some(Target::Resource(resource)), site: None, cause }
        }
        Step::Passed => {
            writer.passed(now, lane, on, here, cause);
            EventKind::Passed { on, site: None, cause }
        }
        &Step::Write(value) => {
            writer.access(now, lane, Tag::Write, resource, value, here);
            EventKind::Write { resource, value, site: None }
        }
        Step::Print(text) => {
            writer.text(now, lane, Tag::Print, text);
            EventKind::Print { text: text.clone() }
        }
        Step::Scope(name) => {
            writer.text(now, lane, Tag::ScopeBegan, name);
            EventKind::ScopeBegan { name: name.clone() }
        }
        Step::Left => {
            writer.scope_ended(now, lane);
            EventKind::ScopeEnded
        }
        Step::Ended(message) => {
            writer.ended(now, lane, Ending::Failed, message);
            let message = Some(message.clone()).filter(|message| !message.is_empty());
            EventKind::Ended { ending: Ending::Failed, message }
        }
    };
    Event { time: now, lane, kind }
}

/// The events of each stream, after a check that source lines are those of this file; without those lines.
fn by_stream(recorded: Vec<Recorded>) -> BTreeMap<u16, Vec<Event>> {
    let mut streams: BTreeMap<u16, Vec<Event>> = BTreeMap::new();
    let mut known = std::collections::BTreeSet::new();
    for Recorded { worker, mut event } in recorded {
        match &mut event.kind {
            EventKind::SiteDefined { site, file, line } => {
                assert!(file.ends_with("trace.rs") && *line > 0, "{file}:{line}");
                known.insert((worker, *site));
                continue;
            }
            EventKind::State { site, .. } | EventKind::Passed { site, .. } | EventKind::Write { site, .. } => {
                let site = site.take().expect("a source line");
                assert!(known.contains(&(worker, site)), "{site:?} is used before it is defined");
            }
            _ => {}
        }
        streams.entry(worker.1).or_default().push(event);
    }
    streams
}

/// Reads everything that is there, in pieces of about `limit` bytes.
fn drain(reader: &mut Reader, memory: &impl Memory, limit: usize, mut piece: impl FnMut(&Reader, Piece)) {
    loop {
        let (pieces, more) = reader.read(memory, limit);
        for one in pieces {
            piece(reader, one);
        }
        if !more {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_while_workers_go_on(
        scripts in proptest::collection::vec(proptest::collection::vec(step(), 1..40), 1..5),
        rounds in 1..60_usize,
        limit in 1..400_000_usize,
        confirmed in proptest::collection::vec(0..=100_u32, 1..9),
        restart_at in 0..20_usize,
    ) {
        let recorder = Arc::new(Recorder::new(DEFAULT_CAP));
        let memory = LocalMemory::new(recorder.root());
        let mut decoder = Decoder::default();
        let mut recorded = Vec::new();
        let mut expected: Vec<Vec<Event>> = std::thread::scope(|scope| {
            let workers: Vec<_> = scripts
                .iter()
                .zip(0..)
                .map(|(script, number)| {
                    let recorder = recorder.clone();
                    scope.spawn(move || {
                        let mut writer = recorder.writer();
                        let steps = (0..rounds).flat_map(|_| script).zip(0..);
                        steps.map(|(step, time)| record(&mut writer, time, LaneId(number), step)).collect::<Vec<_>>()
                    })
                })
                .collect();
            let mut reader = Reader::new(0, memory.root_address());
            let mut shares = confirmed.iter().cycle();
            let mut drained = 0;
            // Stops looking at some moment, with a part of what is there decoded.
            while workers.iter().any(|worker| !worker.is_finished()) && drained < restart_at {
                drained += 1;
                let (pieces, _) = reader.read(&memory, limit);
                for piece in pieces {
                    assert_eq!(decoder.decode(&piece, &mut recorded), 0, "records are missing");
                    // Of what has been decoded, a part is confirmed.
                    let end = piece.first + (piece.end() - piece.first) * shares.next().expect("a cycle") / 100;
                    reader.confirm(&memory, piece.stream, end);
                }
            }
            workers.into_iter().map(|worker| worker.join().expect("no panic")).collect()
        });
        // Then everything is read anew from the oldest chunk that is left, as after a stop.
        let mut reader = Reader::new(0, memory.root_address());
        drain(&mut reader, &memory, limit, |_, piece| {
            assert_eq!(decoder.decode(&piece, &mut recorded), 0, "records are missing");
        });
        prop_assert_eq!(reader.end_of_recording(&memory), None);
        let mut streams: Vec<Vec<Event>> = by_stream(recorded).into_values().collect();
        // Streams are numbered as workers came, not as they were started.
        let lane = |events: &Vec<Event>| events[0].lane;
        streams.sort_by_key(lane);
        expected.sort_by_key(lane);
        prop_assert!(streams == expected, "{} streams differ", streams.len());
    }

    #[test]
    fn records_go_to_bytes_and_back(bytes in any::<[u8; RECORD_BYTES]>()) {
        prop_assert_eq!(Record::from_bytes(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn any_bytes_are_decoded_without_a_panic(
        pieces in proptest::collection::vec(
            (0..2_u16, prop_oneof![0..40_u32, any::<u32>()], proptest::collection::vec(odd_record(), 0..20), 0..40_usize),
            1..6,
        ),
    ) {
        let mut decoder = Decoder::default();
        let mut recorded = Vec::new();
        for (stream, first, records, cut) in pieces {
            let mut records: Vec<u8> = records.concat();
            records.truncate(records.len().saturating_sub(cut));
            let before = decoder.position(0, stream);
            let piece = Piece { process: 0, stream, first, records };
            let lost = decoder.decode(&piece, &mut recorded);
            prop_assert_eq!(lost, first.saturating_sub(before));
            prop_assert_eq!(decoder.position(0, stream), before.max(piece.end()));
        }
        // What comes out can be taken in.
        let mut timeline = weft::timeline::Timeline::default();
        timeline.push_recorded(recorded);
        timeline.stats();
    }
}

/// Bytes with a tag that often is one, and a text that often is short.
fn odd_record() -> impl Strategy<Value = [u8; RECORD_BYTES]> {
    (any::<[u8; RECORD_BYTES]>(), 0..18_u8, 0..3_u8, any::<bool>()).prop_map(|(mut bytes, tag, len, plain)| {
        if plain {
            bytes[30] = tag;
            bytes[24..28].copy_from_slice(&[len * 30, 0, 0, 0]);
        }
        bytes
    })
}

#[test]
fn chunks_are_used_again_once_they_have_arrived() {
    let recorder = Arc::new(Recorder::new(DEFAULT_CAP));
    let memory = LocalMemory::new(recorder.root());
    let mut writer = recorder.writer();
    let mut reader = Reader::new(0, memory.root_address());
    let mut fill = |confirm: bool| {
        let before = allocations::large();
        for _ in 0..100 {
            for _ in 0..CHUNK_RECORDS {
                writer.scope_ended(Nanos(1), LaneId(0));
            }
            let mut read = 0;
            drain(&mut reader, &memory, usize::MAX, |reader, piece| {
                read += piece.records.len() / RECORD_BYTES;
                if confirm {
                    reader.confirm(&memory, piece.stream, piece.end());
                }
            });
            assert_eq!(read, CHUNK_RECORDS);
        }
        allocations::large() - before
    };
    let unconfirmed = fill(false);
    assert!(unconfirmed >= 99, "the counter counts: {unconfirmed}");
    // All hundred are free by now, so no other is needed.
    assert!(fill(true) <= 3);
    assert_eq!(fill(true), 0);
}

#[test]
fn the_cap_ends_recording_and_says_when() {
    let recorder = Arc::new(Recorder::new(CHUNK_RECORDS as u64 * 2));
    let memory = LocalMemory::new(recorder.root());
    let mut writer = recorder.writer();
    let mut other = recorder.writer();
    other.scope_ended(Nanos(1), LaneId(1));
    let total = CHUNK_RECORDS as u64 * 10;
    for time in 0..total {
        writer.scope_ended(Nanos(time), LaneId(0));
    }
    let reader = Reader::new(0, memory.root_address());
    let end = reader.end_of_recording(&memory).expect("the cap was reached");
    let mut decoder = Decoder::default();
    let mut recorded = Vec::new();
    drain(&mut Reader::new(0, memory.root_address()), &memory, 100, |_, piece| {
        assert_eq!(decoder.decode(&piece, &mut recorded), 0);
    });
    let streams = by_stream(recorded);
    // The first chunk of a stream is not counted; those after it are.
    assert_eq!(streams[&0].len(), CHUNK_RECORDS * 3);
    assert_eq!(end, Nanos(CHUNK_RECORDS as u64 * 3));
    assert!(streams[&0].iter().zip(0..).all(|(event, time)| event.time == Nanos(time)));
    assert_eq!(streams[&1].len(), 1);
}

#[test]
fn a_text_cut_off_by_the_cap_is_no_event() {
    let recorder = Arc::new(Recorder::new(0));
    let memory = LocalMemory::new(recorder.root());
    let mut writer = recorder.writer();
    for _ in 0..CHUNK_RECORDS - 2 {
        writer.scope_ended(Nanos(1), LaneId(0));
    }
    writer.text(Nanos(2), LaneId(0), Tag::Print, &"x".repeat(33));
    let mut decoder = Decoder::default();
    let mut recorded = Vec::new();
    drain(&mut Reader::new(0, memory.root_address()), &memory, 100, |_, piece| {
        decoder.decode(&piece, &mut recorded);
    });
    assert_eq!(recorded.len(), CHUNK_RECORDS - 2);
}

proptest! {
    #[test]
    fn an_effect_is_never_before_its_cause(
        steps in proptest::collection::vec((0..100_u64, proptest::option::of(0..140_u64)), 1..40),
    ) {
        let recorder = Arc::new(Recorder::new(DEFAULT_CAP));
        let memory = LocalMemory::new(recorder.root());
        let mut writer = recorder.writer();
        let mut latest = 0;
        let mut lifts = Vec::new();
        for (now, cause) in &steps {
            // Microseconds: lifts of less only keep the order.
            let (now, cause) = (now * 1000, cause.map(|time| time * 1000));
            let cause_of = cause.map(|time| Cause { lane: LaneId(1), time: Nanos(time) });
            let time = writer.state(Nanos(now), LaneId(0), State::Running, None, None, cause_of);
            let clock = latest.max(now);
            latest = clock.max(cause.unwrap_or(0));
            prop_assert_eq!(time, Nanos(latest));
            if latest > clock {
                lifts.push(latest - clock);
            }
        }
        let mut decoder = Decoder::default();
        let mut recorded = Vec::new();
        drain(&mut Reader::new(0, memory.root_address()), &memory, 100, |_, piece| {
            decoder.decode(&piece, &mut recorded);
        });
        let mut timeline = weft::timeline::Timeline::default();
        timeline.push_recorded(recorded);
        prop_assert_eq!(timeline.lifts.count, lifts.len() as u64);
        prop_assert_eq!(timeline.lifts.total, Nanos(lifts.iter().sum()));
        prop_assert_eq!(timeline.lifts.max, Nanos(lifts.iter().copied().max().unwrap_or(0)));
        prop_assert_eq!(timeline.events, steps.len() as u64);
        prop_assert_eq!(&timeline.anomalies, &[]);
        let changes = &timeline.lanes[0].changes;
        prop_assert!(changes.iter().all(|change| change.cause.is_none_or(|cause| cause.time <= change.time)));
    }
}

#[test]
fn no_source_line_is_that_of_the_library() {
    #[track_caller]
    fn caller(_: ()) -> Site {
        Site::caller()
    }
    // Called by the standard library, a function sees a place of the library's as its caller.
    let library = std::iter::once(()).map(caller).next().expect("one");
    let own = caller(());
    let Site::Called(place) = library else { panic!("{library:?}") };
    assert!(!place.file().ends_with("trace.rs"), "{place}");

    let recorder = Arc::new(Recorder::new(DEFAULT_CAP));
    let mut writer = recorder.writer();
    for (time, site) in [(1, own), (2, library), (3, own)] {
        writer.state(Nanos(time), LaneId(1), State::Running, None, Some(site), None);
    }
    let memory = LocalMemory::new(recorder.root());
    let (mut decoder, mut recorded) = (Decoder::default(), Vec::new());
    for piece in Reader::new(0, memory.root_address()).read(&memory, usize::MAX).0 {
        decoder.decode(&piece, &mut recorded);
    }
    let sites = recorded.iter().filter_map(|recorded| match &recorded.event.kind {
        EventKind::State { site, .. } => Some(site.is_some()),
        _ => None,
    });
    assert_eq!(sites.collect::<Vec<_>>(), [true, false, true]);
    let files = recorded.iter().filter(|recorded| matches!(recorded.event.kind, EventKind::SiteDefined { .. }));
    assert_eq!(files.count(), 1);
}
