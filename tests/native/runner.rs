//! Runs demos natively: blocking ones on real threads, async ones under tokio's paused time, unless they use threads,
//! processes or files too, whose time nobody can pause. Threads play the processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use weft::analysis::{DeadlockWatch, StandstillWatch};
use weft::demos::{self, Demo};
use weft::program::{Main, Need, Values};
use weft::runtime::host::Clock;
use weft::runtime::processes::Processes;
use weft::runtime::{Config, Failure, Run, run_main, tasks};
use weft::timeline::{Disturbance, Timeline};
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};
use weft::trace::recorder::Recorder;
use weft::trace::{Ending, Nanos};

/// Async demos whose tasks compute: time that is paused would never pass for them.
const COMPUTING: &[&str] = &["create-task", "slow-callback", "wake-storm"];

/// Whether the demo runs in time that passes exactly as its waits do.
pub fn is_exact(demo: &Demo) -> bool {
    let real = [Need::Isolation, Need::Files, Need::Server].iter().any(|need| demo.program.needs.contains(need));
    matches!(demo.program.main, Main::Task(_)) && !real && !COMPUTING.contains(&demo.id())
}

/// A run that has ended.
pub struct Ran {
    pub timeline: Timeline,
    pub outcome: Result<(), Failure>,
}

/// Runs a demo to its end. If the machine stood still, the timeline says so.
pub fn run(demo: &Demo, values: &Values, speed: f64) -> Ran {
    let (mut ran, standstill) = beside(standstill, || run_unwatched(demo, values, speed));
    // Nothing stands still in time that is paused.
    if let Some(time) = standstill.filter(|_| !is_exact(demo)) {
        ran.timeline.note_disturbance(time.min(ran.timeline.now), Disturbance::Standstill);
    }
    ran
}

/// The same, again if the machine stood still: such a run cannot show that something took too long.
pub fn run_undisturbed(demo: &Demo, values: &Values, speed: f64) -> Ran {
    loop {
        let ran = run(demo, values, speed);
        if ran.timeline.disturbance().is_none() {
            return ran;
        }
    }
}

fn run_unwatched(demo: &Demo, values: &Values, speed: f64) -> Ran {
    let config = Config { speed, threads: (demo.program.workers)(values), ..Config::default() };
    match demo.program.main {
        Main::Thread(main) | Main::Process(main) => {
            let run = Run::new(config, Clock::start());
            let processes = Processes::serve(&run, demos::TABLE.entry);
            let kind = demo.program.main.kind();
            let outcome = watched(&run, Some(&processes), || run_main(&run, kind, || main(values)));
            assert_eq!(run.live_tasks(), 0, "{}: a future was not dropped", demo.id());
            Ran { timeline: timeline_of_all(&run, &processes), outcome }
        }
        Main::Task(main) => {
            let exact = is_exact(demo);
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(exact).build().unwrap();
            runtime.block_on(async {
                let clock = if exact { Clock::start_tokio() } else { Clock::start() };
                let run = Run::new(config, clock);
                let processes = Processes::serve(&run, demos::TABLE.entry);
                let outcome = tasks::run_main(&run, main(values)).await;
                assert_eq!(run.live_tasks(), 0, "{}: a future was not dropped", demo.id());
                Ran { timeline: timeline_of_all(&run, &processes), outcome }
            })
        }
        Main::Source { .. } | Main::Elsewhere => unreachable!("no demo brings a source"),
    }
}

/// Lets `body` go on with the run, and its processes if it has some, while another thread looks at its trace, as the
/// window does: a deadlock ends the run.
pub fn watched<R>(run: &Arc<Run>, processes: Option<&Processes>, body: impl FnOnce() -> R) -> R {
    beside(|over| watch(run, processes, over), body).0
}

/// Lets `body` go on while another thread watches, until it is told that `body` is over.
fn beside<R, W: Send>(watch: impl FnOnce(&AtomicBool) -> W + Send, body: impl FnOnce() -> R) -> (R, W) {
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
        let watcher = scope.spawn(|| watch(&over));
        let result = {
            let _over = Over(&over, watcher.thread().clone());
            body()
        };
        (result, watcher.join().expect("a watch does not panic"))
    })
}

/// When it was noticed that the machine stood still, if it did.
fn standstill(over: &AtomicBool) -> Option<Nanos> {
    let start = Instant::now();
    let mut watch = StandstillWatch::default();
    let mut noticed = None;
    while !over.load(Ordering::Acquire) {
        thread::park_timeout(StandstillWatch::EVERY);
        let now = Nanos::from(start.elapsed());
        if watch.look(now) {
            noticed.get_or_insert(now);
        }
    }
    noticed
}

/// How long a deadlock lasts before it is believed. A lane that was woken shows that only when it runs, and where tests
/// keep all cores busy, or the machine is one of several on another, a core may be half a second in coming.
const CERTAIN: Nanos = Nanos::from_millis(1500);

fn watch(run: &Arc<Run>, processes: Option<&Processes>, over: &AtomicBool) {
    let mut traces = Traces::new(run, processes);
    let mut watch = DeadlockWatch::default();
    while !over.load(Ordering::Acquire) {
        thread::park_timeout(Duration::from_millis(20));
        let now = run.clock().now();
        traces.read();
        let timeline = &traces.timeline;
        if let Some(found) = watch.look(timeline, now).filter(|found| now >= found.since + CERTAIN) {
            let lane = found.lanes.first().and_then(|lane| timeline.lane(*lane));
            run.fail(Failure { lane: lane.map_or_else(String::new, |lane| lane.name.clone()), message: found.text });
            return;
        }
    }
}

/// Everything a run without processes has recorded.
pub fn timeline(run: &Arc<Run>) -> Timeline {
    Traces::new(run, None).whole()
}

/// Everything a run that has ended has recorded, its processes included.
pub fn timeline_of_all(run: &Arc<Run>, processes: &Processes) -> Timeline {
    processes.end();
    Traces::new(run, Some(processes)).whole()
}

/// The traces of a run's main program and of its processes, which become one timeline.
struct Traces<'a> {
    processes: Option<&'a Processes>,
    /// One for each process, by its number; the main program is 0.
    readers: BTreeMap<u16, (Arc<Recorder>, Reader)>,
    decoder: Decoder,
    timeline: Timeline,
}

impl<'a> Traces<'a> {
    fn new(run: &Run, processes: Option<&'a Processes>) -> Traces<'a> {
        let readers = BTreeMap::from([(0, reader(0, run.recorder.clone()))]);
        Traces { processes, readers, decoder: Decoder::default(), timeline: Timeline::default() }
    }

    /// Takes in what was recorded since the last time.
    fn read(&mut self) {
        for (number, recorder) in self.processes.map(Processes::recorders).unwrap_or_default() {
            self.readers.entry(number).or_insert_with(|| reader(number, recorder));
        }
        let mut events = Vec::new();
        for (recorder, reader) in self.readers.values_mut() {
            let memory = LocalMemory::new(recorder.root());
            for piece in reader.read(&memory, usize::MAX).0 {
                assert_eq!(self.decoder.decode(&piece, &mut events), 0, "no record is lost");
            }
            let end = reader.end_of_recording(&memory);
            self.timeline.recording_ended = self.timeline.recording_ended.or(end);
        }
        self.timeline.push_recorded(events);
    }

    /// The timeline of a run that has ended.
    fn whole(mut self) -> Timeline {
        self.read();
        let now = self.timeline.now;
        self.timeline.close(now, Ending::Stopped);
        self.timeline
    }
}

fn reader(process: u16, recorder: Arc<Recorder>) -> (Arc<Recorder>, Reader) {
    let root = LocalMemory::new(recorder.root()).root_address();
    (recorder, Reader::new(process, root))
}

/// The defaults, with some parameters set from their texts.
pub fn values(demo: &Demo, set: &[(&str, &str)]) -> Values {
    let mut values = Values::defaults(&demo.program);
    for (name, text) in set {
        values.set(&demo.program, name, text).unwrap();
    }
    values
}
