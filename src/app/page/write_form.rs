//! Run and Stop for the reader's own program, with what it runs with, and how it goes.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::context::AppContext;
use super::controls::speed_control;
use super::hooks::{use_phases, use_ticks};
use crate::app::words;
use crate::engine::Phase;
use crate::program::write::GIL;

/// What the form is given.
#[derive(Properties, PartialEq)]
pub struct RunFormProps {
    /// Whether something can be run, or shown.
    pub ready: bool,
    /// Whether there is a GIL.
    pub gil: bool,
    /// How fast waits pass, as chosen.
    pub speed: String,
    /// Why nothing was run when the reader pressed Run.
    pub refusal: Option<String>,
    /// The reader wants to run the program.
    pub run: Callback<()>,
    /// With a GIL or without.
    pub set_gil: Callback<bool>,
    /// At this speed.
    pub set_speed: Callback<String>,
}

/// Run and Stop, the GIL and the speed.
#[component]
pub fn RunForm(props: &RunFormProps) -> Html {
    let app = use_phases();
    let active = app.session.phase().is_active();
    let onsubmit = props.run.reform(|event: SubmitEvent| event.prevent_default());
    let stop = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.session.stop())
    };
    let set_gil = props.set_gil.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().checked());
    let set_speed = props.set_speed.reform(|(_, text): (&'static str, String)| text);
    html! {
        <form class="panel setup" aria-label="Run" {onsubmit}>
            <div class="run-bar">
                <div class="buttons">
                    <button type="submit" class={classes!("run", (!active).then_some("primary"))}
                        aria-disabled={(active || !props.ready).to_string()} title="Ctrl + Enter">
                        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                            <path d="M3 1.5v13l11-6.5z" />
                        </svg>
                        { if app.session.live() { "Run" } else { "Show recording" } }
                    </button>
                    <button type="button" class={classes!("stop", active.then_some("primary"))}
                        aria-disabled={(!active).to_string()} onclick={stop}>
                        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                            <path d="M3 3h10v10H3z" />
                        </svg>
                        { "Stop" }
                    </button>
                </div>
                <div class="state"><RunState /></div>
                if let Some(refusal) = &props.refusal { <p class="problem" role="alert">{ refusal }</p> }
            </div>
            <div class="controls">
                <label class="field check" title={GIL.help}>
                    <input type="checkbox" checked={props.gil} onchange={set_gil} />
                    <span>{ "GIL" }</span>
                </label>
                { speed_control(&props.speed, &set_speed) }
            </div>
        </form>
    }
}

/// Where the run is, in words.
#[component]
fn RunState() -> Html {
    let app = use_phases();
    use_ticks();
    let phase = app.session.phase();
    html! {
        <>
            <p class={classes!("status", phase.name())} role="status">{ status(&app) }</p>
            if let Some(loaded) = app.session.loaded() {
                // Without a value while it is compiled and started.
                <progress max="1" value={(loaded > 0.0 && loaded < 1.0).then(|| loaded.to_string())}
                    aria-label="Python is being loaded" />
            }
        </>
    }
}

fn status(app: &AppContext) -> String {
    let run = app.session.run();
    let elapsed = run.elapsed;
    match run.phase {
        Phase::Idle => "Ready.".to_owned(),
        Phase::Starting => match app.session.loaded().filter(|loaded| *loaded > 0.0 && *loaded < 1.0) {
            Some(loaded) => format!("Loading Python, this once… {:.0} %", loaded * 100.0),
            None => "Starting Python…".to_owned(),
        },
        Phase::Running => format!("Running {}", words::clock(elapsed)),
        Phase::Finished => format!("Finished in {elapsed}."),
        Phase::Stopped => format!("Stopped after {elapsed}."),
        Phase::Failed => match &run.problem {
            Some(problem) => words::failure(problem.lane.as_deref(), &problem.message),
            None => format!("Failed after {elapsed}."),
        },
    }
}
