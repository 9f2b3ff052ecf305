//! Folders, and what is in them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::fault::Fault;
use super::file::{FOLDER, File, Stat};
use super::open::sink;
use crate::runtime::host::wall_clock;

pub(super) struct Tree {
    pub root: Folder,
    /// The path of the current folder.
    pub current: Vec<String>,
}

pub(super) type Entries = BTreeMap<String, Node>;

pub(super) struct Folder {
    id: u64,
    pub mode: u32,
    pub modified: Duration,
    pub entries: Entries,
}

pub(super) enum Node {
    File(Arc<File>),
    Folder(Folder),
    /// What swallows everything.
    Sink,
}

impl Folder {
    pub fn new(id: u64, mode: u32) -> Folder {
        Folder { id, mode, modified: wall_clock(), entries: Entries::new() }
    }

    pub fn stat(&self) -> Stat {
        Stat { id: self.id, mode: FOLDER | self.mode, size: 4096, modified: self.modified }
    }
}

impl Node {
    pub fn stat(&self) -> Stat {
        match self {
            Node::File(file) => file.stat(),
            Node::Folder(folder) => folder.stat(),
            Node::Sink => sink(),
        }
    }

    pub fn set_mode(&mut self, mode: u32) {
        match self {
            Node::File(file) => file.set_mode(mode),
            Node::Folder(folder) => folder.mode = mode,
            Node::Sink => {}
        }
    }

    pub fn set_modified(&mut self, modified: Duration) {
        match self {
            Node::File(file) => file.set_modified(modified),
            Node::Folder(folder) => folder.modified = modified,
            Node::Sink => {}
        }
    }
}

impl Tree {
    pub fn folder(&self, path: &[String]) -> Result<&Folder, Fault> {
        path.iter().try_fold(&self.root, |folder, name| match folder.entries.get(name) {
            Some(Node::Folder(next)) => Ok(next),
            Some(_) => Err(Fault::NotFolder),
            None => Err(Fault::NotFound),
        })
    }

    pub fn folder_mut(&mut self, path: &[String]) -> Result<&mut Folder, Fault> {
        path.iter().try_fold(&mut self.root, |folder, name| match folder.entries.get_mut(name) {
            Some(Node::Folder(next)) => Ok(next),
            Some(_) => Err(Fault::NotFolder),
            None => Err(Fault::NotFound),
        })
    }
}
