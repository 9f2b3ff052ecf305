//! What CPython's tests of `multiprocessing.Value` and `Array` assert.

use weft::runtime::processes::{
    Array, Entry, EntryPoint, Process, RLock, Synchronized, SynchronizedArray, Value, call,
};

use crate::processes::play;

const SET: Entry<Synchronized> = Entry { name: "set", call: |arguments| call(set, arguments) };
const SET_RAW: Entry<Value> = Entry { name: "set raw", call: |arguments| call(set_raw, arguments) };
const SUM: Entry<SynchronizedArray> = Entry { name: "sum", call: |arguments| call(sum, arguments) };
const SUM_RAW: Entry<Array> = Entry { name: "sum raw", call: |arguments| call(sum_raw, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 4] = [&SET, &SET_RAW, &SUM, &SUM_RAW];
    all.into_iter().find(|entry| entry.name() == name)
}

const BEFORE: i64 = 1 << 33;
const AFTER: i64 = 1 << 34;

fn set(value: Synchronized) {
    value.set(AFTER);
}

fn set_raw(value: Value) {
    value.set(AFTER);
}

fn sum(array: SynchronizedArray) {
    (1..array.len()).for_each(|at| array.set(at, array.get(at) + array.get(at - 1)));
}

fn sum_raw(array: Array) {
    (1..array.len()).for_each(|at| array.set(at, array.get(at) + array.get(at - 1)));
}

const NUMBERS: [i64; 10] = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];

fn sums() -> Vec<i64> {
    let mut all = 0;
    let add = |number| {
        all += number;
        all
    };
    NUMBERS.into_iter().map(add).collect()
}

#[test]
fn test_value() {
    play(find, || {
        let value = Synchronized::new("value", BEFORE);
        assert_eq!(value.get(), BEFORE);
        Process::start_daemon("process", &SET, value.clone()).join();
        assert_eq!(value.get(), AFTER);
        Ok(())
    });
}

#[test]
fn test_rawvalue() {
    play(find, || {
        let value = Value::new("value", BEFORE);
        assert_eq!(value.get(), BEFORE);
        Process::start_daemon("process", &SET_RAW, value.clone()).join();
        assert_eq!(value.get(), AFTER);
        Ok(())
    });
}

#[test]
fn test_getobj_getlock() {
    play(find, || {
        let own = Synchronized::new("own", 5);
        assert_eq!((own.get_lock().name(), own.get_obj().get()), ("own lock", 5));
        let lock = RLock::new("lock");
        let given = Synchronized::with_lock("given", 5, &lock);
        lock.acquire();
        given.get_lock().release()?;
        assert!(lock.release().is_err(), "it is the same lock");
        Ok(())
    });
}

#[test]
fn test_array() {
    play(find, || {
        let array = SynchronizedArray::new("array", &NUMBERS);
        assert_eq!((array.len(), array.get(3)), (10, 821));
        assert_eq!(array.to_vec(), NUMBERS);
        Process::start_daemon("process", &SUM, array.clone()).join();
        assert_eq!(array.to_vec(), sums());
        Ok(())
    });
}

#[test]
fn test_rawarray() {
    play(find, || {
        let array = Array::new("array", &NUMBERS);
        Process::start_daemon("process", &SUM_RAW, array.clone()).join();
        assert_eq!(array.to_vec(), sums());
        Ok(())
    });
}

#[test]
fn test_getobj_getlock_obj() {
    play(find, || {
        let own = SynchronizedArray::new("own", &NUMBERS);
        assert_eq!((own.get_lock().name(), own.get_obj().get(0)), ("own lock", 680));
        let lock = RLock::new("lock");
        let given = SynchronizedArray::with_lock("given", &NUMBERS, &lock);
        lock.acquire();
        given.get_lock().release()?;
        assert!(lock.release().is_err(), "it is the same lock");
        Ok(())
    });
}
