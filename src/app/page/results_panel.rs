//! What can be seen in the run, and its figures.

use yew::prelude::*;

use super::context::{AppContext, Moment};
use super::hooks::{use_moment, use_session};
use super::legend::dot;
use super::theme;
use crate::analysis::Observation;
use crate::app::words;
use crate::chart::LEGEND;
use crate::engine::Phase;
use crate::timeline::Stats;
use crate::trace::State;

/// What can be seen in the run, in sentences.
#[component]
pub fn ObservationsPanel() -> Html {
    let app = use_session();
    let run = app.shown();
    let observations = run.with(|run| run.observations.clone());
    let lit = use_moment(lit);
    html! {
        <section class="panel observations" aria-labelledby="observations-title">
            <h2 id="observations-title">{ app.titled("What the run shows", "What", "shows") }</h2>
            if observations.is_empty() {
                <p class="empty">{ nothing(run.phase()) }</p>
            } else {
                <ul>{ for observations.into_iter().enumerate().map(|(number, observation)| {
                    entry(&app, observation, lit.contains(&number))
                }) }</ul>
            }
        </section>
    }
}

/// The numbers of the observations that tell of the moment and the lane that the reader points at.
fn lit(app: &AppContext) -> Vec<usize> {
    let moment = app.moment().filter(|moment| moment.slot == app.shown_slot());
    let Some(Moment { lane: Some(lane), time, .. }) = moment else { return Vec::new() };
    let tells = |observation: &Observation| {
        observation.shown_by.iter().any(|part| part.lane == lane && (part.start..=part.end).contains(&time))
    };
    app.shown().with(|run| (0..run.observations.len()).filter(|at| tells(&run.observations[*at])).collect())
}

fn entry(app: &AppContext, observation: Observation, lit: bool) -> Html {
    let (class, sign, word) = match observation.holds {
        true => ("holds", "✓", "Holds: "),
        false => ("fails", "✗", "Does not hold: "),
    };
    let text = html! {
        <>
            <span class="sign" aria-hidden="true">{ sign }</span>
            <span><span class="unseen">{ word }</span>{ &observation.text }</span>
        </>
    };
    if observation.shown_by.is_empty() {
        return html! { <li class={class}><div>{ text }</div></li> };
    }
    let (app, slot) = (app.clone(), app.shown_slot());
    let onclick = Callback::from(move |_: MouseEvent| app.show_spans(slot, &observation.shown_by));
    html! {
        <li class={classes!(class, lit.then_some("now"))}>
            <button type="button" {onclick} title="Show it in the chart">{ text }</button>
        </li>
    }
}

fn nothing(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "Press Run. What the run shows will be listed here, with figures from its own recording.",
        Phase::Starting | Phase::Running => "As soon as the run has ended.",
        Phase::Stopped => "The run was stopped before its end, so there is nothing to judge.",
        Phase::Finished | Phase::Failed => "Nothing was recorded that could be judged.",
    }
}

/// The figures of the run.
#[component]
pub fn FiguresPanel() -> Html {
    let app = use_session();
    let run = app.shown();
    let phase = run.phase();
    if phase == Phase::Idle || phase.is_active() {
        return Html::default();
    }
    let (stats, remarks) = run.with_timeline(|timeline| (timeline.stats(), words::remarks(timeline)));
    html! {
        <section class="panel figures" aria-labelledby="figures-title">
            <h2 id="figures-title">{ app.titled("Figures", "Figures of", "") }</h2>
            <dl>
                { for words::figures(&stats).into_iter().map(|figure| html! {
                    <div title={figure.help}><dt>{ figure.name }</dt><dd>{ figure.value }</dd></div>
                }) }
            </dl>
            { shares(&stats) }
            { for remarks.into_iter().map(|remark| html! { <p class="remark">{ remark }</p> }) }
        </section>
    }
}

fn meaning(state: State) -> Option<&'static str> {
    LEGEND.iter().find(|entry| entry.state == state).map(|entry| entry.meaning)
}

/// Time by state, as a bar and in figures.
fn shares(stats: &Stats) -> Html {
    let shares: Vec<_> = words::shares(stats).into_iter().filter(|(_, time, _)| time.0 > 0).collect();
    let mut left = 0.0;
    let bars: Vec<_> = shares
        .iter()
        .map(|(state, _, percent)| {
            let x = left.to_string();
            left += percent;
            let fill = theme::of_chart().state(*state);
            html! { <rect {x} y="0" width={percent.to_string()} height="4" {fill} /> }
        })
        .collect();
    html! {
        <>
            <svg class="shares" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">{ for bars }</svg>
            <ul class="shares">
                { for shares.iter().map(|(state, time, percent)| html! {
                    <li title={meaning(*state)}>
                        { dot(*state) }
                        { format!("{} {time}", state.name()) }
                        <span class="faint">{ format!(" {percent:.0} %") }</span>
                    </li>
                }) }
            </ul>
        </>
    }
}
