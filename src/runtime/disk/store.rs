//! The files of a run by their paths.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::counters::Counters;
use super::fault::Fault;
use super::file::{File, Stat};
use super::how::How;
use super::open::{Descriptors, OpenFile};
use super::place::Place;
use super::tree::{Entries, Folder, Node, Tree};
use crate::runtime::host::wall_clock;
use crate::runtime::poison::unpoisoned;

/// The folder in which a program begins, and in which the reader's files are.
pub const HOME: &str = "/home/weft";

/// Files and folders. Times are since 1970.
pub struct Disk {
    pub(super) tree: Mutex<Tree>,
    descriptors: Mutex<Descriptors>,
    pub(super) counters: Arc<Counters>,
}

/// What is in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u64,
    /// Whether it is a folder; else it is a file.
    pub is_folder: bool,
}

/// A disk on which there are only the folders that every program expects.
impl Default for Disk {
    fn default() -> Disk {
        let counters = Arc::<Counters>::default();
        let folder = || Folder::new(counters.next_id(), 0o755);
        let mut root = folder();
        for (path, shared) in [(HOME, false), ("/tmp", true)] {
            let mut at = &mut root;
            for name in path.split('/').filter(|name| !name.is_empty()) {
                let entry = at.entries.entry(name.to_owned()).or_insert_with(|| Node::Folder(folder()));
                let Node::Folder(next) = entry else { unreachable!("only folders have been made") };
                at = next;
            }
            at.mode = if shared { 0o1777 } else { at.mode };
        }
        let mut devices = folder();
        devices.entries.insert("null".to_owned(), Node::Sink);
        root.entries.insert("dev".to_owned(), Node::Folder(devices));
        let tree = Tree { root, current: HOME.split('/').skip(1).map(str::to_owned).collect() };
        Disk { tree: Mutex::new(tree), descriptors: Mutex::default(), counters }
    }
}

impl Disk {
    /// Puts a file of the reader's into the folder in which a program begins; one of that name is replaced.
    ///
    /// # Errors
    /// If it is no name, or there is no room.
    pub fn add(&self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        if name.is_empty() || name.contains('/') {
            return Err(Fault::Invalid);
        }
        let how = How { write: true, create: true, truncate: true, ..How::default() };
        let file = self.open_file(&format!("{HOME}/{name}"), how, 0o644)?;
        file.write(bytes).map(drop)
    }

    /// The current folder.
    ///
    /// # Errors
    /// If it has been removed.
    pub fn current_folder(&self) -> Result<String, Fault> {
        let tree = unpoisoned(&self.tree);
        tree.folder(&tree.current)?;
        Ok(format!("/{}", tree.current.join("/")))
    }

    /// Makes this the current folder.
    ///
    /// # Errors
    /// If it is none.
    pub fn change_folder(&self, path: &str) -> Result<(), Fault> {
        let mut tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        let path = place.whole();
        tree.folder(&path)?;
        tree.current = path;
        Ok(())
    }

    /// What is known of a file or folder.
    ///
    /// # Errors
    /// If there is none.
    pub fn stat(&self, path: &str) -> Result<Stat, Fault> {
        let tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        if place.name.is_none() {
            return Ok(tree.folder(&place.folder)?.stat());
        }
        Ok(place.node(&tree)?.stat())
    }

    /// What is in a folder, in the order of the names.
    ///
    /// # Errors
    /// If it is none.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, Fault> {
        let tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        let entry = |(name, node): (&String, &Node)| {
            let stat = node.stat();
            Entry { name: name.clone(), id: stat.id, is_folder: stat.is_folder() }
        };
        Ok(tree.folder(&place.whole())?.entries.iter().map(entry).collect())
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// If it is there already, or the one around it is not.
    pub fn make_folder(&self, path: &str, mode: u32) -> Result<(), Fault> {
        self.change(path, |entries, name, _| {
            if entries.contains_key(name) {
                return Err(Fault::Exists);
            }
            let folder = Folder::new(self.counters.next_id(), mode & 0o777);
            entries.insert(name.to_owned(), Node::Folder(folder));
            Ok(())
        })
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// If it is none, or not empty.
    pub fn remove_folder(&self, path: &str) -> Result<(), Fault> {
        self.change(path, |entries, name, _| {
            match entries.get(name).ok_or(Fault::NotFound)? {
                Node::Folder(folder) if folder.entries.is_empty() => entries.remove(name),
                Node::Folder(_) => return Err(Fault::NotEmpty),
                Node::File(_) | Node::Sink => return Err(Fault::NotFolder),
            };
            Ok(())
        })
    }

    /// Removes a file. Who has opened it still has it.
    ///
    /// # Errors
    /// If it is none.
    pub fn remove_file(&self, path: &str) -> Result<(), Fault> {
        self.change(path, |entries, name, slash| {
            match entries.get(name).ok_or(Fault::NotFound)? {
                Node::Folder(_) => return Err(Fault::IsFolder),
                Node::File(_) if slash => return Err(Fault::NotFolder),
                Node::Sink => return Err(Fault::NotPermitted),
                Node::File(_) => entries.remove(name),
            };
            Ok(())
        })
    }

    /// Changes what is at the end of a path.
    fn change(
        &self,
        path: &str,
        body: impl FnOnce(&mut Entries, &str, bool) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        // `.`, `..` and `/` are there, and cannot be taken away.
        let name =
            place.name.as_ref().ok_or_else(|| if path.ends_with('.') { Fault::Invalid } else { Fault::Exists })?;
        let folder = tree.folder_mut(&place.folder)?;
        body(&mut folder.entries, name, place.slash)?;
        folder.modified = wall_clock();
        self.counters.changed();
        Ok(())
    }

    /// Gives a file or folder another name, in place of what has that name.
    ///
    /// # Errors
    /// If there is none, or a folder would replace a file, a file a folder, or something a folder that is not empty.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Fault> {
        let mut tree = unpoisoned(&self.tree);
        let from = Place::find(&tree, from)?;
        let is_folder = from.node(&tree)?.stat().is_folder();
        let to = Place::find(&tree, to)?;
        let (Some(old), Some(new)) = (&from.name, &to.name) else { return Err(Fault::Busy) };
        tree.folder(&to.folder)?;
        if to.slash && !is_folder {
            return Err(Fault::NotFolder);
        }
        if from.whole() == to.whole() {
            return Ok(());
        }
        if is_folder && to.folder.starts_with(&from.whole()) {
            return Err(Fault::Invalid);
        }
        match (to.node(&tree), is_folder) {
            (Ok(Node::Folder(folder)), true) if !folder.entries.is_empty() => return Err(Fault::NotEmpty),
            (Ok(Node::Folder(_)), true) | (Err(_), _) => {}
            (Ok(Node::Folder(_)), false) => return Err(Fault::IsFolder),
            (Ok(_), true) => return Err(Fault::NotFolder),
            (Ok(_), false) => {}
        }
        let folder = tree.folder_mut(&from.folder)?;
        let node = folder.entries.remove(old).ok_or(Fault::NotFound)?;
        folder.modified = wall_clock();
        let folder = tree.folder_mut(&to.folder)?;
        folder.entries.insert(new.clone(), node);
        folder.modified = wall_clock();
        self.counters.changed();
        Ok(())
    }

    /// Sets who may do what with a file or folder.
    ///
    /// # Errors
    /// If there is none.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Fault> {
        self.with_node(path, |node| node.set_mode(mode & 0o7777))
    }

    /// Sets when a file or folder was changed last.
    ///
    /// # Errors
    /// If there is none.
    pub fn set_modified(&self, path: &str, modified: Duration) -> Result<(), Fault> {
        self.with_node(path, |node| node.set_modified(modified))
    }

    fn with_node(&self, path: &str, body: impl FnOnce(&mut Node)) -> Result<(), Fault> {
        let mut tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        body(place.node_mut(&mut tree)?);
        Ok(())
    }

    /// Opens a file; gives its descriptor.
    ///
    /// # Errors
    /// If it cannot be opened like this.
    pub fn open(&self, path: &str, how: How, mode: u32) -> Result<i32, Fault> {
        let file = self.open_file(path, how, mode)?;
        Ok(unpoisoned(&self.descriptors).add(file))
    }

    fn open_file(&self, path: &str, how: How, mode: u32) -> Result<OpenFile, Fault> {
        let mut tree = unpoisoned(&self.tree);
        let place = Place::find(&tree, path)?;
        let name = place.name.as_ref().ok_or(Fault::IsFolder)?;
        let folder = tree.folder_mut(&place.folder)?;
        let file = match folder.entries.get(name) {
            Some(_) if how.create && how.exclusive => return Err(Fault::Exists),
            Some(Node::Folder(_)) => return Err(Fault::IsFolder),
            Some(Node::File(_) | Node::Sink) if place.slash => return Err(Fault::NotFolder),
            Some(Node::Sink) => None,
            Some(Node::File(file)) => {
                file.allows(how)?;
                Some(file.clone())
            }
            None if place.slash => return Err(if how.create { Fault::IsFolder } else { Fault::NotFound }),
            None if !how.create => return Err(Fault::NotFound),
            None => {
                let file = Arc::new(File::new(self.counters.clone(), mode & 0o777));
                folder.entries.insert(name.clone(), Node::File(file.clone()));
                folder.modified = wall_clock();
                Some(file)
            }
        };
        if let Some(file) = file.as_ref().filter(|_| how.truncate && how.write) {
            file.truncate(0)?;
        }
        Ok(OpenFile::new(file, how))
    }

    /// An open file.
    ///
    /// # Errors
    /// If that is no descriptor of one.
    pub fn opened(&self, descriptor: i32) -> Result<Arc<OpenFile>, Fault> {
        unpoisoned(&self.descriptors).get(descriptor)
    }

    /// Closes a file.
    ///
    /// # Errors
    /// If that is no descriptor of one.
    pub fn close(&self, descriptor: i32) -> Result<(), Fault> {
        unpoisoned(&self.descriptors).take(descriptor).map(drop)
    }
}
