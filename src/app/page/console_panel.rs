//! What the lanes printed.

use yew::prelude::*;

use super::hooks::{use_session, use_ticks};
use super::pair::RunView;
use crate::app::words;
use crate::engine::Phase;

/// More lines than this are shown only when asked for: the page has to lay all of them out.
const LAST_LINES: usize = 300;

/// The same during a run, when it has to do so repeatedly.
const LAST_LINES_RUNNING: usize = 20;

/// What the lanes printed. The style sheet keeps the last line in view, unless the reader has scrolled up.
#[component]
pub fn ConsolePanel() -> Html {
    let site = use_session();
    use_ticks();
    let whole = use_state(|| false);
    let run = site.shown();
    let active = run.phase().is_active();
    let lines = lines(&run, if active { LAST_LINES_RUNNING } else { LAST_LINES }, *whole && !active);
    let show_all = {
        let whole = whole.clone();
        Callback::from(move |_: MouseEvent| whole.set(true))
    };
    let problem = run.with(|run| run.problem.clone().map(|problem| (problem, run.elapsed)));
    html! {
        <section class="panel console" aria-labelledby="console-title">
            <h2 id="console-title">{ site.titled("Console", "Console of", "") }</h2>
            if lines.total == 0 && problem.is_none() {
                <p class="empty">{ nothing(run.phase()) }</p>
            } else {
                <div class="lines" tabindex="0" role="region" aria-label="Printed lines">
                    <table>
                        <thead class="unseen"><tr><th>{ "Time" }</th><th>{ "Lane" }</th><th>{ "Text" }</th></tr></thead>
                        <tbody>
                            { for lines.shown }
                            if let Some((problem, time)) = problem {
                                <tr class="wrong" key="problem">
                                    <td>{ words::stamp(time) }</td>
                                    <td>{ problem.lane }</td>
                                    <td>{ problem.message }</td>
                                </tr>
                            }
                        </tbody>
                    </table>
                    if lines.hidden > 0 && !active {
                        <button type="button" class="quiet" onclick={show_all}>
                            { format!("Show all {} lines", words::count(lines.total as u64)) }
                        </button>
                    }
                </div>
            }
        </section>
    }
}

struct Lines {
    total: usize,
    hidden: usize,
    shown: Vec<Html>,
}

fn lines(run: &RunView, most: usize, whole: bool) -> Lines {
    run.with_timeline(|timeline| {
        let total = timeline.prints.len();
        let hidden = if whole { 0 } else { total.saturating_sub(most) };
        let shown = timeline.prints[hidden..].iter().zip(hidden..).map(|(print, number)| {
            let lane = timeline.lane(print.lane).map(|lane| lane.name.clone());
            html! {
                <tr key={number}>
                    <td>{ words::stamp(print.time) }</td>
                    <td>{ lane }</td>
                    <td>{ &print.text }</td>
                </tr>
            }
        });
        Lines { total, hidden, shown: shown.collect() }
    })
}

fn nothing(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "What the program prints will be listed here.",
        Phase::Starting | Phase::Running => "Nothing printed yet.",
        Phase::Finished | Phase::Failed | Phase::Stopped => "Nothing was printed.",
    }
}
