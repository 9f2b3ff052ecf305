//! The browsers that tests share, and whose turn it is.
//!
//! A test takes a browser that stands idle, or has one started, and gives it back; so there are never more than tests
//! that run at the same time. What failed in a browser may have left anything behind: such a browser is closed.

use std::sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use fantoccini::wd::WindowHandle;
use tokio::time::timeout;

use crate::cases::Needs;
use crate::driver::{Browser, Session};
use crate::server::{ISOLATED, Server};
use crate::site;

/// Tests that measure hold it alone, all others together.
static MACHINE: RwLock<()> = RwLock::new(());

static IDLE: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

/// Serves the site to warm pages.
static SERVER: OnceLock<Server> = OnceLock::new();

/// How long a browser may take to close its tabs.
const CLOSING: Duration = Duration::from_secs(20);

/// The right to use the machine.
#[expect(dead_code, reason = "guards are held, not read")]
pub enum Turn {
    /// Beside others.
    Beside(RwLockReadGuard<'static, ()>),
    /// Alone.
    Alone(RwLockWriteGuard<'static, ()>),
}

/// Waits until the test may begin.
pub fn turn(needs: Needs) -> Turn {
    match needs {
        Needs::Machine => Turn::Alone(MACHINE.write().unwrap_or_else(PoisonError::into_inner)),
        _ => Turn::Beside(MACHINE.read().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// A browser that tests share.
pub struct Shared {
    /// The browser.
    pub session: Session,
    /// The tab that stays open, so that the browser does.
    base: WindowHandle,
    /// The tab of the warm page, if there is one.
    warm: Option<WindowHandle>,
}

impl Shared {
    /// One that stands idle, or a new one.
    pub async fn take(browser: Browser) -> Shared {
        let idle = {
            let mut all = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().position(|shared| shared.session.browser == browser).map(|at| all.swap_remove(at))
        };
        if let Some(shared) = idle {
            return shared;
        }
        let session = Session::start(browser).await;
        let base = session.client.window().await.expect("a browser starts with a tab");
        Shared { session, base, warm: None }
    }

    /// Goes to a tab where nothing has been opened yet.
    pub async fn fresh_tab(&self) {
        let tab = self.session.client.new_window(true).await.expect("a new tab").handle;
        self.session.client.switch_to_window(tab).await.expect("the tab is there");
    }

    /// Goes to the tab of the warm page; true if it is new, and so has nothing in it yet.
    pub async fn warm_tab(&mut self) -> bool {
        if let Some(tab) = &self.warm {
            self.session.client.switch_to_window(tab.clone()).await.expect("the tab is there");
            return false;
        }
        self.fresh_tab().await;
        self.warm = Some(self.session.client.window().await.expect("a tab"));
        true
    }

    /// Closes all tabs but those that stay, and lets others have the browser. It is closed if that does not work.
    pub async fn give_back(self) {
        let problem = match timeout(CLOSING, self.close_tabs()).await {
            Ok(Ok(())) => {
                IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("not done after {CLOSING:?}"),
        };
        eprintln!("{} is closed, since it does not close its tabs: {problem}", self.session.browser);
        self.session.close().await;
    }

    async fn close_tabs(&self) -> Result<(), fantoccini::error::CmdError> {
        let client = &self.session.client;
        for tab in client.windows().await? {
            if tab != self.base && Some(&tab) != self.warm.as_ref() {
                client.switch_to_window(tab).await?;
                client.close_window().await?;
            }
        }
        client.switch_to_window(self.base.clone()).await
    }
}

/// The server of warm pages.
pub async fn warm_server() -> &'static Server {
    // Whoever comes second has started one for nothing.
    match SERVER.get() {
        Some(server) => server,
        None => {
            let server = Server::start(&site(), ISOLATED).await;
            SERVER.get_or_init(|| server)
        }
    }
}

/// Closes every browser.
pub async fn close() {
    let all = std::mem::take(&mut *IDLE.lock().unwrap_or_else(PoisonError::into_inner));
    for shared in all {
        shared.session.close().await;
    }
}
