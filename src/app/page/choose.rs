//! The guide "Which model should I use?": questions, and what follows from the answers.

use yew::prelude::*;

use super::hooks::use_app;
use super::measure::Measurements;
use crate::app::address::DemoAddress;
use crate::app::guide::{Answers, DemoLink, QUESTIONS, advice, trials};

/// What the guide is given.
#[derive(Properties, PartialEq)]
pub struct ChooseProps {
    /// The answers in the address.
    pub answers: Answers,
    /// What is wrong with the address.
    pub problems: Vec<String>,
    /// Changes with each visit, even to the same address.
    pub visit: u64,
}

/// The guide.
#[component]
pub fn Choose(props: &ChooseProps) -> Html {
    let app = use_app();
    let answers = use_state(|| props.answers);
    let problems = use_state(|| props.problems.clone());
    use_effect_with((props.answers, props.problems.clone(), props.visit), {
        let (answers, problems) = (answers.setter(), problems.setter());
        move |(given, wrong, _)| {
            answers.set(*given);
            problems.set(wrong.clone());
        }
    });
    let choose = {
        let (app, answers, problems) = (app.clone(), answers.clone(), problems.setter());
        Callback::from(move |(question, option): (usize, usize)| {
            let mut changed = *answers;
            changed.choose(question, option);
            app.rewrite_address(&changed.write());
            answers.set(changed);
            problems.set(Vec::new());
        })
    };
    html! {
        <article class="choose">
            <header class="demo-head">
                <p class="back"><a href="#/">{ "All demos" }</a></p>
                <h1>{ "Which model should I use?" }</h1>
                <p class="summary">
                    { "Threads, processes, tasks, or some of each? Five questions lead to an answer, with the reason, with \
                       demos that show it, and with figures from your own browser. The answers are in the address, so a \
                       link to this page brings them along." }
                </p>
            </header>
            { for problems.iter().map(|problem| html! {
                <p class="notice wrong" role="alert">{ problem }{ " The usual answer is taken instead." }</p>
            }) }
            <form class="panel questions" aria-label="Questions">
                { for (0..QUESTIONS.len()).map(|at| question(at, answers.chosen(at), &choose)) }
            </form>
            { answer(&answers) }
            <Measurements answers={*answers} trials={trials(&answers)} />
        </article>
    }
}

fn question(at: usize, chosen: usize, choose: &Callback<(usize, usize)>) -> Html {
    let question = &QUESTIONS[at];
    let options = question.options.iter().enumerate().map(|(option, [name, text, help])| {
        let choose = choose.clone();
        let onchange = Callback::from(move |_: Event| choose.emit((at, option)));
        html! {
            <label>
                <input type="radio" name={question.name} value={*name} checked={option == chosen} {onchange} />
                <span>{ text }<small>{ ", " }{ help }</small></span>
            </label>
        }
    });
    html! { <fieldset><legend>{ question.text }</legend>{ for options }</fieldset> }
}

fn answer(answers: &Answers) -> Html {
    let advice = advice(answers);
    html! {
        <section class="panel answer" aria-label="The answer">
            <p class="faint">{ "Use" }</p>
            <div role="status">
                <h2>{ advice.model.name() }</h2>
                <p><code>{ advice.model.tools(answers.language) }</code></p>
            </div>
            <h3>{ "Why" }</h3>
            <ul class="points">{ for advice.reasons.into_iter().map(point) }</ul>
            if !advice.cautions.is_empty() {
                <h3>{ "Look out for" }</h3>
                <ul class="points">{ for advice.cautions.into_iter().map(point) }</ul>
            }
            <h3>{ "The same program in another language" }</h3>
            <ul class="points">
                { for advice.elsewhere.into_iter().map(|(language, model)| html! {
                    <li>
                        { format!("{}: ", language.name()) }
                        { if model == advice.model { "the same, ".to_owned() } else { format!("{}, ", model.name()) } }
                        <code>{ model.tools(language) }</code>
                    </li>
                }) }
            </ul>
            <h3>{ "See it happen" }</h3>
            <ul class="points">{ for advice.demos.iter().filter_map(link) }</ul>
        </section>
    }
}

fn point(text: &'static str) -> Html {
    html! { <li>{ text }</li> }
}

fn link(demo: &DemoLink) -> Option<Html> {
    let spec = demo.spec()?;
    let title = spec.program.title;
    let href = DemoAddress::of(spec)?.write();
    Some(html! { <li><a {href}>{ title }</a>{ format!(": {}", demo.shows) }</li> })
}
