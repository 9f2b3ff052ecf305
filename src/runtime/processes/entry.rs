//! Functions that a process can start with, and what is passed between processes: values as bytes.

use std::fmt::Display;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Error, ErrorKind};
use crate::runtime::lane;
use crate::trace::Nanos;

/// A function that a process can start with, under the name by which the process finds it; `A` are its arguments, and
/// `R` is what it returns.
pub struct Entry<A, R = ()> {
    /// Its name: the demo's id, a slash, the function's.
    pub name: &'static str,
    /// Unpacks the arguments, calls the function, packs its result: see [`call`] and [`try_call`].
    pub call: fn(&Packed<A>) -> Result<Packed<R>, String>,
}

/// A value as bytes. The type parameter keeps it from being used where another type is expected: bytes do not say what
/// they are.
pub struct Packed<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn(T)>,
}

/// An [`Entry`], whatever its arguments are.
pub trait EntryPoint: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Calls it with packed arguments, and returns its packed result.
    ///
    /// # Errors
    /// A sentence, if the arguments do not unpack, the function failed, or its result cannot be packed.
    fn call_packed(&self, arguments: Vec<u8>) -> Result<Vec<u8>, String>;
}

impl<A, R> EntryPoint for Entry<A, R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn call_packed(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        (self.call)(&Packed { bytes, of: PhantomData }).map(|result| result.bytes)
    }
}

impl<A, R> Entry<A, R> {
    /// The function's own name, without the demo's id.
    pub fn function(&self) -> &'static str {
        function(self.name)
    }
}

/// The function's own name, from that of an entry.
pub(super) fn function(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, function)| function)
}

/// Calls `function` with packed arguments, and packs what it returns. Unpacking and packing show as scopes, with sizes.
///
/// # Errors
/// A sentence, if the arguments do not unpack, or the result cannot be packed.
pub fn call<A: DeserializeOwned, R: Serialize>(
    function: fn(A) -> R,
    arguments: &Packed<A>,
) -> Result<Packed<R>, String> {
    let result = function(unpack_arguments(arguments)?);
    Ok(Packed { bytes: pack(&result)?, of: PhantomData })
}

/// As [`call`], with a function that may fail: a process that fails has exit code 1.
///
/// # Errors
/// As [`call`]; and what the function fails with.
pub fn try_call<A: DeserializeOwned, R: Serialize, E: Display>(
    function: fn(A) -> Result<R, E>,
    arguments: &Packed<A>,
) -> Result<Packed<R>, String> {
    let result = function(unpack_arguments(arguments)?).map_err(|error| error.to_string())?;
    Ok(Packed { bytes: pack(&result)?, of: PhantomData })
}

fn unpack_arguments<A: DeserializeOwned>(arguments: &Packed<A>) -> Result<A, String> {
    unpack(&arguments.bytes).map_err(|error| wrong_arguments(&error, arguments.bytes.len()))
}

fn wrong_arguments(error: &str, bytes: usize) -> String {
    format!("its arguments of {bytes} bytes do not unpack: {error}")
}

/// A value as bytes.
///
/// # Errors
/// A sentence, if it cannot be packed.
pub(super) fn pack<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    let began = lane::now();
    was_packed(began, postcard::to_stdvec(value))
}

/// The value that these bytes contain; an error if any are left over.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let began = lane::now();
    let (value, left) = match postcard::take_from_bytes(bytes) {
        Ok((value, rest)) => (Some(value), Ok(rest.len())),
        Err(error) => (None, Err(error)),
    };
    was_unpacked(began, bytes.len(), left)?;
    Ok(value.expect("nothing is left over of what was unpacked"))
}

// What follows packing and unpacking is the same for all types, so it is not generic.

fn was_packed(began: Nanos, packed: postcard::Result<Vec<u8>>) -> Result<Vec<u8>, String> {
    lane::took(began, &format!("pack {} bytes", packed.as_ref().map_or(0, Vec::len)));
    packed.map_err(|error| format!("this value cannot be packed: {error}"))
}

fn was_unpacked(began: Nanos, bytes: usize, left: postcard::Result<usize>) -> Result<(), String> {
    lane::took(began, &format!("unpack {bytes} bytes"));
    match left {
        Ok(0) => Ok(()),
        Ok(left) => Err(format!("{left} bytes are left over")),
        Err(error) => Err(error.to_string()),
    }
}

/// As [`pack`], for sending a message.
pub(super) fn packed<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    pack(value).map_err(|error| not_packed(&error))
}

/// As [`unpack`], for a message received `from` there.
pub(super) fn unpacked<T: DeserializeOwned>(bytes: &[u8], from: &str) -> Result<T, Error> {
    unpack(bytes).map_err(|error| not_unpacked(&error, bytes.len(), from))
}

fn not_packed(error: &str) -> Error {
    Error::new(ErrorKind::Pickling, format_args!("could not send a message: {error}"))
}

fn not_unpacked(error: &str, bytes: usize, from: &str) -> Error {
    let text = format_args!("received {bytes} bytes from {from} that are not what it expects: {error}");
    Error::new(ErrorKind::Unpickling, text)
}
