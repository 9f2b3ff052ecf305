//! The server: what it starts with, what it keeps, and how it answers. It knows keys and items only as bytes, and
//! nothing of the proxies that ask.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::message::{Bytes, Operation, Reply, Request};
use crate::runtime::lane::{self, Site};
use crate::runtime::processes::channel::{Channel, Told};
use crate::runtime::processes::entry::{pack, unpack};
use crate::runtime::processes::passing::hand_out;
use crate::runtime::processes::ring::Side;
use crate::trace::ResourceId;

/// The name of the function that a server starts with.
pub(in crate::runtime::processes) const SERVER: &str = "weft/manager";

/// What a server starts with.
pub(super) struct Serving<'a>(pub(super) &'a Channel);

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
pub(in crate::runtime::processes) fn serve(arguments: &[u8]) -> Result<(), String> {
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
        let reply = pack(&reply)?;
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
