//! `pipe`: two processes talk through a pipe, a message and an answer at a time.

use std::time::Duration;

use super::{crossing, length, scopes, span};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::processes::{Connection, Entry, ErrorKind, Process, pipe, try_call};
use crate::runtime::{Failure, print, scope};
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "pipe",
        title: "A pipe between two processes",
        language: Language::Rust,
        files: &["src/demos/processes/pipe.rs"],
        needs: &[Need::Isolation, Need::Processes],
        params: &[
            Param::integer("messages", "how many messages are sent", "messages", (1, 1000), 5),
            Param::integer("size", "how long each message is", "bytes", (0, 1_000_000), 64),
        ],
        workers: |_| 1,
        estimate: |values| {
            let bytes = Duration::from_nanos(20) * values.count("size");
            let each = Duration::from_micros(300) + bytes;
            Estimate { waits: Duration::from_millis(300), work: each * values.count("messages") }
        },
        main: Main::Process(|values| program(values.count("messages"), values.count("size") as usize)),
        entries: &[&ECHO],
    },
    summary: "Main sends a message through its end of a pipe and waits for the answer; a child process echoes what it \
              receives. When main closes its end, the child meets the end of the file.",
    group: Group::Processes,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const ECHO: Entry<Connection> = Entry { name: "pipe/echo", call: |arguments| try_call(echo, arguments) };

fn echo(connection: Connection) -> Result<(), Failure> {
    loop {
        match connection.recv_bytes() {
            Ok(message) => connection.send_bytes(&message)?,
            // Main has closed its end: in Python, an EOFError.
            Err(error) if error.kind == ErrorKind::Eof => break,
            Err(error) => return Err(error.into()),
        }
    }
    print("the other end is closed");
    Ok(())
}

fn program(messages: u32, size: usize) -> Result<(), Failure> {
    let (ours, theirs) = pipe("pipe");
    let child = Process::start("echo", &ECHO, theirs); // Its end goes to the child.

    let mut right = 0;
    for number in 1..=messages {
        let message = vec![number as u8; size];
        let answer = scope(&format!("round trip {number}"), || -> Result<_, Failure> {
            ours.send_bytes(&message)?;
            Ok(ours.recv_bytes()?)
        })?;
        right += u32::from(answer == message);
    }
    ours.close();
    child.join();
    print(format!("{right} of {messages} messages came back as they were sent"));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let messages = seen.values.count("messages") as usize;
    let size = seen.values.count("size") as i64;
    let (Some(main), Some(child)) = (seen.lane("main"), seen.lane("echo")) else {
        return vec![Observation::new(false, "Main or the echo is missing.")];
    };
    let (Some(there), Some(back)) = (seen.resource("pipe →"), seen.resource("pipe ←")) else {
        return vec![Observation::new(false, "A direction of the pipe is missing.")];
    };
    // All bytes that went in came out again, headers included.
    let through = |resource, from, to| {
        let steps = seen.steps(resource);
        let written: i64 = steps.iter().filter(|step| step.lane == from).map(|step| step.to - step.from).sum();
        let read: i64 = steps.iter().filter(|step| step.lane == to).map(|step| step.from - step.to).sum();
        (written == read).then_some(written)
    };
    let bytes = [through(there, main.id, child.id), through(back, child.id, main.id)];
    let expected = messages as i64 * (size + 16);
    let line = format!("{messages} of {messages} messages came back as they were sent");
    let arrived = Observation::new(
        bytes == [Some(expected); 2] && seen.printed(main).any(|print| print.text == line),
        format!(
            "{} of {size} bytes went through the pipe and came back: {expected} bytes in each direction, with a header \
             of 16 for each.",
            counted(messages, "message")
        ),
    )
    .shown_by([seen.life(main), seen.life(child)]);

    let trips: Vec<Stretch> = main
        .scopes
        .iter()
        .filter(|scope| scope.name.starts_with("round trip "))
        .map(|scope| span(seen, main, scope))
        .collect();
    // The first one waits until the child stands.
    let mut lengths: Vec<Nanos> = trips.iter().map(|trip| length(*trip)).collect();
    let first = lengths.first().copied().unwrap_or_default();
    lengths.sort_unstable();
    let middle = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    let apart = trips.windows(2).all(|pair| pair[0].end <= pair[1].start);
    let time = Observation::new(
        trips.len() == messages && apart,
        format!(
            "A message and its answer took {middle} in the middle of {}; the first {first}, since the child had to start.",
            counted(messages, "round trip")
        ),
    )
    .shown_by(trips.iter().copied());

    let closed = seen.printed(child).find(|print| print.text == "the other end is closed").map(|print| print.time);
    let last = trips.last().map(|trip| trip.end).unwrap_or_default();
    let packed = crossing(seen, main, "pack");
    let eof = Observation::new(
        closed.is_some_and(|time| time >= last) && scopes(main, "unpack ").next().is_none(),
        format!(
            "The child met the end of the file when main had closed its end. Only its arguments were packed, into {} \
             bytes: the messages are bytes already.",
            packed.bytes
        ),
    )
    .shown_by([seen.life(child)]);
    vec![arrived, time, eof]
}
