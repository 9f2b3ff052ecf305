//! `streams`: a client and an echo server in another worker, with back pressure.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Step, Stretch, counted,
};
use crate::runtime::tasks::spawn;
use crate::runtime::tasks::streams::{HIGH, LOW, WINDOW, open_connection};
use crate::runtime::{Failure, print};
use crate::timeline::Span;
use crate::trace::{LaneId, Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "streams",
        title: "A stream to a server and back",
        language: Language::Rust,
        files: &["src/demos/tasks/streams.rs"],
        needs: &[Need::Server],
        params: &[
            Param::integer("messages", "how many messages are sent", "messages", (1, 1000), 40),
            Param::integer("size", "how long each message is", "bytes", (1, 100_000), 10_000),
        ],
        workers: |_| 0,
        estimate: |values| {
            let bytes = u64::from(values.count("messages")) * u64::from(values.count("size"));
            // A slow machine: 20 MB a second, and 5000 messages.
            let messages = Duration::from_micros(u64::from(values.count("messages")) * 200);
            Estimate::work(Duration::from_millis(200) + messages + Duration::from_nanos(bytes * 50))
        },
        main: Main::Task(|values| Box::pin(program(values.count("messages"), values.count("size") as usize))),
        entries: &[],
    },
    summary: "One task writes messages to an echo server in another worker, one reads what comes back. When the server \
              is behind, the writer’s buffer fills, and the writer has to wait: back pressure.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
fn message(number: u32, size: usize) -> Vec<u8> {
    vec![number as u8; size]
}

async fn program(messages: u32, size: usize) -> Result<(), Failure> {
    let (reader, writer) = open_connection("echo").await?;

    let sender = spawn("sender", async move {
        for number in 1..=messages {
            writer.write(&message(number, size)); // Into the buffer, at once.
            writer.drain().await?; // Waits while the buffer is too full.
        }
        writer.close();
        Ok(())
    });

    let mut same = 0;
    for number in 1..=messages {
        let echo = reader.read_exactly(size).await?;
        same += u32::from(echo == message(number, size));
    }
    sender.await?;
    print(format!("{same} of {messages} messages came back as they were"));
    let rest = reader.read(1).await?;
    print(format!("then {} bytes, and the end", rest.len()));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (messages, size) = (seen.values.count("messages"), i64::from(seen.values.count("size")));
    let (Some(main), Some(sender)) = (seen.lane("main"), seen.lane("sender")) else {
        return vec![Observation::new(false, "A task is missing: main or sender.")];
    };
    let (Some(to), Some(from)) = (seen.resource("to echo"), seen.resource("from echo")) else {
        return vec![Observation::new(false, "A stream is missing: to the server or from it.")];
    };
    let lines: Vec<_> = seen.printed(main).map(|line| line.text.as_str()).collect();
    let came = format!("{messages} of {messages} messages came back as they were");
    let back = seen.steps(from);
    let received: i64 = back.iter().map(|step| (step.to - step.from).max(0)).sum();
    let all = i64::from(messages) * size;
    let began = seen.outside(main, "connect to").first().map_or(Nanos::ZERO, |(_, connect)| connect.end);
    let took = back.last().map_or(Nanos::ZERO, |step| step.time).saturating_sub(began);
    let echoed = Observation::new(
        lines.contains(&came.as_str()) && lines.contains(&"then 0 bytes, and the end") && received == all,
        format!("{received} bytes came back in {took}, in the order in which they were sent."),
    )
    .shown_by([seen.life(main)]);

    let steps = seen.steps(to);
    let mut waits = seen.spans_in(sender, State::Suspended);
    waits.retain(|wait| wait.on == Some(Target::Resource(to.id)));
    let waited = Nanos(waits.iter().map(|wait| wait.duration().0).sum());
    let text = match waits.len() {
        0 => "The sender never had to wait: its buffer was never too full.".to_owned(),
        _ => format!(
            "The sender met a buffer of more than {HIGH} bytes {}. It waited {waited} altogether, each time until the \
             server had made room.",
            times(waits.len())
        ),
    };
    let too_full = steps.iter().any(|step| step.to > HIGH as i64);
    let pressure = Observation::new(
        waits.iter().all(|wait| by_the_rules(&steps, sender.id, wait)) && too_full != waits.is_empty(),
        text,
    )
    .shown_by(waits.iter().map(|wait| Stretch::new(sender, wait)));

    let most = |steps: &[Step]| steps.iter().map(|step| step.to).max().unwrap_or(0);
    let (unsent, unread) = (most(&steps), most(&back));
    let bounded = Observation::new(
        !steps.is_empty() && unsent <= HIGH as i64 + size && unread <= (WINDOW as i64).max(size),
        format!(
            "However much was sent, at most {unsent} bytes waited to be sent and {unread} to be read; on the way were \
             no more than {WINDOW} each way, or one message."
        ),
    )
    .shown_by([seen.life(sender)]);
    vec![echoed, pressure, bounded]
}

fn times(number: usize) -> String {
    if number == 1 { "once".to_owned() } else { counted(number, "time") }
}

/// Whether a wait began when the sender had made the buffer too full, and ended when others had made it no longer so.
/// Within one step of the clock more may happen, so each side's own last step tells.
fn by_the_rules(steps: &[Step], sender: LaneId, wait: &Span) -> bool {
    let level = |own: bool, time: Nanos| {
        let last = steps.iter().rfind(|step| (step.lane == sender) == own && step.time <= time);
        last.map(|step| step.to)
    };
    level(true, wait.start).is_some_and(|level| level > HIGH as i64)
        && level(false, wait.end).is_some_and(|level| level <= LOW as i64)
}
