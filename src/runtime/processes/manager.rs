//! A manager: a process that keeps dicts and lists, for others to use through proxies.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, processes::Processes, run_main};
//! # use weft::trace::LaneKind;
//! use weft::runtime::Failure;
//! use weft::runtime::processes::{DictProxy, Entry, Manager, Process, try_call};
//!
//! const COUNT: Entry<DictProxy<String, u32>> = Entry { name: "words/count", call: |arguments| try_call(count, arguments) };
//!
//! fn count(words: DictProxy<String, u32>) -> Result<(), Failure> {
//!     words.set(&"weft".to_owned(), &1)?; // A message to the manager's process, and its answer.
//!     Ok(())
//! }
//!
//! fn program() -> Result<(), Failure> {
//!     let manager = Manager::start("manager");
//!     let words = manager.dict("words")?;
//!     Process::start("process-1", &COUNT, words.clone()).join();
//!     assert_eq!(words.get(&"weft".to_owned())?, Some(1));
//!     manager.shutdown();
//!     Ok(())
//! }
//! # let run = Run::new(Config::default(), Clock::start());
//! # let _processes = Processes::serve(&run, |_| Some(&COUNT));
//! # run_main(&run, LaneKind::Process, program).unwrap();
//! ```
//!
//! As Python's `multiprocessing.Manager()`:
//!
//! - The server is a process of its own. Each operation is a message to it and an answer, packed and unpacked on both
//!   sides: far slower than shared memory, but for values of any type.
//! - Each operation is atomic, since the server does one after the other. Several together are not: a value that is
//!   got, changed and set again needs a lock as well.
//! - When the server is shut down, or its process ends, operations are an `EOFError` or a `BrokenPipeError`.
//!
//! A dict keeps its keys in the order in which they were first set. In the trace each operation is a scope of the lane
//! that asks for it, such as `words.set`.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::channel::{Channel, Counts, Told, Trouble};
use super::entry::{packed, unpack, unpacked};
use super::error::{Error, ErrorKind};
use super::passing::hand_out;
use super::pipe::PIPE_BYTES;
use super::process::Process;
use super::ring::Side;
use crate::runtime::lane::{self, Site, scope};
use crate::runtime::poison::unpoisoned;
use crate::trace::{ResourceId, ResourceKind};

/// The name of the function that a server starts with.
pub(super) const SERVER: &str = "weft/manager";

/// A process that keeps dicts and lists: in Python, what `multiprocessing.Manager()` returns. Dropping it shuts it
/// down.
pub struct Manager {
    client: Arc<Client>,
    server: Arc<Process>,
}

/// A dict that a manager keeps: in Python, what `manager.dict()` returns. Clones are the same dict.
pub struct DictProxy<K, V> {
    object: Object,
    of: PhantomData<fn() -> (K, V)>,
}

/// A list that a manager keeps: in Python, what `manager.list()` returns. Clones are the same list.
pub struct ListProxy<T> {
    object: Object,
    of: PhantomData<fn() -> T>,
}

/// What a process needs to talk to the server.
struct Client {
    requests: Channel,
    writes: u32,
    replies: Channel,
    reads: u32,
    introduced: AtomicBool,
    /// One lane asks at a time, so that each gets its own answer.
    asking: Mutex<()>,
    /// Only in the process that started it.
    server: Option<Arc<Process>>,
}

#[derive(Clone)]
struct Object {
    client: Arc<Client>,
    number: u32,
    name: Arc<str>,
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

#[derive(Serialize, Deserialize)]
struct Request {
    /// Who asks: the number of the channel to answer through.
    client: ResourceId,
    /// That channel, the first time.
    introduction: Option<Told>,
    object: u32,
    operation: Operation,
}

type Bytes = Vec<u8>;

#[derive(Serialize, Deserialize)]
enum Operation {
    NewDict,
    NewList,
    Set(Bytes, Bytes),
    Get(Bytes),
    Remove(Bytes),
    Items,
    Append(Bytes),
    SetAt(u64, Bytes),
    GetAt(u64),
    All,
    Len,
}

#[derive(Serialize, Deserialize)]
enum Reply {
    Number(u64),
    Value(Option<Bytes>),
    Items(Vec<(Bytes, Bytes)>),
    All(Vec<Bytes>),
}

impl Manager {
    /// Starts the server's process: in Python, `multiprocessing.Manager()`.
    ///
    /// # Panics
    /// If no process can be started here.
    pub fn start(name: &str) -> Manager {
        let requests = new_channel(format!("{name} requests"));
        let writes = requests.claim(Side::Writing).expect("nobody else has a new channel");
        let server = Arc::new(Process::start_entry(name.to_owned(), SERVER, &Serving(&requests), true));
        let client = Client::new(requests, writes, &server).expect("nobody else has a new channel");
        Manager { client: Arc::new(client), server }
    }

    /// An empty dict: in Python, `manager.dict()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn dict<K, V>(&self, name: &str) -> Result<DictProxy<K, V>, Error> {
        Ok(DictProxy { object: self.object(name, Operation::NewDict, Site::caller())?, of: PhantomData })
    }

    /// An empty list: in Python, `manager.list()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn list<T>(&self, name: &str) -> Result<ListProxy<T>, Error> {
        Ok(ListProxy { object: self.object(name, Operation::NewList, Site::caller())?, of: PhantomData })
    }

    /// Ends the server, and with it all that it keeps: in Python, `manager.shutdown()`.
    #[track_caller]
    pub fn shutdown(self) {
        self.server.terminate();
        self.server.join();
    }

    fn object(&self, name: &str, operation: Operation, site: Site) -> Result<Object, Error> {
        let number = self.client.ask(0, operation, site)?.number();
        Ok(Object { client: self.client.clone(), number, name: name.into() })
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server.terminate();
        }
    }
}

fn new_channel(name: String) -> Channel {
    Channel::new(ResourceKind::Queue, name, PIPE_BYTES, Counts::Messages, u32::MAX)
}

impl Client {
    /// In the process that has started the server, for itself or for another process.
    fn new(requests: Channel, writes: u32, server: &Arc<Process>) -> Result<Client, String> {
        let replies = new_channel(requests.name.replace(" requests", " replies"));
        let reads = replies.claim(Side::Reading)?;
        let answers = replies.claim(Side::Writing)?;
        server.hand_out(replies.handed_out([(Side::Writing, answers)]));
        let introduced = AtomicBool::new(false);
        let server = Some(server.clone());
        Ok(Client { requests, writes, replies, reads, introduced, asking: Mutex::new(()), server })
    }

    /// Has the server do something, and waits for its answer.
    fn ask(&self, object: u32, operation: Operation, site: Site) -> Result<Reply, Error> {
        let _turn = unpoisoned(&self.asking);
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

impl Reply {
    fn number(self) -> u32 {
        match self {
            Reply::Number(number) => number as u32,
            _ => 0,
        }
    }

    fn value(self) -> Option<Bytes> {
        match self {
            Reply::Value(value) => value,
            _ => None,
        }
    }
}

impl Object {
    fn ask(&self, what: &str, site: Site, operation: &dyn Fn() -> Result<Operation, Error>) -> Result<Reply, Error> {
        scope(&format!("{}.{what}", self.name), || self.client.ask(self.number, operation()?, site))
    }

    fn unpack<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Error> {
        unpacked(bytes, &format!("“{}”", self.name))
    }

    fn tell(&self) -> Result<(ToldObject, Box<dyn super::passing::HandedOut>), String> {
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
        Ok((told, Box::new(super::passing::Both(handed_out.0, handed_out.1))))
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
            asking: Mutex::new(()),
            server: None,
        };
        Ok(Object { client: Arc::new(client), number, name: name.into() })
    }
}

impl<K: Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> DictProxy<K, V> {
    /// Sets a key's value: in Python, `dict[key] = value`.
    ///
    /// # Errors
    /// If the server is gone, or the key or value cannot be packed.
    #[track_caller]
    pub fn set(&self, key: &K, value: &V) -> Result<(), Error> {
        let operation = || Ok(Operation::Set(packed(key)?, packed(value)?));
        self.object.ask("set", Site::caller(), &operation).map(drop)
    }

    /// A key's value, if it has one: in Python, `dict.get(key)`.
    ///
    /// # Errors
    /// If the server is gone, or the value is of another type.
    #[track_caller]
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.object.ask("get", Site::caller(), &|| Ok(Operation::Get(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// Removes a key, and returns its value: in Python, `dict.pop(key, None)`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn remove(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.object.ask("remove", Site::caller(), &|| Ok(Operation::Remove(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// All keys and values: in Python, `dict.items()`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn items(&self) -> Result<Vec<(K, V)>, Error> {
        let Reply::Items(items) = self.object.ask("items", Site::caller(), &|| Ok(Operation::Items))? else {
            return Ok(Vec::new());
        };
        items.iter().map(|(key, value)| Ok((self.object.unpack(key)?, self.object.unpack(value)?))).collect()
    }

    /// How many keys it has: in Python, `len(dict)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    #[allow(clippy::len_without_is_empty)] // Each question is a message; one of the two is enough.
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask("len", Site::caller(), &|| Ok(Operation::Len))?.number() as usize)
    }
}

impl<T: Serialize + DeserializeOwned> ListProxy<T> {
    /// Adds an item at the end: in Python, `list.append(item)`.
    ///
    /// # Errors
    /// If the server is gone, or the item cannot be packed.
    #[track_caller]
    pub fn append(&self, item: &T) -> Result<(), Error> {
        self.object.ask("append", Site::caller(), &|| Ok(Operation::Append(packed(item)?))).map(drop)
    }

    /// The item at this index, from 0: in Python, `list[at]`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item is of another type.
    #[track_caller]
    pub fn get(&self, at: usize) -> Result<T, Error> {
        let reply = self.object.ask("get", Site::caller(), &|| Ok(Operation::GetAt(at as u64)))?;
        let bytes = reply.value().ok_or_else(|| self.no_item(at))?;
        self.object.unpack(&bytes)
    }

    /// Changes the item at this index: in Python, `list[at] = item`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item cannot be packed.
    #[track_caller]
    pub fn set(&self, at: usize, item: &T) -> Result<(), Error> {
        let reply = self.object.ask("set", Site::caller(), &|| Ok(Operation::SetAt(at as u64, packed(item)?)))?;
        if reply.number() == 1 { Ok(()) } else { Err(self.no_item(at)) }
    }

    /// All items: in Python, `list[:]`.
    ///
    /// # Errors
    /// If the server is gone, or an item is of another type.
    #[track_caller]
    pub fn to_vec(&self) -> Result<Vec<T>, Error> {
        let Reply::All(items) = self.object.ask("all", Site::caller(), &|| Ok(Operation::All))? else {
            return Ok(Vec::new());
        };
        items.iter().map(|item| self.object.unpack(item)).collect()
    }

    /// How many items it has: in Python, `len(list)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    #[allow(clippy::len_without_is_empty)] // As for a dict.
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask("len", Site::caller(), &|| Ok(Operation::Len))?.number() as usize)
    }

    fn no_item(&self, at: usize) -> Error {
        Error::new(ErrorKind::Index, format_args!("asked for item {at} of “{}”, which is not there", self.object.name))
    }
}

impl<K, V> Clone for DictProxy<K, V> {
    fn clone(&self) -> DictProxy<K, V> {
        DictProxy { object: self.object.clone(), of: PhantomData }
    }
}

impl<T> Clone for ListProxy<T> {
    fn clone(&self) -> ListProxy<T> {
        ListProxy { object: self.object.clone(), of: PhantomData }
    }
}

impl<K, V> Serialize for DictProxy<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl<'de, K, V> Deserialize<'de> for DictProxy<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DictProxy<K, V>, D::Error> {
        Ok(DictProxy { object: Object::deserialize(deserializer)?, of: PhantomData })
    }
}

impl<T> Serialize for ListProxy<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for ListProxy<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ListProxy<T>, D::Error> {
        Ok(ListProxy { object: Object::deserialize(deserializer)?, of: PhantomData })
    }
}

/// What a server starts with.
struct Serving<'a>(&'a Channel);

impl Serialize for Serving<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Serving(requests) = self;
        let told = hand_out("a manager", |_| {
            Ok((requests.tell(), requests.handed_out([(Side::Reading, requests.claim(Side::Reading)?)])))
        })?;
        told.serialize(serializer)
    }
}

/// A dict, in the order in which its keys were first set, or a list.
enum Kept {
    Dict(Vec<(Bytes, Bytes)>, HashMap<Bytes, usize>),
    List(Vec<Bytes>),
}

/// What the server does: it answers requests until nobody is left to ask.
pub(super) fn serve(arguments: &[u8]) -> Result<(), String> {
    let requests: Told =
        postcard::from_bytes(arguments).map_err(|error| format!("its queue does not unpack: {error}"))?;
    let requests = Channel::told::<postcard::Error>(requests).map_err(|error| error.to_string())?;
    let mut clients: HashMap<ResourceId, Channel> = HashMap::new();
    let mut objects: Vec<Kept> = Vec::new();
    while let Ok(request) = requests.receive(Site::caller(), None) {
        let Request { client, introduction, object, operation } =
            unpack(&request).map_err(|error| format!("a request does not unpack: {error}"))?;
        if let Some(introduction) = introduction {
            let replies = Channel::told::<postcard::Error>(introduction).map_err(|error| error.to_string())?;
            clients.insert(client, replies);
        }
        let reply = match operation {
            Operation::NewDict | Operation::NewList => {
                objects.push(match operation {
                    Operation::NewDict => Kept::Dict(Vec::new(), HashMap::new()),
                    _ => Kept::List(Vec::new()),
                });
                Reply::Number(objects.len() as u64 - 1)
            }
            operation => match objects.get_mut(object as usize) {
                Some(kept) => kept.answer(operation),
                None => Reply::Value(None),
            },
        };
        let reply = super::entry::pack(&reply)?;
        if let Some(replies) = clients.get(&client) {
            // The client may have died meanwhile.
            let _ = replies.send(&reply, Site::caller(), None);
        }
    }
    lane::with(|context| context.mark("nobody is left to ask"));
    Ok(())
}

impl Kept {
    fn answer(&mut self, operation: Operation) -> Reply {
        match (self, operation) {
            (Kept::Dict(items, places), Operation::Set(key, value)) => {
                match places.get(&key) {
                    Some(at) => items[*at].1 = value,
                    None => {
                        places.insert(key.clone(), items.len());
                        items.push((key, value));
                    }
                }
                Reply::Number(1)
            }
            (Kept::Dict(items, places), Operation::Get(key)) => {
                Reply::Value(places.get(&key).map(|at| items[*at].1.clone()))
            }
            (Kept::Dict(items, places), Operation::Remove(key)) => {
                let removed = places.remove(&key).map(|at| items.remove(at).1);
                if removed.is_some() {
                    *places = items.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
                }
                Reply::Value(removed)
            }
            (Kept::Dict(items, _), Operation::Items) => Reply::Items(items.clone()),
            (Kept::Dict(items, _), Operation::Len) => Reply::Number(items.len() as u64),
            (Kept::List(items), Operation::Append(item)) => {
                items.push(item);
                Reply::Number(1)
            }
            (Kept::List(items), Operation::GetAt(at)) => Reply::Value(items.get(at as usize).cloned()),
            (Kept::List(items), Operation::SetAt(at, item)) => match items.get_mut(at as usize) {
                Some(place) => {
                    *place = item;
                    Reply::Number(1)
                }
                None => Reply::Number(0),
            },
            (Kept::List(items), Operation::All) => Reply::All(items.clone()),
            (Kept::List(items), Operation::Len) => Reply::Number(items.len() as u64),
            // A proxy asks only for what its object can do.
            _ => Reply::Value(None),
        }
    }
}
