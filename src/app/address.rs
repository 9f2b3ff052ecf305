//! Addresses: what follows `#`, read and written. Part of the contract.
//!
//! Reading never fails: what makes no sense becomes a sentence in [`Address::problems`], and a default is used. This
//! module knows demos and their parameters, and nothing of the browser.

mod parts;
#[cfg(test)]
mod tests;
mod write;

use percent_encoding::percent_decode_str;
use strum::{EnumString, IntoStaticStr};

use self::parts::{AUTORUN, encode, parse_panels, write_panels};
pub use self::parts::{Panel, SPEED, parse_speed};
pub use self::write::{Brought, LONGEST_CODE, WriteAddress};
use super::guide::Answers;
use crate::demos::{self, Demo};
use crate::program::{Param, ParamKind, RunSpec, Value};

/// Names in an address that no parameter of a demo may have.
pub const RESERVED: [&str; 6] = ["speed", "autorun", "theme", "panels", "compare", "lang"];

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
            let address = write::read(&pairs, &mut problems);
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
