//! What is said between a manager's server and those that ask it. It knows nothing of how that is sent, or of the types
//! that are packed in the bytes.

use serde::{Deserialize, Serialize};

use crate::runtime::processes::channel::Told;
use crate::trace::ResourceId;

#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    /// Who asks: the number of the channel to answer through.
    pub(super) client: ResourceId,
    /// That channel, the first time.
    pub(super) introduction: Option<Told>,
    pub(super) object: u32,
    pub(super) operation: Operation,
}

pub(super) type Bytes = Vec<u8>;

#[derive(Serialize, Deserialize)]
pub(super) enum Operation {
    NewDict,
    NewList,
    Dict(OfDict),
    List(OfList),
    Clear,
    Len,
}

/// An operation of dicts.
#[derive(Serialize, Deserialize)]
pub(super) enum OfDict {
    Set(Bytes, Bytes),
    SetDefault(Bytes, Bytes),
    Update(Vec<(Bytes, Bytes)>),
    Get(Bytes),
    Remove(Bytes),
    /// The pair whose key was set last.
    Pop,
    Items,
    Keys,
    Values,
    /// The key at this place, of so many.
    KeyAt(u64, u64),
}

/// An operation of lists.
#[derive(Serialize, Deserialize)]
pub(super) enum OfList {
    Append(Bytes),
    Extend(Vec<Bytes>),
    Insert(u64, Bytes),
    Set(u64, Bytes),
    Get(u64),
    /// The last item, if no place is given.
    Pop(Option<u64>),
    /// The first item that is packed so.
    Remove(Bytes),
    Find(Bytes),
    Count(Bytes),
    Reverse,
    /// So many times itself.
    Repeat(u64),
    /// The items from one place up to another.
    Slice(u64, u64),
    /// Other items for those.
    Splice(u64, u64, Vec<Bytes>),
    /// All items, and the version.
    Read,
    /// Other items for all of them, if this is still the version.
    Replace(u64, Vec<Bytes>),
}

#[derive(Serialize, Deserialize)]
pub(super) enum Reply {
    /// That is done; or it is not possible.
    Done(bool),
    Number(u64),
    Value(Option<Bytes>),
    Items(Vec<(Bytes, Bytes)>),
    All(Vec<Bytes>),
    Version(u64, Vec<Bytes>),
}

impl Reply {
    pub(super) fn number(self) -> u64 {
        match self {
            Reply::Number(number) => number,
            _ => 0,
        }
    }

    pub(super) fn succeeded(self) -> bool {
        matches!(self, Reply::Done(true))
    }

    pub(super) fn value(self) -> Option<Bytes> {
        match self {
            Reply::Value(value) => value,
            _ => None,
        }
    }

    pub(super) fn items(self) -> Vec<(Bytes, Bytes)> {
        match self {
            Reply::Items(items) => items,
            _ => Vec::new(),
        }
    }

    pub(super) fn all(self) -> Vec<Bytes> {
        match self {
            Reply::All(all) => all,
            _ => Vec::new(),
        }
    }
}
