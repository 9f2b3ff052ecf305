//! The figures that a run compares, as bars.

use yew::prelude::*;

use super::hooks::use_session;
use crate::analysis::figures;
use crate::app::bars::{Bar, Bars, bars};

/// The figures of the shown run as bars; nothing if it compares none.
#[component]
pub fn BarsPanel() -> Html {
    let all = use_session().shown().with(|run| bars(figures(&run.observations)));
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <section class="panel bars" aria-labelledby="bars-title">
            <h2 id="bars-title">{ "Side by side" }</h2>
            <div class="measures">{ for all.iter().map(group) }</div>
        </section>
    }
}

fn group(Bars { measure, by_tens, bars }: &Bars) -> Html {
    html! {
        <div>
            <h3>{ measure.title() }</h3>
            <p class="faint">
                { measure.help() }
                if *by_tens { { " Drawn by powers of ten: these are far apart." } }
            </p>
            <dl>{ for bars.iter().map(bar) }</dl>
        </div>
    }
}

fn bar(Bar { label, figure, percent }: &Bar) -> Html {
    html! {
        <div>
            <dt>{ label }</dt>
            <dd>
                <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="track" width="100" height="4" />
                    <rect width={percent.to_string()} height="4" />
                </svg>
                <span>{ figure }</span>
            </dd>
        </div>
    }
}
