//! Functions that a process can start with.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::lane::scope;

/// A function that a process can start with, under the name by which the process finds it.
pub struct Entry {
    /// Its name: the demo's id, a slash, the function's.
    pub name: &'static str,
    /// Unpacks the arguments, calls the function, packs its result.
    pub call: fn(&[u8]) -> Result<Vec<u8>, String>,
}

/// Calls `function` with packed arguments, and packs what it returns. What both takes shows as scopes, with sizes.
///
/// # Errors
/// A sentence, if the arguments do not unpack.
pub fn call<A: DeserializeOwned, R: Serialize>(function: fn(A) -> R, arguments: &[u8]) -> Result<Vec<u8>, String> {
    let size = arguments.len();
    let arguments = scope(&format!("unpack {size} bytes"), || postcard::from_bytes(arguments))
        .map_err(|error| format!("its arguments of {size} bytes do not unpack: {error}"))?;
    let result = function(arguments);
    scope("pack the result", || pack(&result))
}

/// A value as bytes.
///
/// # Errors
/// A sentence, if it has no such form.
pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|error| format!("this value cannot be packed: {error}"))
}
