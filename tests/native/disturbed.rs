//! What is said of a run that something disturbed from outside, and how it is judged.

use weft::demos::{Demo, Seen, observations};
use weft::timeline::{Disturbance, Timeline};
use weft::trace::Nanos;

use crate::runner::{self, values};

#[test]
fn a_disturbed_run_says_so_and_is_judged_mildly() {
    let demo = Demo::find("wait-for").unwrap();
    let values = values(demo, &[]);
    let mut timeline = runner::run(demo, &values, 1.0).timeline;
    for print in timeline.prints.iter_mut().filter(|print| print.text.starts_with("no result")) {
        print.time = Nanos::from_millis(60_000);
    }
    let judge = |timeline: &Timeline| {
        let all = observations(demo, &Seen { timeline, values: &values, speed: 1.0 });
        let holds = all[0].holds;
        (holds, all.into_iter().map(|observation| observation.text).find(|text| text.contains("not judged")))
    };
    assert_eq!(judge(&timeline), (false, None));
    let time = Nanos::from_millis(300);
    for (disturbance, text) in [
        (
            Disturbance::Hidden,
            "The page was hidden at 300 ms: browsers slow the timers of hidden pages down, so how long waits took at most \
             was not judged.",
        ),
        (
            Disturbance::Standstill,
            "The page or the machine stood still for a while before 300 ms, so how long waits took at most was not judged.",
        ),
    ] {
        let mut timeline = timeline.clone();
        timeline.note_disturbance(time, disturbance);
        assert_eq!(timeline.disturbance(), Some((time, disturbance)));
        assert_eq!(judge(&timeline), (true, Some(text.to_owned())));
    }
}
