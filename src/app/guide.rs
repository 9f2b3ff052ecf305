//! The guide "Which model should I use?": its questions, the rule that answers them, and what shows that it is right.
//!
//! The rule is [`model`]; all else explains it. Pure: which runs give the figures is said here ([`trials`]), and made
//! elsewhere. The rule knows that an interpreter lock (GIL) lets one thread at a time run Python code.

mod advice;
mod questions;

pub use advice::{Advice, DemoLink, Trial, advice, model, trials};
pub use questions::{Answers, Data, Language, Many, Model, QUESTIONS, Question, Shared, Work};
