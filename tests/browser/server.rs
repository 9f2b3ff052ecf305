//! Static servers for the site, each on a port and a thread of its own.

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header::CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// The headers that isolate a page, so that it has threads.
pub const ISOLATED: &[(&str, &str)] = &[
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("document-isolation-policy", "isolate-and-require-corp"),
];

/// Serves until it is stopped or dropped.
pub struct Server {
    /// Where; ends in a slash.
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    running: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

/// A request: when, for what, and what for.
#[derive(Debug)]
struct Asked {
    at: Instant,
    uri: Uri,
    /// The headers by which a load of a page can be told from what a service worker fetches.
    headers: Vec<(&'static str, HeaderValue)>,
}

impl Asked {
    fn new(request: &Request) -> Asked {
        let names = ["sec-fetch-mode", "sec-fetch-dest", "sec-fetch-site", "cache-control", "if-modified-since"];
        let headers = names.into_iter().filter_map(|name| Some((name, request.headers().get(name)?.clone())));
        Asked { at: Instant::now(), uri: request.uri().clone(), headers: headers.collect() }
    }
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
        let index = with_errors_kept(folder);
        let html = |text: String| get(async || Html(text));
        let script = get(async || ([(CONTENT_TYPE, "text/javascript")], ERRORS));
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
        Server::serve(router, "")
    }

    /// Serves a folder just as it is, below `prefix`, which is empty or starts with a slash and does not end in one.
    /// `headers` says what a file gets, by its path from the folder on, which starts with a slash.
    pub fn host(
        folder: &Path,
        prefix: &'static str,
        headers: impl Fn(&str) -> Vec<(String, String)> + Send + Sync + 'static,
    ) -> Server {
        let files = ServeDir::new(folder);
        let router = match prefix {
            "" => Router::new().fallback_service(files),
            prefix => Router::new().nest_service(prefix, files),
        };
        let headers = Arc::new(headers);
        let with_headers = from_fn(move |request: Request, next: Next| {
            let path = request.uri().path();
            let headers = headers(path.strip_prefix(prefix).unwrap_or(path));
            async move {
                let mut response = next.run(request).await;
                for (name, value) in headers {
                    let name = HeaderName::try_from(name).expect("the name of a header");
                    response.headers_mut().append(name, HeaderValue::try_from(value).expect("a header"));
                }
                response
            }
        });
        Server::serve(router.layer(with_headers), prefix)
    }

    /// Serves one page, as another site than the tests' other servers.
    pub fn other_site(html: String) -> Server {
        let mut server = Server::serve(Router::new().fallback(async || Html(html)), "");
        // Ports do not make another site, names do.
        server.address = server.address.replace("127.0.0.1", "localhost");
        server
    }

    fn serve(router: Router, prefix: &str) -> Server {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let router = router.layer(from_fn(move |request: Request, next: Next| {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(Asked::new(&request));
            next.run(request)
        }));
        let listener = fresh_port();
        let address = format!("http://{}{prefix}/", listener.local_addr().expect("a bound port"));
        listener.set_nonblocking(true).expect("a listener takes turns");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            // Connections are tasks of the runtime, and end with it.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    _ = stopped => {}
                    served = axum::serve(listener, router) => served.expect("the server goes on"),
                }
            });
        });
        Server { address, asked, running: Mutex::new(Some((stop, thread))) }
    }

    /// Is gone from now on, and with it every connection.
    pub fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = running {
            // One that has ended by itself hears nothing any more.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }

    /// How often this path was asked for, from the server's root on, with its query.
    pub fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|asked| asked.uri == *path).count()
    }

    /// The requests whose addresses begin so, for the message of a test that counted them: seconds ago, and what for.
    pub fn requests(&self, start: &str) -> String {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let those = asked.iter().filter(|asked| asked.uri.to_string().starts_with(start));
        let lines =
            those.map(|Asked { at, uri, headers }| format!("-{:.3} {uri} {headers:?}", at.elapsed().as_secs_f64()));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Somebody else's page, which sends no headers of its own. Its errors are kept, too.
    pub fn of_page(text: &str) -> Server {
        let text = format!(
            "<!doctype html>\n<meta charset=\"utf-8\">\n<script>{}</script>\n{text}",
            include_str!("errors.js")
        );
        // Browsers ask for an icon on their own.
        let icon = get(async || StatusCode::NO_CONTENT);
        Server::serve(Router::new().route("/", get(async || Html(text))).route("/favicon.ico", icon), "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that no server of this process has had: browsers live longer than servers, and keep what they know of an
/// origin, a service worker above all. Below the ports that the system gives away by itself.
fn fresh_port() -> TcpListener {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const PORTS: std::ops::Range<u16> = 12_000..32_000;
    let first = std::process::id() as u16;
    for _ in PORTS {
        let port = PORTS.start + first.wrapping_add(NEXT.fetch_add(1, Relaxed)) % (PORTS.end - PORTS.start);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener;
        }
    }
    panic!("no port is free");
}

/// The script that keeps a page's errors for the tests.
pub const ERRORS: &str = include_str!("errors.js");

/// The site's page, with that script in it as `test/errors.js`.
pub fn with_errors_kept(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("index.html"))
        .unwrap_or_else(|error| panic!("no site in {}: {error}", folder.display()))
        .replacen("<head>", "<head><script src=\"test/errors.js\"></script>", 1)
}

impl Server {
    /// Serves a folder just as it is as `/some/folder`, with these headers. With a slash at its end or without, its address
    /// gives the page; or, where the host `removes_slash`, the one leads to the other.
    pub fn folder(folder: &Path, headers: &'static [(&'static str, &'static str)], removes_slash: bool) -> Server {
        const FOLDER: &str = "/some/folder";
        let with_headers = from_fn(move |request: Request, next: Next| async move {
            let mut response = match request.uri().path().strip_suffix('/') {
                Some(FOLDER) if removes_slash => {
                    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
                    Redirect::temporary(&format!("{FOLDER}{query}")).into_response()
                }
                _ => next.run(request).await,
            };
            for (name, value) in headers {
                response.headers_mut().insert(*name, HeaderValue::from_static(value));
            }
            response
        });
        Server::serve(Router::new().nest_service(FOLDER, ServeDir::new(folder)).layer(with_headers), FOLDER)
    }

    /// Serves the site's page, with these headers, and ends every connection on which anything else is asked for.
    pub fn page_alone(folder: &Path, headers: &[(&str, &str)]) -> Server {
        let page = with_errors_kept(folder);
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = page.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{page}"
        );
        let listener = fresh_port();
        let address = format!("http://{}/", listener.local_addr().expect("a bound port"));
        listener.set_nonblocking(true).expect("a listener takes turns");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let answer_all = async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                loop {
                    let Ok((mut connection, _)) = listener.accept().await else { continue };
                    let answer = answer.clone();
                    tokio::spawn(async move {
                        let mut asked = [0; 4096];
                        let length = connection.read(&mut asked).await.unwrap_or(0);
                        if asked[..length].starts_with(b"GET / ") {
                            // Whoever has gone does not miss it.
                            let _ = connection.write_all(answer.as_bytes()).await;
                        }
                    });
                }
            };
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = answer_all => {}
                }
            });
        });
        Server { address, asked: Arc::default(), running: Mutex::new(Some((stop, thread))) }
    }
}
