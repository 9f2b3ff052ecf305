//! Fetching files of the site: one that may be compressed, the recording of a run, and the demos’ sources.

use std::cell::OnceCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::app::recordings;
use crate::app::sources::Sources;
use crate::demos::judge;
use crate::engine::{Phase, Problem, ShownRun};
use crate::program::{RunSpec, Status};
use crate::runtime::host::web::error_text;

#[wasm_bindgen(module = "/src/app/page/recorded.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn unpacked(address: &str) -> Result<JsValue, JsValue>;
}

/// The text of a file of the site, which may be compressed.
///
/// # Errors
/// Why it cannot be fetched, in a few words.
pub async fn text_of(address: &str) -> Result<String, String> {
    let text = unpacked(address).await.map_err(|error| error_text(&error))?;
    Ok(text.as_string().unwrap_or_default())
}

/// The recording of this program whose parameters are most similar to these.
///
/// # Errors
/// A sentence, if there is none.
pub async fn recording(wanted: &RunSpec) -> Result<ShownRun, String> {
    let file = text_of(&format!("recordings/{}.gz", wanted.program.id)).await;
    let file = file.map_err(|error| format!("There is no recording here ({error})."))?;
    let found = recordings::nearest(wanted, &file)?;
    let phase = match found.status {
        Status::Finished => Phase::Finished,
        Status::Failed => Phase::Failed,
        Status::Stopped => Phase::Stopped,
    };
    let mut run = ShownRun::ended(found.spec.clone(), phase, found.timeline);
    run.observations = judge(&found.spec, run.timeline());
    run.problem = found.problem.map(|(lane, message)| Problem { lane, message, internal: false });
    run.elapsed = found.elapsed;
    run.recorded = Some(found.made);
    Ok(run)
}

thread_local! {
    /// The page fetches the sources once.
    static HERE: OnceCell<Rc<Sources>> = const { OnceCell::new() };
}

/// The demos' sources.
///
/// # Errors
/// A sentence, if they cannot be fetched.
pub async fn sources() -> Result<Rc<Sources>, String> {
    if let Some(sources) = HERE.with(|here| here.get().cloned()) {
        return Ok(sources);
    }
    let file = text_of("sources.txt").await;
    let file =
        file.map_err(|error| format!("The source could not be loaded ({error}). Reload the page to try again."))?;
    let sources = Rc::new(Sources::read(&file)?);
    HERE.with(|here| _ = here.set(sources.clone()));
    Ok(sources)
}

/// The sources, once they are `wanted` and have been fetched, or a sentence if that failed.
#[hook]
pub fn use_sources(wanted: bool) -> Option<Result<Rc<Sources>, AttrValue>> {
    let sources = use_state(|| HERE.with(|here| here.get().cloned().map(Ok)));
    use_effect_with(wanted, {
        let sources = sources.clone();
        move |wanted| {
            if *wanted && sources.is_none() {
                spawn_local(async move { sources.set(Some(self::sources().await.map_err(AttrValue::from))) });
            }
        }
    });
    (*sources).clone()
}
