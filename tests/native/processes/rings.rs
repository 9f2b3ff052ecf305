//! Rings, with real threads on both sides.

use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use weft::runtime::processes::ring::{HEADER, Level, Moment, Ring, Side, Stuck};
use weft::trace::{Cause, LaneId, Nanos};

fn cause(lane: u32, moment: Moment) -> Cause {
    Cause { lane: LaneId(lane), time: moment.last + Nanos(1) }
}

/// Sends a message, all of it.
fn send(ring: &Ring, lane: u32, bytes: &[u8], most: u32) -> Result<(), Stuck> {
    let mut written: Option<usize> = None;
    let mut turn = false;
    while written != Some(bytes.len()) {
        let changes = ring.changes(Side::Writing);
        turn = turn || ring.take_turn(Side::Writing);
        let now = match (turn, written) {
            (false, _) => 0,
            (true, None) => {
                written = ring.begin_message(bytes, most, |moment| cause(lane, moment))?;
                written.unwrap_or(0)
            }
            (true, Some(so_far)) => {
                let now = ring.go_on_writing(&bytes[so_far..], |moment| cause(lane, moment))?;
                written = Some(so_far + now);
                now
            }
        };
        if now == 0 && written != Some(bytes.len()) {
            ring.wait(Side::Writing, changes, written.is_some(), Some(Duration::from_secs(5)));
        }
    }
    Ok(())
}

/// Receives a message, all of it, and who sent it.
fn receive(ring: &Ring, lane: u32) -> Result<(Vec<u8>, Cause), Stuck> {
    let mut bytes = Vec::new();
    let mut known: Option<(usize, Cause)> = None;
    let mut turn = false;
    loop {
        let changes = ring.changes(Side::Reading);
        turn = turn || ring.take_turn(Side::Reading);
        if turn {
            match known {
                None => {
                    known = ring.next_message()?;
                    if let Some((len, _)) = known {
                        ring.take_message(len, &mut bytes, |moment| cause(lane, moment));
                    }
                }
                Some((len, _)) => {
                    ring.go_on_reading(len - bytes.len(), &mut bytes, |moment| cause(lane, moment))?;
                }
            }
            if let Some((_, from)) = known.filter(|(len, _)| *len == bytes.len()) {
                return Ok((bytes, from));
            }
        }
        ring.wait(Side::Reading, changes, known.is_some(), Some(Duration::from_millis(5)));
    }
}

fn message(sender: u32, number: u32, len: usize) -> Vec<u8> {
    let mut bytes = vec![(sender * 31 + number) as u8; len.max(8)];
    bytes[..4].copy_from_slice(&sender.to_le_bytes());
    bytes[4..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Every message arrives once, whole, and each sender's in its order, whatever the sizes; and the ring is empty then.
    #[test]
    fn messages_arrive_once_whole_and_in_order(
        capacity in HEADER..200,
        senders in 1..4_u32,
        receivers in 1..4_u32,
        most in 1..5_u32,
        lens in prop::collection::vec(8..400_usize, 1..30),
    ) {
        let ring = Ring::new(capacity, 0);
        ring.claim(Side::Reading).unwrap();
        ring.claim(Side::Writing).unwrap();
        let total = senders as usize * lens.len();
        let mut got: Vec<(Vec<u8>, Cause)> = thread::scope(|scope| {
            for sender in 1..=senders {
                let (ring, lens) = (&ring, &lens);
                scope.spawn(move || {
                    for (number, len) in lens.iter().enumerate() {
                        send(ring, sender, &message(sender, number as u32, *len), most).unwrap();
                    }
                });
            }
            let shares = (0..receivers as usize).map(|n| total / receivers as usize + usize::from(n < total % receivers as usize));
            let receivers: Vec<_> = shares
                .enumerate()
                .map(|(n, share)| {
                    let ring = &ring;
                    scope.spawn(move || (0..share).map(|_| receive(ring, 100 + n as u32).unwrap()).collect::<Vec<_>>())
                })
                .collect();
            receivers.into_iter().flat_map(|receiver| receiver.join().unwrap()).collect()
        });
        // By the time of sending, which the ring has put in order.
        got.sort_by_key(|(_, cause)| cause.time);
        prop_assert_eq!(got.len(), total);
        let mut next = vec![0_u32; senders as usize + 1];
        for (bytes, cause) in &got {
            let sender = u32::from_le_bytes(bytes[..4].try_into().unwrap());
            let number = next[sender as usize];
            prop_assert_eq!(cause.lane, LaneId(sender));
            prop_assert_eq!(bytes, &message(sender, number, lens[number as usize]));
            next[sender as usize] += 1;
        }
        prop_assert_eq!(ring.level(), Level { bytes: 0, messages: 0 });
    }
}

#[test]
fn ends_that_are_gone_are_told() {
    let ring = Ring::new(64, 0);
    let (reads, writes) = (ring.claim(Side::Reading).unwrap(), ring.claim(Side::Writing).unwrap());
    let by = Cause { lane: LaneId(9), time: Nanos(5) };
    send(&ring, 1, b"the last words", 9).unwrap();
    ring.release(Side::Writing, writes, by);
    assert_eq!(receive(&ring, 2).unwrap().0, b"the last words", "what was written can still be read");
    assert_eq!(receive(&ring, 2), Err(Stuck::Closed));
    assert_eq!(ring.latest(Side::Writing), Some(by), "and it is known who let go");
    ring.claim(Side::Writing).unwrap();
    ring.release(Side::Reading, reads, by);
    assert_eq!(send(&ring, 1, b"to nobody", 9), Err(Stuck::Closed));
}

#[test]
fn a_process_that_dies_in_the_middle_breaks_the_ring_and_no_other() {
    let parent = Ring::new(64, 0);
    parent.claim(Side::Reading).unwrap();
    parent.claim(Side::Writing).unwrap();
    let child = Ring::at(parent.shared(), 64, 7);
    // It dies between two messages, with the turn: no harm.
    assert!(child.take_turn(Side::Writing));
    parent.died(7);
    send(&parent, 1, b"one", 9).unwrap();
    assert_eq!(receive(&parent, 1).unwrap().0, b"one");
    // It dies in the middle of a message.
    assert!(child.take_turn(Side::Writing));
    assert_eq!(child.begin_message(&[1; 100], 9, |moment| cause(7, moment)), Ok(Some(48)));
    parent.died(7);
    assert_eq!(receive(&parent, 1), Err(Stuck::Broken));
    assert_eq!(send(&parent, 1, b"two", 9), Err(Stuck::Broken));
}

#[test]
fn a_reader_that_dies_in_the_middle_breaks_the_ring() {
    let parent = Ring::new(64, 0);
    parent.claim(Side::Reading).unwrap();
    parent.claim(Side::Writing).unwrap();
    let child = Ring::at(parent.shared(), 64, 7);
    assert!(parent.take_turn(Side::Writing));
    assert_eq!(parent.begin_message(&[1; 100], 9, |moment| cause(1, moment)), Ok(Some(48)));
    assert!(child.take_turn(Side::Reading));
    let mut part = Vec::new();
    child.take_message(100, &mut part, |moment| cause(7, moment));
    assert_eq!(part.len(), 48);
    parent.died(7);
    assert_eq!(parent.go_on_writing(&[1; 52], |moment| cause(1, moment)), Err(Stuck::Broken));
    parent.give_up_turn(Side::Writing);
    assert_eq!(receive(&parent, 1), Err(Stuck::Broken));
}

#[test]
fn only_so_many_hold_a_side() {
    let ring = Ring::new(64, 0);
    let bits: Vec<u32> = std::iter::from_fn(|| ring.claim(Side::Reading)).collect();
    assert_eq!(bits.len(), 32);
    assert_eq!(bits.iter().fold(0, |all, bit| all | bit), u32::MAX);
    ring.release(Side::Reading, bits[5], Cause { lane: LaneId(0), time: Nanos(1) });
    assert_eq!(ring.claim(Side::Reading), Some(bits[5]), "a place that is free again can be taken");
}
