//! A static server for the site, on a port of its own.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::routing::get;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// The headers that isolate a page, so that it has threads.
pub const ISOLATED: &[(&str, &str)] = &[
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("document-isolation-policy", "isolate-and-require-corp"),
];

/// Serves until it is dropped.
pub struct Server {
    /// Where; ends in a slash.
    pub address: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves a folder, with these headers on every file.
    ///
    /// Two things are added for the tests: a script that keeps the page's errors, which must be there before anything
    /// else runs, and a page that shows the site in a frame (browsers' windows have a least width, frames have none).
    pub async fn start(folder: &Path, headers: &[(&'static str, &'static str)]) -> Server {
        Server::start_without(folder, headers, None).await
    }

    /// The same, but one of its files is missing.
    pub async fn start_without(
        folder: &Path,
        headers: &[(&'static str, &'static str)],
        missing: Option<&'static str>,
    ) -> Server {
        let index = std::fs::read_to_string(folder.join("index.html"))
            .unwrap_or_else(|error| panic!("no site in {}: {error}", folder.display()))
            .replacen("<head>", "<head><script src=\"test/errors.js\"></script>", 1);
        let html = |text: String| get(async || ([(CONTENT_TYPE, "text/html; charset=utf-8")], text));
        let script = get(async || ([(CONTENT_TYPE, "text/javascript")], include_str!("errors.js")));
        let mut router = Router::new()
            .route("/", html(index.clone()))
            .route("/index.html", html(index))
            .route("/test/frame.html", html(include_str!("frame.html").to_owned()))
            .route("/test/errors.js", script)
            .fallback_service(ServeDir::new(folder));
        if let Some(missing) = missing {
            router = router.route(missing, get(async || StatusCode::NOT_FOUND));
        }
        for (name, value) in headers {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
            router = router.layer(SetResponseHeaderLayer::overriding(name, value));
        }

        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = tokio::net::TcpListener::bind(here).await.expect("a free port");
        let address = format!("http://{}/", listener.local_addr().expect("a bound port"));
        let task = tokio::spawn(async { axum::serve(listener, router).await.expect("the server goes on") });
        Server { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
