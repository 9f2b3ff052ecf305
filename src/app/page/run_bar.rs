//! Run and Stop, how long it will take, how far it is, and how it ended.

use yew::prelude::*;

use super::hooks::{use_phases, use_ticks};
use super::pair::Pinned;
use super::site::Site;
use crate::app::form::Form;
use crate::app::words;
use crate::demos::Status;
use crate::engine::{Phase, Settings};
use crate::trace::Nanos;

/// What the bar is given.
#[derive(Properties, PartialEq)]
pub struct RunBarProps {
    /// What Run would run.
    pub form: Form,
    /// Why nothing was run when the reader asked for it.
    pub refusal: Option<String>,
}

/// Run and Stop, and the state of the run.
#[component]
pub fn RunBar(props: &RunBarProps) -> Html {
    let site = use_phases();
    let phase = site.session.phase();
    let active = phase.is_active();
    use_ticks();
    let stop = {
        let site = site.clone();
        Callback::from(move |_: MouseEvent| site.session.stop())
    };
    let run = if words::can_run(props.form.demo, site.session.live()) { "Run" } else { "Show recording" };
    let problem = props.refusal.clone().or_else(|| too_long(&props.form));
    let of = match (site.pinned(), phase) {
        (None, _) | (_, Phase::Idle) => String::new(),
        (Some(_), _) if site.pair.leading() => "Run 1: ".to_owned(),
        (Some(_), _) => "Run 2: ".to_owned(),
    };
    html! {
        <div class="run-bar">
            <div class="buttons">
                <button type="submit" class={classes!("run", (!active).then_some("primary"))}
                    aria-disabled={active.to_string()} title="Ctrl + Enter" aria-label={run}>
                    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M3 1.5v13l11-6.5z" /></svg>
                    { run }
                </button>
                <button type="button" class={classes!("stop", active.then_some("primary"))}
                    aria-disabled={(!active).to_string()} onclick={stop} aria-label="Stop">
                    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M3 3h10v10H3z" /></svg>
                    { "Stop" }
                </button>
            </div>
            <div class="state">
                <p class={classes!("status", phase.name())} aria-hidden="true">{ &of }{ status(&site, &props.form, true) }</p>
                <p class="unseen" role="status">{ &of }{ status(&site, &props.form, false) }</p>
                { progress(&site) }
            </div>
            if let Some(problem) = problem { <p class="problem" role="alert">{ problem }</p> }
        </div>
    }
}

fn too_long(form: &Form) -> Option<String> {
    let (values, speed) = form.settings()?;
    form.demo.too_long(&values, speed)
}

/// The state of the run in words. `ticking` words change all the time, which is no good when they are read aloud.
fn status(site: &Site, form: &Form, ticking: bool) -> String {
    let session = &site.session;
    if site.service.waiting.get() {
        return "Waiting for the service worker, which is to answer this demo’s requests…".to_owned();
    }
    let elapsed = session.elapsed();
    let recorded = session.recorded().is_some();
    match session.phase() {
        Phase::Idle => match form.settings() {
            Some(_) if !words::can_run(form.demo, session.live()) => String::new(),
            Some((values, speed)) => {
                let estimate = form.demo.estimate_at(&values, speed);
                match site.pinned() {
                    None => format!("Ready. A run takes {}.", words::estimate(estimate)),
                    Some(Pinned { settings: first, recording: None }) => {
                        let both = estimate + first.demo.estimate_at(&first.values, first.speed);
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
            let behind = if session.catching_up() { ", and the chart is catching up" } else { "" };
            format!("Running {}{behind}", words::clock(elapsed))
        }
        Phase::Finished if recorded => format!("A recording. It finished in {elapsed}."),
        Phase::Finished => format!("Finished in {elapsed}.{}", next_run(session.settings().as_ref(), form)),
        Phase::Stopped => format!("Stopped after {elapsed}.{}", next_run(session.settings().as_ref(), form)),
        Phase::Failed => {
            let meant =
                session.settings().is_some_and(|settings| (settings.demo.expected)(&settings.values) == Status::Failed);
            let sentence = match session.problem() {
                Some(problem) => words::failure(problem.lane.as_deref(), &problem.message),
                None => format!("Failed after {elapsed}."),
            };
            if meant { format!("{sentence} It is meant to, with these parameters.") } else { sentence }
        }
    }
}

/// How long the next run takes, where that differs from the one that is shown.
fn next_run(shown: Option<&Settings>, form: &Form) -> String {
    match form.settings() {
        Some((values, speed)) if shown.is_none_or(|shown| shown.values != values || shown.speed != speed) => {
            format!(" The next run takes {}.", words::estimate(form.demo.estimate_at(&values, speed)))
        }
        _ => String::new(),
    }
}

fn progress(site: &Site) -> Html {
    let session = &site.session;
    let (Some(settings), true) = (session.settings(), session.phase().is_active()) else {
        return Html::default();
    };
    let estimate = Nanos::from(settings.demo.estimate_at(&settings.values, settings.speed));
    let part = session.elapsed().as_millis_f64() / estimate.as_millis_f64().max(1.0);
    // While it starts, and once it takes longer than estimated, nobody knows how far it is.
    let value = (session.phase() == Phase::Running && part < 1.0).then(|| format!("{part:.3}"));
    html! { <progress max="1" {value} aria-label="Progress of the run" /> }
}
