//! A crew: workers, what they are sent and what they send back. It knows the calls only as bytes, and nothing of what
//! a program holds of them.
//!
//! No lane of its own sends tasks or takes results. The lane that waits for a result does both, for all jobs; if several
//! wait, one of them does, and the others learn of what it takes.
//!
//! # Invariants
//!
//! - Nothing waits while the state is locked, and no callback is called then.
//! - A job is told to be over after its callbacks have returned.
//! - Once a worker has died, or the crew was terminated, nothing is sent or taken any more, and no job is left open.

mod taking;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;

use super::job::{Callback, Job};
use super::worker::{BEGUN, CANCELLED, Done, Given, Task, WAITS, WORKER};
use crate::runtime::Failure;
use crate::runtime::host::{LocalWords, Monitor, Words};
use crate::runtime::lane::{self, Site};
use crate::runtime::poison::unpoisoned;
use crate::runtime::processes::channel::{Channel, Counts, Outgoing};
use crate::runtime::processes::pipe::PIPE_BYTES;
use crate::runtime::processes::process::Process;
use crate::runtime::processes::ring::Side;
use crate::trace::{Cause, LaneId, ResourceKind};

/// How many tasks that may be cancelled can be with the workers at the same time.
const SLOTS: u32 = 1024;

/// Processes that call functions, and how they are reached.
pub(in crate::runtime::processes) struct Crew {
    name: String,
    /// How many workers there can be.
    most: usize,
    /// Starts the worker with this number, from 1.
    start: Box<dyn Fn(usize) -> Process + Send + Sync>,
    workers: Mutex<Vec<Arc<Process>>>,
    tasks: Channel,
    results: Channel,
    slots: Arc<dyn Words>,
    state: Monitor<State>,
}

/// What is going on.
struct State {
    /// Tasks that are still to be sent; for each worker none at the end.
    waiting: VecDeque<Option<Task>>,
    /// The one that is being sent, packed.
    sending: Option<Outgoing<Vec<u8>>>,
    free_slots: Vec<u32>,
    jobs: HashMap<u32, Job>,
    next_job: u32,
    /// Tasks whose outcome has not come.
    outstanding: usize,
    /// How many jobs have been told to be over.
    told: u64,
    closed: bool,
    /// Why nothing more will come; terminated, or broken.
    over: Option<Over>,
    /// The lane that takes results for all.
    taking: Option<LaneId>,
    /// When the last results were taken, and by whom.
    took: Option<Cause>,
}

/// Why nothing more comes from a crew.
#[derive(Clone)]
struct Over {
    why: String,
    terminated: bool,
}

impl State {
    fn new() -> State {
        State {
            waiting: VecDeque::new(),
            sending: None,
            free_slots: (0..SLOTS).rev().collect(),
            jobs: HashMap::new(),
            next_job: 0,
            outstanding: 0,
            told: 0,
            closed: false,
            over: None,
            taking: None,
            took: None,
        }
    }
}

impl Crew {
    /// A crew of at most `most` workers, which first call the initializer, if there is one. They are started at once, or
    /// when there is work and none is idle.
    ///
    /// # Panics
    /// If there are 0 of them, or more than 31; or if no process can be started here.
    pub(in crate::runtime::processes) fn new<A: Serialize + Send + Sync + 'static>(
        name: String,
        most: usize,
        at_once: bool,
        initializer: Option<(&'static str, A)>,
    ) -> Arc<Crew> {
        assert!((1..=31).contains(&most), "pool “{name}” has {most} workers; it must have 1 to 31");
        let channel = |name| Channel::new(ResourceKind::Queue, name, PIPE_BYTES, Counts::Messages, u32::MAX);
        let (tasks, results) = (channel(format!("{name} tasks")), channel(format!("{name} results")));
        for (channel, side) in [(&tasks, Side::Writing), (&results, Side::Reading)] {
            channel.claim(side).expect("nobody else has a new queue");
        }
        let slots: Arc<dyn Words> = LocalWords::new(SLOTS as usize);
        let start = {
            let (name, tasks, results, slots) = (name.clone(), tasks.clone(), results.clone(), slots.clone());
            move |number| {
                let initializer = initializer.as_ref().map(|(entry, arguments)| (*entry, arguments));
                let given = Given { tasks: &tasks, results: &results, slots: &slots, initializer };
                Process::start_entry(format!("{name}-{number}"), WORKER, &given, true)
            }
        };
        let (start, workers, state) = (Box::new(start), Mutex::default(), Monitor::new(State::new()));
        let crew = Arc::new(Crew { name, most, start, workers, tasks, results, slots, state });
        crew.hire(if at_once { most } else { 0 });
        crew
    }

    /// Starts as many workers as are wanted, if there can be so many.
    fn hire(&self, wanted: usize) {
        let mut workers = unpoisoned(&self.workers);
        while workers.len() < wanted.min(self.most) {
            let worker = (self.start)(workers.len() + 1);
            workers.push(Arc::new(worker));
        }
    }

    /// Those that have been started.
    fn workers(&self) -> Vec<Arc<Process>> {
        unpoisoned(&self.workers).clone()
    }

    pub(in crate::runtime::processes) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn size(&self) -> usize {
        self.most
    }

    pub(in crate::runtime::processes) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Why nothing can be asked for any more, if that is so.
    pub(in crate::runtime::processes) fn trouble(&self, site: Site) -> Option<String> {
        if self.death().is_some() {
            self.wait(site, Some(Duration::ZERO), |_| false);
        }
        self.state.lock().over.as_ref().map(|over| over.why.clone())
    }

    /// A new job of so many tasks, which are still to be [added](Crew::add).
    pub(super) fn begin(&self, tasks: usize, cancellable: bool, site: Site) -> u32 {
        let trouble = self.trouble(site);
        let mut state = self.state.lock();
        let number = state.next_job;
        state.next_job += 1;
        let mut job = Job::new(tasks, cancellable);
        if let Some(why) = trouble {
            job.end(&why);
        }
        if job.is_over() {
            state.told += 1;
            job.told = Some(state.told);
        }
        state.outstanding += if job.is_over() { 0 } else { tasks };
        let wanted = state.outstanding;
        state.jobs.insert(number, job);
        drop(state);
        self.hire(wanted);
        number
    }

    /// Sends a task of a job, now or as soon as there is room.
    pub(super) fn add(&self, task: Task) {
        let mut state = self.state.lock();
        if state.over.is_none() {
            state.waiting.push_back(Some(task));
            self.feed(&mut state);
        }
    }

    /// A task of a job cannot be sent, for this reason.
    pub(super) fn refuse(&self, job: u32, place: u32, error: String) {
        let done = Done { job, place, slot: None, outcome: Some(Err(error)) };
        self.came(done);
    }

    /// Nobody will ask for the results of this job.
    pub(super) fn forget(&self, job: u32) {
        let mut state = self.state.lock();
        if let Some(known) = state.jobs.get_mut(&job) {
            known.held = false;
            if known.is_told() || known.callbacks.is_empty() {
                state.jobs.remove(&job);
            }
        }
    }

    /// What `look` sees in this job.
    pub(super) fn look<R>(&self, job: u32, look: impl FnOnce(&Job) -> R) -> R {
        look(&self.state.lock().jobs[&job])
    }

    /// Has `callback` called when this job is over: at once, if it is.
    pub(super) fn call_back(&self, job: u32, callback: Callback) {
        let mut state = self.state.lock();
        let known = state.jobs.get_mut(&job).expect("somebody holds it");
        if !known.is_told() {
            known.callbacks.push(callback);
            return;
        }
        let answer = known.answer();
        drop(state);
        callback(&answer);
    }

    /// Waits until `enough` of this job has come, or it is over; false if the time is up.
    pub(super) fn wait_for(
        &self,
        job: u32,
        site: Site,
        timeout: Option<Duration>,
        enough: impl Fn(&Job) -> bool,
    ) -> bool {
        self.wait(site, timeout, |state| state.jobs.get(&job).is_none_or(|job| job.is_told() || enough(job)))
    }

    /// Waits until `enough` of these jobs are over; false if the time is up.
    pub(in crate::runtime::processes) fn wait_for_jobs(
        &self,
        jobs: &[u32],
        site: Site,
        timeout: Option<Duration>,
        enough: impl Fn(&[&Job]) -> bool,
    ) -> bool {
        self.wait(site, timeout, |state| enough(&jobs.iter().map(|job| &state.jobs[job]).collect::<Vec<_>>()))
    }

    /// Whether a worker is at the only task of this job.
    pub(in crate::runtime::processes) fn is_running(&self, job: u32) -> bool {
        self.look(job, |job| !job.is_over() && job.slot.is_some_and(|slot| self.slots.load(slot as usize) == BEGUN))
    }

    /// Has no worker begin the only task of this job, if none has; whether it is cancelled.
    pub(in crate::runtime::processes) fn cancel(&self, number: u32) -> bool {
        let mut state = self.state.lock();
        let State { jobs, waiting, outstanding, .. } = &mut *state;
        let Some(job) = jobs.get_mut(&number) else { return false };
        if job.is_over() {
            return job.cancelled;
        }
        match job.slot {
            Some(slot) if self.slots.replace(slot as usize, WAITS, CANCELLED) => {}
            Some(_) => return false,
            None => {
                waiting.retain(|task| task.as_ref().is_none_or(|task| task.job != number));
                *outstanding -= 1;
            }
        }
        job.cancelled = true;
        job.end("CancelledError: it was cancelled before a worker began it");
        self.conclude(state, number);
        true
    }

    /// The jobs that are not over.
    pub(in crate::runtime::processes) fn open_jobs(&self) -> Vec<u32> {
        let state = self.state.lock();
        state.jobs.iter().filter(|(_, job)| !job.is_over()).map(|(number, _)| *number).collect()
    }

    /// No more tasks will come, so the workers end once they have done those that they have.
    pub(in crate::runtime::processes) fn close(&self) {
        let mut state = self.state.lock();
        if !std::mem::replace(&mut state.closed, true) && state.over.is_none() {
            state.waiting.extend(self.workers().iter().map(|_| None));
            self.feed(&mut state);
        }
    }

    /// Waits until the workers have ended; results that come meanwhile are kept.
    ///
    /// # Errors
    /// If a worker has failed.
    pub(in crate::runtime::processes) fn join(&self, site: Site) -> Result<(), Failure> {
        // A worker whose results nobody takes does not end.
        self.wait(site, None, |state| state.over.is_some() || state.outstanding == 0 && state.all_sent());
        for worker in self.workers() {
            worker.join_at(site, None);
        }
        let over = self.state.lock().over.clone();
        match over {
            Some(Over { terminated: true, .. }) => Ok(()),
            Some(Over { why, .. }) => Err(Crew::failure(why)),
            None => self.death().map_or(Ok(()), |why| Err(Crew::failure(why))),
        }
    }

    /// Ends the workers, whatever they are doing; nobody is called back.
    pub(in crate::runtime::processes) fn terminate(&self) {
        let why = format!("BrokenProcessPool: pool “{}” was terminated", self.name);
        self.end(Over { why, terminated: true });
    }

    /// What a lane fails with.
    pub(in crate::runtime::processes) fn failure(message: String) -> Failure {
        Failure { lane: lane::with(|context| context.lane_name().to_owned()), message }
    }
}
