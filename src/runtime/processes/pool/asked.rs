//! What a program holds of a job: asking a crew for calls, and waiting for what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::crew::Crew;
use super::job::{Answer, Job};
use super::worker::Task;
use crate::runtime::Failure;
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

impl Asked {
    /// Asks for a call for each of these inputs, so many in one task.
    pub(in crate::runtime::processes) fn ask<A: Serialize>(
        crew: &Arc<Crew>,
        entry: &str,
        (inputs, chunk): (&[A], usize),
        cancellable: bool,
        site: Site,
    ) -> Asked {
        let pack_task = |number: usize| {
            let inputs = inputs.chunks(chunk).nth(number).unwrap_or_default();
            inputs.iter().map(pack).collect()
        };
        Asked::ask_packed(crew, entry, (inputs.len(), chunk), cancellable, site, &pack_task)
    }

    /// The part of it that is the same for all types.
    fn ask_packed(
        crew: &Arc<Crew>,
        entry: &str,
        (inputs, chunk): (usize, usize),
        cancellable: bool,
        site: Site,
        pack: &dyn Fn(usize) -> Result<Vec<Vec<u8>>, String>,
    ) -> Asked {
        assert!(chunk > 0, "a chunk has one input at least");
        let tasks = inputs.div_ceil(chunk);
        let job = crew.begin(tasks, cancellable, site);
        for (number, place) in (0..tasks).zip(0..) {
            match pack(number) {
                Ok(inputs) => {
                    let first = (number * chunk) as u32;
                    crew.add(Task { job, place, first, slot: None, entry: entry.to_owned(), inputs });
                }
                Err(error) => crew.refuse(job, place, format!("PicklingError: an input of {entry}: {error}")),
            }
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

    /// What a lane that asks for a result fails with.
    pub(in crate::runtime::processes) fn failure(&self, error: String) -> Failure {
        self.crew.failure(error)
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
