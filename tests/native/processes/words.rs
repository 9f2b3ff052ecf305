//! Words that processes share: what several steps at once do.

use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use weft::runtime::host::{Change, LocalWords, Words};

proptest! {
    /// As if each were done by itself, in their order.
    #[test]
    fn changes_are_done_in_their_order(changes in prop::collection::vec((0..12_u32, any::<u32>()), 0..30)) {
        let words = LocalWords::new(12);
        let mut expected = [0; 12];
        let changes: Vec<_> = changes.into_iter().map(|(at, value)| Change { at, value }).collect();
        for change in &changes {
            expected[change.at as usize] = change.value;
        }
        words.store_each(&changes);
        let mut row = [0; 12];
        words.load_row(0, &mut row);
        prop_assert_eq!(row, expected);
        let mut part = [0; 5];
        words.load_row(3, &mut part);
        prop_assert_eq!(&part[..], &expected[3..8]);
    }
}

#[test]
fn a_signal_wakes_who_sleeps() {
    const SIGNAL: usize = 0;
    const ASLEEP: usize = 1;
    let words = LocalWords::new(2);
    thread::scope(|scope| {
        let sleepers = [(); 3].map(|()| {
            scope.spawn(|| {
                let began = words.load(SIGNAL);
                while words.load(SIGNAL) == began {
                    words.sleep(SIGNAL, began, ASLEEP, Some(Duration::from_secs(60)));
                }
            })
        });
        while words.load(ASLEEP) < 3 {
            thread::yield_now();
        }
        words.signal(SIGNAL, ASLEEP, u32::MAX);
        sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
    });
    assert_eq!(words.load(ASLEEP), 0, "nobody is counted any more");
    words.signal(SIGNAL, ASLEEP, 1);
    assert_eq!(words.load(SIGNAL), 2, "a signal counts also if nobody sleeps");
    words.sleep(SIGNAL, 1, ASLEEP, None);
    words.sleep(SIGNAL, 2, ASLEEP, Some(Duration::from_millis(1)));
    assert_eq!(words.load(ASLEEP), 0);
}

#[test]
fn a_change_that_comes_soon_is_seen() {
    let words = LocalWords::new(2);
    assert!(!words.changes_soon(0, 0), "nothing changes");
    words.store(0, 1);
    assert!(words.changes_soon(0, 0), "it has changed");
}
