//! Processes, as Python's `multiprocessing` has them: instances of the program with memories of their own.
//!
//! What crosses between them is bytes; packing and unpacking show in the trace with their sizes, since that is what a
//! process costs. A process starts with a function that it finds by name, as Python pickles functions by name.
//! Natively, for tests, threads play them, and share their statics.
//!
//! What starts processes is given to the run (`Run::serve_processes`): the engine in a browser, `Processes` natively.
//!
//! # Invariants
//!
//! - **What processes share** (pipes, queues, locks, numbers) **lies in the main program's memory**, and is handed to a
//!   process only with its start arguments.
//! - **A killed process stops at its next observable step**, and what it could still write to is kept until the run is
//!   over. What it had of a ring is taken from it; see [`ring`].

mod barrier;
mod bell;
mod channel;
mod child;
mod common;
mod condition;
pub mod connection;
mod current;
mod entry;
mod error;
mod event;
mod exclusive;
mod executor;
mod handshake;
mod joinable;
mod lock;
mod manager;
mod mutex;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod passing;
mod pipe;
mod pool;
mod process;
mod queue;
pub mod ring;
mod rlock;
mod semaphore;
mod simple_queue;
mod synchronized;
mod value;

pub use barrier::Barrier;
pub use child::{belong_to, ends_by_itself, run_child};
pub use condition::Condition;
pub use current::{ProcessId, active_children, current_process, parent_process};
pub use entry::{Entry, EntryPoint, Packed, call, try_call};
pub use error::{Error, ErrorKind};
pub use event::Event;
pub use executor::{AsCompleted, Future, Map, ProcessPoolExecutor, When, as_completed, wait};
pub use handshake::Handshake;
pub use joinable::JoinableQueue;
pub use lock::{Lock, LockGuard};
pub use manager::{DictProxy, Items, Keys, ListProxy, Manager, Namespace};
#[cfg(not(target_arch = "wasm32"))]
pub use native::Processes;
pub use pipe::{Connection, PIPE_BYTES, pipe, pipe_one_way, pipe_with_capacity};
pub use pool::{AsyncResult, Imap, Pool};
pub(super) use process::finish;
pub use process::{Exit, KILLED_CODE, Process, TERMINATED, dies, ended, failed, terminated};
pub use queue::{QUEUE_BYTES, Queue};
pub use rlock::RLock;
pub use semaphore::{BoundedSemaphore, Semaphore, SemaphoreGuard};
pub use simple_queue::SimpleQueue;
pub use synchronized::{Synchronized, SynchronizedArray};
pub use value::{Array, Value};
