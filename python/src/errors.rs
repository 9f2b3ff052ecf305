//! Errors in Python's words: tracebacks that show the reader's lines, and what the page is told of the error that has
//! ended a program.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStr};
use rustpython_vm::{AsObject, VirtualMachine};
use weft::program::{ErrorReport, Place};
use weft::runtime::lane;

use crate::reader;

/// An exception with its traceback and causes, as Python prints it, each of the reader's lines below its number.
pub(crate) fn formatted(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = vm.write_exception(&mut text, error);
    let mut places = Vec::new();
    all_places(error, &mut Vec::new(), &mut places);
    let mut places = places.into_iter();
    let mut shown = String::new();
    let frame = format!("  File \"{}\", line ", reader::FILE);
    for line in text.lines() {
        shown.push_str(line);
        shown.push('\n');
        // A syntax error's own place is followed by its line already.
        if line.starts_with(&frame)
            && line.contains(", in ")
            && let Some(place) = places.next()
        {
            shown.push_str(&excerpt(place));
        }
    }
    shown
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

/// The same for an exception and those that led to it, in the order in which they are printed.
fn all_places(error: &PyBaseExceptionRef, seen: &mut Vec<usize>, found: &mut Vec<Place>) {
    seen.push(error.get_id());
    if let Some(before) = error.__cause__().or_else(|| error.__context__())
        && !seen.contains(&before.get_id())
    {
        all_places(&before, seen, found);
    }
    found.extend(places(error));
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

/// A line of the reader's file, and marks below what is meant, as Python prints them: none if it is all of the line.
fn excerpt(place: Place) -> String {
    let Some(line) = reader::line_at(place.line) else { return String::new() };
    let text = line.trim();
    if text.is_empty() {
        return String::new();
    }
    let mut shown = format!("    {text}\n");
    let indent = line.chars().take_while(|character| character.is_whitespace()).count();
    if let Some((start, end)) = place.columns {
        let (start, end) = ((start as usize).saturating_sub(indent), (end as usize).saturating_sub(indent));
        if start < end && end <= text.chars().count() && end - start < text.chars().count() {
            shown.push_str(&format!("    {}{}\n", " ".repeat(start), "^".repeat(end - start)));
        }
    }
    shown
}
