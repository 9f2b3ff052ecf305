//! The demo's source and its Python twin. Lines that lanes are on are lit.

use std::collections::BTreeMap;

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::fetch::use_sources;
use super::hooks::use_session;
use super::legend::dot;
use super::pair::Slot;
use crate::app::address::{Brought, Lang, WriteAddress};
use crate::app::examples;
use crate::app::lights::{Light, lights};
use crate::app::sources::Source;
use crate::app::twins::correspondence;
use crate::demos::Demo;
use crate::engine::Phase;

/// What the panel is given.
#[derive(Properties)]
pub struct CodePanelProps {
    /// Whose source.
    pub demo: &'static Demo,
    /// In which language, if the address says so.
    pub lang: Option<Lang>,
    /// Whether the page is shown in another, whose readers' choices are not remembered.
    pub embedded: bool,
}

impl PartialEq for CodePanelProps {
    fn eq(&self, other: &CodePanelProps) -> bool {
        self.demo.id() == other.demo.id() && (self.lang, self.embedded) == (other.lang, other.embedded)
    }
}

/// Under this name the browser remembers the language that was chosen last.
const REMEMBERED: &str = "weft-lang";

/// The demo's source and its twin.
#[component]
pub fn CodePanel(props: &CodePanelProps) -> Html {
    let demo = props.demo;
    let (asked, embedded) = (props.lang, props.embedded);
    let first = move || {
        let remembered = || browser::remembered(REMEMBERED).filter(|_| !embedded);
        asked.or_else(|| Lang::named(&remembered()?)).unwrap_or(Lang::Python)
    };
    let tab = use_state_eq(first);
    use_effect_with(asked, {
        let tab = tab.setter();
        move |_| tab.set(first())
    });
    let (lit, of) = use_lights(demo.source());
    let copied = use_state_eq(|| false);
    let sources = use_sources(true);
    let file = match *tab {
        Lang::Rust => demo.source().to_owned(),
        Lang::Python => demo.python(),
    };
    let shown = sources.as_ref().and_then(|sources| sources.as_ref().ok()?.of(&file));
    let lines = use_memo(shown.map(|_| file.clone()), |_| {
        shown.iter().flat_map(|shown| shown.html()).map(AttrValue::from).collect::<Vec<_>>()
    });

    let pairs = use_memo((demo.id(), sources.is_some()), |_| {
        let sources = sources.as_ref()?.as_ref().ok()?;
        Some(line_pairs(sources.of(demo.source())?, sources.of(&demo.python())?))
    });

    let button = |which: Lang, name: &'static str| {
        let selected = *tab == which;
        let choose = {
            let (tab, copied) = (tab.clone(), copied.clone());
            move || {
                show(&tab, which, embedded);
                copied.set(false);
            }
        };
        let onclick = {
            let choose = choose.clone();
            Callback::from(move |_: MouseEvent| choose())
        };
        html! {
            <button type="button" role="tab" id={format!("tab-{name}")} aria-selected={selected.to_string()}
                aria-controls="code" tabindex={if selected { "0" } else { "-1" }} {onclick}>{ name }</button>
        }
    };
    let onkeydown = {
        let tab = tab.clone();
        Callback::from(move |event: KeyboardEvent| {
            let (to, id) = match event.key().as_str() {
                "ArrowRight" | "End" => (Lang::Rust, "tab-Rust"),
                "ArrowLeft" | "Home" => (Lang::Python, "tab-Python"),
                _ => return,
            };
            event.prevent_default();
            show(&tab, to, embedded);
            if let Some(button) = browser::document().get_element_by_id(id) {
                // A button takes the focus.
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(button).focus();
            }
        })
    };
    let copy = {
        let copied = copied.setter();
        let text = shown.map(Source::text);
        Callback::from(move |_: MouseEvent| {
            let (copied, text) = (copied.clone(), text.clone().unwrap_or_default());
            spawn_local(async move { copied.set(browser::copy(&text).await) });
        })
    };
    let editable = examples::is_one(demo) && !embedded && browser::named_in_head("weft-python").is_some();
    let label = if *tab == Lang::Rust { "tab-Rust" } else { "tab-Python" };
    html! {
        <section class="panel code" aria-label="Source">
            <div class="panel-head">
                <div role="tablist" aria-label="Language" {onkeydown}>
                    { button(Lang::Python, "Python") }
                    { button(Lang::Rust, "Rust") }
                </div>
                if let Some(slot) = of {
                    <span class="whose">{ format!("Lit: {}", slot.name().to_lowercase()) }</span>
                }
                if *tab == Lang::Python {
                    <span class="file" title={file}>
                        { if editable { "the Rust runs" } else { "to read; what runs is the Rust" } }
                    </span>
                    if editable { <a class="quiet" href={edit(demo)}>{ "Edit and run this" }</a> }
                } else {
                    <span class="file wide-only">{ file }</span>
                }
                <button type="button" class="quiet" onclick={copy}>{ if *copied { "Copied" } else { "Copy" } }</button>
            </div>
            if let Some(Err(sentence)) = &sources {
                <p class="remark" role="alert">{ sentence }</p>
            }
            <div class="source" id="code" role="tabpanel" aria-labelledby={label} tabindex="0">
                if let Some(shown) = shown {
                    { listing(shown, &lines, &if *tab == Lang::Rust { lit } else { in_twin(&lit, (*pairs).as_ref().unwrap_or(&BTreeMap::new())) }) }
                }
            </div>
        </section>
    }
}

/// The page on which readers change this demo's Python.
fn edit(demo: &Demo) -> String {
    WriteAddress { brought: Brought::Demo(demo.id()), ..WriteAddress::default() }.write()
}

fn show(tab: &UseStateHandle<Lang>, lang: Lang, embedded: bool) {
    tab.set(lang);
    if !embedded {
        browser::remember(REMEMBERED, lang.name());
    }
}

/// For lines of the program, by their numbers in its file, those of its twin.
fn line_pairs(program: &Source, twin: &Source) -> BTreeMap<u32, u32> {
    let number = |source: &Source, at: usize| source.first_line + at as u32;
    let pairs = correspondence(&program.text(), &twin.text());
    pairs.into_iter().map(|(one, other)| (number(program, one), number(twin, other))).collect()
}

/// What is lit in the twin, where lines correspond.
fn in_twin(lit: &[Light], pairs: &BTreeMap<u32, u32>) -> Vec<Light> {
    lit.iter().filter_map(|light| Some(Light { line: *pairs.get(&light.line)?, ..light.clone() })).collect()
}

fn listing(source: &Source, lines: &[AttrValue], lit: &[Light]) -> Html {
    let lines = lines.iter().zip(source.first_line..).map(|(line, number)| {
        let light = lit.iter().find(|light| light.line == number);
        html! {
            <div class={classes!("line", light.map(|_| "lit"))} key={number}>
                <span class="number" aria-hidden="true">{ number }</span>
                <code>{ Html::from_html_unchecked(line.clone()) }</code>
                if let Some(light) = light { <span class="lanes">{ tags(light) }</span> }
            </div>
        }
    });
    html! { <pre>{ for lines }</pre> }
}

fn tags(light: &Light) -> Html {
    html! {
        <>
            { for light.lanes.iter().map(|(name, state)| html! {
                <span class="lane" title={format!("{name} is {}", state.name())}>{ dot(*state) }{ name }</span>
            }) }
            if light.more > 0 { <span class="lane">{ format!("+{}", light.more) }</span> }
        </>
    }
}

/// The lines of a file that lanes are on, and, of two runs, in which: at the moment that the reader points at, or now while a run
/// goes on.
#[hook]
pub fn use_lights(file: &'static str) -> (Vec<Light>, Option<Slot>) {
    let app = use_session();
    let lit = use_state_eq(<(Vec<Light>, Option<Slot>)>::default);
    let active = app.session.phase().is_active();
    use_effect_with((app, active), {
        let setter = lit.setter();
        move |(app, _)| {
            let look = {
                let app = app.clone();
                move || setter.set(look(&app, file))
            };
            look();
            let listening = (app.moments.listen(look.clone()), app.ticks.listen(look));
            move || drop(listening)
        }
    });
    (*lit).clone()
}

fn look(app: &AppContext, file: &str) -> (Vec<Light>, Option<Slot>) {
    let running = app.session.phase() == Phase::Running;
    let live = if app.pair.leading() { Slot::Pinned } else { Slot::Live };
    let (slot, time) = match app.moment() {
        Some(moment) => (moment.slot, Some(moment.time)),
        None if running => (live, None),
        None => return Default::default(),
    };
    let lights = app.run_in(slot).with_timeline(|timeline| lights(timeline, file, time.unwrap_or(timeline.now)));
    (lights, app.pinned().map(|_| slot))
}
