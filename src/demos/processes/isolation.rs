//! `process-isolation`: a parent and its child change the same global variable, each its own.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Need, Observation, Program, Seen, Status};
use crate::runtime::print;
use crate::runtime::processes::{Entry, Process, call};
use crate::timeline::Lane;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "process-isolation",
        title: "Processes share nothing",
        language: Language::Rust,
        files: &["src/demos/processes/isolation.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[],
        workers: |_| 1,
        estimate: |_| Estimate::waits(Duration::from_millis(400)),
        main: Main::Process(|_| {
            program();
            Ok(())
        }),
        entries: &[&CHANGE],
    },
    summary: "A global variable exists once in each process. The child starts with the program’s own value, whatever \
              the parent has made of it, and what the child writes never reaches the parent.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

static NUMBER: AtomicU32 = AtomicU32::new(1);

const CHANGE: Entry<u32> = Entry { name: "process-isolation/change", call: |arguments| call(change, arguments) };

fn change(value: u32) {
    print(format!("the child finds {}", NUMBER.load(SeqCst)));
    NUMBER.store(value, SeqCst);
    print(format!("the child has made it {}", NUMBER.load(SeqCst)));
}

fn program() {
    print(format!("the parent finds {}", NUMBER.load(SeqCst)));
    NUMBER.store(2, SeqCst);
    print(format!("the parent has made it {}", NUMBER.load(SeqCst)));

    Process::start("child", &CHANGE, 3).join();
    print(format!("the parent still has {}", NUMBER.load(SeqCst)));
}
// weft:end

/// The numbers that a lane printed, by time.
fn numbers(seen: &Seen, lane: &Lane) -> Vec<u32> {
    seen.printed(lane).filter_map(|line| line.text.rsplit_once(' ')?.1.parse().ok()).collect()
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(child)) = (seen.lane("main"), seen.lane("child")) else {
        return vec![Observation::new(false, "The parent or the child is missing.")];
    };
    let (parents, childs) = (numbers(seen, main), numbers(seen, child));
    let ([found, made, still], [first, changed]) = (&parents[..], &childs[..]) else {
        return vec![Observation::new(false, "The parent or the child did not print all its values.")];
    };
    let wrote = seen.printed(child).map(|line| line.time).max();
    let read = seen.printed(main).map(|line| line.time).max();
    vec![
        Observation::new(
            still == made && changed != made && wrote <= read,
            format!("The child made its number {changed}, and after that the parent's was still {still}."),
        )
        .shown_by([seen.life(main), seen.life(child)]),
        Observation::new(
            first == found && first != made,
            format!(
                "The child started with {first}, the program's own value: what the parent had written before, {made}, \
                 did not go with it."
            ),
        )
        .shown_by([seen.life(child)]),
    ]
}
