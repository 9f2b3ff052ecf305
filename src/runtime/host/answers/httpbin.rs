//! What `httpbin.org` answers.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Parts};
use crate::runtime::host::exchange::Request;

/// The longest delay, in seconds, and the most bytes and lines.
const LONGEST: f64 = 10.0;
const MOST_BYTES: usize = 100 * 1024;
const MOST_LINES: usize = 100;

pub(super) fn answer(request: &Request, parts: &Parts) -> Answer {
    let path: Vec<&str> = parts.path.split('/').filter(|part| !part.is_empty()).collect();
    let allowed = |method: &str| request.method == method || method == "GET" && request.method == "HEAD";
    match path[..] {
        [] => Answer::new(
            200,
            "text/html; charset=utf-8",
            "<!doctype html>\n<title>httpbin.org, as Weft answers for it</title>\n",
        ),
        [method @ ("get" | "post" | "put" | "patch" | "delete")] => {
            if allowed(&method.to_ascii_uppercase()) {
                echo(request, parts)
            } else {
                error(405)
            }
        }
        ["anything", ..] => echo(request, parts),
        ["headers"] => Answer::json(&json!({ "headers": headers(request, parts) })),
        ["user-agent"] => Answer::json(&json!({ "user-agent": header(request, "user-agent") })),
        ["ip"] => Answer::json(&json!({ "origin": "127.0.0.1" })),
        ["uuid"] => Answer::json(&json!({ "uuid": uuid() })),
        ["json"] => Answer::json(&json!({
            "slideshow": { "title": "Threads and tasks", "slides": [{ "title": "One thread" }, { "title": "Many threads" }] }
        })),
        ["html"] => Answer::new(200, "text/html; charset=utf-8", "<!doctype html>\n<h1>A page</h1>\n"),
        ["delay", seconds] => match seconds.parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 => {
                Answer { delay: Duration::from_secs_f64(seconds.min(LONGEST)), ..echo(request, parts) }
            }
            _ => error(400),
        },
        ["status", code] => match code.parse::<u16>() {
            Ok(code @ 200..=599) => error(code),
            _ => error(400),
        },
        ["bytes", count] => match count.parse::<usize>() {
            Ok(count) => Answer::new(200, "application/octet-stream", bytes(count.min(MOST_BYTES))),
            Err(_) => error(400),
        },
        ["stream", count] => match count.parse::<usize>() {
            Ok(count) => stream(count.min(MOST_LINES), request, parts),
            Err(_) => error(400),
        },
        _ => error(404),
    }
}

/// An answer that has nothing to say but its status.
fn error(status: u16) -> Answer {
    Answer::new(status, "text/html; charset=utf-8", "")
}

/// What was asked.
fn echo(request: &Request, parts: &Parts) -> Answer {
    let mut said = Map::new();
    said.insert("args".to_owned(), Value::Object(pairs(parts.query)));
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        let body = request.body.as_deref().unwrap_or_default();
        let text = String::from_utf8_lossy(body).into_owned();
        let is_form =
            header(request, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        said.insert("form".to_owned(), Value::Object(if is_form { pairs(&text) } else { Map::new() }));
        said.insert("json".to_owned(), serde_json::from_slice(body).unwrap_or(Value::Null));
        said.insert("data".to_owned(), if is_form { String::new() } else { text }.into());
        said.insert("files".to_owned(), Value::Object(Map::new()));
    }
    said.insert("headers".to_owned(), Value::Object(headers(request, parts)));
    said.insert("origin".to_owned(), "127.0.0.1".into());
    said.insert("url".to_owned(), request.url.clone().into());
    Answer::json(&Value::Object(said))
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The headers, with their names as servers write them.
fn headers(request: &Request, parts: &Parts) -> Map<String, Value> {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    let named = |name: &str| name.split('-').map(capital).collect::<Vec<_>>().join("-");
    let host = ("Host".to_owned(), Value::from(parts.host));
    request.headers.iter().map(|(name, value)| (named(name), Value::from(value.as_str()))).chain([host]).collect()
}

/// `a=1&b=2`; a name that comes several times has a list.
fn pairs(text: &str) -> Map<String, Value> {
    let mut pairs = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (plain(name), Value::from(plain(value)));
        match pairs.get_mut(&name) {
            None => _ = pairs.insert(name, value),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    pairs
}

/// Without the escapes of addresses and forms.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let code = rest.get(..2).and_then(|code| std::str::from_utf8(code).ok());
                match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                    Some(byte) => {
                        bytes.push(byte);
                        rest = &rest[2..];
                    }
                    None => bytes.push(b'%'),
                }
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Bytes that are different each time.
fn bytes(count: usize) -> Vec<u8> {
    let random = RandomState::new();
    (0..count.div_ceil(8)).flat_map(|block| random.hash_one(block).to_le_bytes()).take(count).collect()
}

fn uuid() -> String {
    let hex: String = bytes(16).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Lines of JSON, each a part.
fn stream(count: usize, request: &Request, parts: &Parts) -> Answer {
    let line = |id: usize| {
        let line = json!({ "id": id, "url": request.url, "args": pairs(parts.query), "headers": headers(request, parts), "origin": "127.0.0.1" });
        format!("{line}\n").into_bytes()
    };
    Answer { parts: (0..count).map(line).collect(), ..Answer::new(200, "application/json", "") }
}
