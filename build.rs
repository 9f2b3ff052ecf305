//! Numbers the build, and prepares what the page needs to know about its own source: the demos, highlighted.

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "page")]
#[path = "build/sources.rs"]
mod sources;

fn main() {
    for path in ["src", "Cargo.lock", "Cargo.toml", "build.rs", "build"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let (all, engine) = (build_id(), engine_id());
    println!("cargo:rustc-env=WEFT_BUILD={:016x}", if cfg!(feature = "page") { all } else { engine });
    println!("cargo:rustc-env=WEFT_ENGINE_BUILD={engine:016x}");
    #[cfg(feature = "page")]
    if let Err(sentence) = sources::make() {
        println!("cargo:error={sentence}");
        std::process::exit(1)
    }
}

/// A number that changes whenever the program may have changed: window and workers compare it before they talk.
fn build_id() -> u64 {
    let mut files = vec!["Cargo.lock".into(), "Cargo.toml".into(), "build.rs".into()];
    collect(Path::new("build"), "", &mut files);
    collect(Path::new("src"), "", &mut files);
    hash(files.iter().flat_map(|path| [slashed(path).into_bytes(), fs::read(path).unwrap_or_default()]))
}

/// The same for what an engine of another artefact is made of: everything below the page and the demos.
fn engine_id() -> u64 {
    let mut files = Vec::new();
    for folder in ["analysis", "engine", "program", "runtime", "timeline", "trace"] {
        collect(&Path::new("src").join(folder), "", &mut files);
    }
    hash(files.iter().flat_map(|path| [slashed(path).into_bytes(), fs::read(path).unwrap_or_default()]))
}

/// FNV-1a: the standard library's hashers promise no result that stays the same.
fn hash(parts: impl IntoIterator<Item = Vec<u8>>) -> u64 {
    let bytes = parts.into_iter().flat_map(|part| part.into_iter().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// All files below `folder` whose names end so, sorted.
fn collect(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// The same path on every system.
fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
