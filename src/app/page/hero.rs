//! The top of the home page: what Weft is, beside a real run, which was recorded until the reader runs the program.

use yew::prelude::*;

use super::chart_panel::ChartPanel;
use super::context::AppContext;
use super::hooks::{use_phases, use_session};
use super::pair::Slot;
use crate::app::address::DemoAddress;
use crate::app::words;
use crate::demos::Demo;
use crate::engine::Phase;
use crate::program::RunSpec;

/// The demo that is shown: one picture of waiting for each other.
const SHOWN: &str = "semaphore";

/// What Weft is, and a run.
#[component]
pub fn Hero() -> Html {
    let demo = Demo::find(SHOWN).expect("it is one of the demos");
    let app = use_session();
    let trouble = use_state_eq(|| None::<String>);
    let failed = {
        let trouble = trouble.setter();
        Callback::from(move |sentence| trouble.set(Some(sentence)))
    };
    use_effect_with(app.clone(), move |app| {
        let app = app.clone();
        // Without a recording there is still the button.
        app.preview(RunSpec::new(&demo.program), Callback::noop());
        move || app.leave(demo.id())
    });
    let run = {
        let (app, trouble) = (app.clone(), trouble.setter());
        Callback::from(move |_: MouseEvent| {
            trouble.set(None);
            app.start(RunSpec::new(&demo.program), failed.clone());
        })
    };
    html! {
        <section class="hero">
            <div>
                <h1>{ "See concurrency happen" }</h1>
                <p>
                    { "Pick a short program, press Run, and watch its threads, processes and tasks on a chart: who ran \
                       when, who waited for whom, and why. Threads are real threads, and every bar is measured in your \
                       browser as it happens." }
                </p>
                <p>
                    { "Not sure what your own program needs? " }
                    <a href="#/choose">{ "Which model should I use?" }</a>
                </p>
            </div>
            <div class="shown">
                <ChartPanel program={&demo.program} slot={Slot::Live} note={Vec::new()} paired=false />
                <p class="run-here">
                    if words::can_run(&demo.program, app.session.live()) {
                        <RunButton {run} />
                    }
                    <a href={DemoAddress::new(demo).write()}>{ "Its program" }</a>
                    <span role="status">{ trouble.as_ref().map_or_else(|| caption(&app), Clone::clone) }</span>
                </p>
            </div>
        </section>
    }
}

/// What the button is given.
#[derive(Properties, PartialEq)]
struct RunButtonProps {
    run: Callback<MouseEvent>,
}

/// Runs the program, or stops it.
#[component]
fn RunButton(props: &RunButtonProps) -> Html {
    let app = use_phases();
    match app.session.phase().is_active() {
        true => {
            let stop = Callback::from(move |_: MouseEvent| app.session.stop());
            html! { <button type="button" onclick={stop}>{ "Stop" }</button> }
        }
        false => html! { <button type="button" class="primary" onclick={&props.run}>{ "Run it here" }</button> },
    }
}

/// What is in the chart.
fn caption(app: &AppContext) -> String {
    app.run_in(Slot::Live).with(|run| match (run.phase, &run.recorded, &run.spec) {
        (Phase::Idle, ..) => String::new(),
        (_, Some(made), Some(spec)) => {
            format!("{}, {}: a real run, recorded in {made}.", spec.program.title, words::parameters(spec))
        }
        (Phase::Starting | Phase::Running, ..) => "It runs in your browser.".to_owned(),
        _ => "This ran in your browser, just now.".to_owned(),
    })
}
