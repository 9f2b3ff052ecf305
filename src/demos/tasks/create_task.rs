//! `create-task`: a task is spawned, other work is done, and then the task is awaited.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, Program, Seen, Status, Stretch};
use crate::runtime::tasks::{sleep, spawn};
use crate::runtime::threads::work;
use crate::runtime::{Failure, now, print};
use crate::trace::{Cause, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "create-task",
        title: "Start now, await later",
        language: Language::Rust,
        files: &["src/demos/tasks/create_task.rs"],
        needs: &[],
        params: &[
            Param::integer("delay", "how long the task waits for its answer", "ms", (10, 2000), 400),
            Param::integer("work", "how long main computes meanwhile", "ms", (10, 2000), 300),
        ],
        workers: |_| 0,
        estimate: |values| Estimate { waits: values.ms("delay"), work: values.ms("work") + Duration::from_millis(50) },
        main: Main::Task(|values| Box::pin(program(values.ms("delay"), values.ms("work")))),
        entries: &[],
    },
    summary: "A task is spawned and waits for its answer, while main works. Main lets the loop go on now and then, \
              so that both get on; then it awaits the task, which may be done already.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn program(delay: Duration, length: Duration) -> Result<(), Failure> {
    let answer = spawn("fetch", async move {
        print("the question is sent");
        sleep(delay).await;
        Ok(42)
    });
    print("main works");
    let end = now() + length;
    while now() < end {
        // A moment of the loop for whoever is ready. Without it, the question would not even be sent.
        sleep(Duration::ZERO).await;
        work(Duration::from_millis(5));
    }
    print("main has done its work");
    print(format!("the answer is {}", answer.await?));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (delay, length) = (seen.wait("delay"), Nanos::from(seen.values.ms("work")));
    let (Some(main), Some(fetch)) = (seen.lane("main"), seen.lane("fetch")) else {
        return vec![Observation::new(false, "Main or the task is not there.")];
    };
    let sleeps = seen.spans_in(fetch, State::Sleeping);
    let sent = seen.said("fetch", "the question is sent");
    let began = seen.said("main", "main works").unwrap_or_default();
    let done = seen.said("main", "main has done its work").unwrap_or_default();
    let overlap = sleeps.first().map_or(Nanos::ZERO, |wait| wait.end.min(done).saturating_sub(wait.start.max(began)));
    // The task has its first turn when main first leaves the loop to others; which it never does if the machine puts it
    // aside until its time is over. How much of the wait comes to lie beside the work, the machine decides as well.
    let left_to_others =
        seen.spans_in(main, State::Ready).into_iter().find(|ready| (began..done).contains(&ready.start));
    let together = Observation::new(
        sleeps.len() == 1
            && sleeps[0].duration() >= delay
            && sent.is_some_and(|sent| began <= sent && left_to_others.is_none_or(|first| sent <= first.end))
            && done >= began + length,
        format!("The task waited for {delay} and main worked for {length}: {overlap} of it at the same time."),
    )
    .shown_by(sleeps.iter().map(|span| Stretch::new(fetch, span)));

    let Some(end) = fetch.end.as_ref().map(|end| end.time) else {
        return vec![together, Observation::new(false, "The task has not ended.")];
    };
    let join = seen.join(main, fetch);
    let asked = join.map(|join| join.start);
    let waited = join.map_or(Nanos::ZERO, |join| join.end.saturating_sub(join.start));
    let woken = seen.waits_for(main, Target::Lane(fetch.id));
    let by_its_end = woken.iter().all(|(_, cause)| *cause == Some(Cause { lane: fetch.id, time: end }));
    let text = match woken.len() {
        0 => {
            format!("When main awaited it at {}, the task was done, and main did not wait.", asked.unwrap_or_default())
        }
        _ => format!("When main had done its work, it waited for {waited} more, until the task was done."),
    };
    let late = Observation::new(asked.is_some_and(|asked| asked >= done) && by_its_end && woken.len() <= 1, text)
        .shown_by(join);
    vec![together, late]
}
