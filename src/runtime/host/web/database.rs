//! IndexedDB, by the crate `idb`: rows of bytes under numbers.

use idb::{Database as Connection, Factory, KeyRange, ObjectStore, Query, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// The one store that each database has.
const ROWS: &str = "rows";

/// An open database. It is closed when this is dropped.
pub struct Database(Connection);

impl Database {
    /// Opens a database, or creates it.
    ///
    /// # Errors
    /// A sentence, if this browser keeps none here.
    pub async fn open(name: &str) -> Result<Database, String> {
        let opened = Connection::builder(name).version(1).add_object_store(ObjectStore::builder(ROWS)).build().await;
        opened.map(Database).map_err(|error| format!("this browser opens no database here: {error}"))
    }

    /// Writes these rows, all or none of them.
    ///
    /// # Errors
    /// A sentence, if they cannot be written.
    pub async fn put(&self, rows: &[(u32, Vec<u8>)]) -> Result<(), String> {
        self.try_put(rows).await.map_err(|error| error.to_string())
    }

    /// The rows with these numbers, in order.
    ///
    /// # Errors
    /// A sentence, if they cannot be read.
    pub async fn range(&self, numbers: std::ops::Range<u32>) -> Result<Vec<Vec<u8>>, String> {
        self.try_range(numbers).await.map_err(|error| error.to_string())
    }

    async fn try_put(&self, rows: &[(u32, Vec<u8>)]) -> Result<(), idb::Error> {
        let transaction = self.0.transaction(&[ROWS], TransactionMode::ReadWrite)?;
        let store = transaction.object_store(ROWS)?;
        for (number, bytes) in rows {
            // A copy: what is stored must not be in shared memory. The transaction reports the outcome.
            drop(store.put(&Uint8Array::from(&bytes[..]), Some(&JsValue::from(*number)))?);
        }
        transaction.await?;
        Ok(())
    }

    async fn try_range(&self, numbers: std::ops::Range<u32>) -> Result<Vec<Vec<u8>>, idb::Error> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = self.0.transaction(&[ROWS], TransactionMode::ReadOnly)?;
        let keys =
            KeyRange::bound(&JsValue::from(numbers.start), &JsValue::from(numbers.end), Some(false), Some(true))?;
        let rows = transaction.object_store(ROWS)?.get_all(Some(Query::KeyRange(keys)), None)?.await?;
        Ok(rows.into_iter().map(|row| row.unchecked_into::<Uint8Array>().to_vec()).collect())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Deletes a database, whether or not it is there.
///
/// # Errors
/// A sentence, if this browser keeps none here.
pub async fn delete_database(name: &str) -> Result<(), String> {
    let deleted = async { Factory::new()?.delete(name)?.await };
    deleted.await.map_err(|error: idb::Error| error.to_string())
}
