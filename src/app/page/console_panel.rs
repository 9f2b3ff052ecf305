//! What the lanes printed.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::site::{Site, use_session};
use crate::app::words;
use crate::engine::Phase;

/// More lines than this are shown only when asked for: the page has to lay all of them out.
const LAST_LINES: usize = 300;

/// Pixels from its end at which the reader still counts as being at the end.
const NEAR: i32 = 24;

/// What the lanes printed.
#[component]
pub fn ConsolePanel() -> Html {
    let site = use_session();
    let whole = use_state(|| false);
    let list = use_node_ref();
    let at_end = use_mut_ref(|| true);

    let lines = lines(&site, *whole);
    // New lines come into view, unless the reader has scrolled up to read.
    use_effect({
        let (list, at_end) = (list.clone(), at_end.clone());
        move || {
            if let Some(list) = list.cast::<HtmlElement>()
                && *at_end.borrow()
            {
                list.set_scroll_top(list.scroll_height());
            }
        }
    });
    let onscroll = {
        let list = list.clone();
        Callback::from(move |_: Event| {
            if let Some(list) = list.cast::<HtmlElement>() {
                at_end.replace(list.scroll_top() + list.client_height() >= list.scroll_height() - NEAR);
            }
        })
    };
    let show_all = {
        let whole = whole.clone();
        Callback::from(move |_: MouseEvent| whole.set(true))
    };
    let problem = site.session.problem();
    html! {
        <section class="panel console" aria-labelledby="console-title">
            <h2 id="console-title">{ "Console" }</h2>
            if lines.total == 0 && problem.is_none() {
                <p class="empty">{ nothing(site.session.phase()) }</p>
            } else {
                <div class="lines" tabindex="0" role="region" aria-label="Printed lines" ref={list} {onscroll}>
                    if lines.total > lines.shown.len() {
                        <button type="button" class="quiet" onclick={show_all}>
                            { format!("Show all {} lines", words::count(lines.total as u64)) }
                        </button>
                    }
                    <table>
                        <thead class="unseen"><tr><th>{ "Time" }</th><th>{ "Lane" }</th><th>{ "Text" }</th></tr></thead>
                        <tbody>
                            { for lines.shown }
                            if let Some(problem) = problem {
                                <tr class="wrong">
                                    <td>{ words::stamp(site.session.elapsed()) }</td>
                                    <td>{ problem.lane }</td>
                                    <td>{ problem.message }</td>
                                </tr>
                            }
                        </tbody>
                    </table>
                </div>
            }
        </section>
    }
}

struct Lines {
    total: usize,
    shown: Vec<Html>,
}

fn lines(site: &Site, whole: bool) -> Lines {
    site.session.with_timeline(|timeline| {
        let total = timeline.prints.len();
        let first = if whole { 0 } else { total.saturating_sub(LAST_LINES) };
        let shown = timeline.prints[first..].iter().map(|print| {
            let lane = timeline.lane(print.lane).map(|lane| lane.name.clone());
            html! {
                <tr>
                    <td>{ words::stamp(print.time) }</td>
                    <td>{ lane }</td>
                    <td>{ &print.text }</td>
                </tr>
            }
        });
        Lines { total, shown: shown.collect() }
    })
}

fn nothing(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "What the program prints will be listed here.",
        Phase::Starting | Phase::Running => "Nothing printed yet.",
        Phase::Finished | Phase::Failed | Phase::Stopped => "Nothing was printed.",
    }
}
