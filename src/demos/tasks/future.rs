//! `future`: a result that somebody brings later, its states, and its callbacks.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status, Stretch,
};
use crate::runtime::tasks::{Error, Future, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::{Lane, Text};
use crate::trace::{LaneKind, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "future",
        title: "A future",
        language: Language::Rust,
        files: &["src/demos/tasks/future.rs"],
        needs: &[],
        params: &[
            Param::integer("delay", "how long the future is pending", "ms", (10, 2000), 400),
            Param {
                name: "outcome",
                help: "what becomes of it",
                unit: "",
                kind: ParamKind::Choice { choices: &["result", "error", "cancel"], default: "result" },
            },
        ],
        workers: |_| 0,
        estimate: |values| Estimate::waits(values.ms("delay") + Duration::from_millis(50)),
        main: Main::Task(|values| {
            let (delay, outcome) = (values.ms("delay"), values.choice("outcome").to_owned());
            Box::pin(program(delay, outcome))
        }),
        entries: &[],
    },
    summary: "Main awaits a future, which is pending until another task gives it a result or an error, or cancels it. \
              Then the event loop calls the future’s callbacks.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn state<T: Clone + 'static>(future: &Future<T>) -> String {
    match future.result() {
        _ if !future.done() => "pending".to_owned(),
        Ok(_) => "done".to_owned(),
        Err(Error::Cancelled) => "cancelled".to_owned(),
        Err(error) => format!("failed, {error}"),
    }
}

async fn program(delay: Duration, outcome: String) -> Result<(), Failure> {
    let answer = Future::new("answer");
    print(format!("main: the answer is {}", state(&answer)));
    answer.add_done_callback(|answer| print(format!("first callback: it is {}", state(answer))));
    answer.add_done_callback(|answer| print(format!("second callback: it is {}", state(answer))));

    let setter = spawn("setter", {
        let answer = answer.clone();
        async move {
            sleep(delay).await;
            match &*outcome {
                "result" => answer.set_result(42)?,
                "error" => answer.set_error(Error::raised("there is no answer"))?,
                _ => drop(answer.cancel()),
            }
            print(format!("setter: it is {}", state(&answer))); // The callbacks come later.
            Ok(())
        }
    });

    match answer.clone().await {
        Ok(value) => print(format!("main: the answer is {value}")),
        Err(Error::Cancelled) => print("main: nobody will answer"),
        Err(error) => print(format!("main: {error}")),
    }
    setter.await?;
    if answer.set_result(43).is_err() {
        print("main: what is done stays as it is");
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (Some(main), Some(setter), Some(answer)) = (seen.lane("main"), seen.lane("setter"), seen.resource("answer"))
    else {
        return vec![Observation::new(false, "Main, the setter or the future is not there.")];
    };
    let Some(event_loop) = seen.timeline.lanes.iter().find(|lane| lane.kind == Some(LaneKind::EventLoop)) else {
        return vec![Observation::new(false, "There is no event loop.")];
    };
    let steps = seen.steps(answer);
    let [step] = steps.iter().filter(|step| step.to == 1).collect::<Vec<_>>()[..] else {
        return vec![Observation::new(false, "The future did not become done once.")];
    };
    let set = step.time;
    let line = |lane: &Lane, start: &str| seen.printed(lane).find(|line| line.text.starts_with(start));

    let delay = seen.wait("delay");
    let made = answer.events.first().map_or(set, |event| event.time);
    let pending = set.saturating_sub(made);
    let waits = seen.waits_for(main, Target::Resource(answer.id));
    let woken = match &waits[..] {
        [(_, Some(cause))] => cause.lane == setter.id && cause.time == set,
        _ => false,
    };
    let states = Observation::new(
        step.lane == setter.id && pending >= delay && woken,
        format!("The future was pending for {pending}; then the setter made it done, which woke main."),
    )
    .shown_by(waits.iter().map(|(span, _)| Stretch::new(main, span)));

    let word = match seen.values.choice("outcome") {
        "result" => "done",
        "error" => "failed, there is no answer",
        _ => "cancelled",
    };
    let got = match seen.values.choice("outcome") {
        "result" => "main: the answer is 42",
        "error" => "main: there is no answer",
        _ => "main: nobody will answer",
    };
    let told = seen.printed(main).find(|line| line.text == got && line.time >= set);
    let mut words = seen.printed(main).map(|line| &*line.text);
    let first = words.next() == Some("main: the answer is pending");
    let outcome = Observation::new(
        first && told.is_some() && line(setter, "setter: it is ").is_some_and(|line| line.text.ends_with(word)),
        format!("Pending at first, it was {word} in the end; awaiting it told main so."),
    )
    .shown_by(waits.iter().map(|(span, _)| Stretch::new(main, span)));

    let callbacks: Vec<&Text> = seen.printed(event_loop).collect();
    let in_order = match callbacks[..] {
        [first, second] => {
            first.text == format!("first callback: it is {word}")
                && second.text == format!("second callback: it is {word}")
        }
        _ => false,
    };
    let setters_turn = setter
        .spans(seen.timeline.now)
        .find(|span| span.state == State::Running && (span.start..=span.end).contains(&set))
        .map(|span| Stretch::new(setter, &span));
    // Within one step of the clock, the order of the lines tells.
    let lines = seen.timeline.prints.iter().skip_while(|line| line.lane != setter.id);
    let after = setters_turn.is_some_and(|turn| callbacks.iter().all(|callback| callback.time >= turn.end))
        && lines.filter(|line| line.lane == event_loop.id).count() == callbacks.len();
    let later = callbacks.first().map_or(Nanos::ZERO, |callback| callback.time.saturating_sub(set));
    let called = Observation::new(
        in_order && after,
        format!(
            "The loop called {} callbacks, in their order and after the setter's turn: {later} after the future was done.",
            callbacks.len()
        ),
    )
    .shown_by(setters_turn);

    let refused = seen.timeline.marks.iter().find(|mark| mark.lane == main.id && mark.time >= set);
    let text = match refused {
        Some(mark) => format!("Setting it again was refused: “{}”.", mark.text),
        None => "Setting it again was not refused.".to_owned(),
    };
    let stays = refused.is_some_and(|mark| mark.text.starts_with("InvalidStateError: main set future “answer”"));
    vec![states, outcome, called, Observation::new(stays, text).shown_by([seen.life(main)])]
}
