//! Fetching addresses of the site. Nothing else can be asked for, so nothing leaves the origin.

use futures::StreamExt;
use gloo_net::http::{Request, Response as NetResponse};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_streams::ReadableStream;
use wasm_streams::readable::IntoStream;
use web_sys::{AbortController, RequestCache, Url};

use super::error_text;
use super::worker::SCRIPT;

/// A response whose head has arrived.
pub struct Response {
    /// The status code.
    pub status: u16,
    inner: NetResponse,
    body: Option<IntoStream<'static>>,
}

/// Aborts its request if it is dropped before the response has arrived.
struct Abort(Option<AbortController>);

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// Requests `address`, which is relative to the site's own folder. Dropping the future aborts the request.
///
/// # Errors
/// A sentence, if no response comes. (One with an error status is a response, too.)
pub async fn fetch(address: &str) -> Result<Response, String> {
    let url = SCRIPT.with(|script| Url::new_with_base(address, script)).map_err(|error| error_text(&error))?;
    let mut abort = Abort(AbortController::new().ok());
    let signal = abort.0.as_ref().map(AbortController::signal);
    let sent = Request::get(&url.href()).cache(RequestCache::NoStore).abort_signal(signal.as_ref()).send().await;
    abort.0 = None;
    let inner = sent.map_err(|error| error.to_string())?;
    let body = inner.body().map(|body| ReadableStream::from_raw(body.unchecked_into()).into_stream());
    Ok(Response { status: inner.status(), inner, body })
}

/// A file of the site that is always there: the program itself.
pub fn own_file() -> String {
    let path = SCRIPT.with(|script| Url::new(script).map(|url| url.pathname())).unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Response {
    /// A header of the response, if it is there.
    pub fn header(&self, name: &str) -> Option<String> {
        self.inner.headers().get(name)
    }

    /// The next bytes of the body as they arrive; `None` at its end.
    ///
    /// # Errors
    /// A sentence, if the response breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some(body) = &mut self.body else { return Ok(None) };
        match body.next().await {
            Some(Ok(bytes)) => Ok(Some(bytes.unchecked_into::<Uint8Array>().to_vec())),
            Some(Err(error)) => Err(error_text(&error)),
            None => Ok(None),
        }
    }
}
