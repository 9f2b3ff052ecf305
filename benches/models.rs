//! What threads gain natively: the program of the demo `gil`, without a GIL, on one thread and on two. The browser's
//! benchmark compares with its figures, milliseconds in a line: one thread, two threads with twice the work.

mod support;

use weft::analysis::figure;
use weft::demos::{Demo, Seen, observations};
use weft::program::{Main, Values};
use weft::runtime::host::Clock;
use weft::runtime::{Config, Run, run_main};
use weft::trace::LaneKind;

use support::timeline;

fn main() {
    // The first run finds cold caches and a slow clock of the processor.
    took(&[("gil", "off"), ("threads", "2"), ("n", "100000000")]);
    // As in the browser's benchmark.
    let [one, two] = ["1", "2"].map(|threads| took(&[("gil", "off"), ("threads", threads), ("n", "100000000")]));
    println!("milliseconds: {one} {two}");
}

/// How long the threads computed, in milliseconds.
fn took(set: &[(&str, &str)]) -> f64 {
    let demo = Demo::find("gil").expect("it is in the list");
    let mut values = Values::defaults(&demo.program);
    for (name, value) in set {
        values.set(&demo.program, name, value).expect("it is in range");
    }
    let Main::Thread(main) = demo.program.main else { unreachable!("it blocks") };
    let config = Config { threads: (demo.program.workers)(&values), speed: 10.0, ..Config::default() };
    let run = Run::new(config, Clock::start());
    run_main(&run, LaneKind::Thread, || main(&values)).expect("it finishes");
    let timeline = timeline(&run);
    let all = observations(demo, &Seen { timeline: &timeline, values: &values, speed: 10.0 });
    figure(&all, "wall.cpu").expect("the threads have computed")
}
