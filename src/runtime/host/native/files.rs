//! Files in this process's own folder, inside the system's temporary one.

use std::path::PathBuf;
use std::{fs, io};

/// The bytes of a file.
///
/// # Errors
/// A sentence, if there is no such file.
pub async fn read_file(name: &str) -> Result<Vec<u8>, String> {
    elsewhere(name, fs::read).await
}

/// Replaces a file, or creates it.
///
/// # Errors
/// A sentence, if it cannot be written.
pub async fn write_file(name: &str, bytes: &[u8]) -> Result<(), String> {
    let bytes = bytes.to_vec();
    elsewhere(name, |path| {
        fs::create_dir_all(folder())?;
        fs::write(path, bytes)
    })
    .await
}

/// Removes a file.
///
/// # Errors
/// A sentence, if there is no such file.
pub async fn remove_file(name: &str) -> Result<(), String> {
    elsewhere(name, fs::remove_file).await
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("weft-{}", std::process::id()))
}

/// Does the work in another thread, so that the event loop stays free.
async fn elsewhere<R: Send + 'static>(
    name: &str,
    work: impl FnOnce(PathBuf) -> io::Result<R> + Send + 'static,
) -> Result<R, String> {
    let path = folder().join(name);
    let done = tokio::task::spawn_blocking(move || work(path)).await;
    done.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
