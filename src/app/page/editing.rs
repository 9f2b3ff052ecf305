//! The program that the reader writes: its text, which is kept wherever the page may be left, and what else is put into the
//! editor. Nothing that was typed is lost: a program that comes with a link has a place of its own beside the reader's.

use std::cell::{Cell, RefCell};
use std::hash::Hasher;
use std::rc::Rc;

use futures::channel::oneshot;
use rustc_hash::FxHasher;

use super::browser;
use super::listeners::Listeners;
use crate::app::address::Brought;

/// Under this name a tab keeps what is written in it, and the browser what was written last.
const KEPT: &str = "weft-code";

/// Under this name the browser keeps what was last made of another's program, after its place.
const KEPT_OF_OTHERS: &str = "weft-code-changed";

/// The text in the editor.
#[derive(Default)]
pub struct Editing {
    text: RefCell<Rc<str>>,
    /// A program that a script has brought, and that is not in the editor yet.
    brought: RefCell<Option<String>>,
    /// Notified when the text has changed.
    pub changes: Listeners,
    /// How often a text was put into the editor, other than by typing.
    puts: Cell<u64>,
    /// Who waits for the first.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Editing {
    /// What is in the editor.
    pub fn text(&self) -> Rc<str> {
        self.text.borrow().clone()
    }

    /// The text is another from now on.
    pub fn set_text(&self, text: &str) {
        self.text.replace(text.into());
        self.changes.tell();
    }

    /// The same, by a program, a link or a file; returns the number of that, which the editor is told.
    pub fn put(&self, text: &str) -> u64 {
        self.set_text(text);
        self.puts.set(self.puts.get() + 1);
        for waiting in self.waiting.take() {
            // Who waited may have gone.
            let _ = waiting.send(());
        }
        self.puts.get()
    }

    /// Completes once there is a program: one that comes with a link has to be unpacked.
    pub async fn there(&self) {
        if self.puts.get() == 0 {
            let (sender, receiver) = oneshot::channel();
            self.waiting.borrow_mut().push(sender);
            // The sender lives as long as the page.
            let _ = receiver.await;
        }
    }

    /// A script brings a program.
    pub fn bring(&self, text: String) {
        self.brought.replace(Some(text));
        self.changes.tell();
    }

    /// The program that a script has brought since the last time, if it has.
    pub fn take_brought(&self) -> Option<String> {
        self.brought.take()
    }
}

/// Where a program is kept.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// What tells it from others; empty for the reader's own.
    place: String,
    /// In another site's frame only the tab remembers: its readers' choices say nothing about Weft's own site.
    embedded: bool,
}

impl Draft {
    /// Where a program from there is kept.
    pub fn of(brought: &Brought, embedded: bool) -> Draft {
        let place = match brought {
            Brought::Own => String::new(),
            Brought::Demo(id) => format!("-demo-{id}"),
            Brought::Code(packed) => {
                let mut hasher = FxHasher::default();
                hasher.write(packed.as_bytes());
                format!("-{:016x}", hasher.finish())
            }
        };
        Draft { place, embedded }
    }

    fn key(&self) -> String {
        format!("{KEPT}{}", self.place)
    }

    /// What was kept here, in this tab or in one that was closed.
    pub fn load(&self) -> Option<String> {
        browser::kept(&self.key()).or_else(|| {
            if self.embedded {
                return None;
            }
            if self.place.is_empty() {
                return browser::remembered(KEPT);
            }
            let changed = browser::remembered(KEPT_OF_OTHERS)?;
            let (place, text) = changed.split_once('\n')?;
            (place == self.place).then(|| text.to_owned())
        })
    }

    /// Keeps it here.
    pub fn save(&self, text: &str) {
        browser::keep(&self.key(), text);
        if self.embedded {
            return;
        }
        if self.place.is_empty() {
            browser::remember(KEPT, text);
        } else {
            browser::remember(KEPT_OF_OTHERS, &format!("{}\n{text}", self.place));
        }
    }
}
