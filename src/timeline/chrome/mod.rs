//! Timelines as files: Chrome's Trace Event JSON, which Perfetto and others read too.
//!
//! [`export`] writes a [`Timeline`] by the rules of the contract's section "Trace file"; [`import`]
//! reads such a file again, or one by another program. This module is pure: it knows nothing of files, of the page, or
//! of what a demo is (its id and parameters are handed on as they are). It is in `timeline`, not in `trace`, since
//! writing such a file needs spans, and reading one makes a timeline.
//!
//! Numbers that other tools require to be non-zero are counted from one: `pid` is the number of the process plus one (0
//! is the idle process to Perfetto), `tid` the number of the lane plus one. Rows that are not lanes have `tid`s above
//! those of all lanes. Every `tid` is used in one process only.
//!
//! A timeline that is exported and imported is equal to what it was, field by field, with two exceptions: times later
//! than [`MAX_TIME`] become that time, and among the events of a [`Resource`](super::Resource) those of other kinds are
//! left out.

mod event;
mod export;
mod foreign;
mod import;
mod own;
mod raw;

use serde_json::{Map, Value};

pub use export::{ChromeTrace, export};
pub use import::{ImportError, import, import_value};

use super::{Scope, Timeline};
use crate::trace::Nanos;

/// The latest time that a file represents exactly (13 days): a number in JSON is a 64-bit float, which has no more
/// digits for nanoseconds counted in microseconds.
pub const MAX_TIME: Nanos = Nanos(1 << 50);

/// What a file says about the run as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// The version of Weft that wrote it.
    pub weft: String,
    /// The demo's id.
    pub demo: Option<String>,
    /// The demo's parameters.
    pub params: Map<String, Value>,
    /// What else is in `otherData`. Names that the format itself uses there are skipped.
    pub extra: Map<String, Value>,
}

/// What was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What happened.
    pub timeline: Timeline,
    /// What Weft wrote about the run as a whole; `None` for a trace that Weft did not write.
    pub meta: Option<Meta>,
}

/// Names in `otherData` that [`Meta::extra`] cannot have.
const RESERVED: [&str; 10] =
    ["weft", "demo", "params", "resources", "sites", "anomalies", "lifts", "events", "now", "recordingEnded"];

/// Cuts scopes that reach beyond the one they lie in, since scopes of a lane nest. They must be sorted by start, outer
/// before inner. Returns how many were cut.
fn cut_to_nest(scopes: &mut [Scope]) -> usize {
    let mut around: Vec<Nanos> = Vec::new();
    let mut cut = 0;
    for scope in scopes {
        let end = scope.end.unwrap_or(Nanos(u64::MAX));
        around.retain(|&outer| outer > scope.start);
        if let Some(&outer) = around.last()
            && outer < end
        {
            scope.end = Some(outer);
            cut += 1;
        }
        around.push(scope.end.unwrap_or(Nanos(u64::MAX)));
    }
    cut
}

/// A time from microseconds, to the nanosecond. Times that make no sense become the nearest that do.
fn nanos(micros: f64) -> Nanos {
    Nanos((micros * 1e3).round().max(0.0) as u64).min(LATEST)
}

/// Later times (beyond 73 years) are clamped to this. A single stray event at zero, among others that count from 1970,
/// should not squeeze those together.
const LATEST: Nanos = Nanos(MAX_TIME.0 << 11);
