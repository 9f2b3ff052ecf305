//! What components use of the [`Site`] around them: it, and being rendered again when it has changed.

use yew::prelude::*;

use super::site::Site;

/// The site around this component, which is rendered again when a run has been requested or has ended, or another run
/// is shown. What changes more often is checked from time to time; see [`use_ticks`].
#[hook]
pub fn use_session() -> Site {
    let site = use_site();
    use_changes(&site, |site| {
        // Not when a starting run has begun: just then the lanes want the cores.
        let phase = Some(site.session.phase()).filter(|phase| !phase.is_active());
        (phase, site.runs(), site.pair.version(), site.service.waiting.get())
    });
    site
}

/// The same, and also rendered again when a starting run has begun.
#[hook]
pub fn use_phases() -> Site {
    let site = use_session();
    use_changes(&site, |site| site.session.phase());
    site
}

/// Renders this component again when something of the session has changed and `look` sees it.
#[hook]
fn use_changes<T: PartialEq + 'static>(site: &Site, look: fn(&Site) -> T) {
    let seen = use_state_eq(|| look(site));
    use_effect_with(site.clone(), {
        let seen = seen.setter();
        move |site| {
            let listening = site.changes.listen({
                let site = site.clone();
                move || seen.set(look(&site))
            });
            move || drop(listening)
        }
    });
}

/// The site around this component.
#[hook]
pub fn use_site() -> Site {
    use_context::<Site>().expect("the root component gives it to all others")
}

/// Renders this component again at every tick, while a run goes on.
#[hook]
pub fn use_ticks() {
    let site = use_site();
    let update = use_force_update();
    use_effect_with(site, move |site| {
        let listening = site.ticks.listen(move || update.force_update());
        move || drop(listening)
    });
}
