//! What a program holds of a job: asking a crew for calls, and waiting for what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::crew::Crew;
use super::job::{Answer, Job};
use super::worker::Task;
use crate::runtime::lane::Site;
use crate::runtime::processes::entry::{pack, unpack};

/// Calls that a crew was asked for. When this is dropped, nobody will ask for the results.
pub(in crate::runtime::processes) struct Asked {
    pub(in crate::runtime::processes) crew: Arc<Crew>,
    pub(in crate::runtime::processes) job: u32,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.crew.forget(self.job);
    }
}

/// What is asked for: a call for each input, so many in one task.
pub(in crate::runtime::processes) struct Calls<'a, A> {
    pub(in crate::runtime::processes) entry: &'static str,
    pub(in crate::runtime::processes) inputs: &'a [A],
    pub(in crate::runtime::processes) chunk: usize,
    /// How many inputs came before these, for the calls' numbers.
    pub(in crate::runtime::processes) first: u32,
    /// Only of what is in one task.
    pub(in crate::runtime::processes) cancellable: bool,
}

impl Asked {
    /// Asks for these calls.
    pub(in crate::runtime::processes) fn ask<A: Serialize>(
        crew: &Arc<Crew>,
        calls: &Calls<'_, A>,
        site: Site,
    ) -> Asked {
        let Calls { entry, inputs, chunk, first, cancellable } = *calls;
        assert!(chunk > 0, "ValueError: a chunk has one input at least");
        let job = crew.begin(inputs.len().div_ceil(chunk), cancellable, site);
        for (number, inputs) in (0..).zip(inputs.chunks(chunk)) {
            let inputs = inputs.iter().map(pack).collect();
            let first = first + number * chunk as u32;
            let task = Task { job, place: number, first, slot: None, entry: entry.to_owned(), inputs: Vec::new() };
            send(crew, inputs, task);
        }
        Asked { crew: crew.clone(), job }
    }

    /// Waits until `enough` has come, or nothing more will; false if the time is up.
    pub(in crate::runtime::processes) fn wait(
        &self,
        site: Site,
        timeout: Option<Duration>,
        enough: impl Fn(&Job) -> bool,
    ) -> bool {
        self.crew.wait_for(self.job, site, timeout, enough)
    }

    /// What became of it, once it is over and whoever wanted to be called has been; `None` if the time is up.
    pub(in crate::runtime::processes) fn answer(&self, site: Site, timeout: Option<Duration>) -> Option<Answer> {
        self.wait(site, timeout, |_| false).then(|| self.look(Job::answer))
    }

    /// What `look` sees in it.
    pub(in crate::runtime::processes) fn look<R>(&self, look: impl FnOnce(&Job) -> R) -> R {
        self.crew.look(self.job, look)
    }

    /// Has `callback` called with what became of it.
    pub(in crate::runtime::processes) fn call_back(&self, callback: impl FnOnce(&Answer) + Send + 'static) {
        self.crew.call_back(self.job, Box::new(callback));
    }
}

/// The part of asking that is the same for all types.
fn send(crew: &Crew, inputs: Result<Vec<Vec<u8>>, String>, task: Task) {
    match inputs {
        Ok(inputs) => crew.add(Task { inputs, ..task }),
        Err(error) => {
            let error = format!("PicklingError: an input of {}: {error}", task.entry);
            crew.refuse(task.job, task.place, error);
        }
    }
}

/// Makes of an answer what was asked for.
pub(in crate::runtime::processes) type Unpack<R> = fn(&Answer) -> Result<R, String>;

/// The result of one call.
pub(in crate::runtime::processes) fn one<R: DeserializeOwned>(answer: &Answer) -> Result<R, String> {
    let parts = answer.as_ref().map_err(String::clone)?;
    let bytes = parts.first().and_then(|part| part.first()).ok_or("a call has one result")?;
    unpack(bytes)
}

/// The results of several calls.
pub(in crate::runtime::processes) fn several<R: DeserializeOwned>(answer: &Answer) -> Result<Vec<R>, String> {
    let parts = answer.as_ref().map_err(String::clone)?;
    parts.iter().flat_map(|part| part.iter()).map(|bytes| unpack(bytes)).collect()
}
