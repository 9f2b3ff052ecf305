//! Lists as programs use them: each operation is a question to the server. They know nothing of channels.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::client::{Client, Object};
use super::message::{OfList, Operation, Reply};
use crate::runtime::lane::{Site, scope};
use crate::runtime::processes::entry::packed;
use crate::runtime::processes::error::{Error, ErrorKind};

/// A list that a manager keeps: in Python, what `manager.list()` returns. Clones are the same list. Items are equal if
/// they are packed as the same bytes.
///
/// Unlike Python, where an index below 0 counts from the end, here all indices are from 0.
pub struct ListProxy<T> {
    object: Object,
    of: PhantomData<fn() -> T>,
}

impl<T> ListProxy<T> {
    /// A new one, which is empty.
    pub(super) fn new(client: &Arc<Client>, name: &str, site: Site) -> Result<ListProxy<T>, Error> {
        Ok(ListProxy { object: Object::new(client, name, Operation::NewList, site)?, of: PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned> ListProxy<T> {
    /// Adds an item at the end: in Python, `list.append(item)`.
    ///
    /// # Errors
    /// If the server is gone, or the item cannot be packed.
    #[track_caller]
    pub fn append(&self, item: &T) -> Result<(), Error> {
        self.ask("append", Site::caller(), &|| Ok(OfList::Append(packed(item)?))).map(drop)
    }

    /// Adds several items at the end at once: in Python, `list.extend(items)`.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn extend(&self, items: &[T]) -> Result<(), Error> {
        self.ask("extend", Site::caller(), &|| Ok(OfList::Extend(pack_all(items)?))).map(drop)
    }

    /// Puts an item before the one at this index, or at the end if there is none: in Python, `list.insert(at, item)`.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn insert(&self, at: usize, item: &T) -> Result<(), Error> {
        self.ask("insert", Site::caller(), &|| Ok(OfList::Insert(at as u64, packed(item)?))).map(drop)
    }

    /// The item at this index: in Python, `list[at]`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item is of another type.
    #[track_caller]
    pub fn get(&self, at: usize) -> Result<T, Error> {
        let reply = self.ask("get", Site::caller(), &|| Ok(OfList::Get(at as u64)))?;
        self.object.unpack(&reply.value().ok_or_else(|| self.no_item(at))?)
    }

    /// Changes the item at this index: in Python, `list[at] = item`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item cannot be packed.
    #[track_caller]
    pub fn set(&self, at: usize, item: &T) -> Result<(), Error> {
        let reply = self.ask("set", Site::caller(), &|| Ok(OfList::Set(at as u64, packed(item)?)))?;
        if reply.succeeded() { Ok(()) } else { Err(self.no_item(at)) }
    }

    /// Removes the last item, and returns it: in Python, `list.pop()`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item is of another type.
    #[track_caller]
    pub fn pop(&self) -> Result<T, Error> {
        let reply = self.ask("pop", Site::caller(), &|| Ok(OfList::Pop(None)))?;
        self.object.unpack(&reply.value().ok_or_else(|| self.no_item(0))?)
    }

    /// Removes the item at this index, and returns it: in Python, `list.pop(at)`.
    ///
    /// # Errors
    /// As [`ListProxy::pop`].
    #[track_caller]
    pub fn pop_at(&self, at: usize) -> Result<T, Error> {
        let reply = self.ask("pop", Site::caller(), &|| Ok(OfList::Pop(Some(at as u64))))?;
        self.object.unpack(&reply.value().ok_or_else(|| self.no_item(at))?)
    }

    /// Removes the first item that is equal to this one; whether there was one: in Python, `list.remove(item)`, which
    /// is a `ValueError` if there is none.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn remove(&self, item: &T) -> Result<bool, Error> {
        Ok(self.ask("remove", Site::caller(), &|| Ok(OfList::Remove(packed(item)?)))?.succeeded())
    }

    /// The index of the first item that is equal to this one: in Python, `list.index(item)`, which is a `ValueError`
    /// if there is none, and `item in list`.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn index(&self, item: &T) -> Result<Option<usize>, Error> {
        match self.ask("index", Site::caller(), &|| Ok(OfList::Find(packed(item)?)))? {
            Reply::Number(at) => Ok(Some(at as usize)),
            _ => Ok(None),
        }
    }

    /// How many items are equal to this one: in Python, `list.count(item)`.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn count(&self, item: &T) -> Result<usize, Error> {
        Ok(self.ask("count", Site::caller(), &|| Ok(OfList::Count(packed(item)?)))?.number() as usize)
    }

    /// Turns it round: in Python, `list.reverse()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn reverse(&self) -> Result<(), Error> {
        self.ask("reverse", Site::caller(), &|| Ok(OfList::Reverse)).map(drop)
    }

    /// Repeats its items, so that it has them so many times: in Python, `list *= times`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn repeat(&self, times: usize) -> Result<(), Error> {
        self.ask("repeat", Site::caller(), &|| Ok(OfList::Repeat(times as u64))).map(drop)
    }

    /// Sorts it: in Python, `list.sort()`. The server does not know what its items mean, so the lane that asks sorts
    /// them, and does so again if others have changed the list meanwhile.
    ///
    /// # Errors
    /// If the server is gone, or an item is of another type.
    #[track_caller]
    pub fn sort(&self) -> Result<(), Error>
    where
        T: Ord,
    {
        let site = Site::caller();
        scope(&format!("{}.sort", self.object.name), || {
            loop {
                let Reply::Version(version, items) = self.ask("read", site, &|| Ok(OfList::Read))? else {
                    return Ok(());
                };
                let mut items = items.iter().map(|item| self.object.unpack(item)).collect::<Result<Vec<T>, _>>()?;
                items.sort();
                let replace = || Ok(OfList::Replace(version, pack_all(&items)?));
                if self.ask("replace", site, &replace)?.succeeded() {
                    return Ok(());
                }
            }
        })
    }

    /// The items at these indices, as far as there are any: in Python, `list[range.start:range.end]`.
    ///
    /// # Errors
    /// If the server is gone, or an item is of another type.
    #[track_caller]
    pub fn slice(&self, range: Range<usize>) -> Result<Vec<T>, Error> {
        self.slice_at(range, Site::caller())
    }

    /// Puts these items where those at these indices are: in Python, `list[range.start:range.end] = items`; with none,
    /// `del list[range.start:range.end]`.
    ///
    /// # Errors
    /// As [`ListProxy::append`].
    #[track_caller]
    pub fn set_slice(&self, range: Range<usize>, items: &[T]) -> Result<(), Error> {
        let operation = || Ok(OfList::Splice(range.start as u64, range.end as u64, pack_all(items)?));
        self.ask("set", Site::caller(), &operation).map(drop)
    }

    /// All items: in Python, `list[:]`.
    ///
    /// # Errors
    /// If the server is gone, or an item is of another type.
    #[track_caller]
    pub fn to_vec(&self) -> Result<Vec<T>, Error> {
        self.slice_at(0..usize::MAX, Site::caller())
    }

    /// The items one after the other, each a question to the server: in Python, `iter(list)`. So it yields what the
    /// list has by then.
    #[track_caller]
    pub fn iter(&self) -> Items<'_, T> {
        Items { list: self, at: Some(0), site: Site::caller() }
    }

    /// How many items it has: in Python, `len(list)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    #[allow(clippy::len_without_is_empty)] // As for a dict.
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask("len", Site::caller(), &|| Ok(Operation::Len))?.number() as usize)
    }

    fn slice_at(&self, range: Range<usize>, site: Site) -> Result<Vec<T>, Error> {
        let items = self.ask("slice", site, &|| Ok(OfList::Slice(range.start as u64, range.end as u64)))?.all();
        items.iter().map(|item| self.object.unpack(item)).collect()
    }

    fn ask(&self, what: &str, site: Site, operation: &dyn Fn() -> Result<OfList, Error>) -> Result<Reply, Error> {
        self.object.ask(what, site, &|| Ok(Operation::List(operation()?)))
    }

    fn no_item(&self, at: usize) -> Error {
        Error::new(ErrorKind::Index, format_args!("asked for item {at} of “{}”, which is not there", self.object.name))
    }
}

fn pack_all<T: Serialize>(items: &[T]) -> Result<Vec<Vec<u8>>, Error> {
    items.iter().map(packed).collect()
}

/// The items of a list.
pub struct Items<'a, T> {
    list: &'a ListProxy<T>,
    /// None once there were no more.
    at: Option<u64>,
    site: Site,
}

impl<T: Serialize + DeserializeOwned> Iterator for Items<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Result<T, Error>> {
        let at = self.at?;
        match self.list.ask("next", self.site, &|| Ok(OfList::Get(at))) {
            Ok(reply) => {
                let item = reply.value();
                self.at = item.is_some().then_some(at + 1);
                item.map(|item| self.list.object.unpack(&item))
            }
            Err(error) => {
                self.at = None;
                Some(Err(error))
            }
        }
    }
}

impl<T> Clone for ListProxy<T> {
    fn clone(&self) -> ListProxy<T> {
        ListProxy { object: self.object.clone(), of: PhantomData }
    }
}

impl<T> Serialize for ListProxy<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for ListProxy<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ListProxy<T>, D::Error> {
        Ok(ListProxy { object: Object::deserialize(deserializer)?, of: PhantomData })
    }
}
