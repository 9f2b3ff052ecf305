//! `async-context`: a connection is opened, used, and closed, also when its use fails.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status, Stretch,
};
use crate::runtime::tasks::{Error, scope, sleep};
use crate::runtime::{Failure, print};
use crate::timeline::Scope;
use crate::trace::Nanos;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "async-context",
        title: "Open, use, close",
        language: Language::Rust,
        files: &["src/demos/tasks/async_context.rs"],
        needs: &[],
        params: &[Param {
            name: "fail",
            help: "whether the query fails",
            unit: "",
            kind: ParamKind::Choice { choices: &["no", "yes"], default: "no" },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(OPEN + QUERY + CLOSE + Duration::from_millis(50)),
        main: Main::Task(|values| Box::pin(program(values.choice("fail") == "yes"))),
        entries: &[],
    },
    summary: "Opening and closing a connection both have to await. Whatever happens in between, an error too, the \
              connection is closed at the end; and a second scope around the query takes its time.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
const OPEN: Duration = Duration::from_millis(200);
const QUERY: Duration = Duration::from_millis(400);
const CLOSE: Duration = Duration::from_millis(100);

/// Opens a connection for as long as `body` uses it: what `async with` does in Python.
async fn with_connection<T>(body: impl AsyncFnOnce() -> Result<T, Error>) -> Result<T, Error> {
    print("opening");
    sleep(OPEN).await;
    let result = scope("connection", body()).await;
    print("closing");
    sleep(CLOSE).await;
    result // Only now: an error of the body does not go past the closing.
}

async fn program(fails: bool) -> Result<(), Failure> {
    let rows = with_connection(async || {
        let query = async {
            print("querying");
            sleep(QUERY).await;
            if fails { Err(Error::raised("the table is gone")) } else { Ok(3) }
        };
        // The scope takes the time of what is inside, whether that fails or not.
        scope("query", query).await
    });
    match rows.await {
        Ok(rows) => print(format!("got {rows} rows")),
        Err(error) => print(format!("failed: {error}")),
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let fails = seen.values.choice("fail") == "yes";
    let Some(main) = seen.lane("main") else { return vec![Observation::new(false, "There is no main task.")] };
    let named = |name: &str| main.scopes.iter().find(|scope| scope.name == name);
    let (Some(connection), Some(query)) = (named("connection"), named("query")) else {
        return vec![Observation::new(false, "The connection or the query is not there.")];
    };
    let span =
        |scope: &Scope| Stretch { lane: main.id, start: scope.start, end: scope.end.unwrap_or(seen.timeline.now) };
    let (connection, query) = (span(connection), span(query));
    let opening = seen.said("main", "opening");
    let closing = seen.said("main", "closing");
    let told = seen.said("main", if fails { "failed: the table is gone" } else { "got 3 rows" });
    let open = Nanos::from(OPEN.div_f64(seen.speed));
    let close = Nanos::from(CLOSE.div_f64(seen.speed));
    let order = match (opening, closing, told) {
        (Some(opening), Some(closing), Some(told)) => {
            opening + open <= connection.start
                && connection.start <= query.start
                && query.end <= connection.end
                && connection.end <= closing
                && closing + close <= told
        }
        _ => false,
    };
    let text = match (fails, closing, told) {
        (true, Some(closing), Some(told)) => {
            format!(
                "The query failed at {}. The connection was closed all the same, from {closing} on, and main had the \
                error at {told}.",
                query.end
            )
        }
        (false, Some(closing), Some(_)) => {
            format!("Opened before it was used, and closed after that, from {closing} on.")
        }
        _ => "The connection was not closed, or main was not told.".to_owned(),
    };
    let closed = Observation::new(order, text).shown_by([connection]);

    let least = Nanos::from(QUERY.div_f64(seen.speed));
    let took = query.end.saturating_sub(query.start);
    let timed = Observation::new(
        took >= least && took <= seen.at_most(least) && query.start >= connection.start && query.end <= connection.end,
        format!(
            "The scope around the query took its time: {took}, inside the connection’s {}.",
            connection.end.saturating_sub(connection.start)
        ),
    )
    .shown_by([query]);
    vec![closed, timed]
}
