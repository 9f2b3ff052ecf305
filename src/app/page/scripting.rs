//! `window.weft`: the page for scripts. Part of the contract; the data that it returns is made in `results`.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::{Error, JSON, Object, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::browser::{self, put};
use super::context::AppContext;
use super::write_page;
use crate::app::address::{Brought, DemoAddress, WriteAddress};
use crate::app::results::{DemoInfo, Ended, RunResult, read_params_over};
use crate::app::words;
use crate::demos::{ALL, Demo, no_demo};
use crate::program::RunSpec;
use crate::program::write::GIL;

/// What scripts can ask for. Clones are handles to the same page.
#[derive(Clone)]
pub struct Scripts {
    /// The page.
    pub app: AppContext,
    /// The script that waits for the result of the shown run.
    waiting: Rc<RefCell<Option<oneshot::Sender<RunResult>>>>,
}

/// Puts `weft` into the window.
pub fn install(app: &AppContext) -> Scripts {
    let weft = Object::new();
    let scripts = Scripts { app: app.clone(), waiting: Rc::default() };
    // The script that started the shown run gets its result when it ends, or right before another takes its place.
    let settle = {
        let scripts = scripts.clone();
        move || scripts.settle()
    };
    std::mem::forget((app.changes.listen(settle.clone()), app.settling.listen(settle)));

    put(&weft, "version", env!("CARGO_PKG_VERSION"));
    put(&weft, "mode", app.session.mode());
    let live = app.session.live();
    function0(&weft, "demos", move || {
        let shown = ALL.iter().filter(|demo| !demo.hidden);
        to_js(&shown.map(|demo| DemoInfo::new(demo, live)).collect::<Vec<_>>())
    });
    let run = {
        let scripts = scripts.clone();
        Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |id: JsValue, params| {
            let scripts = scripts.clone();
            future_to_promise(async move {
                if !id.is_string() {
                    return Err(error("The id of a demo must be text."));
                }
                scripts.run(id, params).await
            })
        })
    };
    put(&weft, "run", run.into_js_value());
    let python = {
        let scripts = scripts.clone();
        Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |code: JsValue, options| {
            let scripts = scripts.clone();
            future_to_promise(async move {
                let code = code.as_string().ok_or_else(|| error("A program must be text."))?;
                scripts.python(code, options).await
            })
        })
    };
    put(&weft, "python", python.into_js_value());
    function0(&weft, "stop", {
        let scripts = scripts.clone();
        move || {
            let scripts = scripts.clone();
            Ok(future_to_promise(async move {
                scripts.stop().await;
                Ok(JsValue::UNDEFINED)
            })
            .into())
        }
    });
    function0(&weft, "trace", {
        let scripts = scripts.clone();
        move || scripts.trace()
    });
    put(browser::window().as_ref(), "weft", weft);
    scripts
}

impl Scripts {
    /// Shows a demo, runs it, and returns the result. Without an id it is the embedded demo, with the parameters that
    /// it shows, except for those that are given.
    ///
    /// # Errors
    /// The sentence that the page would show.
    pub async fn run(&self, id: JsValue, params: JsValue) -> Result<JsValue, JsValue> {
        let app = &self.app;
        let embedded = app.embedded();
        let mut address = match (id.as_string(), &embedded) {
            (Some(id), _) => DemoAddress::new(Demo::find(&id).ok_or_else(|| error(&no_demo(&id)))?),
            (None, Some(embedded)) if id.is_undefined() => embedded.clone(),
            _ => return Err(error("The id of a demo must be text.")),
        };
        if let Some(embedded) = embedded {
            address.embedded = true;
            address.panels = embedded.panels;
        }
        let given = from_js(&params).ok_or_else(|| error("Parameters must be an object such as { threads: 3 }."))?;
        let spec = read_params_over(address.spec.clone(), &given).map_err(|sentence| error(&sentence))?;
        // A run that the reader has pinned stays, and this one is shown beside it.
        app.unplan(&address.demo.program);
        app.go(&app.address(&address, &spec).write());
        self.run_spec(spec).await
    }

    /// Shows the page “Write your own” with this program, runs it, and returns the result.
    ///
    /// # Errors
    /// A sentence, if an option is not right or the program cannot be run.
    pub async fn python(&self, code: String, options: JsValue) -> Result<JsValue, JsValue> {
        let app = &self.app;
        let given = from_js(&options).ok_or_else(|| error("Options must be an object such as { gil: false }."))?;
        let spec = read_params_over(write_page::spec(&code, true), &given).map_err(|sentence| error(&sentence))?;
        app.editing.bring(code);
        let shown = app.embedded_write().unwrap_or_default();
        app.go(&written(shown, &spec).write());
        self.run_spec(spec).await
    }

    /// Runs what is in the editor of the embedded page for programs, or `code` in its place.
    ///
    /// # Errors
    /// A sentence, if a parameter is not right, the program cannot be run, or the page is another.
    pub async fn run_written(&self, code: Option<String>, params: JsValue) -> Result<JsValue, JsValue> {
        let app = &self.app;
        let shown = app.embedded_write().ok_or_else(|| error("This page holds no program."))?;
        match code {
            Some(code) => self.set_code(code)?,
            None => app.editing.there().await,
        }
        let given = from_js(&params).ok_or_else(|| error("Parameters must be an object such as { gil: false }."))?;
        let base = RunSpec { speed: shown.speed, ..write_page::spec(&app.editing.text(), shown.gil) };
        let spec = read_params_over(base, &given).map_err(|sentence| error(&sentence))?;
        self.run_spec(spec).await
    }

    /// Puts a program into the editor of the embedded page for programs.
    ///
    /// # Errors
    /// A sentence, if the page is another.
    pub fn set_code(&self, code: String) -> Result<(), JsValue> {
        let shown = self.app.embedded_write().ok_or_else(|| error("This page holds no program."))?;
        if *code != *self.app.editing.text() {
            self.app.editing.bring(code.clone());
            self.app.go(&WriteAddress { brought: Brought::Own, autorun: false, ..shown }.write());
            // What is asked for next is about this one.
            self.app.editing.set_text(&code);
        }
        Ok(())
    }

    /// Runs this, and returns the result.
    async fn run_spec(&self, spec: RunSpec) -> Result<JsValue, JsValue> {
        self.app.run(spec).await.map_err(|sentence| error(&sentence))?;
        let (sender, receiver) = oneshot::channel();
        self.waiting.replace(Some(sender));
        match receiver.await {
            Ok(result) => to_js(&result),
            Err(_) => Err(error(words::OVERTAKEN)),
        }
    }

    /// Ends the run.
    pub async fn stop(&self) {
        self.app.session.stop();
        self.app.session.ended().await;
    }

    /// The shown run as a Chrome trace.
    ///
    /// # Errors
    /// Never: what Weft writes is JSON.
    pub fn trace(&self) -> Result<JsValue, JsValue> {
        JSON::parse(&super::chart_panel::chrome_trace(&self.app.latest()))
    }

    /// The result of the shown run, if it has ended.
    pub fn result(&self) -> Option<RunResult> {
        let run = self.app.session.run();
        let problem = run.problem.as_ref().map(|problem| match &problem.lane {
            Some(lane) => format!("{lane}: {}", problem.message),
            None => problem.message.clone(),
        });
        Some(RunResult::new(&Ended {
            spec: run.spec.as_ref()?,
            status: run.phase.status()?,
            recorded: run.recorded.is_some(),
            elapsed: run.elapsed,
            timeline: run.timeline(),
            observations: &run.observations,
            problem,
            exit: run.exit.as_ref(),
        }))
    }

    /// Delivers the result of a run that has ended.
    fn settle(&self) {
        if self.waiting.borrow().is_some()
            && let Some(result) = self.result()
            && let Some(sender) = self.waiting.take()
        {
            // The script that waited may have gone.
            let _ = sender.send(result);
        }
    }
}

/// The page for the reader's own program, with what is to be run.
fn written(shown: WriteAddress, spec: &RunSpec) -> WriteAddress {
    let gil = spec.values.boolean(GIL.name);
    WriteAddress { brought: Brought::Own, autorun: false, gil, speed: spec.speed, ..shown }
}

/// An error for a script.
pub fn error(sentence: &str) -> JsValue {
    Error::new(sentence).into()
}

/// Numbers beyond 2⁵³ do not occur, so JSON loses nothing.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|problem| error(&problem.to_string()))?;
    JSON::parse(&text)
}

/// What a script passes as parameters; null if it passes none, `None` if they are not an object.
fn from_js(value: &JsValue) -> Option<serde_json::Value> {
    if value.is_undefined() || value.is_null() {
        return Some(serde_json::Value::Null);
    }
    if !value.is_object() || value.is_function() {
        return None;
    }
    // Objects may fail, because of cycles or their own methods.
    let text = JSON::stringify(value).ok()?;
    serde_json::from_str(&String::from(text)).ok()
}

fn function0(object: &Object, name: &str, body: impl Fn() -> Result<JsValue, JsValue> + 'static) {
    put(object, name, Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(body).into_js_value());
}
