//! Handing ends of pipes, queues, locks and shared numbers to a process that is being started.
//!
//! As in Python, they go to a process with its start arguments, and in no other way. The arguments say where they are
//! in the main program's memory; the main program keeps alive what it has handed out, and takes it back when the
//! process has ended, for whatever reason.

use std::cell::RefCell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::runtime::host::{Words, parent_words};
use crate::runtime::lane;
use crate::trace::Cause;

/// Something that a process was handed.
pub(super) trait HandedOut: Send {
    /// Process `number` has ended, and no longer has it. It may have been in the middle of anything.
    fn take_back(&self, number: u16, end: Cause);

    /// What stays held for ever if process `_number` ends now.
    fn held_by(&self, _number: u16) -> Option<String> {
        None
    }
}

/// Two things that a process was handed.
pub(super) struct Both(pub(super) Box<dyn HandedOut>, pub(super) Box<dyn HandedOut>);

impl HandedOut for Both {
    fn take_back(&self, number: u16, end: Cause) {
        self.0.take_back(number, end);
        self.1.take_back(number, end);
    }
}

/// The process that is being started, and what it has been handed so far.
struct Packing {
    number: u16,
    handed_out: Vec<Box<dyn HandedOut>>,
    refused: Option<String>,
}

thread_local! {
    static PACKING: RefCell<Option<Packing>> = const { RefCell::new(None) };
}

/// Packed arguments, and what was handed out in them.
pub(super) type Passed = (Vec<u8>, Vec<Box<dyn HandedOut>>);

/// Runs `body`, which packs the arguments for process `number`; returns also what was handed out.
///
/// # Errors
/// A sentence, if something in them cannot be handed out, or `body` cannot pack them.
pub(super) fn packing(number: u16, body: &dyn Fn() -> Result<Vec<u8>, String>) -> Result<Passed, String> {
    PACKING.set(Some(Packing { number, handed_out: Vec::new(), refused: None }));
    let packed = body();
    let packing = PACKING.take().expect("set above");
    let outcome = match packing.refused {
        Some(refused) => Err(refused),
        None => packed,
    };
    match outcome {
        Ok(bytes) => Ok((bytes, packing.handed_out)),
        Err(error) => {
            // It will not run, so it has none of them.
            let now = lane::with(|context| context.cause());
            packing.handed_out.iter().for_each(|handed_out| handed_out.take_back(number, now));
            Err(error)
        }
    }
}

/// Hands something to the process that is being started; `hand_out` is told its number.
///
/// # Errors
/// If no process is being started, or `hand_out` refuses: then [`packing`] says why.
pub(super) fn hand_out<T, E: serde::ser::Error>(
    what: &str,
    hand_out: impl FnOnce(u16) -> Result<(T, Box<dyn HandedOut>), String>,
) -> Result<T, E> {
    PACKING.with_borrow_mut(|packing| {
        let Some(packing) = packing else {
            return Err(E::custom("RuntimeError: it should only be shared between processes through inheritance"));
        };
        match hand_out(packing.number) {
            Ok((told, handed_out)) => {
                packing.handed_out.push(handed_out);
                Ok(told)
            }
            Err(error) => {
                packing.refused = Some(format!("{what} cannot be handed to another process: {error}"));
                Err(E::custom("refused"))
            }
        }
    })
}

/// Where words of the main program are, as it is packed in arguments.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Place {
    address: usize,
    words: usize,
}

impl Place {
    pub(super) fn of(words: &Arc<dyn Words>) -> Place {
        Place { address: words.address(), words: words.len() }
    }

    /// These words, in a process that was handed them.
    pub(super) fn words<E: serde::de::Error>(self) -> Result<Arc<dyn Words>, E> {
        parent_words(self.address, self.words).ok_or_else(|| E::custom("only a process can be handed this"))
    }
}

/// The number of the current process.
pub(super) fn own_number() -> u16 {
    lane::with(|context| context.run.config.process)
}
