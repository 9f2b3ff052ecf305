//! Files that the reader gives to programs.

use std::rc::Rc;

/// A file that a program finds when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Rc<[u8]>,
}
