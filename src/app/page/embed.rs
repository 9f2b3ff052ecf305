//! The page embedded in another: what it says to the page around it, and what it answers. Part of the contract.
//!
//! All communication is by `postMessage`. A message that requests something has the key `weft` with what it requests;
//! nothing in it is ever run. docs/embedding.md has the protocol for readers.
//!
//! An embedded page asks for little: it leaves the other page's history alone, and takes from messages only what it can
//! read as an id, parameters or a theme. `near` says when it may start an engine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, ResizeObserver, Window};
use yew::prelude::*;

use super::browser::put;
use super::context::AppContext;
use super::scripting::{Scripts, error, to_js};
use super::{browser, theme, write_page};
use crate::app::address::ThemeChoice;

/// Any origin. The frame's readiness, its height and the ends of its runs are posted to it until the listener is known.
const ANYBODY: &str = "*";

/// Milliseconds after which a change of the program is reported, unless there is another.
const TELL_CODE_AFTER: u32 = 200;

/// What a message says beside what it requests.
struct Asked {
    id: Option<JsValue>,
    params: Option<JsValue>,
    code: Option<JsValue>,
    theme: Option<JsValue>,
}

#[derive(Clone)]
struct Frame(Rc<Inner>);

struct Inner {
    scripts: Scripts,
    /// The page around this one.
    parent: Option<Window>,
    /// Its origin, once it has said something.
    origin: RefCell<String>,
    height: Cell<f64>,
    /// The last run that was reported.
    told: Cell<u64>,
}

/// Talks to the page around this one from now on.
pub fn install(scripts: &Scripts) {
    let app = &scripts.app;
    let parent = browser::framed().then(|| browser::window().parent().ok().flatten()).flatten();
    let frame = Frame(Rc::new(Inner {
        scripts: scripts.clone(),
        parent,
        origin: RefCell::new(ANYBODY.to_owned()),
        height: Cell::new(0.0),
        told: Cell::new(0),
    }));
    EventListener::new(&browser::window(), "message", {
        let frame = frame.clone();
        move |event| frame.hear(event.unchecked_ref())
    })
    .forget();
    let ended = {
        let frame = frame.clone();
        move || frame.tell_end()
    };
    std::mem::forget((app.changes.listen(ended.clone()), app.settling.listen(ended)));
    app.set_complaints(Callback::from({
        let frame = frame.clone();
        move |sentence: String| frame.say("error", "message", &sentence.into())
    }));
    frame.keep_height();
    frame.tell_changes();
    frame.wake_when_used();
    frame.say_ready();
}

impl Frame {
    /// Posts a message to the page around this one.
    fn say(&self, what: &str, name: &str, value: &JsValue) {
        self.post(&message(what, name, value));
    }

    fn say_ready(&self) {
        let ready = message("ready", "version", &env!("CARGO_PKG_VERSION").into());
        put(&ready, "mode", self.0.scripts.app.session.mode());
        self.post(&ready);
    }

    fn post(&self, message: &Object) {
        if let Some(parent) = &self.0.parent {
            // Only what cannot be cloned, or an invalid origin, is refused.
            let _ = parent.post_message(message, &self.0.origin.borrow());
        }
    }

    fn hear(&self, event: &MessageEvent) {
        let data = event.data();
        let get = |name: &str| Reflect::get(&data, &name.into()).ok().filter(|value| !value.is_undefined());
        // Not for Weft: other scripts of that page talk to all its frames, too.
        let Some(asked) = data.is_object().then(|| get("weft")).flatten() else { return };
        let Some(source) = event.source() else { return };
        let origin = match event.origin() {
            origin if origin.is_empty() || origin == "null" => ANYBODY.to_owned(),
            origin => origin,
        };
        if self.0.parent.as_ref().is_some_and(|parent| Object::is(parent, &source)) {
            self.0.origin.replace(origin.clone());
        }
        let answer = self.clone().answer(
            asked.as_string().unwrap_or_default(),
            Asked { id: get("id"), params: get("params"), code: get("code"), theme: get("theme") },
        );
        let reply = get("reply").unwrap_or(JsValue::UNDEFINED);
        spawn_local(async move {
            let message = match answer.await {
                Ok(result) => message("reply", "result", &result),
                Err(problem) => message("reply", "error", &problem_text(&problem).into()),
            };
            put(&message, "reply", reply);
            let source: Window = source.unchecked_into();
            let _ = source.post_message(&message, &origin);
        });
    }

    /// Does what was requested. The result is plain data.
    async fn answer(self, asked: String, Asked { id, params, code, theme }: Asked) -> Result<JsValue, JsValue> {
        let scripts = &self.0.scripts;
        let code = code.map(|code| code.as_string().ok_or_else(|| error("A program must be text."))).transpose()?;
        match asked.as_str() {
            "run" => {
                let params = params.unwrap_or_default();
                let run = match id {
                    None if scripts.app.embedded_write().is_some() => scripts.run_written(code, params).await,
                    id => scripts.run(id.unwrap_or_default(), params).await,
                };
                if let Err(problem) = &run {
                    self.say("error", "message", &problem_text(problem).into());
                }
                run
            }
            "stop" => {
                scripts.stop().await;
                Ok(JsValue::NULL)
            }
            "trace" => scripts.trace(),
            "code" => {
                match code {
                    Some(code) => scripts.set_code(code)?,
                    None => scripts.app.editing.there().await,
                }
                Ok(JsValue::from_str(&scripts.app.editing.text()))
            }
            "theme" => {
                let name = theme.and_then(|name| name.as_string()).unwrap_or_default();
                let sentence = || error(&format!("A theme is light, dark or auto, and “{name}” is not."));
                theme::apply(&scripts.app, ThemeChoice::named(&name).ok_or_else(sentence)?);
                Ok(JsValue::NULL)
            }
            other => Err(error(&format!(
                "Weft’s frame knows run, stop, trace, code and theme, and “{other}” is none of them."
            ))),
        }
    }

    /// Reports a run that has ended, unless it has been reported already.
    fn tell_end(&self) {
        let scripts = &self.0.scripts;
        let runs = scripts.app.runs();
        if scripts.app.asked_for()
            && self.0.told.get() != runs
            && let Some(result) = scripts.result()
            && let Ok(result) = to_js(&result)
        {
            self.0.told.set(runs);
            self.say("finished", "result", &result);
        }
    }

    /// Reports the program in the editor, soon after the reader has changed it.
    fn tell_changes(&self) {
        let frame = self.clone();
        let pending = RefCell::new(None::<Timeout>);
        let listening = self.0.scripts.app.editing.changes.listen(move || {
            let frame = frame.clone();
            pending.replace(Some(Timeout::new(TELL_CODE_AFTER, move || {
                frame.say("code", "code", &JsValue::from_str(&frame.0.scripts.app.editing.text()));
            })));
        });
        std::mem::forget(listening);
    }

    /// Reports the height of the page whenever it changes.
    fn keep_height(&self) {
        let Some(body) = browser::document().body() else { return };
        let frame = self.clone();
        let measured = body.clone();
        let changed = Closure::<dyn FnMut(Array)>::new(move |_| {
            let height = measured.get_bounding_client_rect().height().ceil();
            if frame.0.height.replace(height) != height {
                frame.say("height", "height", &height.into());
            }
        });
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&body);
        }
        // Lives as long as the page.
        changed.forget();
    }

    /// Warms an engine up as soon as the pointer or the focus enters the page.
    fn wake_when_used(&self) {
        for name in ["pointerover", "focusin"] {
            let app = self.0.scripts.app.clone();
            EventListener::new(&browser::document(), name, move |_| wake(&app)).forget();
        }
    }
}

fn wake(app: &AppContext) {
    if !app.session.wake() {
        return;
    }
    if let Some(shown) = app.embedded() {
        app.prepare(shown.spec);
    } else if let Some(shown) = app.embedded_write() {
        app.prepare(write_page::spec("", shown.gil));
    }
}

fn message(what: &str, name: &str, value: &JsValue) -> Object {
    let message = Object::new();
    put(&message, "weft", what);
    put(&message, name, value);
    message
}

fn problem_text(problem: &JsValue) -> String {
    crate::runtime::host::web::error_text(problem)
}
