//! Databases that live as long as this process: rows of bytes under numbers.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use crate::runtime::poison::unpoisoned;

type Rows = BTreeMap<u32, Vec<u8>>;

static DATABASES: LazyLock<Mutex<HashMap<String, Rows>>> = LazyLock::new(Mutex::default);

/// How long each access takes: concurrent accesses overlap, as in a browser.
const ACCESS: Duration = Duration::from_millis(2);

/// An open database.
pub struct Database(String);

impl Database {
    /// Opens a database, or creates it.
    ///
    /// # Errors
    /// Never; in a browser, if it keeps none.
    pub async fn open(name: &str) -> Result<Database, String> {
        super::timer(ACCESS).await;
        databases().entry(name.to_owned()).or_default();
        Ok(Database(name.to_owned()))
    }

    /// Writes these rows, all or none of them.
    ///
    /// # Errors
    /// A sentence, if the database was deleted.
    pub async fn put(&self, rows: &[(u32, Vec<u8>)]) -> Result<(), String> {
        super::timer(ACCESS).await;
        let mut databases = databases();
        let kept = databases.get_mut(&self.0).ok_or("the database was deleted")?;
        kept.extend(rows.iter().cloned());
        Ok(())
    }

    /// The rows with these numbers, in order.
    ///
    /// # Errors
    /// A sentence, if the database was deleted.
    pub async fn range(&self, numbers: Range<u32>) -> Result<Vec<Vec<u8>>, String> {
        super::timer(ACCESS).await;
        let databases = databases();
        let kept = databases.get(&self.0).ok_or("the database was deleted")?;
        // `BTreeMap::range` panics for a range that ends before it begins.
        Ok(if numbers.is_empty() { Vec::new() } else { kept.range(numbers).map(|(_, row)| row.clone()).collect() })
    }
}

/// Deletes a database, whether or not it is there.
///
/// # Errors
/// Never; in a browser, if it keeps none.
pub async fn delete_database(name: &str) -> Result<(), String> {
    super::timer(ACCESS).await;
    databases().remove(name);
    Ok(())
}

fn databases() -> MutexGuard<'static, HashMap<String, Rows>> {
    unpoisoned(&DATABASES)
}
