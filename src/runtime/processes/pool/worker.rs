//! A crew's workers: what they start with, what they are sent, and what they do with it. They know nothing of who asks
//! for results, or when.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::runtime::host::Words;
use crate::runtime::lane::{Site, scope};
use crate::runtime::processes::channel::{Channel, Told, Trouble};
use crate::runtime::processes::entry::{EntryPoint, function};
use crate::runtime::processes::passing::{HandedOut, Place, hand_out};
use crate::runtime::processes::ring::Side;
use crate::trace::Cause;

/// The name of the function that workers start with.
pub(in crate::runtime::processes) const WORKER: &str = "weft/pool-worker";

/// The packed results of a task's inputs; or the error of the first that failed, after which no more are called.
pub(super) type Outcome = Result<Vec<Vec<u8>>, String>;

/// In a slot: nobody has begun the task.
pub(super) const WAITS: u32 = 0;
/// A worker has begun it.
pub(super) const BEGUN: u32 = 1;
/// It was cancelled before that.
pub(super) const CANCELLED: u32 = 2;

/// Some inputs of a job.
#[derive(Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) job: u32,
    /// Which of the job's tasks it is, from 0.
    pub(super) place: u32,
    /// How many inputs of the job come before it.
    pub(super) first: u32,
    /// The slot in which a worker notes that it has begun it, if that is of interest.
    pub(super) slot: Option<u32>,
    pub(super) entry: String,
    pub(super) inputs: Vec<Vec<u8>>,
}

/// What became of a task.
#[derive(Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) job: u32,
    pub(super) place: u32,
    pub(super) slot: Option<u32>,
    /// None if it was cancelled.
    pub(super) outcome: Option<Outcome>,
}

/// What is called before a worker's first task: its name, and its arguments packed.
pub(super) type Initializer = (String, Vec<u8>);

/// What a worker starts with: where tasks come from and results go, the slots, and what it calls first.
#[derive(Deserialize)]
struct Ends {
    tasks: Told,
    results: Told,
    slots: Place,
    initializer: Option<Initializer>,
}

/// The same, before it is packed.
pub(super) struct Given<'a, A> {
    pub(super) tasks: &'a Channel,
    pub(super) results: &'a Channel,
    pub(super) slots: &'a Arc<dyn Words>,
    pub(super) initializer: Option<(&'a str, &'a A)>,
}

/// The slots as a worker was handed them: they stay as they are when it ends.
struct Slots {
    _kept: Arc<dyn Words>,
}

impl HandedOut for Slots {
    fn take_back(&self, _: u16, _: Cause) {}
}

impl<A: Serialize> Serialize for Given<'_, A> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let side = |channel: &Channel, side: Side| {
            hand_out("a pool", |_| Ok((channel.tell(), channel.handed_out([(side, channel.claim(side)?)]))))
        };
        let slots = || {
            let kept: Box<dyn HandedOut> = Box::new(Slots { _kept: self.slots.clone() });
            hand_out("a pool", |_| Ok((Place::of(self.slots), kept)))
        };
        let initializer = match self.initializer {
            Some((entry, arguments)) => {
                let arguments = postcard::to_stdvec(arguments).map_err(serde::ser::Error::custom)?;
                Some((entry.to_owned(), arguments))
            }
            None => None,
        };
        (side(self.tasks, Side::Reading)?, side(self.results, Side::Writing)?, slots()?, initializer)
            .serialize(serializer)
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
    let slots = ends.slots.words::<postcard::Error>().map_err(|error| error.to_string())?;
    if let Some((entry, arguments)) = ends.initializer {
        let found = find(&entry).ok_or_else(|| unknown(&entry))?;
        scope(function(&entry), || found.call_packed(arguments))
            .map_err(|error| format!("its initializer failed: {error}"))?;
    }
    let gone = |trouble: Trouble| format!("its pool is gone: {trouble:?}");
    loop {
        let task = tasks.receive(Site::caller(), None).map_err(gone)?;
        if task.is_empty() {
            return Ok(());
        }
        let task: Task = postcard::from_bytes(&task).map_err(|error| format!("a task does not unpack: {error}"))?;
        let begins = task.slot.is_none_or(|slot| slots.replace(slot as usize, WAITS, BEGUN));
        let (job, place, slot) = (task.job, task.place, task.slot);
        let outcome = begins.then(|| call_all(task, find));
        let done = postcard::to_stdvec(&Done { job, place, slot, outcome }).expect("bytes and numbers always pack");
        results.send(&done, Site::caller(), None).map_err(gone)?;
    }
}

/// Calls the function for one input after the other, until one fails.
fn call_all(task: Task, find: fn(&str) -> Option<&'static dyn EntryPoint>) -> Outcome {
    let Task { first, entry, inputs, .. } = task;
    let found = find(&entry).ok_or_else(|| unknown(&entry))?;
    let call =
        |(number, input): (u32, Vec<u8>)| scope(&format!("{}-{number}", function(&entry)), || found.call_packed(input));
    (first + 1..).zip(inputs).map(call).collect()
}

fn unknown(entry: &str) -> String {
    format!("there is no function named “{entry}”")
}
