//! The server: what it starts with, and how it answers. It knows nothing of the proxies that ask, nor of what can be
//! done with what it keeps.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::kept::{Dict, Kept, List};
use super::message::{Operation, Reply, Request};
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
                    Operation::NewDict => Kept::Dict(Dict::default()),
                    _ => Kept::List(List::default()),
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
