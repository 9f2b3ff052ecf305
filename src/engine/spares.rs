//! Workers that are there before a process is asked for.
//!
//! What a process costs is mostly its worker: the browser loads the script, and instantiates the module. So an engine
//! that will run processes starts four workers in advance, as a fork server does, and a process takes one that is
//! waiting. Later processes of a run wait for theirs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::join_all;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::link::{end_worker, unpack};
use super::protocol::FromProcess;
use crate::runtime::host::web::{ROLE_PROCESS, start_worker};

/// Workers that wait, first in, first out.
#[derive(Default)]
pub struct Spares(RefCell<VecDeque<Spare>>);

struct Spare {
    worker: Worker,
    /// It could not start.
    failed: Rc<Cell<bool>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Spares {
    /// Starts `count` more, and waits until they are up.
    pub async fn add(&self, count: usize) {
        // A browser that cannot start workers reports that to the process that wants one.
        let (spares, there): (Vec<_>, Vec<_>) = (0..count).map_while(|_| Spare::start().ok()).unzip();
        self.0.borrow_mut().extend(spares);
        join_all(there).await;
    }

    /// One that is waiting, or one that is started now.
    ///
    /// # Errors
    /// If the browser cannot start workers.
    pub fn take(&self, name: &str) -> Result<Worker, JsValue> {
        while let Some(spare) = self.0.borrow_mut().pop_front() {
            if !spare.failed.get() {
                return Ok(spare.worker);
            }
            end_worker(&spare.worker);
        }
        start_worker(ROLE_PROCESS, name)
    }
}

impl Spare {
    /// A worker, and a channel that closes when it is up or has failed.
    fn start() -> Result<(Spare, oneshot::Receiver<()>), JsValue> {
        let worker = start_worker(ROLE_PROCESS, "weft process")?;
        let (sender, there) = oneshot::channel();
        let sender = Rc::new(Cell::new(Some(sender)));
        let failed = Rc::new(Cell::new(false));
        let on_message = Closure::new({
            let (sender, failed) = (sender.clone(), failed.clone());
            move |event: MessageEvent| {
                failed.set(unpack::<FromProcess>(&event.data()).is_err());
                drop(sender.take());
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::new({
            let failed = failed.clone();
            move |event: ErrorEvent| {
                event.prevent_default();
                failed.set(true);
                drop(sender.take());
            }
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok((Spare { worker, failed, _on_message: on_message, _on_error: on_error }, there))
    }
}
