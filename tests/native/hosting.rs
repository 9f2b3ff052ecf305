//! What `scripts/finish.mjs` makes of a small site, and that all places which name headers name the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support_hosting::{DOCUMENT, Headers, examples, rules};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The isolation headers, in the one place that every finished site has them from.
fn template() -> Headers {
    let rules = rules(&read("www/_headers"));
    let [all] = &rules[..] else { panic!("one rule: {rules:?}") };
    assert_eq!(all.path, "/*");
    all.headers.clone()
}

#[test]
fn every_place_names_the_same_headers() {
    let headers = template();
    for example in examples() {
        assert_eq!(example.headers, headers, "{}", example.language);
    }
    let listed: Headers = DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(listed, headers, "at the head of docs/hosting.md");
    // The other two serve pages to nobody else, or answer only their own.
    for (name, value) in headers.iter().filter(|(name, _)| name != "Access-Control-Allow-Origin") {
        assert!(read("Trunk.toml").contains(&format!("{name} = \"{value}\"")), "{name} in Trunk.toml");
        assert!(read("www/sw/isolation.js").contains(&format!("\"{name}\": \"{value}\"")), "{name} in isolation.js");
    }
}

/// A site such as Trunk makes, in small. Trunk leaves out the zeros that a hash begins with.
fn small_site(program: &str, helper: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let import = "import { help } from './snippets/rayon-aaaaaaaaaaaaaaaa/src/help.js';\n";
    let page = "<!doctype html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n\
        <link rel=\"stylesheet\" href=\"./style-cccccccccccccc.css\">\n<script type=\"module\">\n\
        import init from './weft-bbbbbbbbbbbbbbbb.js';\nawait init('./weft-bbbbbbbbbbbbbbbb_bg.wasm');\n</script>\n\
        <script src=\"elsewhere.js\"></script>\n<script>\nlet second;\n</script>\n</head>\n</html>\n";
    for (path, text) in [
        ("index.html", page),
        ("weft-bbbbbbbbbbbbbbbb.js", &format!("{import}// program")),
        // The compiled program too names a script that it calls without a detour.
        ("weft-bbbbbbbbbbbbbbbb_bg.wasm", &format!("{program} ./snippets/rayon-aaaaaaaaaaaaaaaa/src/help.js")),
        ("style-cccccccccccccc.css", "body { color: black }"),
        ("snippets/rayon-aaaaaaaaaaaaaaaa/src/help.js", helper),
        ("recordings/one.json", "{}"),
        ("sw.js", "importScripts();"),
        ("sw/httpbin.js", "a duty"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

/// Finishes a site, and gives its files. Without Node.js there is nothing to try.
fn finish(folder: &TempDir) -> Option<BTreeMap<String, String>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/finish.mjs");
    let Ok(output) = Command::new("node").arg(script).arg(folder.path()).output() else {
        eprintln!("SKIPPED: there is no Node.js, which `scripts/finish.mjs` is for");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(at) = folders.pop() {
        let entries: Vec<_> = std::fs::read_dir(&at).expect("a folder").flatten().collect();
        assert!(!entries.is_empty(), "{} is empty", at.display());
        for entry in entries {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder.path()).expect("a part of it").to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    Some(files)
}

/// What a finished service worker has of its build.
fn build(files: &BTreeMap<String, String>) -> Value {
    let line = files["sw.js"].lines().next().and_then(|line| line.strip_prefix("self.build = ")?.strip_suffix(';'));
    serde_json::from_str(line.expect("the build in the first line of sw.js")).expect("JSON")
}

fn named<'f>(files: &'f BTreeMap<String, String>, start: &str, end: &str) -> &'f str {
    files.keys().find(|name| name.starts_with(start) && name.ends_with(end)).expect("such a file")
}

#[test]
fn names_follow_the_content() {
    let Some(first) = finish(&small_site("program", "helper")) else { return };
    let other_program = finish(&small_site("program 2", "helper")).expect("Node.js");
    let other_helper = finish(&small_site("program", "helper 2")).expect("Node.js");
    let again = finish(&small_site("program", "helper")).expect("Node.js");
    assert_eq!(first, again);
    let names =
        |files| [named(files, "weft-", ".js"), named(files, "weft-", ".wasm"), named(files, "snippets/", ".js")];
    let style = |files| named(files, "style-", ".css");
    assert_eq!(names(&first)[0].strip_suffix(".js"), names(&first)[1].strip_suffix("_bg.wasm"));
    assert_ne!(names(&first)[..2], names(&other_program)[..2]);
    assert_eq!(names(&first)[2], names(&other_program)[2]);
    // The program names its helper.
    for (one, other) in names(&first).into_iter().zip(names(&other_helper)) {
        assert_ne!(one, other);
    }
    assert_eq!(style(&first), style(&other_helper));
    for program in &names(&first)[..2] {
        assert!(first[*program].contains(names(&first)[2]), "{program} asks for the helper by its name");
    }
    for name in [names(&first)[0], names(&first)[1], style(&first)] {
        assert!(first["index.html"].contains(name), "the page asks for {name}");
    }
    let old = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccc"];
    for (name, text) in first.iter().filter(|(name, _)| *name != "recordings/one.json") {
        assert!(old.iter().all(|old| !name.contains(old) && !text.contains(old)), "{name}: {text}");
    }
}

#[test]
fn finishing_twice_is_finishing_once() {
    let folder = small_site("program", "helper");
    let Some(once) = finish(&folder) else { return };
    assert_eq!(Some(once), finish(&folder));
}

#[test]
fn the_service_worker_has_the_build_and_its_duties() {
    let Some(files) = finish(&small_site("program", "helper")) else { return };
    let build = build(&files);
    let id = build["id"].as_str().expect("a number");
    assert!(files["index.html"].contains(&format!("<html data-build=\"{id}\"")), "the page has the number too");
    let mut listed: Vec<_> = build["files"].as_object().expect("files").keys().cloned().collect();
    listed.extend(["_headers", "index.html", "sw.js"].map(str::to_owned));
    listed.sort();
    assert_eq!(listed, files.keys().cloned().collect::<Vec<_>>());
    for duty in ["httpbin", "isolation", "files"] {
        assert!(files["sw.js"].contains(&read(&format!("www/sw/{duty}.js"))), "{duty} is in sw.js");
    }
    assert!(!files["sw.js"].contains("importScripts("), "it is one file");

    // Anything else that is in the site is a new build as well.
    let folder = small_site("program", "helper");
    std::fs::write(folder.path().join("recordings/one.json"), "{ }").expect("a file");
    assert_ne!(super::hosting::build(&finish(&folder).expect("Node.js"))["id"], build["id"]);
}

#[test]
fn headers_name_the_scripts_of_the_page_and_what_may_be_kept() {
    let Some(files) = finish(&small_site("program", "helper")) else { return };
    let rules = rules(&files["_headers"]);
    let (all, others) = rules.split_first().expect("rules");
    let (policy, isolation) = all.headers.split_last().expect("headers");
    assert_eq!(isolation, template());
    assert_eq!(policy.0, "Content-Security-Policy");
    assert!(files["index.html"].contains(&format!("content=\"{}\"", policy.1)), "the page has the policy too");
    let script = policy.1.split("; ").find(|part| part.starts_with("script-src ")).expect("script-src");
    let sources: Vec<_> = script.split(' ').skip(1).collect();
    // Two scripts stand in the page; the third is a file.
    let [own, wasm, hashes @ ..] = &sources[..] else { panic!("{script}") };
    assert_eq!((*own, *wasm, hashes.len()), ("'self'", "'wasm-unsafe-eval'", 2));
    // As `openssl dgst -sha256 -binary | base64` has it.
    assert!(hashes.contains(&"'sha256-KwUktGF9XizH9Aptt7OSMwKCM98/8hvEip461p/8FSM='"), "{hashes:?}");
    assert!(policy.1.contains("worker-src 'self' blob:;"), "{}", policy.1);
    assert!(policy.1.len() < 1900, "hosts take lines of 2000 characters");

    // Hosts join what several rules say of one file, so each file has one rule about caches.
    for rule in others {
        assert!(!rule.path.contains('*'), "{rule:?}");
        let [(name, value)] = &rule.headers[..] else { panic!("{rule:?}") };
        assert_eq!(name, "Cache-Control");
        let path = &rule.path[1..];
        let lasting = ["weft-", "style-", "snippets/"].iter().any(|start| path.starts_with(start));
        assert!(path.is_empty() || files.contains_key(path), "{path}");
        assert_eq!(value.contains("immutable"), lasting, "{path}");
    }
    assert_eq!(others.len(), 3 + 4);
}

/// What `scripts/sizes.mjs` says of a site with these files, so many bytes each that cannot be made smaller; whether it is
/// content.
fn sizes(files: &[(&str, usize)]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let mut random = fastrand::Rng::with_seed(7);
        std::fs::write(path, (0..*bytes).map(|_| random.u8(..)).collect::<Vec<_>>()).expect("a file");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/sizes.mjs");
    let output = Command::new("node").arg(script).arg(folder.path()).output().expect("node");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_site_over_its_budget_is_refused() {
    // Recordings and the like are fetched one by one, and are no program.
    let (good, said) = sizes(&[("weft.wasm", 500_000), ("weft.js", 150_000), ("recordings/a.gz", 400_000)]);
    assert!(good, "{said}");
    let (good, said) = sizes(&[("weft.wasm", 500_000), ("weft.js", 150_000), ("sw.js", 60_000)]);
    assert!(!good && said.contains("visit: 710.0 KB of brotli, 10.0 KB over the budget of 700.0 KB"), "{said}");
    let (good, said) = sizes(&[("weft.js", 1000), ("on-demand/unheard-of/large.wasm", 1000)]);
    assert!(!good && said.contains("on-demand/unheard-of has no budget"), "{said}");
}
