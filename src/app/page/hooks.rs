//! What components use of the [`AppContext`] around them: it, and being rendered again when it has changed.

use std::rc::Rc;

use yew::prelude::*;

use super::context::AppContext;

/// What this component shares with the others. It is rendered again when a run has been requested or has ended, or
/// another run is shown. What changes more often is checked from time to time; see [`use_ticks`].
#[hook]
pub fn use_session() -> AppContext {
    let app = use_app();
    use_changes(&app, |app| {
        // Not when a starting run has begun: just then the lanes want the cores.
        let phase = Some(app.session.phase()).filter(|phase| !phase.is_active());
        let questions = app.session.run().questions.len();
        (phase, app.runs(), app.pair.version(), app.service.waiting.get(), questions)
    });
    app
}

/// The same, and also rendered again when a starting run has begun.
#[hook]
pub fn use_phases() -> AppContext {
    let app = use_session();
    use_changes(&app, |app| app.session.phase());
    app
}

/// Renders this component again when something of the session has changed and `look` sees it.
#[hook]
pub fn use_changes<T: PartialEq + 'static>(app: &AppContext, look: fn(&AppContext) -> T) {
    let seen = use_state_eq(|| look(app));
    use_effect_with(app.clone(), {
        let seen = seen.setter();
        move |app| {
            let listening = app.changes.listen({
                let app = app.clone();
                move || seen.set(look(&app))
            });
            move || drop(listening)
        }
    });
}

/// What this component shares with the others.
#[hook]
pub fn use_app() -> AppContext {
    use_context::<AppContext>().expect("the root component gives it to all others")
}

/// What `look` sees at the moment that the reader points at. Renders this component again when that has changed.
#[hook]
pub fn use_moment<T: Clone + PartialEq + 'static>(look: impl Fn(&AppContext) -> T + 'static) -> T {
    let app = use_app();
    let seen = use_state_eq(|| look(&app));
    use_effect_with(app, {
        let seen = seen.setter();
        move |app| {
            let look = Rc::new({
                let app = app.clone();
                move || seen.set(look(&app))
            });
            let on_change = look.clone();
            let listening = (app.moments.listen(move || look()), app.changes.listen(move || on_change()));
            move || drop(listening)
        }
    });
    (*seen).clone()
}

/// Renders this component again at every tick, while a run goes on.
#[hook]
pub fn use_ticks() {
    let app = use_app();
    let update = use_force_update();
    use_effect_with(app, move |app| {
        let listening = app.ticks.listen(move || update.force_update());
        move || drop(listening)
    });
}
