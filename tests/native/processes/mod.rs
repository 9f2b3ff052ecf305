//! Processes that die, played by threads; and what processes share, between threads of one process: words; rings under
//! load, and when one side is killed; pipes, queues, locks and numbers.

mod dying;
mod killed;
mod rings;
mod shared;
mod words;
