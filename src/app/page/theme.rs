//! Light or dark: as the address asks, or as the reader chose here before, or as the system is.
//!
//! `data-theme` on the root element is all the style sheet looks at. A script in index.html sets it before the first
//! paint, by the same rules.

use gloo_events::EventListener;
use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::hooks::use_app;
use crate::app::address::{self, ThemeChoice};
use crate::chart;

const REMEMBERED: &str = "weft-theme";
const DARK: &str = "(prefers-color-scheme: dark)";

/// Applies the theme when the page starts, and from then on follows the system's if that decides.
pub fn start(app: &AppContext) {
    let address = address::parse(&browser::hash());
    // What readers chose for Weft's own site says nothing about the page around an embedded demo.
    let chosen = if address.embedded { None } else { chosen_before() };
    apply(app, address.theme.or(chosen).unwrap_or_default());
    if let Ok(Some(query)) = browser::window().match_media(DARK) {
        let app = app.clone();
        EventListener::new(&query, "change", move |_| app.looks.tell()).forget();
    }
}

fn chosen_before() -> Option<ThemeChoice> {
    browser::remembered(REMEMBERED).as_deref().and_then(ThemeChoice::named)
}

/// Applies a theme.
pub fn apply(app: &AppContext, theme: ThemeChoice) {
    browser::set_root_data("theme", theme.name());
    app.looks.tell();
}

/// The theme that is applied.
fn applied() -> ThemeChoice {
    let root = browser::document().document_element();
    root.and_then(|root| root.get_attribute("data-theme")).as_deref().and_then(ThemeChoice::named).unwrap_or_default()
}

/// The chart's theme, now.
pub fn of_chart() -> chart::Theme {
    let dark = match applied() {
        ThemeChoice::Dark => true,
        ThemeChoice::Light => false,
        ThemeChoice::Auto => browser::media(DARK),
    };
    if dark { chart::Theme::Dark } else { chart::Theme::Light }
}

/// A button that cycles through the themes.
#[component]
pub fn ThemeButton() -> Html {
    let app = use_app();
    let theme = use_state(applied);
    let onclick = {
        let theme = theme.setter();
        Callback::from(move |_| {
            let next = match applied() {
                ThemeChoice::Auto => ThemeChoice::Light,
                ThemeChoice::Light => ThemeChoice::Dark,
                ThemeChoice::Dark => ThemeChoice::Auto,
            };
            browser::remember(REMEMBERED, next.name());
            apply(&app, next);
            theme.set(next);
        })
    };
    // The address may have changed it since.
    let shown = applied();
    let sign = match shown {
        ThemeChoice::Auto => "◐",
        ThemeChoice::Light => "☀",
        ThemeChoice::Dark => "☾",
    };
    let next = match shown {
        ThemeChoice::Auto => "as your system is",
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
    };
    html! {
        <button type="button" class="quiet theme" {onclick} aria-label={format!("Theme: {}", shown.name())}
            title={format!("Theme: {next}. Click for the next one.")}>
            <span aria-hidden="true">{ sign }</span>
            <span class="wide-only">{ shown.name() }</span>
        </button>
    }
}
