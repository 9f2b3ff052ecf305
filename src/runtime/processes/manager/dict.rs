//! Dicts and namespaces as programs use them: each operation is a question to the server. They know nothing of channels.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::client::{Client, Object};
use super::message::{Bytes, OfDict, Operation, Reply};
use crate::runtime::lane::Site;
use crate::runtime::processes::entry::packed;
use crate::runtime::processes::error::{Error, ErrorKind};

/// A dict that a manager keeps: in Python, what `manager.dict()` returns. Clones are the same dict. Keys are equal if
/// they are packed as the same bytes.
pub struct DictProxy<K, V> {
    object: Object,
    of: PhantomData<fn() -> (K, V)>,
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
        self.ask("set", Site::caller(), &|| Ok(OfDict::Set(packed(key)?, packed(value)?))).map(drop)
    }

    /// A key's value, if it has one: in Python, `dict.get(key)`.
    ///
    /// # Errors
    /// If the server is gone, or the value is of another type.
    #[track_caller]
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.ask("get", Site::caller(), &|| Ok(OfDict::Get(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// Whether a key has a value: in Python, `key in dict`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn contains(&self, key: &K) -> Result<bool, Error> {
        let reply = self.ask("contains", Site::caller(), &|| Ok(OfDict::Get(packed(key)?)))?;
        Ok(reply.value().is_some())
    }

    /// A key's value, which is this one from now on if it has none: in Python, `dict.setdefault(key, value)`.
    ///
    /// # Errors
    /// As [`DictProxy::get`]; and if the key or value cannot be packed.
    #[track_caller]
    pub fn set_default(&self, key: &K, value: &V) -> Result<V, Error> {
        let operation = || Ok(OfDict::SetDefault(packed(key)?, packed(value)?));
        let reply = self.ask("setdefault", Site::caller(), &operation)?;
        self.object.unpack(&reply.value().unwrap_or_default())
    }

    /// Sets the values of several keys at once: in Python, `dict.update(items)`.
    ///
    /// # Errors
    /// As [`DictProxy::set`].
    #[track_caller]
    pub fn update(&self, items: &[(K, V)]) -> Result<(), Error> {
        let pack = |(key, value): &(K, V)| Ok((packed(key)?, packed(value)?));
        let operation = || Ok(OfDict::Update(items.iter().map(pack).collect::<Result<_, Error>>()?));
        self.ask("update", Site::caller(), &operation).map(drop)
    }

    /// Removes a key, and returns its value: in Python, `dict.pop(key, None)`, and `del dict[key]`, which is a
    /// `KeyError` where this is `None`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn remove(&self, key: &K) -> Result<Option<V>, Error> {
        let reply = self.ask("remove", Site::caller(), &|| Ok(OfDict::Remove(packed(key)?)))?;
        reply.value().map(|bytes| self.object.unpack(&bytes)).transpose()
    }

    /// Removes the key that was set last, if there is one, and returns it and its value: in Python, `dict.popitem()`,
    /// which is a `KeyError` where this is `None`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn pop_item(&self) -> Result<Option<(K, V)>, Error> {
        let items = self.ask("popitem", Site::caller(), &|| Ok(OfDict::Pop))?.items();
        items.first().map(|item| self.unpack(item)).transpose()
    }

    /// Removes all keys: in Python, `dict.clear()`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn clear(&self) -> Result<(), Error> {
        self.object.ask("clear", Site::caller(), &|| Ok(Operation::Clear)).map(drop)
    }

    /// All keys and values: in Python, `dict.items()`, and `dict.copy()`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn items(&self) -> Result<Vec<(K, V)>, Error> {
        let items = self.ask("items", Site::caller(), &|| Ok(OfDict::Items))?.items();
        items.iter().map(|item| self.unpack(item)).collect()
    }

    /// All keys: in Python, `dict.keys()`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn keys(&self) -> Result<Vec<K>, Error> {
        let keys = self.ask("keys", Site::caller(), &|| Ok(OfDict::Keys))?.all();
        keys.iter().map(|key| self.object.unpack(key)).collect()
    }

    /// All values: in Python, `dict.values()`.
    ///
    /// # Errors
    /// As [`DictProxy::get`].
    #[track_caller]
    pub fn values(&self) -> Result<Vec<V>, Error> {
        let values = self.ask("values", Site::caller(), &|| Ok(OfDict::Values))?.all();
        values.iter().map(|value| self.object.unpack(value)).collect()
    }

    /// The keys one after the other, each a question to the server: in Python, `iter(dict)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn iter(&self) -> Result<Keys<'_, K, V>, Error> {
        let site = Site::caller();
        let len = self.object.ask("iter", site, &|| Ok(Operation::Len))?.number();
        Ok(Keys { dict: self, len, at: 0, site })
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

    fn ask(&self, what: &str, site: Site, operation: &dyn Fn() -> Result<OfDict, Error>) -> Result<Reply, Error> {
        self.object.ask(what, site, &|| Ok(Operation::Dict(operation()?)))
    }

    fn unpack(&self, (key, value): &(Bytes, Bytes)) -> Result<(K, V), Error> {
        Ok((self.object.unpack(key)?, self.object.unpack(value)?))
    }
}

/// The keys of a dict, in the order in which they were first set.
pub struct Keys<'a, K, V> {
    dict: &'a DictProxy<K, V>,
    /// How many there were.
    len: u64,
    at: u64,
    site: Site,
}

impl<K: Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> Iterator for Keys<'_, K, V> {
    type Item = Result<K, Error>;

    /// The next key; `Runtime` if there are more or fewer than at the beginning, and nothing after that.
    fn next(&mut self) -> Option<Result<K, Error>> {
        if self.at > self.len {
            return None;
        }
        let object = &self.dict.object;
        let reply = self.dict.ask("next", self.site, &|| Ok(OfDict::KeyAt(self.at, self.len)));
        let key = reply.and_then(|reply| match reply {
            Reply::Done(_) => {
                let text = format_args!("iterates over “{}”, which changed size meanwhile", object.name);
                Err(Error::new(ErrorKind::Runtime, text))
            }
            reply => reply.value().map(|key| object.unpack(&key)).transpose(),
        });
        // After the last key, or an error, there is nothing more.
        self.at = if let Ok(Some(_)) = &key { self.at + 1 } else { self.len + 1 };
        key.transpose()
    }
}

/// Values by names: in Python, what `manager.Namespace()` returns. Clones are the same namespace. Each value has a type
/// of its own; to get it as another one is an error, or gives what its bytes happen to mean.
#[derive(Clone)]
pub struct Namespace(DictProxy<String, ()>);

impl Namespace {
    /// A new one, which is empty.
    pub(super) fn new(client: &Arc<Client>, name: &str, site: Site) -> Result<Namespace, Error> {
        DictProxy::new(client, name, site).map(Namespace)
    }

    /// Sets a value: in Python, `namespace.name = value`.
    ///
    /// # Errors
    /// If the server is gone, or the value cannot be packed.
    #[track_caller]
    pub fn set<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), Error> {
        self.0.ask("set", Site::caller(), &|| Ok(OfDict::Set(packed(name)?, packed(value)?))).map(drop)
    }

    /// A value: in Python, `namespace.name`.
    ///
    /// # Errors
    /// `Attribute` if there is none; if the server is gone, or the value is of another type.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let reply = self.0.ask("get", Site::caller(), &|| Ok(OfDict::Get(packed(name)?)))?;
        self.0.object.unpack(&reply.value().ok_or_else(|| self.no_attribute(name))?)
    }

    /// Whether there is such a value: in Python, `hasattr(namespace, name)`.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn has(&self, name: &str) -> Result<bool, Error> {
        self.0.contains(&name.to_owned())
    }

    /// Removes a value: in Python, `del namespace.name`.
    ///
    /// # Errors
    /// `Attribute` if there is none; if the server is gone.
    #[track_caller]
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        let reply = self.0.ask("delete", Site::caller(), &|| Ok(OfDict::Remove(packed(name)?)))?;
        reply.value().map(drop).ok_or_else(|| self.no_attribute(name))
    }

    /// The names of all values, in the order in which they were first set: in Python, `vars(namespace)` has them.
    ///
    /// # Errors
    /// If the server is gone.
    #[track_caller]
    pub fn names(&self) -> Result<Vec<String>, Error> {
        self.0.keys()
    }

    fn no_attribute(&self, name: &str) -> Error {
        let text = format_args!("asked for “{name}” of “{}”, which is not there", self.0.object.name);
        Error::new(ErrorKind::Attribute, text)
    }
}

impl<K, V> Clone for DictProxy<K, V> {
    fn clone(&self) -> DictProxy<K, V> {
        DictProxy { object: self.object.clone(), of: PhantomData }
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

impl Serialize for Namespace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Namespace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Namespace, D::Error> {
        DictProxy::deserialize(deserializer).map(Namespace)
    }
}
