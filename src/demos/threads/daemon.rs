//! `thread-daemon`: what becomes of a thread that still sleeps when the main thread ends.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::print;
use crate::runtime::threads::{sleep, spawn, spawn_daemon};
use crate::timeline::Lane;
use crate::trace::{Ending, Nanos, State};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "thread-daemon",
        title: "Daemon threads",
        language: Language::Rust,
        files: &["src/demos/threads/daemon.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param {
                name: "daemon",
                help: "whether the thread is a daemon",
                unit: "",
                kind: ParamKind::Boolean { default: true },
            },
            Param::integer("work", "how long the thread sleeps", "ms", (200, 5000), 3000),
        ],
        workers: |_| 2,
        estimate: |values| {
            Estimate::waits(
                if values.boolean("daemon") { MAIN } else { MAIN.max(values.ms("work")) } + Duration::from_millis(100),
            )
        },
        main: Main::Thread(|values| {
            program(values.boolean("daemon"), values.ms("work"));
            Ok(())
        }),
        entries: &[],
    },
    summary: "The main thread ends while another one sleeps. A program waits for its threads, but not for daemons: \
              those are ended with it, wherever they are.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
/// How long main goes on after it has started the thread.
const MAIN: Duration = Duration::from_millis(500);

fn background(duration: Duration) {
    sleep(duration);
    print("the background work is done");
}

fn program(daemon: bool, duration: Duration) {
    // Nobody joins the thread. If it is no daemon, the program's end waits for it all the same.
    if daemon {
        spawn_daemon("background", move || background(duration));
    } else {
        spawn("background", move || background(duration));
    }
    print("main has started the background work");
    sleep(MAIN);
    print("main is done");
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let daemon = seen.values.boolean("daemon");
    let work = seen.wait("work");
    let (Some(main), Some(background)) = (seen.lane("main"), seen.lane("background")) else {
        return vec![Observation::new(false, "Main or the background thread is not there.")];
    };
    let (main_end, end) = (seen.life(main).end, seen.life(background).end);
    let ending = |lane: &Lane| lane.end.as_ref().map(|end| end.ending);
    let noun = if daemon { "daemon" } else { "thread" };
    let after = end.saturating_sub(main_end);
    let before = main_end.saturating_sub(end);
    let slept = seen.time_in(background, State::Sleeping);
    let soon = after <= seen.at_most(Nanos::ZERO);

    let (holds, text) = match ending(background) {
        Some(Ending::Killed) => {
            (daemon && end >= main_end && soon, format!("The daemon was killed {after} after main had ended."))
        }
        Some(Ending::Returned) if end <= main_end => {
            (true, format!("The {noun} was done {before} before main ended, so there was nothing to wait for."))
        }
        Some(Ending::Returned) if daemon => {
            (soon, format!("The daemon was done {after} after main had ended, before it could be killed."))
        }
        Some(Ending::Returned) => {
            (true, format!("Main ended first; the program waited {after} more until the thread was done."))
        }
        Some(other) => (false, format!("The {noun} {}.", other.name())),
        None => (false, format!("The {noun} never ended.")),
    };
    let main_slept = seen.time_in(main, State::Sleeping) >= Nanos::from(MAIN.div_f64(seen.speed));
    let returned = ending(main) == Some(Ending::Returned);
    let fate =
        Observation::new(holds && main_slept && returned, text).shown_by([seen.life(main), seen.life(background)]);

    // Natively a thread that is killed may have had no time to notice.
    let printed = seen.printed(background).filter(|line| line.time <= end).count();
    let (holds, text) = match (ending(background), printed) {
        (Some(Ending::Killed), 0) => (
            slept <= seen.at_most(work),
            format!("It had slept {slept} of {work}, and its last line was never printed."),
        ),
        (_, 1) => (slept >= work, format!("It slept {slept}, {work} was asked for, and printed its last line.")),
        _ => (false, format!("It slept {slept} of {work} and printed {printed} lines.")),
    };
    vec![fate, Observation::new(holds, text).shown_by([seen.life(background)])]
}
