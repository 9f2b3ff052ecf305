//! The demos: short programs on Weft's runtime, each with its parameters, its Python twin, and what can be seen in it.
//!
//! A demo is static data, a [`Demo`], in a file of its own beside its Python twin. [`ALL`] lists them; the catalogue,
//! the guide, the tests and the scripting interface all follow that list. Demos know nothing of the page or the
//! browser.

mod compare;
mod figures;
mod observe;
mod params;
mod processes;
mod tasks;
mod threads;

use std::time::Duration;

use futures::future::LocalBoxFuture;

pub use figures::{Figure, Measure, figure, figures};
pub use observe::{Met, Observation, Seen, SpanRef, Step, TOLERANCE, at_most, counted, most_at_once, observations};
pub use params::{CORES, Param, ParamKind, Value, Values};

use crate::runtime::Failure;
use crate::runtime::processes::EntryPoint;

/// Every demo, in the order of the catalogue.
pub const ALL: &[&Demo] = &[
    &threads::start_join::DEMO,
    &threads::print_numbers::DEMO,
    &threads::return_value::DEMO,
    &threads::local::DEMO,
    &threads::daemon::DEMO,
    &threads::counter_race::DEMO,
    &threads::bank_account::DEMO,
    &threads::rlock::DEMO,
    &threads::semaphore::DEMO,
    &threads::event::DEMO,
    &threads::condition::DEMO,
    &threads::barrier::DEMO,
    &threads::bounded_queue::DEMO,
    &threads::queue_consumers::DEMO,
    &threads::pool_submit::DEMO,
    &threads::pool_map::DEMO,
    &threads::as_completed::DEMO,
    &threads::busy::DEMO,
    &threads::failing::DEMO,
    &threads::recording_cost::DEMO,
    &processes::start_join::DEMO,
    &processes::isolation::DEMO,
    &processes::pool_map::DEMO,
    &processes::pool_async::DEMO,
    &processes::fibonacci::DEMO,
    &processes::process_queue::DEMO,
    &processes::pipe::DEMO,
    &processes::shared_value::DEMO,
    &processes::shared_array::DEMO,
    &processes::manager::DEMO,
    &processes::dying::DEMO,
    &processes::cost::DEMO,
    &tasks::coroutine::DEMO,
    &tasks::sequential_gather::DEMO,
    &tasks::create_task::DEMO,
    &tasks::await_switch::DEMO,
    &tasks::async_context::DEMO,
    &tasks::async_iterator::DEMO,
    &tasks::gather_errors::DEMO,
    &tasks::task_error::DEMO,
    &tasks::wait_for::DEMO,
    &tasks::timeout_scope::DEMO,
    &tasks::cancel::DEMO,
    &tasks::wait_first::DEMO,
    &tasks::task_as_completed::DEMO,
    &tasks::shield::DEMO,
    &tasks::task_group::DEMO,
    &tasks::future::DEMO,
    &tasks::async_queue::DEMO,
    &tasks::async_lock::DEMO,
    &tasks::async_semaphore::DEMO,
    &tasks::async_event::DEMO,
    &tasks::slow_callback::DEMO,
    &tasks::background_task::DEMO,
    &tasks::event_loop::DEMO,
    &tasks::wake_storm::DEMO,
    &tasks::http::DEMO,
    &tasks::http_stream::DEMO,
    &tasks::files::DEMO,
    &tasks::streams::DEMO,
    &tasks::database::DEMO,
    &tasks::to_thread::DEMO,
    &tasks::failing::DEMO,
    &tasks::recording_cost::DEMO,
    &compare::io::DEMO,
    &compare::cpu::DEMO,
    &compare::mixed::DEMO,
    &compare::gil::DEMO,
    &compare::sync_cost::DEMO,
];

/// One demo.
pub struct Demo {
    /// Its name in addresses; part of the contract.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What happens and what to look for, in one or two sentences.
    pub summary: &'static str,
    /// Where it stands in the catalogue.
    pub group: Group,
    /// What it needs of the browser.
    pub needs: &'static [Need],
    /// What the reader can change.
    pub params: &'static [Param],
    /// How many threads it has at most at the same time, its main program included. 0 if all its lanes are tasks or
    /// processes of their own.
    pub workers: fn(&Values) -> usize,
    /// About how long a run takes; what depends on the machine is estimated for a slow one.
    pub estimate: fn(&Values) -> Estimate,
    /// How a run with these parameters is meant to end.
    pub expected: fn(&Values) -> Status,
    /// The Rust file, from the top of the repository. What the reader sees is the part between its two markers.
    pub source: &'static str,
    /// The program.
    pub program: Program,
    /// Functions that its processes start with.
    pub entries: &'static [&'static dyn EntryPoint],
    /// What can be seen in the trace of a run that has ended.
    pub observe: fn(&Seen) -> Vec<Observation>,
    /// Not in the catalogue: there for tests and measurements.
    pub hidden: bool,
}

/// The demo's main program.
pub enum Program {
    /// Runs in a thread, and may block.
    Blocking(fn(&Values) -> Result<(), Failure>),
    /// Runs as the first task of an event loop, and awaits.
    Async(fn(&Values) -> LocalBoxFuture<'static, Result<(), Failure>>),
}

/// Where a demo stands in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Threads that share memory.
    Threads,
    /// Isolated instances.
    Processes,
    /// async/await on one event loop.
    Tasks,
    /// The same work in several models.
    Compare,
}

impl Group {
    /// All groups, in the order of the catalogue.
    pub const ALL: [Group; 4] = [Group::Threads, Group::Processes, Group::Tasks, Group::Compare];

    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        match self {
            Group::Threads => "threads",
            Group::Processes => "processes",
            Group::Tasks => "tasks",
            Group::Compare => "compare",
        }
    }
}

/// What a demo needs of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Threads with shared memory, so a page that is cross-origin isolated.
    Isolation,
    /// Workers with memories of their own.
    Processes,
    /// Fetching addresses of the site; slow ones need a service worker.
    Http,
    /// Files that only this site sees.
    Files,
    /// A database that only this site sees.
    Database,
    /// A server in a worker of its own.
    Server,
}

impl Need {
    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        match self {
            Need::Isolation => "isolation",
            Need::Processes => "processes",
            Need::Http => "http",
            Need::Files => "files",
            Need::Database => "database",
            Need::Server => "server",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its main program came to its end.
    Finished,
    /// It failed, or something in it died.
    Failed,
    /// It was stopped from outside.
    Stopped,
}

impl Status {
    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        match self {
            Status::Finished => "finished",
            Status::Failed => "failed",
            Status::Stopped => "stopped",
        }
    }
}

/// About how long a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Of it, at speed 1: sleeps, time-outs, simulated I/O.
    pub waits: Duration,
    /// Of it, at any speed: work for the processor.
    pub work: Duration,
}

impl Estimate {
    /// A run that mostly waits.
    pub fn waits(waits: Duration) -> Estimate {
        Estimate { waits, work: Duration::ZERO }
    }

    /// A run that mostly computes.
    pub fn work(work: Duration) -> Estimate {
        Estimate { waits: Duration::ZERO, work }
    }

    /// How long it takes at this speed.
    pub fn at(self, speed: f64) -> Duration {
        self.waits.div_f64(speed) + self.work
    }
}

/// The longest run that is started, by its estimate.
pub const LONGEST_RUN: Duration = Duration::from_secs(60);

impl Demo {
    /// The demo with this id, hidden ones too.
    pub fn find(id: &str) -> Option<&'static Demo> {
        ALL.iter().find(|demo| demo.id == id).copied()
    }

    /// The Python twin's file, from the top of the repository.
    pub fn python(&self) -> String {
        self.source.replace(".rs", ".py")
    }

    /// About how long a run takes at this speed.
    pub fn estimate_at(&self, values: &Values, speed: f64) -> Duration {
        (self.estimate)(values).at(speed)
    }

    /// A sentence, if a run with these parameters would take too long to be started.
    pub fn too_long(&self, values: &Values, speed: f64) -> Option<String> {
        let estimate = self.estimate_at(values, speed);
        (estimate > LONGEST_RUN).then(|| {
            format!(
                "This run would take about {:.0} s; Weft starts runs of up to {} s. Choose smaller numbers.",
                estimate.as_secs_f64(),
                LONGEST_RUN.as_secs()
            )
        })
    }
}

/// The function with this name that a process can start with, of any demo.
pub fn entry(name: &str) -> Option<&'static dyn EntryPoint> {
    ALL.iter().flat_map(|demo| demo.entries).find(|entry| entry.name() == name).copied()
}

/// The ids of the catalogue's demos that are most like `id`, best first, at most three.
pub fn nearest(id: &str) -> Vec<&'static str> {
    let mut ids: Vec<_> =
        ALL.iter().filter(|demo| !demo.hidden).map(|demo| (strsim::jaro_winkler(id, demo.id), demo.id)).collect();
    ids.sort_by(|a, b| b.0.total_cmp(&a.0));
    ids.into_iter().take(3).map(|(_, id)| id).collect()
}
