//! The rule, its reasons, the demos that show them, and the runs that give figures.

use super::questions::{Answers, Data, Language, Many, Model, Shared, Work};
use crate::analysis::Measure;
use crate::demos::Demo;
use crate::program::RunSpec;

/// What the guide says.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// What to use.
    pub model: Model,
    /// Why, most important first.
    pub reasons: Vec<&'static str>,
    /// What to look out for.
    pub cautions: Vec<&'static str>,
    /// What the same answers lead to in the other languages.
    pub elsewhere: Vec<(Language, Model)>,
    /// Demos that show it.
    pub demos: Vec<DemoLink>,
}

/// A demo with parameters that make the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoLink {
    /// Which.
    pub id: &'static str,
    /// What differs from the defaults.
    pub params: &'static [(&'static str, &'static str)],
    /// What to look at.
    pub shows: &'static str,
}

/// A short run that gives figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The demo, and its parameters.
    pub demo: DemoLink,
    /// Which of its figures; if it has none, its observations are shown.
    pub measure: Option<Measure>,
}

/// What to use.
///
/// Waiting: if the pieces of work are few, a thread each is the simplest program; if they are many, or constantly
/// change shared data, tasks. CPU-bound work goes to as many workers as there are cores: threads if threads run in
/// parallel, otherwise processes, and those get shared memory if much data or many changes would have to be passed.
/// Both together: a few pieces wait and compute in one worker each; many wait as tasks, and their computing is handed
/// to workers.
pub fn model(answers: &Answers) -> Model {
    let gil = answers.language == Language::Gil;
    let few = answers.many == Many::Few;
    match answers.work {
        Work::Io if few && answers.shared != Shared::Often => Model::Threads,
        Work::Io => Model::Tasks,
        Work::Cpu if !gil => Model::ThreadPool,
        Work::Cpu if answers.shared == Shared::Often || answers.data == Data::Much => Model::SharedMemory,
        Work::Cpu => Model::ProcessPool,
        Work::Both if !gil => {
            if few {
                Model::Threads
            } else {
                Model::TasksWithThreads
            }
        }
        Work::Both if few && answers.shared == Shared::None => Model::ProcessPool,
        Work::Both => Model::TasksWithProcesses,
    }
}

/// What to use and why.
pub fn advice(answers: &Answers) -> Advice {
    let model = model(answers);
    let others = Language::ALL.into_iter().filter(|language| *language != answers.language);
    Advice {
        model,
        reasons: reasons(answers, model),
        cautions: cautions(answers, model),
        elsewhere: others.map(|language| (language, self::model(&Answers { language, ..*answers }))).collect(),
        demos: demos(answers, model),
    }
}

fn reasons(answers: &Answers, model: Model) -> Vec<&'static str> {
    let Answers { work, many, shared, data, language } = *answers;
    let mut reasons = vec![match (work, language) {
        (Work::Io, Language::Gil) => {
            "Whoever waits needs no core, and gives the GIL back meanwhile. So waits overlap in every model, and what \
             counts is how simple the program is, and what each wait costs."
        }
        (Work::Io, _) => {
            "Whoever waits needs no core. So waits overlap in every model, and what counts is how simple the program is, \
             and what each wait costs."
        }
        (Work::Cpu, Language::Gil) => {
            "The GIL lets one thread at a time run Python code, so threads that compute take turns on one core. Processes \
             have an interpreter each, and compute on all cores at once."
        }
        (Work::Cpu, Language::FreeThreaded) => {
            "Without a GIL, threads run Python code at the same time: as many as there are cores use all of them, and \
             they start faster than processes. (Check that the extension modules you use do not switch the GIL on again.)"
        }
        (Work::Cpu, Language::Rust) => {
            "Rust’s threads run at the same time, on all cores. The compiler refuses a program in which they could race \
             for data."
        }
        (Work::Both, Language::Gil) => {
            "The GIL lets one thread at a time run Python code. Waits overlap all the same, but a thread that comes back \
             from a wait stands in line behind those that compute; so what computes should do it in other processes."
        }
        (Work::Both, Language::FreeThreaded) => {
            "Without a GIL, threads that compute do not hold up those that wait: each runs as soon as a core is free."
        }
        (Work::Both, Language::Rust) => {
            "Rust’s threads that compute do not hold up those that wait: each runs as soon as a core is free."
        }
    }];
    reasons.extend(match (model, many) {
        (Model::Threads, _) => Some(
            "For a handful, a thread each is the simplest program: it reads from top to bottom, and a library that \
             blocks does no harm.",
        ),
        (Model::Tasks, Many::Few) => Some(
            "Tasks change what they share on one thread: between two awaits nothing else runs, so most locks are not \
             needed.",
        ),
        (Model::Tasks | Model::TasksWithThreads | Model::TasksWithProcesses, Many::Hundreds | Many::Thousands) => Some(
            "A task is a small object on one thread, so thousands of them are nothing special; as many threads would \
             need a stack each, and the system would have to switch between them.",
        ),
        (Model::TasksWithProcesses, Many::Few) => Some(
            "The tasks stay in one process and change what they share there, without a lock; the pool gets only what it \
             needs to compute.",
        ),
        (Model::ProcessPool, Many::Few) if work == Work::Both => {
            Some("For a handful, one process does the waiting and the computing of a piece of work: no second model.")
        }
        (_, Many::Few) => None,
        (_, Many::Hundreds | Many::Thousands) => Some(
            "More pieces than cores wait in line, whatever you do: a pool of one worker for each core takes one after \
             the other, and starts each worker once.",
        ),
    });
    let apart = matches!(model, Model::ProcessPool | Model::SharedMemory | Model::TasksWithProcesses);
    reasons.extend(match (apart, data) {
        (true, Data::Much) => Some(
            "What goes to a process is packed, copied and unpacked, and megabytes of it may cost more than the work. \
             Shared memory is written once and read where it lies.",
        ),
        (false, Data::Much) => Some("They share memory: however large the data is, nothing is copied to hand it over."),
        (_, Data::Little) => None,
    });
    reasons.extend((model == Model::SharedMemory && shared == Shared::Often).then_some(
        "Processes share nothing by themselves, and a message for each change would cost more than the change. In shared \
         memory they change numbers where they lie.",
    ));
    reasons
}

fn cautions(answers: &Answers, model: Model) -> Vec<&'static str> {
    let Answers { many, shared, data, language, .. } = *answers;
    let mut cautions = Vec::new();
    if matches!(model, Model::Tasks | Model::TasksWithThreads | Model::TasksWithProcesses) {
        cautions.push(
            "A task that computes for long, or calls a library that blocks, keeps all others waiting: hand such calls to \
             a thread or a process.",
        );
    }
    let threads = matches!(model, Model::Threads | Model::ThreadPool | Model::TasksWithThreads);
    match shared {
        Shared::None => {}
        _ if threads && language == Language::Gil => cautions.push(
            "What threads change together needs a lock, with a GIL too: to read, to add and to write back are three \
             steps, and another thread may come between.",
        ),
        _ if threads && language == Language::FreeThreaded => cautions.push(
            "What threads change together needs a lock, and without a GIL a missing one shows sooner: they really run at \
             the same time.",
        ),
        _ if threads => cautions.push(
            "What threads change together stands in a Mutex or an atomic number; Rust does not let you forget it. It does \
             let you wait too long, or in a ring.",
        ),
        Shared::Some if model == Model::ProcessPool => cautions.push(
            "Processes share nothing: let each return what it found and put it together in the parent, or ask a manager.",
        ),
        _ if model == Model::SharedMemory => cautions.push(
            "Two processes that change the same number need a lock too, as threads do.",
        ),
        _ => {}
    }
    if shared == Shared::Often && threads {
        cautions.push(
            "Whoever waits for a lock does nothing else. Give each thread a part of its own, and put the parts together \
             at the end.",
        );
    }
    if model == Model::Tasks && shared != Shared::None {
        cautions.push("A change that goes on over an await is no single step any more: there a lock is needed, also between tasks.");
    }
    if model == Model::TasksWithProcesses && data == Data::Much {
        cautions
            .push("If packing takes longer than the work, keep the data in the processes and send only where to look.");
    }
    if model == Model::Tasks && many == Many::Thousands {
        cautions.push("Thousands at once may be too many for the other side: a semaphore bounds how many go on.");
    }
    cautions
}

const fn demo(id: &'static str, params: &'static [(&'static str, &'static str)], shows: &'static str) -> DemoLink {
    DemoLink { id, params, shows }
}

fn demos(answers: &Answers, model: Model) -> Vec<DemoLink> {
    let mut demos = match model {
        Model::Threads => vec![
            demo("thread-start-join", &[("threads", "5")], "the waits of five threads overlap"),
            demo("thread-pool-submit", &[], "a few threads that are used again and again"),
        ],
        Model::ThreadPool => {
            vec![demo("thread-pool-map", &[], "a pool takes one piece after the other, and keeps their order")]
        }
        Model::ProcessPool => vec![
            demo("process-pool-map", &[], "sums one after the other, and in a pool of processes"),
            demo("process-fibonacci", &[], "pieces of different length share the workers"),
        ],
        Model::SharedMemory => vec![
            demo("shared-array", &[("length", "1000")], "processes change numbers where they lie"),
            demo("shared-value", &[], "processes add to one number, with a lock and without"),
        ],
        Model::Tasks => vec![
            demo("sequential-gather", &[("tasks", "20")], "twenty waits one after the other, and gathered"),
            demo("async-semaphore", &[], "many tasks, few of them at once"),
            demo("slow-callback", &[], "a task that computes keeps all others waiting"),
        ],
        Model::TasksWithThreads => vec![
            demo("to-thread", &[("where", "thread")], "a thread computes, and the loop goes on"),
            demo("slow-callback", &[], "what happens without one"),
        ],
        Model::TasksWithProcesses => vec![
            demo("to-thread", &[("where", "process")], "a process computes, and the loop goes on"),
            demo("slow-callback", &[], "what happens without one"),
        ],
    };
    let apart = matches!(model, Model::ProcessPool | Model::SharedMemory | Model::TasksWithProcesses);
    if answers.language == Language::Gil && answers.work != Work::Io {
        demos.push(demo("gil", &[], "threads that compute take turns under a GIL, and run at once without it"));
    }
    match answers.shared {
        Shared::None => {}
        _ if model == Model::Tasks => demos.push(demo("async-lock", &[], "when tasks need a lock")),
        _ if apart => demos.push(demo("manager", &[], "what it costs to ask another process for each change")),
        _ => demos.push(demo("counter-race", &[("lock", "off")], "updates that are lost without a lock")),
    }
    if answers.data == Data::Much && apart {
        demos.push(demo("pipe", &[("messages", "5"), ("size", "1000000")], "a megabyte, packed, copied and unpacked"));
    }
    demos
}

/// The runs that give figures for these answers. Of each group, the first that can run in the page is used.
pub fn trials(answers: &Answers) -> Vec<&'static [Trial]> {
    const fn trial(demo: DemoLink, measure: Option<Measure>) -> Trial {
        Trial { demo, measure }
    }
    // Tasks run even where threads cannot start.
    const WAITS: &[Trial] = &[
        trial(
            demo("compare-io", &[("tasks", "5"), ("delay", "100")], "Five waits of 100 ms, in each model"),
            Some(Measure::Wall),
        ),
        trial(
            demo("sequential-gather", &[("tasks", "5"), ("delay", "100")], "Five waits of 100 ms, alone and gathered"),
            None,
        ),
    ];
    const WORK: &[Trial] = &[trial(
        demo(
            "compare-cpu",
            &[("tasks", "4"), ("n", "50000000")],
            "Four sums of fifty million square roots, in each model",
        ),
        Some(Measure::Wall),
    )];
    const BOTH: &[Trial] = &[trial(
        demo("compare-mixed", &[], "Jobs that wait beside jobs that compute, in each model"),
        Some(Measure::Wall),
    )];
    const CHANGES: &[Trial] = &[trial(
        demo(
            "sync-cost",
            &[("increments", "200000"), ("handoffs", "1000"), ("starts", "1")],
            "A locked increment, in each model",
        ),
        Some(Measure::Increment),
    )];
    const BYTES: &[Trial] =
        &[trial(demo("pipe", &[("messages", "5"), ("size", "1000000")], "A megabyte to a process and back"), None)];
    let mut trials = vec![match answers.work {
        Work::Io => WAITS,
        Work::Cpu => WORK,
        Work::Both => BOTH,
    }];
    if answers.shared != Shared::None {
        trials.push(CHANGES);
    }
    if answers.data == Data::Much {
        trials.push(BYTES);
    }
    trials
}

impl DemoLink {
    /// The run that it leads to; `None` if there is no such demo, or it has no such parameters.
    pub fn spec(&self) -> Option<RunSpec> {
        let mut spec = RunSpec::new(&Demo::find(self.id)?.program);
        for (name, text) in self.params {
            spec.values.set(spec.program, name, text).ok()?;
        }
        Some(spec)
    }
}
