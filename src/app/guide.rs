//! The guide "Which model should I use?": its questions, the rule that answers them, and what shows that it is right.
//!
//! The rule is one pure function, [`model`]; everything else explains it. This decides which runs give the figures
//! ([`trials`]). They are made elsewhere, in the reader's browser, and are never numbers in the source. The rule knows
//! that a global interpreter lock (GIL) lets one thread at a time run Python code.

mod advice;
mod questions;

pub use advice::{Advice, DemoLink, Trial, advice, model, trials};
pub use questions::{Answers, Data, Language, Many, Model, QUESTIONS, Question, Shared, Work};
