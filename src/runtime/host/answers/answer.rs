//! An answer to a request, and the parts of its address.

use std::time::Duration;

use crate::runtime::host::exchange::{Exchange, Head, Request};

/// An answer.
pub(in crate::runtime::host) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// How long until its head comes.
    pub delay: Duration,
    /// Its body, in parts.
    pub parts: Vec<Vec<u8>>,
}

impl Answer {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Answer { status, headers, delay: Duration::ZERO, parts: vec![body.into()] }
    }

    /// As `httpbin.org` writes JSON.
    pub fn json(value: &serde_json::Value) -> Answer {
        let text = serde_json::to_string_pretty(value).expect("a value can be written");
        Answer::new(200, "application/json", format!("{text}\n"))
    }

    /// Its head, to this request.
    fn head(&self, request: &Request) -> Head {
        let mut headers = self.headers.clone();
        if self.parts.len() == 1 {
            headers.push(("content-length".to_owned(), self.parts[0].len().to_string()));
        }
        headers.push(("server".to_owned(), "weft".to_owned()));
        Head { status: self.status, headers, url: request.url.clone() }
    }

    /// Puts it into an exchange, once its delay is over.
    pub fn deliver(self, exchange: &Exchange) {
        exchange.head(self.head(&exchange.request));
        let bodiless = exchange.request.method == "HEAD" || matches!(self.status, 204 | 304);
        for part in self.parts.into_iter().filter(|_| !bodiless) {
            exchange.part(part);
        }
        exchange.over(Ok(()));
    }
}

/// Parts of an address.
pub(super) struct Parts<'a> {
    pub host: &'a str,
    pub path: &'a str,
    pub query: &'a str,
}

impl Parts<'_> {
    pub fn of(url: &str) -> Option<Parts<'_>> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = before.find('/').map_or((before, "/"), |at| before.split_at(at));
        Some(Parts { host, path, query })
    }
}
