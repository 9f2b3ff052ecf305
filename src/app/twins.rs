//! Which lines of a program and of its twin in the other language say the same, so that both can be lit.
//!
//! Lines correspond if they share most of their words, those that name what lanes do above all, in the same order in both
//! files. Where no line of the twin is like one, none is lit: better nothing than the wrong line. Knows only text.

use std::collections::{BTreeMap, HashMap};

/// Words that say nothing about what a line does, in either language.
const EMPTY: [&str; 61] = [
    "let",
    "mut",
    "fn",
    "self",
    "clone",
    "move",
    "async",
    "await",
    "pub",
    "const",
    "ref",
    "if",
    "else",
    "for",
    "in",
    "of",
    "return",
    "def",
    "none",
    "some",
    "ok",
    "err",
    "true",
    "false",
    "u",
    "usize",
    "i",
    "str",
    "string",
    "unwrap",
    "expect",
    "into",
    "iter",
    "collect",
    "vec",
    "new",
    "push",
    "append",
    "the",
    "is",
    "a",
    "to",
    "as",
    "at",
    "and",
    "or",
    "not",
    "be",
    "it",
    "time",
    "asyncio",
    "threading",
    "duration",
    "from",
    "millis",
    "scope",
    "held",
    "guard",
    "drop",
    "each",
    "try",
];

/// Words for what lanes do: where lanes wait, and so most of what tells one line from another.
const VERBS: [&str; 16] = [
    "sleep", "join", "get", "put", "wait", "recv", "send", "hold", "release", "notify", "gather", "shutdown", "result",
    "map", "submit", "cancel",
];

/// How much more such a word counts than another.
const VERB_WEIGHT: f64 = 3.0;

/// How alike two lines must be at least, from 0 to 1.
const ALIKE: f64 = 0.3;

/// The same for lines that are not in the same order on both sides.
const ALIKE_ALONE: f64 = 0.6;

/// For lines of one program, by their places in it, those of its twin that say the same.
pub fn correspondence(program: &str, twin: &str) -> BTreeMap<usize, usize> {
    let [program, twin] = [program, twin].map(|text| text.lines().map(words).collect::<Vec<_>>());
    let mut lines_with: HashMap<&str, usize> = HashMap::new();
    for word in program.iter().chain(&twin).flat_map(BTreeMap::keys) {
        *lines_with.entry(word).or_default() += 1;
    }
    let lines = (program.len() + twin.len()) as f64;
    let weight = |word: &str| {
        let rare = (1.0 + lines / lines_with[word] as f64).ln();
        if VERBS.contains(&word) { rare * VERB_WEIGHT } else { rare }
    };
    let likeness: Vec<Vec<f64>> =
        program.iter().map(|one| twin.iter().map(|other| alike(one, other, &weight)).collect()).collect();
    let (mut left, mut left_of_twin) = (Vec::from_iter(0..program.len()), Vec::from_iter(0..twin.len()));
    let mut pairs = BTreeMap::new();
    let mut least = ALIKE;
    loop {
        let found = align(&left, &left_of_twin, &likeness, least);
        if found.is_empty() {
            return pairs;
        }
        left.retain(|line| !found.contains_key(line));
        left_of_twin.retain(|line| found.values().all(|paired| paired != line));
        pairs.extend(found);
        // What is left may stand in another order, such as a closure that is a function of its own in the twin. Without
        // the order to go by, lines must be more alike.
        least = ALIKE_ALONE;
    }
}

/// The pairs of lines, in the same order on both sides, that are the most alike together, and each at least so much.
fn align(program: &[usize], twin: &[usize], likeness: &[Vec<f64>], least: f64) -> BTreeMap<usize, usize> {
    // The best that can be had of the lines from each pair of places on.
    let mut best = vec![vec![0.0_f64; twin.len() + 1]; program.len() + 1];
    for one in (0..program.len()).rev() {
        for other in (0..twin.len()).rev() {
            let paired = likeness[program[one]][twin[other]];
            let with = if paired >= least { paired + best[one + 1][other + 1] } else { 0.0 };
            best[one][other] = with.max(best[one + 1][other]).max(best[one][other + 1]);
        }
    }
    let (mut one, mut other) = (0, 0);
    let mut pairs = BTreeMap::new();
    while one < program.len() && other < twin.len() {
        if best[one][other] == best[one + 1][other] {
            one += 1;
        } else if best[one][other] == best[one][other + 1] {
            other += 1;
        } else {
            pairs.insert(program[one], twin[other]);
            (one, other) = (one + 1, other + 1);
        }
    }
    pairs
}

/// How alike two lines are: the weight of the words that both have, as a part of all their words'.
fn alike(one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>, weight: &impl Fn(&str) -> f64) -> f64 {
    let times = |words: &BTreeMap<String, usize>, word: &str| words.get(word).copied().unwrap_or_default();
    let (mut both, mut all) = (0.0, 0.0);
    for word in one.keys().chain(other.keys().filter(|word| !one.contains_key(*word))) {
        let (here, there) = (times(one, word), times(other, word));
        both += weight(word) * here.min(there) as f64;
        all += weight(word) * here.max(there) as f64;
    }
    if all > 0.0 { both / all } else { 0.0 }
}

/// The words of a line and how often it has each: `spawn_daemon` and `SharedCell` are two each; comments have none.
fn words(line: &str) -> BTreeMap<String, usize> {
    let code = line.split("//").next().unwrap_or_default();
    let code = code.split("# ").next().unwrap_or_default();
    let mut words = BTreeMap::new();
    let mut word = String::new();
    let mut before = ' ';
    for char in code.chars().chain([' ']) {
        let begins = char.is_uppercase() && !before.is_uppercase() || char.is_ascii_digit() != before.is_ascii_digit();
        if (begins || !char.is_alphanumeric()) && !word.is_empty() {
            let name = match std::mem::take(&mut word).as_str() {
                // Python's `with lock:` is what `hold` is here.
                "with" | "acquire" => "hold".to_owned(),
                other => other.to_owned(),
            };
            if !EMPTY.contains(&name.as_str()) {
                *words.entry(name).or_default() += 1;
            }
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
        }
        before = char;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::sources::Sources;
    use crate::demos::Demo;

    const RUST: &str = "\
let counter = SharedCell::new(\"counter\", 0);
for number in 1..=threads {
    let worker = spawn(format!(\"worker-{number}\"), move || {
        let _held = lock.hold();
        sleep(delay); // A while.
    });
}
worker.join();
print(\"done\");";
    const PYTHON: &str = "\
def work():
    with lock:
        time.sleep(delay)

for number in range(threads):
    worker = threading.Thread(target=work)
worker.join()
print(\"done\")";

    #[test]
    fn lines_that_do_the_same_correspond_in_order() {
        let pairs = correspondence(RUST, PYTHON);
        assert_eq!(pairs.into_iter().collect::<Vec<_>>(), [(3, 1), (4, 2), (7, 6), (8, 7)]);
    }

    #[test]
    fn a_closure_may_be_a_function_elsewhere_in_the_twin() {
        let program =
            "worker.start();\nlet work = || {\n    queue.get();\n    sleep(delay);\n};\nworker.join();\nprint(total);";
        let twin = "def work():\n    queue.get()\n    time.sleep(delay)\n\nworker.start()\nworker.join()\nprint(total)";
        let pairs = correspondence(program, twin);
        assert_eq!(pairs.into_iter().collect::<Vec<_>>(), [(0, 4), (1, 0), (2, 1), (3, 2), (5, 5), (6, 6)]);
    }

    #[test]
    fn what_has_no_like_has_no_pair() {
        assert!(correspondence("a.wait();", "b.sleep(1)").is_empty());
        assert!(correspondence("", "x").is_empty() && correspondence("// sleep", "# sleep").is_empty());
        assert_eq!(correspondence(RUST, RUST).len(), RUST.lines().filter(|line| !words(line).is_empty()).count());
    }

    /// What lanes do is said in the same words in both languages, so most lines on which lanes wait have their like.
    #[test]
    fn waits_of_the_demos_are_found_in_their_twins() {
        let sources = Sources::read(&std::fs::read_to_string("target/sources.txt").expect("the build leaves it there"));
        let sources = sources.expect("of this build");
        for (id, rust, python) in [
            ("bounded-queue", "sleep(produce);", "time.sleep(produce)"),
            ("bounded-queue", "to_consumer.put(Some(item))?;", "to_consumer.put(item)"),
            ("counter-race", "worker.join()?;", "worker.join()"),
            ("semaphore", "sleep(hold);", "time.sleep(hold)"),
            ("bank-account", "sleep(PAUSE);", "time.sleep(PAUSE)"),
            ("condition", "shelf.changed.wait()?;", "shelf.changed.wait()"),
            ("to-thread", "sleep(TICK).await;", "await asyncio.sleep(tick_time)"),
            ("process-start-join", "sleep(delay * number);", "time.sleep(delay * number)"),
        ] {
            let demo = Demo::find(id).expect("a demo");
            let [program, twin] =
                [demo.source(), &demo.python()].map(|file| sources.of(file).expect("a source").text());
            let pairs = correspondence(&program, &twin);
            let (program, twin): (Vec<_>, Vec<_>) = (program.lines().collect(), twin.lines().collect());
            let found = program.iter().position(|line| line.contains(rust)).expect(rust);
            let told = pairs.get(&found).map(|at| twin[*at]);
            assert!(told.is_some_and(|line| line.contains(python)), "{id}: {rust} is {told:?}");
        }
    }
}
