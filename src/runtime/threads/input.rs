//! Lines that the reader types while a program waits for them: in Python, `input()`.

use std::collections::VecDeque;

use super::wait::BlockingWait;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};

/// What a run asks for, and what was typed.
#[derive(Default)]
pub struct Input(Monitor<Lines>);

#[derive(Default)]
struct Lines {
    /// Whether there is somebody to ask.
    open: bool,
    /// What was asked, in order.
    asked: VecDeque<Question>,
    typed: VecDeque<String>,
    /// There will be no more.
    ended: bool,
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

    fn next(&self, prompt: &str, site: Site) -> Option<String> {
        let mut lines = self.0.lock();
        if !lines.open {
            return None;
        }
        let lane = lane::with(|context| context.lane_name().to_owned());
        lines.asked.push_back(Question { lane, prompt: prompt.to_owned() });
        let wait = BlockingWait::begin(None, Some(site), None);
        while lines.typed.is_empty() && !lines.ended {
            wait.sleep(&mut lines, None);
        }
        let line = lines.typed.pop_front();
        wait.over(None);
        line
    }
}

/// Asks the reader for a line, and blocks until it is typed; then it is printed behind its prompt. `None` at the end of the
/// input, and where nobody can type.
#[track_caller]
pub fn read_line(prompt: &str) -> Option<String> {
    let site = Site::caller();
    let run = lane::with(|context| context.run.clone());
    let line = lane::scope("input", || run.input.next(prompt, site))?;
    lane::print(format!("{prompt}{line}"));
    Some(line)
}
