//! A mutex in a word of shared memory, for the primitives themselves: held for a few steps, never across a wait of a
//! lane, and not traced. The word says which process holds it, so that a dead one's can be taken from it.

use crate::runtime::host::Words;

/// In the word: a waiter sleeps.
const CONTENDED: u32 = 1 << 31;

/// How many times it is tried before sleeping.
const SPINS: u32 = 50;

/// Takes the mutex at this word for `me`: a process's number plus one.
pub(super) fn lock(words: &dyn Words, at: usize, me: u32) {
    let mut mine = me;
    let mut spins = 0;
    loop {
        if words.replace(at, 0, mine) {
            return;
        }
        if spins < SPINS {
            spins += 1;
            std::hint::spin_loop();
            continue;
        }
        let holder = words.load(at);
        if holder == 0 {
            continue;
        }
        if holder & CONTENDED != 0 || words.replace(at, holder, holder | CONTENDED) {
            words.wait(at, holder | CONTENDED, None);
            // Others may still be asleep.
            mine = me | CONTENDED;
        }
    }
}

/// Releases it.
pub(super) fn unlock(words: &dyn Words, at: usize) {
    if words.swap(at, 0) & CONTENDED != 0 {
        words.notify(at, 1);
    }
}

/// Takes it from a dead process, if that has it.
pub(super) fn died(words: &dyn Words, at: usize, dead: u32) {
    let holder = words.load(at);
    if holder & !CONTENDED == dead {
        words.replace(at, holder, 0);
    }
    // It may have been woken for it and have died before it got it.
    words.notify(at, u32::MAX);
}
