//! Parameters of programs: their ranges, and values within them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Program;
use crate::runtime::host;

/// As the default of an `Integer`: the machine's number of cores, within the range.
pub const CORES: i64 = i64::MIN;

/// Something of a program that the reader can change.
pub struct Param {
    /// Its name in addresses; part of the contract.
    pub name: &'static str,
    /// What it is, in a few words.
    pub help: &'static str,
    /// What `kind`'s numbers count: `ms`, `threads`; empty for none.
    pub unit: &'static str,
    /// Its type, range and default.
    pub kind: ParamKind,
}

/// The type, range and default of a parameter.
pub enum ParamKind {
    /// A whole number.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
        /// What it is unless changed, or [`CORES`]; [`Param::default`] knows what that is here.
        default: i64,
    },
    /// A number.
    Number {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
        /// What it is unless changed.
        default: f64,
    },
    /// On or off.
    Boolean {
        /// What it is unless changed.
        default: bool,
    },
    /// One of some words.
    Choice {
        /// The words.
        choices: &'static [&'static str],
        /// What it is unless changed.
        default: &'static str,
    },
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Of an `Integer`.
    Integer(i64),
    /// Of a `Number`.
    Number(f64),
    /// Of a `Boolean`.
    Boolean(bool),
    /// Of a `Choice`.
    Choice(String),
}

impl fmt::Display for Value {
    /// As written in an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(value) => value.fmt(f),
            Value::Number(value) => value.fmt(f),
            Value::Boolean(true) => f.write_str("on"),
            Value::Boolean(false) => f.write_str("off"),
            Value::Choice(value) => value.fmt(f),
        }
    }
}

impl Param {
    /// A whole number from `min` to `max`.
    pub const fn integer(
        name: &'static str,
        help: &'static str,
        unit: &'static str,
        (min, max): (i64, i64),
        default: i64,
    ) -> Param {
        Param { name, help, unit, kind: ParamKind::Integer { min, max, default } }
    }

    /// The default.
    pub fn default(&self) -> Value {
        match self.kind {
            ParamKind::Integer { min, max, default: CORES } => Value::Integer((host::cores() as i64).clamp(min, max)),
            ParamKind::Integer { default, .. } => Value::Integer(default),
            ParamKind::Number { default, .. } => Value::Number(default),
            ParamKind::Boolean { default } => Value::Boolean(default),
            ParamKind::Choice { default, .. } => Value::Choice(default.to_owned()),
        }
    }

    /// What it may be, in words: `a whole number from 1 to 12`.
    pub fn range(&self) -> String {
        match self.kind {
            ParamKind::Integer { min, max, .. } => format!("a whole number from {min} to {max}"),
            ParamKind::Number { min, max, .. } => format!("a number from {min} to {max}"),
            ParamKind::Boolean { .. } => "on or off".to_owned(),
            ParamKind::Choice { choices, .. } => format!("one of {}", choices.join(", ")),
        }
    }

    /// A value from its text, as in an address.
    ///
    /// # Errors
    /// A sentence with the parameter's name, its range and the text.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let trimmed = text.trim();
        let value = match self.kind {
            ParamKind::Integer { min, max, .. } => {
                trimmed.parse().ok().filter(|value| (min..=max).contains(value)).map(Value::Integer)
            }
            ParamKind::Number { min, max, .. } => {
                trimmed.parse().ok().filter(|value| (min..=max).contains(value)).map(Value::Number)
            }
            ParamKind::Boolean { .. } => match trimmed {
                "on" | "true" | "1" | "yes" => Some(Value::Boolean(true)),
                "off" | "false" | "0" | "no" => Some(Value::Boolean(false)),
                _ => None,
            },
            ParamKind::Choice { choices, .. } => choices.contains(&trimmed).then(|| Value::Choice(trimmed.to_owned())),
        };
        value.ok_or_else(|| format!("“{}” must be {}, and “{text}” is not.", self.name, self.range()))
    }
}

/// A value for each parameter of a program, each within its range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// The defaults.
    pub fn defaults(program: &Program) -> Values {
        Values(program.params.iter().map(|param| (param.name.to_owned(), param.default())).collect())
    }

    /// Sets a parameter to a value that it may have.
    pub fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Sets a parameter from its text.
    ///
    /// # Errors
    /// A sentence, if the program has no such parameter or the text is not in its range; then nothing has changed.
    pub fn set(&mut self, program: &Program, name: &str, text: &str) -> Result<(), String> {
        let Some(param) = program.params.iter().find(|param| param.name == name) else {
            let names: Vec<_> = program.params.iter().map(|param| format!("“{}”", param.name)).collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("{} has no parameter “{name}”; it has {has}.", program.title));
        };
        self.0.insert(name.to_owned(), param.parse(text)?);
        Ok(())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A whole number.
    ///
    /// # Panics
    /// If the program has no such parameter of that type: a mistake in the program, which its test finds.
    pub fn integer(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Value::Integer(value)) => *value,
            other => panic!("“{name}” is {other:?}, not a whole number"),
        }
    }

    /// A whole number that counts something.
    ///
    /// # Panics
    /// As [`Values::integer`].
    pub fn count(&self, name: &str) -> u32 {
        self.integer(name).clamp(0, i64::from(u32::MAX)) as u32
    }

    /// One of some words.
    ///
    /// # Panics
    /// As [`Values::integer`].
    pub fn choice(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Choice(value)) => value,
            other => panic!("“{name}” is {other:?}, not a choice"),
        }
    }

    /// On or off.
    ///
    /// # Panics
    /// As [`Values::integer`].
    pub fn boolean(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Boolean(value)) => *value,
            other => panic!("“{name}” is {other:?}, not on or off"),
        }
    }

    /// A number of milliseconds.
    ///
    /// # Panics
    /// As [`Values::integer`].
    pub fn ms(&self, name: &str) -> Duration {
        Duration::from_millis(self.integer(name).max(0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREADS: Param = Param::integer("threads", "how many", "threads", (1, 12), 3);

    #[test]
    fn a_bad_value_is_refused_with_name_range_and_value() {
        assert_eq!(THREADS.parse(" 12 "), Ok(Value::Integer(12)));
        for bad in ["0", "13", "three", "", "1.5", "NaN"] {
            let sentence = THREADS.parse(bad).unwrap_err();
            assert_eq!(sentence, format!("“threads” must be a whole number from 1 to 12, and “{bad}” is not."));
        }
    }

    #[test]
    fn numbers_switches_and_choices_are_read() {
        let number =
            Param { name: "x", help: "", unit: "", kind: ParamKind::Number { min: 0.1, max: 10.0, default: 1.0 } };
        assert_eq!(number.parse("2.5"), Ok(Value::Number(2.5)));
        assert!(number.parse("NaN").is_err());
        let switch = Param { name: "lock", help: "", unit: "", kind: ParamKind::Boolean { default: false } };
        assert_eq!(switch.parse("true"), Ok(Value::Boolean(true)));
        assert_eq!(switch.parse(&Value::Boolean(false).to_string()), Ok(Value::Boolean(false)));
        let choice = Param {
            name: "kind",
            help: "",
            unit: "",
            kind: ParamKind::Choice { choices: &["RLock", "Lock"], default: "RLock" },
        };
        assert_eq!(choice.parse("Lock"), Ok(Value::Choice("Lock".to_owned())));
        assert_eq!(choice.parse("lock").unwrap_err(), "“kind” must be one of RLock, Lock, and “lock” is not.");
    }
}
