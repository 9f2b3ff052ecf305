//! Who may use whom, read from the source. See ARCHITECTURE.md for why.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, and which others each may use. `lib.rs` and `main.rs` put them together and may use all.
const LAYERS: [(&str, &[&str]); 8] = [
    ("trace", &[]),
    ("timeline", &["trace"]),
    ("analysis", &["trace", "timeline"]),
    ("chart", &["trace", "timeline"]),
    ("runtime", &["trace"]),
    ("demos", &["trace", "timeline", "analysis", "runtime"]),
    ("engine", &["trace", "timeline", "analysis", "chart", "runtime", "demos"]),
    ("app", &["trace", "timeline", "analysis", "chart", "runtime", "demos", "engine"]),
];

/// Crates of the browser (`*` stands for any ending), and the files and folders that may name them.
const BROWSER: [(&str, &[&str]); 8] = [
    ("yew*", &["app/", "app.rs", "main.rs"]),
    ("web_sys", BROWSER_SIDE),
    ("js_sys", BROWSER_SIDE),
    ("wasm_bindgen*", BROWSER_SIDE),
    ("gloo*", BROWSER_SIDE),
    ("rayon*", BROWSER_SIDE),
    ("wasm_streams", BROWSER_SIDE),
    ("idb", BROWSER_SIDE),
];
const BROWSER_SIDE: &[&str] = &["runtime/host/web", "engine/", "app/", "main.rs", "lib.rs"];

/// Files in which `target_arch` may be asked for: where a layer for the browser is chosen.
const SEAMS: [&str; 5] = ["lib.rs", "main.rs", "runtime/host/mod.rs", "engine/mod.rs", "app/mod.rs"];

/// Debt: breaches that are known, as `file: what`. To be paid back, not added to.
const DEBT: [&str; 0] = [];

#[test]
fn every_file_keeps_the_layers() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&source);
    assert!(files.len() > 10, "the source is not where it is looked for");
    let mut breaches = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let name = file.strip_prefix(&source).expect("below it").to_string_lossy().replace('\\', "/");
        breaches.extend(check(&name, &text).into_iter().map(|what| format!("{name}: {what}")));
    }
    let (known, fresh): (Vec<_>, Vec<_>) = breaches.into_iter().partition(|breach| DEBT.contains(&breach.as_str()));
    assert!(fresh.is_empty(), "\n{}\n", fresh.join("\n"));
    assert_eq!(known.len(), DEBT.len(), "debt that has been paid is still listed");
}

#[test]
fn breaches_are_found() {
    let cases = [
        ("trace/x.rs", "use crate::timeline::Timeline;", "uses timeline"),
        ("trace/mod.rs", "use super::timeline;", "uses timeline"),
        ("trace/deep/x.rs", "fn f() { super::super::super::chart::draw() }", "uses chart"),
        ("timeline/x.rs", "use crate::{trace::{Event, chart}, runtime::host};", "uses runtime"),
        ("timeline/x.rs", "use super::chart;", ""),
        ("timeline/x.rs", "use crate::{trace::{Event, chart}};", ""),
        ("timeline/x.rs", "// use crate::app;\nfn f() { \"crate::app\"; r#\"crate::app\"#; '\"' }", ""),
        ("demos/x.rs", "/* crate::app */ let f = crate::engine::start;", "uses engine"),
        ("engine/x.rs", "use crate::app::App;", "uses app"),
        ("app/x.rs", "use crate::engine; use yew::prelude::*; use gloo_net::http;", ""),
        ("lib.rs", "pub mod app; use crate::app::App;", ""),
        ("chart/x.rs", "use web_sys::Element;", "names web_sys"),
        ("chart/x.rs", "fn f() { ::js_sys::eval() }", "names js_sys"),
        ("engine/x.rs", "use yew::html;", "names yew"),
        ("runtime/tasks/x.rs", "use {std::fmt, wasm_bindgen_futures::spawn_local};", "names wasm_bindgen_futures"),
        ("runtime/host/native.rs", "use rayon;", "names rayon"),
        ("runtime/host/web/x.rs", "use rayon; use gloo_timers::callback;", ""),
        ("trace/x.rs", "#[cfg(target_arch = \"wasm32\")] fn f() {}", "asks for target_arch"),
        ("runtime/host/mod.rs", "#[cfg(target_arch = \"wasm32\")] mod web;", ""),
        ("nowhere/x.rs", "", "is in no layer"),
    ];
    for (file, text, told) in cases {
        let breaches = check(file, &format!("//! What it is for.\n{text}"));
        assert_eq!(breaches.join("; "), told, "{file}: {text}");
    }
    assert_eq!(check("trace/x.rs", "use std::fmt;"), ["does not say in its first line what it is for"]);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("readable").path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What is wrong with a file; `name` is its path below `src`.
fn check(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !text.starts_with("//! ") {
        wrong.push("does not say in its first line what it is for".to_owned());
    }
    let module = module_path(name);
    let may_use = match module.first() {
        None => None,
        Some(layer) => match LAYERS.iter().find(|(name, _)| name == layer) {
            Some(rule) => Some(rule),
            None => {
                wrong.push("is in no layer".to_owned());
                None
            }
        },
    };
    let code = without_comments_and_texts(text);
    let tokens = tokens(&code);
    let mut used = Vec::new();
    for (at, &token) in tokens.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map_or("", |at| tokens[at]);
        let starts_path = before(1) != "::" || matches!(before(2), "" | "{" | "}" | ";" | "(" | "use" | "=" | ",");
        if token == "target_arch" && !SEAMS.contains(&name) {
            wrong.push("asks for target_arch".to_owned());
        }
        let is_path = tokens.get(at + 1) == Some(&"::") || before(1) == "use";
        if !starts_path || !is_path || before(1) == "." {
            continue;
        }
        used.extend(layers_at(&tokens, at, module.len()));
        if let Some((_, places)) = BROWSER.iter().find(|(pattern, _)| matches(pattern, token))
            && !places.iter().any(|place| name == *place || name.starts_with(place) && !place.ends_with(".rs"))
        {
            wrong.push(format!("names {token}"));
        }
    }
    if let Some((layer, may_use)) = may_use {
        used.retain(|other| other != layer && !may_use.contains(other) && LAYERS.iter().any(|(name, _)| name == other));
        wrong.extend(used.iter().map(|other| format!("uses {other}")));
    }
    wrong.dedup();
    wrong
}

/// The names right below the crate's root in the path that begins at `at`, if it goes there: by `crate`, or by as
/// many `super` as the module is deep.
fn layers_at<'c>(tokens: &[&'c str], mut at: usize, depth: usize) -> Vec<&'c str> {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let to_root = match token(at) {
        "crate" => 1,
        "super" => depth,
        "self" if token(at + 2) == "super" => {
            at += 2;
            depth
        }
        _ => return Vec::new(),
    };
    let way = token(at);
    for _ in 0..to_root {
        if token(at) != way || token(at + 1) != "::" {
            return Vec::new();
        }
        at += 2;
    }
    if token(at) != "{" {
        return vec![token(at)];
    }
    let mut open = 0;
    let mut names = Vec::new();
    loop {
        match token(at) {
            "{" => open += 1,
            "}" => open -= 1,
            "" => return names,
            _ => {}
        }
        if open == 0 {
            return names;
        }
        if open == 1 && matches!(token(at), "{" | ",") {
            names.push(token(at + 1));
        }
        at += 1;
    }
}

/// `trace/deep/x.rs` is `["trace", "deep", "x"]`, `trace/mod.rs` is `["trace"]`, `lib.rs` is the root.
fn module_path(name: &str) -> Vec<&str> {
    let name = name.strip_suffix(".rs").unwrap_or(name);
    let mut path: Vec<&str> = name.split('/').collect();
    if matches!(path.last(), Some(&"mod")) || matches!(path[..], ["lib" | "main"]) {
        path.pop();
    }
    path
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

/// Names, `::`, and other signs one by one.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let in_name = |c: char| c.is_alphanumeric() || c == '_';
        let len = if in_name(first) {
            rest.find(|c| !in_name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    tokens
}

fn without_comments_and_texts(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end_of = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
        let hashes = rest.chars().skip(1).take_while(|&c| c == '#').count();
        let raw = first == 'r'
            && rest[1..].trim_start_matches('#').starts_with('"')
            && !code.ends_with(char::is_alphanumeric);
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            end_of(2, "*/")
        } else if raw {
            end_of(2 + hashes, &format!("\"{}", "#".repeat(hashes)))
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |at| at + 2)
        } else if first == '\'' && (rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\'')) {
            // A character; else it is a lifetime. An escaped quote stands before the closing one.
            end_of(
                if rest[1..].starts_with('\\') { 3 } else { 1 + rest[1..].chars().next().map_or(0, char::len_utf8) },
                "'",
            )
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skip..];
    }
    code
}
