//! A manager: a process that keeps dicts, lists and namespaces, for others to use through proxies.
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
//! - Several threads of a process may use it: they take turns.
//! - When the server is shut down, or its process ends, operations are an `EOFError` or a `BrokenPipeError`.
//!
//! Unlike Python, where a proxy can be put into another one's dict or list, here it goes to other processes only with
//! their start arguments, as all that processes share.
//!
//! Unlike Python, whose manager also keeps locks, queues, numbers and whatever else is registered, here those of
//! processes are in shared memory.
//!
//! A dict keeps its keys in the order in which they were first set. In the trace each operation is a scope of the lane
//! that asks for it, such as `words.set`.

mod client;
mod dict;
mod kept;
mod list;
mod message;
mod server;

use std::sync::Arc;

use self::client::{Client, new_channel};
pub use self::dict::{DictProxy, Keys, Namespace};
pub use self::list::{Items, ListProxy};
use self::server::Serving;
pub(super) use self::server::{SERVER, serve};
use super::error::Error;
use super::process::Process;
use super::ring::Side;
use crate::runtime::lane::Site;

/// A process that keeps dicts, lists and namespaces: in Python, what `multiprocessing.Manager()` returns. Dropping it shuts it
/// down.
pub struct Manager {
    client: Arc<Client>,
    server: Arc<Process>,
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
        DictProxy::new(&self.client, name, Site::caller())
    }

    /// An empty list: in Python, `manager.list()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn list<T>(&self, name: &str) -> Result<ListProxy<T>, Error> {
        ListProxy::new(&self.client, name, Site::caller())
    }

    /// An empty namespace: in Python, `manager.Namespace()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn namespace(&self, name: &str) -> Result<Namespace, Error> {
        Namespace::new(&self.client, name, Site::caller())
    }

    /// Ends the server, and with it all that it keeps: in Python, `manager.shutdown()`.
    #[track_caller]
    pub fn shutdown(self) {
        self.server.terminate();
        self.server.join();
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server.terminate();
        }
    }
}
