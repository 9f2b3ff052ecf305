//! The specification of one run: which program, with which parameters, at which speed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Need, Program, Values};

/// The longest run, by its estimate, that is started.
pub const LONGEST_RUN: Duration = Duration::from_secs(60);

/// The specification of a run. In messages to an engine the program is replaced by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec<P = &'static Program> {
    /// What is run.
    pub program: P,
    /// With which parameters.
    pub values: Values,
    /// How fast waits pass: 2 makes a sleep of a second take half of one.
    pub speed: f64,
    /// What is run, if that does not come with Weft: the reader's program.
    pub source: Option<String>,
}

impl RunSpec {
    /// A run with the defaults.
    pub fn new(program: &'static Program) -> RunSpec {
        RunSpec { program, values: Values::defaults(program), speed: 1.0, source: None }
    }

    /// The same, with the program's id in place of the program.
    pub fn by_id(&self) -> RunSpec<String> {
        let RunSpec { program, values, speed, source } = self.clone();
        RunSpec { program: program.id.to_owned(), values, speed, source }
    }

    /// The most threads it has at the same time; 0 for none.
    pub fn threads(&self) -> usize {
        (self.program.workers)(&self.values)
    }

    /// Whether it needs this from the browser.
    pub fn needs(&self, need: Need) -> bool {
        self.program.needs.contains(&need)
    }

    /// About how long it takes.
    pub fn estimate(&self) -> Duration {
        (self.program.estimate)(&self.values).at(self.speed)
    }

    /// A sentence, if it would take too long to be started.
    pub fn too_long(&self) -> Option<String> {
        let estimate = self.estimate();
        (estimate > LONGEST_RUN).then(|| {
            format!(
                "This run would take about {:.0} s; Weft starts runs of up to {} s. Choose smaller numbers.",
                estimate.as_secs_f64(),
                LONGEST_RUN.as_secs()
            )
        })
    }
}

impl RunSpec<String> {
    /// The same with the program itself, which `find` looks up by its id.
    ///
    /// # Errors
    /// A sentence, if there is none.
    pub fn find(self, find: fn(&str) -> Option<&'static Program>) -> Result<RunSpec, String> {
        let RunSpec { program, values, speed, source } = self;
        let program = find(&program).ok_or_else(|| format!("there is no program called “{program}”"))?;
        Ok(RunSpec { program, values, speed, source })
    }
}
