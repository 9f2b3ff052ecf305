//! The files of a run: a tree of folders and files in memory, which all threads of the run share.
//!
//! In a browser and natively alike, nothing of it is on a real disk, nothing outlives the run, and the run sees no files
//! but its own: those that the reader has added, and those that it writes. The page is told what was written
//! ([`Watch`]).
//!
//! The semantics are those of POSIX without links: a removed file can be read while it is open, a renamed one replaces
//! another. Locks are held for as long as it takes to copy bytes, and no lane waits for anything else here.

mod counters;
mod fault;
mod file;
mod how;
mod open;
mod place;
mod store;
mod tree;
mod watch;

pub use counters::CAPACITY;
pub use fault::Fault;
pub use file::Stat;
pub use how::{How, Origin};
pub use open::OpenFile;
pub use store::{Disk, Entry, HOME};
pub use watch::{Change, Watch};

#[cfg(test)]
mod tests;
