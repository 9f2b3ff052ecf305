//! Demos of threads on shared memory.

pub mod as_completed;
pub mod bank_account;
pub mod barrier;
pub mod bounded_queue;
pub mod busy;
pub mod condition;
pub mod counter_race;
pub mod daemon;
pub mod event;
pub mod failing;
pub mod local;
pub mod pool_map;
pub mod pool_submit;
pub mod print_numbers;
pub mod queue_consumers;
pub mod recording_cost;
pub mod return_value;
pub mod rlock;
pub mod semaphore;
pub mod start_join;
