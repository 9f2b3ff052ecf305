//! Requests of programs: fetched by the engine's loop, since the lane that waits for the response is blocked. They carry no
//! credentials.

use std::sync::{Arc, OnceLock};

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt, pin_mut};
use gloo_net::http::{Headers, RequestBuilder, Response};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use wasm_streams::ReadableStream;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestMode, RequestRedirect};

use super::{error_text, timer};
use crate::runtime::host::answers::answer;
use crate::runtime::host::exchange::{Exchange, Head};

/// How often it is looked whether a request is still wanted.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(50);

/// Where lanes leave their requests.
static REQUESTS: OnceLock<UnboundedSender<Arc<Exchange>>> = OnceLock::new();

/// Carries out requests on this worker's loop from now on.
pub fn serve_requests() {
    let (sender, mut requests) = unbounded();
    if REQUESTS.set(sender).is_ok() {
        spawn_local(async move {
            while let Some(exchange) = requests.next().await {
                spawn_local(serve(exchange));
            }
        });
    }
}

/// Has a request carried out.
pub fn carry_out(exchange: &Arc<Exchange>) {
    let sent = REQUESTS.get().map(|requests| requests.unbounded_send(exchange.clone()));
    if !matches!(sent, Some(Ok(()))) {
        exchange.over(Err("nobody carries out requests here".to_owned()));
    }
}

async fn serve(exchange: Arc<Exchange>) {
    if let Some(answer) = answer(&exchange.request) {
        timer(answer.delay).await;
        return answer.deliver(&exchange);
    }
    let abort = AbortController::new().ok();
    let fetched = fetch(&exchange, abort.as_ref()).fuse();
    let unwanted = async {
        while !exchange.is_unwanted() {
            timer(LOOK_EVERY).await;
        }
    }
    .fuse();
    pin_mut!(fetched, unwanted);
    match select(fetched, unwanted).await {
        Either::Left((result, _)) => exchange.over(result),
        Either::Right(_) => {
            if let Some(abort) = &abort {
                abort.abort();
            }
        }
    }
}

async fn fetch(exchange: &Exchange, abort: Option<&AbortController>) -> Result<(), String> {
    let request = &exchange.request;
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.append(name, value);
    }
    let redirect = if request.redirects { RequestRedirect::Follow } else { RequestRedirect::Manual };
    let builder = RequestBuilder::new(&request.url)
        .method(request.method.parse().map_err(|_| format!("there is no method {}", request.method))?)
        .headers(headers)
        .mode(RequestMode::Cors)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .redirect(redirect)
        .abort_signal(abort.map(AbortController::signal).as_ref());
    let built = match &request.body {
        Some(body) => builder.body(Uint8Array::from(&body[..])),
        None => builder.build(),
    };
    let response = built.map_err(|error| error.to_string())?.send().await.map_err(|error| {
        let host = request.url.split('/').nth(2).unwrap_or_default();
        format!("no answer from {host} that this page may read: it is not there, or does not allow it (CORS): {error}")
    })?;
    if response.status() == 0 {
        return Err("the address leads to another one, and a page is not told to which".to_owned());
    }
    exchange.head(head(&response, &request.url));
    let Some(body) = response.body() else { return Ok(()) };
    let mut parts = ReadableStream::from_raw(body.unchecked_into()).into_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| format!("the response has broken off: {}", error_text(&error)))?;
        exchange.part(part.unchecked_into::<Uint8Array>().to_vec());
    }
    Ok(())
}

fn head(response: &Response, asked: &str) -> Head {
    let url = Some(response.url()).filter(|url| !url.is_empty()).unwrap_or_else(|| asked.to_owned());
    // What the body was packed with, the browser has undone.
    let unpacked = |name: &str| name != "content-encoding";
    let headers = response.headers().entries().filter(|(name, _)| unpacked(name)).collect();
    Head { status: response.status(), headers, url }
}
