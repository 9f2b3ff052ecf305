//! What a person does on the page, and what a course's script does.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use crate::driver::{Browser, Session};
use crate::server::Server;

/// How long the page may take to come up, or to show what is expected without a run.
pub const SOON: Duration = Duration::from_secs(20);

/// Weft's page in a browser.
pub struct Page<'a> {
    session: &'a Session,
    address: &'a str,
    name: String,
}

impl<'a> Page<'a> {
    /// A tab where nothing has been opened yet. Screenshots are named after `name`.
    pub fn new(session: &'a Session, server: &'a Server, name: String) -> Page<'a> {
        Page { session, address: &server.address, name }
    }

    /// The same tab, for a site on another server.
    pub fn on<'b>(&self, server: &'b Server) -> Page<'b>
    where
        'a: 'b,
    {
        self.at(&server.address)
    }

    /// The same tab, for a site at an address that ends in a slash.
    pub fn at<'b>(&self, address: &'b str) -> Page<'b>
    where
        'a: 'b,
    {
        Page { session: self.session, address, name: self.name.clone() }
    }

    /// The browser it is in.
    pub fn browser(&self) -> Browser {
        self.session.browser
    }

    /// The browser's processes.
    pub fn processes(&self) -> Vec<u32> {
        self.session.processes()
    }

    /// Loads the site at this address, which starts with `#`, and waits until it is up.
    pub async fn open(&self, hash: &str) {
        self.load(hash).await;
        self.wait_until_up().await;
    }

    /// The same in a frame of this width.
    pub async fn open_in_frame(&self, width: u32, hash: &str) {
        self.open_in_screen((width, 780), hash).await;
    }

    /// The same in a frame of this width and height.
    pub async fn open_in_screen(&self, (width, height): (u32, u32), hash: &str) {
        self.load(&format!("test/frame.html?width={width}&height={height}{hash}")).await;
        self.session.client.enter_frame(0).await.expect("a frame");
        self.wait_until_up().await;
    }

    /// Loads the site, and gives what its `marks` are once `last` is among them.
    pub async fn marks(&self, hash: &str, last: &str) -> Value {
        self.load(hash).await;
        self.wait_for(&format!("{last} is there"), SOON, "return arguments[0] in window.marks", &[json!(last)]).await;
        self.script("return window.marks", &[]).await
    }

    /// Opens a page of another site that shows this one in a frame, and goes into that.
    pub async fn open_other_site(&self, other: &Server) {
        self.session.client.enter_parent_frame().await.expect("the page itself");
        self.session.client.goto(&other.address).await.expect("the other site opens");
        self.session.client.enter_frame(0).await.expect("a frame");
        self.wait_until_up().await;
    }

    /// Loads the page anew, as its own reload does. (The driver's goes past the service worker in Firefox.)
    pub async fn reload(&self) {
        // Not at once: Chromium's driver may never answer a script that ends with its page.
        self.script("window.old = true; setTimeout(() => location.reload(), 50)", &[]).await;
        self.wait_for("another page is there", SOON, "return window.old === undefined", &[]).await;
        self.wait_until_up().await;
    }

    /// Goes to another address of the page, as following a link does.
    pub async fn go(&self, hash: &str) {
        self.script("location.hash = arguments[0]", &[json!(hash)]).await;
    }

    /// The tab that is shown.
    pub async fn tab(&self) -> WindowHandle {
        self.session.client.window().await.expect("a tab")
    }

    /// Goes to a tab: to a new, empty one if none is named.
    pub async fn go_to_tab(&self, tab: Option<WindowHandle>) {
        let client = &self.session.client;
        let tab = match tab {
            Some(tab) => tab,
            None => client.new_window(true).await.expect("a new tab").handle,
        };
        client.switch_to_window(tab).await.expect("the tab is there");
    }

    /// Loads a page of this server.
    pub async fn load(&self, path: &str) {
        self.session.client.enter_parent_frame().await.expect("the page itself");
        // Going from one part after `#` to another would not load anything.
        self.session.client.goto("about:blank").await.expect("an empty page");
        let address = format!("{}{path}", self.address);
        self.session.client.goto(&address).await.unwrap_or_else(|error| panic!("{address} does not open: {error}"));
    }

    /// Goes on inside a frame of the page.
    pub async fn enter(&self, frame: u16) {
        self.session.client.enter_frame(frame).await.unwrap_or_else(|error| panic!("no frame {frame}: {error}"));
    }

    /// Goes on in the page around this frame.
    pub async fn leave(&self) {
        self.session.client.enter_parent_frame().await.expect("the page around");
    }

    /// Waits until the site is up.
    pub async fn wait_until_up(&self) {
        let up = "return window.weft !== undefined && document.documentElement.dataset.weftRun !== undefined";
        self.wait_for("the page is up", SOON, up, &[]).await;
    }

    /// Clicks the button with this name, once it is enabled.
    pub async fn click(&self, button: &str) {
        let named = format!("(@aria-label='{button}' or (not(@aria-label) and normalize-space()='{button}'))");
        let found = self.find(&format!("//button[{named} and not(@disabled)]")).await;
        found.click().await.unwrap_or_else(|error| panic!("the button {button} cannot be clicked: {error}"));
    }

    /// Types a value into the field of a parameter.
    pub async fn type_into(&self, param: &str, value: &str) {
        let field = self.field(param).await;
        // Modifiers are released at the end of each call.
        for keys in [format!("{}a", char::from(Key::Control)), value.to_owned(), char::from(Key::Tab).to_string()] {
            field.send_keys(&keys).await.expect("a field to type into");
        }
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let focused = self.session.client.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("something that takes keys");
    }

    /// What stands in the field of a parameter.
    pub async fn value_of(&self, param: &str) -> String {
        self.field(param).await.prop("value").await.expect("a field").unwrap_or_default()
    }

    async fn field(&self, param: &str) -> Element {
        self.find(&format!("//*[@id = //label[normalize-space() = '{param}']/@for]")).await
    }

    async fn find(&self, path: &str) -> Element {
        let wait = self.session.client.wait().at_most(SOON);
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("the page has no {path}: {error}"))
    }

    /// Waits until the page has an element at this XPath.
    pub async fn wait_for_element(&self, path: &str) {
        self.find(path).await;
    }

    /// The text that can be seen.
    pub async fn text(&self) -> String {
        self.script("return document.body.innerText", &[]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this can be read on the page, upper case or lower.
    pub async fn wait_for_text(&self, text: &str) {
        let shows = "return document.body.innerText.toLowerCase().includes(arguments[0].toLowerCase())";
        self.wait_for(&format!("the page shows \"{text}\""), SOON, shows, &[json!(text)]).await;
    }

    /// Waits until the page says that the run is in this state.
    pub async fn wait_for_run(&self, state: &str, limit: Duration) {
        let is_in = "return document.documentElement.dataset.weftRun === arguments[0]";
        self.wait_for(&format!("the run is {state}"), limit, is_in, &[json!(state)]).await;
    }

    /// The state of the run that the page says.
    pub async fn run_state(&self) -> String {
        let state = self.script("return document.documentElement.dataset.weftRun", &[]).await;
        state.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script returns true.
    pub async fn wait_for(&self, what: &str, limit: Duration, script: &str, arguments: &[Value]) {
        let start = Instant::now();
        // A page that is being loaded anew answers nothing for a moment.
        while !matches!(self.session.client.execute(script, arguments.to_vec()).await, Ok(Value::Bool(true))) {
            if start.elapsed() > limit {
                let (state, text) = (self.run_state().await, self.text().await);
                panic!(
                    "after {limit:?} it is still not so that {what}. The run is \"{state}\"; the page shows:\n{text}"
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `await weft.run(id, params)`: what it gives, or the message it rejects with.
    pub async fn run(&self, id: &str, params: Value) -> Result<Value, String> {
        self.evaluate("weft.run(arguments[0], arguments[1])", &[json!(id), params]).await
    }

    /// `weft.trace()`.
    pub async fn trace(&self) -> Value {
        // As text, since a driver may write numbers less exactly than the page does.
        let text = self.evaluate("JSON.stringify(weft.trace())", &[]).await.expect("a trace");
        weft_contract::read(text.as_str().expect("text")).expect("JSON")
    }

    /// The value of an expression, awaited if it is a promise, or the message of its error.
    pub async fn evaluate(&self, expression: &str, arguments: &[Value]) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
            (async (...arguments) => {expression})(...arguments).then(
                (value) => done({{ value }}),
                (error) => done({{ error: String(error?.message ?? error) }}),
            );"
        );
        let answer = self.session.client.execute_async(&script, arguments.to_vec()).await;
        let mut answer = answer.unwrap_or_else(|error| panic!("no answer to `{expression}`: {error}"));
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
            None => Ok(answer["value"].take()),
        }
    }

    /// What a script returns.
    pub async fn script(&self, script: &str, arguments: &[Value]) -> Value {
        let answer = self.session.client.execute(script, arguments.to_vec()).await;
        answer.unwrap_or_else(|error| panic!("`{script}` fails: {error}"))
    }

    /// The errors since the page was loaded or this was last called.
    pub async fn take_errors(&self) -> Vec<String> {
        let script = "return window.pageErrors?.splice(0) ?? []";
        let errors =
            self.session.client.execute(script, vec![]).await.unwrap_or_else(|error| json!([error.to_string()]));
        serde_json::from_value(errors).expect("a list of texts")
    }

    /// All that can be said about a test that has failed here: state, errors, console, text, and where a picture is.
    pub async fn report(&self, errors: &[String]) -> String {
        let picture = self.screenshot("failed").await;
        let about = "return [`${location.href}, run: ${document.documentElement.dataset.weftRun}`,
            (window.pageConsole ?? []).join('\\n'), document.body?.innerText ?? '']";
        let about = self.session.client.execute(about, vec![]).await;
        let about = about.unwrap_or_else(|error| json!([format!("it does not answer: {error}"), "", ""]));
        let [state, console, text] = [0, 1, 2].map(|at| about[at].as_str().unwrap_or_default());
        let text: String = text.chars().take(1500).collect();
        let indented = |lines: &str| lines.replace('\n', "\n    ");
        format!(
            "  page: {state}\n  errors: {errors:#?}\n  console:\n    {}\n  text:\n    {}\n  picture: {}",
            indented(console),
            indented(&text),
            picture.map_or_else(|| "none".to_owned(), |path| path.display().to_string()),
        )
    }

    /// Saves a picture as `target/screenshots/<browser>-<test>-<name>.png`, and gives its path.
    pub async fn screenshot(&self, name: &str) -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        let path = folder.join(format!("{}-{name}.png", self.name));
        let picture = match self.session.client.screenshot().await {
            Ok(picture) => picture,
            Err(error) => {
                eprintln!("no screenshot: {error}");
                return None;
            }
        };
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, picture));
        if let Err(error) = written {
            eprintln!("no screenshot in {}: {error}", path.display());
            return None;
        }
        Some(path)
    }
}
