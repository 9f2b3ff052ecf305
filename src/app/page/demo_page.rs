//! One demo: its controls, its chart, its source, and what it printed and showed.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::browser;
use super::chart_panel::ChartPanel;
use super::context::AppContext;
use super::controls::{Controls, control_id};
use super::hooks::use_session;
use super::pair::Slot;
use super::pair_panel::{PairPanel, WhichRun};
use super::panels::{self, Place, notices};
use super::run_bar::RunBar;
use super::share::Share;
use super::workspace::{PanelButtons, Workspace, use_arranging};
use crate::app::address::{DemoAddress, Panel};
use crate::app::form::Form;
use crate::app::words;

/// What a demo page is given.
#[derive(Properties, PartialEq)]
pub struct DemoPageProps {
    /// The demo, and how to show it.
    pub address: DemoAddress,
    /// What is wrong with the address.
    pub problems: Vec<String>,
    /// Changes with each visit, even to the same address.
    pub visit: u64,
}

/// One demo.
#[component]
pub fn DemoPage(props: &DemoPageProps) -> Html {
    let app = use_session();
    let demo = props.address.demo;
    let form = use_state(|| Form::new(&props.address));
    let problems = use_state(|| props.problems.clone());
    let refusal = use_state(|| None::<String>);

    let run = use_callback((app.clone(), form.clone()), {
        let refusal = refusal.setter();
        move |(): (), (app, form)| run(app, form, &refusal)
    });
    let set = {
        let (app, form, problems, refusal) = (app.clone(), form.setter(), problems.setter(), refusal.setter());
        let address = props.address.clone();
        Callback::from(move |changed: Form| {
            if let Some(spec) = changed.spec() {
                app.rewrite_address(&app.address(&address, &spec).write());
                app.prepare(spec);
            }
            form.set(changed);
            problems.set(Vec::new());
            refusal.set(None);
        })
    };
    let change = {
        let form = form.clone();
        set.reform(move |(name, text): (&'static str, String)| form.with(name, &text))
    };
    let usual = Form::new(&DemoAddress::new(demo));
    let reset = (*form != usual).then(|| set.reform(move |(): ()| usual.clone()));
    let arranging = use_arranging(demo.group.name(), props.address.embedded);

    // The page has another address of the same demo, or has just been opened.
    use_effect_with((props.address.clone(), props.problems.clone(), props.visit), {
        let (app, form, problems_shown, refusal) = (app.clone(), form.setter(), problems.setter(), refusal.setter());
        move |(address, problems, _)| {
            let shown = Form::new(address);
            problems_shown.set(problems.clone());
            refusal.set(None);
            for problem in problems {
                app.complain(problem);
            }
            let first = address.spec.clone();
            app.plan(address.compare.is_some().then(|| first.clone()));
            let second = shown.spec();
            form.set(shown);
            let failed = Callback::from(move |sentence| refusal.set(Some(sentence)));
            match (second.filter(|_| address.autorun), words::can_run(&demo.program, app.session.live())) {
                (Some(second), _) => app.start_when_near(second, failed),
                (None, true) => app.prepare(first),
                (None, false) => app.preview(first, failed),
            }
        }
    });
    // The button that was pressed has then gone; the focus moves to the one that undoes it.
    let pressed = use_mut_ref(|| false);
    let pin = use_callback((app.clone(), form.clone(), props.address.clone()), {
        let pressed = pressed.clone();
        move |slot: Slot, (app, form, address)| {
            let shown = app.latest().spec();
            if slot == Slot::Pinned {
                app.unpin()
            } else {
                app.pin()
            }
            if let Some(spec) = form.spec().or(shown) {
                app.rewrite_address(&app.address(address, &spec).write());
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
    use_effect_with(app.clone(), move |app| {
        let app = app.clone();
        move || app.leave(demo.id())
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

    let paired = app.pinned().is_some();
    let slots: &[Slot] = if paired { &[Slot::Pinned, Slot::Live] } else { &[Slot::Live] };
    let shows = |panel| props.address.shows(panel);
    let embedded = props.address.embedded;
    let shown = match form.spec() {
        Some(spec) => app.address(&props.address, &spec),
        None => props.address.clone(),
    };
    html! {
        <article class="demo">
            <header class="demo-head">
                if !embedded { <p class="back"><a href="#/">{ "All demos" }</a></p> }
                <h1>{ demo.program.title }</h1>
                <p class="tags">
                    { for words::needs(&demo.program).into_iter().map(|need| html! { <span class="tag">{ need }</span> }) }
                </p>
                <div class="head-tools">
                    if !embedded { <PanelButtons address={shown.clone()} arranging={arranging.clone()} /> }
                    <Share address={shown.clone()} />
                </div>
                <p class="summary">{ demo.summary }</p>
            </header>
            { for problems.iter().map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }{ " The default is used instead." }</p>
            }) }
            { notices(&app, &shown) }
            if shows(Panel::Controls) {
                <form class="panel setup" aria-label="Parameters" novalidate=true onsubmit={submit(&run)}>
                    <RunBar form={(*form).clone()} refusal={(*refusal).clone()} />
                    <Controls form={(*form).clone()} {change} {reset} />
                </form>
            } else if let Some(refusal) = &*refusal {
                <p class="notice wrong" role="alert">{ refusal }</p>
            }
            <Workspace address={shown.clone()} arranging={arranging.clone()}>
                { for slots.iter().map(|slot| html! {
                    <ChartPanel key={slot.name()} program={&demo.program} slot={*slot} {paired} note={note(&app, &form, *slot)} pin={&pin}
                        run={(!shows(Panel::Controls)).then(|| run.clone())} />
                }) }
                if paired { <PairPanel /> }
                if paired && panels::any(Place::Beside, &shown, &arranging.now) { <WhichRun /> }
            </Workspace>
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

fn run(app: &AppContext, form: &Form, refusal: &UseStateSetter<Option<String>>) {
    if app.session.phase().is_active() || app.service.waiting.get() {
        return;
    }
    match form.spec() {
        Some(spec) => {
            refusal.set(None);
            let refusal = refusal.clone();
            let failed = Callback::from(move |sentence| refusal.set(Some(sentence)));
            app.start(spec, failed);
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

/// The parameters of a run, each with whether the other run's differs: always for two runs, for a single one if the
/// controls differ by now.
fn note(app: &AppContext, form: &Form, slot: Slot) -> Vec<(String, bool)> {
    let of = |slot| app.run_in(slot).spec().filter(|shown| shown.program.id == form.demo.id());
    let controls = || form.spec();
    let Some(pinned) = app.pinned() else {
        let shown = of(Slot::Live).filter(|shown| controls().as_ref() != Some(shown));
        return shown.map(|shown| words::parameters_beside(&shown, &shown)).unwrap_or_default();
    };
    // A second run that has not been made yet is what the controls specify.
    match (slot, of(Slot::Live).or_else(controls)) {
        (Slot::Pinned, Some(second)) => words::parameters_beside(&pinned.spec, &second),
        (Slot::Pinned, None) => words::parameters_beside(&pinned.spec, &pinned.spec),
        (Slot::Live, Some(second)) => words::parameters_beside(&second, &pinned.spec),
        (Slot::Live, None) => Vec::new(),
    }
}
