//! What can happen in a run, and recording it.
//!
//! A *lane* (thread, process, task, event loop) is in one [`State`] at a time; an [`Event`] says what it is from
//! then on, because of what, where in the source, and woken by whom. Events are written as [`record`]s of 32 bytes
//! into one buffer for each worker ([`recorder`]), read out of those buffers while the writers go on or after they
//! have been stopped ([`reader`]), and turned back into events ([`codec`]).
//!
//! This module knows nothing of browsers, of demos, or of what is drawn. It does not even know what time it is:
//! times are handed to it ([`clock`] only does the sums).

pub mod clock;
pub mod codec;
mod event;
mod ids;
pub mod reader;
pub mod record;
pub mod recorder;

pub use event::{Cause, Ending, Event, EventKind, LaneKind, ResourceKind, State, Target};
pub use ids::{LOCAL_BITS, LaneId, Nanos, ResourceId, SiteId};
