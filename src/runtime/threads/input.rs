//! Waiting for a line that the reader types: in Python, `input()`.

use super::wait::BlockingWait;
use crate::runtime::input::Question;
use crate::runtime::lane::{self, Site};

/// Asks the reader for a line, and blocks until it is typed; then it is printed behind its prompt. `None` at the end of the
/// input, and where nobody can type.
#[track_caller]
pub fn read_line(prompt: &str) -> Option<String> {
    let site = Site::caller();
    let line = lane::scope("input", || next(prompt, site))?;
    lane::print(format!("{prompt}{line}"));
    Some(line)
}

fn next(prompt: &str, site: Site) -> Option<String> {
    let (run, lane) = lane::with(|context| (context.run.clone(), context.lane_name().to_owned()));
    let mut lines = run.input.lock();
    if !lines.open {
        return None;
    }
    lines.asked.push_back(Question { lane, prompt: prompt.to_owned() });
    // For nothing that another lane could do.
    let wait = BlockingWait::begin(None, Some(site), None);
    while lines.typed.is_empty() && !lines.ended {
        wait.sleep(&mut lines, None);
    }
    let line = lines.typed.pop_front();
    wait.over(None);
    line
}
