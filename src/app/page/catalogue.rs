//! All demos, by group, with a search for them.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::fetch::use_sources;
use super::hero::Hero;
use super::hooks::use_app;
use crate::app::address::DemoAddress;
use crate::app::search::{self, Found};
use crate::app::words;
use crate::demos::{ALL, Group};

/// What the catalogue is given.
#[derive(Properties, PartialEq)]
pub struct CatalogueProps {
    /// What is wrong with the address.
    pub problems: Vec<String>,
}

/// All demos, by group.
#[component]
pub fn Catalogue(props: &CatalogueProps) -> Html {
    let live = use_app().session.live();
    let query = use_state_eq(String::new);
    // A search by names needs the programs, and nothing else here does.
    let wanted = use_state_eq(|| false);
    let sources = use_sources(*wanted);
    let field = use_node_ref();
    use_effect_with((), {
        let field = field.clone();
        move |()| {
            let listener = slash_goes_to(field);
            move || drop(listener)
        }
    });
    let oninput = {
        let (query, wanted) = (query.clone(), wanted.clone());
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
            wanted.set(true);
        })
    };
    let onfocus = {
        let wanted = wanted.clone();
        Callback::from(move |_: FocusEvent| wanted.set(true))
    };
    let onkeydown = {
        let query = query.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                query.set(String::new());
            }
        })
    };
    let known = sources.as_ref().and_then(|sources| sources.as_deref().ok());
    let found = (!query.trim().is_empty()).then(|| search::find(&query, known));
    let loading = *wanted && sources.is_none();
    html! {
        <>
            <Hero />
            { for props.problems.iter().map(|problem| html! { <p class="notice wrong" role="alert">{ problem }</p> }) }
            <IsolationNotice />
            <form class="search" role="search" onsubmit={|event: SubmitEvent| event.prevent_default()}>
                <label for="search">{ "Find a demo" }</label>
                <input id="search" type="search" ref={field} value={(*query).clone()} {oninput} {onfocus} {onkeydown}
                    placeholder="lock, time-out, asyncio.gather …" autocomplete="off" spellcheck="false" />
                <p role="status">{ found.as_ref().map(|found| words::found(found.len(), loading)) }</p>
            </form>
            if let Some(found) = found {
                <h2 class="unseen">{ "Found" }</h2>
                <ul class="cards results">{ for found.iter().map(|found| card(found, live)) }</ul>
            } else {
                <div class="groups">{ for Group::ALL.into_iter().map(|group| section(group, live)) }</div>
            }
        </>
    }
}

/// The key `/` goes to the search, as on many sites.
fn slash_goes_to(field: NodeRef) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&browser::document(), "keydown", options, move |event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        let typing = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>());
        if event.key() == "/" && !typing && !event.ctrl_key() && !event.meta_key() && !event.alt_key() {
            event.prevent_default();
            if let Some(field) = field.cast::<HtmlElement>() {
                // A field takes the focus.
                let _ = field.focus();
            }
        }
    })
}

/// Why threads cannot start in this page, if they cannot.
#[component]
pub fn IsolationNotice() -> Html {
    if use_app().session.live() {
        return Html::default();
    }
    let sentence = words::no_threads(browser::secure(), browser::framed());
    html! { <p class="notice" role="note">{ sentence }{ " Of the others you see recordings of real runs." }</p> }
}

fn section(group: Group, live: bool) -> Html {
    let demos: Vec<_> = ALL.iter().filter(|demo| demo.group == group && !demo.hidden).collect();
    if demos.is_empty() {
        return Html::default();
    }
    let (title, about) = words::group(group);
    html! {
        <section class={classes!("group", group.name())} aria-labelledby={group.name()}>
            <h2 id={group.name()}>{ title }</h2>
            <p class="about">{ about }</p>
            <ul class="cards">{ for demos.into_iter().map(|demo| card(&Found { demo, name: None }, live)) }</ul>
        </section>
    }
}

fn card(Found { demo, name }: &Found, live: bool) -> Html {
    let runs = words::can_run(&demo.program, live);
    html! {
        <li key={demo.id()}>
            <a class="card" href={DemoAddress::new(demo).write()}>
                <h3>{ demo.program.title }</h3>
                <p>{ demo.summary }</p>
                <p class="tags">
                    if let Some(name) = name { <code class="tag found">{ name }</code> }
                    { for words::needs(&demo.program).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                    if !runs { <span class="tag">{ "as a recording" }</span> }
                </p>
            </a>
        </li>
    }
}
