//! The panels of a demo's page beside each other: the chart and what the run shows in one column, the code in the other,
//! and a handle between them. How the reader arranges them is remembered for each group of demos.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use super::browser;
use super::panels::{self, Place, panels};
use crate::app::address::{DemoAddress, Panel};
use crate::app::arrangement::{Arrangement, CLOSABLE, ROOM};
use crate::app::words;

/// How much of the width a press on a key moves the handle by, in percent.
const STEP: u8 = 4;

/// An arrangement, and how to change it.
#[derive(Clone, PartialEq)]
pub struct Arranging {
    /// As it is.
    pub now: Arrangement,
    change: Callback<Arrangement>,
}

/// How the reader has arranged the pages of this group. What readers chose for Weft's own site says nothing about the page
/// around an embedded demo.
#[hook]
pub fn use_arranging(group: &'static str, embedded: bool) -> Arranging {
    let key = format!("weft-panels-{group}");
    let remembered = |key: &str| browser::remembered(key).map(|text| Arrangement::read(&text));
    let now = use_state_eq(|| remembered(&key).filter(|_| !embedded).unwrap_or_default());
    let change = {
        let now = now.setter();
        Callback::from(move |changed: Arrangement| {
            browser::remember(&key, &changed.write());
            now.set(changed);
        })
    };
    Arranging { now: (*now).clone(), change }
}

/// What the buttons are given.
#[derive(Properties, PartialEq)]
pub struct PanelButtonsProps {
    /// What the address shows.
    pub address: DemoAddress,
    /// How it is arranged.
    pub arranging: Arranging,
}

/// A button for each panel that can be closed, which closes it and brings it back.
#[component]
pub fn PanelButtons(props: &PanelButtonsProps) -> Html {
    let Arranging { now, change } = props.arranging.clone();
    let shown: Vec<_> = CLOSABLE.into_iter().filter(|panel| props.address.shows(*panel)).collect();
    use_effect_with((now.clone(), shown.clone()), {
        let change = change.clone();
        move |(now, shown)| {
            let (now, shown) = (now.clone(), shown.clone());
            let listener = EventListener::new(&browser::document(), "keydown", move |event| {
                let event: &KeyboardEvent = event.unchecked_ref();
                let digit = event.code().strip_prefix("Digit").and_then(|digit| digit.parse::<usize>().ok());
                let panel = digit.and_then(|digit| shown.get(digit.checked_sub(1)?));
                if let Some(panel) = panel.filter(|_| event.alt_key() && !event.ctrl_key() && !event.meta_key()) {
                    change.emit(now.toggled(*panel));
                }
            });
            move || drop(listener)
        }
    });
    html! {
        <div class="panel-buttons" role="group" aria-label="Panels">
            { for shown.into_iter().enumerate().map(|(at, panel)| {
                let onclick = {
                    let (now, change) = (now.clone(), change.clone());
                    Callback::from(move |_: MouseEvent| change.emit(now.toggled(panel)))
                };
                let (open, keys) = (now.is_open(panel), format!("Alt+{}", at + 1));
                let does = if open { "Close this panel" } else { "Bring this panel back" };
                html! {
                    <button type="button" class="quiet" aria-pressed={open.to_string()} aria-keyshortcuts={keys.clone()}
                        title={format!("{does} ({keys})")} {onclick}>{ words::panel(panel) }</button>
                }
            }) }
        </div>
    }
}

/// What the workspace is given.
#[derive(Properties, PartialEq)]
pub struct WorkspaceProps {
    /// What the address shows.
    pub address: DemoAddress,
    /// How it is arranged.
    pub arranging: Arranging,
    /// The chart, or both charts and what belongs to them.
    pub children: Html,
}

/// The panels of a demo.
#[component]
pub fn Workspace(props: &WorkspaceProps) -> Html {
    let Arranging { now, change } = props.arranging.clone();
    let place = use_node_ref();
    // Where the handle is while it is dragged; remembered once it is let go.
    let dragged = use_state_eq(|| None::<u8>);
    let room = dragged.unwrap_or(now.room());
    use_effect_with(room, {
        let place = place.clone();
        move |room| {
            if let Some(place) = place.cast::<HtmlElement>() {
                // Through the style object, since a strict policy forbids style attributes.
                let _ = place.style().set_property("--room", &format!("{room}%"));
            }
        }
    });
    let part_at = {
        let place = place.clone();
        move |event: &PointerEvent| {
            let bounds = place.cast::<Element>()?.get_bounding_client_rect();
            let part = 100.0 * (f64::from(event.client_x()) - bounds.left()) / bounds.width();
            Some(part.clamp(f64::from(ROOM.0), f64::from(ROOM.1)).round() as u8)
        }
    };
    let onpointerdown = {
        let (dragged, part_at) = (dragged.setter(), part_at.clone());
        Callback::from(move |event: PointerEvent| {
            let handle: Element = event.target_unchecked_into();
            // A pointer that is gone already cannot be followed.
            let _ = handle.set_pointer_capture(event.pointer_id());
            dragged.set(part_at(&event));
        })
    };
    let onpointermove = {
        let dragged = dragged.clone();
        Callback::from(move |event: PointerEvent| {
            if dragged.is_some() {
                dragged.set(part_at(&event));
            }
        })
    };
    let let_go = {
        let (dragged, now, change) = (dragged.clone(), now.clone(), change.clone());
        Callback::from(move |_: PointerEvent| {
            if let Some(room) = *dragged {
                change.emit(now.with_room(room));
                dragged.set(None);
            }
        })
    };
    let onkeydown = {
        let (now, change) = (now.clone(), change.clone());
        Callback::from(move |event: KeyboardEvent| {
            let room = match event.key().as_str() {
                "ArrowLeft" => now.room().saturating_sub(STEP),
                "ArrowRight" => now.room() + STEP,
                "Home" => ROOM.0,
                "End" => ROOM.1,
                _ => return,
            };
            event.prevent_default();
            change.emit(now.with_room(room));
        })
    };
    let ondblclick = Callback::from({
        let now = now.clone();
        move |_: MouseEvent| change.emit(now.with_room(Arrangement::default().room()))
    });
    let code = panels::any(Place::Main, &props.address, &now);
    let beside = panels::any(Place::Beside, &props.address, &now);
    let chart = props.address.shows(Panel::Chart);
    html! {
        <div class={classes!("workspace", (!code).then_some("no-code"), (!beside).then_some("no-results"), (!chart).then_some("no-chart"))}
            ref={place}>
            if chart { <div class="charts">{ props.children.clone() }</div> }
            if code && (chart || beside) {
                <div class="handle" role="slider" aria-label="Room for the chart, in percent"
                    aria-valuemin={ROOM.0.to_string()} aria-valuemax={ROOM.1.to_string()} aria-valuenow={room.to_string()}
                    title="Drag, or press the arrow keys; a double click puts it back" tabindex="0"
                    {onpointerdown} {onpointermove} onpointerup={let_go.clone()} onpointercancel={let_go} {onkeydown} {ondblclick} />
            }
            if code { { panels(Place::Main, &props.address, &now) } }
            if beside { <div class="beside">{ panels(Place::Beside, &props.address, &now) }</div> }
        </div>
    }
}
