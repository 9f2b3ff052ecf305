//! All demos, by group.

use yew::prelude::*;

use super::site::use_site;
use crate::app::address::DemoAddress;
use crate::app::words;
use crate::demos::{ALL, Demo, Group};

/// What the catalogue is given.
#[derive(Properties, PartialEq)]
pub struct CatalogueProps {
    /// What is wrong with the address.
    pub problems: Vec<String>,
}

/// All demos, by group.
#[component]
pub fn Catalogue(props: &CatalogueProps) -> Html {
    let site = use_site();
    html! {
        <>
            <section class="hero">
                <h1>{ "See concurrency happen" }</h1>
                <p>
                    { "Pick a short program, press Run, and watch its threads, processes and tasks on a chart: who ran \
                       when, who waited for whom, and why. Nothing is simulated: threads are real threads, and every \
                       bar was measured in your browser a moment ago." }
                </p>
            </section>
            { for props.problems.iter().map(|problem| html! { <p class="notice wrong" role="alert">{ problem }</p> }) }
            <IsolationNotice />
            { for Group::ALL.into_iter().map(|group| section(group, site.session.live())) }
        </>
    }
}

/// Why threads cannot start in this page, where they cannot.
#[component]
pub fn IsolationNotice() -> Html {
    if use_site().session.live() {
        return Html::default();
    }
    let sentence = words::no_threads(super::browser::secure(), super::browser::framed());
    html! { <p class="notice" role="note">{ sentence }</p> }
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
            <ul class="cards">{ for demos.into_iter().map(|demo| card(demo, live)) }</ul>
        </section>
    }
}

fn card(demo: &'static Demo, live: bool) -> Html {
    let runs = words::can_run(demo, live);
    html! {
        <li key={demo.id}>
            <a class="card" href={DemoAddress::new(demo).write()}>
                <h3>{ demo.title }</h3>
                <p>{ demo.summary }</p>
                <p class="tags">
                    { for words::needs(demo).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                    if !runs { <span class="tag off">{ "cannot run here" }</span> }
                </p>
            </a>
        </li>
    }
}
