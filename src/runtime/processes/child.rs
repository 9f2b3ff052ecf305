//! A process from the inside.

use std::sync::Arc;

use super::Exit;
use super::entry::EntryPoint;
use super::process::main_lane;
use crate::runtime::host::ProcessRequest;
use crate::runtime::{Run, lane};
use crate::trace::{Cause, Ending};

/// Runs what was asked for, as the main thread of a process, and says how it ended and when.
pub fn run_child(run: &Arc<Run>, request: &ProcessRequest, entry: Option<&dyn EntryPoint>) -> (Exit, Cause) {
    let _entered = lane::enter(run, main_lane(request.number), &request.name);
    lane::with(|context| context.started(Some(request.started_by)));
    let result = match entry {
        Some(entry) => entry.call_packed(request.arguments.clone()),
        None => Err(format!("there is no function named “{}”", request.entry)),
    };
    let (ending, message) = match &result {
        Ok(_) => (Ending::Returned, ""),
        Err(message) => (Ending::Failed, message.as_str()),
    };
    let end = lane::with(|context| context.ended(ending, message));
    let exit = match result {
        Ok(result) => Exit { code: 0, result, error: None },
        Err(error) => Exit { code: 1, result: Vec::new(), error: Some(error) },
    };
    (exit, end)
}
