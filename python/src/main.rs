//! In a browser: the engine that runs readers' Python. Natively: runs one program, prints what it prints, and writes its
//! trace; the tests use that.

#[cfg(target_arch = "wasm32")]
fn main() {
    if weft::runtime::host::web::role().is_some() {
        // Until the engine has a hook of its own, the window hears of a panic as an error of this worker's script.
        std::panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
        // Before the window is told that this engine is ready.
        weft_python::prepare();
    }
    weft::engine::role::start(weft_python::program::TABLE, || {});
}

#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    native::main()
}
