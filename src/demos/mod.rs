//! The demos: short programs on Weft's runtime, each with its parameters, its Python twin, and what can be seen in it.
//!
//! A demo is static data, a [`Demo`], in a file of its own beside its Python twin. [`ALL`] lists them; the catalogue,
//! the guide, the tests and the scripting interface all follow that list. Demos know nothing of the page or the
//! browser.

mod common;
mod compare;
mod demo;
mod judges;
mod observe;
mod processes;
mod tasks;
mod threads;

// What a demo's file is written with.
pub use common::observations;
pub use demo::{Demo, Group};
pub use observe::{Met, Seen, Step, TOLERANCE, counted, most_at_once};

use crate::analysis::general;
pub use crate::analysis::{Figure, Measure, Observation, Stretch};
pub use crate::program::{CORES, Estimate, Language, Main, Need, Param, ParamKind, Program, Status, Values};
use crate::program::{RunSpec, Table};
use crate::runtime::processes::EntryPoint;
use crate::timeline::Timeline;

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
    &processes::threads::DEMO,
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

impl Demo {
    /// The demo with this id, hidden ones too.
    pub fn find(id: &str) -> Option<&'static Demo> {
        ALL.iter().find(|demo| demo.id() == id).copied()
    }
}

/// How a run is meant to end.
pub fn expected(spec: &RunSpec) -> Status {
    Demo::find(spec.program.id).map_or(Status::Finished, |demo| (demo.expected)(&spec.values))
}

/// What can be seen in a run that has ended: of a demo, or of a program of which nothing is known.
pub fn judge(spec: &RunSpec, timeline: &Timeline) -> Vec<Observation> {
    let seen = Seen { timeline, values: &spec.values, speed: spec.speed };
    Demo::find(spec.program.id).map_or_else(|| general(timeline), |demo| observations(demo, &seen))
}

/// What an engine can run: the programs of all demos.
pub const TABLE: Table = Table { program: |id| Demo::find(id).map(|demo| &demo.program), entry };

fn entry(name: &str) -> Option<&'static dyn EntryPoint> {
    ALL.iter().flat_map(|demo| demo.program.entries).find(|entry| entry.name() == name).copied()
}

/// Says that there is no demo with this id, and which are most similar to it.
pub fn no_demo(id: &str) -> String {
    format!("No demo called “{id}”. The nearest: {}.", nearest(id).join(", "))
}

/// The ids of the catalogue's demos that are most like `id`, best first, at most three.
pub fn nearest(id: &str) -> Vec<&'static str> {
    let mut ids: Vec<_> =
        ALL.iter().filter(|demo| !demo.hidden).map(|demo| (strsim::jaro_winkler(id, demo.id()), demo.id())).collect();
    ids.sort_by(|a, b| b.0.total_cmp(&a.0));
    ids.into_iter().take(3).map(|(_, id)| id).collect()
}
