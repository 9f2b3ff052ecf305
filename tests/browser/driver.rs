//! Browsers, and the drivers that steer them. Whatever is started here is ended here, by its process id.

use std::collections::HashMap;
use std::env::{split_paths, var_os};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The browsers that Weft is tested in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chromium, or Chrome.
    Chromium,
    /// Firefox, by the classic WebDriver protocol: under WebDriver BiDi some starts of nested workers hang.
    Firefox,
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Browser::Chromium => "chromium",
            Browser::Firefox => "firefox",
        })
    }
}

impl Browser {
    fn driver(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Browser::Chromium => ("chromedriver", &["--port=0"]),
            Browser::Firefox => ("geckodriver", &["--port", "0", "--websocket-port", "0"]),
        }
    }

    fn capabilities(self, profile: &Path) -> Value {
        let binary = on_path(match self {
            Browser::Chromium => &["chromium", "chromium-browser", "google-chrome"],
            Browser::Firefox => &["firefox-esr", "firefox"],
        });
        let (name, key, mut options) = match self {
            Browser::Chromium => {
                let profile = format!("--user-data-dir={}", profile.display());
                let arguments = [
                    "--headless",
                    // Containers have neither of these two; the only page that is opened is our own.
                    "--no-sandbox",
                    "--disable-dev-shm-usage",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--window-size=1280,900",
                    // Has memory measured when it is collected.
                    "--js-flags=--expose-gc",
                    &profile,
                ];
                ("chrome", "goog:chromeOptions", json!({ "args": arguments }))
            }
            Browser::Firefox => {
                let arguments = ["-headless", "--width=1280", "--height=900"];
                ("firefox", "moz:firefoxOptions", json!({ "args": arguments }))
            }
        };
        if let Some(binary) = binary {
            options["binary"] = json!(binary);
        }
        let mut capabilities = json!({
            "browserName": name,
            "timeouts": { "script": 300_000, "pageLoad": 60_000 },
        });
        capabilities[key] = options;
        capabilities
    }
}

/// A browser that began with an empty profile.
pub struct Session {
    /// Which.
    pub browser: Browser,
    /// What steers it.
    pub client: Client,
    driver: Driver,
    _scratch: TempDir,
}

impl Session {
    /// Starts a driver, and a browser with it.
    pub async fn start(browser: Browser) -> Session {
        for _ in 0..STARTS {
            let scratch = tempfile::tempdir().expect("a folder for the profile");
            let driver = Driver::start(browser, scratch.path()).await;
            let Value::Object(capabilities) = browser.capabilities(&scratch.path().join("profile")) else {
                unreachable!()
            };
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let client = builder.capabilities(capabilities).connect(&driver.address);
            if let Ok(client) = timeout(START, client).await {
                let client = client.unwrap_or_else(|error| panic!("{browser} does not start: {error}"));
                return Session { browser, client, driver, _scratch: scratch };
            }
            // Nothing of Weft has been asked for yet.
            eprintln!("{browser} has not started within {START:?} and is started anew");
        }
        panic!("{browser} did not start within {START:?}, {STARTS} times");
    }

    /// The browser's processes.
    pub fn processes(&self) -> Vec<u32> {
        self.driver.descendants()
    }

    /// Closes the browser; the driver is ended too, with whatever it started and left behind.
    pub async fn close(self) {
        if timeout(Duration::from_secs(15), self.client.close()).await.is_err() {
            eprintln!("{} did not close in time and is killed", self.browser);
        }
    }
}

/// How often a driver or a browser is started before that is given up.
const STARTS: u32 = 3;

/// How long a driver or a browser may take to start.
const START: Duration = Duration::from_secs(60);

struct Driver {
    child: Child,
    address: String,
}

impl Driver {
    async fn start(browser: Browser, scratch: &Path) -> Driver {
        // Chromium's driver wants the same port for both versions of IP, and ends when it has chosen one that somebody
        // has for the other.
        for _ in 0..STARTS {
            if let Some(driver) = Driver::try_start(browser, scratch).await {
                return driver;
            }
        }
        panic!("{browser}'s driver did not say which port it listens on, {STARTS} times");
    }

    async fn try_start(browser: Browser, scratch: &Path) -> Option<Driver> {
        let (program, arguments) = browser.driver();
        let mut child = Command::new(program)
            .args(arguments)
            .env("TMPDIR", scratch)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start ({error}); `scripts/setup test` installs it"));

        // Both drivers choose a free port themselves, and print it.
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains("started successfully on port") || line.contains("Listening on") {
                    let digits = line.trim_end_matches('.').rsplit(|c: char| !c.is_ascii_digit()).next();
                    return digits.and_then(|digits| digits.parse::<u16>().ok());
                }
            }
            None
        };
        let port = timeout(START, port).await.ok().flatten()?;
        // Read on, so that the driver never waits for a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Driver { child, address: format!("http://127.0.0.1:{port}") })
    }

    fn descendants(&self) -> Vec<u32> {
        let parents = parents();
        let mut found = Vec::from_iter(self.child.id());
        let mut next = 0;
        while next < found.len() {
            let parent = found[next];
            found.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(child, _)| child));
            next += 1;
        }
        found.split_off(found.len().min(1))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let left: Vec<_> = self.descendants().iter().map(u32::to_string).collect();
        let _ = self.child.start_kill();
        if !left.is_empty() {
            let _ = std::process::Command::new("kill").arg("-KILL").args(left).stderr(Stdio::null()).status();
        }
    }
}

/// Every process with its parent; empty where there is no `/proc`.
fn parents() -> HashMap<u32, u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // "id (name, which may hold anything) state parent …"
        let (_, fields) = stat.rsplit_once(") ")?;
        Some((id, fields.split(' ').nth(1)?.parse().ok()?))
    })
    .collect()
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<_> = split_paths(&var_os("PATH")?).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}
