//! Where a path leads.

use super::fault::Fault;
use super::tree::{Node, Tree};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 255;

/// Where a path leads: to something in a folder that is there, or will be; the folder itself may not be there.
pub(super) struct Place {
    /// The path of the folder.
    pub folder: Vec<String>,
    /// The name in it; `None` if the path leads to the folder itself.
    pub name: Option<String>,
    /// It ends with a slash, so it can only be a folder.
    pub slash: bool,
}

impl Place {
    /// Follows a path, of which all but the last part must be there.
    pub fn find(tree: &Tree, path: &str) -> Result<Place, Fault> {
        if path.is_empty() {
            return Err(Fault::NotFound);
        }
        let mut folder = if path.starts_with('/') { Vec::new() } else { tree.current.clone() };
        let mut name: Option<String> = None;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if let Some(entered) = name.take() {
                folder.push(entered);
                tree.folder(&folder)?;
            }
            match part {
                "." => {}
                ".." => {
                    folder.pop();
                }
                _ if part.len() > LONGEST_NAME => return Err(Fault::NameTooLong),
                _ => name = Some(part.to_owned()),
            }
        }
        Ok(Place { folder, name, slash: path.ends_with('/') })
    }

    /// The path as a whole.
    pub fn whole(&self) -> Vec<String> {
        self.folder.iter().chain(&self.name).cloned().collect()
    }
    /// What is there, if it has a name; of `.`, `..` and `/` that is not asked for.
    pub fn node<'a>(&self, tree: &'a Tree) -> Result<&'a Node, Fault> {
        let name = self.name.as_ref().ok_or(Fault::Busy)?;
        let node = tree.folder(&self.folder)?.entries.get(name).ok_or(Fault::NotFound)?;
        self.fits(node).map(|()| node)
    }

    /// The same, to be changed.
    pub fn node_mut<'a>(&self, tree: &'a mut Tree) -> Result<&'a mut Node, Fault> {
        let name = self.name.as_ref().ok_or(Fault::Busy)?;
        let node = tree.folder_mut(&self.folder)?.entries.get_mut(name).ok_or(Fault::NotFound)?;
        self.fits(node).map(|()| node)
    }

    fn fits(&self, node: &Node) -> Result<(), Fault> {
        if self.slash && !node.stat().is_folder() { Err(Fault::NotFolder) } else { Ok(()) }
    }
}
