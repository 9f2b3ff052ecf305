//! What a program has written since somebody looked last.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file::File;
use super::store::{Disk, HOME};
use super::tree::{Folder, Node};
use crate::runtime::poison::unpoisoned;

/// A file has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its path: from the folder in which a program begins, if it is below that.
    pub name: String,
    /// What it has now; `None` if there is no such file any more.
    pub bytes: Option<Vec<u8>>,
}

/// Remembers what it has seen of a disk.
#[derive(Default)]
pub struct Watch {
    /// The disk's version then.
    version: u64,
    /// Number and version of each file.
    known: BTreeMap<String, (u64, u64)>,
}

impl Watch {
    /// Everything that is there now is known.
    pub fn begin(disk: &Disk) -> Watch {
        let mut watch = Watch::default();
        watch.look(disk);
        watch
    }

    /// What has changed since the last time.
    pub fn look(&mut self, disk: &Disk) -> Vec<Change> {
        let version = disk.counters.version();
        if version == self.version {
            return Vec::new();
        }
        // What changes from here on is seen the next time, too.
        self.version = version;
        let mut files = Vec::new();
        collect(&unpoisoned(&disk.tree).root, "", &mut files);
        let before = std::mem::take(&mut self.known);
        let mut changes = Vec::new();
        for (name, file) in files {
            let (id, bytes) = file.read(|content| {
                let id = (file.id, content.version);
                (id, (before.get(&name) != Some(&id)).then(|| content.bytes.clone()))
            });
            if bytes.is_some() {
                changes.push(Change { name: name.clone(), bytes });
            }
            self.known.insert(name, id);
        }
        let gone = before.into_keys().filter(|name| !self.known.contains_key(name));
        changes.extend(gone.map(|name| Change { name, bytes: None }));
        changes
    }
}

fn collect(folder: &Folder, path: &str, into: &mut Vec<(String, Arc<File>)>) {
    for (name, node) in &folder.entries {
        let path = format!("{path}/{name}");
        match node {
            Node::Folder(folder) => collect(folder, &path, into),
            Node::File(file) => {
                let below_home = path.strip_prefix(HOME).and_then(|path| path.strip_prefix('/'));
                into.push((below_home.unwrap_or(&path).to_owned(), file.clone()));
            }
            Node::Sink => {}
        }
    }
}
