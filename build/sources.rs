//! The demos' sources, highlighted, for the code panel.
//!
//! What it shows is the part of a demo's file between two marker lines, with the line numbers of the file, so that the
//! trace's source lines point into it. A demo without its markers or its Python twin fails the build.

use std::cell::LazyCell;
use std::fs;
use std::path::Path;

use syntect::easy::ScopeRegionIterator;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::{build_id, collect, hash, slashed};

const DEMOS: &str = "src/demos";
/// What the page fetches. Trunk takes it from here (`Trunk.toml`); it knows no `OUT_DIR`.
const SOURCES: &str = "target/sources.txt";
/// Highlighted sources, by what they were made from.
const HIGHLIGHTED: &str = "target/highlighted";
const BEGIN: &str = "weft:begin";
const END: &str = "weft:end";
/// After the name of a twin: the part that calls its program, as plain text.
const CALL: &str = "#call";
/// What stands beside the demos and is none.
const NO_DEMOS: [&str; 4] = ["mod.rs", "common.rs", "demo.rs", "observe.rs"];
const JUDGES: &str = "src/demos/judges";

/// Writes the file that the page fetches.
///
/// # Errors
/// A sentence, if a demo lacks something or the file cannot be written.
pub fn make() -> Result<(), String> {
    println!("cargo:rerun-if-changed={SOURCES}");
    write(&sources()?).map_err(|error| format!("cannot write {SOURCES}: {error}"))
}

/// Writes the sources, as of a time at which cargo will not take them for a change of what it built.
fn write(sources: &str) -> std::io::Result<()> {
    let path = Path::new(SOURCES);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, sources)?;
    fs::File::options().write(true).open(path)?.set_modified(fs::metadata("Cargo.toml")?.modified()?)
}

/// What `src/app/sources.rs` reads.
fn sources() -> Result<String, String> {
    let mut files = Vec::new();
    collect(Path::new(DEMOS), ".rs", &mut files);
    files.retain(|path| !path.starts_with(JUDGES) && !NO_DEMOS.iter().any(|name| path.ends_with(name)));
    let highlighter = LazyCell::new(Highlighter::new);
    let mut all = format!("{:016x}\n", build_id());
    for path in files {
        let file = slashed(&path);
        let text = read(&path)?;
        let (first, last) = shown_part("//", &file, &text)?;
        all += &kept(&text, || highlighter.highlight("Rust", &file, &text, first, last))?;
        let twin = path.with_extension("py");
        if !twin.is_file() {
            return Err(format!("{file} has no Python twin: write the same program as {}.", slashed(&twin)));
        }
        let (file, text) = (slashed(&twin), read(&twin)?);
        let (first, last) = shown_part("#", &file, &text)?;
        all += &kept(&text, || highlighter.highlight("Python", &file, &text, first, last))?;
        // What calls the program, for whoever runs it as it stands; not shown.
        let call = text.split_once(&format!("# {END}")).map_or("", |(_, call)| call.trim_start());
        all += &format!("\x1e{file}{CALL} 1\n{call}");
    }
    Ok(all)
}

/// What was made of this text the last time, or is made of it now. Build scripts are not optimised, and this one runs
/// whenever a file of the program has changed.
fn kept(text: &str, make: impl Fn() -> Result<String, String>) -> Result<String, String> {
    let makers = ["build/sources.rs", "Cargo.lock"].map(|path| fs::read(path).unwrap_or_default());
    let path = Path::new(HIGHLIGHTED).join(format!("{:016x}", hash(makers.into_iter().chain([text.into()]))));
    if let Ok(made) = fs::read_to_string(&path) {
        return Ok(made);
    }
    let made = make()?;
    // Whole or not at all, since two builds may run beside each other.
    let unfinished = path.with_extension(std::process::id().to_string());
    let written = fs::create_dir_all(HIGHLIGHTED)
        .and_then(|()| fs::write(&unfinished, &made))
        .and_then(|()| fs::rename(&unfinished, &path));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(made)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", slashed(path)))
}

/// First and last line between the markers, from 1, without blank lines at either end. `comment` begins a comment.
fn shown_part(comment: &str, file: &str, text: &str) -> Result<(usize, usize), String> {
    let marker = |word| {
        let wanted = format!("{comment} {word}");
        let mut found = text.lines().enumerate().filter(|(_, line)| line.trim() == wanted).map(|(at, _)| at + 1);
        match (found.next(), found.next()) {
            (Some(line), None) => Ok(line),
            (None, _) => Err(format!(
                "{file} has no line “{wanted}”: what readers see of a demo stands between “{comment} {BEGIN}” and \
                 “{comment} {END}”."
            )),
            (Some(_), Some(line)) => Err(format!("{file} has a second line “{wanted}”, line {line}.")),
        }
    };
    let (mut first, mut last) = (marker(BEGIN)? + 1, marker(END)?.saturating_sub(1));
    let lines: Vec<_> = text.lines().collect();
    while first <= last && lines[first - 1].trim().is_empty() {
        first += 1;
    }
    while first <= last && lines[last - 1].trim().is_empty() {
        last -= 1;
    }
    if first > last {
        return Err(format!("{file} shows nothing between its lines “{comment} {BEGIN}” and “{comment} {END}”."));
    }
    Ok((first, last))
}

struct Highlighter {
    syntaxes: SyntaxSet,
    classes: Vec<(Scope, &'static str)>,
}

impl Highlighter {
    fn new() -> Highlighter {
        // The first that fits the innermost scope counts, so the exceptions come first.
        let classes = [
            ("comment", "c"),
            ("string", "s"),
            ("constant.character", "s"),
            ("constant.numeric", "n"),
            ("constant.language", "n"),
            ("keyword.operator.word", "k"),
            ("keyword.operator.logical.python", "k"),
            ("keyword.operator", ""),
            ("keyword", "k"),
            ("storage.type.numeric", "n"),
            ("storage", "k"),
            ("support.macro", "f"),
            ("support.function", "f"),
            ("entity.name.function", "f"),
            ("variable.function", "f"),
            ("entity.name", "t"),
            ("support.type", "t"),
            ("support.class", "t"),
            ("entity.other", "t"),
            ("variable.language", "k"),
            ("variable.annotation", "a"),
            ("meta.annotation", "a"),
        ];
        Highlighter {
            syntaxes: SyntaxSet::load_defaults_newlines(),
            classes: classes
                .into_iter()
                .map(|(scope, class)| (Scope::new(scope).expect("a scope from the list above"), class))
                .collect(),
        }
    }

    /// The lines `first` to `last` of a file. The text before them is read too, for its context. `src/app/sources.rs`
    /// says how tokens are marked.
    fn highlight(&self, language: &str, file: &str, text: &str, first: usize, last: usize) -> Result<String, String> {
        let syntax: &SyntaxReference =
            self.syntaxes.find_syntax_by_name(language).ok_or_else(|| format!("no syntax for {language}"))?;
        let mut state = ParseState::new(syntax);
        let mut stack = ScopeStack::new();
        let mut marked = String::new();
        for (at, line) in text.lines().enumerate().take(last) {
            let line = format!("{line}\n");
            let ops = state.parse_line(&line, &self.syntaxes).map_err(|error| format!("{file}:{}: {error}", at + 1))?;
            let mut tokens: Vec<(&'static str, String)> = Vec::new();
            for (token, op) in ScopeRegionIterator::new(&ops, &line) {
                stack.apply(op).map_err(|error| format!("{file}:{}: {error}", at + 1))?;
                let token = token.trim_end_matches('\n');
                if token.is_empty() {
                    continue;
                }
                match self.class(&stack) {
                    "" if language == "Rust" => words(token).for_each(|word| push(&mut tokens, word_class(word), word)),
                    class => push(&mut tokens, class, token),
                }
            }
            if at + 1 >= first {
                tokens.iter().for_each(|(class, token)| marked.extend([mark(class), token.clone()]));
                marked.push('\n');
            }
        }
        Ok(format!("\x1e{file} {first}\n{marked}"))
    }

    fn class(&self, stack: &ScopeStack) -> &'static str {
        stack
            .as_slice()
            .iter()
            .rev()
            .find_map(|scope| self.classes.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)))
            .map_or("", |(_, class)| class)
    }
}

/// Appends a token, to the last one if it looks the same; blanks look the same in every class.
fn push(tokens: &mut Vec<(&'static str, String)>, class: &'static str, token: &str) {
    match tokens.last_mut() {
        Some((same, before)) if *same == class || token.trim().is_empty() => before.push_str(token),
        _ => tokens.push((class, token.to_owned())),
    }
}

/// Cuts text into words and what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let of_word = |char: char| char.is_alphanumeric() || char == '_';
    text.split_inclusive(move |char| !of_word(char)).flat_map(move |part| {
        let end = part.find(|char| !of_word(char)).unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        [word, rest]
    })
}

/// What the syntax, older than these words' use, does not know.
fn word_class(word: &str) -> &'static str {
    match word {
        "async" | "await" | "crate" | "dyn" | "self" | "super" => "k",
        _ if word.starts_with(|char: char| char.is_ascii_uppercase()) => "t",
        _ => "",
    }
}

/// What stands before a token of this class.
fn mark(class: &str) -> String {
    let letter = class.bytes().next().unwrap_or(b'@');
    char::from(letter & 0x1f).to_string()
}
