//! What differs between two runs, in a table, and which of them the panels below show.

use yew::prelude::*;

use super::context::AppContext;
use super::hooks::use_session;
use super::legend::dot;
use super::pair::Slot;
use crate::app::comparison::{Cell, Comparison, Group, Row, Run, compare};
use crate::app::words;
use crate::program::RunSpec;

/// What differs between the pinned run and the other.
#[component]
pub fn PairPanel() -> Html {
    let app = use_session();
    html! {
        <section class="panel pair" aria-labelledby="pair-title">
            <h2 id="pair-title">{ "What differs" }</h2>
            { match compared(&app) {
                Some((parameters, comparison)) => table(parameters, comparison),
                None => html! {
                    <p class="empty">{ "When both runs have ended, their figures are listed here side by side." }</p>
                },
            } }
        </section>
    }
}

/// Both runs, if both have ended: what differs in their parameters, and in what happened.
fn compared(app: &AppContext) -> Option<(String, Comparison)> {
    let [first, second] = [Slot::Pinned, Slot::Live].map(|slot| app.run_in(slot));
    let (one, two) = (first.phase().status()?, second.phase().status()?);
    let parameters = differing(&first.spec()?, &second.spec()?);
    let comparison = first.with_timeline(|first| {
        second.with_timeline(|second| {
            compare(Run { timeline: first, status: one }, Run { timeline: second, status: two })
        })
    });
    Some((parameters, comparison))
}

fn differing(first: &RunSpec, second: &RunSpec) -> String {
    let of = |run: &RunSpec, other: &RunSpec| {
        let parts = words::parameters_beside(run, other);
        parts.into_iter().filter(|(_, differs)| *differs).map(|(words, _)| words).collect::<Vec<_>>().join(", ")
    };
    if first == second {
        return "Both runs have the same parameters: what differs is chance.".to_owned();
    }
    format!("Run 1 had {}; run 2 had {}.", of(first, second), of(second, first))
}

fn table(parameters: String, comparison: Comparison) -> Html {
    html! {
        <>
            <p class="gist">
                { parameters }
                { for comparison.summary.into_iter().enumerate().map(|(at, sentence)| match at {
                    0 => html! { <><br /><strong>{ sentence }</strong></> },
                    _ => html! { <>{ " " }{ sentence }</> },
                }) }
            </p>
            <table>
                <caption class="unseen">{ "Figures of run 1 and run 2, and the difference" }</caption>
                <thead>
                    <tr>
                        <td />
                        <th scope="col">{ "Run 1" }</th>
                        <th scope="col">{ "Run 2" }</th>
                        <th scope="col">{ "Difference" }</th>
                    </tr>
                </thead>
                { for comparison.groups.into_iter().map(group) }
            </table>
            { for comparison.cautions.into_iter().map(|caution| html! { <p class="remark">{ caution }</p> }) }
        </>
    }
}

fn group(group: Group) -> Html {
    html! {
        <tbody>
            <tr class="about">
                <th scope="rowgroup" colspan="4">
                    { group.name }<span>{ " " }{ group.meaning }</span>
                </th>
            </tr>
            { for group.rows.into_iter().map(row) }
        </tbody>
    }
}

fn row(row: Row) -> Html {
    let cell = |cell: Cell| {
        html! {
            <td>{ cell.text }if !cell.aside.is_empty() { <small>{ " " }{ cell.aside }</small> }</td>
        }
    };
    html! {
        <tr>
            <th scope="row">if let Some(state) = row.state { { dot(state) } }{ row.name }</th>
            { for row.cells.into_iter().map(cell) }
        </tr>
    }
}

/// Which of two runs the panels below show.
#[component]
pub fn WhichRun() -> Html {
    let app = use_session();
    let shown = app.shown_slot();
    let button = |slot: Slot| {
        let onclick = {
            let app = app.clone();
            Callback::from(move |_: MouseEvent| app.choose(slot))
        };
        // A run that has not been made yet has nothing to show.
        let none = (app.run_in(slot).spec().is_none() && slot != shown).to_string();
        html! {
            <button type="button" aria-pressed={(slot == shown).to_string()} aria-disabled={none} {onclick}>
                { slot.name() }
            </button>
        }
    };
    html! {
        <div class="which" role="group" aria-label="Which run the panels below are of">
            <span aria-hidden="true">{ "Below:" }</span>
            { button(Slot::Pinned) }
            { button(Slot::Live) }
        </div>
    }
}
