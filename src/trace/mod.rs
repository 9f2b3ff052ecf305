//! What can happen in a run, and recording it.
//!
//! A *lane* (thread, process, task, event loop) is in one [`State`] at a time; an [`Event`] says which state it is in
//! from then on, what it waits for, where in the source, and who woke it. Events are written as [`record`]s of 32 bytes
//! into one buffer for each worker ([`recorder`], [`writer`]), read from those buffers while the writers are running or
//! after they have been stopped ([`reader`]), and turned back into events ([`codec`]).
//!
//! This module knows nothing of browsers, of demos, or of what is drawn. It does not even know what time it is: it is
//! given every time ([`clock`] only does arithmetic).

pub mod clock;
pub mod codec;
mod event;
mod ids;
pub mod reader;
pub mod record;
pub mod recorder;
mod site;
pub mod writer;

pub use event::{Cause, Ending, Event, EventKind, LaneKind, ResourceKind, State, Target};
pub use ids::{LOCAL_BITS, LaneId, Nanos, ResourceId, SiteId};
pub use site::{FileId, Site};
