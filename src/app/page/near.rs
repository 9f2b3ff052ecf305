//! Whether an embedded page is in view. It starts no engine before it is in view or used, and keeps none warm while it
//! is out of view: there may be ten of them on a page.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

use super::browser;
use crate::engine::Session;

/// When the page has come into view, or has been used without that.
pub struct Nearness {
    reached: Shared<LocalBoxFuture<'static, ()>>,
    reach: Reach,
}

/// Wakes those that wait for it.
type Reach = Rc<RefCell<Option<oneshot::Sender<()>>>>;

impl Nearness {
    /// For a page that is not embedded: it is what the reader looks at.
    pub fn here() -> Nearness {
        Nearness { reached: async {}.boxed_local().shared(), reach: Reach::default() }
    }

    /// For an embedded page. What the session has warmed up is ended when it goes out of view.
    pub fn watch(session: &Session) -> Nearness {
        let (sender, receiver) = oneshot::channel();
        let reach: Reach = Rc::new(RefCell::new(Some(sender)));
        session.rest();
        let seen = Closure::<dyn FnMut(Array)>::new({
            let (session, reach) = (session.clone(), reach.clone());
            move |entries: Array| {
                // The last entry is the newest.
                let newest = entries.pop().unchecked_into::<IntersectionObserverEntry>();
                if !newest.is_intersecting() {
                    session.rest();
                } else {
                    tell(&reach);
                }
            }
        });
        match (IntersectionObserver::new(seen.as_ref().unchecked_ref()), browser::document().document_element()) {
            (Ok(observer), Some(root)) => observer.observe(&root),
            // Then it counts as seen.
            _ => tell(&reach),
        }
        // Lives as long as the page.
        seen.forget();
        // The sender is dropped only after it has been used.
        Nearness { reached: receiver.map(drop).boxed_local().shared(), reach }
    }

    /// Waits until it is in view for the first time.
    pub fn reached(&self) -> Shared<LocalBoxFuture<'static, ()>> {
        self.reached.clone()
    }

    /// It is used, in view or not.
    pub fn used(&self) {
        tell(&self.reach);
    }
}

fn tell(reach: &Reach) {
    if let Some(sender) = reach.take() {
        // Nobody may be waiting.
        let _ = sender.send(());
    }
}
