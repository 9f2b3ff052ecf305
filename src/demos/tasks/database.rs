//! `database`: concurrent queries of a real database in the browser.

use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, counted, most_at_once,
};
use crate::runtime::tasks::database::Database;
use crate::runtime::tasks::{Error, gather, spawn};
use crate::runtime::{Failure, print};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "database",
        title: "Queries of a database",
        language: Language::Rust,
        files: &["src/demos/tasks/database.rs"],
        needs: &[Need::Database],
        params: &[
            Param::integer("rows", "how many rows are written", "rows", (1, 20_000), 1000),
            Param::integer("queries", "how many queries read them", "queries", (1, 20), 4),
        ],
        workers: |_| 0,
        // A slow machine writes 4000 rows a second.
        estimate: |values| {
            Estimate::work(Duration::from_millis(300) + Duration::from_micros(u64::from(values.count("rows")) * 250))
        },
        main: Main::Task(|values| Box::pin(program(values.count("rows"), values.count("queries")))),
        entries: &[],
    },
    summary: "Rows are written to IndexedDB, the browser’s own database, and several queries are asked at the same time. \
              While it works on them, the loop is free.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn query(shop: Rc<Database>, rows: Range<u32>) -> Result<u64, Error> {
    let prices: Vec<u64> = shop.range(rows).await?;
    Ok(prices.iter().sum())
}

async fn program(rows: u32, queries: u32) -> Result<(), Failure> {
    Database::delete("shop").await?;
    let shop = Rc::new(Database::open("shop").await?);
    shop.put((0..rows).map(|row| (row, u64::from(row) * 10))).await?;
    print(format!("{rows} rows were written"));

    // Each query sums up its share of the rows.
    let share = rows.div_ceil(queries);
    let start = |number| {
        let first = rows.min((number - 1) * share);
        let last = rows.min(number * share);
        spawn(format!("query-{number}"), query(shop.clone(), first..last))
    };
    let sums = gather((1..=queries).map(start)).await?;
    for (number, sum) in (1..).zip(&sums) {
        print(format!("query {number}: {sum}"));
    }
    print(format!("all together: {}", sums.iter().sum::<u64>()));
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let (rows, number) = (seen.values.count("rows"), seen.values.count("queries"));
    let Some(main) = seen.lane("main") else {
        return vec![Observation::new(false, "There is no main task.")];
    };
    let total = seen.printed(main).find_map(|line| line.text.strip_prefix("all together: ")?.parse::<u64>().ok());
    let parts =
        seen.printed(main).filter_map(|line| line.text.strip_prefix("query ")?.split(": ").nth(1)?.parse().ok());
    let parts: Vec<u64> = parts.collect();
    let expected = u64::from(rows) * (u64::from(rows) - 1) / 2 * 10;
    let right = total == Some(expected) && parts.len() == number as usize && parts.iter().sum::<u64>() == expected;
    let results = Observation::new(
        right,
        format!(
            "{} summed up {} rows to {}; it should be {expected}.",
            counted(parts.len(), "query").replace("querys", "queries"),
            rows,
            total.map_or("nothing".to_owned(), |total| total.to_string())
        ),
    )
    .shown_by([seen.life(main)]);

    let written = seen.outside(main, "put ");
    let took = written.first().map(|(_, put)| put.end.saturating_sub(put.start)).unwrap_or_default();
    let writing = Observation::new(
        written.len() == 1,
        format!("Writing the rows took {took}; main was suspended meanwhile, and the loop was free."),
    )
    .shown_by(written.iter().map(|(_, put)| *put));

    let lanes = seen.lanes("query", number);
    let queries = lanes.iter().flat_map(|lane| seen.outside(lane, "rows ").into_iter().map(move |asked| (lane, asked)));
    // Rows may be fewer than queries; then some ask for none, and are answered without the database.
    let asked = queries.map(|(lane, (_, stretch))| (*lane, stretch)).filter(|(_, stretch)| stretch.end > stretch.start);
    let asked: Vec<_> = asked.collect();
    let stretches: Vec<_> = asked.iter().map(|(_, stretch)| *stretch).collect();
    let asking = stretches.len();
    let most = most_at_once(&stretches);
    let began = stretches.iter().map(|stretch| stretch.start).min().unwrap_or_default();
    let over = stretches.iter().map(|stretch| stretch.end).max().unwrap_or_default();
    // How many are with the database at once, the machine decides; but all have asked before one goes on.
    let last_asked = stretches.iter().map(|stretch| stretch.start).max();
    let first_on = asked.iter().filter_map(|(lane, stretch)| seen.next_turn(lane, stretch.end)).min();
    let overlap = Observation::new(
        asking >= rows.min(number).min(1) as usize && last_asked <= first_on,
        format!(
            "All had asked before the first had its answer, and {} were with the database at the same time; the last was \
             answered after {}.",
            most,
            over.saturating_sub(began)
        ),
    )
    .shown_by(stretches);
    vec![results, writing, overlap]
}
