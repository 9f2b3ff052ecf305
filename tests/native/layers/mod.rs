//! Who may use whom, read from the source. See ARCHITECTURE.md for why.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use source::{Crate, Module, Source};

/// The layers, and which others each may use. `lib.rs` and `main.rs` put them together and may use all.
const LAYERS: [(&str, &[&str]); 9] = [
    ("trace", &[]),
    ("timeline", &["trace"]),
    ("analysis", &["trace", "timeline"]),
    ("chart", &["trace", "timeline"]),
    ("runtime", &["trace"]),
    ("program", &["trace", "runtime"]),
    ("demos", &["trace", "timeline", "analysis", "runtime", "program"]),
    ("engine", &["trace", "timeline", "analysis", "runtime", "program"]),
    ("app", &["trace", "timeline", "analysis", "chart", "runtime", "program", "demos", "engine"]),
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
const BROWSER_SIDE: &[&str] =
    &["runtime/host/web", "runtime/host/blocking/web", "engine/", "app/", "main.rs", "lib.rs"];

/// Files in which `target_arch` may be asked for: where a layer for the browser is chosen.
const SEAMS: [&str; 7] = [
    "lib.rs",
    "main.rs",
    "runtime/host/mod.rs",
    "runtime/host/blocking/mod.rs",
    "runtime/processes/mod.rs",
    "engine/mod.rs",
    "app/mod.rs",
];

/// Folders whose files may not use those of another.
const INNER: [(&str, &str); 3] =
    [("runtime::threads", "runtime::processes"), ("runtime::threads", "runtime::tasks"), ("app", "app::page")];

/// Files that may use what lies below them in [`INNER`]: they put it together.
const PUT_TOGETHER: [&str; 1] = ["app"];

#[test]
fn every_file_keeps_the_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&root);
    assert!(files.len() > 10, "the source is not where it is looked for");
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(&root).expect("below it").to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(file).expect("readable"))
        })
        .collect();
    let breaches = check(&files);
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn breaches_are_found() {
    let cases = [
        ("trace/x.rs", "use crate::timeline::Timeline;", "uses timeline"),
        ("trace/mod.rs", "use super::timeline;", "uses timeline"),
        ("trace/deep/x.rs", "fn f() { super::super::super::chart::draw() }", "uses chart"),
        ("trace/x.rs", "fn f() { if true { use crate::{chart, timeline as t}; } }", "uses chart; uses timeline"),
        ("trace/x.rs", "fn f() { println!(\"{}\", crate::chart::WIDTH) }", "uses chart"),
        ("timeline/x.rs", "use crate::{trace::{Event, chart}, runtime::host};", "uses runtime"),
        ("timeline/x.rs", "use super::chart;", ""),
        ("timeline/x.rs", "use crate::{trace::{Event, chart}};", ""),
        ("timeline/x.rs", "// use crate::app;\nconst F: [&str; 2] = [\"crate::app\", r#\"crate::app\"#];", ""),
        ("timeline/x.rs", "#[cfg(test)] mod tests { use crate::app; }", ""),
        ("demos/x.rs", "/* crate::app */ fn f() { let f = crate::engine::start; }", "uses engine"),
        ("engine/x.rs", "use crate::app::App;", "uses app"),
        ("engine/x.rs", "use crate::demos::Demo;", "uses demos"),
        ("app/x.rs", "use crate::engine; use yew::prelude::*; use gloo_net::http;", ""),
        ("lib.rs", "pub mod app; use crate::app::App;", ""),
        ("chart/x.rs", "use web_sys::Element;", "names web_sys"),
        ("chart/x.rs", "fn f() { ::js_sys::eval() }", "names js_sys"),
        ("engine/x.rs", "use yew::html;", "names yew"),
        ("runtime/tasks/x.rs", "use {std::fmt, wasm_bindgen_futures::spawn_local};", "names wasm_bindgen_futures"),
        ("runtime/threads/x.rs", "use crate::runtime::processes::Pipe;", "uses runtime::processes"),
        ("runtime/threads/x.rs", "use super::super::processes::Pipe;", "uses runtime::processes"),
        ("app/x.rs", "use super::page::Stage;", "uses app::page"),
        ("runtime/host/native.rs", "use rayon::spawn;", "names rayon"),
        ("runtime/host/web/x.rs", "use rayon::spawn; use gloo_timers::callback;", ""),
        ("trace/x.rs", "#[cfg(target_arch = \"wasm32\")] fn f() {}", "asks for target_arch"),
        ("runtime/host/mod.rs", "#[cfg(target_arch = \"wasm32\")] mod web;", ""),
        ("nowhere/x.rs", "", "is in no layer"),
    ];
    // So that every path of the cases leads somewhere.
    let there = ["chart", "timeline", "runtime", "app", "app/page", "engine", "demos", "runtime/processes", "trace"];
    for (file, text, told) in cases {
        let mut files: Vec<_> =
            there.iter().map(|folder| (format!("{folder}/mod.rs"), "//! What it is for.".to_owned())).collect();
        files.retain(|(name, _)| name != file);
        files.push((file.to_owned(), format!("//! What it is for.\n{text}")));
        let breaches = check(&files);
        let own: Vec<_> = breaches.iter().filter_map(|told| told.strip_prefix(&format!("{file}: "))).collect();
        assert_eq!(own.join("; "), told, "{file}: {text}");
    }
    let told = check(&[("trace/x.rs".to_owned(), "use std::fmt;".to_owned())]);
    assert_eq!(told, ["trace/x.rs: does not say in its first line what it is for"]);
}

#[test]
fn circles_are_found() {
    let check = |files: &[(&str, &str)]| {
        let file = |(name, text): &(&str, &str)| ((*name).to_owned(), format!("//! What it is for.\n{text}"));
        check(&files.iter().map(file).collect::<Vec<_>>())
    };
    let files = [("trace/a.rs", "use super::b::B;"), ("trace/b.rs", "use super::c::C;"), ("trace/c.rs", "")];
    assert_eq!(check(&files), [""; 0]);
    let files = [
        ("trace/a.rs", "use super::b::B;"),
        ("trace/b.rs", "fn f() { super::c::g() }"),
        ("trace/c.rs", "use super::a;"),
    ];
    assert_eq!(check(&files), ["a circle in trace: a, b, c"]);
    // What a folder's front door hands on is not the door's own.
    let files =
        [("trace/mod.rs", "mod a; mod b; pub use a::A;"), ("trace/a.rs", "use super::b::B;"), ("trace/b.rs", "")];
    assert_eq!(check(&files), [""; 0]);
    let files = [
        ("trace/mod.rs", "mod a; mod b; pub use a::A;"),
        ("trace/a.rs", "use super::b::B;"),
        ("trace/b.rs", "use super::A;"),
    ];
    assert_eq!(check(&files), ["a circle in trace: a, b"]);
    let files = [("trace/mod.rs", "mod a; fn f() { a::g() }"), ("trace/a.rs", "use super::f;")];
    assert_eq!(check(&files), ["a circle in trace: a, mod"]);
    // Two folders, though no two files use each other.
    let files = [
        ("trace/one/a.rs", "use crate::trace::two::b::B;"),
        ("trace/two/b.rs", ""),
        ("trace/two/c.rs", "use crate::trace::one::d::D;"),
        ("trace/one/d.rs", ""),
        ("trace/mod.rs", ""),
        ("trace/one/mod.rs", ""),
        ("trace/two/mod.rs", ""),
    ];
    assert_eq!(check(&files), ["a circle in trace: one, two"]);
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

/// What is wrong in these files, which are told by their paths below `src` and their texts.
fn check(files: &[(String, String)]) -> Vec<String> {
    let sources = files.iter().map(|(name, text)| (module_of(name), Source::read(module_of(name), text)));
    let all = Crate(sources.collect());
    let mut wrong = Vec::new();
    for (name, text) in files {
        let source = &all.0[&module_of(name)];
        let mut told: Vec<String> = Vec::new();
        if !text.starts_with("//! ") {
            told.push("does not say in its first line what it is for".to_owned());
        }
        if source.asks_for_platform && !SEAMS.contains(&name.as_str()) {
            told.push("asks for target_arch".to_owned());
        }
        told.extend(foreign(name, source));
        told.extend(across(source, &all.uses(source)));
        told.dedup();
        wrong.extend(told.into_iter().map(|what| format!("{name}: {what}")));
    }
    wrong.extend(circles(&all));
    wrong
}

/// Crates of the browser that a file names and may not.
fn foreign(name: &str, source: &Source) -> BTreeSet<String> {
    let named = source.paths.iter().filter_map(|path| {
        let first = path.first()?;
        let (_, places) = BROWSER.iter().find(|(pattern, _)| matches(pattern, first))?;
        let may = places.iter().any(|place| name == *place || name.starts_with(place) && !place.ends_with(".rs"));
        (!may).then(|| format!("names {first}"))
    });
    named.collect()
}

/// Layers and folders that a file uses and may not.
fn across(source: &Source, used: &BTreeSet<&Module>) -> Vec<String> {
    let Some(layer) = source.module.first().filter(|layer| *layer != "main") else { return Vec::new() };
    let Some((_, may_use)) = LAYERS.iter().find(|(name, _)| name == layer) else {
        return vec!["is in no layer".to_owned()];
    };
    let layers: BTreeSet<&String> = used.iter().filter_map(|module| module.first()).collect();
    let layers = layers.into_iter().filter(|other| *other != layer && !may_use.contains(&other.as_str()));
    let mut wrong: Vec<_> = layers.map(|other| format!("uses {other}")).collect();
    let own = source.module.join("::");
    let inside = |module: &str, folder: &str| module == folder || module.starts_with(&format!("{folder}::"));
    for (folder, other) in INNER {
        let bound = inside(&own, folder) && !inside(&own, other) && !PUT_TOGETHER.contains(&own.as_str());
        if bound && used.iter().any(|module| inside(&module.join("::"), other)) {
            wrong.push(format!("uses {other}"));
        }
    }
    wrong
}

/// In every folder, the files and folders that use each other in a circle.
fn circles(all: &Crate) -> Vec<String> {
    let mut folders: BTreeMap<&[String], DiGraphMap<&str, ()>> = BTreeMap::new();
    for source in all.0.values() {
        for used in all.uses(source) {
            let shared = source.module.iter().zip(used).take_while(|(one, other)| one == other).count();
            folders.entry(&source.module[..shared]).or_default().add_edge(
                source.module.get(shared).map_or("mod", String::as_str),
                used.get(shared).map_or("mod", String::as_str),
                (),
            );
        }
    }
    let mut told = Vec::new();
    for (folder, graph) in &folders {
        for circle in tarjan_scc(graph).into_iter().filter(|circle| circle.len() > 1) {
            let members: BTreeSet<&str> = circle.into_iter().collect();
            let members: Vec<&str> = members.into_iter().collect();
            told.push(format!("a circle in {}: {}", folder.join("::"), members.join(", ")));
        }
    }
    told
}

/// `trace/deep/x.rs` is `["trace", "deep", "x"]`, `trace/mod.rs` is `["trace"]`, `lib.rs` is the root. `main.rs` is a crate
/// of its own.
fn module_of(name: &str) -> Module {
    let name = name.strip_suffix(".rs").unwrap_or(name);
    let mut path: Module = name.split('/').map(str::to_owned).collect();
    let last = path.last().map(String::as_str);
    if last == Some("mod") || path.len() == 1 && last == Some("lib") {
        path.pop();
    }
    path
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}
