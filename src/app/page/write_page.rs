//! The reader's own program: an editor, Run and Stop, and what the run shows.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::browser;
use super::chart_panel::ChartPanel;
use super::code_panel::use_lights;
use super::console_panel::ConsolePanel;
use super::context::AppContext;
use super::controls::speed_control;
use super::editing::Draft;
use super::editor::Editor;
use super::fetch;
use super::hand_out::use_hand_out;
use super::hooks::{use_moment, use_phases, use_ticks};
use super::packed::unpack;
use super::pair::Slot;
use super::results_panel::{FiguresPanel, ObservationsPanel};
use super::write_tools::WriteTools;
use crate::app::address::{Brought, Panel, WriteAddress, parse_speed};
use crate::app::lights::line_of;
use crate::app::words;
use crate::demos::{Demo, no_demo};
use crate::engine::Phase;
use crate::program::write::{FILE, GIL, WRITE};
use crate::program::{Place, RunSpec, Value};
use crate::trace::Nanos;

/// What is in the editor to begin with.
const FIRST: &str = include_str!("first_program.py");

/// What the page is given.
#[derive(Properties, PartialEq)]
pub struct WritePageProps {
    /// The program, and how to show it.
    pub address: WriteAddress,
    /// What is wrong with the address.
    pub problems: Vec<String>,
    /// Changes with each visit, even to the same address.
    pub visit: u64,
}

/// A program that was put into the editor.
#[derive(Clone)]
struct Opened {
    /// The number of that.
    put: u64,
    text: Rc<str>,
    /// Where changes are kept; nowhere if a script has brought it.
    draft: Option<Draft>,
    /// As it was before the reader has changed it in an earlier visit.
    original: Option<Rc<str>>,
}

/// The reader's own program.
#[component]
pub fn WritePage(props: &WritePageProps) -> Html {
    let app = use_phases();
    let opened = use_state(|| Opened { put: 0, text: "".into(), draft: None, original: None });
    let gil = use_state_eq(|| props.address.gil);
    let speed = use_state_eq(|| props.address.speed.to_string());
    let trouble = use_state_eq(|| None::<String>);
    let refusal = use_state_eq(|| None::<String>);
    let go_to = use_state_eq(|| None::<(u64, u32)>);
    let live = app.session.live();
    let ready = live && has_python();
    let embedded = props.address.embedded;

    let run = {
        let (app, gil, speed, refusal) = (app.clone(), gil.clone(), speed.clone(), refusal.setter());
        Callback::from(move |(): ()| {
            if !ready || app.session.phase().is_active() {
                return;
            }
            match parse_speed(&speed) {
                Ok(speed) => {
                    refusal.set(None);
                    let refusal = refusal.clone();
                    let spec = RunSpec { speed, ..spec(&app.editing.text(), *gil) };
                    app.start(spec, Callback::from(move |sentence| refusal.set(Some(sentence))));
                }
                Err(sentence) => refusal.set(Some(sentence)),
            }
        })
    };
    // The page has another address, or has just been opened.
    use_effect_with((props.address.clone(), props.visit), {
        let (app, opened, trouble) = (app.clone(), opened.setter(), trouble.setter());
        let (gil, speed, refusal) = (gil.setter(), speed.setter(), refusal.setter());
        let problems = props.problems.clone();
        move |(address, _)| {
            gil.set(address.gil);
            speed.set(address.speed.to_string());
            trouble.set(None);
            refusal.set(None);
            for problem in &problems {
                app.complain(problem);
            }
            if ready {
                // Its interpreter is loaded while the reader reads.
                app.prepare(spec("", true));
            }
            let address = address.clone();
            spawn_local(async move {
                let visit = app.visits();
                match open(&app, &address).await {
                    Ok(found) if app.visits() == visit => opened.set(found),
                    Ok(_) => return,
                    Err(sentence) => {
                        app.complain(&sentence);
                        trouble.set(Some(sentence));
                        opened.set(own(&app, address.embedded));
                        return;
                    }
                }
                // What others have written runs by itself only where nothing of the reader's is around it.
                if address.autorun && ready && address.embedded && browser::framed() {
                    let spec = RunSpec { speed: address.speed, ..spec(&app.editing.text(), address.gil) };
                    app.start_when_near(spec, Callback::from(move |sentence| refusal.set(Some(sentence))));
                }
            });
        }
    });
    use_effect_with(app.clone(), move |app| {
        let app = app.clone();
        move || app.leave(WRITE.id)
    });

    let on_change = {
        let (app, draft) = (app.clone(), opened.draft.clone());
        Callback::from(move |text: String| {
            if let Some(draft) = &draft {
                draft.save(&text);
            }
            app.editing.set_text(&text);
        })
    };
    let put = {
        let (app, opened) = (app.clone(), opened.clone());
        Callback::from(move |text: String| {
            if let Some(draft) = &opened.draft {
                draft.save(&text);
            }
            let put = app.editing.put(&text);
            opened.set(Opened { put, text: text.into(), original: None, ..(*opened).clone() });
        })
    };
    let show_original = {
        let (put, original) = (put.clone(), opened.original.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(original) = &original {
                put.emit(original.to_string());
            }
        })
    };
    let stop = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.session.stop())
    };
    let set_gil = {
        let gil = gil.setter();
        Callback::from(move |event: Event| gil.set(event.target_unchecked_into::<HtmlInputElement>().checked()))
    };
    let set_speed = {
        let speed = speed.setter();
        Callback::from(move |(_, text): (&'static str, String)| speed.set(text))
    };
    let onsubmit = {
        let run = run.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            run.emit(());
        })
    };
    let on_place = {
        let go_to = go_to.clone();
        Callback::from(move |line: u32| go_to.set(Some((go_to.map_or(0, |(number, _)| number + 1), line))))
    };
    let (lights, _) = use_lights(FILE);
    let reveal = use_moment(chosen_line);
    let shows = |panel| props.address.shows(panel);
    let active = app.session.phase().is_active();
    let tools = WriteAddress { gil: *gil, speed: parse_speed(&speed).unwrap_or(1.0), ..props.address.clone() };
    html! {
        <article class="demo write">
            <header class="demo-head">
                if !embedded { <p class="back"><a href="#/">{ "All demos" }</a></p> }
                <h1>{ WRITE.title }</h1>
                <div class="head-tools">
                    <WriteTools address={tools} opened={opened.put} {put} />
                </div>
                if !embedded {
                    <p class="summary">
                        { "Python with real threads, in this page: write or paste a program that uses threading, queue or \
                           concurrent.futures, press Run, and watch it." }
                    </p>
                }
            </header>
            { for props.problems.iter().chain(&*trouble).map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }</p>
            }) }
            { notice(live, embedded) }
            <Fault />
            { origin(&props.address, opened.original.is_some(), &show_original) }
            if shows(Panel::Controls) {
                <form class="panel setup" aria-label="Run" {onsubmit}>
                    <div class="run-bar">
                        <div class="buttons">
                            <button type="submit" class={classes!("run", (!active).then_some("primary"))}
                                aria-disabled={(active || !ready).to_string()} title="Ctrl + Enter">
                                <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                                    <path d="M3 1.5v13l11-6.5z" />
                                </svg>
                                { "Run" }
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
                        if let Some(refusal) = &*refusal { <p class="problem" role="alert">{ refusal }</p> }
                    </div>
                    <div class="controls">
                        <label class="field check" title={GIL.help}>
                            <input type="checkbox" checked={*gil} onchange={set_gil} />
                            <span>{ "GIL" }</span>
                        </label>
                        { speed_control(&speed, &set_speed) }
                    </div>
                </form>
            } else if let Some(refusal) = &*refusal {
                <p class="notice wrong" role="alert">{ refusal }</p>
            }
            <div class="write-columns">
                if shows(Panel::Code) {
                    <section class="panel editor" aria-label="Program">
                        <Editor shown={(opened.put, opened.text.clone())} lights={lights} {reveal} go_to={*go_to}
                            problem={problem(&app)} {on_change} on_run={run.clone()} />
                    </section>
                }
                <div class="write-results">
                    if shows(Panel::Chart) {
                        <ChartPanel program={&WRITE} slot={Slot::Live} paired=false note={Vec::new()}
                            run={(!shows(Panel::Controls)).then(|| run.clone())} />
                    }
                    if shows(Panel::Console) { <ConsolePanel {on_place} /> }
                    if shows(Panel::Observations) {
                        <ObservationsPanel />
                        <FiguresPanel />
                    }
                </div>
            </div>
        </article>
    }
}

/// Whether this site has the interpreter.
fn has_python() -> bool {
    browser::named_in_head("weft-python").is_some()
}

/// What is to be run.
pub fn spec(code: &str, gil: bool) -> RunSpec {
    let mut spec = RunSpec { source: Some(code.to_owned()), ..RunSpec::new(&WRITE) };
    spec.values.insert(GIL.name, Value::Boolean(gil));
    spec
}

/// The program that an address leads to, put into the editor.
async fn open(app: &AppContext, address: &WriteAddress) -> Result<Opened, String> {
    if let Some(text) = app.editing.take_brought() {
        return Ok(Opened { put: app.editing.put(&text), text: text.into(), draft: None, original: None });
    }
    let draft = Draft::of(&address.brought, address.embedded);
    let original: Rc<str> = match &address.brought {
        Brought::Own => return Ok(own(app, address.embedded)),
        Brought::Code(packed) => unpack(packed).await?.into(),
        Brought::Demo(id) => python_of(id).await?.into(),
    };
    let text = draft.load().map_or_else(|| original.clone(), Rc::from);
    let put = app.editing.put(&text);
    Ok(Opened { put, original: Some(original).filter(|original| *original != text), text, draft: Some(draft) })
}

/// What the reader has written last.
fn own(app: &AppContext, embedded: bool) -> Opened {
    let draft = Draft::of(&Brought::Own, embedded);
    let text: Rc<str> = draft.load().map_or_else(|| FIRST.into(), Rc::from);
    Opened { put: app.editing.put(&text), text, draft: Some(draft), original: None }
}

/// A demo's Python.
async fn python_of(id: &str) -> Result<String, String> {
    let demo = Demo::find(id).ok_or_else(|| no_demo(id))?;
    let sources = fetch::sources().await?;
    sources.of(&demo.python()).map(|source| source.text()).ok_or_else(|| no_demo(id))
}

/// The line of the lane at the moment that was chosen in the chart.
fn chosen_line(app: &AppContext) -> Option<u32> {
    let moment = app.moment().filter(|moment| !moment.hovered)?;
    let of = |lane| app.run_in(moment.slot).with_timeline(|timeline| line_of(timeline, lane, FILE, moment.time));
    of(moment.lane?)
}

/// The error that ended the run, and where it is in the program.
fn problem(app: &AppContext) -> Option<(String, Place)> {
    let run = app.session.run();
    let error = run.exit.as_ref()?.error.as_ref()?;
    Some((error.summary(), error.place?))
}

/// Where the program comes from, if it is not the reader's own.
fn origin(address: &WriteAddress, changed: bool, show_original: &Callback<MouseEvent>) -> Html {
    let (from, back) = match &address.brought {
        Brought::Own => return Html::default(),
        Brought::Code(_) => (html! { { "This program came with the link. " } }, "Your own is kept: back to it"),
        Brought::Demo(id) => {
            let Some(demo) = Demo::find(id) else { return Html::default() };
            let href = format!("#/demo/{id}");
            let from = html! { <>{ "This is the Python of " }<a {href}>{ demo.program.title }</a>{ ". " }</> };
            (from, "Back to your own program")
        }
    };
    html! {
        <p class="notice origin" role="note">
            { from }
            if changed {
                { "You have changed it. " }
                <button type="button" class="quiet" onclick={show_original}>{ "Show it as it was" }</button>
                { " " }
            }
            if !address.embedded { <a href="#/write">{ back }</a> }
        </p>
    }
}

/// What is said where the interpreter itself has failed, with what a report about it needs.
#[component]
fn Fault() -> Html {
    let app = use_phases();
    let handing = use_hand_out(app.runs());
    let Some(report) = fault(&app) else { return Html::default() };
    let copy = {
        let give = handing.give();
        Callback::from(move |_: MouseEvent| give.emit(Ok(report.clone())))
    };
    html! {
        <p class="notice wrong" role="alert">
            { "The interpreter failed here, and that is our fault, not your program’s. " }
            <button type="button" class="quiet" onclick={copy}>{ "Copy a report" }</button>
            { " " }{ handing.view() }
        </p>
    }
}

/// A report about the interpreter's failure, if there was one.
fn fault(app: &AppContext) -> Option<String> {
    let run = app.session.run();
    let problem = run.problem.as_ref().filter(|problem| problem.internal)?;
    let spec = run.spec.as_ref()?;
    let lane = problem.lane.as_deref().unwrap_or_default();
    let timeline = run.timeline();
    let of = timeline.lanes.iter().find(|other| other.name == lane);
    let line = of.and_then(|of| line_of(timeline, of.id, FILE, of.end.as_ref()?.time.saturating_sub(Nanos(1))));
    let line = line.map_or(String::new(), |line| format!(", at {FILE}:{line}"));
    let (version, message) = (env!("CARGO_PKG_VERSION"), &problem.message);
    let gil = spec.values.get(GIL.name).map(ToString::to_string).unwrap_or_default();
    let source = spec.source.as_deref().unwrap_or_default();
    Some(format!("Weft {version}, GIL {gil}: {message}\nin lane {lane}{line}\n\n{source}"))
}

fn notice(live: bool, embedded: bool) -> Html {
    if !has_python() {
        return html! {
            <p class="notice">{ "This site was built without Python. To have it, run " }<code>{ "scripts/python" }</code>
                { " and build the site again." }</p>
        };
    }
    if !live {
        let (secure, framed) = (browser::secure(), browser::framed());
        return html! {
            <p class="notice" role="note">
                { words::no_threads(secure, framed) }{ " Programs cannot run here." }
                if embedded { { " “Open in Weft” leads to a tab of its own, where they can." } }
            </p>
        };
    }
    Html::default()
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
