//! What addresses of several kinds have in common: how fast, whether at once, which panels.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use strum::{IntoStaticStr, VariantArray};

use crate::program::{Param, ParamKind, Value};

/// How fast sleeps, time-outs and simulated I/O pass.
pub const SPEED: Param = Param {
    name: "speed",
    help: "how fast waits pass; work for the processor is not touched",
    unit: "×",
    kind: ParamKind::Number { min: 0.1, max: 10.0, default: 1.0 },
};

/// Whether a run begins at once.
pub(super) const AUTORUN: Param =
    Param { name: "autorun", help: "", unit: "", kind: ParamKind::Boolean { default: false } };

/// A part of a demo's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Panel {
    /// The demo's source.
    Code,
    /// The chart.
    Chart,
    /// Printed lines.
    Console,
    /// What can be seen in the run.
    Observations,
    /// Parameters, Run and Stop.
    Controls,
    /// The files of the reader's program.
    Files,
}

impl Panel {
    /// All of them.
    pub const ALL: &'static [Panel] = Panel::VARIANTS;

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Reads a speed.
///
/// # Errors
/// A sentence with the range and the text.
pub fn parse_speed(text: &str) -> Result<f64, String> {
    match SPEED.parse(text)? {
        Value::Number(speed) => Ok(speed),
        other => Err(format!("“speed” must be a number, and “{other}” is not.")),
    }
}

/// Panels as `panels=` names them.
pub(super) fn write_panels(panels: &[Panel]) -> String {
    let names: Vec<_> = panels.iter().map(|panel| panel.name()).collect();
    format!("panels={}", names.join(","))
}

/// Reads those.
///
/// # Errors
/// A sentence with the name that is none.
pub(super) fn parse_panels(text: &str) -> Result<Vec<Panel>, String> {
    let names: Vec<_> = Panel::ALL.iter().map(|panel| panel.name()).collect();
    text.split(',')
        .map(|name| {
            let name = name.trim();
            Panel::ALL.iter().copied().find(|panel| panel.name() == name).ok_or_else(|| {
                format!("“panels” must be a list of {}, with commas between, and “{name}” is none.", names.join(", "))
            })
        })
        .collect()
}

/// What is written as it is in any part of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as a part of an address.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}
