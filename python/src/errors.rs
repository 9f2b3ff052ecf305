//! Errors in Python's words: tracebacks that show the reader's lines, and what the page is told of the error that has
//! ended a program.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStr};
use rustpython_vm::{AsObject, PyObjectRef, VirtualMachine};
use weft::program::{ErrorReport, Place};
use weft::runtime::lane;

use crate::reader;

/// An exception with its traceback and those that led to it, as Python prints it, each of the reader's lines below its
/// number.
pub(crate) fn formatted(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let mut text = String::new();
    write(error, &mut Vec::new(), &mut text, vm);
    text
}

fn write(error: &PyBaseExceptionRef, seen: &mut Vec<usize>, text: &mut String, vm: &VirtualMachine) {
    seen.push(error.get_id());
    let hidden = || error.as_object().get_attr("__suppress_context__", vm).and_then(|hidden| hidden.try_to_bool(vm));
    let before = match error.__cause__() {
        Some(cause) => Some((cause, "The above exception was the direct cause of the following exception:")),
        None if hidden().unwrap_or(false) => None,
        None => error
            .__context__()
            .map(|context| (context, "During handling of the above exception, another exception occurred:")),
    };
    if let Some((before, words)) = before.filter(|(before, _)| !seen.contains(&before.get_id())) {
        write(&before, seen, text, vm);
        text.push_str(&format!("\n{words}\n\n"));
    }
    write_one(error, text, vm);
}

/// An exception without those that led to it.
fn write_one(error: &PyBaseExceptionRef, text: &mut String, vm: &VirtualMachine) {
    let mut written = String::new();
    // Writing to a string does not fail.
    let _ = vm.write_exception_inner(&mut written, error);
    let is_entry = |line: &&str| line.starts_with("Traceback (") || line.starts_with("  File ");
    let is_syntax = error.fast_isinstance(vm.ctx.exceptions.syntax_error);
    let entries = error.__traceback__().map_or(0, |traceback| 1 + traceback.iter().count());
    let entries: Vec<&str> = written.lines().take(entries).take_while(is_entry).collect();
    let mut places = places(error).into_iter();
    let frame = format!("  File \"{}\", line ", reader::FILE);
    let mut alike = 0;
    for (at, line) in entries.iter().enumerate() {
        let place = line.starts_with(&frame).then(|| places.next()).flatten();
        alike = if at > 0 && entries[at - 1] == *line { alike + 1 } else { 0 };
        if alike < SHOWN_ALIKE {
            text.push_str(&format!("{line}\n{}", place.map_or(String::new(), excerpt)));
        } else if entries.get(at + 1) != Some(line) {
            let more = alike + 1 - SHOWN_ALIKE;
            let plural = if more == 1 { "" } else { "s" };
            text.push_str(&format!("  [Previous line repeated {more} more time{plural}]\n"));
        }
    }
    let rest: Vec<&str> = written.lines().skip(entries.len()).collect();
    if is_syntax {
        text.push_str(&format!("{}\n", rest.join("\n")));
    } else {
        // The interpreter's own last line has neither the module nor what the class makes of its text.
        let suggestion = rest.last().and_then(|line| line.rsplit_once(". Did you mean: '"));
        let suggestion = suggestion.map_or(String::new(), |(_, name)| format!(". Did you mean: '{name}"));
        text.push_str(&format!("{}{suggestion}\n", last_line(error, vm)));
    }
    for note in notes(error, vm) {
        text.push_str(&format!("{note}\n"));
    }
}

/// How many entries of a traceback that are the same are shown, as in CPython's `traceback` module.
const SHOWN_ALIKE: usize = 3;

/// The class and the text of an exception.
fn last_line(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let class = error.class().as_object();
    let named = |attribute: &'static str| {
        let name = class.get_attr(attribute, vm).and_then(|name| name.str(vm));
        name.map(|name| name.to_string_lossy().into_owned()).ok()
    };
    let module = named("__module__").filter(|module| module != "builtins" && module != "__main__");
    let name = named("__qualname__").unwrap_or_else(|| error.class().name().to_string());
    let name = module.map_or(name.clone(), |module| format!("{module}.{name}"));
    match error.as_object().str(vm).map(|text| text.to_string_lossy().into_owned()) {
        Ok(text) if text.is_empty() => name,
        Ok(text) => format!("{name}: {text}"),
        Err(_) => format!("{name}: <exception str() failed>"),
    }
}

/// What `add_note` has added.
fn notes(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> Vec<String> {
    let notes =
        error.as_object().get_attr("__notes__", vm).and_then(|notes| notes.try_to_value::<Vec<PyObjectRef>>(vm));
    let texts = notes.unwrap_or_default().into_iter().map(|note| note.str(vm));
    texts.flatten().map(|text| text.to_string_lossy().into_owned()).collect()
}

/// What the page is told of the error that has ended the main thread.
pub(crate) fn report(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> ErrorReport {
    let is_syntax = error.fast_isinstance(vm.ctx.exceptions.syntax_error);
    // That of a syntax error names the place again when it is asked for its text.
    let message = if is_syntax { error.as_object().get_attr("msg", vm) } else { Ok(error.clone().into()) };
    let message = message.and_then(|message| message.str(vm));
    ErrorReport {
        class: error.class().name().to_string(),
        message: message.map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned()),
        lane: lane::current().map(|(_, name)| name).unwrap_or_default(),
        place: if is_syntax { syntax_place(error, vm) } else { places(error).pop() },
        traceback: formatted(error, vm),
    }
}

/// Where the reader's file is in an exception's traceback, outermost first.
fn places(error: &PyBaseExceptionRef) -> Vec<Place> {
    let entries = error.__traceback__().into_iter().flat_map(|traceback| traceback.iter().collect::<Vec<_>>());
    let mut places = Vec::new();
    for entry in entries {
        let code = entry.frame.f_code();
        if code.source_path().as_str() != reader::FILE {
            continue;
        }
        let Ok(line) = u32::try_from(entry.lineno.get()) else { continue };
        let range = usize::try_from(entry.lasti / 2).ok().and_then(|at| code.code.locations.get(at));
        let columns = range.filter(|(start, end)| start.line == end.line && start.line == entry.lineno);
        let columns = columns.map(|(start, end)| (start.character_offset, end.character_offset));
        let column = |offset: rustpython_vm::compiler::core::OneIndexed| offset.to_zero_indexed() as u32;
        places.push(Place { line, columns: columns.map(|(start, end)| (column(start), column(end))) });
    }
    places
}

fn syntax_place(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> Option<Place> {
    let number = |name: &'static str| {
        let value = error.as_object().get_attr(name, vm).ok()?;
        value.try_into_value::<i64>(vm).ok().and_then(|value| u32::try_from(value).ok())
    };
    let named = error.as_object().get_attr("filename", vm).ok()?;
    named.downcast_ref::<PyStr>().filter(|name| name.to_string_lossy() == reader::FILE)?;
    let line = number("lineno").filter(|line| *line > 0)?;
    let columns = number("offset").filter(|offset| *offset > 0).map(|offset| {
        let end = number("end_offset").filter(|end| number("end_lineno") == Some(line) && *end > offset);
        (offset - 1, end.map_or(offset, |end| end - 1))
    });
    Some(Place { line, columns })
}

/// A line of the reader's file, and marks below what is meant, as Python prints them: none if it is all of the line,
/// unless a part of it is meant more than the rest.
fn excerpt(place: Place) -> String {
    let Some(line) = reader::line_at(place.line) else { return String::new() };
    let text = line.trim();
    if text.is_empty() {
        return String::new();
    }
    let mut shown = format!("    {text}\n");
    let indent = line.chars().take_while(|character| character.is_whitespace()).count();
    if let Some((start, end)) = place.columns {
        let anchor = reader::anchor(place.line, start, end);
        let within = |column: u32| (column as usize).saturating_sub(indent);
        let (from, to, length) = (within(start), within(end), text.chars().count());
        if from < to && to <= length && (to - from < length || anchor.is_some()) {
            let (first, last) = anchor.unwrap_or((start, end));
            let marks = (start..end).map(|column| if (first..last).contains(&column) { '^' } else { '~' });
            shown.push_str(&format!("    {}{}\n", " ".repeat(from), marks.collect::<String>()));
        }
    }
    shown
}
