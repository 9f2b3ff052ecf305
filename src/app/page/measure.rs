//! Figures for the guide: short, real runs of demos, one after the other, when the reader asks for them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser;
use super::catalogue::IsolationNotice;
use super::context::AppContext;
use super::hooks::{use_session, use_ticks};
use crate::analysis::{Measure, Observation, figures};
use crate::app::address::DemoAddress;
use crate::app::guide::{Answers, Model, Trial, model};
use crate::app::words;
use crate::demos;
use crate::engine::Phase;

/// What the panel is given.
#[derive(Properties, PartialEq)]
pub struct MeasurementsProps {
    /// The reader's answers.
    pub answers: Answers,
    /// The runs; of each, the first that can run here.
    pub trials: Vec<&'static [Trial]>,
}

/// What has been measured so far, and what is being measured.
#[derive(Default)]
struct Bench {
    done: RefCell<Vec<(Trial, Shown)>>,
    /// Which run is in progress, of how many.
    at: Cell<Option<(usize, usize)>>,
    /// Why the last attempt ended early.
    trouble: RefCell<Option<String>>,
    /// The reader has left the page.
    gone: Cell<bool>,
}

/// The outcome of a run.
struct Shown {
    /// The model, for programs and for readers, and the figure.
    bars: Vec<(&'static str, &'static str, f64)>,
    /// What it observed, where it has no such figures.
    sentences: Vec<String>,
    /// How long the run took.
    took: String,
}

/// The most observations of a run that are shown.
const SENTENCES: usize = 3;

/// Figures from the reader's own browser.
#[component]
pub fn Measurements(props: &MeasurementsProps) -> Html {
    let app = use_session();
    use_ticks();
    let bench = use_mut_ref(|| Rc::new(Bench::default())).borrow().clone();
    let update = use_force_update();
    use_effect_with((), {
        let (app, bench) = (app.clone(), bench.clone());
        move |()| {
            move || {
                bench.gone.set(true);
                if bench.at.get().is_some() {
                    app.session.stop();
                }
            }
        }
    });
    let live = app.session.live();
    let pick = |all: &&'static [Trial]| all.iter().find(|trial| runs(trial, live)).copied();
    let trials: Vec<Trial> = props.trials.iter().filter_map(pick).collect();
    let measure = {
        let (app, bench, trials) = (app.clone(), bench.clone(), trials.clone());
        Callback::from(move |_: MouseEvent| {
            if bench.at.get().is_none() {
                let (app, bench, trials, update) = (app.clone(), bench.clone(), trials.clone(), update.clone());
                wasm_bindgen_futures::spawn_local(async move {
                    let trouble = run_all(&app, &bench, &trials, &update).await.err();
                    bench.trouble.replace(trouble);
                    bench.at.set(None);
                    update.force_update();
                });
            }
        })
    };
    let measure_button = use_node_ref();
    let stop = {
        let (app, measure_button) = (app.clone(), measure_button.clone());
        Callback::from(move |_: MouseEvent| {
            app.session.stop();
            // The button that was pressed may have gone by then.
            if let Some(button) = measure_button.cast::<HtmlElement>().filter(|_| !app.session.live()) {
                browser::focus(&button);
            }
        })
    };
    let at = bench.at.get();
    let all_done = trials.iter().all(|trial| bench.done.borrow().iter().any(|(known, _)| known == trial));
    html! {
        <section class="panel measured" aria-labelledby="measured-title">
            <h2 id="measured-title">{ "Measured in your browser" }</h2>
            <p class="remark">
                { "Each figure comes from one short run of a demo in this browser, with the parameters named beside it; \
                   nothing is taken from elsewhere. The demos are Rust with Python’s names; where one says “under a \
                   GIL”, threads take turns as CPython’s do. Starting threads and processes is counted too, and where \
                   cores are few or busy, computing at the same time gains little. Single runs vary: look at the order \
                   of the bars, not at the last digit." }
            </p>
            <IsolationNotice />
            <div class="run-bar">
                <div class="buttons">
                    <button type="button" ref={measure_button} class={classes!(at.is_none().then_some("primary"))}
                        onclick={measure} aria-disabled={(at.is_some() || trials.is_empty()).to_string()}>
                        { if all_done && !trials.is_empty() { "Measure again" } else { "Measure now" } }
                    </button>
                    if live || at.is_some() {
                        <button type="button" class={classes!("stop", at.is_some().then_some("primary"))} onclick={stop}
                            aria-disabled={at.is_none().to_string()}>{ "Stop" }</button>
                    }
                </div>
                <div class="state">
                    <p class="status" role="status">{ status(at, &trials) }</p>
                    if let Some((number, count)) = at {
                        <progress max="1" value={format!("{:.3}", progress(&app, number, count))}
                            aria-label="Progress of the measurements" />
                    }
                </div>
                if let Some(trouble) = &*bench.trouble.borrow() { <p class="problem" role="alert">{ trouble }</p> }
            </div>
            { for trials.iter().map(|trial| {
                let done = bench.done.borrow();
                result(trial, done.iter().find(|(known, _)| known == trial).map(|(_, shown)| shown), &props.answers)
            }) }
        </section>
    }
}

fn runs(trial: &Trial, live: bool) -> bool {
    trial.demo.spec().is_some_and(|spec| words::can_run(spec.program, live))
}

/// Makes the runs, one after the other.
async fn run_all(
    app: &AppContext,
    bench: &Bench,
    trials: &[Trial],
    update: &UseForceUpdateHandle,
) -> Result<(), String> {
    bench.trouble.replace(None);
    for (number, trial) in trials.iter().enumerate() {
        bench.at.set(Some((number, trials.len())));
        update.force_update();
        let Some(spec) = trial.demo.spec() else { continue };
        let title = spec.program.title;
        app.run(spec).await.map_err(|sentence| format!("Nothing was measured. {sentence}"))?;
        let run = app.run_number();
        app.session.ended().await;
        // Something else is shown by now.
        if app.run_number() != run {
            return Ok(());
        }
        app.settling.tell();
        let Some(recording) = app.session.take() else { return Ok(()) };
        app.next_run();
        if bench.gone.get() {
            return Ok(());
        }
        match recording.phase {
            Phase::Stopped => return Err("Stopped. What was measured before is still here.".to_owned()),
            Phase::Failed => {
                let message = recording.problem.map_or("It gave no reason.".to_owned(), |problem| problem.message);
                return Err(format!("“{title}” failed, so it gives no figures. {message}"));
            }
            _ => {}
        }
        let shown = shown(trial, &recording.observations, recording.elapsed.to_string());
        let mut done = bench.done.borrow_mut();
        done.retain(|(known, _)| known != trial);
        done.push((*trial, shown));
    }
    Ok(())
}

fn shown(trial: &Trial, observations: &[Observation], took: String) -> Shown {
    let figures = figures(observations).filter(|figure| Some(figure.measure) == trial.measure);
    let bars: Vec<_> = figures.map(|figure| (figure.of, figure.label, figure.value)).collect();
    // The last one says how lanes ended, which is not a figure.
    let told = observations.split_last().map_or(observations, |(_, told)| told);
    let sentences = match bars.is_empty() {
        true => told.iter().take(SENTENCES).map(|observation| observation.text.clone()).collect(),
        false => Vec::new(),
    };
    Shown { bars, sentences, took }
}

fn status(at: Option<(usize, usize)>, trials: &[Trial]) -> String {
    match at {
        Some((number, count)) => {
            format!("Run {} of {count}: {}…", number + 1, trials.get(number).map_or("", |trial| trial.demo.shows))
        }
        None if trials.is_empty() => String::new(),
        None => {
            let spec = |trial: &Trial| trial.demo.spec();
            let all = trials.iter().filter_map(spec).map(|spec| spec.estimate()).sum();
            format!("{}, {} altogether.", demos::counted(trials.len(), "short run"), words::estimate(all))
        }
    }
}

/// The progress of all runs, from 0 to 1.
fn progress(app: &AppContext, number: usize, count: usize) -> f64 {
    let part = match app.session.spec() {
        Some(spec) if app.session.phase() == Phase::Running => {
            let estimate = spec.estimate().as_secs_f64().max(0.001);
            (app.session.run().elapsed.as_millis_f64() / 1e3 / estimate).min(1.0)
        }
        _ => 0.0,
    };
    (number as f64 + part) / count as f64
}

fn result(trial: &Trial, shown: Option<&Shown>, answers: &Answers) -> Html {
    let Some(spec) = trial.demo.spec() else { return Html::default() };
    let parameters = words::parameters(&spec);
    let href = DemoAddress::of(spec.clone()).map(|address| address.write());
    html! {
        <div class="trial">
            <h3>{ trial.demo.shows }</h3>
            { match shown {
                None => html! { <p class="empty">{ "Not measured yet." }</p> },
                Some(shown) => html! {
                    <>
                        if !shown.bars.is_empty() { { bars(trial, shown, answers) } }
                        <ul class="points">
                            { for shown.sentences.iter().map(|sentence| html! { <li>{ sentence }</li> }) }
                        </ul>
                    </>
                },
            } }
            <p class="remark">
                { "From " }<a {href}>{ spec.program.title }</a>{ format!(" with {parameters}") }
                { shown.map_or(".".to_owned(), |shown| format!("; the run took {}.", shown.took)) }
            </p>
        </div>
    }
}

/// A bar for each model; that of the advice is marked.
fn bars(trial: &Trial, shown: &Shown, answers: &Answers) -> Html {
    let most = shown.bars.iter().map(|(.., value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let unit = trial.measure.map_or("", Measure::unit);
    let advised = advised(answers);
    html! {
        <table class="bars">
            <caption class="unseen">{ trial.measure.map_or("", Measure::title) }</caption>
            { for shown.bars.iter().map(|(of, label, value)| html! {
                <tr class={classes!((*of == advised).then_some("advised"))}>
                    <th scope="row">{ label }if *of == advised { <span class="unseen">{ " (advised)" }</span> }</th>
                    <td aria-hidden="true">
                        <svg viewBox="0 0 100 10" preserveAspectRatio="none">
                            <rect width={format!("{:.1}", value / most * 100.0)} height="10" />
                        </svg>
                    </td>
                    <td>{ format!("{} {unit}", rounded(*value)) }</td>
                </tr>
            }) }
        </table>
    }
}

/// Which of a comparison’s models is the advised one.
fn advised(answers: &Answers) -> &'static str {
    match model(answers) {
        Model::Threads | Model::ThreadPool => "threads",
        Model::Tasks => "tasks",
        Model::ProcessPool | Model::SharedMemory => "processes",
        Model::TasksWithProcesses => "tasks-pool",
        // No demo includes it.
        Model::TasksWithThreads => "",
    }
}

/// With three significant digits.
fn rounded(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => words::count(value.round() as u64),
    }
}
