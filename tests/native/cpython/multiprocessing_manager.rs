//! What CPython's `_test_multiprocessing.py` asserts of managers.

use weft::runtime::Failure;
use weft::runtime::processes::{
    DictProxy, Entry, EntryPoint, ErrorKind, ListProxy, Manager, Namespace, Process, try_call,
};

use super::with_processes::play;

const LIST: Entry<ListProxy<u32>> = Entry { name: "manager/list", call: |arguments| try_call(use_list, arguments) };
const DICT: Entry<DictProxy<String, u32>> =
    Entry { name: "manager/dict", call: |arguments| try_call(use_dict, arguments) };
const NAMESPACE: Entry<Namespace> =
    Entry { name: "manager/namespace", call: |arguments| try_call(use_namespace, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 3] = [&LIST, &DICT, &NAMESPACE];
    all.into_iter().find(|entry| entry.name() == name)
}

fn use_list(list: ListProxy<u32>) -> Result<(), Failure> {
    assert_eq!(list.get(0)?, 5);
    assert_eq!(list.count(&5)?, 1);
    assert_eq!(list.index(&5)?, Some(0));
    list.sort()?;
    list.reverse()?;
    assert_eq!(list.iter().collect::<Result<Vec<_>, _>>()?, [5]);
    assert_eq!(list.len()?, 1);
    assert_eq!(list.pop_at(0)?, 5);
    Ok(())
}

fn use_dict(dict: DictProxy<String, u32>) -> Result<(), Failure> {
    let key = "foo".to_owned();
    assert_eq!(dict.len()?, 1);
    assert_eq!(dict.get(&key)?, Some(5));
    assert_eq!(dict.items()?, [(key.clone(), 5)]);
    assert_eq!(dict.keys()?, [key.as_str()]);
    assert_eq!(dict.values()?, [5]);
    assert_eq!(dict.pop_item()?, Some((key, 5)));
    Ok(())
}

fn use_namespace(namespace: Namespace) -> Result<(), Failure> {
    assert_eq!(namespace.get::<u32>("x")?, 0);
    assert_eq!(namespace.get::<u32>("y")?, 1);
    Ok(())
}

/// Runs a test with a manager.
fn with_manager(test: impl FnOnce(&Manager) -> Result<(), Failure>) {
    play(find, || {
        let manager = Manager::start("manager");
        test(&manager)?;
        manager.shutdown();
        Ok(())
    });
}

fn run_worker<A: serde::Serialize>(entry: &Entry<A>, arguments: A) {
    assert_eq!(Process::start("worker", entry, arguments).join().code, 0);
}

#[test]
fn test_list() {
    with_manager(|manager| {
        let ten: Vec<u32> = (0..10).collect();
        let a = manager.list::<u32>("a")?;
        a.extend(&ten)?;
        assert_eq!(a.to_vec()?, ten);
        let b = manager.list::<u32>("b")?;
        assert!(b.to_vec()?.is_empty());
        b.extend(&ten[..5])?;
        assert_eq!(b.to_vec()?, ten[..5]);
        assert_eq!(b.get(2)?, 2);
        assert_eq!(b.slice(2..10)?, [2, 3, 4]);
        b.repeat(2)?;
        assert_eq!(b.to_vec()?, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
        assert_eq!(a.to_vec()?, ten);

        // What lists have besides.
        assert_eq!((b.count(&3)?, b.index(&3)?, b.index(&9)?), (2, Some(3), None));
        assert_eq!((b.remove(&3)?, b.remove(&9)?), (true, false));
        b.insert(0, &7)?;
        b.insert(100, &8)?;
        assert_eq!(b.to_vec()?, [7, 0, 1, 2, 4, 0, 1, 2, 3, 4, 8]);
        b.set_slice(1..9, &[6])?;
        assert_eq!(b.to_vec()?, [7, 6, 4, 8]);
        b.sort()?;
        b.reverse()?;
        assert_eq!(b.to_vec()?, [8, 7, 6, 4]);
        assert_eq!((b.pop()?, b.pop_at(1)?), (4, 7));
        b.set_slice(0..2, &[])?;
        assert_eq!(b.pop().unwrap_err().kind, ErrorKind::Index);
        assert_eq!(b.pop_at(0).unwrap_err().kind, ErrorKind::Index);
        assert_eq!(b.set(0, &1).unwrap_err().kind, ErrorKind::Index);

        let shared = manager.list("list")?;
        shared.append(&5)?;
        run_worker(&LIST, shared.clone());
        assert_eq!(shared.len()?, 0);
        Ok(())
    });
}

#[test]
fn test_list_iter() {
    with_manager(|manager| {
        let list = manager.list::<u32>("list")?;
        list.extend(&(0..10).collect::<Vec<_>>())?;
        let mut all = list.iter();
        assert_eq!(all.by_ref().collect::<Result<Vec<_>, _>>()?, (0..10).collect::<Vec<_>>());
        list.append(&10)?;
        assert_eq!(all.next(), None);
        let mut changed = list.iter();
        list.set(0, &100)?;
        assert_eq!(changed.next(), Some(Ok(100)));
        Ok(())
    });
}

#[test]
fn test_dict() {
    with_manager(|manager| {
        let dict = manager.dict::<u8, char>("dict")?;
        let items: Vec<_> = (65..70).map(|code| (code, char::from(code))).collect();
        items.iter().try_for_each(|(code, letter)| dict.set(code, letter))?;
        assert_eq!(dict.items()?, items);
        assert_eq!(dict.keys()?, (65..70).collect::<Vec<_>>());
        assert_eq!(dict.values()?, ('A'..='E').collect::<Vec<_>>());

        // What dicts have besides.
        assert_eq!((dict.contains(&65)?, dict.contains(&90)?), (true, false));
        assert_eq!((dict.set_default(&65, &'z')?, dict.set_default(&90, &'Z')?), ('A', 'Z'));
        dict.update(&[(65, 'a'), (91, '[')])?;
        assert_eq!(dict.pop_item()?, Some((91, '[')));
        assert_eq!((dict.remove(&66)?, dict.remove(&66)?), (Some('B'), None));
        assert_eq!(dict.items()?, [(65, 'a'), (67, 'C'), (68, 'D'), (69, 'E'), (90, 'Z')]);
        assert_eq!(dict.get(&68)?, Some('D'));
        dict.clear()?;
        assert_eq!((dict.pop_item()?, dict.len()?), (None, 0));

        let shared = manager.dict("dict")?;
        shared.set(&"foo".to_owned(), &5)?;
        run_worker(&DICT, shared.clone());
        assert_eq!(shared.len()?, 0);
        Ok(())
    });
}

#[test]
fn test_dict_iter() {
    with_manager(|manager| {
        let dict = manager.dict::<u8, char>("dict")?;
        (65..70).try_for_each(|code| dict.set(&code, &char::from(code)))?;
        let mut all = dict.iter()?;
        assert_eq!(all.by_ref().collect::<Result<Vec<_>, _>>()?, (65..70).collect::<Vec<_>>());
        assert_eq!(all.next(), None);
        let mut changed = dict.iter()?;
        dict.clear()?;
        assert_eq!(changed.next().unwrap().unwrap_err().kind, ErrorKind::Runtime);
        assert_eq!(changed.next(), None);
        Ok(())
    });
}

#[test]
fn test_namespace() {
    with_manager(|manager| {
        let namespace = manager.namespace("namespace")?;
        namespace.set("name", &"Bob".to_owned())?;
        namespace.set("job", "Builder")?;
        assert_eq!(namespace.get::<String>("name")?, "Bob");
        assert_eq!(namespace.get::<String>("job")?, "Builder");
        namespace.delete("job")?;
        assert_eq!(namespace.names()?, ["name"]);
        assert!(namespace.has("name")? && !namespace.has("job")?);
        assert_eq!(namespace.get::<String>("job").unwrap_err().kind, ErrorKind::Attribute);
        assert_eq!(namespace.delete("job").unwrap_err().kind, ErrorKind::Attribute);

        let shared = manager.namespace("shared")?;
        shared.set("x", &0_u32)?;
        shared.set("y", &1_u32)?;
        run_worker(&NAMESPACE, shared);
        Ok(())
    });
}
