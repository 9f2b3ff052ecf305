//! A pool's workers: what they start with, what they are sent, and what they do with it. They know nothing of who asks
//! for results, or when.

use serde::{Deserialize, Serialize};

use crate::runtime::lane::{Site, scope};
use crate::runtime::processes::channel::{Channel, Told, Trouble};
use crate::runtime::processes::entry::{EntryPoint, function};
use crate::runtime::processes::passing::hand_out;
use crate::runtime::processes::ring::Side;

/// The name of the function that workers start with.
pub(in crate::runtime::processes) const WORKER: &str = "weft/pool-worker";

/// For each input of a task, the packed result or the error.
pub(super) type Outcome = Vec<Result<Vec<u8>, String>>;

/// Some inputs of a job; inputs are counted from 0.
#[derive(Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) job: u32,
    pub(super) first: u32,
    pub(super) entry: String,
    pub(super) inputs: Vec<Vec<u8>>,
}

/// What became of a task.
#[derive(Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) job: u32,
    pub(super) first: u32,
    pub(super) outcome: Outcome,
}

/// What a worker starts with: where tasks come from, and where results go.
#[derive(Deserialize)]
struct Ends {
    tasks: Told,
    results: Told,
}

/// The same, before it is packed.
pub(super) struct Given<'a> {
    pub(super) tasks: &'a Channel,
    pub(super) results: &'a Channel,
}

impl Serialize for Given<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let side = |channel: &Channel, side: Side| {
            hand_out("a pool", |_| Ok((channel.tell(), channel.handed_out([(side, channel.claim(side)?)]))))
        };
        (side(self.tasks, Side::Reading)?, side(self.results, Side::Writing)?).serialize(serializer)
    }
}

/// What a worker does: it calls functions on inputs until there are no more.
pub(in crate::runtime::processes) fn work(
    arguments: &[u8],
    find: fn(&str) -> Option<&'static dyn EntryPoint>,
) -> Result<(), String> {
    let ends: Ends = postcard::from_bytes(arguments).map_err(|error| format!("its queues do not unpack: {error}"))?;
    let tasks = Channel::told::<postcard::Error>(ends.tasks).map_err(|error| error.to_string())?;
    let results = Channel::told::<postcard::Error>(ends.results).map_err(|error| error.to_string())?;
    let gone = |trouble: Trouble| format!("its pool is gone: {trouble:?}");
    loop {
        let task = tasks.receive(Site::caller(), None).map_err(gone)?;
        if task.is_empty() {
            return Ok(());
        }
        let Task { job, first, entry, inputs } =
            postcard::from_bytes(&task).map_err(|error| format!("a task does not unpack: {error}"))?;
        let call = |(number, input): (u32, Vec<u8>)| match find(&entry) {
            Some(found) => scope(&format!("{}-{number}", function(&entry)), || found.call_packed(input)),
            None => Err(format!("there is no function named “{entry}”")),
        };
        let outcome = (first + 1..).zip(inputs).map(call).collect();
        let done = postcard::to_stdvec(&Done { job, first, outcome }).expect("bytes and numbers always pack");
        results.send(&done, Site::caller(), None).map_err(gone)?;
    }
}
