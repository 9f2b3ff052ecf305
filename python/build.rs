//! Gathers the Python that is frozen into the interpreter: a list of the standard library's modules, and ours.

use std::fs;
use std::path::{Path, PathBuf};

/// Where `src/interpreter.rs` freezes it from.
const GATHERED: &str = "target/library";
const OURS: &str = "lib";
const LIST: &str = "lib/modules.txt";

fn main() {
    for path in ["build.rs", OURS, GATHERED] {
        println!("cargo:rerun-if-changed={path}");
    }
    if let Err(error) = gather() {
        println!("cargo:error=the library cannot be gathered: {error}");
        std::process::exit(1);
    }
}

fn gather() -> std::io::Result<()> {
    let library = Path::new(rustpython_pylib::LIB_PATH);
    let mut files = Vec::new();
    for name in
        fs::read_to_string(LIST)?.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let package = library.join(name);
        if package.is_dir() {
            collect(&package, &mut files)?;
        } else {
            files.push(package.with_added_extension("py"));
        }
    }
    let mut wanted: Vec<(PathBuf, PathBuf)> = files.into_iter().map(|from| (relative(&from, library), from)).collect();
    files = Vec::new();
    collect(Path::new(OURS), &mut files)?;
    wanted.extend(files.into_iter().map(|from| (relative(&from, Path::new(OURS)), from)));
    // Nothing stays that is wanted no more; what is the same keeps its time, so that cargo finds nothing changed.
    let mut present = Vec::new();
    if Path::new(GATHERED).is_dir() {
        collect(Path::new(GATHERED), &mut present)?;
    }
    for path in present {
        if !wanted.iter().any(|(to, _)| *to == relative(&path, Path::new(GATHERED))) {
            fs::remove_file(path)?;
        }
    }
    for (to, from) in wanted {
        let (to, text) = (Path::new(GATHERED).join(to), fs::read(&from)?);
        if fs::read(&to).ok().as_ref() != Some(&text) {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(to, text)?;
        }
    }
    Ok(())
}

/// All Python files below `folder`, without tests.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("test") && !path.ends_with("__pycache__") {
                collect(&path, into)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            into.push(path);
        }
    }
    Ok(())
}

fn relative(path: &Path, to: &Path) -> PathBuf {
    path.strip_prefix(to).unwrap_or(path).to_owned()
}
