//! What there is to test, and what each test needs of the machine. Nothing here knows a browser.

use std::time::Duration;

use crate::driver::Browser;

/// A test, to be run once in each of its browsers.
pub struct Case {
    module: &'static str,
    name: &'static str,
    /// Where it is run.
    pub browsers: &'static [Browser],
    /// What it needs for itself.
    pub needs: Needs,
    /// When it is run.
    when: When,
    /// When it is run in Firefox, if not then.
    firefox: Option<When>,
    /// Runs it.
    pub run: fn(Browser, &str, Needs) -> Result<(), String>,
}

inventory::collect!(Case);

/// What a test needs for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Only a page, which other runs may have been on. For single runs of demos.
    WarmPage,
    /// A tab, and with it an origin. The browser is one that other tests have used.
    Tab,
    /// A browser with an empty profile: it is about first visits, service workers, storage or memory.
    Browser,
    /// A browser, and the machine: it measures, so nothing else goes on meanwhile.
    Machine,
}

/// When a test is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// By `scripts/test --full`.
    Full,
    /// By `scripts/bench`.
    Bench,
    /// When a script asks for it, since it makes files of the repository: with this variable set.
    Asked(&'static str),
}

/// How long one test may take.
pub fn limit() -> Duration {
    let long = [When::Full, When::Bench, When::Asked("WEFT_RECORD"), When::Asked("WEFT_CPYTHON")]
        .iter()
        .any(|when| when.is_now());
    Duration::from_secs(if long { 60 * 60 } else { 180 })
}

impl When {
    /// Whether it is that time.
    pub fn is_now(self) -> bool {
        let is_set = |name: &str| std::env::var_os(name).is_some();
        match self {
            // What measures wants no other tests beside it.
            When::Always => !is_set("WEFT_BENCH"),
            When::Full => is_set("WEFT_FULL"),
            When::Bench => is_set("WEFT_BENCH"),
            When::Asked(name) => is_set(name),
        }
    }
}

impl Case {
    /// A test that is always run, in both browsers, in a tab of its own.
    pub const fn new(
        module: &'static str,
        name: &'static str,
        run: fn(Browser, &str, Needs) -> Result<(), String>,
    ) -> Case {
        Case {
            module,
            name,
            browsers: &[Browser::Chromium, Browser::Firefox],
            needs: Needs::Tab,
            when: When::Always,
            firefox: None,
            run,
        }
    }

    /// Its module and its own name.
    pub fn name(&self) -> String {
        let module = self.module.strip_prefix("browser::").unwrap_or(self.module);
        format!("{module}::{}", self.name)
    }

    /// The same, needing this for itself.
    pub const fn needs(self, needs: Needs) -> Case {
        Case { needs, ..self }
    }

    /// The same, at this time.
    pub const fn when(self, when: When) -> Case {
        Case { when, ..self }
    }

    /// The same, but in Firefox at this time: for what takes long there and is hardly another matter.
    pub const fn in_firefox(self, when: When) -> Case {
        Case { firefox: Some(when), ..self }
    }

    /// When it is run in this browser.
    pub fn when_in(&self, browser: Browser) -> When {
        self.firefox.filter(|_| browser == Browser::Firefox).unwrap_or(self.when)
    }

    /// The same, in these browsers.
    pub const fn browsers(self, browsers: &'static [Browser]) -> Case {
        Case { browsers, ..self }
    }
}
