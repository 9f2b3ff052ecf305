//! Waiting for several connections at once.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{connection, pipe_one_way};
//! use weft::runtime::run_main;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     let (first, _to_first) = pipe_one_way("first");
//!     let (second, to_second) = pipe_one_way("second");
//!     to_second.send(&7)?;
//!     assert_eq!(connection::wait(&[&first, &second]), [1]);
//!     Ok(())
//! })
//! .unwrap();
//! ```

use std::time::Duration;

use super::channel::Channel;
use super::pipe::Connection;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{ResourceKind, Target};

/// Waits until at least one of these connections has something to receive, or an `EOFError`: in Python,
/// `multiprocessing.connection.wait(connections)`. Returns the places of all that have, from 0; none, at once, of no
/// connections.
///
/// Unlike Python, it waits for connections only, not for the ends of processes: those are joined.
///
/// # Panics
/// If one of them only sends: in Python, an `OSError`.
#[track_caller]
pub fn wait(connections: &[&Connection]) -> Vec<usize> {
    wait_at(connections, Site::caller(), None)
}

/// The same, but for at most `timeout`; none if there was nothing in time: in Python,
/// `multiprocessing.connection.wait(connections, timeout)`.
///
/// # Panics
/// If one of them only sends: in Python, an `OSError`.
#[track_caller]
pub fn wait_timeout(connections: &[&Connection], timeout: Duration) -> Vec<usize> {
    wait_at(connections, Site::caller(), Some(timeout))
}

fn wait_at(connections: &[&Connection], site: Site, timeout: Option<Duration>) -> Vec<usize> {
    let channel = |connection: &&'_ Connection| match connection.incoming() {
        Ok(channel) => channel.clone(),
        Err(error) => panic!("{error}"),
    };
    let channels: Vec<Channel> = connections.iter().map(channel).collect();
    let ready = ready(&channels);
    if let Some(first) = ready.first().map(|place| &channels[*place]) {
        let (on, sender) = (Target::Resource(first.resource()), first.latest_sender());
        lane::with(|context| context.passed(on, sender, Some(site)));
    }
    if !ready.is_empty() || channels.is_empty() || timeout == Some(Duration::ZERO) {
        return ready;
    }
    block(&channels, site, timeout)
}

/// The places of those that have something to receive.
fn ready(channels: &[Channel]) -> Vec<usize> {
    channels.iter().enumerate().filter(|(_, channel)| channel.is_readable()).map(|(place, _)| place).collect()
}

/// Waits until some are ready, and returns their places.
fn block(channels: &[Channel], site: Site, timeout: Option<Duration>) -> Vec<usize> {
    let bell = channels[0].bell();
    let on = lane::with(|context| context.define_resource(ResourceKind::Gather, "wait"));
    let wait = BlockingWait::begin(Target::Resource(on), Some(site), timeout);
    channels.iter().for_each(|channel| channel.watch(true));
    let found = loop {
        let rung = bell.rung();
        let ready = ready(channels);
        if !ready.is_empty() || !wait.sleep_in(|left| bell.sleep(rung, left)) {
            break ready;
        }
    };
    channels.iter().for_each(|channel| channel.watch(false));
    wait.over(found.first().and_then(|place| channels[*place].latest_sender()));
    found
}
