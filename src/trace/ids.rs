//! Typed numbers: a time, a lane, a resource, a source line.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A time, or a length of time, in nanoseconds. Times count from the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The start of the run, or no time at all.
    pub const ZERO: Nanos = Nanos(0);

    /// From milliseconds. A negative number gives zero.
    #[inline]
    pub fn from_millis_f64(ms: f64) -> Nanos {
        // This is in every event's path: `round` would be a call on WebAssembly, and casts to unsigned numbers are slow.
        Nanos(((ms * 1e6 + 0.5) as i64).max(0) as u64)
    }

    /// From whole milliseconds.
    pub const fn from_millis(ms: u64) -> Nanos {
        Nanos(ms * 1_000_000)
    }

    /// In milliseconds.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In microseconds, as Chrome's trace format counts.
    pub fn as_micros_f64(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// `self - other`, or zero if `other` is later.
    pub fn saturating_sub(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(other.0))
    }
}

impl Add for Nanos {
    type Output = Nanos;
    /// Stops at the largest time: a trace from a file may hold any numbers.
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

impl Add<Duration> for Nanos {
    type Output = Nanos;
    fn add(self, other: Duration) -> Nanos {
        self + Nanos::from(other)
    }
}

impl Sub for Nanos {
    type Output = Nanos;
    /// Panics in debug builds if `other` is later; see [`Nanos::saturating_sub`].
    fn sub(self, other: Nanos) -> Nanos {
        Nanos(self.0 - other.0)
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Nanos {
        Nanos(duration.as_nanos().min(u64::MAX as u128) as u64)
    }
}

impl fmt::Display for Nanos {
    /// Three significant figures in the unit that suits: `503 ms`, `1.20 s`, `12.5 µs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0 as f64;
        let (value, unit) = match self.0 {
            0..1_000 => return write!(f, "{} ns", self.0),
            1_000..999_500 => (ns / 1e3, "µs"),
            999_500..999_500_000 => (ns / 1e6, "ms"),
            _ => (ns / 1e9, "s"),
        };
        let decimals = match value {
            v if v >= 99.95 => 0,
            v if v >= 9.995 => 1,
            _ => 2,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// A thread, process, task or event loop of one run.
///
/// The upper 12 bits are the number of the process that made it (0 is the engine), the lower 20 count within that
/// process; so processes number lanes without coordination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LaneId(pub u32);

/// A lock, queue, future, shared cell… of one run. Numbered as [`LaneId`]s are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId(pub u32);

impl LaneId {
    /// The first lane of a process, its main thread's.
    pub const fn main_of(process: u16) -> LaneId {
        LaneId((process as u32) << LOCAL_BITS)
    }

    /// The number of the process that it is in; 0 is the main program.
    pub const fn process(self) -> u16 {
        (self.0 >> LOCAL_BITS) as u16
    }
}

/// Bits of a [`LaneId`] or [`ResourceId`] that count within a process.
pub const LOCAL_BITS: u32 = 20;

/// One line of a source file, as an index into a table that the decoding side keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SiteId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (12_540, "12.5 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (503_000_000, "503 ms"),
            (999_499_999, "999 ms"),
            (1_204_000_000, "1.20 s"),
        ];
        for (ns, text) in cases {
            assert_eq!(Nanos(ns).to_string(), text);
        }
    }
}
