//! `window.weft`: the page for scripts. Part of the contract; what it gives as data is made in `results`.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::{Error, JSON, Object, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::browser;
use super::site::Site;
use crate::app::address::DemoAddress;
use crate::app::results::{DemoInfo, Ended, RunResult, read_params};
use crate::demos::{ALL, Demo, Status, nearest};
use crate::engine::{Phase, Settings};

/// Who waits for the result of the shown run.
type Waiting = Rc<RefCell<Option<oneshot::Sender<RunResult>>>>;

/// Puts `weft` into the window.
pub fn install(site: &Site) {
    let weft = Object::new();
    let waiting = Waiting::default();
    // Whoever started the shown run gets its result when it ends, or right before another takes its place.
    let settle = {
        let (site, waiting) = (site.clone(), waiting.clone());
        move || settle(&site, &waiting)
    };
    std::mem::forget((site.changes.listen(settle.clone()), site.settling.listen(settle)));

    put(&weft, "version", env!("CARGO_PKG_VERSION"));
    put(&weft, "mode", if site.session.live() { "live" } else { "recorded" });
    let live = site.session.live();
    function0(&weft, "demos", move || {
        let shown = ALL.iter().filter(|demo| !demo.hidden);
        to_js(&shown.map(|demo| DemoInfo::new(demo, live)).collect::<Vec<_>>())
    });
    let run = {
        let site = site.clone();
        Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(move |id, params| {
            future_to_promise(run(site.clone(), waiting.clone(), id, params))
        })
    };
    put(&weft, "run", run.into_js_value());
    function0(&weft, "stop", {
        let site = site.clone();
        move || {
            let site = site.clone();
            Ok(future_to_promise(async move {
                site.session.stop();
                site.session.ended().await;
                Ok(JsValue::UNDEFINED)
            })
            .into())
        }
    });
    function0(&weft, "trace", {
        let site = site.clone();
        move || JSON::parse(&super::chart_panel::chrome_trace(&site.latest()))
    });
    put(browser::window().as_ref(), "weft", weft);
}

async fn run(site: Site, waiting: Waiting, id: JsValue, params: JsValue) -> Result<JsValue, JsValue> {
    let id = id.as_string().ok_or_else(|| error("The id of a demo must be text."))?;
    let demo = Demo::find(&id).ok_or_else(|| {
        let nearest = nearest(&id).join(", ");
        error(&format!("No demo called “{id}”. The nearest: {nearest}."))
    })?;
    let given = from_js(&params).ok_or_else(|| error("Parameters must be an object such as { threads: 3 }."))?;
    let (values, speed) = read_params(demo, &given).map_err(|sentence| error(&sentence))?;
    let settings = Settings { demo, values, speed };
    // A run that the reader has pinned stays, and this one comes beside it.
    site.unplan(demo);
    site.go(&site.address(&DemoAddress::new(demo), &settings).write());
    site.run(settings).await.map_err(|sentence| error(&sentence))?;
    let (sender, receiver) = oneshot::channel();
    waiting.replace(Some(sender));
    match receiver.await {
        Ok(result) => to_js(&result),
        Err(_) => Err(error("Another run took the place of this one before it began.")),
    }
}

/// Hands over the result of a run that has ended.
fn settle(site: &Site, waiting: &Waiting) {
    let session = &site.session;
    let status = match session.phase() {
        Phase::Finished => Status::Finished,
        Phase::Failed => Status::Failed,
        Phase::Stopped => Status::Stopped,
        Phase::Idle | Phase::Starting | Phase::Running => return,
    };
    let (Some(settings), Some(sender)) = (session.settings(), waiting.take()) else { return };
    let problem = session.problem().map(|problem| match problem.lane {
        Some(lane) => format!("{lane}: {}", problem.message),
        None => problem.message,
    });
    let observations = session.observations();
    let result = session.with_timeline(|timeline| {
        RunResult::new(&Ended {
            demo: settings.demo,
            values: &settings.values,
            status,
            elapsed: session.elapsed(),
            timeline,
            observations: &observations,
            problem,
        })
    });
    // Whoever waited may have gone.
    let _ = sender.send(result);
}

fn error(sentence: &str) -> JsValue {
    Error::new(sentence).into()
}

/// Numbers beyond 2⁵³ do not occur, so JSON loses nothing.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|problem| error(&problem.to_string()))?;
    JSON::parse(&text)
}

/// What a script gives as parameters; nothing where it gives nothing.
fn from_js(value: &JsValue) -> Option<serde_json::Value> {
    if value.is_undefined() || value.is_null() {
        return Some(serde_json::Value::Null);
    }
    if !value.is_object() || value.is_function() {
        return None;
    }
    // Objects may refuse, by cycles or methods of their own.
    let text = JSON::stringify(value).ok()?;
    serde_json::from_str(&String::from(text)).ok()
}

fn put(object: &Object, name: &str, value: impl Into<JsValue>) {
    // Only a frozen object would refuse.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

fn function0(object: &Object, name: &str, body: impl Fn() -> Result<JsValue, JsValue> + 'static) {
    put(object, name, Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(body).into_js_value());
}
