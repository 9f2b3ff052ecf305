//! What can be seen in a run: sentences with figures, computed from its trace, each of which holds or does not.

use std::time::Duration;

use super::Stretch;
use crate::program::Values;
use crate::timeline::{End, Hold, Lane, Passed, Resource, Span, Text, Timeline};
use crate::trace::{Cause, Ending, EventKind, LaneId, Nanos, ResourceId, ResourceKind, State, Target};

/// What an upper bound on time allows on top, since page and machine do other things too: half as much again, and
/// this. The only such allowance there is.
pub const TOLERANCE: Duration = Duration::from_millis(750);

/// How many of these stretches there are at the same time, at most. One that begins when another ends comes after it.
pub fn most_at_once(stretches: &[Stretch]) -> usize {
    let mut steps: Vec<_> = stretches.iter().flat_map(|stretch| [(stretch.start, 1), (stretch.end, -1)]).collect();
    steps.sort_unstable();
    let counts = steps.iter().scan(0_isize, |count, (_, step)| {
        *count += step;
        Some(*count)
    });
    counts.max().unwrap_or(0).max(0) as usize
}

/// A number with its noun, which takes an s unless there is one of it: `1 thread`, `3 threads`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A change of a resource's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub time: Nanos,
    /// By whom.
    pub lane: LaneId,
    /// The level before.
    pub from: i64,
    /// The level after.
    pub to: i64,
}

/// A lane came to something that others bring about: it waited, or found it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// What it came to.
    pub resource: ResourceId,
    /// From when to when it waited.
    pub span: Stretch,
    /// Whether it waited at all.
    pub waited: bool,
    /// Who ended the wait.
    pub cause: Option<Cause>,
}

/// A run that has ended, as its observations look at it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// What happened.
    pub timeline: &'a Timeline,
    /// With which parameters.
    pub values: &'a Values,
    /// How fast waits passed.
    pub speed: f64,
}

impl<'a> Seen<'a> {
    /// How long a wait of this parameter's milliseconds really took at least, at the run's speed.
    pub fn wait(&self, name: &str) -> Nanos {
        Nanos::from(self.values.ms(name).div_f64(self.speed))
    }

    /// The most that something may take whose waits and work alone take `expected`: see [`TOLERANCE`]. Without a bound
    /// if the run was disturbed, since it says little about the program then.
    pub fn at_most(&self, expected: Nanos) -> Nanos {
        if self.timeline.disturbance().is_some() {
            return Nanos(u64::MAX);
        }
        expected + Nanos(expected.0 / 2) + Nanos::from(TOLERANCE)
    }

    /// How the lane with this name ended.
    pub fn end(&self, name: &str) -> Option<&'a End> {
        self.lane(name)?.end.as_ref()
    }

    /// Whether the lane with this name ended so.
    pub fn ended(&self, name: &str, ending: Ending) -> bool {
        self.end(name).is_some_and(|end| end.ending == ending)
    }

    /// When the lane with this name printed this line first.
    pub fn said(&self, lane: &str, line: &str) -> Option<Nanos> {
        let lane = self.lane(lane)?;
        self.printed(lane).find(|print| print.text == line).map(|print| print.time)
    }

    /// The lane with this name.
    pub fn lane(&self, name: &str) -> Option<&'a Lane> {
        self.timeline.lane_named(name)
    }

    /// The lanes `prefix-1` to `prefix-<count>`, those that are there.
    pub fn lanes(&self, prefix: &str, count: u32) -> Vec<&'a Lane> {
        (1..=count).filter_map(|number| self.lane(&format!("{prefix}-{number}"))).collect()
    }

    /// The resource with this name.
    pub fn resource(&self, name: &str) -> Option<&'a Resource> {
        self.timeline.resources.iter().find(|resource| resource.name == name)
    }

    /// Who held a resource from when to when, by beginnings: a lock, a permit, each of an `RLock`'s nested holds.
    /// What was never released was held until its holder's end.
    pub fn holds(&self, resource: &Resource) -> Vec<Stretch> {
        let end_of = |lane| self.timeline.lane(lane).map_or(self.timeline.now, |lane| self.life(lane).end);
        let stretch = |hold: Hold| {
            let got = &resource.events[hold.acquired];
            let end = hold.released.map_or_else(|| end_of(got.lane).max(got.time), |at| resource.events[at].time);
            Stretch { lane: got.lane, start: got.time, end }
        };
        resource.holds().0.into_iter().map(stretch).collect()
    }

    /// The changes of a resource's level, by time; before the first it is 0.
    pub fn steps(&self, resource: &Resource) -> Vec<Step> {
        let levels = resource.events.iter().filter_map(|event| match event.kind {
            EventKind::Level { value, .. } => Some((event.time, event.lane, value)),
            _ => None,
        });
        let steps = levels.scan(0, |level, (time, lane, to)| {
            let from = std::mem::replace(level, to);
            Some(Step { time, lane, from, to })
        });
        steps.collect()
    }

    /// The lane's waits for this, each with who ended it.
    pub fn waits_for(&self, lane: &'a Lane, on: Target) -> Vec<(Span, Option<Cause>)> {
        lane.spans(self.timeline.now)
            .filter(|span| matches!(span.state, State::Blocked | State::Suspended) && span.on == Some(on))
            .map(|span| (span, lane.changes.get(span.index + 1).and_then(|change| change.cause)))
            .collect()
    }

    /// What the lane went to wait for, of this kind, by time; also what was there already, which took no time.
    pub fn met(&self, lane: &'a Lane, kind: ResourceKind) -> Vec<Met> {
        let resource_of = |target| match target {
            Target::Resource(id) => self.timeline.resource(id).filter(|resource| resource.kind == Some(kind)),
            Target::Lane(_) => None,
        };
        let waits =
            lane.spans(self.timeline.now).filter(|span| matches!(span.state, State::Blocked | State::Suspended));
        let waited = waits.filter_map(|span| {
            let resource = resource_of(span.on?)?.id;
            let cause = lane.changes.get(span.index + 1).and_then(|change| change.cause);
            Some(Met { resource, span: Stretch::new(lane, &span), waited: true, cause })
        });
        let passed = lane.passed.iter().filter_map(|passed| {
            let span = Stretch { lane: lane.id, start: passed.time, end: passed.time };
            Some(Met { resource: resource_of(passed.on)?.id, span, waited: false, cause: passed.cause })
        });
        let mut met: Vec<_> = waited.chain(passed).collect();
        met.sort_by_key(|met| (met.span.start, met.span.end));
        met
    }

    /// What the lane, a task, waited for outside of the program under names that begin so: each once, from its first
    /// wait to the end of its last, by time. What was there already took no time.
    pub fn outside(&self, lane: &'a Lane, prefix: &str) -> Vec<(&'a Resource, Stretch)> {
        let waited = self.spans_in(lane, State::Suspended);
        let waited = waited.iter().filter_map(|span| Some((span.on?, Stretch::new(lane, span))));
        let at_once = |time: Nanos| Stretch { lane: lane.id, start: time, end: time };
        let met = lane.passed.iter().map(|passed| (passed.on, at_once(passed.time)));
        let mut stretches: Vec<_> = waited.chain(met).collect();
        stretches.sort_by_key(|(_, stretch)| (stretch.start, stretch.end));
        let mut all: Vec<(&Resource, Stretch)> = Vec::new();
        for (on, stretch) in stretches {
            let Target::Resource(id) = on else { continue };
            let resource = self.timeline.resource(id).filter(|resource| resource.kind == Some(ResourceKind::Outside));
            let Some(resource) = resource.filter(|resource| resource.name.starts_with(prefix)) else { continue };
            match all.iter_mut().find(|(known, _)| known.id == id) {
                Some((_, known)) => known.end = stretch.end,
                None => all.push((resource, stretch)),
            }
        }
        all
    }

    /// The scopes `prefix-1`, `prefix-2`…, each with its number, by their numbers: tasks in a pool's workers.
    pub fn scopes(&self, prefix: &str) -> Vec<(u32, Stretch)> {
        let mut scopes = Vec::new();
        for lane in &self.timeline.lanes {
            for scope in &lane.scopes {
                let number = scope.name.strip_prefix(prefix).and_then(|name| name.strip_prefix('-')?.parse().ok());
                if let Some(number) = number {
                    let end = scope.end.unwrap_or(self.timeline.now);
                    scopes.push((number, Stretch { lane: lane.id, start: scope.start, end }));
                }
            }
        }
        scopes.sort_by_key(|(number, _)| *number);
        scopes
    }

    /// The lines that the lane printed, by time.
    pub fn printed(&self, lane: &Lane) -> impl Iterator<Item = &'a Text> + use<'a> {
        let id = lane.id;
        self.timeline.prints.iter().filter(move |print| print.lane == id)
    }

    /// When the lane begins to run next, from this time on.
    pub fn next_turn(&self, lane: &Lane, from: Nanos) -> Option<Nanos> {
        let turn = lane.changes.iter().find(|change| change.state == State::Running && change.time >= from);
        turn.map(|change| change.time)
    }

    /// From when to when `waiter` joined `lane`: until its end, or for no time if that was over already. `None` if it
    /// did not, or something else ended the wait.
    pub fn join(&self, waiter: &'a Lane, lane: &Lane) -> Option<Stretch> {
        let end = lane.end.as_ref()?.time;
        let on = Target::Lane(lane.id);
        let by_its_end = Some(Cause { lane: lane.id, time: end });
        let waited = self.waits_for(waiter, on).into_iter().find(|(_, cause)| *cause == by_its_end);
        waited.map(|(span, _)| Stretch::new(waiter, &span)).or_else(|| {
            let Passed { time, .. } = *waiter.passed.iter().find(|passed| passed.on == on && passed.time >= end)?;
            Some(Stretch { lane: waiter.id, start: time, end: time })
        })
    }

    /// The lane's name, for sentences.
    pub fn name(&self, lane: LaneId) -> &'a str {
        self.timeline.lane(lane).map_or("nobody", |lane| &lane.name)
    }

    /// The spans of a lane in a state.
    pub fn spans_in(&self, lane: &'a Lane, state: State) -> Vec<Span> {
        lane.spans_in(state, self.timeline.now).collect()
    }

    /// The lane's time in a state.
    pub fn time_in(&self, lane: &Lane, state: State) -> Nanos {
        lane.time_in(state, self.timeline.now)
    }

    /// From the lane's first appearance to its end.
    pub fn life(&self, lane: &Lane) -> Stretch {
        Stretch::whole(lane, self.timeline.now)
    }
}
