//! Demos of processes.

pub mod cost;
pub mod dying;
pub mod fibonacci;
pub mod isolation;
pub mod manager;
pub mod pipe;
pub mod pool_async;
pub mod pool_map;
pub mod process_queue;
pub mod shared_array;
pub mod shared_value;
pub mod start_join;
pub mod threads;

use super::{Seen, Stretch};
use crate::timeline::{Lane, Scope};
use crate::trace::Nanos;

/// A lane's scopes with this name, or whose name begins so and goes on with a number.
fn scopes<'a>(lane: &'a Lane, name: &'a str) -> impl Iterator<Item = &'a Scope> {
    lane.scopes.iter().filter(move |scope| scope.name.strip_prefix(name).is_some_and(|rest| !rest.contains(' ')))
}

/// From when to when a scope was.
fn span(seen: &Seen, lane: &Lane, scope: &Scope) -> Stretch {
    Stretch { lane: lane.id, start: scope.start, end: scope.end.unwrap_or(seen.timeline.now) }
}

/// How long a stretch was.
fn length(span: Stretch) -> Nanos {
    span.end.saturating_sub(span.start)
}

/// What a lane packed (`pack`) or unpacked (`unpack`): how often, how many bytes, and how long that took.
#[derive(Clone, Copy, Default)]
struct Crossing {
    times: usize,
    bytes: u64,
    took: Nanos,
}

fn crossing(seen: &Seen, lane: &Lane, what: &str) -> Crossing {
    let mut all = Crossing::default();
    for scope in &lane.scopes {
        let bytes =
            scope.name.strip_prefix(what).and_then(|rest| rest.trim().strip_suffix(" bytes")?.parse::<u64>().ok());
        if let Some(bytes) = bytes {
            let took = length(span(seen, lane, scope));
            all = Crossing { times: all.times + 1, bytes: all.bytes + bytes, took: all.took + took };
        }
    }
    all
}

/// A lane's process.
fn pid(lane: &Lane) -> u32 {
    u32::from(lane.id.process())
}

/// `1 process`, `2 processes`.
fn in_words(processes: usize) -> String {
    format!("{processes} {}", if processes == 1 { "process" } else { "processes" })
}
