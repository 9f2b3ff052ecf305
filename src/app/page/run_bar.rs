//! Run and Stop, how long it will take, how far it is, and how it ended.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::hooks::{use_phases, use_ticks};
use super::pair::Pinned;
use crate::app::form::Form;
use crate::app::words;
use crate::demos::expected;
use crate::engine::Phase;
use crate::program::{RunSpec, Status};
use crate::trace::Nanos;

/// What the bar is given.
#[derive(Properties, PartialEq)]
pub struct RunBarProps {
    /// What Run would run.
    pub form: Form,
    /// Why nothing was run when the reader pressed Run.
    pub refusal: Option<String>,
}

/// Run and Stop, and the state of the run.
#[component]
pub fn RunBar(props: &RunBarProps) -> Html {
    let app = use_phases();
    let phase = app.session.phase();
    let active = phase.is_active();
    use_ticks();
    let run_button = use_node_ref();
    let stop = {
        let (app, run_button) = (app.clone(), run_button.clone());
        Callback::from(move |_: MouseEvent| {
            app.session.stop();
            // The button that was pressed may have gone by then.
            if let Some(button) = run_button.cast::<HtmlElement>().filter(|_| !app.session.live()) {
                browser::focus(&button);
            }
        })
    };
    let live = app.session.live();
    let run = if words::can_run(&props.form.demo.program, live) { "Run" } else { "Show recording" };
    let problem = props.refusal.clone().or_else(|| too_long(&props.form));
    let of = match (app.pinned(), phase) {
        (None, _) | (_, Phase::Idle) => String::new(),
        (Some(_), _) if app.pair.leading() => "Run 1: ".to_owned(),
        (Some(_), _) => "Run 2: ".to_owned(),
    };
    html! {
        <div class="run-bar">
            <div class="buttons">
                <button type="submit" ref={run_button} class={classes!("run", (!active).then_some("primary"))}
                    aria-disabled={active.to_string()} title="Ctrl + Enter" aria-label={run}>
                    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M3 1.5v13l11-6.5z" /></svg>
                    { run }
                </button>
                // Where threads cannot start, most of what is shown is recorded, and there is nothing to stop.
                if live || active {
                    <button type="button" class={classes!("stop", active.then_some("primary"))}
                        aria-disabled={(!active).to_string()} onclick={stop} aria-label="Stop">
                        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M3 3h10v10H3z" /></svg>
                        { "Stop" }
                    </button>
                }
            </div>
            <div class="state">
                <p class={classes!("status", phase.name())} aria-hidden="true">{ &of }{ status(&app, &props.form, true) }</p>
                <p class="unseen" role="status">{ &of }{ status(&app, &props.form, false) }</p>
                { progress(&app) }
            </div>
            if let Some(problem) = problem { <p class="problem" role="alert">{ problem }</p> }
        </div>
    }
}

fn too_long(form: &Form) -> Option<String> {
    form.spec()?.too_long()
}

/// The state of the run in words. `ticking` words change all the time, which does not suit screen readers.
fn status(app: &AppContext, form: &Form, ticking: bool) -> String {
    let session = &app.session;
    if app.service.waiting.get() {
        return "Waiting for the service worker, which is to answer this demo’s requests…".to_owned();
    }
    let run = session.run();
    let elapsed = run.elapsed;
    match run.phase {
        Phase::Idle => match form.spec() {
            Some(spec) if !words::can_run(spec.program, session.live()) => String::new(),
            Some(spec) => {
                let estimate = spec.estimate();
                match app.pinned() {
                    None => format!("Ready. A run takes {}.", words::estimate(estimate)),
                    Some(Pinned { spec: first, run: None }) => {
                        let both = estimate + first.estimate();
                        format!("Ready. Run makes both runs, one after the other: {}.", words::estimate(both))
                    }
                    Some(_) => format!("Run 1 is pinned. Run 2 takes {}.", words::estimate(estimate)),
                }
            }
            None => String::new(),
        },
        Phase::Starting => "Starting…".to_owned(),
        Phase::Running if !ticking => "Running".to_owned(),
        Phase::Running => {
            let behind = if run.catching_up() { ", and the chart is catching up" } else { "" };
            format!("Running {}{behind}", words::clock(elapsed))
        }
        Phase::Finished if run.recorded.is_some() => format!("A recording. It finished in {elapsed}."),
        Phase::Finished => format!("Finished in {elapsed}.{}", next_run(run.spec.as_ref(), form)),
        Phase::Stopped => format!("Stopped after {elapsed}.{}", next_run(run.spec.as_ref(), form)),
        Phase::Failed => {
            let meant = run.spec.as_ref().is_some_and(|spec| expected(spec) == Status::Failed);
            let sentence = match &run.problem {
                Some(problem) => words::failure(problem.lane.as_deref(), &problem.message),
                None => format!("Failed after {elapsed}."),
            };
            if meant { format!("{sentence} It is meant to, with these parameters.") } else { sentence }
        }
    }
}

/// How long the next run takes, if it differs from the one that is shown.
fn next_run(shown: Option<&RunSpec>, form: &Form) -> String {
    match form.spec() {
        Some(spec) if shown != Some(&spec) => format!(" The next run takes {}.", words::estimate(spec.estimate())),
        _ => String::new(),
    }
}

fn progress(app: &AppContext) -> Html {
    let run = app.session.run();
    let Some(spec) = run.spec.as_ref().filter(|_| run.phase.is_active()) else {
        return Html::default();
    };
    let estimate = Nanos::from(spec.estimate());
    let part = run.elapsed.as_millis_f64() / estimate.as_millis_f64().max(1.0);
    // While it starts, and once it takes longer than estimated, its progress is unknown.
    let value = (run.phase == Phase::Running && part < 1.0).then(|| format!("{part:.3}"));
    html! { <progress max="1" {value} aria-label="Progress of the run" /> }
}
