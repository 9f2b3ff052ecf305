//! The first lane of a run: it waits for the threads and the processes that it has started, which do not know each
//! other.

use std::sync::Arc;

use super::{Failure, Run, host, lane, processes, threads};
use crate::trace::{Ending, LaneKind};

/// Runs `program` as the first lane of a run, on the current worker, and returns why it failed, if it did.
///
/// Returns when the program has returned and its threads have ended, as a Python program does; daemons are killed then.
/// If the program failed, it returns at once.
///
/// # Errors
/// The failure that the program returned; or the panic of the program or of any other lane so far.
pub fn run_main(run: &Arc<Run>, kind: LaneKind, program: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let lane = run.new_lane();
    assert!(run.claim_thread(lane, "main", false), "a run has room for its main program");
    let entered = lane::enter(run, lane, "main");
    lane::with(|context| {
        context.define_self(kind, None, "main");
        context.started(None);
    });
    let caught = host::catch(program);
    run.end_thread(lane, false, || match caught {
        Ok(Ok(())) => lane::with(|context| context.ended(Ending::Returned, "")),
        Ok(Err(failure)) => {
            let end = lane::with(|context| context.ended(Ending::Failed, &failure.message));
            run.fail(failure);
            end
        }
        Err(panic) => threads::end_unwound(panic),
    });
    // Outside any lane: natively a lane's wait would end with the run.
    drop(entered);
    run.wait_for_threads(|daemon, after| {
        let _main = lane::enter(run, lane, "main");
        lane::with(|context| context.killed(daemon, after));
    });
    if run.failure().is_none() {
        processes::finish(run, |as_main| {
            let _main = lane::enter(run, lane, "main");
            as_main();
        });
    }
    run.failure().map_or(Ok(()), Err)
}
