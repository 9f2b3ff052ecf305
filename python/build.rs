//! Compiles the Python that is frozen into the interpreter: a list of the standard library's modules, and ours.
//!
//! RustPython's own macro for this keeps columns, which only matter where there is source to mark, and compresses each
//! module. Here the columns are left out and nothing is compressed: a browser gets it all compressed anyway, and then
//! it is half as much.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use rustpython_compiler::core::frozen::{FrozenCodeObject, FrozenLib, FrozenModule};
use rustpython_compiler::core::marshal;
use rustpython_compiler::{CompileOpts, Mode, compile};

const OURS: &str = "lib";
const LIST: &str = "lib/modules.txt";

fn main() {
    for path in ["build.rs", OURS] {
        println!("cargo:rerun-if-changed={path}");
    }
    if let Err(error) = freeze() {
        println!("cargo:error=the library cannot be frozen: {error}");
        std::process::exit(1);
    }
}

fn freeze() -> Result<(), Box<dyn Error>> {
    let mut modules = Vec::new();
    for (name, path) in sources()? {
        let code = frozen(&name, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        modules.push((name, code, path.ends_with("__init__.py")));
    }
    let library = FrozenLib::encode(modules.iter().map(|(name, code, package)| {
        (name.as_str(), FrozenModule { code: FrozenCodeObject { bytes: code }, package: *package })
    }));
    // `src/interpreter.rs` has it from there.
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("library"), library.bytes)?)
}

/// The names of all modules and their files, in the order of the names.
fn sources() -> io::Result<Vec<(String, PathBuf)>> {
    let library = Path::new(rustpython_pylib::LIB_PATH);
    let mut files = Vec::new();
    for name in fs::read_to_string(LIST)?.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let package = library.join(name);
        if package.is_dir() {
            collect(&package, &mut files)?;
        } else {
            files.push(package.with_added_extension("py"));
        }
    }
    let mut sources: Vec<_> = files.into_iter().map(|path| (module(&path, library), path)).collect();
    let mut files = Vec::new();
    collect(Path::new(OURS), &mut files)?;
    sources.extend(files.into_iter().map(|path| (module(&path, Path::new(OURS)), path)));
    sources.sort();
    Ok(sources)
}

/// All Python files below `folder`, without tests.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
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

/// The name of the module that is in a file.
fn module(path: &Path, root: &Path) -> String {
    let file = path.strip_prefix(root).unwrap_or(path).with_extension("");
    let name = if file.ends_with("__init__") { file.parent().unwrap_or(&file) } else { &file };
    name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(".")
}

/// The code of a module, as `FrozenCodeObject` has it.
fn frozen(name: &str, path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let options = CompileOpts { debug_ranges: false, ..CompileOpts::default() };
    let code = compile(&fs::read_to_string(path)?, Mode::Exec, name, options).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    marshal::serialize_code(&mut bytes, &code);
    Ok(uncompressed(&bytes))
}

/// The bytes as a block of LZ4 that is all literals, after their number.
///
/// By <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>: the upper half of the first byte is how many there
/// are, up to 15, and then as many bytes as it takes are added, of which only the last is not 255.
fn uncompressed(bytes: &[u8]) -> Vec<u8> {
    let mut block = u32::try_from(bytes.len()).expect("a module has less than 4 GiB").to_le_bytes().to_vec();
    match bytes.len().checked_sub(15) {
        None => block.push((bytes.len() as u8) << 4),
        Some(more) => {
            block.push(15 << 4);
            block.extend(std::iter::repeat_n(255, more / 255));
            block.push((more % 255) as u8);
        }
    }
    block.extend(bytes);
    block
}
