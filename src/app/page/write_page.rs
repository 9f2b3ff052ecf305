//! The reader's own program: an editor, Run and Stop, and what the run shows.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::browser;
use super::chart_panel::ChartPanel;
use super::code_panel::use_lights;
use super::console_panel::ConsolePanel;
use super::context::AppContext;
use super::editing::Draft;
use super::editor::Editor;
use super::fetch;
use super::files_panel::FilesPanel;
use super::hooks::{use_moment, use_phases};
use super::packed::unpack;
use super::pair::Slot;
use super::results_panel::{FiguresPanel, ObservationsPanel};
use super::write_form::RunForm;
use super::write_notices::{Fault, has_python, notice, origin};
use super::write_tools::WriteTools;
use crate::app::address::{Brought, Panel, WriteAddress, parse_speed};
use crate::app::examples::FIRST;
use crate::app::lights::line_of;
use crate::demos::{Demo, no_demo};
use crate::program::write::{FILE, GIL, WRITE};
use crate::program::{Place, RunSpec, Value};

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
    // Without threads the examples, as they are, can be shown: they were recorded.
    let ready = !live || has_python();
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
            if live && has_python() {
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
                if !live {
                    app.preview(spec(&app.editing.text(), address.gil), Callback::noop());
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
    let set_gil = {
        let gil = gil.setter();
        Callback::from(move |on| gil.set(on))
    };
    let set_speed = {
        let speed = speed.setter();
        Callback::from(move |text| speed.set(text))
    };
    let on_place = {
        let go_to = go_to.clone();
        Callback::from(move |line: u32| go_to.set(Some((go_to.map_or(0, |(number, _)| number + 1), line))))
    };
    let (lights, _) = use_lights(FILE);
    let reveal = use_moment(chosen_line);
    let shows = |panel| props.address.shows(panel);
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
                        { "Python with real threads and tasks, in this page: write or paste a program that uses threading, queue, \
                           concurrent.futures or asyncio, press Run, and watch it." }
                    </p>
                }
            </header>
            { for props.problems.iter().chain(&*trouble).map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }</p>
            }) }
            { notice(&app, embedded) }
            <Fault />
            { origin(&props.address, opened.original.is_some(), &show_original) }
            if shows(Panel::Controls) {
                <RunForm {ready} gil={*gil} speed={(*speed).clone()} refusal={(*refusal).clone()} run={run.clone()}
                    set_gil={set_gil} set_speed={set_speed} />
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
                    if shows(Panel::Files) && ready && live { <FilesPanel /> }
                    if shows(Panel::Observations) {
                        <ObservationsPanel />
                        <FiguresPanel />
                    }
                </div>
            </div>
        </article>
    }
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
    sources.program(&demo.python()).ok_or_else(|| no_demo(id))
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
