//! Addresses: what follows `#`, read and written. Part of the contract.
//!
//! Reading never fails: what makes no sense becomes a sentence in [`Address::problems`], and a default is used. This
//! module knows demos and their parameters, and nothing of the browser.

#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::guide::Answers;
use crate::demos::{self, Demo};
use crate::program::write::GIL;
use crate::program::{Param, ParamKind, RunSpec, Value};

/// Names in an address that no parameter of a demo may have.
pub const RESERVED: [&str; 6] = ["speed", "autorun", "theme", "panels", "compare", "lang"];

/// How fast sleeps, time-outs and simulated I/O pass.
pub const SPEED: Param = Param {
    name: "speed",
    help: "how fast waits pass; work for the processor is not touched",
    unit: "×",
    kind: ParamKind::Number { min: 0.1, max: 10.0, default: 1.0 },
};

const AUTORUN: Param = Param { name: "autorun", help: "", unit: "", kind: ParamKind::Boolean { default: false } };
const THEME: Param = Param {
    name: "theme",
    help: "",
    unit: "",
    kind: ParamKind::Choice { choices: &["light", "dark", "auto"], default: "auto" },
};

const LANG: Param = Param {
    name: "lang",
    help: "",
    unit: "",
    kind: ParamKind::Choice { choices: &["python", "rust"], default: "python" },
};

/// An address, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// What it leads to.
    pub page: Page,
    /// The theme it asks for.
    pub theme: Option<ThemeChoice>,
    /// Whether to show it without the site around it, as a part of another page.
    pub embedded: bool,
    /// What is wrong with it, in sentences.
    pub problems: Vec<String>,
}

/// What an address leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// All demos.
    Catalogue,
    /// One demo.
    Demo(Box<DemoAddress>),
    /// The guide, with the reader's answers.
    Choose(Answers),
    /// The reader's own program.
    Write(Box<WriteAddress>),
    /// A demo that does not exist.
    UnknownDemo {
        /// The id in the address.
        id: String,
        /// The ids most similar to it.
        nearest: Vec<&'static str>,
    },
    /// No page that Weft has.
    Unknown {
        /// The path in the address.
        path: String,
    },
}

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

/// A demo and how to show it.
#[derive(Clone)]
pub struct DemoAddress {
    /// Which.
    pub demo: &'static Demo,
    /// What Run starts.
    pub spec: RunSpec,
    /// Whether to run it at once. Never if something is wrong with the address.
    pub autorun: bool,
    /// Which panels to show; `None` for all.
    pub panels: Option<Vec<Panel>>,
    /// A second run, to be shown beside the first.
    pub compare: Option<RunSpec>,
    /// The language in which the program is shown; `None` for the one that the reader chose last.
    pub lang: Option<Lang>,
    /// Whether it is shown without the site around it.
    pub embedded: bool,
}

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
}

impl Panel {
    /// All of them.
    pub const ALL: &'static [Panel] = Panel::VARIANTS;

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A language in which a program is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Lang {
    /// Python, in which readers know it.
    Python,
    /// Rust, in which it runs here.
    Rust,
}

impl Lang {
    /// The name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The language with this name.
    pub fn named(name: &str) -> Option<Lang> {
        name.parse().ok()
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ThemeChoice {
    /// As the reader's system is.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// The name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The theme with this name.
    pub fn named(name: &str) -> Option<ThemeChoice> {
        name.parse().ok()
    }
}

impl DemoAddress {
    /// A demo with its defaults.
    pub fn new(demo: &'static Demo) -> DemoAddress {
        DemoAddress {
            demo,
            spec: RunSpec::new(&demo.program),
            autorun: false,
            panels: None,
            compare: None,
            lang: None,
            embedded: false,
        }
    }

    /// A demo that is to run with this specification; `None` if the program is not a demo's.
    pub fn of(spec: RunSpec) -> Option<DemoAddress> {
        Some(DemoAddress { spec: spec.clone(), ..DemoAddress::new(Demo::find(spec.program.id)?) })
    }

    /// Whether a panel is shown.
    pub fn shows(&self, panel: Panel) -> bool {
        self.panels.as_ref().is_none_or(|panels| panels.contains(&panel))
    }

    /// The address, from `#` on. It names every parameter, even those at their defaults, since a default may differ
    /// between machines.
    pub fn write(&self) -> String {
        let mut query = query(&self.spec);
        if let Some(panels) = &self.panels {
            query.push(write_panels(panels));
        }
        if let Some(lang) = self.lang {
            query.push(format!("{}={}", LANG.name, lang.name()));
        }
        if let Some(second) = &self.compare {
            query.push(format!("compare={}", encode(&self::query(second).join("&"))));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let place = if self.embedded { "embed" } else { "demo" };
        format!("#/{place}/{}{mark}{}", encode(self.demo.id()), query.join("&"))
    }

    /// The same demo with the same parameters, with all of the site around it.
    pub fn whole(&self) -> DemoAddress {
        DemoAddress { embedded: false, panels: None, autorun: false, ..self.clone() }
    }
}

/// The parameters of a run, each as `name=value`: in the order of the program, which is the order of the controls.
fn query(spec: &RunSpec) -> Vec<String> {
    let RunSpec { program, values, speed, .. } = spec;
    let of = |param: &Param| Some(format!("{}={}", encode(param.name), encode(&values.get(param.name)?.to_string())));
    let mut query: Vec<String> = program.params.iter().filter_map(of).collect();
    if *speed != 1.0 {
        query.push(format!("{}={speed}", SPEED.name));
    }
    query
}

/// Two demos with one id are the same demo.
impl PartialEq for DemoAddress {
    fn eq(&self, other: &DemoAddress) -> bool {
        let DemoAddress { demo, spec, autorun, panels, compare, lang, embedded } = self;
        demo.id() == other.demo.id()
            && *spec == other.spec
            && *autorun == other.autorun
            && *panels == other.panels
            && *compare == other.compare
            && *lang == other.lang
            && *embedded == other.embedded
    }
}

impl std::fmt::Debug for DemoAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.write(), if self.autorun { " (autorun)" } else { "" })
    }
}

/// Reads an address: what follows `#`, with or without it.
pub fn parse(hash: &str) -> Address {
    let text = hash.strip_prefix('#').unwrap_or(hash);
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let path = decode(path, false);
    let pairs = pairs(query);
    let mut problems = Vec::new();
    let theme = pairs.iter().rev().find(|(name, _)| name == THEME.name).and_then(|(_, text)| {
        let value = THEME.parse(text).map_err(|problem| problems.push(problem)).ok()?;
        ThemeChoice::named(&value.to_string())
    });
    let trimmed = path.trim_matches('/');
    let embedded = trimmed.split('/').next() == Some("embed");
    let page = match trimmed.strip_prefix("demo/").or_else(|| trimmed.strip_prefix("embed/")) {
        _ if trimmed.is_empty() => Page::Catalogue,
        _ if trimmed == "choose" => Page::Choose(answers(&pairs, &mut problems)),
        _ if trimmed == "write" || trimmed == "embed/write" => {
            let address = write_address(&pairs, &mut problems);
            Page::Write(Box::new(WriteAddress { embedded, ..address }))
        }
        Some(id) => match Demo::find(id) {
            Some(demo) => {
                let address = demo_address(demo, &pairs, &mut problems);
                Page::Demo(Box::new(DemoAddress { embedded, ..address }))
            }
            None => Page::UnknownDemo { nearest: demos::nearest(id), id: id.to_owned() },
        },
        None => Page::Unknown { path },
    };
    Address { page, theme, embedded, problems }
}

fn answers(pairs: &[(String, String)], problems: &mut Vec<String>) -> Answers {
    let mut answers = Answers::default();
    for (name, text) in pairs.iter().filter(|(name, _)| name != THEME.name) {
        problems.extend(answers.set(name, text).err());
    }
    answers
}

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

fn write_address(pairs: &[(String, String)], problems: &mut Vec<String>) -> WriteAddress {
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

fn demo_address(demo: &'static Demo, pairs: &[(String, String)], problems: &mut Vec<String>) -> DemoAddress {
    let mut address = DemoAddress::new(demo);
    for (name, text) in pairs {
        let result = match name.as_str() {
            "speed" => parse_speed(text).map(|speed| address.spec.speed = speed),
            "autorun" => AUTORUN.parse(text).map(|value| address.autorun = value == Value::Boolean(true)),
            "theme" => Ok(()), // Common to all pages, so already read.
            "panels" => parse_panels(text).map(|panels| address.panels = Some(panels)),
            "lang" => LANG.parse(text).map(|value| address.lang = Lang::named(&value.to_string())),
            "compare" => {
                address.compare = Some(parse_compare(demo, text, problems));
                Ok(())
            }
            _ => address.spec.values.set(&demo.program, name, text),
        };
        if let Err(problem) = result {
            problems.push(problem);
        }
    }
    address.autorun &= problems.is_empty();
    address
}

/// Reads the parameters of a second run from `compare=`; problems with them are reported as theirs.
fn parse_compare(demo: &'static Demo, text: &str, problems: &mut Vec<String>) -> RunSpec {
    let mut spec = RunSpec::new(&demo.program);
    for (name, text) in pairs(text) {
        let result = match name.as_str() {
            "speed" => parse_speed(&text).map(|speed| spec.speed = speed),
            _ => spec.values.set(&demo.program, &name, &text),
        };
        if let Err(problem) = result {
            problems.push(format!("In “compare”: {problem}"));
        }
    }
    spec
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

fn write_panels(panels: &[Panel]) -> String {
    let names: Vec<_> = panels.iter().map(|panel| panel.name()).collect();
    format!("panels={}", names.join(","))
}

fn parse_panels(text: &str) -> Result<Vec<Panel>, String> {
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

/// Names and values of a query.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name, true), decode(value, true))).collect()
}

/// Undoes percent-encoding. What is not well encoded stays as it is.
fn decode(text: &str, plus_is_space: bool) -> String {
    let text = if plus_is_space { text.replace('+', " ") } else { text.to_owned() };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// What is written as it is in any part of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}
