//! What a demo is: a program, and what is said of it. Knows none of them.

use strum::IntoStaticStr;

use super::observe::Seen;
use crate::analysis::Observation;
use crate::program::{Program, Status, Values};

/// One demo: a program, what is said of it, and what can be seen in a run of it.
pub struct Demo {
    /// What runs. Its id is the demo's name in addresses.
    pub program: Program,
    /// What happens and what to look for, in one or two sentences.
    pub summary: &'static str,
    /// Where it stands in the catalogue.
    pub group: Group,
    /// How a run with these parameters is meant to end.
    pub expected: fn(&Values) -> Status,
    /// What can be seen in the trace of a run that has ended.
    pub observe: fn(&Seen) -> Vec<Observation>,
    /// Not in the catalogue: there for tests and measurements.
    pub hidden: bool,
}

/// Where a demo stands in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Group {
    /// Threads that share memory.
    Threads,
    /// Isolated instances.
    Processes,
    /// async/await on one event loop.
    Tasks,
    /// The same work in several models.
    Compare,
}

impl Group {
    /// All groups, in the order of the catalogue.
    pub const ALL: [Group; 4] = [Group::Threads, Group::Processes, Group::Tasks, Group::Compare];

    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Demo {
    /// Its name in addresses.
    pub fn id(&self) -> &'static str {
        self.program.id
    }

    /// The Rust file, from the top of the repository.
    pub fn source(&self) -> &'static str {
        self.program.files[0]
    }

    /// The Python twin's file, from the top of the repository.
    pub fn python(&self) -> String {
        self.source().replace(".rs", ".py")
    }
}
