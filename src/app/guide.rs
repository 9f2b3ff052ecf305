//! The guide "Which model should I use?": its questions, the rule that answers them, and what shows that it is right.
//!
//! The rule is [`model`]; everything else explains it. Pure: this decides which runs give the figures ([`trials`]);
//! they are made elsewhere. The rule knows that a global interpreter lock (GIL) lets one thread at a time run Python
//! code.

mod advice;
mod questions;

pub use advice::{Advice, DemoLink, Trial, advice, model, trials};
pub use questions::{Answers, Data, Language, Many, Model, QUESTIONS, Question, Shared, Work};
