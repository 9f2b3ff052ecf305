//! What the reader can do with a program apart from running it: begin with an example, open and save a file, share it.

use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::browser;
use super::chart_panel::save_trace;
use super::hand_out::use_hand_out;
use super::hooks::use_session;
use super::packed::pack;
use crate::app::address::{Brought, WriteAddress};
use crate::app::examples;
use crate::demos::Demo;
use crate::engine::Phase;
use crate::program::write::{FILE, WRITE};

/// The largest file that is opened, in bytes.
const LARGEST: f64 = 1e6;

/// What the tools are given.
#[derive(Properties, PartialEq)]
pub struct WriteToolsProps {
    /// The page, and how it would run the program.
    pub address: WriteAddress,
    /// Changes with the program in the editor, other than by typing.
    pub opened: u64,
    /// Puts a program into the editor.
    pub put: Callback<String>,
}

/// Examples, files, a link.
#[component]
pub fn WriteTools(props: &WriteToolsProps) -> Html {
    let app = use_session();
    let refusal = use_state_eq(|| None::<String>);
    // Counts the changes after a link was handed out.
    let stale = use_state_eq(|| 0_u32);
    let handed = use_mut_ref(|| false);
    let handing = use_hand_out((props.address.clone(), props.opened, *stale));
    use_effect_with(app.clone(), {
        let (stale, handed) = (stale.clone(), handed.clone());
        move |app| {
            let listening = app.editing.changes.listen(move || {
                if handed.replace(false) {
                    stale.set(*stale + 1);
                }
            });
            move || drop(listening)
        }
    });
    let copy = {
        let (app, address, give) = (app.clone(), props.address.clone(), handing.give());
        Callback::from(move |_: MouseEvent| {
            handed.replace(true);
            let (app, address, give) = (app.clone(), address.clone(), give.clone());
            spawn_local(async move { give.emit(link(&app.editing.text(), &address).await) });
        })
    };
    let open_whole = {
        let (app, address, give) = (app.clone(), props.address.clone(), handing.give());
        Callback::from(move |_: MouseEvent| {
            let (app, address, give) = (app.clone(), address.clone(), give.clone());
            spawn_local(async move {
                match link(&app.editing.text(), &address).await {
                    // Where the browser blocks it, the reader can still copy the link.
                    Ok(link) => {
                        _ = browser::window().open_with_url_and_target_and_features(&link, "_blank", "noopener")
                    }
                    refused => give.emit(refused),
                }
            });
        })
    };
    let choose = {
        let app = app.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            if let Some(demo) = Demo::find(&select.value()) {
                let brought = Brought::Demo(demo.id());
                app.go(&WriteAddress { brought, ..WriteAddress::default() }.write());
            }
            select.set_value("");
        })
    };
    let picker = use_node_ref();
    let pick = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(picker) = picker.cast::<HtmlInputElement>() {
                picker.click();
            }
        })
    };
    let picked = {
        let (put, refusal) = (props.put.clone(), refusal.setter());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let file = input.files().and_then(|files| files.get(0));
            let (put, refusal) = (put.clone(), refusal.clone());
            spawn_local(async move {
                let Some(file) = file else { return };
                let read = text_of(&file).await;
                // The same file can be chosen again.
                input.set_value("");
                match read {
                    Ok(text) => {
                        refusal.set(None);
                        put.emit(text);
                    }
                    Err(sentence) => refusal.set(Some(sentence)),
                }
            });
        })
    };
    let save = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| {
            if let Err(problem) = browser::download(FILE, "text/x-python", &app.editing.text()) {
                web_sys::console::error_1(&problem);
            }
        })
    };
    let save_run = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| save_trace(&app.latest(), &WRITE))
    };
    let embedded = props.address.embedded;
    html! {
        <div class="share" role="group" aria-label="Program">
            if embedded {
                <button type="button" class="quiet" onclick={open_whole}>{ "Open in Weft" }</button>
            } else {
                <select class="quiet" aria-label="Examples" onchange={choose}>
                    <option value="" selected=true>{ "Examples…" }</option>
                    { for examples::demos().map(|demo| html! { <option value={demo.id()}>{ demo.program.title }</option> }) }
                </select>
                <button type="button" class="quiet" onclick={pick} title="A Python file of yours">{ "Open…" }</button>
                <input type="file" accept=".py,text/x-python,text/plain" hidden=true ref={picker} onchange={picked}
                    aria-label="Open a Python file" />
            }
            <button type="button" class="quiet" onclick={save} title="The program as a file">{ "Save" }</button>
            <button type="button" class="quiet" onclick={copy} title="A link to this program">{ "Copy link" }</button>
            if app.session.phase() != Phase::Idle {
                <button type="button" class="quiet" onclick={save_run} title="The trace as JSON, for Perfetto or for later">
                    { "Save trace" }
                </button>
            }
            { handing.view() }
            if let Some(refusal) = &*refusal { <span class="problem" role="alert">{ refusal }</span> }
        </div>
    }
}

/// A link to the page with this program.
async fn link(text: &str, address: &WriteAddress) -> Result<String, String> {
    let here = browser::window().location().href().unwrap_or_default();
    let site = here.split('#').next().unwrap_or_default();
    let brought = Brought::Code(pack(text).await?);
    Ok(format!("{site}{}", WriteAddress { brought, ..address.whole() }.write()))
}

/// What is in a file.
async fn text_of(file: &File) -> Result<String, String> {
    let name = file.name();
    if file.size() > LARGEST {
        return Err(format!("“{name}” is too large for a program: 1 MB is the most."));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes.map_err(|_| format!("“{name}” could not be read."))?;
    let bytes = js_sys::Uint8Array::new(&bytes).to_vec();
    String::from_utf8(bytes).map_err(|_| format!("“{name}” is not a text in UTF-8."))
}
