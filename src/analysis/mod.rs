//! What a timeline shows beyond its spans: lanes that wait for each other for ever, lost updates, what was waited for
//! and how long; when the machine stood still; and how to state that, as observations and figures.
//!
//! Pure, like the timeline: no browser, no demo, no runtime. What is stated here is computed from the trace, and only
//! if the trace proves it; but for a standstill, which shows in a clock that is looked at too late.

mod deadlock;
mod figures;
mod general;
mod observation;
mod race;
mod standstill;
mod waiting;

pub use deadlock::{Deadlock, DeadlockWatch, deadlock};
pub use figures::{Figure, Measure};
pub use general::general;
pub use observation::{Observation, Stretch, figure, figures};
pub use race::{LostUpdate, lost_updates};
pub use standstill::StandstillWatch;
pub use waiting::{Awaited, Both, Waits, waits, waits_of_both};
