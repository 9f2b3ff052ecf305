//! The panels around a program's chart, and the notices above it: a line each. What a panel shows is its own affair.

use yew::prelude::*;

use super::bars_panel::BarsPanel;
use super::code_panel::CodePanel;
use super::console_panel::ConsolePanel;
use super::context::AppContext;
use super::recorded::RecordedNotice;
use super::results_panel::{FiguresPanel, ObservationsPanel};
use super::service;
use super::service_notice::ServiceNotice;
use crate::app::address::{DemoAddress, Panel};
use crate::app::arrangement::Arrangement;
use crate::app::words;

/// Something that a page may show about a program and its runs.
struct Entry {
    /// The name under which addresses ask for it.
    panel: Panel,
    place: Place,
    view: fn(&DemoAddress) -> Html,
}

/// Where a panel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a column of its own, beside the chart.
    Main,
    /// Below the chart: what a run shows; of two runs, the chosen one.
    Beside,
}

/// The panels, in their order in each place.
static PANELS: [Entry; 5] = [
    Entry { panel: Panel::Code, place: Place::Main, view: |shown| code(shown) },
    Entry { panel: Panel::Observations, place: Place::Beside, view: |_| html! { <ObservationsPanel /> } },
    Entry { panel: Panel::Observations, place: Place::Beside, view: |_| html! { <BarsPanel /> } },
    Entry { panel: Panel::Console, place: Place::Beside, view: |_| html! { <ConsolePanel /> } },
    Entry { panel: Panel::Observations, place: Place::Beside, view: |_| html! { <FiguresPanel /> } },
];

/// Something that readers must know before they run a program.
struct Notice {
    applies: fn(&AppContext, &DemoAddress) -> bool,
    view: fn(&DemoAddress) -> Html,
}

/// The notices, in their order.
const NOTICES: [Notice; 2] = [
    Notice {
        applies: |app, shown| !words::can_run(shown.spec.program, app.session.live()),
        view: |shown| html! { <RecordedNotice address={shown.clone()} /> },
    },
    Notice { applies: |_, shown| service::wanted(shown.spec.program), view: |_| html! { <ServiceNotice /> } },
];

/// The panels in a place, of those that the address asks for and the reader has not closed.
pub fn panels(place: Place, shown: &DemoAddress, arrangement: &Arrangement) -> Html {
    open(place, shown, arrangement).map(|entry| (entry.view)(shown)).collect()
}

fn open(place: Place, shown: &DemoAddress, arrangement: &Arrangement) -> impl Iterator<Item = &'static Entry> {
    let is_open = move |panel| shown.shows(panel) && arrangement.is_open(panel);
    PANELS.iter().filter(move |entry| entry.place == place && is_open(entry.panel))
}

/// Whether there is any panel in a place.
pub fn any(place: Place, shown: &DemoAddress, arrangement: &Arrangement) -> bool {
    open(place, shown, arrangement).next().is_some()
}

/// What readers must know before they run this.
pub fn notices(app: &AppContext, shown: &DemoAddress) -> Html {
    NOTICES.iter().filter(|notice| (notice.applies)(app, shown)).map(|notice| (notice.view)(shown)).collect()
}

fn code(shown: &DemoAddress) -> Html {
    let (demo, lang, embedded) = (shown.demo, shown.lang, shown.embedded);
    html! { <CodePanel key={demo.id()} {demo} {lang} {embedded} /> }
}
