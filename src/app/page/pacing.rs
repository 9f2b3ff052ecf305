//! When a chart is drawn: at once for the reader, and rarely during a run, whose lanes want the cores.

use gloo_timers::callback::Timeout;

use super::browser;
use super::stage::Stage;
use crate::engine::Phase;
use crate::runtime::host::cores;

/// While only time passes, the chart rests this many times as long as painting it took, divided by the machine's cores,
/// but no longer than that many milliseconds. A browser has several threads at work on a frame, for longer than the
/// page's own.
const REST: f64 = 96.0;
const LONGEST_REST: f64 = 400.0;

/// The rest while the lanes leave no core for the page: a frame keeps several of the browser's threads busy, and a
/// chart that moves often would show lanes waiting because of it.
const CROWDED_REST: f64 = 600.0;

/// The rest after the frame that shows that a run is starting: by the next, most of its lanes are there, and the chart
/// has its height.
const FIRST_REST: f64 = 100.0;

impl Stage {
    /// The browser shows another frame. During a run, the page may take only part of the time: what it takes is lost to
    /// the lanes, and to the trace on its way here. Between two paintings it requests no frame at all, since each costs
    /// the browser work.
    pub(super) fn turn(&self) {
        self.0.resting.take();
        let begun = browser::now();
        self.draw();
        // Many browsers paint what was drawn on a canvas only after this frame's work; the next task comes after it.
        let weak = self.weak();
        let painted = Timeout::new(0, move || {
            if let Some(stage) = weak() {
                stage.rest((browser::now() - begun) * REST / cores() as f64);
            }
        });
        self.0.resting.replace(Some(painted));
    }

    /// Lets time pass before the next frame, during a run. A change of the view does not wait for that.
    fn rest(&self, milliseconds: f64) {
        self.0.resting.take();
        if self.run().phase().is_active() {
            let rest = if self.run().phase() == Phase::Starting {
                FIRST_REST
            } else if self.0.app.session.is_crowded() {
                CROWDED_REST
            } else {
                milliseconds.min(LONGEST_REST)
            };
            let weak = self.weak();
            let next = Timeout::new(rest as u32, move || {
                let Some(stage) = weak() else { return };
                if stage.run().phase() == Phase::Starting {
                    // Nothing is new.
                    stage.rest(milliseconds);
                } else {
                    stage.0.frame.ask();
                }
            });
            self.0.resting.replace(Some(next));
        }
    }
}
