//! A database in the browser: rows under numbers.
//!
//! ```
//! use weft::runtime::tasks::{database::Database, run_main};
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     Database::delete("shop").await?;
//!     let shop = Database::open("shop").await?;
//!     shop.put([(1, "apples"), (2, "pears"), (3, "plums")]).await?;
//!     let fruit: Vec<String> = shop.range(2..4).await?;
//!     assert_eq!(fruit, ["pears", "plums"]);
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! In a browser this is IndexedDB, which works outside the event loop: meanwhile other tasks go on, and it may work on
//! several queries at once. (The standard library of Python has `sqlite3`, whose calls block; programs put them into
//! threads.)

use std::future::Future;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use super::outside::{outside, waits};
use crate::runtime::host;
use crate::runtime::lane::Site;

/// An open database. It is closed when it is dropped, and its rows stay.
pub struct Database {
    name: String,
    inner: host::Database,
}

impl Database {
    /// Opens a database, or creates it.
    ///
    /// # Errors
    /// If databases cannot be kept here.
    #[track_caller]
    pub fn open(name: &str) -> impl Future<Output = Result<Database, Error>> {
        let site = Site::caller();
        async move {
            let opened = waits(outside(&format!("open {name}")), site, host::Database::open(name)).await;
            let inner = opened.map_err(|sentence| failed(name, &sentence))?;
            Ok(Database { name: name.to_owned(), inner })
        }
    }

    /// Deletes a database, whether or not it is there. Waits until it is no longer open anywhere.
    ///
    /// # Errors
    /// If databases cannot be kept here.
    #[track_caller]
    pub fn delete(name: &str) -> impl Future<Output = Result<(), Error>> {
        let site = Site::caller();
        async move {
            let deleted = waits(outside(&format!("delete {name}")), site, host::delete_database(name)).await;
            deleted.map_err(|sentence| failed(name, &sentence))
        }
    }

    /// Writes rows under their numbers, all or none of them; one that is there already is replaced.
    ///
    /// # Errors
    /// If they cannot be written.
    #[track_caller]
    pub fn put<T: Serialize>(
        &self,
        rows: impl IntoIterator<Item = (u32, T)>,
    ) -> impl Future<Output = Result<(), Error>> {
        let site = Site::caller();
        async move {
            let packed = rows.into_iter().map(|(number, row)| Ok((number, postcard::to_stdvec(&row)?)));
            let packed: Vec<_> = packed.collect::<Result<_, postcard::Error>>().map_err(|error| self.failed(error))?;
            let name = format!("put {} rows into {}", packed.len(), self.name);
            waits(outside(&name), site, self.inner.put(&packed)).await.map_err(|sentence| self.failed(sentence))
        }
    }

    /// The rows with these numbers, in order.
    ///
    /// # Errors
    /// If they cannot be read, or are of another type.
    #[track_caller]
    pub fn range<T: DeserializeOwned>(&self, numbers: Range<u32>) -> impl Future<Output = Result<Vec<T>, Error>> {
        let site = Site::caller();
        async move {
            let name = format!("rows {} to {} of {}", numbers.start, numbers.end, self.name);
            let rows = waits(outside(&name), site, self.inner.range(numbers)).await;
            let rows = rows.map_err(|sentence| self.failed(sentence))?;
            rows.iter().map(|row| postcard::from_bytes(row).map_err(|error| self.failed(error))).collect()
        }
    }

    fn failed(&self, problem: impl std::fmt::Display) -> Error {
        failed(&self.name, &problem.to_string())
    }
}

fn failed(name: &str, sentence: &str) -> Error {
    Error::raised(format!("DatabaseError: {name}: {sentence}"))
}
