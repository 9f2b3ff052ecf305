//! Requests that block a thread until the response has come: in Python, `urllib.request` and `requests`.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, host::Request, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::http;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! # let (method, url) = ("GET".to_owned(), "https://httpbin.org/bytes/100".to_owned());
//! # let asked = Request { method, url, headers: Vec::new(), body: None, redirects: true, speed: 1.0 };
//! run_main(&run, LaneKind::Thread, || {
//!     let response = http::request(asked, "httpbin.org/bytes/100", None).unwrap();
//!     print(format!("status {}", response.head.status));
//!     while let Some(part) = response.part(None).unwrap() {
//!         print(format!("{} bytes", part.len()));
//!     }
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! The response is fetched elsewhere (in a browser by the engine's loop), so all that happens here is a wait.

use std::sync::Arc;
use std::time::Duration;

use super::wait::BlockingWait;
use crate::runtime::host::{self, Arrived, Exchange, Head, Request};
use crate::runtime::lane::{self, Site};
use crate::trace::{ResourceId, ResourceKind};

/// Why there is no response, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It did not come in time.
    Late,
    /// What is wrong, in a sentence.
    Failed(String),
}

/// A response whose head has come.
pub struct Response {
    /// Its head.
    pub head: Head,
    exchange: Arc<Exchange>,
    resource: ResourceId,
}

/// Sends a request, and blocks until the head of the response has come. In the trace the wait is for `name`.
///
/// # Errors
/// If none comes, or not in time.
#[track_caller]
pub fn request(request: Request, name: &str, timeout: Option<Duration>) -> Result<Response, Trouble> {
    let site = Site::caller();
    let resource = lane::with(|context| context.define_resource(ResourceKind::Outside, name));
    let exchange = Exchange::new(request);
    host::carry_out(&exchange);
    let head = await_in(&exchange, resource, site, timeout, |arrived| match (arrived.head.take(), &arrived.over) {
        (Some(head), _) => Some(Ok(head)),
        (None, Some(Err(sentence))) => Some(Err(Trouble::Failed(sentence.clone()))),
        (None, _) => None,
    });
    match head {
        Ok(head) => Ok(Response { head, exchange, resource }),
        Err(trouble) => {
            exchange.give_up();
            Err(trouble)
        }
    }
}

impl Response {
    /// Blocks until the next part of the body has come; `None` at its end.
    ///
    /// # Errors
    /// If it breaks off, or does not come in time.
    #[track_caller]
    pub fn part(&self, timeout: Option<Duration>) -> Result<Option<Vec<u8>>, Trouble> {
        let site = Site::caller();
        await_in(&self.exchange, self.resource, site, timeout, |arrived| {
            match (arrived.parts.pop_front(), &arrived.over) {
                (Some(part), _) => Some(Ok(Some(part))),
                (None, Some(Ok(()))) => Some(Ok(None)),
                (None, Some(Err(sentence))) => Some(Err(Trouble::Failed(sentence.clone()))),
                (None, None) => None,
            }
        })
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        self.exchange.give_up();
    }
}

/// Blocks until `found` finds something in what has arrived.
fn await_in<T>(
    exchange: &Exchange,
    resource: ResourceId,
    site: Site,
    timeout: Option<Duration>,
    mut found: impl FnMut(&mut Arrived) -> Option<Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let mut arrived = exchange.lock();
    if let Some(found) = found(&mut arrived) {
        return found;
    }
    let wait = BlockingWait::begin(Some(resource.into()), Some(site), timeout);
    let result = loop {
        let in_time = wait.sleep(&mut arrived, None);
        match found(&mut arrived) {
            Some(found) => break found,
            None if !in_time => break Err(Trouble::Late),
            None => {}
        }
    };
    drop(arrived);
    wait.over(None);
    result
}
