//! The reader's own program: an editor, Run and Stop, and what the run shows.

use web_sys::{HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::browser;
use super::chart_panel::ChartPanel;
use super::console_panel::ConsolePanel;
use super::context::AppContext;
use super::hooks::{use_phases, use_ticks};
use super::pair::Slot;
use super::results_panel::FiguresPanel;
use crate::app::address::WriteAddress;
use crate::app::words;
use crate::engine::Phase;
use crate::program::write::{GIL, WRITE};
use crate::program::{RunSpec, Value};
use crate::runtime::host::web::python_script;

/// Under this name a tab keeps what is written in it.
const KEPT: &str = "weft-code";

/// What is in the editor to begin with.
const FIRST: &str = include_str!("first_program.py");

/// How far a press of Tab moves the text.
const INDENT: &str = "    ";

/// What the page is given.
#[derive(Properties, PartialEq)]
pub struct WritePageProps {
    /// How to show it.
    pub address: WriteAddress,
    /// What is wrong with the address.
    pub problems: Vec<String>,
}

/// The reader's own program.
#[component]
pub fn WritePage(props: &WritePageProps) -> Html {
    let app = use_phases();
    let code = use_state(|| app.written().or_else(|| browser::kept(KEPT)).unwrap_or_else(|| FIRST.to_owned()));
    let gil = use_state(|| props.address.gil);
    let refusal = use_state(|| None::<String>);
    let has_python = python_script().is_some();
    let live = app.session.live();

    // A script brings a program of its own.
    use_effect_with((app.written(), props.address.clone()), {
        let (code, gil, app) = (code.setter(), gil.setter(), app.clone());
        move |(written, address)| {
            if let Some(written) = written {
                code.set(written.clone());
                app.write(None);
            }
            gil.set(address.gil);
        }
    });
    use_effect_with(app.clone(), move |app| {
        if live && has_python {
            // Its interpreter is loaded while the reader reads.
            app.prepare(spec("", true));
        }
        let app = app.clone();
        move || app.leave(WRITE.id)
    });
    let run = {
        let (app, code, gil, refusal) = (app.clone(), code.clone(), gil.clone(), refusal.setter());
        Callback::from(move |(): ()| {
            if live && has_python && !app.session.phase().is_active() {
                refusal.set(None);
                let refusal = refusal.clone();
                app.start(spec(&code, *gil), Callback::from(move |sentence| refusal.set(Some(sentence))));
            }
        })
    };
    let typed = {
        let code = code.setter();
        Callback::from(move |editor: HtmlTextAreaElement| {
            browser::keep(KEPT, &editor.value());
            code.set(editor.value());
        })
    };
    let oninput = typed.reform(|event: InputEvent| event.target_unchecked_into());
    let onkeydown = {
        let run = run.clone();
        Callback::from(move |event: KeyboardEvent| {
            let control = event.ctrl_key() || event.meta_key();
            if event.key() == "Enter" && control && !event.repeat() {
                event.prevent_default();
                run.emit(());
            } else if event.key() == "]" && control {
                // Not Tab, which leads keyboards' users out of the editor.
                event.prevent_default();
                let editor: HtmlTextAreaElement = event.target_unchecked_into();
                if let (Ok(Some(start)), Ok(Some(end))) = (editor.selection_start(), editor.selection_end()) {
                    let _ = editor.set_range_text_with_start_and_end(INDENT, start, end);
                    let after = start + INDENT.len() as u32;
                    let _ = editor.set_selection_range(after, after);
                    typed.emit(editor);
                }
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
    let onsubmit = {
        let run = run.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            run.emit(());
        })
    };
    let active = app.session.phase().is_active();
    html! {
        <article class="demo write">
            <header class="demo-head">
                <p class="back"><a href="#/">{ "All demos" }</a></p>
                <h1>{ WRITE.title }</h1>
                <p class="summary">
                    { "Python with real threads, in this page: write or paste a program that uses threading, queue or \
                       concurrent.futures, press Run, and watch it." }
                </p>
            </header>
            { for props.problems.iter().map(|problem| html! { <p class="notice wrong" role="alert">{ problem }</p> }) }
            { notice(live, has_python) }
            <form class="panel setup" aria-label="Run" {onsubmit}>
                <div class="run-bar">
                    <div class="buttons">
                        <button type="submit" class={classes!("run", (!active).then_some("primary"))}
                            aria-disabled={(active || !live || !has_python).to_string()} title="Ctrl + Enter">
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
                </div>
            </form>
            <div class="write-columns">
                <section class="panel editor" aria-label="Program">
                    <textarea spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
                        aria-label="Python program" aria-describedby="editor-keys" value={(*code).clone()}
                        {oninput} {onkeydown} />
                    <p id="editor-keys" class="hint">{ "Ctrl + Enter runs it, Ctrl + ] indents." }</p>
                </section>
                <div class="write-results">
                    <ChartPanel program={&WRITE} slot={Slot::Live} paired=false note={Vec::new()} />
                    <ConsolePanel />
                    <FiguresPanel />
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

fn notice(live: bool, has_python: bool) -> Html {
    if !has_python {
        return html! {
            <p class="notice">{ "This site was built without Python. To have it, run " }<code>{ "scripts/python" }</code>
                { " and build the site again." }</p>
        };
    }
    if !live {
        return html! {
            <p class="notice">
                { "Threads cannot start in this page, since it is not cross-origin isolated, so programs cannot run. " }
                { "Open it in a tab of its own, on a host that sends the headers." }
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
            if phase == Phase::Starting { <progress max="1" aria-label="Python is being loaded" /> }
        </>
    }
}

fn status(app: &AppContext) -> String {
    let run = app.session.run();
    let elapsed = run.elapsed;
    match run.phase {
        Phase::Idle => "Ready.".to_owned(),
        Phase::Starting => "Starting Python… The first time, it has to be loaded.".to_owned(),
        Phase::Running => format!("Running {}", words::clock(elapsed)),
        Phase::Finished => format!("Finished in {elapsed}."),
        Phase::Stopped => format!("Stopped after {elapsed}."),
        Phase::Failed => match &run.problem {
            Some(problem) => words::failure(problem.lane.as_deref(), &problem.message),
            None => format!("Failed after {elapsed}."),
        },
    }
}
