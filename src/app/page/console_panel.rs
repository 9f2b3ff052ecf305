//! What the lanes printed.

use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::browser;
use super::context::AppContext;
use super::hooks::{use_app, use_moment, use_session, use_ticks};
use super::pair::RunView;
use crate::app::words;
use crate::engine::{Phase, ShownRun};
use crate::runtime::input::Question;
use crate::trace::Nanos;

/// More lines than this are shown only when asked for: the page has to lay all of them out.
const LAST_LINES: usize = 300;

/// The same during a run, when it has to do so repeatedly.
const LAST_LINES_RUNNING: usize = 20;

/// What the panel is given.
#[derive(Properties, PartialEq)]
pub struct ConsolePanelProps {
    /// Leads to a line of the reader's program, where a traceback names one.
    #[prop_or_default]
    pub on_place: Option<Callback<u32>>,
}

/// What the lanes printed. The style sheet keeps the last line in view, unless the reader has scrolled up.
///
/// A line leads to its moment in the chart; at a moment that was chosen there, the last line printed by then is lit.
#[component]
pub fn ConsolePanel(props: &ConsolePanelProps) -> Html {
    let app = use_session();
    use_ticks();
    let whole = use_state(|| false);
    let chosen = use_mut_ref(|| None::<usize>);
    let now = use_moment({
        let chosen = chosen.clone();
        move |app| last_printed(app, *chosen.borrow())
    });
    let run = app.shown();
    let active = run.phase().is_active();
    let most = if active { LAST_LINES_RUNNING } else { LAST_LINES };
    let choose = use_callback(app.clone(), move |number: usize, app| {
        let slot = app.shown_slot();
        let run = app.run_in(slot);
        let print = run.with_timeline(|timeline| timeline.prints.get(number).map(|print| (print.lane, print.time)));
        if let Some((lane, time)) = print {
            chosen.replace(Some(number));
            app.choose_moment(slot, lane, time);
        }
    });
    let lines = lines(&run, most, *whole && !active, now, (&choose, &props.on_place));
    let show_all = {
        let whole = whole.clone();
        Callback::from(move |_: MouseEvent| whole.set(true))
    };
    let onkeydown = {
        let (choose, last) = (choose.clone(), lines.total.checked_sub(1));
        Callback::from(move |event: KeyboardEvent| {
            let to = match (event.key().as_str(), now) {
                ("ArrowUp", Some(now)) => now.checked_sub(1),
                ("ArrowDown", Some(now)) => Some(now + 1).filter(|next| Some(*next) <= last),
                ("ArrowUp" | "ArrowDown", None) => last,
                _ => return,
            };
            event.prevent_default();
            if let Some(to) = to {
                choose.emit(to);
            }
        })
    };
    let region = use_node_ref();
    use_effect_with(now, {
        let region = region.clone();
        move |_| show_lit(&region)
    });
    let lost = run.with(|run| run.lost_lines);
    let question = app.session.run().questions.front().cloned();
    use_effect_with(app.clone(), |app| {
        let app = app.clone();
        app.consoles.set(app.consoles.get() + 1);
        move || app.consoles.set(app.consoles.get() - 1)
    });
    // What Python has printed of an error need not be said twice.
    let said = |run: &ShownRun| run.exit.as_ref().is_some_and(|exit| exit.error.is_some());
    let problem = run.with(|run| {
        let problem = run.problem.clone().filter(|_| !said(run));
        problem.map(|problem| (problem, run.elapsed))
    });
    html! {
        <section class="panel console" aria-labelledby="console-title">
            <h2 id="console-title">{ app.titled("Console", "Console of", "") }</h2>
            if lines.total == 0 && problem.is_none() && lost == 0 {
                <p class="empty">{ nothing(run.phase()) }</p>
            } else {
                <div class="lines" tabindex="0" role="region" ref={region} {onkeydown}
                    aria-label="Printed lines; the arrow keys show their moments in the chart">
                    <table>
                        <thead class="unseen"><tr><th>{ "Time" }</th><th>{ "Lane" }</th><th>{ "Text" }</th></tr></thead>
                        <tbody>
                            { for lines.shown }
                            if lost > 0 {
                                <tr class="more" key="lost"><td /><td /><td>{ words::lost_lines(lost) }</td></tr>
                            }
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
            if let Some(question) = question { <InputLine {question} /> }
        </section>
    }
}

/// What the field is given.
#[derive(Properties, PartialEq)]
struct InputLineProps {
    question: Question,
}

/// The field for a line that the program waits for.
#[component]
fn InputLine(props: &InputLineProps) -> Html {
    let app = use_app();
    let field = use_node_ref();
    use_effect_with(props.question.clone(), {
        let field = field.clone();
        move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value("");
                browser::focus(&field);
            }
        }
    });
    let onsubmit = {
        let (app, field) = (app.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(field) = field.cast::<HtmlInputElement>() {
                app.session.type_line(Some(field.value()));
                field.set_value("");
            }
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        // As in a terminal: the end of the input.
        if event.key() == "d" && event.ctrl_key() {
            event.prevent_default();
            app.session.type_line(None);
        }
    });
    let Question { lane, prompt } = &props.question;
    let label = if prompt.trim().is_empty() { format!("{lane} waits for a line") } else { prompt.clone() };
    html! {
        <form class="input-line" {onsubmit}>
            <label for="input-line">{ label }</label>
            <input type="text" id="input-line" autocomplete="off" autocapitalize="off" spellcheck="false" ref={field}
                title="Ctrl + D ends the input" {onkeydown} />
            <button type="submit" class="quiet">{ "Enter" }</button>
        </form>
    }
}

/// The number of the last line printed by the moment that the reader points at. Of several at that moment it is the
/// `chosen` one.
fn last_printed(app: &AppContext, chosen: Option<usize>) -> Option<usize> {
    let moment = app.moment().filter(|moment| moment.slot == app.shown_slot())?;
    app.run_in(moment.slot).with_timeline(|timeline| {
        let prints = &timeline.prints;
        let chosen = chosen.filter(|chosen| prints.get(*chosen).is_some_and(|print| print.time == moment.time));
        chosen.or_else(|| prints.partition_point(|print| print.time <= moment.time).checked_sub(1))
    })
}

/// Scrolls the lit line into view, without moving the page.
fn show_lit(region: &NodeRef) {
    let Some(region) = region.cast::<HtmlElement>() else { return };
    let Ok(Some(lit)) = region.query_selector("tr.now") else { return };
    let (line, view) = (lit.get_bounding_client_rect(), region.get_bounding_client_rect());
    let by = (line.top() - view.top()).min(0.0) + (line.bottom() - view.bottom()).max(0.0);
    if by != 0.0 {
        region.set_scroll_top(region.scroll_top() + by.round() as i32);
    }
}

/// Where a line leads: to its moment, and to the line of the program that it names.
type Leads<'a> = (&'a Callback<usize>, &'a Option<Callback<u32>>);

struct Lines {
    total: usize,
    hidden: usize,
    shown: Vec<Html>,
}

/// The last lines, `most` of them; all if they are wanted `whole`; or those around the one that is lit `now`.
fn lines(run: &RunView, most: usize, whole: bool, now: Option<usize>, leads: Leads) -> Lines {
    run.with_timeline(|timeline| {
        let total = timeline.prints.len();
        let last_start = if whole { 0 } else { total.saturating_sub(most) };
        let start =
            now.map_or(last_start, |now| if now < last_start { now.saturating_sub(most / 2) } else { last_start });
        let end = if whole { total } else { total.min(start + most) };
        let shown = timeline.prints[start..end].iter().zip(start..).map(|(print, number)| {
            let lane = timeline.lane(print.lane).map(|lane| AttrValue::from(lane.name.clone())).unwrap_or_default();
            let (time, text) = (print.time, AttrValue::from(print.text.clone()));
            html! { <Line key={number} {number} {time} {lane} {text} lit={now == Some(number)} choose={leads.0} on_place={leads.1.clone()} /> }
        });
        Lines { total, hidden: total - (end - start), shown: shown.collect() }
    })
}

/// What a line is given.
#[derive(Properties, PartialEq)]
struct LineProps {
    number: usize,
    time: Nanos,
    lane: AttrValue,
    text: AttrValue,
    lit: bool,
    choose: Callback<usize>,
    on_place: Option<Callback<u32>>,
}

/// A printed line.
#[component]
fn Line(props: &LineProps) -> Html {
    let onclick = {
        let (number, choose) = (props.number, props.choose.clone());
        Callback::from(move |_: MouseEvent| choose.emit(number))
    };
    html! {
        <tr class={props.lit.then_some("now")} {onclick} title="Show this moment in the chart">
            <td>{ words::stamp(props.time) }</td>
            <td>{ &props.lane }</td>
            <td>{ text(props) }</td>
        </tr>
    }
}

/// The text; a line of the program that it names is a button that leads there.
fn text(props: &LineProps) -> Html {
    let place = props.on_place.as_ref().and_then(|lead| Some((lead.clone(), words::place_in(&props.text)?)));
    let Some((lead, (range, line))) = place else { return html! { { &props.text } } };
    let (before, named, after) = (&props.text[..range.start], &props.text[range.clone()], &props.text[range.end..]);
    let onclick = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        lead.emit(line);
    });
    html! {
        <>
            { before }
            <button type="button" class="place" {onclick} title="Show this line in the editor">{ named }</button>
            { after }
        </>
    }
}

fn nothing(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "What the program prints will be listed here.",
        Phase::Starting | Phase::Running => "Nothing printed yet.",
        Phase::Finished | Phase::Failed | Phase::Stopped => "Nothing was printed.",
    }
}
