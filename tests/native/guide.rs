//! The guide "Which model should I use?": its rule over all answers, its words, its demos and its address.

use std::collections::BTreeSet;

use weft::app::address::{DemoAddress, Page, parse};
use weft::app::guide::{Answers, Language, Many, Model, QUESTIONS, Work, advice, model, trials};

/// What each combination of answers leads to: answers by their names in addresses, `*` for any, commas between several.
const RULES: [(&str, Model); 12] = [
    ("io few none,some * *", Model::Threads),
    ("io few often * *", Model::Tasks),
    ("io hundreds,thousands * * *", Model::Tasks),
    ("cpu * * * free-threaded,rust", Model::ThreadPool),
    ("cpu * none,some little python", Model::ProcessPool),
    ("cpu * none,some much python", Model::SharedMemory),
    ("cpu * often * python", Model::SharedMemory),
    ("both few * * free-threaded,rust", Model::Threads),
    ("both hundreds,thousands * * free-threaded,rust", Model::TasksWithThreads),
    ("both few none * python", Model::ProcessPool),
    ("both few some,often * python", Model::TasksWithProcesses),
    ("both hundreds,thousands * * python", Model::TasksWithProcesses),
];

fn names(answers: &Answers) -> Vec<&'static str> {
    QUESTIONS.iter().enumerate().map(|(at, question)| question.options[answers.chosen(at)][0]).collect()
}

fn matches(rule: &str, answers: &Answers) -> bool {
    let allowed = |(of, name): (&str, &str)| of == "*" || of.split(',').any(|of| of == name);
    rule.split(' ').zip(names(answers)).all(allowed)
}

#[test]
fn every_answer_leads_to_the_model_of_its_rule() {
    for answers in Answers::all() {
        let rules: Vec<_> = RULES.iter().filter(|(rule, _)| matches(rule, &answers)).collect();
        assert_eq!(rules.len(), 1, "{:?} has {rules:?}", names(&answers));
        assert_eq!(model(&answers), rules[0].1, "{:?}", names(&answers));
    }
    let used: BTreeSet<Model> = RULES.iter().map(|(_, model)| *model).collect();
    assert_eq!(used, Model::ALL.into_iter().collect(), "each model is the answer to something");
}

#[test]
fn all_answers_are_all() {
    let all: BTreeSet<_> = Answers::all().map(|answers| answers.write()).collect();
    assert_eq!(all.len(), 3 * 3 * 3 * 2 * 3);
    assert_eq!(Answers::all().count(), all.len());
}

#[test]
fn what_threads_cannot_do_under_a_gil_is_known() {
    for answers in Answers::all() {
        let model = model(&answers);
        let apart = [Model::ProcessPool, Model::SharedMemory, Model::TasksWithProcesses].contains(&model);
        let what = names(&answers);
        match (answers.work, answers.language) {
            (Work::Io, _) => {
                assert!(!apart, "{what:?}: waits need no process of their own");
                for language in Language::ALL {
                    assert_eq!(weft::app::guide::model(&Answers { language, ..answers }), model, "{what:?}");
                }
            }
            (_, Language::Gil) => assert!(apart, "{what:?}: threads that compute would take turns"),
            (_, Language::FreeThreaded | Language::Rust) => assert!(!apart, "{what:?}: threads run at once"),
        }
        if answers.work != Work::Cpu && answers.many == Many::Thousands {
            assert!(![Model::Threads, Model::ProcessPool].contains(&model), "{what:?}: thousands of waits are tasks");
        }
    }
}

#[test]
fn every_advice_says_why_and_what_of_the_other_languages() {
    for answers in Answers::all() {
        let advice = advice(&answers);
        let what = names(&answers);
        assert!(!advice.reasons.is_empty(), "{what:?}");
        let said: Vec<_> = advice.reasons.iter().chain(&advice.cautions).collect();
        for sentence in &said {
            assert!(sentence.ends_with(['.', ')']) && !sentence.contains("  "), "{what:?}: {sentence}");
        }
        assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{what:?} is told something twice");
        let gil = said.iter().any(|sentence| sentence.contains("GIL"));
        match answers.language {
            Language::Gil => assert!(gil, "{what:?}: the GIL is not named"),
            Language::Rust => assert!(!gil, "{what:?}: Rust has no GIL: {said:?}"),
            Language::FreeThreaded => assert!(gil || answers.work == Work::Io, "{what:?}"),
        }
        let others: Vec<_> = advice.elsewhere.iter().map(|(language, _)| *language).collect();
        assert_eq!(others.len(), 2);
        assert!(!others.contains(&answers.language), "{what:?}");
        for (language, model) in advice.elsewhere {
            assert_eq!(model, weft::app::guide::model(&Answers { language, ..answers }), "{what:?}");
        }
        for language in Language::ALL {
            assert!(!advice.model.tools(language).is_empty());
        }
    }
}

#[test]
fn every_demo_and_every_run_it_names_exists_with_these_parameters() {
    for answers in Answers::all() {
        let what = names(&answers);
        let demos = advice(&answers).demos;
        assert!(!demos.is_empty(), "{what:?} has no demo");
        for link in &demos {
            let address = link.spec().and_then(DemoAddress::of);
            let address = address.unwrap_or_else(|| panic!("{what:?}: {link:?} cannot be opened"));
            assert!(!address.demo.hidden, "{link:?}");
            let read = parse(&address.write());
            assert!(matches!(read.page, Page::Demo(demo) if *demo == address), "{link:?}");
        }
        let ids: BTreeSet<_> = demos.iter().map(|link| link.id).collect();
        assert_eq!(ids.len(), demos.len(), "{what:?} names a demo twice");

        let trials = trials(&answers);
        assert!(!trials.is_empty(), "{what:?} has nothing to measure");
        for alternatives in trials {
            assert!(!alternatives.is_empty(), "{what:?}");
            for trial in alternatives {
                let spec = trial.demo.spec().unwrap_or_else(|| panic!("{trial:?} cannot be run"));
                let seconds = spec.estimate().as_secs_f64();
                assert!(seconds < 5.0, "{trial:?} takes {seconds} s");
            }
        }
    }
}

fn read(hash: &str) -> (Answers, Vec<String>) {
    let address = parse(hash);
    let Page::Choose(answers) = address.page else { panic!("{hash} leads to {:?}", address.page) };
    (answers, address.problems)
}

#[test]
fn answers_are_in_the_address() {
    for answers in Answers::all() {
        assert_eq!(read(&answers.write()), (answers, vec![]));
    }
    assert_eq!(read("#/choose"), (Answers::default(), vec![]));
    assert_eq!(Answers::default().write(), "#/choose?work=io&many=few&shared=none&data=little&language=python");
    let (answers, problems) = read("#/choose?language=rust&work=cpu&theme=dark");
    assert_eq!((answers.language, answers.work, problems), (Language::Rust, Work::Cpu, vec![]));
}

#[test]
fn a_bad_answer_has_its_sentence_and_the_usual_one_is_taken() {
    for (query, sentence) in [
        ("work=sleep", "“work” must be one of io, cpu, both, and “sleep” is not."),
        ("data=", "“data” must be one of little, much, and “” is not."),
        ("speed=2", "The guide asks nothing called “speed”; it asks for “work”, “many”, “shared”, “data”, “language”."),
    ] {
        let (answers, problems) = read(&format!("#/choose?many=hundreds&{query}"));
        assert_eq!(problems, [sentence]);
        assert_eq!(answers, Answers { many: Many::Hundreds, ..Answers::default() }, "{query}");
    }
}
