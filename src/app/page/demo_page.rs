//! One demo: its controls, its chart, its source, and what it printed and showed.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::browser;
use super::catalogue::IsolationNotice;
use super::chart_panel::ChartPanel;
use super::code_panel::CodePanel;
use super::console_panel::ConsolePanel;
use super::controls::{Controls, control_id};
use super::results_panel::{FiguresPanel, ObservationsPanel};
use super::run_bar::RunBar;
use super::service::{self, ServiceNotice};
use super::site::{Site, use_session};
use crate::app::address::{DemoAddress, Panel};
use crate::app::form::Form;
use crate::app::words;
use crate::engine::Settings;

/// What a demo page is given.
#[derive(Properties, PartialEq)]
pub struct DemoPageProps {
    /// The demo, and how to show it.
    pub address: DemoAddress,
    /// What is wrong with the address.
    pub problems: Vec<String>,
}

/// One demo.
#[component]
pub fn DemoPage(props: &DemoPageProps) -> Html {
    let site = use_session();
    let demo = props.address.demo;
    let form = use_state(|| Form::new(&props.address));
    let problems = use_state(|| props.problems.clone());
    let refusal = use_state(|| None::<String>);

    let run = use_callback((site.clone(), form.clone()), {
        let refusal = refusal.setter();
        move |(): (), (site, form)| run(site, form, &refusal)
    });
    let change = {
        let (site, form, problems, refusal) = (site.clone(), form.clone(), problems.setter(), refusal.setter());
        let address = props.address.clone();
        Callback::from(move |(name, text): (&'static str, String)| {
            let changed = form.with(name, &text);
            if let Some((values, speed)) = changed.settings() {
                site.prepare(Settings { demo, values: values.clone(), speed });
                let address = DemoAddress { values, speed, autorun: false, ..address.clone() };
                site.rewrite_address(&address.write());
            }
            form.set(changed);
            problems.set(Vec::new());
            refusal.set(None);
        })
    };

    // The page has another address of the same demo, or has just been opened.
    use_effect_with((props.address.clone(), props.problems.clone()), {
        let (site, form, problems_shown, refusal) = (site.clone(), form.setter(), problems.setter(), refusal.setter());
        move |(address, problems)| {
            form.set(Form::new(address));
            problems_shown.set(problems.clone());
            refusal.set(None);
            let settings = Settings { demo, values: address.values.clone(), speed: address.speed };
            if address.autorun {
                site.start(settings, Callback::from(move |sentence| refusal.set(Some(sentence))));
            } else {
                site.prepare(settings);
            }
        }
    });
    use_effect_with(site.clone(), move |site| {
        let site = site.clone();
        move || site.leave(demo.id)
    });
    use_effect_with(run.clone(), |run| {
        let run = run.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&browser::document(), "keydown", options, move |event| {
            let event: &KeyboardEvent = event.unchecked_ref();
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.repeat() {
                event.prevent_default();
                run.emit(());
            }
        });
        move || drop(listener)
    });

    let shows = |panel| props.address.shows(panel);
    html! {
        <article class="demo">
            <header class="demo-head">
                <p class="back"><a href="#/">{ "All demos" }</a></p>
                <h1>{ demo.title }</h1>
                <p class="summary">{ demo.summary }</p>
                <p class="tags">
                    { for words::needs(demo).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                </p>
            </header>
            { for problems.iter().map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }{ " The default is used instead." }</p>
            }) }
            if !words::can_run(demo, site.session.live()) { <IsolationNotice /> }
            if service::wanted(demo) { <ServiceNotice /> }
            if shows(Panel::Controls) {
                <form class="panel setup" aria-label="Parameters" novalidate=true onsubmit={submit(&run)}>
                    <Controls form={(*form).clone()} {change} />
                    <RunBar form={(*form).clone()} refusal={(*refusal).clone()} />
                </form>
            }
            if shows(Panel::Chart) { <ChartPanel {demo} note={shown_run(&site, &form)} /> }
            <div class="below">
                if shows(Panel::Code) { <CodePanel key={demo.id} {demo} /> }
                <div class="beside">
                    if shows(Panel::Observations) { <ObservationsPanel /> }
                    if shows(Panel::Console) { <ConsolePanel /> }
                    if shows(Panel::Observations) { <FiguresPanel /> }
                </div>
            </div>
        </article>
    }
}

fn submit(run: &Callback<()>) -> Callback<SubmitEvent> {
    let run = run.clone();
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        run.emit(());
    })
}

fn run(site: &Site, form: &Form, refusal: &UseStateSetter<Option<String>>) {
    if site.session.phase().is_active() || site.service.waiting.get() {
        return;
    }
    match form.settings() {
        Some((values, speed)) => {
            refusal.set(None);
            let refusal = refusal.clone();
            let failed = Callback::from(move |sentence| refusal.set(Some(sentence)));
            site.start(Settings { demo: form.demo, values, speed }, failed);
        }
        None => {
            refusal.set(Some("Nothing was run: a parameter is not right yet.".to_owned()));
            let wrong = form.first_wrong().and_then(|param| browser::document().get_element_by_id(&control_id(param)));
            if let Some(control) = wrong {
                // A control takes the focus.
                let _ = control.unchecked_into::<HtmlElement>().focus();
            }
        }
    }
}

/// With which parameters the shown run was made, where the controls say something else by now.
fn shown_run(site: &Site, form: &Form) -> Option<String> {
    let shown = site.session.settings().filter(|shown| shown.demo.id == form.demo.id)?;
    let same = form.settings().is_some_and(|(values, speed)| values == shown.values && speed == shown.speed);
    (!same).then(|| format!("This run: {}.", words::settings(shown.demo, &shown.values, shown.speed)))
}
