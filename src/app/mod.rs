//! The page: catalogue, demo page, chart canvas, scripting interface.
//!
//! The only module that knows Yew. What needs no browser (addresses, words and figures, results of the scripting
//! interface, which source lines are lit) is in modules of its own that are tested natively; `page` has the components,
//! and everything that touches the document. It asks `engine::session` for runs and never talks to a worker itself; it
//! knows nothing of how events are recorded or how the chart is laid out.

pub mod address;
pub mod arrangement;
pub mod bars;
pub mod comparison;
pub mod examples;
pub mod files;
pub mod form;
pub mod guide;
pub mod lights;
pub mod recordings;
pub mod results;
pub mod search;
pub mod sources;
pub mod twins;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(target_arch = "wasm32")]
pub use page::start;
