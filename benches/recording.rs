//! What recording costs natively: the program that the browser's benchmark runs, on threads of the operating system.

mod support;

use weft::demos::{Demo, Seen, observations};
use weft::program::{Main, Values};
use weft::runtime::host::Clock;
use weft::runtime::{Config, Run, run_main};
use weft::trace::LaneKind;

use support::timeline;

fn main() {
    let demo = Demo::find("recording-cost").expect("it is in the list");
    let mut values = Values::defaults(&demo.program);
    for (name, value) in [("increments", "100000"), ("hold", "100"), ("apart", "2000"), ("events", "5000")] {
        values.set(&demo.program, name, value).expect("it is in range");
    }
    let Main::Thread(main) = demo.program.main else { unreachable!("it blocks") };
    for _ in 0..3 {
        let config = Config { threads: (demo.program.workers)(&values), ..Config::default() };
        let run = Run::new(config, Clock::start());
        run_main(&run, LaneKind::Thread, || main(&values)).expect("it finishes");
        let timeline = timeline(&run);
        for observation in observations(demo, &Seen { timeline: &timeline, values: &values, speed: 1.0 }) {
            assert!(observation.holds, "{}", observation.text);
            println!("native: {}", observation.text);
        }
    }
}
