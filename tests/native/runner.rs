//! Runs demos natively: blocking ones on real threads, async ones under tokio's paused time.

use weft::demos::{Demo, Group, Program, Values};
use weft::runtime::host::Clock;
use weft::runtime::{Config, Failure, Run, tasks, threads};
use weft::timeline::Timeline;
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};
use weft::trace::{Ending, LaneKind};

/// A run that has ended.
pub struct Ran {
    pub timeline: Timeline,
    pub outcome: Result<(), Failure>,
}

/// Runs a demo to its end.
pub fn run(demo: &Demo, values: &Values, speed: f64) -> Ran {
    let config = Config { speed, threads: (demo.workers)(values), ..Config::default() };
    match demo.program {
        Program::Blocking(program) => {
            let run = Run::new(config, Clock::start());
            let kind = if demo.group == Group::Processes { LaneKind::Process } else { LaneKind::Thread };
            let outcome = threads::run_main(&run, kind, || program(values));
            Ran { timeline: timeline(&run), outcome }
        }
        Program::Async(program) => {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let run = Run::new(config, Clock::start_tokio());
                let outcome = tasks::run_main(&run, program(values)).await;
                Ran { timeline: timeline(&run), outcome }
            })
        }
    }
}

/// Everything a run has recorded.
pub fn timeline(run: &Run) -> Timeline {
    let memory = LocalMemory::new(run.recorder.root());
    let mut reader = Reader::new(0, memory.root_address());
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for piece in reader.read(&memory, usize::MAX).0 {
        assert_eq!(decoder.decode(&piece, &mut events), 0, "no record is lost");
    }
    let mut timeline = Timeline::default();
    timeline.push_recorded(events);
    let now = timeline.now;
    timeline.close(now, Ending::Stopped);
    timeline
}

/// The defaults, with some parameters set from their texts.
pub fn values(demo: &Demo, set: &[(&str, &str)]) -> Values {
    let mut values = Values::defaults(demo);
    for (name, text) in set {
        values.set(demo, name, text).unwrap();
    }
    values
}
