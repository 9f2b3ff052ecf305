//! The files of the reader's program: those that the reader has added, and those that it has written.

use std::rc::Rc;

use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, File, FileList, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::hooks::{use_app, use_changes};
use crate::app::files::{Row, begins_with, refused, rows};
use crate::app::words;
use crate::engine::GivenFile;

/// More files than this are only counted: the page has to lay all of them out.
const MOST: usize = 100;

/// The files: added by button or by dropping them here, removed, downloaded.
#[component]
pub fn FilesPanel() -> Html {
    let app = use_app();
    use_changes(&app, listed);
    let refusal = use_state_eq(|| None::<String>);
    let dragged = use_state_eq(|| false);
    let picker = use_node_ref();
    let add = {
        let (app, refusal) = (app.clone(), refusal.setter());
        Callback::from(move |files: FileList| {
            let (app, refusal) = (app.clone(), refusal.clone());
            spawn_local(async move { refusal.set(add(&app, files).await.err()) });
        })
    };
    let pick = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(picker) = picker.cast::<HtmlInputElement>() {
                picker.click();
            }
        })
    };
    let picked = {
        let add = add.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(files) = input.files() {
                add.emit(files);
            }
        })
    };
    let ondragover = {
        let dragged = dragged.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            dragged.set(true);
        })
    };
    let ondragleave = {
        let dragged = dragged.setter();
        Callback::from(move |_: DragEvent| dragged.set(false))
    };
    let ondrop = {
        let dragged = dragged.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            dragged.set(false);
            if let Some(files) = event.data_transfer().and_then(|given| given.files()) {
                add.emit(files);
            }
        })
    };
    let rows = listed(&app);
    let (given, more) = (rows.iter().any(|row| row.given), rows.len().saturating_sub(MOST));
    html! {
        <section class={classes!("panel", "files", dragged.then_some("dragged"))} aria-labelledby="files-title"
            {ondragover} {ondragleave} {ondrop}>
            <div class="panel-head">
                <h2 id="files-title">{ "Files" }</h2>
                <button type="button" class="quiet" onclick={pick}>{ "Add files…" }</button>
                <input type="file" multiple=true hidden=true ref={picker} onchange={picked} aria-label="Add files" />
            </div>
            if let Some(refusal) = &*refusal { <p class="notice wrong" role="alert">{ refusal }</p> }
            if rows.is_empty() {
                <p class="empty">
                    { "Files that you add here, or drop here, the program can open. What it writes can be downloaded." }
                </p>
            } else {
                <table>
                    <thead class="unseen"><tr><th>{ "File" }</th><th>{ "Size" }</th><th>{ "From" }</th><th>{ "Actions" }</th></tr></thead>
                    <tbody>{ for rows.iter().take(MOST).map(|row| view(&app, row)) }</tbody>
                </table>
                if more > 0 { <p class="remark">{ format!("And {} more.", words::count(more as u64)) }</p> }
                if given { <p class="remark">{ begins_with() }</p> }
            }
        </section>
    }
}

fn view(app: &AppContext, row: &Row) -> Html {
    let name = row.name.clone();
    let download = {
        let (app, name) = (app.clone(), name.clone());
        Callback::from(move |_: MouseEvent| {
            let bytes = bytes_of(&app, &name);
            let own = name.rsplit('/').next().unwrap_or(&name);
            if let Some(problem) = bytes.and_then(|bytes| browser::download_bytes(own, &bytes).err()) {
                web_sys::console::error_1(&problem);
            }
        })
    };
    let remove = {
        let (app, name) = (app.clone(), name.clone());
        Callback::from(move |_: MouseEvent| {
            let mut given = app.session.given();
            given.retain(|file| file.name != name);
            app.session.give(given);
        })
    };
    html! {
        <tr key={name.clone()}>
            <td>{ &name }</td>
            <td>{ words::bytes(row.size) }</td>
            <td>{ row.from() }</td>
            <td>
                <button type="button" class="quiet" onclick={download} aria-label={format!("Download {name}")}>
                    { "Download" }
                </button>
                if row.given {
                    <button type="button" class="quiet" onclick={remove} aria-label={format!("Remove {name}")}>
                        { "Remove" }
                    </button>
                }
            </td>
        </tr>
    }
}

/// What is listed.
fn listed(app: &AppContext) -> Vec<Row> {
    let given = app.session.given();
    let given = given.iter().map(|file| (file.name.as_str(), file.bytes.len()));
    let run = app.session.run();
    let written = run.files.iter().map(|(name, bytes)| (name.as_str(), bytes.len()));
    rows(given, written)
}

/// What is in a file: what the program has written last, else what the reader has added.
fn bytes_of(app: &AppContext, name: &str) -> Option<Rc<[u8]>> {
    let written = app.session.run().files.get(name).cloned();
    written.or_else(|| app.session.given().into_iter().find(|file| file.name == name).map(|file| file.bytes))
}

/// Adds files; one takes the place of another of its name.
async fn add(app: &AppContext, files: FileList) -> Result<(), String> {
    let mut given = app.session.given();
    for file in (0..files.length()).filter_map(|at| files.get(at)) {
        let name = file.name();
        given.retain(|other| other.name != name);
        let before = given.iter().map(|file| file.bytes.len()).sum();
        // A size is a whole number, though JavaScript's numbers are not.
        if let Some(sentence) = refused(&name, file.size() as usize, before) {
            return Err(sentence);
        }
        given.push(GivenFile { bytes: read(&file).await?, name });
    }
    given.sort_by(|one, other| one.name.cmp(&other.name));
    app.session.give(given);
    Ok(())
}

async fn read(file: &File) -> Result<Rc<[u8]>, String> {
    // A folder looks like a file until it is read.
    let bytes = JsFuture::from(file.array_buffer()).await.map_err(|_| format!("“{}” cannot be read.", file.name()))?;
    Ok(js_sys::Uint8Array::new(&bytes).to_vec().into())
}
