//! What recording costs natively: the program that the browser's benchmark runs, on threads of the operating system.

use weft::demos::{Demo, Program, Seen, Values, observations};
use weft::runtime::host::Clock;
use weft::runtime::{Config, Run, threads};
use weft::timeline::Timeline;
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};
use weft::trace::{Ending, LaneKind};

fn main() {
    let demo = Demo::find("recording-cost").expect("it is in the list");
    let mut values = Values::defaults(demo);
    for (name, value) in [("increments", "100000"), ("hold", "100"), ("apart", "4000"), ("events", "5000")] {
        values.set(demo, name, value).expect("it is in range");
    }
    let Program::Blocking(program) = demo.program else { unreachable!("it blocks") };
    for _ in 0..3 {
        let config = Config { threads: (demo.workers)(&values), ..Config::default() };
        let run = Run::new(config, Clock::start());
        threads::run_main(&run, LaneKind::Thread, || program(&values)).expect("it finishes");
        let timeline = timeline(&run);
        for observation in observations(demo, &Seen { timeline: &timeline, values: &values, speed: 1.0 }) {
            assert!(observation.holds, "{}", observation.text);
            println!("native: {}", observation.text);
        }
    }
}

/// Everything the run has recorded.
fn timeline(run: &Run) -> Timeline {
    let memory = LocalMemory::new(run.recorder.root());
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for piece in Reader::new(0, memory.root_address()).read(&memory, usize::MAX).0 {
        assert_eq!(decoder.decode(&piece, &mut events), 0, "no record is lost");
    }
    let mut timeline = Timeline::default();
    timeline.push_recorded(events);
    timeline.close(timeline.now, Ending::Stopped);
    timeline
}
