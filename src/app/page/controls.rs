//! The controls of a demo's parameters, and of the speed.

use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::app::address::{SPEED, parse_speed};
use crate::app::form::{Form, Slider};
use crate::app::words;
use crate::program::{Param, ParamKind};

/// What the controls are given.
#[derive(Properties, PartialEq)]
pub struct ControlsProps {
    /// Their contents.
    pub form: Form,
    /// Called with the name of the control that was changed, and its text.
    pub change: Callback<(&'static str, String)>,
    /// Puts the usual values back, where others stand in the controls.
    pub reset: Option<Callback<()>>,
}

/// The speeds to choose from.
const SPEEDS: [&str; 7] = ["0.1", "0.25", "0.5", "1", "2", "5", "10"];

/// The controls of a demo: in a row, or, when asked for, each with its meaning, its range and a slider.
#[component]
pub fn Controls(props: &ControlsProps) -> Html {
    let explained = use_state_eq(|| false);
    let explain = {
        let explained = explained.clone();
        Callback::from(move |_: MouseEvent| explained.set(!*explained))
    };
    html! {
        <div class={classes!("controls", explained.then_some("explained"))}>
            { for props.form.fields().map(|(param, text, problem)| field(param, text, problem, &props.change)) }
            { speed_control(props.form.speed(), &props.change) }
            <div class="about-controls">
                <button type="button" class="quiet" aria-expanded={explained.to_string()} onclick={explain}
                    title="What the parameters mean, with their ranges">
                    { if *explained { "Hide details" } else { "Details" } }
                </button>
                if let Some(reset) = &props.reset {
                    <button type="button" class="quiet" onclick={reset.reform(|_: MouseEvent| ())}
                        title="The usual values again">{ "Reset" }</button>
                }
            </div>
        </div>
    }
}

/// The id of a parameter's control.
pub fn control_id(param: &Param) -> String {
    format!("param-{}", param.name)
}

fn field(
    param: &'static Param,
    text: &str,
    problem: Option<String>,
    change: &Callback<(&'static str, String)>,
) -> Html {
    let id = control_id(param);
    let (help_id, problem_id) = (format!("{id}-help"), format!("{id}-problem"));
    let described = if problem.is_some() { format!("{help_id} {problem_id}") } else { help_id.clone() };
    let invalid = problem.is_some().to_string();
    let control = match param.kind {
        ParamKind::Integer { .. } | ParamKind::Number { .. } => {
            let mode = if matches!(param.kind, ParamKind::Integer { .. }) { "numeric" } else { "decimal" };
            html! {
                <div class="number">
                    <input type="text" inputmode={mode} autocomplete="off" {id} value={text.to_owned()} size={text.len().clamp(2, 9).to_string()}
                        aria-describedby={described} aria-invalid={invalid} oninput={typed(param.name, change)} />
                    if !words::unit(param).is_empty() { <span class="unit">{ words::unit(param) }</span> }
                    { slider(param, text, change) }
                </div>
            }
        }
        ParamKind::Boolean { .. } => {
            let (name, change) = (param.name, change.clone());
            let onchange = Callback::from(move |event: Event| {
                let on = event.target_unchecked_into::<HtmlInputElement>().checked();
                change.emit((name, if on { "on" } else { "off" }.to_owned()));
            });
            html! {
                <div class="switch">
                    <input type="checkbox" {id} checked={text == "on"} aria-describedby={described} {onchange} />
                    <span aria-hidden="true">{ text.to_owned() }</span>
                </div>
            }
        }
        ParamKind::Choice { choices, .. } => {
            let options = choices.iter().map(|choice| (*choice, (*choice).to_owned(), *choice == text));
            select(id, described, param.name, options.collect(), change)
        }
    };
    html! {
        <div class={classes!("field", problem.is_some().then_some("wrong"))} key={param.name}>
            <label for={control_id(param)}>{ param.name }</label>
            { control }
            <p class="help" id={help_id}>
                { format!("{}: {}", param.help, param.range()) }
            </p>
            if let Some(problem) = problem { <p class="problem" id={problem_id}>{ problem }</p> }
        </div>
    }
}

fn typed(name: &'static str, change: &Callback<(&'static str, String)>) -> Callback<InputEvent> {
    let change = change.clone();
    Callback::from(move |event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        change.emit((name, input.value()));
    })
}

/// A slider beside the number; it says nothing new, so the Tab key skips it.
fn slider(param: &'static Param, text: &str, change: &Callback<(&'static str, String)>) -> Html {
    let Some(slider) = Slider::of(param) else { return Html::default() };
    let (min, max, step) = slider.range();
    let position = text.trim().parse().map_or(min, |value: f64| slider.position(value));
    let step = if matches!(param.kind, ParamKind::Number { .. }) { "any".to_owned() } else { step.to_string() };
    let (name, change) = (param.name, change.clone());
    let whole = matches!(param.kind, ParamKind::Integer { .. });
    let oninput = Callback::from(move |event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let value = slider.value(input.value_as_number());
        let value = if whole { value.round() } else { (value * 100.0).round() / 100.0 };
        change.emit((name, value.to_string()));
    });
    html! {
        <input type="range" min={min.to_string()} max={max.to_string()} {step} value={position.to_string()}
            aria-hidden="true" tabindex="-1" {oninput} />
    }
}

pub fn speed_control(text: &str, change: &Callback<(&'static str, String)>) -> Html {
    let mut speeds: Vec<String> = SPEEDS.iter().map(|speed| (*speed).to_owned()).collect();
    if !speeds.iter().any(|speed| speed == text) {
        speeds.push(text.to_owned());
        let number = |text: &String| parse_speed(text).unwrap_or(f64::MAX);
        speeds.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    let options: Vec<_> = speeds.iter().map(|speed| (speed.as_str(), format!("× {speed}"), speed == text)).collect();
    html! {
        <div class="field">
            <label for="param-speed">{ SPEED.name }</label>
            { select("param-speed".to_owned(), "param-speed-help".to_owned(), SPEED.name, options, change) }
            <p class="help" id="param-speed-help">{ SPEED.help }</p>
        </div>
    }
}

fn select(
    id: String,
    described: String,
    name: &'static str,
    options: Vec<(&str, String, bool)>,
    change: &Callback<(&'static str, String)>,
) -> Html {
    let change = change.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
            change.emit((name, select.value()));
        }
    });
    html! {
        <select {id} aria-describedby={described} {onchange}>
            { for options.into_iter().map(|(value, text, selected)| html! {
                <option value={value.to_owned()} {selected}>{ text }</option>
            }) }
        </select>
    }
}
