//! Addresses that teaching programs fetch, answered by Weft itself, so that such a program runs without a network: a small
//! `httpbin.org`, and the example domains.

mod answer;
mod httpbin;

use serde_json::json;

use super::exchange::Request;
use answer::{Answer, Parts};

/// Whether Weft itself answers requests to this address: what comes is not from the network then.
pub fn is_answered_here(url: &str) -> bool {
    Parts::of(url).is_some_and(|parts| of_host(&host(&parts)).is_some())
}

/// The answer to a request, if its address is one that Weft itself answers.
pub(super) fn answer(request: &Request) -> Option<Answer> {
    let parts = Parts::of(&request.url)?;
    let host = host(&parts);
    let mut answer = match of_host(&host)? {
        Site::Httpbin => httpbin::answer(request, &parts),
        Site::Page => page(&host, parts.path),
        Site::Api => api(parts.path),
    };
    answer.delay = answer.delay.div_f64(request.speed.max(f64::MIN_POSITIVE));
    Some(answer)
}

/// What is answered here.
enum Site {
    Httpbin,
    Page,
    Api,
}

fn of_host(host: &str) -> Option<Site> {
    match host {
        "httpbin.org" | "www.httpbin.org" => Some(Site::Httpbin),
        "example.com" | "example.org" | "example.net" | "www.example.com" | "www.example.org" | "www.example.net" => {
            Some(Site::Page)
        }
        "api.example.com" => Some(Site::Api),
        _ => None,
    }
}

/// The host of an address, without the usual port.
fn host(parts: &Parts<'_>) -> String {
    let host = parts.host.to_ascii_lowercase();
    host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(&host).to_owned()
}

fn page(host: &str, path: &str) -> Answer {
    let status = if path == "/" { 200 } else { 404 };
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><title>Example Domain</title></head>\n<body>\n\
         <h1>Example Domain</h1>\n<p>This is {host}, as Weft answers for it.</p>\n</body>\n</html>\n"
    );
    Answer::new(status, "text/html; charset=utf-8", text)
}

/// How many bytes `api.example.com/data` has: the last part of 1024 is a short one.
const DATA: usize = 2500;

fn api(path: &str) -> Answer {
    if path == "/data" {
        let text: Vec<u8> = b"0123456789abcdef".iter().copied().cycle().take(DATA).collect();
        return Answer::new(200, "application/octet-stream", text);
    }
    Answer::new(200, "application/json", json!({ "status": "ok" }).to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;

    fn answered(method: &str, url: &str, body: Option<&str>) -> Option<Answer> {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let (method, url, body) = (method.to_owned(), url.to_owned(), body.map(|body| body.as_bytes().to_vec()));
        answer(&Request { method, url, headers, body, redirects: true, speed: 2.0 })
    }

    fn status(url: &str) -> u16 {
        answered("GET", url, None).expect("an answer").status
    }

    #[test]
    fn only_known_hosts_are_answered() {
        assert_eq!(status("https://example.com"), 200);
        assert_eq!(status("http://EXAMPLE.org:80/"), 200);
        assert_eq!(status("https://example.net/missing"), 404);
        assert!(answered("GET", "https://example.com.evil.test/", None).is_none());
        assert!(answered("GET", "https://elsewhere.test/", None).is_none());
        assert!(answered("GET", "httpbin.org", None).is_none());
        assert!(is_answered_here("http://EXAMPLE.org:80/") && !is_answered_here("https://elsewhere.test/"));
    }

    #[test]
    fn httpbin_does_as_its_paths_say() {
        assert_eq!(status("https://httpbin.org/status/503"), 503);
        assert_eq!(status("https://httpbin.org/nothing"), 404);
        assert_eq!(status("https://httpbin.org/post"), 405);
        let late = answered("GET", "https://httpbin.org/delay/3", None).expect("an answer");
        assert_eq!(late.delay, Duration::from_millis(1500), "at double speed");
        let lines = answered("GET", "https://httpbin.org/stream/3", None).expect("an answer");
        assert_eq!(lines.parts.len(), 3);
        let bytes = answered("GET", "https://httpbin.org/bytes/100", None).expect("an answer");
        assert_eq!(bytes.parts[0].len(), 100);
    }

    #[test]
    fn httpbin_says_what_was_asked() {
        let url = "https://httpbin.org/post?a=1&b=x+y&b=%C3%BC";
        let echo = answered("POST", url, Some("{\"c\": [2]}")).expect("an answer");
        let said: Value = serde_json::from_slice(&echo.parts[0]).expect("JSON");
        assert_eq!(said["args"], json!({ "a": "1", "b": ["x y", "ü"] }));
        assert_eq!(said["json"], json!({ "c": [2] }));
        assert_eq!(said["headers"]["Content-Type"], "application/json");
        assert_eq!(said["url"], url);
    }
}
