//! Files in the browser's origin-private file system: nobody but this site sees them.
//!
//! The asynchronous interface, which leaves the worker's loop free; `createSyncAccessHandle` would block it.

use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array, global};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemWritableFileStream, WorkerGlobalScope,
};

use super::error_text;

/// The folder that all files are in.
const FOLDER: &str = "weft";

/// The bytes of a file.
///
/// # Errors
/// A sentence, if there is no such file, or this browser keeps none here.
pub async fn read_file(name: &str) -> Result<Vec<u8>, String> {
    let handle: FileSystemFileHandle = settled(folder().await?.get_file_handle(name)).await?;
    let file: File = settled(handle.get_file()).await?;
    let bytes: ArrayBuffer = settled(file.array_buffer()).await?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// Replaces a file, or creates it. It has its new content once this is done, and the old one until then.
///
/// # Errors
/// A sentence, if this browser keeps no files here, or there is no room.
pub async fn write_file(name: &str, bytes: &[u8]) -> Result<(), String> {
    let folder = folder().await?;
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let handle: FileSystemFileHandle = settled(folder.get_file_handle_with_options(name, &options)).await?;
    if !has(&handle, "createWritable") {
        return Err("this browser writes private files in another way than Weft knows".to_owned());
    }
    let stream: FileSystemWritableFileStream = settled(handle.create_writable()).await?;
    // A copy: what is written must not be in shared memory.
    let written = stream.write_with_js_u8_array(&Uint8Array::from(bytes)).map_err(|error| error_text(&error))?;
    settled::<JsValue>(written).await?;
    settled::<JsValue>(stream.close()).await?;
    Ok(())
}

/// Removes a file.
///
/// # Errors
/// A sentence, if there is no such file, or this browser keeps none here.
pub async fn remove_file(name: &str) -> Result<(), String> {
    settled::<JsValue>(folder().await?.remove_entry(name)).await.map(drop)
}

async fn folder() -> Result<FileSystemDirectoryHandle, String> {
    let navigator = global().unchecked_into::<WorkerGlobalScope>().navigator();
    // Missing where the page was not served over https or from this machine.
    if !has(&navigator, "storage") || !has(&navigator.storage(), "getDirectory") {
        return Err("this browser keeps no private files for this page".to_owned());
    }
    let root: FileSystemDirectoryHandle = settled(navigator.storage().get_directory())
        .await
        .map_err(|error| format!("this browser keeps no private files here, perhaps in a private window: {error}"))?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    settled(root.get_directory_handle_with_options(FOLDER, &options)).await
}

fn has(object: &JsValue, name: &str) -> bool {
    Reflect::get(object, &name.into()).is_ok_and(|value| !value.is_undefined())
}

async fn settled<T: JsCast>(promise: Promise) -> Result<T, String> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into).map_err(|error| error_text(&error))
}
