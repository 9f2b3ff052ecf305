//! Reading and writing files while other tasks go on.
//!
//! ```
//! use weft::runtime::tasks::{files, run_main};
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     files::write("example.txt", b"one").await?;
//!     let mut bytes = files::read("example.txt").await?;
//!     bytes.extend(b" two");
//!     files::write("example.txt", &bytes).await?;
//!     print(format!("{} bytes", files::read("example.txt").await?.len()));
//!     files::remove("example.txt").await?;
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! In a browser these are files of the origin-private file system, which only this site sees. The browser reads and
//! writes them outside the event loop, which is free meanwhile. (Python's `asyncio` has no files; programs use
//! `to_thread`, or a package that does so.)

use std::future::Future;

use super::Error;
use super::outside::{outside, waits};
use crate::runtime::host;
use crate::runtime::lane::Site;

/// The bytes of a file.
///
/// # Errors
/// If there is no such file, or files cannot be kept here.
#[track_caller]
pub fn read(name: &str) -> impl Future<Output = Result<Vec<u8>, Error>> {
    let site = Site::caller();
    async move {
        let read = waits(outside(&format!("read {name}")), site, host::read_file(name)).await;
        read.map_err(|sentence| failed(name, &sentence))
    }
}

/// Replaces the bytes of a file, or creates it. If this is dropped before its end, the file may stay as it was.
///
/// # Errors
/// If files cannot be kept here, or there is no room.
#[track_caller]
pub fn write(name: &str, bytes: &[u8]) -> impl Future<Output = Result<(), Error>> {
    let site = Site::caller();
    async move {
        let written = waits(outside(&format!("write {name}")), site, host::write_file(name, bytes)).await;
        written.map_err(|sentence| failed(name, &sentence))
    }
}

/// Removes a file.
///
/// # Errors
/// If there is no such file, or files cannot be kept here.
#[track_caller]
pub fn remove(name: &str) -> impl Future<Output = Result<(), Error>> {
    let site = Site::caller();
    async move {
        let removed = waits(outside(&format!("remove {name}")), site, host::remove_file(name)).await;
        removed.map_err(|sentence| failed(name, &sentence))
    }
}

fn failed(name: &str, sentence: &str) -> Error {
    Error::raised(format!("OSError: {name}: {sentence}"))
}
