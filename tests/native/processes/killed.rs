//! Rings whose one side is killed, at any step that others could notice.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use proptest::prelude::*;
use weft::runtime::host::Words;
use weft::runtime::processes::ring::{HEADER, Level, Moment, Ring, Side, Stuck};
use weft::trace::{Cause, LaneId, Nanos};

/// The words as a process sees them that is killed before it has done so many steps more. From then on it does nothing.
struct Mortal {
    words: Arc<dyn Words>,
    steps: AtomicU32,
}

impl Mortal {
    fn step<R>(&self, step: impl FnOnce(&dyn Words) -> R) -> R {
        if self.steps.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_err() {
            resume_unwind(Box::new("killed"));
        }
        step(&*self.words)
    }
}

impl Words for Mortal {
    fn len(&self) -> usize {
        self.words.len()
    }
    fn address(&self) -> usize {
        self.words.address()
    }
    fn load(&self, at: usize) -> u32 {
        self.words.load(at)
    }
    fn store(&self, at: usize, value: u32) {
        self.step(|words| words.store(at, value));
    }
    fn swap(&self, at: usize, value: u32) -> u32 {
        // A guard is dropped when the process is killed already.
        if std::thread::panicking() { 0 } else { self.step(|words| words.swap(at, value)) }
    }
    fn replace(&self, at: usize, current: u32, value: u32) -> bool {
        self.step(|words| words.replace(at, current, value))
    }
    fn add(&self, at: usize, value: u32) -> u32 {
        self.step(|words| words.add(at, value))
    }
    fn and(&self, at: usize, bits: u32) -> u32 {
        self.step(|words| words.and(at, bits))
    }
    fn load_long(&self, at: usize) -> i64 {
        self.words.load_long(at)
    }
    fn store_long(&self, at: usize, value: i64) {
        self.step(|words| words.store_long(at, value));
    }
    fn wait(&self, _: usize, _: u32, _: Option<Duration>) {
        // Nobody else does anything here.
        resume_unwind(Box::new("killed while it waits"));
    }
    fn notify(&self, at: usize, count: u32) {
        self.step(|words| words.notify(at, count));
    }
    fn changes_soon(&self, _: usize, _: u32) -> bool {
        false
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        // SAFETY: as for the caller.
        self.step(|words| unsafe { words.write(at, bytes) });
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        // SAFETY: as for the caller.
        unsafe { self.words.read(at, len, into) };
    }
}

const CAPACITY: usize = 128;
const CHILD: u16 = 7;

/// A ring, and as a process sees it that is killed before it has done so many steps.
fn ring_of_a_mortal(steps: u32) -> (Ring, Ring) {
    let parent = Ring::new(CAPACITY, 0);
    parent.claim(Side::Reading).unwrap();
    parent.claim(Side::Writing).unwrap();
    let mortal = Mortal { words: parent.shared(), steps: AtomicU32::new(steps) };
    (parent, Ring::at(Arc::new(mortal), CAPACITY, CHILD))
}

fn record(moment: Moment) -> Cause {
    Cause { lane: LaneId(1), time: moment.last + Nanos(1) }
}

/// Waits, which only the process that is killed does.
fn wait(ring: &Ring, side: Side) -> ! {
    ring.wait(side, ring.changes(side), true, Some(Duration::ZERO));
    panic!("nobody else is there to go on");
}

/// Sends a message.
fn send(ring: &Ring, bytes: &[u8]) -> Result<(), Stuck> {
    assert!(ring.take_turn(Side::Writing), "nobody else has the turn");
    let Some(mut written) = ring.begin_message(bytes, 9, record)? else { wait(ring, Side::Writing) };
    while written < bytes.len() {
        match ring.go_on_writing(&bytes[written..], record)? {
            0 => wait(ring, Side::Writing),
            now => written += now,
        }
    }
    Ok(())
}

/// Receives a message, if one is there.
fn receive(ring: &Ring) -> Result<Option<Vec<u8>>, Stuck> {
    assert!(ring.take_turn(Side::Reading), "nobody else has the turn");
    let Some((len, _)) = ring.next_message()? else {
        ring.give_up_turn(Side::Reading);
        return Ok(None);
    };
    let mut bytes = Vec::new();
    ring.take_message(len, &mut bytes, record);
    while bytes.len() < len {
        if ring.go_on_reading(len - bytes.len(), &mut bytes, record)? == 0 {
            wait(ring, Side::Reading);
        }
    }
    Ok(Some(bytes))
}

/// What is there, up to the first trouble.
fn receive_all(ring: &Ring) -> (Vec<Vec<u8>>, Option<Stuck>) {
    let mut got = Vec::new();
    loop {
        match receive(ring) {
            Ok(Some(message)) => got.push(message),
            Ok(None) => return (got, None),
            Err(stuck) => return (got, Some(stuck)),
        }
    }
}

/// Messages and their places, each of its own length.
fn messages(lens: &[usize]) -> Vec<Vec<u8>> {
    lens.iter().enumerate().map(|(number, len)| vec![number as u8; *len]).collect()
}

/// That the ring is whole and empty, and goes on.
fn goes_on(ring: &Ring) -> Result<(), TestCaseError> {
    prop_assert_eq!(ring.level(), Level { bytes: 0, messages: 0 });
    prop_assert_eq!(send(ring, b"it goes on"), Ok(()));
    prop_assert_eq!(receive(ring), Ok(Some(b"it goes on".to_vec())));
    Ok(())
}

proptest! {
    /// Of what a killed process sent, whole messages arrive, in their order. What it was in the middle of is there, or
    /// it is not, or the ring is broken for all.
    #[test]
    fn what_a_killed_writer_leaves_is_whole_or_broken(
        steps in 0..120_u32,
        lens in prop::collection::vec(prop_oneof![0..20_usize, 100..300_usize], 1..4),
    ) {
        let (parent, child) = ring_of_a_mortal(steps);
        let messages = messages(&lens);
        let mut sent = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for message in &messages {
                send(&child, message).unwrap();
                sent += 1;
            }
        }));
        parent.died(CHILD);
        let (got, trouble) = receive_all(&parent);
        prop_assert!(got.len() == sent || outcome.is_err() && got.len() == sent + 1);
        prop_assert_eq!(&got[..], &messages[..got.len()]);
        match trouble {
            None => goes_on(&parent)?,
            Some(stuck) => {
                prop_assert!(outcome.is_err() && stuck == Stuck::Broken);
                let other = Ring::at(parent.shared(), CAPACITY, 8);
                prop_assert_eq!(other.begin_message(b"and it says so", 9, record), Err(Stuck::Broken));
            }
        }
    }

    /// Of what was sent to a killed process, what it has not taken is still there, or the ring is broken for all.
    #[test]
    fn what_a_killed_reader_leaves_is_whole_or_broken(
        steps in 0..80_u32,
        lens in prop::collection::vec(0..(CAPACITY / 4 - HEADER), 1..4),
    ) {
        let (parent, child) = ring_of_a_mortal(steps);
        let messages = messages(&lens);
        for message in &messages {
            send(&parent, message).unwrap();
        }
        let mut taken = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            while receive(&child).unwrap().is_some() {
                taken += 1;
            }
        }));
        parent.died(CHILD);
        let (got, trouble) = receive_all(&parent);
        match trouble {
            None => {
                let gone = messages.len() - got.len();
                prop_assert!(gone == taken || outcome.is_err() && gone == taken + 1);
                prop_assert_eq!(&got[..], &messages[gone..]);
                goes_on(&parent)?;
            }
            Some(stuck) => {
                prop_assert!(outcome.is_err() && stuck == Stuck::Broken && got.is_empty());
                prop_assert_eq!(parent.begin_message(b"and it says so", 9, record), Err(Stuck::Broken));
            }
        }
    }
}
