//! Fetching addresses of the site.
//!
//! ```
//! use std::time::Duration;
//! use weft::runtime::tasks::http::{Address, Client};
//! use weft::runtime::tasks::run_main;
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let client = Client::open().await;
//!     let response = client.get(Address::new("page").delay(Duration::from_millis(5))).await?;
//!     print(format!("status {}: {}", response.status(), response.text().await?));
//!
//!     let broken = client.get(Address::new("broken").status(503)).await?;
//!     assert!(broken.raise_for_status().is_err());
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! The requests are real, and nothing leaves the origin: the site's service worker answers them, with the delay and
//! status that the address asks for. Where no service worker can run (a private window of Firefox, a sandboxed frame, a
//! host without https), the site's own files are fetched instead: these come at once.
//!
//! As in Python's `httpx` and `aiohttp`, a response with an error status is a response;
//! [`raise_for_status`](Response::raise_for_status) turns it into an error. A time-out that cuts a request aborts it, as
//! there.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::Error;
use super::outside::{outside, waits};
use crate::runtime::host;
use crate::runtime::lane::{Site, scaled};
use crate::trace::ResourceId;

/// Where the service worker answers, relative to the site's folder.
const SERVED: &str = "httpbin/";

/// The header that distinguishes its answers from those of the site's host.
const SERVED_BY: &str = "weft-httpbin";

/// Makes requests. In Python, an `httpx.AsyncClient`.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    served: bool,
}

/// An address of the service worker's, with how it is to be answered.
#[derive(Clone, Debug)]
pub struct Address {
    name: String,
    delay: Duration,
    status: u16,
    chunks: u32,
}

/// A response whose head has arrived. In Python, an `httpx.Response`.
pub struct Response {
    /// The name in its address.
    pub name: String,
    resource: ResourceId,
    inner: host::Response,
}

impl Client {
    /// Checks whether a service worker answers here.
    #[track_caller]
    pub fn open() -> impl Future<Output = Client> {
        let site = Site::caller();
        async move {
            let hello = waits(outside("service worker"), site, host::fetch(SERVED)).await;
            Client { served: hello.is_ok_and(|response| response.header(SERVED_BY).is_some()) }
        }
    }

    /// Whether a service worker answers. If not, every request fetches a file of the site.
    pub fn is_served(&self) -> bool {
        self.served
    }

    /// Requests this address, and returns the response once its head has arrived. The delay passes at the run's speed.
    ///
    /// # Errors
    /// If no response comes.
    #[track_caller]
    pub fn get(&self, address: Address) -> impl Future<Output = Result<Response, Error>> + use<> {
        let site = Site::caller();
        let served = self.served;
        async move {
            let path = if served { address.served() } else { address.own_file() };
            let resource = outside(&format!("GET {path}"));
            match waits(resource, site, host::fetch(&path)).await {
                Ok(inner) => Ok(Response { name: address.name, resource, inner }),
                Err(sentence) => Err(failed(&address.name, &sentence)),
            }
        }
    }
}

impl Address {
    /// An address under this name, answered at once, in one piece, with status 200.
    pub fn new(name: impl fmt::Display) -> Address {
        Address { name: name.to_string(), delay: Duration::ZERO, status: 200, chunks: 1 }
    }

    /// It is answered after this delay: up to a minute, in whole milliseconds.
    pub fn delay(mut self, delay: Duration) -> Address {
        self.delay = delay;
        self
    }

    /// It is answered with this status: 200 to 599.
    pub fn status(mut self, status: u16) -> Address {
        self.status = status;
        self
    }

    /// Its body comes in this many pieces, 1 to 1000, with the delay before each of them.
    pub fn chunks(mut self, chunks: u32) -> Address {
        self.chunks = chunks;
        self
    }

    fn served(&self) -> String {
        let mut query = Vec::new();
        if !self.delay.is_zero() {
            query.push(format!("delay={}", scaled(self.delay).as_micros().div_ceil(1000)));
        }
        if self.status != 200 {
            query.push(format!("status={}", self.status));
        }
        if self.chunks != 1 {
            query.push(format!("chunks={}", self.chunks));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{SERVED}{}{mark}{}", self.name, query.join("&"))
    }

    /// What is fetched where no service worker answers; a name that no file has, for an address that is to fail.
    fn own_file(&self) -> String {
        let file = if self.status < 400 { host::own_file() } else { "no-such-file".to_owned() };
        format!("{file}?{}", self.name)
    }
}

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.inner.status
    }

    /// The response itself, unless it has an error status.
    ///
    /// # Errors
    /// If it has one: 400 or more.
    pub fn raise_for_status(self) -> Result<Response, Error> {
        match self.status() {
            400.. => Err(Error::raised(format!("HTTPError: status {} for {}", self.status(), self.name))),
            _ => Ok(self),
        }
    }

    /// The next bytes of the body when they arrive; `None` at its end.
    ///
    /// # Errors
    /// If the response breaks off.
    #[track_caller]
    pub fn chunk(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> {
        let site = Site::caller();
        async move {
            let chunk = waits(self.resource, site, self.inner.chunk()).await;
            chunk.map_err(|sentence| failed(&self.name, &sentence))
        }
    }

    /// All of the body as text; invalid UTF-8 is replaced.
    ///
    /// # Errors
    /// If the response breaks off.
    #[track_caller]
    pub fn text(mut self) -> impl Future<Output = Result<String, Error>> {
        let site = Site::caller();
        async move {
            let mut bytes = Vec::new();
            let rest = async {
                while let Some(chunk) = self.inner.chunk().await? {
                    bytes.extend(chunk);
                }
                Ok(())
            };
            let all = waits(self.resource, site, rest).await;
            all.map_err(|sentence: String| failed(&self.name, &sentence))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

fn failed(name: &str, sentence: &str) -> Error {
    Error::raised(format!("HTTPError: {name}: {sentence}"))
}
