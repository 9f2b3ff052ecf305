//! Makes the recordings that are shown where threads cannot start: `scripts/record`. Each is a real run in this
//! browser, and is kept only if it ended as it should and all its observations hold.

use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use weft::app::sources::Sources;
use weft::demos::{ALL, Demo, Need, Param, ParamKind, Values};

use crate::cases::{Needs, When};
use crate::driver::Browser;
use crate::page::Page;
use weft_contract::check_contract;

/// Recordings of one demo, at most.
const MOST: usize = 6;

/// Bytes of a demo's file, at most; about a third of it is for the first recording.
const BYTES: usize = 40_000;

/// Seconds of one run, at most, by its estimate.
const LONGEST: f64 = 5.0;

/// How often a run is tried.
const TRIES: usize = 4;

// `WEFT_RECORD=www/recordings`, and `WEFT_DEMO=…` for only those whose id contains this.
in_both!(record [browsers(&[Browser::Chromium]), needs(Needs::Machine), when(When::Asked("WEFT_RECORD"))], async |page| {
        let folder = PathBuf::from(std::env::var_os("WEFT_RECORD").expect("it is now"));
        let only = std::env::var("WEFT_DEMO").unwrap_or_default();
        std::fs::create_dir_all(&folder).expect("a folder for recordings");
        let shown = |demo: &&&Demo| demo.program.needs.contains(&Need::Isolation) && !demo.hidden && demo.id().contains(&only);
        for demo in ALL.iter().filter(shown) {
            page.open("#/").await;
            let file = recordings(page, demo).await;
            std::fs::write(folder.join(format!("{}.gz", demo.id())), file).expect("a recording");
        }
        if "write".contains(&only) {
            page.open("#/write").await;
            let file = examples(page).await;
            std::fs::write(folder.join("write.gz"), file).expect("a recording");
        }
    }
);

/// A demo's file, as `src/app/recordings.rs` reads it.
async fn recordings(page: &Page<'_>, demo: &Demo) -> Vec<u8> {
    let (browser, date) = made(page).await;
    let record = async |params: &Map<String, Value>| {
        let result = good_run(page, demo, params).await?;
        let trace = page.trace().await;
        assert_eq!(check_contract(&trace), Vec::<String>::new(), "{} {params:?}", demo.id());
        let head = json!({
            "params": result["params"], "browser": browser, "date": date, "status": result["status"],
            "problem": result["problem"], "elapsedMs": result["elapsedMs"],
        });
        Some(format!("{head}\n{trace}\n"))
    };
    let mut base = Map::new();
    let (mut text, mut file) = loop {
        let text = record(&base).await.unwrap_or_else(|| panic!("{} has no good run", demo.id()));
        let file = pack(&text);
        if file.len() <= BYTES / 3 || !make_smaller(demo, &mut base) {
            break (text, file);
        }
    };
    let mut number = 1;
    for change in changes(demo, &base) {
        if number == MOST {
            break;
        }
        let Some(longer) = record(&change).await.map(|recording| text.clone() + &recording) else { continue };
        let packed = pack(&longer);
        if packed.len() <= BYTES {
            (text, file, number) = (longer, packed, number + 1);
        }
    }
    println!("{}: {number} recordings, {} bytes", demo.id(), file.len());
    file
}

/// The file of the examples for readers' own programs: the first program, and the Python of the demos of threads.
async fn examples(page: &Page<'_>) -> Vec<u8> {
    let (browser, date) = made(page).await;
    let sources = page.evaluate("fetch('sources.txt').then((file) => file.text())", &[]).await.expect("the sources");
    let sources = Sources::read(sources.as_str().expect("text")).expect("those of this build");
    let mut text = String::new();
    for (path, source) in weft::app::examples::all(&sources) {
        let result = page.evaluate("await weft.python(arguments[0])", &[json!(source)]).await.expect("a result");
        assert_eq!((&result["exitCode"], &result["stats"]["anomalies"]), (&json!(0), &json!(0)), "{path}: {result}");
        let trace = page.trace().await;
        assert_eq!(check_contract(&trace), Vec::<String>::new(), "{path}");
        let head = json!({
            "params": result["params"], "source": source, "browser": browser, "date": date,
            "status": result["status"], "elapsedMs": result["elapsedMs"],
        });
        text += &format!("{head}\n{trace}\n");
    }
    let file = pack(&text);
    println!("write: {} bytes", file.len());
    file
}

/// In which browser, and on which day.
async fn made(page: &Page<'_>) -> (Value, Value) {
    let browser = page.script("return `Chromium ${/Chrome.(\\d+)/.exec(navigator.userAgent)[1]}`", &[]).await;
    (browser, page.script("return new Date().toISOString().slice(0, 10)", &[]).await)
}

/// Makes the number that may become largest smaller. False if it cannot be made any smaller.
fn make_smaller(demo: &Demo, base: &mut Map<String, Value>) -> bool {
    let numbers = demo.program.params.iter().filter_map(|param| match param.kind {
        ParamKind::Integer { min, max, .. } => Some((max / min.max(1), param, min)),
        _ => None,
    });
    let Some((_, param, min)) = numbers.max_by_key(|(ratio, ..)| *ratio) else { return false };
    let weft::program::Value::Integer(default) = param.default() else { return false };
    let now = base.get(param.name).and_then(Value::as_i64).unwrap_or(default);
    let smaller = (now / 3).max(min);
    base.insert(param.name.to_owned(), json!(smaller));
    smaller < now
}

/// The result of a run that went as it should.
async fn good_run(page: &Page<'_>, demo: &Demo, params: &Map<String, Value>) -> Option<Value> {
    for _ in 0..TRIES {
        let result = page.run(demo.id(), Value::Object(params.clone())).await.expect("a result");
        page.take_errors().await; // A demo that is meant to fail says so on the browser's console, too.
        let observations = result["observations"].as_array().expect("observations");
        let holds = !observations.is_empty() && observations.iter().all(|seen| seen["holds"] == true);
        if holds && result["status"] == result["expected"] && result["stats"]["anomalies"] == 0 {
            return Some(result);
        }
        println!("{} {params:?} is tried again: {}", demo.id(), result["observations"]);
    }
    None
}

/// Other parameters to record: each parameter of `base` changed in turn, words and switches first.
fn changes(demo: &Demo, base: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let mut changes: Vec<(&str, Value)> = Vec::new();
    let (numbers, words): (Vec<_>, Vec<_>) = demo
        .program
        .params
        .iter()
        .partition(|param| matches!(param.kind, ParamKind::Integer { .. } | ParamKind::Number { .. }));
    for param in words {
        changes.extend(others(param).into_iter().map(|value| (param.name, value)));
    }
    // One step of each number before the second of any.
    let steps: Vec<_> = numbers.iter().map(|param| (param.name, others(param))).collect();
    for step in 0..2 {
        changes.extend(steps.iter().filter_map(|(name, values)| Some((*name, values.get(step)?.clone()))));
    }
    let all = changes.into_iter().map(|(name, value)| {
        let mut params = base.clone();
        params.insert(name.to_owned(), value);
        params
    });
    all.filter(|params| {
        let mut values = Values::defaults(&demo.program);
        for (name, value) in params {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.set(&demo.program, name, &text).expect("a value in its range");
        }
        (demo.program.estimate)(&values).at(1.0).as_secs_f64() <= LONGEST
    })
    .collect()
}

/// Values of a parameter other than its default: of a number one on each side, well apart.
fn others(param: &Param) -> Vec<Value> {
    match param.kind {
        ParamKind::Boolean { default } => vec![json!(!default)],
        ParamKind::Choice { choices, default } => {
            choices.iter().filter(|choice| **choice != default).map(|choice| json!(choice)).collect()
        }
        ParamKind::Integer { min, max, .. } => {
            let weft::program::Value::Integer(default) = param.default() else { unreachable!() };
            let between = |a: i64, b: i64| (((a.max(1) as f64) * (b.max(1) as f64)).sqrt() as i64).clamp(min, max);
            let mut values = vec![between(default, max), between(min, default)];
            values.retain(|value| *value != default);
            values.into_iter().map(|value| json!(value)).collect()
        }
        ParamKind::Number { min, max, default } => vec![json!((default + max) / 2.0), json!((min + default) / 2.0)],
    }
}

fn pack(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes everything")
}
