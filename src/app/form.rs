//! The controls of a demo page: what was typed, whether it is right, and the parameters that follow from it.
//!
//! What was typed is kept as it is, right or wrong, so that readers need not type it again.

use super::address::{DemoAddress, SPEED, parse_speed};
use crate::demos::Demo;
use crate::program::{Param, ParamKind, RunSpec};

/// The controls of one demo.
#[derive(Clone)]
pub struct Form {
    /// Whose.
    pub demo: &'static Demo,
    /// The text in each parameter's control, in the order of the demo.
    texts: Vec<String>,
    speed: String,
}

/// Two demos with one id are the same demo.
impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        self.demo.id() == other.demo.id() && self.texts == other.texts && self.speed == other.speed
    }
}

impl Form {
    /// The controls as an address specifies them; if it names two runs, those of the second.
    pub fn new(address: &DemoAddress) -> Form {
        let RunSpec { program, values, speed, .. } = address.compare.as_ref().unwrap_or(&address.spec);
        let text =
            |param: &Param| values.get(param.name).map_or_else(|| param.default().to_string(), ToString::to_string);
        Form { demo: address.demo, texts: program.params.iter().map(text).collect(), speed: speed.to_string() }
    }

    /// The same with a different text in the control of a parameter or the speed.
    pub fn with(&self, name: &str, text: &str) -> Form {
        let mut form = self.clone();
        if name == SPEED.name {
            form.speed = text.to_owned();
        } else if let Some(at) = self.demo.program.params.iter().position(|param| param.name == name) {
            form.texts[at] = text.to_owned();
        }
        form
    }

    /// The parameters, each with the text in its control, and a sentence if that is wrong.
    pub fn fields(&self) -> impl Iterator<Item = (&'static Param, &str, Option<String>)> {
        self.demo
            .program
            .params
            .iter()
            .zip(&self.texts)
            .map(|(param, text)| (param, text.as_str(), param.parse(text).err()))
    }

    /// The text in the control of the speed.
    pub fn speed(&self) -> &str {
        &self.speed
    }

    /// The run that they ask for, if all of them are right.
    pub fn spec(&self) -> Option<RunSpec> {
        let mut spec = RunSpec::new(&self.demo.program);
        for (param, text, _) in self.fields() {
            spec.values.set(spec.program, param.name, text).ok()?;
        }
        spec.speed = parse_speed(&self.speed).ok()?;
        Some(spec)
    }

    /// The first parameter that is wrong.
    pub fn first_wrong(&self) -> Option<&'static Param> {
        self.fields().find(|(.., problem)| problem.is_some()).map(|(param, ..)| param)
    }
}

/// The positions of a slider: a range that spans several powers of ten is useless on a linear scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slider {
    min: f64,
    max: f64,
    logarithmic: bool,
}

/// Positions of a slider with a logarithmic scale.
const POSITIONS: f64 = 600.0;

impl Slider {
    /// The slider of a parameter, if it is a number.
    pub fn of(param: &Param) -> Option<Slider> {
        let (min, max) = match param.kind {
            ParamKind::Integer { min, max, .. } => (min as f64, max as f64),
            ParamKind::Number { min, max, .. } => (min, max),
            _ => return None,
        };
        Some(Slider { min, max, logarithmic: min > 0.0 && max / min > 1000.0 })
    }

    /// Least position, greatest position, and the step between two.
    pub fn range(&self) -> (f64, f64, f64) {
        if self.logarithmic { (0.0, POSITIONS, 1.0) } else { (self.min, self.max, 1.0) }
    }

    /// The position of a value.
    pub fn position(&self, value: f64) -> f64 {
        if !self.logarithmic {
            return value;
        }
        ((value / self.min).ln() / (self.max / self.min).ln() * POSITIONS).round()
    }

    /// The value at a position; on a logarithmic scale one with two significant digits.
    pub fn value(&self, position: f64) -> f64 {
        if !self.logarithmic {
            return position;
        }
        let value = self.min * (self.max / self.min).powf(position / POSITIONS);
        let unit = 10_f64.powf(value.log10().floor() - 1.0).max(1.0);
        ((value / unit).round() * unit).clamp(self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_and_is_judged() {
        let form = Form::new(&DemoAddress::new(Demo::find("thread-start-join").unwrap()));
        assert!(form.spec().is_some());
        let form = form.with("threads", "many");
        let (param, text, problem) = form.fields().next().unwrap();
        assert_eq!((param.name, text), ("threads", "many"));
        assert!(problem.unwrap().contains("“many”"));
        assert_eq!(form.first_wrong().map(|param| param.name), Some("threads"));
        assert!(form.spec().is_none());
        let spec = form.with("threads", "5").with("speed", "2").spec().unwrap();
        assert_eq!((spec.values.integer("threads"), spec.speed), (5, 2.0));
    }

    #[test]
    fn a_wide_range_has_a_logarithmic_slider() {
        let even = Slider::of(&Param::integer("a", "", "", (10, 2000), 400)).unwrap();
        assert_eq!(even.range(), (10.0, 2000.0, 1.0));
        assert_eq!(even.value(even.position(400.0)), 400.0);
        let wide = Slider::of(&Param::integer("a", "", "", (1, 100_000), 1000)).unwrap();
        assert_eq!(wide.range(), (0.0, 600.0, 1.0));
        for value in [1.0, 10.0, 1000.0, 100_000.0] {
            assert_eq!(wide.value(wide.position(value)), value);
        }
        assert_eq!(wide.value(599.0), 98_000.0);
    }
}
