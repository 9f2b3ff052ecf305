//! Reading a Chrome trace: finds out whose it is, and says what is wrong with a file that is not one. What the events
//! mean is known to [`super::own`] for Weft's traces and to [`super::foreign`] for all others.

use serde::de::{DeserializeSeed, Deserializer};
use serde_json::Value;

use super::Imported;
use super::foreign::Foreign;
use super::own::Own;
use super::raw::{Events, Json, OtherData};

/// Why a file cannot be shown, as a sentence for the reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is not a Chrome trace: {0}.")]
pub struct ImportError(String);

impl From<serde_json::Error> for ImportError {
    fn from(error: serde_json::Error) -> ImportError {
        ImportError(match error.classify() {
            serde_json::error::Category::Data => error.to_string(),
            _ => format!("it is not valid JSON ({error})"),
        })
    }
}

/// Reads a trace from the text of a file.
///
/// A truncated list of events is read up to where it breaks off, since the format allows for a crashing program to
/// leave such a file.
pub fn import(text: &str) -> Result<Imported, ImportError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err(ImportError("it is empty".into()));
    }
    let whole = || serde_json::Deserializer::from_str(text);
    if !text.starts_with('[') {
        let mut json = whole();
        let other_data = OtherData.deserialize(&mut json)?;
        json.end()?;
        return from_parts(&mut whole(), other_data);
    }
    let mut foreign = Foreign::default();
    let mut json = whole();
    let read = Events(|event: &Json<'_>| foreign.event(event)).deserialize(&mut json).and_then(|_| json.end());
    match read {
        Ok(()) => {}
        Err(error) if error.is_eof() && foreign.has_events() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Imported { timeline: foreign.finish(), meta: None })
}

/// Reads a trace that has been parsed already.
pub fn import_value(value: &Value) -> Result<Imported, ImportError> {
    from_parts(value, value.get("otherData").cloned())
}

fn from_parts<'de>(
    whole: impl Deserializer<'de, Error = serde_json::Error>,
    other_data: Option<Value>,
) -> Result<Imported, ImportError> {
    let other_data = match other_data {
        Some(Value::Object(other_data)) if other_data.contains_key("weft") => Some(other_data),
        _ => None,
    };
    let (found, imported) = match other_data {
        Some(other_data) => {
            let mut own = Own::new(other_data);
            let found = Events(|event: &Json<'de>| own.event(event)).deserialize(whole)?;
            (found, own.finish())
        }
        None => {
            let mut foreign = Foreign::default();
            let found = Events(|event: &Json<'de>| foreign.event(event)).deserialize(whole)?;
            (found, Imported { timeline: foreign.finish(), meta: None })
        }
    };
    if found { Ok(imported) } else { Err(ImportError("it has no list called \"traceEvents\"".into())) }
}
