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
pub(super) enum Reply {
    Number(u64),
    Value(Option<Bytes>),
    Items(Vec<(Bytes, Bytes)>),
    All(Vec<Bytes>),
}

impl Reply {
    pub(super) fn number(self) -> u32 {
        match self {
            Reply::Number(number) => number as u32,
            _ => 0,
        }
    }

    pub(super) fn value(self) -> Option<Bytes> {
        match self {
            Reply::Value(value) => value,
            _ => None,
        }
    }
}
