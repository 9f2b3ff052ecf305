//! The program of the page and of all its workers: an instance looks at its role and starts it.

#[cfg(target_arch = "wasm32")]
fn main() {
    weft::engine::role::start(weft::app::start);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Weft runs in a browser. Build and open it with ./scripts/serve");
    std::process::exit(1);
}
