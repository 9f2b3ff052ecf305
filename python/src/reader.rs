//! The reader's file: on which of its lines a lane is, and which names it gives to what it makes.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextRange};
use rustpython_vm::VirtualMachine;
use rustpython_vm::frame::frame_at_offset;
use weft::trace::{FileId, Site};

/// The name of the reader's file, in tracebacks and in the trace.
pub(crate) use weft::program::write::FILE;

/// It is the first file that a run defines.
pub(crate) const FILE_ID: FileId = FileId(0);

/// The program's lines.
static SOURCE: OnceLock<Vec<String>> = OnceLock::new();

/// The names that the program gives.
static NAMES: OnceLock<Names> = OnceLock::new();

/// What is made on a line is called this.
type Names = HashMap<u32, String>;

/// From now on lines are those of this source.
pub(crate) fn read(source: &str) {
    SOURCE.get_or_init(|| source.lines().map(str::to_owned).collect());
}

/// From now on things are called as in this source, which has been compiled: so it is not nested too deep to be parsed.
pub(crate) fn read_names(source: &str) {
    NAMES.get_or_init(|| names(source));
}

/// The text of a line, by its number from 1.
pub(crate) fn line_at(number: u32) -> Option<&'static str> {
    SOURCE.get()?.get((number as usize).checked_sub(1)?).map(String::as_str)
}

/// The line of the reader's file that has led here, through whatever library; `None` if there is none.
pub(crate) fn site(vm: &VirtualMachine) -> Option<Site> {
    line(vm).map(|line| Site::Line { file: FILE_ID, line })
}

fn line(vm: &VirtualMachine) -> Option<u32> {
    let frames = (0..).map_while(|at| frame_at_offset(at, vm));
    let frame = frames.into_iter().find(|frame| frame.f_code().source_path().as_str() == FILE)?;
    u32::try_from(frame.lineno()).ok()
}

/// The name of something that the reader's own code makes now; `None` if a library makes it for itself.
pub(crate) fn named(kind: &str, vm: &VirtualMachine) -> Option<String> {
    runs_now(vm).then(|| name_of(kind, vm))
}

/// The reader's name for something that is made now, else its kind and number: `lock 2`.
pub(crate) fn name_of(kind: &str, vm: &VirtualMachine) -> String {
    static NUMBERS: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);
    name(vm).unwrap_or_else(|| {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.get_or_insert_default().entry(kind.to_owned()).or_default();
        *number += 1;
        format!("{kind} {number}")
    })
}

/// What the reader calls something that is made now: a name, if the statement gives one.
fn name(vm: &VirtualMachine) -> Option<String> {
    NAMES.get()?.get(&line(vm)?).cloned()
}

/// Whether the code that runs now is the reader's own, not that of a library it has called.
pub(crate) fn runs_now(vm: &VirtualMachine) -> bool {
    frame_at_offset(0, vm).is_some_and(|frame| frame.f_code().source_path().as_str() == FILE)
}

/// Finds the assignments of a source. One that cannot be parsed has none; it does not run either.
fn names(source: &str) -> Names {
    let Ok(parsed) = ruff_python_parser::parse_module(source) else { return Names::new() };
    let mut finder = Finder { lines: LineIndex::from_source_text(source), names: Names::new(), classes: Vec::new() };
    finder.visit_body(&parsed.syntax().body);
    finder.names
}

struct Finder<'a> {
    lines: LineIndex,
    names: Names,
    /// The classes around the statement, innermost last.
    classes: Vec<&'a str>,
}

impl Finder<'_> {
    fn called(&mut self, name: String, range: TextRange) {
        let line = |offset| u32::try_from(self.lines.line_index(offset).get()).unwrap_or(u32::MAX);
        for line in line(range.start())..=line(range.end()) {
            self.names.insert(line, name.clone());
        }
    }

    /// `lock`, `account.lock`; for `self.lock`, what class it is of: `Account.lock`.
    fn name_of(&self, target: &Expr) -> Option<String> {
        match target {
            Expr::Name(name) => Some(name.id.to_string()),
            Expr::Attribute(attribute) => {
                let of = self.name_of(&attribute.value)?;
                let of = match self.classes.last() {
                    Some(class) if of == "self" || of == "cls" => (*class).to_owned(),
                    _ => of,
                };
                Some(format!("{of}.{}", attribute.attr))
            }
            Expr::Subscript(subscript) => self.name_of(&subscript.value),
            _ => None,
        }
    }
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                if let [target] = &assign.targets[..]
                    && let Some(name) = self.name_of(target)
                {
                    self.called(name, assign.value.range());
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Some(name), Some(value)) = (self.name_of(&assign.target), &assign.value) {
                    self.called(name, value.range());
                }
            }
            Stmt::With(with) => {
                for item in &with.items {
                    if let Some(name) = item.optional_vars.as_ref().and_then(|target| self.name_of(target)) {
                        self.called(name, item.context_expr.range());
                    }
                }
            }
            _ => {}
        }
        if let Stmt::ClassDef(StmtClassDef { name, .. }) = statement {
            self.classes.push(name.as_str());
            walk_stmt(self, statement);
            self.classes.pop();
        } else {
            walk_stmt(self, statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_called_as_they_are_assigned() {
        let source = "import threading\n\
                      lock = threading.Lock()\n\
                      forks = [\n    threading.Lock()\n    for _ in range(5)\n]\n\
                      class Account:\n    def __init__(self):\n        self.lock = threading.Lock()\n\
                      account.ready: threading.Event = threading.Event()\n\
                      a, b = threading.Lock(), threading.Lock()\n\
                      with ThreadPoolExecutor() as pool:\n    pass\n";
        let mut names: Vec<_> = names(source).into_iter().collect();
        names.sort();
        let names: Vec<_> = names.iter().map(|(line, name)| (*line, name.as_str())).collect();
        let expected = [
            (2, "lock"),
            (3, "forks"),
            (4, "forks"),
            (5, "forks"),
            (6, "forks"),
            (9, "Account.lock"),
            (10, "account.ready"),
            (12, "pool"),
        ];
        assert_eq!(names, expected);
    }
}
