//! What processes share, between threads of one process: words; rings under load, and when one side is killed; pipes,
//! queues, locks and numbers. Processes themselves need a browser.

mod killed;
mod rings;
mod shared;
mod words;
