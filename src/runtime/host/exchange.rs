//! One request to an address outside the program, and what comes back. Whoever carries it out puts that in here; a lane
//! takes it out.

use std::collections::VecDeque;
use std::sync::Arc;

use super::monitor::{Monitor, MonitorGuard};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET` and so on.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Vec<u8>>,
    /// Whether it goes on where a response leads elsewhere.
    pub redirects: bool,
    /// How fast delays pass where the site itself answers.
    pub speed: f64,
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The address that has answered.
    pub url: String,
}

/// What has come so far.
#[derive(Default)]
pub struct Arrived {
    /// The head, until it is taken.
    pub head: Option<Head>,
    /// The body, in the parts in which it came, until they are taken.
    pub parts: VecDeque<Vec<u8>>,
    /// Nothing more will come; a sentence, if that is because something is wrong.
    pub over: Option<Result<(), String>>,
    /// Nobody wants any more of it.
    pub unwanted: bool,
    /// Called when something more has come.
    pub listener: Option<Box<dyn Fn() + Send>>,
}

/// A request, and what has come back.
pub struct Exchange {
    /// What is asked for.
    pub request: Request,
    arrived: Monitor<Arrived>,
}

impl Exchange {
    /// A request that is about to be sent.
    pub fn new(request: Request) -> Arc<Exchange> {
        Arc::new(Exchange { request, arrived: Monitor::default() })
    }

    /// What has come.
    pub fn lock(&self) -> MonitorGuard<'_, Arrived> {
        self.arrived.lock()
    }

    /// The head has come.
    pub fn head(&self, head: Head) {
        self.change(|arrived| arrived.head = Some(head));
    }

    /// A part of the body has come.
    pub fn part(&self, part: Vec<u8>) {
        if !part.is_empty() {
            self.change(|arrived| arrived.parts.push_back(part));
        }
    }

    /// Nothing more will come.
    pub fn over(&self, result: Result<(), String>) {
        self.change(|arrived| arrived.over = Some(result));
    }

    /// Nobody wants any more of it.
    pub fn give_up(&self) {
        self.lock().unwanted = true;
    }

    /// Whether nobody wants any more of it.
    pub fn is_unwanted(&self) -> bool {
        self.lock().unwanted
    }

    fn change(&self, body: impl FnOnce(&mut Arrived)) {
        let mut arrived = self.lock();
        body(&mut arrived);
        self.arrived.notify_all();
        if let Some(listener) = &arrived.listener {
            listener();
        }
    }
}
