//! `http`: real requests to slow addresses, one after the other and then together, and one that fails.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
};
use crate::runtime::tasks::http::{Address, Client};
use crate::runtime::tasks::{Error, gather, spawn};
use crate::runtime::{Failure, print};
use crate::timeline::Resource;
use crate::trace::{Ending, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "http",
        title: "Requests to slow addresses",
        language: Language::Rust,
        files: &["src/demos/tasks/http.rs"],
        needs: &[Need::Http],
        params: &[
            Param::integer("requests", "how many pages are fetched", "requests", (1, 20), 3),
            Param::integer("delay", "how long the server takes for each", "ms", (10, 2000), 400),
        ],
        workers: |_| 0,
        estimate: |values| {
            Estimate::waits(values.ms("delay") * (values.count("requests") + 1) + Duration::from_millis(200))
        },
        main: Main::Task(|values| Box::pin(program(values.count("requests"), values.ms("delay")))),
        entries: &[],
    },
    summary: "Real requests, answered slowly by the site’s own service worker: one after the other their times add up, \
              together they pass at the same time. One more address fails, and its error arrives where it is awaited.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn fetch(client: Client, address: Address) -> Result<u16, Error> {
    let response = client.get(address).await?.raise_for_status()?;
    let (name, status) = (response.name.clone(), response.status());
    response.text().await?; // The body, to its end.
    print(format!("{name}: status {status}"));
    Ok(status)
}

async fn program(requests: u32, delay: Duration) -> Result<(), Failure> {
    let client = Client::open().await;
    let page = |number| Address::new(format!("page-{number}")).delay(delay);

    print("One after the other:");
    for number in 1..=requests {
        fetch(client, page(number)).await?;
    }

    print("Together, with one that fails:");
    let start = |number| spawn(format!("fetch-{number}"), fetch(client, page(number)));
    let pages: Vec<_> = (1..=requests).map(start).collect();
    let broken = Address::new("broken").delay(delay).status(503);
    let broken = spawn("broken", fetch(client, broken));
    gather(pages).await?;
    match broken.await {
        Ok(status) => print(format!("broken: status {status}")),
        Err(error) => print(format!("broken failed: {error}")),
    }
    Ok(())
}
// weft:end

/// Whether the service worker answered this request, or a file of the site was fetched instead.
fn served(request: &Resource) -> bool {
    request.name.starts_with("GET httpbin/")
}

/// Who answered, for every demo that makes requests.
pub(super) fn who_answered(requests: &[(&Resource, Stretch)], expected: usize) -> Observation {
    let by_worker = requests.iter().filter(|(request, _)| served(request)).count();
    let text = match by_worker {
        0 => "No service worker runs here, so files of the site were fetched instead: they come at once, whatever the \
              delay."
            .to_owned(),
        _ => format!(
            "The site’s service worker answered {} of {}; nothing left this site.",
            by_worker,
            counted(requests.len(), "request")
        ),
    };
    let all = requests.len() == expected && (by_worker == 0 || by_worker == expected);
    Observation::new(all, text).shown_by(requests.iter().map(|(_, stretch)| *stretch))
}

/// How long the server takes for each request at least; no time where there is none.
pub(super) fn least(seen: &Seen, requests: &[(&Resource, Stretch)]) -> Nanos {
    if requests.iter().all(|(request, _)| served(request)) { seen.wait("delay") } else { Nanos::ZERO }
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let number = seen.values.count("requests");
    let (Some(main), Some(broken)) = (seen.lane("main"), seen.lane("broken")) else {
        return vec![Observation::new(false, "A task is missing: main or broken.")];
    };
    let delay = seen.wait("delay");
    let noun = if number == 1 { "request" } else { "requests" };

    let one_by_one = seen.outside(main, "GET ");
    let fetches = seen.lanes("fetch", number);
    let together: Vec<_> = fetches.iter().flat_map(|lane| seen.outside(lane, "GET ")).collect();
    let on = fetches.iter().filter_map(|lane| seen.next_turn(lane, seen.outside(lane, "GET ").first()?.1.end)).min();
    let failing = seen.outside(broken, "GET ");
    let all: Vec<_> = one_by_one.iter().chain(&together).chain(&failing).copied().collect();
    let least = least(seen, &all);

    let sum = Nanos(delay.0 * u64::from(number));
    let first = one_by_one.first().map_or(Nanos::ZERO, |(_, request)| request.start);
    let last = one_by_one.last().map_or(Nanos::ZERO, |(_, request)| request.end);
    let took = last.saturating_sub(first);
    let in_turn = one_by_one.windows(2).all(|pair| pair[0].1.end <= pair[1].1.start);
    let sequential = Observation::new(
        one_by_one.len() == number as usize
            && in_turn
            && took.0 >= least.0 * u64::from(number)
            && took <= seen.at_most(sum),
        format!(
            "One after the other, {number} {noun} of {delay} took {took}: each began when the one before was over."
        ),
    )
    .shown_by(one_by_one.iter().map(|(_, request)| *request));

    let starts = together.iter().map(|(_, request)| request.start);
    let ends = together.iter().map(|(_, request)| request.end);
    let (began, last_began) = (starts.clone().min().unwrap_or_default(), starts.max().unwrap_or_default());
    let took = ends.max().unwrap_or_default().saturating_sub(began);
    // An answer may come before all have asked, if the machine puts the loop aside; but all ask before one goes on.
    let all_asked = on.is_some_and(|on| last_began <= on);
    let overlap = Observation::new(
        together.len() == number as usize && all_asked && took >= least && took <= seen.at_most(delay),
        format!("Together, {number} {noun} of {delay} took {took}: all were on their way before the first went on."),
    )
    .shown_by(together.iter().map(|(_, request)| *request));

    let good = seen.timeline.prints.iter().filter(|print| print.text.ends_with(": status 200")).count();
    let arrived = seen.printed(main).find_map(|line| line.text.strip_prefix("broken failed: "));
    let failed = broken.end.as_ref().is_some_and(|end| end.ending == Ending::Failed);
    let statuses = Observation::new(
        good == 2 * number as usize && failed && arrived.is_some(),
        format!(
            "{good} answers had status 200. The task “broken” failed, and its error arrived in main, which awaited it: {}.",
            arrived.unwrap_or("none")
        ),
    )
    .shown_by([seen.life(broken)]);
    vec![who_answered(&all, 2 * number as usize + 1), sequential, overlap, statuses]
}
