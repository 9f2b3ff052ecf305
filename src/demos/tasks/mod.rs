//! Demos of tasks on one event loop.

pub mod async_context;
pub mod await_switch;
pub mod background_task;
pub mod cancel;
pub mod coroutine;
pub mod create_task;
pub mod database;
pub mod event_loop;
pub mod failing;
pub mod files;
pub mod gather_errors;
pub mod http;
pub mod http_stream;
pub mod sequential_gather;
pub mod shield;
pub mod slow_callback;
pub mod streams;
pub mod task_as_completed;
pub mod task_error;
pub mod task_group;
pub mod timeout_scope;
pub mod to_thread;
pub mod wait_first;
pub mod wait_for;
pub mod wake_storm;
