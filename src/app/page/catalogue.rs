//! All demos, by group.

use yew::prelude::*;

use super::hooks::use_site;
use super::theme;
use crate::app::address::DemoAddress;
use crate::app::words;
use crate::demos::{ALL, Demo, Group};
use crate::trace::State;

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
                <div>
                    <h1>{ "See concurrency happen" }</h1>
                    <p>
                        { "Pick a short program, press Run, and watch its threads, processes and tasks on a chart: who \
                           ran when, who waited for whom, and why. Nothing is simulated: threads are real threads, and \
                           every bar was measured in your browser a moment ago." }
                    </p>
                    <p>
                        { "Not sure what your own program needs? " }
                        <a href="#/choose">{ "Which model should I use?" }</a>
                    </p>
                </div>
                { picture() }
            </section>
            { for props.problems.iter().map(|problem| html! { <p class="notice wrong" role="alert">{ problem }</p> }) }
            <IsolationNotice />
            <div class="groups">{ for Group::ALL.into_iter().map(|group| section(group, site.session.live())) }</div>
        </>
    }
}

/// Why threads cannot start in this page, if they cannot.
#[component]
pub fn IsolationNotice() -> Html {
    if use_site().session.live() {
        return Html::default();
    }
    let sentence = words::no_threads(super::browser::secure(), super::browser::framed());
    html! { <p class="notice" role="note">{ sentence }{ " Of the others you see recordings of real runs." }</p> }
}

/// Four lanes as on a chart, to show at a glance what this is about.
fn picture() -> Html {
    use State::{Blocked, Ready, Running, Sleeping};
    const LANES: [&[(State, u32, u32)]; 4] = [
        &[(Running, 0, 30), (Blocked, 30, 190), (Running, 220, 40)],
        &[(Ready, 34, 16), (Running, 50, 70)],
        &[(Ready, 40, 24), (Running, 64, 40), (Sleeping, 104, 60), (Running, 164, 26)],
        &[(Ready, 46, 30), (Running, 76, 52), (Blocked, 128, 40), (Running, 168, 52)],
    ];
    let bars = LANES.iter().enumerate().flat_map(|(lane, bars)| {
        bars.iter().map(move |(state, x, width)| {
            let y = (lane * 26 + 6).to_string();
            let fill = theme::of_chart().state(*state);
            html! { <rect x={x.to_string()} {y} width={(width - 1).to_string()} height="16" rx="3" {fill} /> }
        })
    });
    html! {
        <svg class="picture" viewBox="0 0 260 110" aria-hidden="true">
            { for bars }
            <path d="M30 22C40 22 40 40 48 40M30 22C44 22 52 66 62 66M30 22C46 22 60 92 74 92M220 92C236 92 206 14 218 14" />
        </svg>
    }
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
    let runs = words::can_run(&demo.program, live);
    html! {
        <li key={demo.id()}>
            <a class="card" href={DemoAddress::new(demo).write()}>
                <h3>{ demo.program.title }</h3>
                <p>{ demo.summary }</p>
                <p class="tags">
                    { for words::needs(&demo.program).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                    if !runs { <span class="tag">{ "as a recording" }</span> }
                </p>
            </a>
        </li>
    }
}
