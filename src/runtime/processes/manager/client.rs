//! The side that asks: what a process needs to reach a manager's server, and how that is handed to another process. It
//! knows nothing of what the server keeps, or of the types of keys and items.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::message::{Operation, Reply, Request};
use crate::runtime::lane::{Site, scope};
use crate::runtime::processes::channel::{Channel, Counts, Told, Trouble};
use crate::runtime::processes::entry::{packed, unpacked};
use crate::runtime::processes::error::Error;
use crate::runtime::processes::passing::{Both, HandedOut, hand_out};
use crate::runtime::processes::pipe::PIPE_BYTES;
use crate::runtime::processes::process::Process;
use crate::runtime::processes::ring::Side;
use crate::runtime::threads::InnerLock;
use crate::trace::ResourceKind;

/// What a process needs to talk to the server.
pub(super) struct Client {
    requests: Channel,
    writes: u32,
    replies: Channel,
    reads: u32,
    introduced: AtomicBool,
    /// One lane asks at a time, so that each gets its own answer. The others give up what they hold of an interpreter
    /// while they wait for their turn, as the one that asks does while it waits for its answer.
    asking: InnerLock,
    /// Only in the process that started it.
    server: Option<Arc<Process>>,
}

/// A dict or a list of the server's.
#[derive(Clone)]
pub(super) struct Object {
    client: Arc<Client>,
    number: u32,
    pub(super) name: Arc<str>,
}

/// An object as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct ToldObject {
    requests: Told,
    writes: u32,
    replies: Told,
    reads: u32,
    number: u32,
    name: String,
}

/// For requests, or for replies.
pub(super) fn new_channel(name: String) -> Channel {
    Channel::new(ResourceKind::Queue, name, PIPE_BYTES, Counts::Messages, u32::MAX)
}

impl Client {
    /// In the process that has started the server, for itself or for another process.
    pub(super) fn new(requests: Channel, writes: u32, server: &Arc<Process>) -> Result<Client, String> {
        let replies = new_channel(requests.name.replace(" requests", " replies"));
        let reads = replies.claim(Side::Reading)?;
        let answers = replies.claim(Side::Writing)?;
        server.hand_out(replies.handed_out([(Side::Writing, answers)]));
        let introduced = AtomicBool::new(false);
        let server = Some(server.clone());
        Ok(Client { requests, writes, replies, reads, introduced, asking: InnerLock::new(), server })
    }

    /// Has the server do something, and waits for its answer.
    fn ask(&self, object: u32, operation: Operation, site: Site) -> Result<Reply, Error> {
        self.asking.acquire(None);
        let reply = self.converse(object, operation, site);
        self.asking.release();
        reply
    }

    fn converse(&self, object: u32, operation: Operation, site: Site) -> Result<Reply, Error> {
        let introduction = (!self.introduced.swap(true, Relaxed)).then(|| self.replies.tell());
        let request = Request { client: self.replies.resource(), introduction, object, operation };
        let name = |channel: &Channel| format!("“{}”", channel.name);
        self.requests.send(&packed(&request)?, site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(stuck) => Error::sending(stuck, &name(&self.requests)),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })?;
        let reply = self.replies.receive(site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(stuck) => Error::receiving(stuck, &name(&self.replies)),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })?;
        unpacked(&reply, &name(&self.replies))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.requests.release(Side::Writing, self.writes);
        self.replies.release(Side::Reading, self.reads);
    }
}

impl Object {
    /// A new one, that this operation makes.
    pub(super) fn new(client: &Arc<Client>, name: &str, operation: Operation, site: Site) -> Result<Object, Error> {
        let number = client.ask(0, operation, site)?.number() as u32;
        Ok(Object { client: client.clone(), number, name: name.into() })
    }

    /// Has the server do something with it, as a scope of the current lane.
    pub(super) fn ask(
        &self,
        what: &str,
        site: Site,
        operation: &dyn Fn() -> Result<Operation, Error>,
    ) -> Result<Reply, Error> {
        scope(&format!("{}.{what}", self.name), || self.client.ask(self.number, operation()?, site))
    }

    pub(super) fn unpack<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Error> {
        unpacked(bytes, &format!("“{}”", self.name))
    }

    fn tell(&self) -> Result<(ToldObject, Box<dyn HandedOut>), String> {
        let server = self.client.server.as_ref().ok_or("only the process that started the manager can do that")?;
        let requests = &self.client.requests;
        let writes = requests.claim(Side::Writing)?;
        let theirs = Client::new(requests.clone(), writes, server)?;
        let (replies, reads) = (theirs.replies.clone(), theirs.reads);
        let handed_out = (requests.handed_out([(Side::Writing, writes)]), replies.handed_out([(Side::Reading, reads)]));
        // It is the other process's now, which releases these ends itself.
        std::mem::forget(theirs);
        let (requests, replies) = (requests.tell(), replies.tell());
        let told = ToldObject { requests, writes, replies, reads, number: self.number, name: self.name.to_string() };
        Ok((told, Box::new(Both(handed_out.0, handed_out.1))))
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hand_out(&format!("“{}”", self.name), |_| self.tell())?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        let ToldObject { requests, writes, replies, reads, number, name } = ToldObject::deserialize(deserializer)?;
        let client = Client {
            requests: Channel::told(requests)?,
            writes,
            replies: Channel::told(replies)?,
            reads,
            introduced: AtomicBool::new(false),
            asking: InnerLock::new(),
            server: None,
        };
        Ok(Object { client: Arc::new(client), number, name: name.into() })
    }
}
