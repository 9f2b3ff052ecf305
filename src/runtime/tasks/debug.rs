//! The debug mode of an event loop, as in asyncio: switching it on and off.

use std::time::Duration;

use super::executor::current;

/// Turns the debug mode of the current event loop on or off: in Python, `loop.set_debug(on)`. In it, a task that has
/// kept the loop for longer than [`SLOW`](super::SLOW), or [`set_slow_duration`], without awaiting is named in a
/// printed line and a mark, with how long that took, and the source line at which it finally awaits. (If it has ended
/// instead: the line where it had been waiting before, or else where it was spawned.)
///
/// # Panics
/// Outside an event loop.
pub fn set_debug(on: bool) {
    current().slow.debug.set(on);
}

/// Whether the current event loop is in debug mode: in Python, `loop.get_debug()`.
///
/// # Panics
/// Outside an event loop.
pub fn is_debug() -> bool {
    current().slow.debug.get()
}

/// Sets what is too long in debug mode: in Python, `loop.slow_callback_duration = …`.
///
/// # Panics
/// Outside an event loop.
pub fn set_slow_duration(limit: Duration) {
    current().slow.limit.set(limit);
}
