//! How much a run may print. What is more is counted: a program that prints without end shall not fill the memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// How many lines of a process are recorded.
pub const MOST_LINES: u64 = 20_000;

/// How many bytes of text are recorded, without the line breaks.
pub const MOST_BYTES: u64 = 1_000_000;

/// The part of that which errors have for themselves, so that one can still be read after a flood of lines.
const FOR_ERRORS: u64 = 10;

/// What a process has printed so far.
pub struct Printed {
    lines: Budget,
    errors: Budget,
    lost: AtomicU64,
}

struct Budget {
    most_lines: u64,
    most_bytes: u64,
    lines: AtomicU64,
    bytes: AtomicU64,
    /// Set by the first that did not fit, after which none does.
    spent: AtomicBool,
}

impl Default for Printed {
    fn default() -> Printed {
        let budget = |most_lines, most_bytes| Budget {
            most_lines,
            most_bytes,
            lines: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            spent: AtomicBool::new(false),
        };
        Printed {
            lines: budget(MOST_LINES, MOST_BYTES),
            errors: budget(MOST_LINES / FOR_ERRORS, MOST_BYTES / FOR_ERRORS),
            lost: AtomicU64::new(0),
        }
    }
}

impl Printed {
    /// Counts a line, of an error or not. Whether it is to be recorded.
    pub(super) fn count(&self, text: &str, error: bool) -> bool {
        let budget = if error { &self.errors } else { &self.lines };
        let fits = budget.takes(text.len() as u64);
        if !fits {
            self.lost.fetch_add(1, Relaxed);
        }
        fits
    }

    /// How many lines were too much.
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }
}

impl Budget {
    fn takes(&self, bytes: u64) -> bool {
        let fits = !self.spent.load(Relaxed)
            && self.lines.fetch_add(1, Relaxed) < self.most_lines
            && self.bytes.fetch_add(bytes, Relaxed) + bytes <= self.most_bytes;
        if !fits {
            self.spent.store(true, Relaxed);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_counted() {
        let printed = Printed::default();
        let recorded = (0..MOST_LINES + 7).filter(|_| printed.count("", false)).count() as u64;
        assert_eq!((recorded, printed.lost()), (MOST_LINES, 7));
        assert!(printed.count("an error", true), "it has room of its own");
    }

    #[test]
    fn text_beyond_the_limit_is_counted_and_so_is_all_after_it() {
        let printed = Printed::default();
        let whole = "x".repeat(MOST_BYTES as usize);
        assert!(printed.count(&whole[1..], false) && printed.count("x", false));
        assert!(!printed.count("x", false) && !printed.count("", false));
        assert_eq!(printed.lost(), 2);
    }
}
