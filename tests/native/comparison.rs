//! Two runs side by side: what is waited for, what differs, what the table says, and the address of both.

use expect_test::expect;
use proptest::prelude::*;
use weft::analysis::{Awaited, Waits, waits, waits_of_both};
use weft::app::address::{Page, parse};
use weft::app::comparison::{Comparison, Run, compare};
use weft::app::form::Form;
use weft::app::words::parameters_beside;
use weft::chart::{Chart, Px};
use weft::demos::{ALL, Demo};
use weft::program::{RunSpec, Status, Value, Values};
use weft::timeline::{Disturbance, Timeline};
use weft::trace::{Ending, Event, EventKind, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, State, Target};

/// A run in which two workers wait for a lock so many milliseconds each, main for a queue and for their ends, and all
/// is over at `end`.
fn run(waits: &[u64], end: u64) -> Timeline {
    let mut events = Vec::new();
    let mut put = |ms, lane, kind| events.push(Event { time: Nanos::from_millis(ms), lane: LaneId(lane), kind });
    let state = |state, on| EventKind::State { state, on, site: None, cause: None };
    let lock = ResourceId(1);
    put(0, 0, EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: "main".into() });
    put(0, 0, EventKind::ResourceDefined { resource: lock, kind: ResourceKind::Lock, name: "counter".into() });
    put(0, 0, EventKind::ResourceDefined { resource: ResourceId(2), kind: ResourceKind::Queue, name: "work-1".into() });
    put(0, 0, EventKind::ResourceDefined { resource: ResourceId(3), kind: ResourceKind::Queue, name: "work-2".into() });
    put(0, 0, state(State::Running, None));
    put(1, 0, state(State::Blocked, Some(Target::Resource(ResourceId(2)))));
    put(3, 0, state(State::Running, None));
    put(3, 0, state(State::Blocked, Some(Target::Resource(ResourceId(3)))));
    put(4, 0, state(State::Blocked, Some(Target::Lane(LaneId(1)))));
    for (wait, lane) in waits.iter().zip(1..) {
        put(0, lane, EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: format!("worker-{lane}") });
        put(0, lane, state(State::Running, None));
        // The first to come finds it free.
        put(5, lane, state(State::Blocked, Some(Target::Resource(lock))));
        put(5 + wait, lane, state(State::Running, None));
        put(5 + wait, lane, EventKind::Acquired { resource: lock, cause: None });
        put(6 + wait, lane, EventKind::Released { resource: lock });
        put(end, lane, EventKind::Ended { ending: Ending::Returned, message: None });
    }
    put(end, 0, EventKind::Ended { ending: Ending::Returned, message: None });
    Timeline::from_events(events)
}

fn told(awaited: &Awaited, waits: &Waits) -> String {
    let name = match awaited {
        Awaited::Ends => "ends".to_owned(),
        Awaited::Resource(kind, name) => format!("{} {name}", kind.name()),
    };
    format!("{name} of {}: {} waits, {}, at most {}", waits.members, waits.count, waits.total, waits.longest)
}

#[test]
fn waits_are_counted_by_what_they_are_for() {
    let all: Vec<_> = waits(&run(&[0, 20], 50)).iter().map(|(awaited, waits)| told(awaited, waits)).collect();
    assert_eq!(
        all,
        [
            "ends of 1: 1 waits, 46.0 ms, at most 46.0 ms",
            // A wait of no time is none.
            "lock counter of 1: 1 waits, 20.0 ms, at most 20.0 ms",
            "queue work of 2: 2 waits, 3.00 ms, at most 2.00 ms",
        ]
    );
    let lock = waits(&run(&[0, 20], 50))[&Awaited::Resource(ResourceKind::Lock, "counter".into())];
    assert_eq!((lock.acquired, lock.contention()), (2, Some(0.5)));
    let queue = waits(&run(&[], 50))[&Awaited::Resource(ResourceKind::Queue, "work".into())];
    assert_eq!(queue.contention(), None, "a queue is not acquired");
    // What gave up had to wait too.
    assert_eq!(Waits { acquired: 1, count: 3, ..Waits::default() }.contention(), Some(1.0));
}

#[test]
fn being_ready_for_something_is_a_wait_and_sleeping_is_none() {
    let event = |ms, kind| Event { time: Nanos::from_millis(ms), lane: LaneId(0), kind };
    let on = Some(Target::Resource(ResourceId(1)));
    let state = |state, on| EventKind::State { state, on, site: None, cause: None };
    let timeline = Timeline::from_events([
        event(0, EventKind::LaneDefined { kind: LaneKind::Thread, parent: None, name: "main".into() }),
        event(0, EventKind::ResourceDefined { resource: ResourceId(1), kind: ResourceKind::Gil, name: "gil".into() }),
        event(0, state(State::Ready, on)),
        event(5, state(State::Sleeping, on)),
        event(9, state(State::Ready, None)),
        event(12, state(State::Running, on)),
        event(20, EventKind::Ended { ending: Ending::Returned, message: None }),
    ]);
    let all: Vec<_> = waits(&timeline).iter().map(|(awaited, waits)| told(awaited, waits)).collect();
    assert_eq!(all, ["GIL gil of 1: 1 waits, 5.00 ms, at most 5.00 ms"]);
    let rows = table(&compare(finished(&timeline), finished(&Timeline::default())));
    let row = "  The GIL: 5.00 ms (1 wait) | – (0 waits) | −5.00 ms";
    assert!(rows.lines().any(|line| line == row), "a name that only repeats the kind is left out: {rows}");
}

#[test]
fn what_only_one_run_waited_for_is_compared_too() {
    let (first, second) = (run(&[0, 20], 50), run(&[], 10));
    let both: Vec<_> = waits_of_both(&first, &second)
        .iter()
        .map(|(awaited, both)| format!("{awaited:?}: {} and {}", both.first.total, both.second.total))
        .collect();
    assert_eq!(
        both,
        [
            "Ends: 46.0 ms and 6.00 ms",
            "Resource(Lock, \"counter\"): 20.0 ms and 0 ns",
            "Resource(Queue, \"work\"): 3.00 ms and 3.00 ms",
        ]
    );
}

/// The table as text, a line for each row.
fn table(comparison: &Comparison) -> String {
    let mut lines = Vec::new();
    for group in &comparison.groups {
        lines.push(group.name.to_owned());
        for row in &group.rows {
            let cells = row.cells.iter().map(|cell| match cell.aside.as_str() {
                "" => cell.text.clone(),
                aside => format!("{} ({aside})", cell.text),
            });
            lines.push(format!("  {}: {}", row.name, cells.collect::<Vec<_>>().join(" | ")));
        }
    }
    lines.join("\n") + "\n"
}

fn finished(timeline: &Timeline) -> Run<'_> {
    Run { timeline, status: Status::Finished }
}

#[test]
fn the_table_has_both_runs_and_the_difference() {
    let comparison = compare(finished(&run(&[0, 20], 100)), finished(&run(&[10, 30], 50)));
    assert_eq!(
        comparison.summary,
        [
            "Run 2 took 50.0 ms less than run 1: 50.0 ms instead of 100 ms.",
            "The largest difference in waiting: its lanes waited 50.0 ms less for the ends of other lanes."
        ]
    );
    expect![[r#"
        The whole run
          Wall time: 100 ms | 50.0 ms | −50.0 ms (× 0.50)
          Lanes: 3 | 3 | the same
          Most at once: 3 | 3 | the same
        Time in each state
          Running: 181 ms | 61.0 ms | −120 ms (× 0.34)
          Blocked: 119 ms | 89.0 ms | −30.0 ms (× 0.75)
        Waiting
          The ends of other lanes: 96.0 ms (1 wait) | 46.0 ms (1 wait) | −50.0 ms (× 0.48)
          Lock “counter”: 20.0 ms (1 wait) | 40.0 ms (2 waits) | +20.0 ms (× 2.0)
          Queues “work”: 3.00 ms (2 waits) | 3.00 ms (2 waits) | the same
        Contention
          Lock “counter”: 50 % (1 of 2; 20.0 ms at most) | 100 % (2 of 2; 30.0 ms at most) | +50 %
    "#]]
    .assert_eq(&table(&comparison));
    for group in &comparison.groups {
        assert!(group.meaning.ends_with('.'), "{group:?}");
    }
}

#[test]
fn what_only_one_run_has_and_what_is_the_same_is_said() {
    let comparison = compare(finished(&run(&[20], 100)), finished(&run(&[], 100)));
    assert_eq!(comparison.summary[0], "Both runs took about as long: 100 ms and 100 ms.");
    let rows = table(&comparison);
    for row in [
        "  Wall time: 100 ms | 100 ms | the same",
        "  Lanes: 2 | 1 | −1",
        "  Lock “counter”: 20.0 ms (1 wait) | – (0 waits) | −20.0 ms",
        "  Lock “counter”: 100 % (1 of 1; 20.0 ms at most) | – | –",
    ] {
        assert!(rows.lines().any(|line| line == row), "{row} is not in {rows}");
    }
    // Nothing at all has no figures beyond the first group's.
    let nothing = compare(finished(&Timeline::default()), finished(&Timeline::default()));
    assert_eq!(nothing.groups.len(), 1);
    assert_eq!(nothing.summary, ["Both runs took about as long: 0 ns and 0 ns."]);
}

#[test]
fn runs_that_cannot_be_compared_fairly_say_so() {
    let whole = run(&[1, 2], 20);
    let mut full = whole.clone();
    full.recording_ended = Some(Nanos::from_millis(9));
    full.note_disturbance(Nanos::from_millis(3), Disturbance::Hidden);
    let cautions = |first, second| compare(first, second).cautions;
    assert_eq!(cautions(finished(&whole), finished(&whole)).len(), 1);
    let all =
        cautions(Run { timeline: &whole, status: Status::Stopped }, Run { timeline: &full, status: Status::Failed });
    assert_eq!(all.len(), 5, "{all:?}");
    assert!(all[0].starts_with("Run 1 was stopped") && all[1].starts_with("Run 2 failed"), "{all:?}");
    assert!(all[2].contains("recording of run 2") && all[3].contains("hidden during run 2"), "{all:?}");
}

#[test]
fn parameters_that_differ_are_marked() {
    let demo = Demo::find("thread-start-join").unwrap();
    let first = RunSpec::new(&demo.program);
    let mut second = RunSpec { speed: 2.0, ..first.clone() };
    second.values.set(&demo.program, "delay", "50").unwrap();
    assert_eq!(
        parameters_beside(&first, &second),
        [("threads 3".to_owned(), false), ("delay 400 ms".to_owned(), true), ("speed ×1".to_owned(), true)]
    );
    assert_eq!(parameters_beside(&second, &second).iter().map(|part| part.1).collect::<Vec<_>>(), [false; 3]);
}

fn address(hash: &str) -> (weft::app::address::DemoAddress, Vec<String>) {
    let address = parse(hash);
    let Page::Demo(demo) = address.page else { panic!("{hash} leads to {:?}", address.page) };
    (*demo, address.problems)
}

#[test]
fn an_address_holds_two_runs() {
    let hash = "#/demo/thread-start-join?threads=2&delay=400&compare=threads%3D5%26delay%3D100%26speed%3D2";
    let (read, problems) = address(hash);
    assert_eq!(problems, [""; 0]);
    assert_eq!((read.spec.values.integer("threads"), read.spec.speed), (2, 1.0));
    let second = read.compare.clone().unwrap();
    assert_eq!((second.values.integer("threads"), second.values.integer("delay"), second.speed), (5, 100, 2.0));
    assert_eq!(read.write(), hash);
    // The controls are the second run's.
    assert_eq!(Form::new(&read).spec(), Some(second));
    // What is not named is as it is by default, as in the address itself.
    let (read, problems) = address("#/demo/thread-start-join?threads=2&compare=delay=60");
    assert_eq!(problems, [""; 0]);
    let second = read.compare.unwrap();
    assert_eq!((second.values.integer("threads"), second.values.integer("delay"), second.speed), (3, 60, 1.0));
    assert_eq!(address("#/demo/thread-start-join?compare=").0.compare, Some(RunSpec::new(&read.demo.program)));
}

#[test]
fn a_bad_second_run_has_its_sentence_and_cancels_autorun() {
    for (compare, sentence) in [
        ("threads%3D13", "In “compare”: “threads” must be a whole number from 1 to 12, and “13” is not."),
        ("speed%3D99", "In “compare”: “speed” must be a number from 0.1 to 10, and “99” is not."),
        ("autorun%3D1", "In “compare”: Start and join threads has no parameter “autorun”; it has “threads”, “delay”."),
        ("nonsense", "In “compare”: Start and join threads has no parameter “nonsense”; it has “threads”, “delay”."),
    ] {
        let (read, problems) = address(&format!("#/demo/thread-start-join?autorun=1&compare={compare}"));
        assert_eq!(problems, [sentence]);
        assert!(!read.autorun, "{compare}");
        assert_eq!(read.compare, Some(RunSpec::new(&read.demo.program)), "the defaults are used");
    }
}

proptest! {
    /// Whatever two runs of whatever demo: the address that is written for them is read as the same two runs.
    #[test]
    fn what_is_written_is_read_again(at in 0..ALL.len(), seeds in prop::array::uniform2(0..u64::MAX), speed in 1..40u32) {
        let demo = ALL[at];
        let pick = |seed: u64, speed: f64| {
            let mut values = Values::defaults(&demo.program);
            for (param, shift) in demo.program.params.iter().zip(0..) {
                let text = match (&param.kind, seed.rotate_left(shift * 7)) {
                    (weft::program::ParamKind::Integer { min, max, .. }, seed) => {
                        (*min + (seed % (*max - *min + 1) as u64) as i64).to_string()
                    }
                    (weft::program::ParamKind::Number { min, max, .. }, seed) => {
                        (*min + (*max - *min) * (seed % 1000) as f64 / 1000.0).to_string()
                    }
                    (weft::program::ParamKind::Boolean { .. }, seed) => Value::Boolean(seed % 2 == 0).to_string(),
                    (weft::program::ParamKind::Choice { choices, .. }, seed) => {
                        choices[seed as usize % choices.len()].to_owned()
                    }
                };
                values.set(&demo.program, param.name, &text).unwrap();
            }
            RunSpec { values, speed, ..RunSpec::new(&demo.program) }
        };
        let mut written = weft::app::address::DemoAddress::new(demo);
        written.spec = pick(seeds[0], 1.0);
        written.compare = Some(pick(seeds[1], f64::from(speed) / 4.0));
        let (read, problems) = address(&written.write());
        prop_assert_eq!(problems, Vec::<String>::new());
        prop_assert_eq!(read, written);
    }
}

#[test]
fn charts_beside_each_other_show_the_same_times() {
    let (long, short) = (run(&[0, 20], 100), run(&[], 50));
    let mut charts = [(); 2].map(|()| Chart::new(Px(800.0), Px(300.0)));
    let times = |charts: &[Chart; 2]| charts.each_ref().map(|chart| (chart.viewport.start(), chart.viewport.end()));
    charts[0].update(&long);
    charts[1].at_least = long.now;
    charts[1].update(&short);
    let [first, second] = times(&charts);
    assert_eq!(first, second, "the whole of the longer run");

    let [one, two] = &mut charts;
    one.zoom_at(Px(500.0), 4.0);
    one.toggle_state(State::Blocked);
    two.align(one);
    two.update(&short);
    assert_eq!(two.filter, one.filter);
    let [zoomed, second] = times(&charts);
    assert!(zoomed == second && zoomed != first);
    charts[1].fit();
    charts[1].update(&short);
    assert_eq!(times(&charts)[1], first);
}
