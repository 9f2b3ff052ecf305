//! What a server keeps, and what can be done with it. It knows keys and items only as bytes.

use std::collections::HashMap;

use super::message::{Bytes, OfDict, OfList, Operation, Reply};

/// A dict or a list.
pub(super) enum Kept {
    Dict(Dict),
    List(List),
}

/// A dict, in the order in which its keys were first set.
#[derive(Default)]
pub(super) struct Dict {
    items: Vec<(Bytes, Bytes)>,
    places: HashMap<Bytes, usize>,
}

/// A list, and how many times it has changed.
#[derive(Default)]
pub(super) struct List {
    items: Vec<Bytes>,
    version: u64,
}

impl Kept {
    /// Does this, and says what came of it.
    pub(super) fn answer(&mut self, operation: Operation) -> Reply {
        match (self, operation) {
            (Kept::Dict(dict), Operation::Dict(operation)) => dict.answer(operation),
            (Kept::List(list), Operation::List(operation)) => list.answer(operation),
            (Kept::Dict(dict), Operation::Len) => Reply::Number(dict.items.len() as u64),
            (Kept::List(list), Operation::Len) => Reply::Number(list.items.len() as u64),
            (Kept::Dict(dict), Operation::Clear) => {
                *dict = Dict::default();
                Reply::Done(true)
            }
            // A proxy asks only for what its object can do.
            _ => Reply::Done(false),
        }
    }
}

impl Dict {
    fn answer(&mut self, operation: OfDict) -> Reply {
        match operation {
            OfDict::Set(key, value) => self.set(key, value),
            OfDict::SetDefault(key, value) => {
                let set = self.get(&key);
                if set.is_none() {
                    self.set(key, value.clone());
                }
                return Reply::Value(set.or(Some(value)));
            }
            OfDict::Update(items) => items.into_iter().for_each(|(key, value)| self.set(key, value)),
            OfDict::Get(key) => return Reply::Value(self.get(&key)),
            OfDict::Remove(key) => return Reply::Value(self.remove(&key)),
            OfDict::Pop => {
                let last = self.items.pop();
                if let Some((key, _)) = &last {
                    self.places.remove(key);
                }
                return Reply::Items(last.into_iter().collect());
            }
            OfDict::Items => return Reply::Items(self.items.clone()),
            OfDict::Keys => return Reply::All(self.items.iter().map(|(key, _)| key.clone()).collect()),
            OfDict::Values => return Reply::All(self.items.iter().map(|(_, value)| value.clone()).collect()),
            OfDict::KeyAt(_, len) if len != self.items.len() as u64 => return Reply::Done(false),
            OfDict::KeyAt(at, _) => return Reply::Value(self.items.get(at as usize).map(|(key, _)| key.clone())),
        }
        Reply::Done(true)
    }

    fn set(&mut self, key: Bytes, value: Bytes) {
        match self.places.get(&key) {
            Some(at) => self.items[*at].1 = value,
            None => {
                self.places.insert(key.clone(), self.items.len());
                self.items.push((key, value));
            }
        }
    }

    fn get(&self, key: &Bytes) -> Option<Bytes> {
        self.places.get(key).map(|at| self.items[*at].1.clone())
    }

    fn remove(&mut self, key: &Bytes) -> Option<Bytes> {
        let at = self.places.remove(key)?;
        let (_, value) = self.items.remove(at);
        self.places.values_mut().filter(|place| **place > at).for_each(|place| *place -= 1);
        Some(value)
    }
}

impl List {
    fn answer(&mut self, operation: OfList) -> Reply {
        match operation {
            OfList::Get(at) => Reply::Value(self.items.get(at as usize).cloned()),
            OfList::Find(item) => match self.place_of(&item) {
                Some(at) => Reply::Number(at as u64),
                None => Reply::Done(false),
            },
            OfList::Count(item) => Reply::Number(self.items.iter().filter(|other| **other == item).count() as u64),
            OfList::Slice(from, to) => Reply::All(self.items[self.range(from, to)].to_vec()),
            OfList::Read => Reply::Version(self.version, self.items.clone()),
            OfList::Replace(version, _) if version != self.version => Reply::Done(false),
            operation => {
                self.version += 1;
                self.change(operation)
            }
        }
    }

    fn change(&mut self, operation: OfList) -> Reply {
        let items = &mut self.items;
        match operation {
            OfList::Append(item) => items.push(item),
            OfList::Extend(more) => items.extend(more),
            OfList::Insert(at, item) => items.insert(items.len().min(at as usize), item),
            OfList::Set(at, item) => match items.get_mut(at as usize) {
                Some(place) => *place = item,
                None => return Reply::Done(false),
            },
            OfList::Pop(None) => return Reply::Value(items.pop()),
            OfList::Pop(Some(at)) => {
                let there = (at as usize) < items.len();
                return Reply::Value(there.then(|| items.remove(at as usize)));
            }
            OfList::Remove(item) => match self.place_of(&item) {
                Some(at) => drop(self.items.remove(at)),
                None => return Reply::Done(false),
            },
            OfList::Reverse => items.reverse(),
            OfList::Repeat(times) => *items = vec![items.as_slice(); times as usize].concat(),
            OfList::Splice(from, to, others) => {
                let range = self.range(from, to);
                self.items.splice(range, others);
            }
            OfList::Replace(_, others) => *items = others,
            _ => return Reply::Done(false),
        }
        Reply::Done(true)
    }

    fn place_of(&self, item: &Bytes) -> Option<usize> {
        self.items.iter().position(|other| other == item)
    }

    /// These places, as far as they are there.
    fn range(&self, from: u64, to: u64) -> std::ops::Range<usize> {
        let from = self.items.len().min(from as usize);
        from..self.items.len().min(to as usize).max(from)
    }
}
