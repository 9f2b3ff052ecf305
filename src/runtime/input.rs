//! Lines that the reader types while a program waits for them.

use std::collections::VecDeque;

use super::host::{Monitor, MonitorGuard};

/// What a run asks for, and what was typed.
#[derive(Default)]
pub struct Input(Monitor<Lines>);

/// What was asked and typed so far.
#[derive(Default)]
pub(super) struct Lines {
    /// Whether there is somebody to ask.
    pub(super) open: bool,
    /// What was asked, in order.
    pub(super) asked: VecDeque<Question>,
    /// What was typed, in order.
    pub(super) typed: VecDeque<String>,
    /// There will be no more.
    pub(super) ended: bool,
}

/// A lane asks for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The lane's name.
    pub lane: String,
    /// What it shows before the line.
    pub prompt: String,
}

impl Input {
    /// There is somebody to ask, from now on. Without that a program is at the end of its input.
    pub fn open(&self) {
        self.0.lock().open = true;
    }

    /// What was asked since the last time.
    pub fn take_asked(&self) -> Vec<Question> {
        self.0.lock().asked.drain(..).collect()
    }

    /// A line was typed; without one, there will be no more.
    pub fn typed(&self, line: Option<String>) {
        let mut lines = self.0.lock();
        match line {
            Some(line) => lines.typed.push_back(line),
            None => lines.ended = true,
        }
        self.0.notify_all();
    }

    pub(super) fn lock(&self) -> MonitorGuard<'_, Lines> {
        self.0.lock()
    }
}
