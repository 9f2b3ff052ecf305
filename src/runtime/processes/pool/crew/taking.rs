//! Sending tasks and taking results, by whichever lane waits.

use std::time::Duration;

use super::super::worker::{Done, WAITS};
use super::{Crew, Over, State};
use crate::runtime::host::MonitorGuard;
use crate::runtime::lane::{self, Site};
use crate::runtime::poison::unpoisoned;
use crate::runtime::processes::channel::Outgoing;
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{Nanos, Target};

/// How long a lane waits for results before it checks whether more tasks can be sent.
const FEED_EVERY: Duration = Duration::from_millis(2);

impl State {
    pub(super) fn all_sent(&self) -> bool {
        self.waiting.is_empty() && self.sending.is_none()
    }
}

impl Crew {
    /// Waits until `enough` is true; false if the time is up. Whoever waits sends tasks and takes results, for all.
    pub(super) fn wait(&self, site: Site, timeout: Option<Duration>, enough: impl Fn(&State) -> bool) -> bool {
        let until = timeout.map(|timeout| lane::now() + Nanos::from(lane::scaled(timeout)));
        let left = || until.map(|until| lane::unscaled(until.saturating_sub(lane::now())));
        let me = lane::current_id();
        let (mut state, mut waited, mut looked) = (self.state.lock(), false, false);
        loop {
            if enough(&state) {
                let others = state.took.filter(|took| !waited && Some(took.lane) != me);
                if let Some(took) = others {
                    lane::with(|context| context.passed(self.on(), Some(took), Some(site)));
                }
                return true;
            }
            let left = left();
            if looked && left == Some(Duration::ZERO) {
                return false;
            }
            looked = true;
            if state.taking.is_none() || state.taking == me {
                let outer = state.taking;
                state.taking = me;
                self.feed(&mut state);
                let limit = if state.all_sent() { left } else { Some(left.map_or(FEED_EVERY, |l| l.min(FEED_EVERY))) };
                drop(state);
                self.take(site, limit);
                state = self.state.lock();
                state.taking = outer;
                self.feed(&mut state);
                // Another one may have to go on.
                self.state.notify_all();
            } else if left != Some(Duration::ZERO) {
                waited = true;
                self.follow(&mut state, site, left, &enough);
            }
        }
    }

    /// Waits while another lane takes results, and it is not `enough`.
    fn follow(
        &self,
        state: &mut MonitorGuard<'_, State>,
        site: Site,
        left: Option<Duration>,
        enough: impl Fn(&State) -> bool,
    ) {
        let wait = BlockingWait::begin(self.on(), Some(site), left);
        let goes_on = |state: &State| enough(state) || state.taking.is_none();
        while !goes_on(state) && wait.sleep(state, None) {}
        wait.over(state.took.filter(|_| goes_on(state)));
    }

    /// Waits until results are there or a worker has died, and takes those that are there.
    fn take(&self, site: Site, limit: Option<Duration>) {
        self.results.wait_readable(site, limit, || self.death().is_some());
        // No more than there are now: others may come faster than they can be taken.
        for _ in 0..self.results.messages().max(1) {
            let taken = match self.results.receive_begun(site) {
                Ok(Some(bytes)) => postcard::from_bytes(&bytes)
                    .map_err(|error| format!("a worker of pool “{}” sent what is no result: {error}", self.name)),
                Ok(None) => break,
                Err(_) => Err(format!("pool “{}” has no workers any more", self.name)),
            };
            match taken {
                Ok(done) => self.came(done),
                Err(why) => {
                    let why = self.death().unwrap_or_else(|| format!("BrokenProcessPool: {why}"));
                    return self.end(Over { why, terminated: false });
                }
            }
        }
        if let Some(why) = self.death() {
            self.end(Over { why, terminated: false });
        }
    }

    /// This became of a task.
    pub(super) fn came(&self, done: Done) {
        let Done { job: number, place, slot, outcome } = done;
        let mut state = self.state.lock();
        if state.over.is_some() {
            return;
        }
        state.outstanding -= 1;
        state.free_slots.extend(slot);
        state.took = Some(lane::with(|context| context.cause()));
        if let (Some(job), Some(outcome)) = (state.jobs.get_mut(&number), outcome) {
            job.take_in(place as usize, outcome);
            self.conclude(state, number);
        }
    }

    /// Calls back for a job that is over, and tells those who wait for it.
    pub(super) fn conclude<'a>(&'a self, mut state: MonitorGuard<'a, State>, number: u32) {
        loop {
            let told = state.told + 1;
            let job = state.jobs.get_mut(&number).filter(|job| job.is_over() && !job.is_told());
            let Some(job) = job else { break };
            let callbacks = std::mem::take(&mut job.callbacks);
            if callbacks.is_empty() {
                job.told = Some(told);
                let held = job.held;
                state.told = told;
                if !held {
                    state.jobs.remove(&number);
                }
            } else {
                let answer = job.answer();
                state.unlocked(|| callbacks.into_iter().for_each(|callback| callback(&answer)));
            }
        }
        drop(state);
        self.state.notify_all();
    }

    /// Nothing more comes.
    pub(super) fn end(&self, over: Over) {
        let mut state = self.state.lock();
        state.closed = state.closed || over.terminated;
        if state.over.is_some() {
            return;
        }
        let Over { why, terminated } = over.clone();
        state.over = Some(over);
        (state.outstanding, state.sending) = (0, None);
        state.waiting.clear();
        let open: Vec<_> = state.jobs.iter_mut().filter(|(_, job)| !job.is_over()).collect();
        let open = open.into_iter().map(|(number, job)| {
            job.end(&why);
            if terminated {
                job.callbacks.clear();
            }
            *number
        });
        let mut open: Vec<u32> = open.collect();
        open.sort_unstable();
        drop(state);
        self.workers().iter().for_each(|worker| worker.terminate());
        open.into_iter().for_each(|number| self.conclude(self.state.lock(), number));
        self.state.notify_all();
    }

    /// How a worker has died, if one has.
    pub(super) fn death(&self) -> Option<String> {
        let workers = unpoisoned(&self.workers);
        let died = workers.iter().filter_map(|worker| Some((worker.pid, worker.exit()?)));
        died.filter(|(_, exit)| exit.code != 0)
            .map(|(pid, exit)| {
                let why = exit.error.map_or(String::new(), |error| format!(": {error}"));
                format!("BrokenProcessPool: pid {pid} of pool “{}” ended with exit code {}{why}", self.name, exit.code)
            })
            .next()
    }

    /// Sends the tasks for which there is room.
    pub(super) fn feed(&self, state: &mut State) {
        let State { waiting, sending, free_slots, jobs, .. } = state;
        loop {
            if sending.is_none() {
                let Some(next) = waiting.front_mut() else { return };
                let bytes = match next {
                    Some(task) => {
                        if let Some(job) = jobs.get_mut(&task.job).filter(|job| job.cancellable) {
                            let Some(slot) = free_slots.pop() else { return };
                            self.slots.store(slot as usize, WAITS);
                            (job.slot, task.slot) = (Some(slot), Some(slot));
                        }
                        postcard::to_stdvec(task).expect("bytes and numbers always pack")
                    }
                    None => Vec::new(),
                };
                waiting.pop_front();
                *sending = Some(Outgoing::new(bytes));
            }
            // If nobody is left to be sent anything, whoever waits for a result finds that out.
            if !sending.as_mut().is_some_and(|task| self.tasks.push(task, &mut None) == Ok(true)) {
                return;
            }
            *sending = None;
        }
    }

    /// What waits are for.
    fn on(&self) -> Target {
        Target::Resource(self.results.resource())
    }
}
