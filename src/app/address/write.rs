//! Addresses of pages on which readers write programs of their own.

use super::parts::{AUTORUN, Panel, SPEED, encode, parse_panels, parse_speed, write_panels};
use crate::demos::{self, Demo};
use crate::program::Value;
use crate::program::write::GIL;

/// A program of the reader's own, how to show it and how to run it.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteAddress {
    /// Which.
    pub brought: Brought,
    /// Whether there is a GIL.
    pub gil: bool,
    /// How fast waits pass.
    pub speed: f64,
    /// Whether to run it at once. Never if something is wrong with the address.
    pub autorun: bool,
    /// Which panels to show; `None` for all.
    pub panels: Option<Vec<Panel>>,
    /// Whether it is shown without the site around it.
    pub embedded: bool,
}

/// Where the program comes from that a page for the reader's own opens with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Brought {
    /// The reader has written it, or will.
    #[default]
    Own,
    /// It came with a link, packed.
    Code(String),
    /// It is a demo's Python.
    Demo(&'static str),
}

/// The longest program in a link, packed, in bytes.
pub const LONGEST_CODE: usize = 32 << 10;

impl Default for WriteAddress {
    fn default() -> WriteAddress {
        WriteAddress { brought: Brought::Own, gil: true, speed: 1.0, autorun: false, panels: None, embedded: false }
    }
}

impl WriteAddress {
    /// The address, from `#` on.
    pub fn write(&self) -> String {
        let mut query = match &self.brought {
            Brought::Own => Vec::new(),
            Brought::Code(packed) => vec![format!("code={}", encode(packed))],
            Brought::Demo(id) => vec![format!("demo={}", encode(id))],
        };
        query.push(format!("{}={}", GIL.name, Value::Boolean(self.gil)));
        if self.speed != 1.0 {
            query.push(format!("{}={}", SPEED.name, self.speed));
        }
        query.extend(self.panels.as_deref().map(write_panels));
        let place = if self.embedded { "embed/write" } else { "write" };
        format!("#/{place}?{}", query.join("&"))
    }

    /// The same program, with all of the site around it.
    pub fn whole(&self) -> WriteAddress {
        WriteAddress { embedded: false, panels: None, autorun: false, ..self.clone() }
    }

    /// Whether a panel is shown.
    pub fn shows(&self, panel: Panel) -> bool {
        self.panels.as_ref().is_none_or(|panels| panels.contains(&panel))
    }
}

/// Reads the query of such an address; what is wrong with it becomes a sentence.
pub(super) fn read(pairs: &[(String, String)], problems: &mut Vec<String>) -> WriteAddress {
    let mut address = WriteAddress::default();
    for (name, text) in pairs {
        let result = match name.as_str() {
            "code" if text.len() > LONGEST_CODE => Err(format!(
                "The program in this link is too long: {} KB packed, and {} KB is the most.",
                text.len().div_ceil(1 << 10),
                LONGEST_CODE >> 10
            )),
            "code" => {
                address.brought = Brought::Code(text.clone());
                Ok(())
            }
            "demo" => match Demo::find(text) {
                Some(demo) => {
                    address.brought = Brought::Demo(demo.id());
                    Ok(())
                }
                None => Err(demos::no_demo(text)),
            },
            "gil" => GIL.parse(text).map(|value| address.gil = value == Value::Boolean(true)),
            "speed" => parse_speed(text).map(|speed| address.speed = speed),
            "autorun" => AUTORUN.parse(text).map(|value| address.autorun = value == Value::Boolean(true)),
            "panels" => parse_panels(text).map(|panels| address.panels = Some(panels)),
            "theme" => Ok(()), // Common to all pages, so already read.
            _ => Err(format!("The page “Write your own” has no parameter “{name}”.")),
        };
        problems.extend(result.err());
    }
    address.autorun &= problems.is_empty();
    address
}
