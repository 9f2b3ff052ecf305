//! One demo: its controls, its chart, its source, and what it printed and showed.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::bars_panel::BarsPanel;
use super::browser;
use super::chart_panel::ChartPanel;
use super::code_panel::CodePanel;
use super::console_panel::ConsolePanel;
use super::controls::{Controls, control_id};
use super::hooks::use_session;
use super::pair::Slot;
use super::pair_panel::{PairPanel, WhichRun};
use super::recorded::RecordedNotice;
use super::results_panel::{FiguresPanel, ObservationsPanel};
use super::run_bar::RunBar;
use super::service::{self, ServiceNotice};
use super::share::Share;
use super::site::Site;
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
    /// Changes with each visit, also to the same address.
    pub visit: u64,
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
                site.rewrite_address(&site.address(&address, &Settings { demo, values, speed }).write());
            }
            form.set(changed);
            problems.set(Vec::new());
            refusal.set(None);
        })
    };

    // The page has another address of the same demo, or has just been opened.
    use_effect_with((props.address.clone(), props.problems.clone(), props.visit), {
        let (site, form, problems_shown, refusal) = (site.clone(), form.setter(), problems.setter(), refusal.setter());
        move |(address, problems, _)| {
            let shown = Form::new(address);
            problems_shown.set(problems.clone());
            refusal.set(None);
            for problem in problems {
                site.complain(problem);
            }
            let first = Settings { demo, values: address.values.clone(), speed: address.speed };
            site.plan(address.compare.is_some().then(|| first.clone()));
            let second = shown.settings().map(|(values, speed)| Settings { demo, values, speed });
            form.set(shown);
            let failed = Callback::from(move |sentence| refusal.set(Some(sentence)));
            match (second.filter(|_| address.autorun), words::can_run(demo, site.session.live())) {
                (Some(second), _) => site.start_when_near(second, failed),
                (None, true) => site.prepare(first),
                (None, false) => site.preview(first, failed),
            }
        }
    });
    // The button that was pressed is gone then; the focus goes to the one that undoes it.
    let pressed = use_mut_ref(|| false);
    let pin = use_callback((site.clone(), form.clone(), props.address.clone()), {
        let pressed = pressed.clone();
        move |slot: Slot, (site, form, address)| {
            let shown = site.latest().settings();
            if slot == Slot::Pinned {
                site.unpin()
            } else {
                site.pin()
            }
            let form = form.settings().map(|(values, speed)| Settings { demo, values, speed });
            if let Some(settings) = form.or(shown) {
                site.rewrite_address(&site.address(address, &settings).write());
            }
            pressed.replace(true);
        }
    });
    use_effect(move || {
        let button = ["unpin", "pin"].into_iter().find_map(|id| browser::document().get_element_by_id(id));
        if let Some(button) = button.filter(|_| pressed.replace(false)) {
            browser::focus(button.unchecked_ref());
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

    let paired = site.pinned().is_some();
    let slots: &[Slot] = if paired { &[Slot::Pinned, Slot::Live] } else { &[Slot::Live] };
    let shows = |panel| props.address.shows(panel);
    let embedded = props.address.embedded;
    let shown = match form.settings() {
        Some((values, speed)) => site.address(&props.address, &Settings { demo, values, speed }),
        None => props.address.clone(),
    };
    html! {
        <article class="demo">
            <header class="demo-head">
                if !embedded { <p class="back"><a href="#/">{ "All demos" }</a></p> }
                <h1>{ demo.title }</h1>
                <p class="summary">{ demo.summary }</p>
                <p class="tags">
                    { for words::needs(demo).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                </p>
                <Share address={shown.clone()} />
            </header>
            { for problems.iter().map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }{ " The default is used instead." }</p>
            }) }
            if !words::can_run(demo, site.session.live()) { <RecordedNotice address={shown} /> }
            if service::wanted(demo) { <ServiceNotice /> }
            if shows(Panel::Controls) {
                <form class="panel setup" aria-label="Parameters" novalidate=true onsubmit={submit(&run)}>
                    <Controls form={(*form).clone()} {change} />
                    <RunBar form={(*form).clone()} refusal={(*refusal).clone()} />
                </form>
            } else if let Some(refusal) = &*refusal {
                <p class="notice wrong" role="alert">{ refusal }</p>
            }
            if shows(Panel::Chart) {
                { for slots.iter().map(|slot| html! {
                    <ChartPanel key={slot.name()} {demo} slot={*slot} {paired} note={note(&site, &form, *slot)} pin={&pin}
                        run={(!shows(Panel::Controls)).then(|| run.clone())} />
                }) }
            }
            if paired { <PairPanel /> }
            if paired && (shows(Panel::Observations) || shows(Panel::Console)) { <WhichRun /> }
            <div class="below">
                if shows(Panel::Code) { <CodePanel key={demo.id} {demo} /> }
                <div class="beside">
                    if shows(Panel::Observations) { <ObservationsPanel /> }
                    if shows(Panel::Observations) { <BarsPanel /> }
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

/// With which parameters a run was made, each with whether the other run's differs: of two runs always, of one where
/// the controls say something else by now.
fn note(site: &Site, form: &Form, slot: Slot) -> Vec<(String, bool)> {
    let of = |slot| site.run_in(slot).settings().filter(|shown| shown.demo.id == form.demo.id);
    let controls = || form.settings().map(|(values, speed)| Settings { demo: form.demo, values, speed });
    let beside = |run: &Settings, other: &Settings| {
        words::settings_beside(run.demo, (&run.values, run.speed), (&other.values, other.speed))
    };
    let Some(pinned) = site.pinned() else {
        let shown = of(Slot::Live).filter(|shown| controls().as_ref() != Some(shown));
        return shown.map(|shown| beside(&shown, &shown)).unwrap_or_default();
    };
    // A second run that was not made yet is what the controls say.
    match (slot, of(Slot::Live).or_else(controls)) {
        (Slot::Pinned, Some(second)) => beside(&pinned.settings, &second),
        (Slot::Pinned, None) => beside(&pinned.settings, &pinned.settings),
        (Slot::Live, Some(second)) => beside(&second, &pinned.settings),
        (Slot::Live, None) => Vec::new(),
    }
}
