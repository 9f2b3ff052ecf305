//! The editor of the reader's program: CodeMirror, which is loaded only here (`www/editor`). Until it is there, and where it
//! cannot be loaded, a plain text field stands in its place, so the reader can write at once.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::hooks::use_app;
use super::{browser, theme};
use crate::app::lights::Light;
use crate::program::Place;

#[wasm_bindgen(module = "/src/app/page/load.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn load(address: &str) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The module `www/editor/editor.js`.
    type Module;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Module, parent: &Element, options: &JsValue) -> Result<View, JsValue>;

    /// What its `create` gives.
    type View;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &View, text: &str);
    #[wasm_bindgen(method, js_name = setLights)]
    fn set_lights(this: &View, lights: &str);
    #[wasm_bindgen(method, js_name = setProblem)]
    fn set_problem(this: &View, message: &str, line: u32, from: Option<u32>, to: Option<u32>);
    #[wasm_bindgen(method, js_name = clearProblem)]
    fn clear_problem(this: &View);
    #[wasm_bindgen(method)]
    fn focus(this: &View);
    #[wasm_bindgen(method)]
    fn reveal(this: &View, line: u32);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &View, line: u32);
    #[wasm_bindgen(method)]
    fn destroy(this: &View);
}

/// What the editor is given. What is typed belongs to the page; the editor shows it, and reports changes.
#[derive(Properties, PartialEq)]
pub struct EditorProps {
    /// What was put into it last, other than by typing, and the number of that.
    pub shown: (u64, Rc<str>),
    /// The lines that lanes are on.
    pub lights: Vec<Light>,
    /// A line to scroll to.
    pub reveal: Option<u32>,
    /// A line to put the cursor on, and the number of that wish.
    pub go_to: Option<(u64, u32)>,
    /// The error that ended the run, and where.
    pub problem: Option<(String, Place)>,
    /// The reader has typed.
    pub on_change: Callback<String>,
    /// The reader wants to run it.
    pub on_run: Callback<()>,
}

const LABEL: &str = "Python program";
const KEYS: &str = "editor-keys";

/// An editor that is there, with what it calls.
struct Made {
    view: View,
    _on_change: Closure<dyn Fn(String)>,
    _on_run: Closure<dyn Fn()>,
}

impl Drop for Made {
    fn drop(&mut self) {
        self.view.destroy();
    }
}

/// The editor.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let app = use_app();
    let place = use_node_ref();
    let field = use_node_ref();
    let made = use_state(|| None::<Rc<Made>>);
    let failed = use_state_eq(|| false);
    let had_focus = use_mut_ref(|| false);
    // As they are now, for the editor, which is made once.
    let calls = use_mut_ref(|| (props.on_change.clone(), props.on_run.clone()));
    calls.replace((props.on_change.clone(), props.on_run.clone()));
    // What was put into the editor last: it takes what the field holds, typed or not.
    let put = use_mut_ref(|| props.shown.0);
    if made.is_none() {
        put.replace(props.shown.0);
    }

    use_effect_with((), {
        let (place, field, made, failed) = (place.clone(), field.clone(), made.setter(), failed.setter());
        let (gone, focused) = (Rc::new(RefCell::new(false)), had_focus.clone());
        move |()| {
            spawn_local({
                let gone = gone.clone();
                async move {
                    let module = loaded().await;
                    if *gone.borrow() {
                        return;
                    }
                    let there = module.zip(place.cast::<Element>()).zip(field.cast::<HtmlTextAreaElement>());
                    let Some(((module, place), field)) = there else { return failed.set(true) };
                    match make(&module, &place, &field, &calls) {
                        Some(editor) => {
                            focused.replace(browser::has_focus(&field));
                            made.set(Some(Rc::new(editor)));
                        }
                        None => failed.set(true),
                    }
                }
            });
            move || _ = gone.replace(true)
        }
    });
    let there = (*made).clone();
    use_in_view(&there, props.shown.clone(), move |view, (number, text)| {
        if put.replace(*number) != *number {
            view.set_text(text);
        }
    });
    // It has been hidden until now.
    use_in_view(&there, (), move |view, ()| {
        if had_focus.replace(false) {
            view.focus();
        }
    });
    use_in_view(&there, props.lights.clone(), |view, lights| view.set_lights(&lights_as_json(lights)));
    use_in_view(&there, props.problem.clone(), |view, problem| match problem {
        Some((message, Place { line, columns })) => {
            view.set_problem(message, *line, columns.map(|(from, _)| from), columns.map(|(_, to)| to));
        }
        None => view.clear_problem(),
    });
    use_in_view(&there, props.reveal, |view, line| line.iter().for_each(|line| view.reveal(*line)));
    use_in_view(&there, props.go_to, |view, to| to.iter().for_each(|(_, line)| view.go_to(*line)));

    let oninput = props.on_change.reform(|event: InputEvent| {
        let field: HtmlTextAreaElement = event.target_unchecked_into();
        field.value()
    });
    let onkeydown = {
        let run = props.on_run.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.repeat() {
                event.prevent_default();
                run.emit(());
            }
        })
    };
    let plain = made.is_none();
    html! {
        <>
            <div class="code-editor" ref={place} hidden={plain} />
            if plain {
                <textarea spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" aria-label={LABEL}
                    aria-describedby={KEYS} key={props.shown.0} ref={field} value={app.editing.text().to_string()}
                    {oninput} {onkeydown} />
            }
            <p id={KEYS} class="hint">
                if plain {
                    { "Ctrl + Enter runs it." }
                    if *failed { { " The editor could not be loaded, so this is a plain text field." } }
                } else {
                    { "Ctrl + Enter runs it, Ctrl + F searches. Tab indents; after Escape it leads out of the editor." }
                }
            </p>
        </>
    }
}

/// Shows something in the editor, once it is there and whenever that has changed.
#[hook]
fn use_in_view<T: PartialEq + 'static>(made: &Option<Rc<Made>>, what: T, show: impl FnOnce(&View, &T) + 'static) {
    let made = made.clone();
    use_effect_with((what, made.is_some()), move |(what, _)| {
        if let Some(made) = made {
            show(&made.view, what);
        }
    });
}

/// The editor's module; `None` if the site has none, or it cannot be fetched.
async fn loaded() -> Option<Module> {
    let address = browser::named_in_head("weft-editor")?;
    load(&address).await.ok().map(JsCast::unchecked_into)
}

/// Makes the editor, with what the field holds by now.
fn make(
    module: &Module,
    place: &Element,
    field: &HtmlTextAreaElement,
    calls: &Rc<RefCell<(Callback<String>, Callback<()>)>>,
) -> Option<Made> {
    let on_change = Closure::<dyn Fn(String)>::new({
        let calls = calls.clone();
        move |text| {
            let (change, _) = calls.borrow().clone();
            change.emit(text);
        }
    });
    let on_run = Closure::<dyn Fn()>::new({
        let calls = calls.clone();
        move || {
            let (_, run) = calls.borrow().clone();
            run.emit(());
        }
    });
    let options = js_sys::Object::new();
    for (name, value) in [
        ("text", JsValue::from(field.value())),
        ("cursor", field.selection_start().ok().flatten().into()),
        ("label", LABEL.into()),
        ("describedBy", KEYS.into()),
        ("onChange", on_change.as_ref().clone()),
        ("onRun", on_run.as_ref().clone()),
    ] {
        browser::put(&options, name, value);
    }
    let view = module.create(place, &options).ok()?;
    Some(Made { view, _on_change: on_change, _on_run: on_run })
}

/// Lines with the lanes on them, and their colours, as the editor reads them.
fn lights_as_json(lights: &[Light]) -> String {
    let palette = theme::of_chart();
    let lights = lights.iter().map(|light| {
        let lanes = light.lanes.iter().map(
            |(name, state)| serde_json::json!({ "name": name, "state": state.name(), "colour": palette.state(*state) }),
        );
        serde_json::json!({ "line": light.line, "lanes": lanes.collect::<Vec<_>>(), "more": light.more })
    });
    serde_json::Value::Array(lights.collect()).to_string()
}
