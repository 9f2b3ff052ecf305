//! Functions that a process can start with.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::lane::scope;

/// A function that a process can start with, under the name by which the process finds it; `A` are its arguments.
pub struct Entry<A> {
    /// Its name: the demo's id, a slash, the function's.
    pub name: &'static str,
    /// Unpacks the arguments, calls the function, packs its result: see [`call`].
    pub call: fn(&Packed<A>) -> Result<Vec<u8>, String>,
}

/// Arguments as bytes. The type keeps them from going to a function that takes others: bytes do not say what they are.
pub struct Packed<A> {
    bytes: Vec<u8>,
    arguments: PhantomData<fn(A)>,
}

/// An [`Entry`], whatever its arguments are.
pub trait EntryPoint: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Calls it with packed arguments, and gives its packed result.
    ///
    /// # Errors
    /// A sentence, if the arguments do not unpack.
    fn call_packed(&self, arguments: Vec<u8>) -> Result<Vec<u8>, String>;
}

impl<A> EntryPoint for Entry<A> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn call_packed(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        (self.call)(&Packed { bytes, arguments: PhantomData })
    }
}

/// Calls `function` with packed arguments, and packs what it returns. What both takes shows as scopes, with sizes.
///
/// # Errors
/// A sentence, if the arguments do not unpack.
pub fn call<A: DeserializeOwned, R: Serialize>(function: fn(A) -> R, arguments: &Packed<A>) -> Result<Vec<u8>, String> {
    let size = arguments.bytes.len();
    let arguments = scope(&format!("unpack {size} bytes"), || postcard::from_bytes(&arguments.bytes))
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
