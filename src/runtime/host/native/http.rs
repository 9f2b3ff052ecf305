//! Addresses of the site without a site: the small httpbin of `www/sw/httpbin.js`, in this process.

use std::time::Duration;

/// A response whose head has arrived.
pub struct Response {
    /// The status code.
    pub status: u16,
    delay: Duration,
    chunks: u32,
    size: usize,
    sent: u32,
}

/// Requests `address`. Only addresses below `httpbin/` are known.
///
/// # Errors
/// Never; in a browser, if no response comes.
pub async fn fetch(address: &str) -> Result<Response, String> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<u32>().ok())
    };
    let known = path.starts_with("httpbin/");
    let delay = Duration::from_millis(u64::from(number("delay").unwrap_or(0)));
    if !delay.is_zero() {
        super::timer(delay).await;
    }
    Ok(Response {
        status: number("status").filter(|_| known).unwrap_or(if known { 200 } else { 404 }) as u16,
        delay,
        chunks: number("chunks").unwrap_or(1),
        size: number("size").unwrap_or(0) as usize,
        sent: 0,
    })
}

/// A file of the site that is always there: the program itself.
pub fn own_file() -> String {
    "weft.js".to_owned()
}

impl Response {
    /// A header of the response, if it is there.
    pub fn header(&self, name: &str) -> Option<String> {
        (name == "weft-httpbin" && self.status != 404).then(|| "1".to_owned())
    }

    /// The next bytes of the body as they arrive; `None` at its end.
    ///
    /// # Errors
    /// Never; in a browser, if the response breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, String> {
        if self.sent == self.chunks {
            return Ok(None);
        }
        if self.sent > 0 && !self.delay.is_zero() {
            super::timer(self.delay).await;
        }
        self.sent += 1;
        let line = format!("chunk {} of {}\n", self.sent, self.chunks);
        let size = if self.size == 0 { line.len() } else { self.size };
        Ok(Some(line.bytes().cycle().take(size).collect()))
    }
}
