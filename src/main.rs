//! The program of the page and of all its workers: each instance finds out its role and starts it.

#[cfg(target_arch = "wasm32")]
fn main() {
    weft::engine::role::start(weft::demos::TABLE, weft::app::start);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Weft runs in a browser. Build and open it with ./scripts/serve");
    std::process::exit(1);
}
