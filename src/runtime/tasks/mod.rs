//! Tasks, as in Python's `asyncio`: futures on one event loop.
//!
//! Rust's futures do nothing until they are awaited or spawned, as Python's coroutines do. A task that is cancelled passes
//! that on to the task it awaits. Unlike Python, where a `CancelledError` is raised at the innermost `await`, the future
//! is dropped there, and its destructors are its clean-up; see `cancel`.
//!
//! An interpreter has tasks and event loops of its own, which it tells of: see `foreign`.
//!
//! # Invariants
//!
//! - **A task that sleeps is ready from the moment its timer is due**; any longer wait for the loop is visible.
//! - **No task's future outlives its run**: a guard in each is counted.
//! - **Tasks wait in queues**: first come, first served. `wait_queue` sees to it that none overtakes, and that a waiter
//!   that is dropped passes its turn on.

mod as_completed;
mod barrier;
mod callback;
mod cancel;
mod condition;
mod core;
pub mod database;
mod debug;
mod elsewhere;
mod error;
mod event;
mod executor;
pub mod files;
mod flag;
mod foreign;
mod future;
mod gather;
mod group;
pub mod http;
mod iterator;
mod lock;
mod loop_handle;
mod notices;
mod outside;
mod permits;
mod queue;
mod runner;
mod scope;
mod semaphore;
mod several;
mod shield;
mod sleep;
mod slow;
pub mod streams;
mod task;
mod timeout;
mod timers;
mod turns;
mod wait;
mod wait_queue;

pub use as_completed::{AsCompleted, NextCompleted, as_completed};
pub use barrier::Barrier;
pub use callback::DoneCallback;
pub use cancel::{CatchCancel, Finally, catch_cancel, finally};
pub use condition::Condition;
pub use debug::{is_debug, set_debug, set_slow_duration};
pub use elsewhere::{to_process, to_thread};
pub use error::Error;
pub use event::Event;
pub use executor::{BUSY, call_soon};
pub use foreign::{ForeignLoop, ForeignTask, ForeignWait};
pub use future::Future;
pub use gather::{Gather, GatherResults, gather};
pub use group::{TaskGroup, task_group};
pub use iterator::{AsyncIterator, Next};
pub use lock::Lock;
pub use loop_handle::{LoopHandle, running_loop};
pub use permits::Held;
pub use queue::Queue;
pub use runner::{Runner, run_main};
pub use scope::{Scope, scope};
pub use semaphore::{BoundedSemaphore, Semaphore};
pub use shield::shield;
pub use sleep::{Sleep, sleep};
pub use slow::{LATE, SLOW};
pub use task::{AnyTask, Join, Task, all_tasks, current_task, spawn};
pub use timeout::{Deadline, Operation, Timeout, time_after, timeout, timeout_at, wait_for};
pub use wait::{Wait, Waited, When, wait};

pub use crate::runtime::threads::{BrokenBarrier, Empty, Full, SharedCell};
