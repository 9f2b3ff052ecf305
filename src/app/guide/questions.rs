//! What the guide asks, the possible answers, and answers in an address.

/// What the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// It waits.
    #[default]
    Io,
    /// It computes.
    Cpu,
    /// It does both.
    Both,
}

/// How many pieces of work there are at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Many {
    /// A handful.
    #[default]
    Few,
    /// A few hundred.
    Hundreds,
    /// Thousands.
    Thousands,
}

/// Whether they change the same data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shared {
    /// No.
    #[default]
    None,
    /// Now and then.
    Some,
    /// All the time.
    Often,
}

/// How much data is sent to them and comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Data {
    /// Numbers, short texts.
    #[default]
    Little,
    /// Megabytes.
    Much,
}

/// What the program is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Python with an interpreter lock.
    #[default]
    Gil,
    /// Python without.
    FreeThreaded,
    /// Rust.
    Rust,
}

/// What to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// A thread for each piece of work.
    Threads,
    /// As many threads as there are cores.
    ThreadPool,
    /// As many processes as there are cores.
    ProcessPool,
    /// Processes with shared memory.
    SharedMemory,
    /// Tasks on an event loop.
    Tasks,
    /// Tasks that hand their computing to threads.
    TasksWithThreads,
    /// Tasks that hand their computing to processes.
    TasksWithProcesses,
}

/// The reader's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What the work is.
    pub work: Work,
    /// How many pieces of it.
    pub many: Many,
    /// Whether they share what they change.
    pub shared: Shared,
    /// How much data is passed.
    pub data: Data,
    /// The language.
    pub language: Language,
}

/// A question.
pub struct Question {
    /// Its name in addresses.
    pub name: &'static str,
    /// What is asked.
    pub text: &'static str,
    /// The possible answers: the name in addresses, the answer, and what it means.
    pub options: &'static [[&'static str; 3]],
}

/// All questions, in their order. Options are in the order of their types' variants.
pub static QUESTIONS: [Question; 5] = [
    Question {
        name: "work",
        text: "What does each piece of work do most of the time?",
        options: &[
            ["io", "It waits", "for the network, a disk, a database, a timer"],
            ["cpu", "It computes", "numbers, images, parsing, compressing"],
            ["both", "Both", "it waits for something, then computes with it"],
        ],
    },
    Question {
        name: "many",
        text: "How many pieces are under way at the same time?",
        options: &[
            ["few", "A handful", "up to about twenty"],
            ["hundreds", "Hundreds", "such as downloads, or rows of a table"],
            ["thousands", "Thousands", "such as open connections"],
        ],
    },
    Question {
        name: "shared",
        text: "Do they change the same data?",
        options: &[
            ["none", "No", "each has its own"],
            ["some", "Now and then", "such as a counter, a cache"],
            ["often", "All the time", "nearly every step reads and changes it"],
        ],
    },
    Question {
        name: "data",
        text: "How much data goes to each piece, and comes back?",
        options: &[
            ["little", "Little", "numbers, names, short texts"],
            ["much", "Much", "megabytes: images, tables, arrays"],
        ],
    },
    Question {
        name: "language",
        text: "What is the program written in?",
        options: &[
            ["python", "Python", "the usual one, with a GIL"],
            ["free-threaded", "Free-threaded Python", "3.13t and later, without a GIL"],
            ["rust", "Rust", "or another language with real threads"],
        ],
    },
];

impl Answers {
    const WORK: [Work; 3] = [Work::Io, Work::Cpu, Work::Both];
    const MANY: [Many; 3] = [Many::Few, Many::Hundreds, Many::Thousands];
    const SHARED: [Shared; 3] = [Shared::None, Shared::Some, Shared::Often];
    const DATA: [Data; 2] = [Data::Little, Data::Much];

    /// Every answer to every question.
    pub fn all() -> impl Iterator<Item = Answers> {
        let counts: Vec<usize> = QUESTIONS.iter().map(|question| question.options.len()).collect();
        (0..counts.iter().product()).map(move |mut number: usize| {
            let mut answers = Answers::default();
            for (at, count) in counts.iter().enumerate() {
                answers.choose(at, number % count);
                number /= count;
            }
            answers
        })
    }

    /// Which option of a question is chosen, by their positions.
    pub fn chosen(&self, question: usize) -> usize {
        [self.work as usize, self.many as usize, self.shared as usize, self.data as usize, self.language as usize]
            [question]
    }

    /// Chooses an option of a question, by their positions.
    ///
    /// # Panics
    /// If there is no such question or option.
    pub fn choose(&mut self, question: usize, option: usize) {
        match question {
            0 => self.work = Answers::WORK[option],
            1 => self.many = Answers::MANY[option],
            2 => self.shared = Answers::SHARED[option],
            3 => self.data = Answers::DATA[option],
            _ => self.language = Language::ALL[option],
        }
    }

    /// Chooses an option by the names of an address.
    ///
    /// # Errors
    /// A sentence, if there is no such question or option; then nothing has changed.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(at) = QUESTIONS.iter().position(|question| question.name == name) else {
            let names: Vec<_> = QUESTIONS.iter().map(|question| format!("“{}”", question.name)).collect();
            return Err(format!("The guide asks nothing called “{name}”; it asks for {}.", names.join(", ")));
        };
        let names = QUESTIONS[at].options.iter().map(|option| option[0]);
        let Some(option) = names.clone().position(|name| name == text.trim()) else {
            let names = names.collect::<Vec<_>>().join(", ");
            return Err(format!("“{name}” must be one of {names}, and “{text}” is not."));
        };
        self.choose(at, option);
        Ok(())
    }

    /// The address of the guide with these answers, from `#` on.
    pub fn write(&self) -> String {
        let pairs = QUESTIONS
            .iter()
            .enumerate()
            .map(|(at, question)| format!("{}={}", question.name, question.options[self.chosen(at)][0]));
        format!("#/choose?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::Gil, Language::FreeThreaded, Language::Rust];

    /// In a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Language::Gil => "Python with a GIL",
            Language::FreeThreaded => "Python without a GIL",
            Language::Rust => "Rust",
        }
    }
}

impl Model {
    /// All of them.
    pub const ALL: [Model; 7] = [
        Model::Threads,
        Model::ThreadPool,
        Model::ProcessPool,
        Model::SharedMemory,
        Model::Tasks,
        Model::TasksWithThreads,
        Model::TasksWithProcesses,
    ];

    /// In a few words.
    pub fn name(self) -> &'static str {
        match self {
            Model::Threads => "threads, one for each piece of work",
            Model::ThreadPool => "a pool of threads, one for each core",
            Model::ProcessPool => "a pool of processes, one for each core",
            Model::SharedMemory => "processes that share a piece of memory",
            Model::Tasks => "tasks on one event loop",
            Model::TasksWithThreads => "tasks, with a pool of threads behind them",
            Model::TasksWithProcesses => "tasks, with a pool of processes behind them",
        }
    }

    /// What it is called in a language.
    pub fn tools(self, language: Language) -> &'static str {
        match (self, language) {
            (Model::Threads, Language::Rust) => "std::thread::scope, or std::thread::spawn",
            (Model::Threads, _) => "threading.Thread, or concurrent.futures.ThreadPoolExecutor",
            (Model::ThreadPool, Language::Rust) => "rayon: par_iter, or its scope",
            (Model::ThreadPool, _) => "concurrent.futures.ThreadPoolExecutor",
            (Model::ProcessPool, Language::Rust) => "std::process::Command",
            (Model::ProcessPool, _) => "concurrent.futures.ProcessPoolExecutor, or multiprocessing.Pool",
            (Model::SharedMemory, Language::Rust) => "a memory-mapped file",
            (Model::SharedMemory, _) => "multiprocessing.Value and Array, or multiprocessing.shared_memory",
            (Model::Tasks, Language::Rust) => "async and await, with a runtime such as tokio",
            (Model::Tasks, _) => "asyncio: async, await, TaskGroup or gather",
            (Model::TasksWithThreads, Language::Rust) => "tokio, with rayon or spawn_blocking for what computes",
            (Model::TasksWithThreads, _) => "asyncio, with asyncio.to_thread",
            (Model::TasksWithProcesses, Language::Rust) => "tokio, with tokio::process",
            (Model::TasksWithProcesses, _) => "asyncio, with loop.run_in_executor and a ProcessPoolExecutor",
        }
    }
}
