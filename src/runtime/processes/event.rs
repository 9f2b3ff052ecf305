//! An event between processes: a flag that lanes of any of them wait for.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::Event;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the event with the arguments that it is started with.
//!     let ready = Event::new("ready");
//!     let worker = spawn("worker", {
//!         let ready = ready.clone();
//!         move || ready.wait()
//!     });
//!     ready.set();
//!     worker.join();
//!     assert!(ready.is_set());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Event`: setting it wakes all that wait, and lanes that come later do not wait until it is
//! cleared.
//!
//! Unlike Python, where a waiter looks at the flag again, one that was woken has seen it set, even if it has been cleared
//! meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::common::{Common, cause_at, cause_in};
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::ResourceKind;
use crate::trace::record::Tag;

/// 1 while it is set; and who has set it, in three words.
const SET: usize = 0;
const SETTER: usize = 1;

/// A flag to wait for, between processes: in Python, `multiprocessing.Event`. Clones are the same event.
#[derive(Clone, Serialize, Deserialize)]
pub struct Event {
    common: Common,
}

impl Event {
    /// An event that is not set.
    pub fn new(name: &str) -> Event {
        Event { common: Common::new(ResourceKind::Event, name, &[0; 4], 0) }
    }

    /// Sets it: all that wait go on. In Python, `event.set()`.
    pub fn set(&self) {
        let held = self.common.lock();
        if held.own(SET) == [0] {
            let cause = held.record(Tag::Level, 1);
            held.set(cause_at(SETTER, cause).into_iter().chain([(SET, 1)]));
            held.tell(usize::MAX, 1, cause);
        }
    }

    /// Clears it: from now on lanes wait again. In Python, `event.clear()`.
    pub fn clear(&self) {
        let held = self.common.lock();
        if held.own(SET) == [1] {
            held.set([(SET, 0)]);
            held.record(Tag::Level, 0);
        }
    }

    /// Whether it is set: in Python, `event.is_set()`.
    pub fn is_set(&self) -> bool {
        self.common.peek(SET) == 1
    }

    /// Waits until it is set: in Python, `event.wait()`.
    #[track_caller]
    pub fn wait(&self) {
        self.wait_at(Site::caller(), None);
    }

    /// Waits until it is set, for at most `timeout`; false if it was not set: in Python, `event.wait(timeout)`.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_at(Site::caller(), Some(timeout))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.common.name()
    }

    fn wait_at(&self, site: Site, timeout: Option<Duration>) -> bool {
        let on = self.common.target();
        let held = self.common.lock();
        if held.own(SET) == [1] {
            let setter = cause_in(held.own(SETTER));
            drop(held);
            lane::with(|context| context.passed(on, Some(setter), Some(site)));
            return true;
        }
        let wait = BlockingWait::begin(on, Some(site), timeout);
        let (news, held) = held.wait(&wait);
        drop(held);
        wait.over(news.map(|news| news.cause));
        news.is_some()
    }
}
