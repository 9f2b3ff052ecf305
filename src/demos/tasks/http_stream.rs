//! `http-stream`: a response whose body is read chunk by chunk, as it comes.

use std::time::Duration;

use super::http::{least, who_answered};
use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::tasks::http::{Address, Client};
use crate::runtime::{Failure, print};
use crate::trace::{Nanos, State, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "http-stream",
        title: "A response, chunk by chunk",
        language: Language::Rust,
        files: &["src/demos/tasks/http_stream.rs"],
        needs: &[Need::Http],
        params: &[
            Param::integer("chunks", "in how many pieces the body comes", "chunks", (1, 100), 8),
            Param::integer("delay", "how long the server takes for each", "ms", (10, 2000), 150),
        ],
        workers: |_| 0,
        estimate: |values| Estimate::waits(values.ms("delay") * values.count("chunks") + Duration::from_millis(200)),
        main: Main::Task(|values| Box::pin(program(values.count("chunks"), values.ms("delay")))),
        entries: &[],
    },
    summary: "The server sends its answer in pieces. The program reads each one when it comes, so it has the first long \
              before the last.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn program(chunks: u32, delay: Duration) -> Result<(), Failure> {
    let client = Client::open().await;
    let address = Address::new("report").chunks(chunks).delay(delay);

    let mut response = client.get(address).await?;
    print(format!("status {}, and the body is on its way", response.status()));

    let mut bytes = 0;
    while let Some(chunk) = response.chunk().await? {
        bytes += chunk.len();
        print(format!("{bytes} bytes so far"));
    }
    print("that was all");
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let chunks = seen.values.count("chunks");
    let delay = seen.wait("delay");
    let Some(main) = seen.lane("main") else {
        return vec![Observation::new(false, "There is no main task.")];
    };
    let requests = seen.outside(main, "GET ");
    let least = least(seen, &requests);
    let who = who_answered(&requests, 1);
    let Some((request, stretch)) = requests.first() else { return vec![who] };

    let arrivals: Vec<_> = seen.printed(main).filter(|line| line.text.ends_with(" bytes so far")).collect();
    let after = |time: Option<Nanos>| time.unwrap_or_default().saturating_sub(stretch.start);
    let first = after(arrivals.first().map(|line| line.time));
    let last = after(arrivals.last().map(|line| line.time));
    // A browser hands on as one what came while it was busy: all of the body, if that takes no longer than may be.
    let aside = seen.at_most(Nanos::ZERO);
    let long = least.0 * u64::from(chunks - 1) > aside.0;
    let many = arrivals.len() >= if long { 2 } else { 1 };
    let early = first < last || !long;
    let all = Nanos(delay.0 * u64::from(chunks));
    let piece_by_piece = Observation::new(
        many && early
            && first <= seen.at_most(delay)
            && last <= seen.at_most(all)
            && last.0 >= least.0 * u64::from(chunks),
        format!(
            "The body came in {}: the first {first} after the request, the last after {last}.",
            counted(arrivals.len(), "piece")
        ),
    )
    .shown_by([*stretch]);

    let mut waits = seen.spans_in(main, State::Suspended);
    waits.retain(|wait| wait.on == Some(Target::Resource(request.id)));
    let waited = Nanos(waits.iter().map(|wait| wait.duration().0).sum());
    let running = seen.time_in(main, State::Running);
    // Where no server takes its time, how long it waits is up to the browser.
    let mostly = waited.0 + aside.0 >= least.0 * u64::from(chunks) / 2 && !waits.is_empty();
    let free = Observation::new(
        mostly,
        format!(
            "Of this main waited {waited}, in {}, and ran for {running} in all: the loop was free for others.",
            counted(waits.len(), "wait")
        ),
    )
    .shown_by(waits.iter().map(|wait| Stretch::new(main, wait)));
    vec![who, piece_by_piece, free]
}
