//! Light or dark: as the address asks, else as the reader chose here before, else as the system is.
//!
//! `data-theme` on the root element is all the style sheet looks at. A script in index.html sets it before the first
//! paint, by the same rules.

use gloo_events::EventListener;
use yew::prelude::*;

use super::browser;
use super::hooks::use_site;
use super::site::Site;
use crate::app::address::{self, Theme};
use crate::chart;

const REMEMBERED: &str = "weft-theme";
const DARK: &str = "(prefers-color-scheme: dark)";

/// Applies the theme when the page starts, and from then on follows the system's where that counts.
pub fn start(site: &Site) {
    let address = address::parse(&browser::hash());
    // What readers chose for Weft's own site says nothing about the page around an embedded demo.
    let chosen = if address.embedded { None } else { chosen_before() };
    apply(site, address.theme.or(chosen).unwrap_or_default());
    if let Ok(Some(query)) = browser::window().match_media(DARK) {
        let site = site.clone();
        EventListener::new(&query, "change", move |_| site.looks.tell()).forget();
    }
}

fn chosen_before() -> Option<Theme> {
    browser::remembered(REMEMBERED).as_deref().and_then(Theme::named)
}

/// Applies a theme.
pub fn apply(site: &Site, theme: Theme) {
    browser::set_root_data("theme", theme.name());
    site.looks.tell();
}

/// The theme that is applied.
fn applied() -> Theme {
    let root = browser::document().document_element();
    root.and_then(|root| root.get_attribute("data-theme")).as_deref().and_then(Theme::named).unwrap_or_default()
}

/// The chart's theme, now.
pub fn of_chart() -> chart::Theme {
    let dark = match applied() {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::Auto => browser::media(DARK),
    };
    if dark { chart::Theme::Dark } else { chart::Theme::Light }
}

/// A button that goes through the themes.
#[component]
pub fn ThemeButton() -> Html {
    let site = use_site();
    let theme = use_state(applied);
    let onclick = {
        let theme = theme.setter();
        Callback::from(move |_| {
            let next = match applied() {
                Theme::Auto => Theme::Light,
                Theme::Light => Theme::Dark,
                Theme::Dark => Theme::Auto,
            };
            browser::remember(REMEMBERED, next.name());
            apply(&site, next);
            theme.set(next);
        })
    };
    // The address may have changed it since.
    let shown = applied();
    let sign = match shown {
        Theme::Auto => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    };
    let next = match shown {
        Theme::Auto => "as your system is",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    html! {
        <button type="button" class="quiet theme" {onclick} aria-label={format!("Theme: {}", shown.name())}
            title={format!("Theme: {next}. Click for the next one.")}>
            <span aria-hidden="true">{ sign }</span>
            <span class="wide-only">{ shown.name() }</span>
        </button>
    }
}
