//! The contract's section "Trace file" as a check of a trace, for native tests and for those in browsers.
//!
//! It is written from the contract alone and shares no code with the export, so that a mistake in one of them shows. A
//! package of its own, since traces are large and packages can be optimised one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const STATES: [&str; 5] = ["ready", "running", "sleeping", "blocked", "suspended"];
const ENDINGS: [&str; 5] = ["returned", "failed", "cancelled", "killed", "stopped"];

/// A slice, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slice {
    start: u64,
    end: u64,
}

#[derive(Default)]
struct Rows<'t> {
    names: BTreeMap<u64, &'t str>,
    pids: BTreeMap<u64, u64>,
    process_names: BTreeSet<u64>,
    /// By `tid`, by category.
    slices: BTreeMap<u64, BTreeMap<&'t str, Vec<Slice>>>,
    endings: BTreeMap<u64, usize>,
    /// By id.
    arrows: BTreeMap<u64, Arrow>,
}

/// Where an arrow starts and ends, each as (`tid`, time).
#[derive(Default)]
struct Arrow {
    starts: Vec<(u64, u64)>,
    ends: Vec<(u64, u64)>,
}

/// Reads a trace.
///
/// # Errors
/// If it is no JSON.
pub fn read(text: &str) -> serde_json::Result<Value> {
    // In this crate, and so optimised.
    serde_json::from_str(text)
}

/// Every way in which this trace breaks the contract, in words; none if it keeps it.
pub fn check_contract(trace: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let other = &trace["otherData"];
    if !other["weft"].is_string() || !(other["demo"].is_string() || other["demo"].is_null()) {
        wrong.push("otherData does not name the version and the demo".to_owned());
    }
    if !other["params"].is_object() {
        wrong.push("otherData has no params".to_owned());
    }
    let Some(events) = trace["traceEvents"].as_array() else {
        wrong.push("no traceEvents".to_owned());
        return wrong;
    };
    let mut rows = Rows::default();
    for event in events {
        if let Err(why) = take(event, &mut rows) {
            wrong.push(format!("{why}: {event}"));
        }
    }
    check_rows(&rows, &mut wrong);
    check_arrows(&rows, &mut wrong);
    wrong
}

fn take<'t>(event: &'t Value, rows: &mut Rows<'t>) -> Result<(), String> {
    let positive = |key: &str| event[key].as_u64().filter(|&n| n > 0).ok_or(format!("{key} is no positive number"));
    let (pid, tid) = (positive("pid")?, positive("tid")?);
    if *rows.pids.entry(tid).or_insert(pid) != pid {
        return Err("its tid is in two processes".into());
    }
    let name = event["name"].as_str().ok_or("no name")?;
    let ph = event["ph"].as_str().ok_or("no ph")?;
    if ph == "M" {
        match name {
            "thread_name" => {
                let title = event["args"]["name"].as_str().ok_or("a thread without a name")?;
                if rows.names.insert(tid, title).is_some() {
                    return Err("its tid is named twice".into());
                }
            }
            "process_name" => {
                event["args"]["name"].as_str().ok_or("a process without a name")?;
                rows.process_names.insert(pid);
            }
            _ => {}
        }
        return Ok(());
    }
    let time = nanos(&event["ts"])?;
    let cat = event["cat"].as_str().ok_or("no cat")?;
    match (ph, cat) {
        ("X", "state" | "scope" | "resource") => {
            if cat == "state" && !STATES.contains(&name) {
                return Err("no such state".into());
            }
            let slice = Slice { start: time, end: time + nanos(&event["dur"])? };
            rows.slices.entry(tid).or_default().entry(cat).or_default().push(slice);
        }
        ("C", "resource") => {
            let values = event["args"].as_object().filter(|values| !values.is_empty()).ok_or("a counter of nothing")?;
            let number =
                |value: &Value| value.is_number() || value.as_str().is_some_and(|it| it.parse::<f64>().is_ok());
            if !values.values().all(number) {
                return Err("a counter with a value that is no number".into());
            }
        }
        ("s" | "f", "wake" | "pass") => {
            let id = event["id"].as_u64().ok_or("an arrow without an id")?;
            let Arrow { starts, ends } = rows.arrows.entry(id).or_default();
            if ph == "s" {
                starts.push((tid, time));
            } else {
                ends.push((tid, time));
                if event["bp"] != "e" {
                    return Err("an arrow's end without bp: e".into());
                }
            }
        }
        ("i", _) => {
            if event["s"] != "t" {
                return Err("an instant that is not its thread's".into());
            }
            if cat == "end" {
                if !ENDINGS.contains(&name) {
                    return Err("no such ending".into());
                }
                *rows.endings.entry(tid).or_default() += 1;
            }
        }
        _ => return Err("not in the contract".into()),
    }
    Ok(())
}

/// A time in microseconds with no more than nanoseconds in it, which stays the same when it is cut off instead of
/// rounded, as Perfetto does.
fn nanos(micros: &Value) -> Result<u64, String> {
    let nanos = micros.as_f64().ok_or("no time")? * 1e3;
    if nanos < 0.0 || (nanos - nanos.round()).abs() > 0.3 {
        return Err("a time that is no whole number of nanoseconds".into());
    }
    if nanos as u64 != nanos.round() as u64 {
        return Err("a time that loses a nanosecond when it is cut off".into());
    }
    Ok(nanos as u64)
}

fn check_rows(rows: &Rows<'_>, wrong: &mut Vec<String>) {
    for (tid, pid) in &rows.pids {
        if !rows.process_names.contains(pid) {
            wrong.push(format!("process {pid} has no name"));
        }
        if !rows.names.contains_key(tid) {
            wrong.push(format!("thread {tid} has no name"));
        }
    }
    for (tid, count) in &rows.endings {
        if *count > 1 {
            wrong.push(format!("thread {tid} ends {count} times"));
        }
    }
    for (tid, by_cat) in &rows.slices {
        let name = rows.names.get(tid).copied().unwrap_or_default();
        if by_cat.len() > 1 {
            wrong.push(format!("thread {tid} ({name}) has slices of {} categories", by_cat.len()));
        }
        for (cat, slices) in by_cat {
            let mut slices = slices.clone();
            slices.sort_by_key(|slice| (slice.start, slice.end));
            match *cat {
                "state" => {
                    for pair in slices.windows(2) {
                        if pair[0].end != pair[1].start {
                            wrong.push(format!("states of {name} do not touch: {pair:?}"));
                        }
                    }
                }
                "resource" => {
                    for pair in slices.windows(2) {
                        if pair[0].end > pair[1].start {
                            wrong.push(format!("two hold {name} in one row: {pair:?}"));
                        }
                    }
                }
                _ => {
                    let lane = name.strip_suffix(" scopes").unwrap_or("\n");
                    let same = |other: &u64| rows.pids.get(other) == rows.pids.get(tid);
                    if !rows.names.iter().any(|(other, name)| *name == lane && same(other)) {
                        wrong.push(format!("the row of scopes {tid} ({name}) is not named after a lane"));
                    }
                    check_nesting(name, slices, wrong);
                }
            }
        }
    }
}

fn check_nesting(name: &str, mut slices: Vec<Slice>, wrong: &mut Vec<String>) {
    slices.sort_by_key(|slice| (slice.start, std::cmp::Reverse(slice.end)));
    let mut around: Vec<Slice> = Vec::new();
    for slice in slices {
        around.retain(|outer| outer.end > slice.start);
        if let Some(outer) = around.last().filter(|outer| outer.end < slice.end) {
            wrong.push(format!("{name} do not nest: {slice:?} in {outer:?}"));
        }
        around.push(slice);
    }
}

fn check_arrows(rows: &Rows<'_>, wrong: &mut Vec<String>) {
    let inside = |&(tid, time): &(u64, u64)| {
        let slices = rows.slices.get(&tid).and_then(|by_cat| by_cat.get("state")).map_or(&[][..], Vec::as_slice);
        slices.iter().any(|slice| slice.start <= time && time <= slice.end)
    };
    for (id, Arrow { starts, ends }) in &rows.arrows {
        let ([start], [end]) = (&starts[..], &ends[..]) else {
            wrong.push(format!("arrow {id} has {} starts and {} ends", starts.len(), ends.len()));
            continue;
        };
        if end.1 < start.1 {
            wrong.push(format!("arrow {id} ends before it starts"));
        }
        if !inside(start) || !inside(end) {
            wrong.push(format!("arrow {id} has an end outside all slices"));
        }
    }
}
