//! The reader's file: on which of its lines a lane is, which names it gives to what it makes, and which part of an
//! expression is meant when it fails.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_source_file::{LineColumn, LineIndex};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_vm::VirtualMachine;
use rustpython_vm::frame::frame_at_offset;
use weft::trace::{FileId, Site};

/// The name of the reader's file, in tracebacks and in the trace.
pub(crate) use weft::program::write::FILE;

/// It is the first file that a run defines.
pub(crate) const FILE_ID: FileId = FileId(0);

/// The program's lines.
static SOURCE: OnceLock<Vec<String>> = OnceLock::new();

/// What the program's text tells.
static TEXT: OnceLock<Text> = OnceLock::new();

/// What is made on a line is called this.
type Names = HashMap<u32, String>;

/// The part of an expression that fails when it does: its operator, brackets or arguments. Both as a line from 1, and
/// first column and the one after the last, in characters from 0.
type Anchors = HashMap<(u32, u32, u32), (u32, u32)>;

#[derive(Default)]
struct Text {
    names: Names,
    anchors: Anchors,
}

/// From now on lines are those of this source.
pub(crate) fn read(source: &str) {
    SOURCE.get_or_init(|| source.lines().map(str::to_owned).collect());
}

/// From now on things are called as in this source, which has been compiled: so it is not nested too deep to be parsed.
pub(crate) fn read_text(source: &str) {
    TEXT.get_or_init(|| text(source));
}

/// Which columns of an expression within a line are to be marked as those that fail, if it is of a kind that has such.
pub(crate) fn anchor(line: u32, start: u32, end: u32) -> Option<(u32, u32)> {
    TEXT.get()?.anchors.get(&(line, start, end)).copied()
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
    name(vm).unwrap_or_else(|| numbered(kind))
}

/// The kind and a number, for something that was given no name.
pub(crate) fn numbered(kind: &str) -> String {
    static NUMBERS: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);
    let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    let number = numbers.get_or_insert_default().entry(kind.to_owned()).or_default();
    *number += 1;
    format!("{kind} {number}")
}

/// What the reader calls something that is made now: a name, if the statement gives one.
fn name(vm: &VirtualMachine) -> Option<String> {
    TEXT.get()?.names.get(&line(vm)?).cloned()
}

/// Whether the reader's own code has led here, through whatever library.
pub(crate) fn has_led_here(vm: &VirtualMachine) -> bool {
    line(vm).is_some()
}

/// Whether the code that runs now is the reader's own, not that of a library it has called.
pub(crate) fn runs_now(vm: &VirtualMachine) -> bool {
    frame_at_offset(0, vm).is_some_and(|frame| frame.f_code().source_path().as_str() == FILE)
}

/// Finds the assignments and expressions of a source. One that cannot be parsed has none; it does not run either.
fn text(source: &str) -> Text {
    let Ok(parsed) = ruff_python_parser::parse_module(source) else { return Text::default() };
    let lines = LineIndex::from_source_text(source);
    let mut finder = Finder { source, lines, text: Text::default(), classes: Vec::new() };
    finder.visit_body(&parsed.syntax().body);
    finder.text
}

struct Finder<'a> {
    source: &'a str,
    lines: LineIndex,
    text: Text,
    /// The classes around the statement, innermost last.
    classes: Vec<&'a str>,
}

impl Finder<'_> {
    fn called(&mut self, name: String, range: TextRange) {
        let line = |offset| u32::try_from(self.lines.line_index(offset).get()).unwrap_or(u32::MAX);
        for line in line(range.start())..=line(range.end()) {
            self.text.names.insert(line, name.clone());
        }
    }

    /// Notes which part of an expression is meant when it fails. The kinds are those of CPython's `traceback` module.
    fn anchored(&mut self, expression: &Expr) {
        let part = match expression {
            Expr::BinOp(operation) => {
                let (left, right) = (operation.left.end(), operation.right.start());
                let between = &self.source[TextRange::new(left, right)];
                let operator = operation.op.as_str();
                between.rfind(operator).map(|at| {
                    let start = left + TextSize::of(&between[..at]);
                    TextRange::at(start, TextSize::of(operator))
                })
            }
            Expr::Subscript(subscript) => Some(TextRange::new(subscript.value.end(), subscript.end())),
            Expr::Call(call) => Some(TextRange::new(call.func.end(), call.end())),
            _ => None,
        };
        let columns = |range: TextRange| {
            let [start, end] = [range.start(), range.end()].map(|at| self.lines.line_column(at, self.source));
            let column = |place: &LineColumn| u32::try_from(place.column.to_zero_indexed()).ok();
            let line = u32::try_from(start.line.get()).ok().filter(|_| start.line == end.line)?;
            Some((line, column(&start)?, column(&end)?))
        };
        if let (Some(whole), Some(part)) = (columns(expression.range()), part.and_then(columns)) {
            self.text.anchors.insert(whole, (part.1, part.2));
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

    fn visit_expr(&mut self, expression: &'a Expr) {
        self.anchored(expression);
        walk_expr(self, expression);
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
        let mut names: Vec<_> = text(source).names.into_iter().collect();
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

    #[test]
    fn the_part_that_fails_is_known() {
        let source = "x = 1 // 0\ntotal(1, é(2))\nlist()[ 3 ]\nsum(\n  1)\n";
        let mut anchors: Vec<_> = text(source).anchors.into_iter().collect();
        anchors.sort();
        let expected = [
            ((1, 4, 10), (6, 8)),
            ((2, 0, 14), (5, 14)),
            ((2, 9, 13), (10, 13)),
            ((3, 0, 6), (4, 6)),
            ((3, 0, 11), (6, 11)),
        ];
        assert_eq!(anchors, expected);
    }
}
