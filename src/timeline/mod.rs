//! From events to what can be drawn and queried: lanes with their spans, resources, printed lines, statistics.
//!
//! A [`Timeline`] grows during the run. It takes any events, in any order between lanes, and never panics: what makes
//! no sense becomes an [`Anomaly`]. It is pure: it knows nothing of how events were recorded, of demos, or of drawing.

mod build;
pub mod chrome;
mod hand_over;
mod holds;
mod index;
mod lane;
mod model;
mod stats;

pub use hand_over::HandOver;
pub use holds::Hold;
pub use lane::{Change, End, Lane, Passed, Scope, Span};
pub use model::{Anomaly, Disturbance, LIFT_LIMIT, Lifts, Resource, ResourceEvent, SourceLine, Text, Timeline};
pub use stats::{ByState, Stats};
