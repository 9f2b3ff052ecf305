//! Dicts and lists as programs use them: each operation is a question to the server. They know nothing of channels.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::client::{Client, Object};
use super::message::{Operation, Reply};
use crate::runtime::lane::Site;
use crate::runtime::processes::entry::packed;
use crate::runtime::processes::error::{Error, ErrorKind};

/// A dict that a manager keeps: in Python, what `manager.dict()` returns. Clones are the same dict.
pub struct DictProxy<K, V> {
    object: Object,
    of: PhantomData<fn() -> (K, V)>,
}

/// A list that a manager keeps: in Python, what `manager.list()` returns. Clones are the same list.
pub struct ListProxy<T> {
    object: Object,
    of: PhantomData<fn() -> T>,
}

impl<K, V> DictProxy<K, V> {
    /// A new one, which is empty.
    pub(super) fn new(client: &Arc<Client>, name: &str, site: Site) -> Result<DictProxy<K, V>, Error> {
        Ok(DictProxy { object: Object::new(client, name, Operation::NewDict, site)?, of: PhantomData })
    }
}

impl<K: Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> DictProxy<K, V> {
    /// Sets a key's value: in Python, `dict[key] = value`.
    ///
    /// # Errors
    /// If the server is gone, or the key or value cannot be packed.
    #[track_caller]
    pub fn set(&self, key: &K, value: &V) -> Result<(), Error> {
        let operation = || Ok(Operation::Set(packed(key)?, packed(value)?));
        self.object.ask("set", Site::caller(), &operation).map(drop)
    }

    /// A key's value, if it has one: in Python, `dict.get(key)`.
    ///
    /// # Errors
    /// If the server is gone, or the value is of another type.
    #[track_caller]
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.object.ask("get", Site::caller(), &|| Ok(Operation::Get(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// Removes a key, and returns its value: in Python, `dict.pop(key, None)`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn remove(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.object.ask("remove", Site::caller(), &|| Ok(Operation::Remove(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// All keys and values: in Python, `dict.items()`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn items(&self) -> Result<Vec<(K, V)>, Error> {
        let Reply::Items(items) = self.object.ask("items", Site::caller(), &|| Ok(Operation::Items))? else {
            return Ok(Vec::new());
        };
        items.iter().map(|(key, value)| Ok((self.object.unpack(key)?, self.object.unpack(value)?))).collect()
    }

    /// How many keys it has: in Python, `len(dict)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    #[allow(clippy::len_without_is_empty)] // Each question is a message; one of the two is enough.
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask("len", Site::caller(), &|| Ok(Operation::Len))?.number() as usize)
    }
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
        self.object.ask("append", Site::caller(), &|| Ok(Operation::Append(packed(item)?))).map(drop)
    }

    /// The item at this index, from 0: in Python, `list[at]`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item is of another type.
    #[track_caller]
    pub fn get(&self, at: usize) -> Result<T, Error> {
        let reply = self.object.ask("get", Site::caller(), &|| Ok(Operation::GetAt(at as u64)))?;
        let bytes = reply.value().ok_or_else(|| self.no_item(at))?;
        self.object.unpack(&bytes)
    }

    /// Changes the item at this index: in Python, `list[at] = item`.
    ///
    /// # Errors
    /// `Index` if there is none; if the server is gone, or the item cannot be packed.
    #[track_caller]
    pub fn set(&self, at: usize, item: &T) -> Result<(), Error> {
        let reply = self.object.ask("set", Site::caller(), &|| Ok(Operation::SetAt(at as u64, packed(item)?)))?;
        if reply.number() == 1 { Ok(()) } else { Err(self.no_item(at)) }
    }

    /// All items: in Python, `list[:]`.
    ///
    /// # Errors
    /// If the server is gone, or an item is of another type.
    #[track_caller]
    pub fn to_vec(&self) -> Result<Vec<T>, Error> {
        let Reply::All(items) = self.object.ask("all", Site::caller(), &|| Ok(Operation::All))? else {
            return Ok(Vec::new());
        };
        items.iter().map(|item| self.object.unpack(item)).collect()
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

    fn no_item(&self, at: usize) -> Error {
        Error::new(ErrorKind::Index, format_args!("asked for item {at} of “{}”, which is not there", self.object.name))
    }
}

impl<K, V> Clone for DictProxy<K, V> {
    fn clone(&self) -> DictProxy<K, V> {
        DictProxy { object: self.object.clone(), of: PhantomData }
    }
}

impl<T> Clone for ListProxy<T> {
    fn clone(&self) -> ListProxy<T> {
        ListProxy { object: self.object.clone(), of: PhantomData }
    }
}

impl<K, V> Serialize for DictProxy<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl<'de, K, V> Deserialize<'de> for DictProxy<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DictProxy<K, V>, D::Error> {
        Ok(DictProxy { object: Object::deserialize(deserializer)?, of: PhantomData })
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
