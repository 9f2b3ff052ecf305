//! What processes share, between threads of one process: rings under load, and pipes, queues, locks and numbers.
//! Processes themselves need a browser.

mod rings;
mod shared;
