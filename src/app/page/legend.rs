//! The legend of the chart, and states as coloured signs elsewhere on the page.

use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use super::hooks::use_app;
use super::painter::Painter;
use super::theme;
use crate::chart::shape::{Fill, Rect};
use crate::chart::{LEGEND, Shape, StateFilter};
use crate::trace::State;

/// What the legend is given.
#[derive(Properties, PartialEq)]
pub struct LegendProps {
    /// Which states are shown.
    pub filter: StateFilter,
    /// Called with the one that the reader wants shown or hidden.
    pub toggle: Callback<State>,
}

/// The states with what they mean; a click hides one, or shows it again.
#[component]
pub fn Legend(props: &LegendProps) -> Html {
    html! {
        <div class="legend" role="group" aria-label="States: shown or hidden">
            { for LEGEND.iter().map(|entry| {
                let (state, toggle) = (entry.state, props.toggle.clone());
                let onclick = Callback::from(move |_: MouseEvent| toggle.emit(state));
                html! {
                    <button type="button" aria-pressed={props.filter.shows(state).to_string()} title={entry.meaning}
                        {onclick}>
                        <Swatch {state} />
                        { entry.name }
                    </button>
                }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SwatchProps {
    state: State,
}

/// A bit of a state's colour and pattern.
#[component]
fn Swatch(props: &SwatchProps) -> Html {
    let canvas = use_node_ref();
    let app = use_app();
    use_effect_with(props.state, {
        let canvas = canvas.clone();
        move |state| {
            let (state, canvas) = (*state, canvas.clone());
            let paint = move || {
                let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
                let size = Rect { x: 0.0, y: 0.0, width: 26.0, height: 14.0 };
                // Without a context there is still the name of the state.
                if let Ok(mut painter) = Painter::new(canvas, theme::of_chart()) {
                    painter.resize(size.width, size.height);
                    painter.paint(&[Shape::Rect { rect: size, fill: Fill::State(state) }]);
                }
            };
            paint();
            let listening = app.looks.listen(paint);
            move || drop(listening)
        }
    });
    html! { <canvas ref={canvas} width="26" height="14" aria-hidden="true" /> }
}

/// A small square in a state's colour.
pub fn dot(state: State) -> Html {
    html! {
        <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
            <rect width="10" height="10" rx="2.5" fill={theme::of_chart().state(state)} />
        </svg>
    }
}
