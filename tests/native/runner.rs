//! Runs demos natively: blocking ones on real threads, async ones under tokio's paused time, unless they use threads or
//! files too, whose time nobody can pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use weft::analysis::DeadlockWatch;
use weft::demos::{Demo, Group, Need, Program, Values};
use weft::runtime::host::Clock;
use weft::runtime::{Config, Failure, Run, tasks, threads};
use weft::timeline::Timeline;
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};
use weft::trace::{Ending, LaneKind};

/// Async demos whose tasks compute: time that is paused would never pass for them.
const COMPUTING: &[&str] = &["create-task", "slow-callback", "wake-storm"];

/// Whether the demo runs in time that passes exactly as its waits do.
pub fn is_exact(demo: &Demo) -> bool {
    let real = [Need::Isolation, Need::Files, Need::Server].iter().any(|need| demo.needs.contains(need));
    matches!(demo.program, Program::Async(_)) && !real && !COMPUTING.contains(&demo.id)
}

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
            let outcome = watched(&run, || threads::run_main(&run, kind, || program(values)));
            assert_eq!(run.live_tasks(), 0, "{}: a future was not dropped", demo.id);
            Ran { timeline: timeline(&run), outcome }
        }
        Program::Async(program) => {
            let exact = is_exact(demo);
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(exact).build().unwrap();
            runtime.block_on(async {
                let clock = if exact { Clock::start_tokio() } else { Clock::start() };
                let run = Run::new(config, clock);
                let outcome = tasks::run_main(&run, program(values)).await;
                assert_eq!(run.live_tasks(), 0, "{}: a future was not dropped", demo.id);
                Ran { timeline: timeline(&run), outcome }
            })
        }
    }
}

/// Lets `body` go on with the run while another thread looks at its trace, as the window does: a deadlock ends the run.
pub fn watched<R>(run: &Arc<Run>, body: impl FnOnce() -> R) -> R {
    /// Ends the watch, even if `body` panics.
    struct Over<'a>(&'a AtomicBool, thread::Thread);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
            self.1.unpark();
        }
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(run, &over));
        let _over = Over(&over, watcher.thread().clone());
        body()
    })
}

fn watch(run: &Run, over: &AtomicBool) {
    let memory = LocalMemory::new(run.recorder.root());
    let mut reader = Reader::new(0, memory.root_address());
    let (mut decoder, mut timeline) = (Decoder::default(), Timeline::default());
    let mut watch = DeadlockWatch::default();
    while !over.load(Ordering::Acquire) {
        thread::park_timeout(Duration::from_millis(20));
        let now = run.clock().now();
        let mut events = Vec::new();
        for piece in reader.read(&memory, usize::MAX).0 {
            decoder.decode(&piece, &mut events);
        }
        timeline.push_recorded(events);
        timeline.recording_ended = reader.end_of_recording(&memory);
        if let Some(found) = watch.look(&timeline, now) {
            let lane = found.lanes.first().and_then(|lane| timeline.lane(*lane));
            run.fail(Failure { lane: lane.map_or_else(String::new, |lane| lane.name.clone()), message: found.text });
            return;
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
