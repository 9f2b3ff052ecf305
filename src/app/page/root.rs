//! The frame around every page, and which page an address leads to.

use gloo_events::EventListener;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser;
use super::catalogue::Catalogue;
use super::choose::Choose;
use super::context::AppContext;
use super::demo_page::DemoPage;
use super::theme::{self, ThemeButton};
use super::write_page::WritePage;
use crate::app::address::{self, Address, Page};
use crate::demos::{Demo, no_demo};

/// What the root component is given.
#[derive(Properties, PartialEq)]
pub struct AppProps {
    /// What all components share.
    pub app: AppContext,
}

/// The root component.
#[component]
pub fn App(props: &AppProps) -> Html {
    let address = use_state(|| address::parse(&browser::hash()));
    let main = use_node_ref();

    // Links and the browser's back button change the hash; scripts use the router.
    use_effect_with(props.app.clone(), {
        let address = address.setter();
        move |app| {
            app.set_router(Callback::from({
                let address = address.clone();
                let app = app.clone();
                move |to| {
                    app.visit();
                    address.set(to);
                }
            }));
            let app = app.clone();
            let listener = EventListener::new(&browser::window(), "hashchange", move |_| {
                app.visit();
                address.set(app.arrive());
            });
            move || drop(listener)
        }
    });

    // Another page: sets its title, and moves the focus to its beginning, except when Weft has just been opened.
    let first = use_mut_ref(|| true);
    use_effect_with(place(&address.page), {
        let main = main.clone();
        let title = title(&address.page);
        move |_| {
            browser::document().set_title(&title);
            if !first.replace(false) {
                browser::window().scroll_to_with_x_and_y(0.0, 0.0);
                focus(&main);
            }
        }
    });
    use_effect_with((props.app.clone(), address.page.clone()), |(app, page)| {
        if let Page::UnknownDemo { id, .. } = page {
            app.complain(&no_demo(id));
        }
    });
    use_effect_with((props.app.clone(), address.theme), |(app, asked)| {
        if let Some(theme) = asked {
            theme::apply(app, *theme);
        }
    });

    let skip = {
        let main = main.clone();
        Callback::from(move |event: MouseEvent| {
            // The hash is the address of the page, so it cannot lead to a place in it.
            event.prevent_default();
            focus(&main);
            if let Some(main) = main.cast::<HtmlElement>() {
                main.scroll_into_view();
            }
        })
    };
    let live = props.app.session.live();
    if address.embedded {
        return html! {
            <ContextProvider<AppContext> context={props.app.clone()}>
                <main id="main" class="embedded" tabindex="-1" ref={main}>{ page(&address, props.app.visits()) }</main>
            </ContextProvider<AppContext>>
        };
    }
    html! {
        <ContextProvider<AppContext> context={props.app.clone()}>
            <a class="skip" href="#main" onclick={skip}>{ "Skip to content" }</a>
            <header class="top">
                <a class="brand" href="#/" aria-label="Weft: all demos">
                    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
                        <path class="warp" d="M6 9h20M6 16h20M6 23h20" />
                        <path class="weft" d="M11 4v8m0 8v8M21 4v2m0 6v8m0 6v2" />
                    </svg>
                    <span>{ "Weft" }</span>
                </a>
                <span class="claim wide-only">{ "a concurrency playground" }</span>
                <nav aria-label="Weft">
                    if browser::named_in_head("weft-python").is_some() { <a href="#/write">{ "Write your own" }</a> }
                    <a href="#/choose">{ "Which model?" }</a>
                </nav>
                <ThemeButton key={place(&address.page)} />
            </header>
            <main id="main" tabindex="-1" ref={main}>{ page(&address, props.app.visits()) }</main>
            <footer class="bottom">
                { format!("Weft {}. ", env!("CARGO_PKG_VERSION")) }
                { if live { "What you see really ran, in this browser. " } else { "What you see really ran. " } }
                <a href="on-demand/licences/licences.html">{ "Licences" }</a>
            </footer>
        </ContextProvider<AppContext>>
    }
}

fn focus(element: &NodeRef) {
    if let Some(element) = element.cast::<HtmlElement>() {
        browser::focus(&element);
    }
}

/// Tells pages apart; a demo with other parameters is the same page.
fn place(page: &Page) -> String {
    match page {
        Page::Catalogue => String::new(),
        Page::Choose(_) => "choose".to_owned(),
        Page::Write(_) => "write".to_owned(),
        Page::Demo(demo) => format!("demo/{}", demo.demo.id()),
        Page::UnknownDemo { id, .. } => format!("no demo/{id}"),
        Page::Unknown { path } => format!("nothing/{path}"),
    }
}

fn title(page: &Page) -> String {
    match page {
        Page::Catalogue => "Weft: a concurrency playground".to_owned(),
        Page::Choose(_) => "Which model should I use? · Weft".to_owned(),
        Page::Write(_) => "Write your own · Weft".to_owned(),
        Page::Demo(demo) => format!("{} · Weft", demo.demo.program.title),
        Page::UnknownDemo { .. } => "No such demo · Weft".to_owned(),
        Page::Unknown { .. } => "No such page · Weft".to_owned(),
    }
}

fn page(address: &Address, visit: u64) -> Html {
    match &address.page {
        Page::Catalogue => html! { <Catalogue problems={address.problems.clone()} /> },
        Page::Choose(answers) => html! {
            <Choose answers={*answers} problems={address.problems.clone()} {visit} />
        },
        Page::Write(write) => {
            html! { <WritePage address={(**write).clone()} problems={address.problems.clone()} {visit} /> }
        }
        Page::Demo(demo) => html! {
            <DemoPage key={demo.demo.id()} address={(**demo).clone()} problems={address.problems.clone()} {visit} />
        },
        Page::UnknownDemo { id, nearest } => html! {
            <section class="nothing">
                <h1>{ format!("No demo called “{id}”") }</h1>
                <p>{ "Perhaps you meant one of these:" }</p>
                <ul>{ for nearest.iter().filter_map(|id| Demo::find(id)).map(|demo| link(demo, address.embedded)) }</ul>
                if !address.embedded { <p><a href="#/">{ "All demos" }</a></p> }
            </section>
        },
        Page::Unknown { path } => html! {
            <section class="nothing">
                <h1>{ "No such page" }</h1>
                <p>{ format!("This version of Weft has no page “{path}”. ") }<a href="#/">{ "All demos" }</a></p>
            </section>
        },
    }
}

fn link(demo: &'static Demo, embedded: bool) -> Html {
    let href = address::DemoAddress { embedded, ..address::DemoAddress::new(demo) }.write();
    html! { <li><a {href}>{ demo.program.title }</a>{ " " }<code>{ demo.id() }</code></li> }
}
