//! What can be seen in the run of any demo, beside what the demo says itself.

use super::Demo;
use super::observe::Seen;
use crate::analysis::Observation;
use crate::program::Status;
use crate::timeline::Disturbance;
use crate::trace::{Ending, LaneKind};

/// All that can be seen in a run: the demo's own observations, and those that every demo has.
pub fn observations(demo: &Demo, seen: &Seen) -> Vec<Observation> {
    let mut all = (demo.observe)(seen);
    all.push(ends(seen, (demo.expected)(seen.values)));
    all.extend(disturbed(seen));
    all
}

/// Says so, if something disturbed the run.
fn disturbed(seen: &Seen) -> Option<Observation> {
    let (time, disturbance) = seen.timeline.disturbance()?;
    let what = match disturbance {
        Disturbance::Hidden => format!("The page was hidden at {time}: browsers slow the timers of hidden pages down"),
        Disturbance::Standstill => format!("The page or the machine stood still for a while before {time}"),
    };
    Some(Observation::new(true, format!("{what}, so how long waits took at most was not judged.")))
}

/// How the lanes ended, and that none was left running; but a run that fails takes its lanes with it.
fn ends(seen: &Seen, expected: Status) -> Observation {
    let mut counts = [0; Ending::ALL.len()];
    let mut left = Vec::new();
    // The event loop ends with the run, not by itself.
    let lanes = seen.timeline.lanes.iter().filter(|lane| lane.kind != Some(LaneKind::EventLoop));
    for lane in lanes {
        match &lane.end {
            Some(end) if end.ending != Ending::Stopped || expected == Status::Failed => {
                counts[end.ending as usize] += 1;
            }
            _ => left.push(lane),
        }
    }
    let parts: Vec<_> = Ending::ALL
        .iter()
        .filter(|ending| counts[**ending as usize] > 0)
        .map(|ending| format!("{} {}", counts[*ending as usize], ending.name()))
        .collect();
    let total: usize = counts.iter().sum::<usize>() + left.len();
    let noun = if total == 1 { "lane" } else { "lanes" };
    if left.is_empty() && total > 0 {
        return Observation::new(true, format!("Nothing was left running: of {total} {noun}, {}.", parts.join(", ")));
    }
    let names: Vec<_> = left.iter().take(3).map(|lane| lane.name.as_str()).collect();
    Observation::new(false, format!("{} of {total} {noun} had not ended: {}.", left.len(), names.join(", ")))
        .shown_by(left.iter().map(|lane| seen.life(lane)))
}
