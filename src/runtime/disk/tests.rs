//! What the files of a run do.

use std::sync::Arc;

use super::*;

const READ: How = How { read: true, write: false, append: false, create: false, exclusive: false, truncate: false };
const WRITE: How = How { read: false, write: true, append: false, create: true, exclusive: false, truncate: true };
const APPEND: How = How { append: true, truncate: false, ..WRITE };

fn disk() -> Disk {
    Disk::default()
}

fn open(disk: &Disk, path: &str, how: How) -> Result<Arc<OpenFile>, Fault> {
    disk.opened(disk.open(path, how, 0o644)?)
}

fn write(disk: &Disk, path: &str, text: &str) {
    assert_eq!(open(disk, path, WRITE).unwrap().write(text.as_bytes()), Ok(text.len()));
}

fn read(disk: &Disk, path: &str) -> Result<String, Fault> {
    Ok(String::from_utf8(open(disk, path, READ)?.read(usize::MAX)?).unwrap())
}

fn names(disk: &Disk, path: &str) -> Vec<String> {
    disk.list(path).unwrap().into_iter().map(|entry| entry.name).collect()
}

#[test]
fn files_are_written_appended_to_and_read() {
    let disk = disk();
    assert_eq!(disk.current_folder().unwrap(), HOME);
    assert_eq!(names(&disk, "."), Vec::<String>::new());
    assert_eq!(read(&disk, "a.txt"), Err(Fault::NotFound));
    write(&disk, "a.txt", "one");
    assert_eq!(open(&disk, "./a.txt", APPEND).unwrap().write(b" two"), Ok(4));
    assert_eq!(read(&disk, "/home/weft/../weft/a.txt").unwrap(), "one two");
    assert_eq!(open(&disk, "a.txt", How { exclusive: true, ..WRITE }).err(), Some(Fault::Exists));
    let file = open(&disk, "a.txt", How { read: true, write: true, ..How::default() }).unwrap();
    assert_eq!(file.seek(-3, Origin::End), Ok(4));
    file.write(b"2").unwrap();
    assert_eq!(file.read(9).unwrap(), b"wo");
    file.truncate(5).unwrap();
    assert_eq!(read(&disk, "a.txt").unwrap(), "one 2");
    assert_eq!(file.seek(-9, Origin::Start), Err(Fault::Invalid));
    assert_eq!(open(&disk, "a.txt", READ).unwrap().write(b"x"), Err(Fault::BadDescriptor));
}

#[test]
fn paths_lead_through_folders_that_are_there() {
    let disk = disk();
    disk.make_folder("logs", 0o777).unwrap();
    assert_eq!(disk.make_folder("logs", 0o777), Err(Fault::Exists));
    assert_eq!(disk.make_folder("no/such", 0o777), Err(Fault::NotFound));
    write(&disk, "logs/a", "x");
    assert_eq!(read(&disk, "logs"), Err(Fault::IsFolder));
    assert_eq!(read(&disk, "logs/a/b"), Err(Fault::NotFolder));
    assert_eq!(read(&disk, "logs/a/"), Err(Fault::NotFolder));
    assert_eq!(read(&disk, "missing/../logs/a"), Err(Fault::NotFound));
    assert_eq!(disk.remove_folder("logs"), Err(Fault::NotEmpty));
    assert_eq!(disk.remove_file("logs"), Err(Fault::IsFolder));
    disk.change_folder("logs").unwrap();
    assert_eq!(read(&disk, "a").unwrap(), "x");
    disk.remove_file("a").unwrap();
    disk.remove_folder("../logs").unwrap();
    assert_eq!(disk.current_folder(), Err(Fault::NotFound));
    assert_eq!(names(&disk, "/"), ["dev", "home", "tmp"]);
}

#[test]
fn a_renamed_file_replaces_another() {
    let disk = disk();
    write(&disk, "a", "new");
    write(&disk, "b", "old");
    let old = open(&disk, "b", READ).unwrap();
    disk.rename("a", "b").unwrap();
    assert_eq!((read(&disk, "a"), read(&disk, "b").unwrap()), (Err(Fault::NotFound), "new".to_owned()));
    assert_eq!(old.read(9).unwrap(), b"old", "it is open");
    disk.make_folder("d", 0o777).unwrap();
    assert_eq!(disk.rename("b", "d"), Err(Fault::IsFolder));
    assert_eq!(disk.rename("d", "b"), Err(Fault::NotFolder));
    assert_eq!(disk.rename("d", "d/e"), Err(Fault::Invalid));
    disk.rename("b", "d/b").unwrap();
    disk.rename("d", "e").unwrap();
    assert_eq!(read(&disk, "e/b").unwrap(), "new");
}

#[test]
fn room_is_limited_and_given_back() {
    let disk = disk();
    let file = open(&disk, "big", WRITE).unwrap();
    assert_eq!(file.truncate(CAPACITY as u64 + 1), Err(Fault::Full));
    file.truncate(CAPACITY as u64).unwrap();
    assert_eq!(open(&disk, "more", WRITE).unwrap().write(b"x"), Err(Fault::Full));
    disk.remove_file("big").unwrap();
    assert_eq!(open(&disk, "more", WRITE).unwrap().write(b"x"), Err(Fault::Full), "it is open");
    drop(file);
    disk.close(3).unwrap();
    write(&disk, "more", "x");
}

#[test]
fn the_mode_decides_who_may_open_it() {
    let disk = disk();
    write(&disk, "a", "x");
    disk.set_mode("a", 0o400).unwrap();
    assert_eq!(open(&disk, "a", WRITE).err(), Some(Fault::Denied));
    assert_eq!(read(&disk, "a").unwrap(), "x");
}

#[test]
fn what_was_written_is_seen_once() {
    let disk = disk();
    disk.add("given.txt", b"1").unwrap();
    assert_eq!(disk.add("a/b", b""), Err(Fault::Invalid));
    let mut watch = Watch::begin(&disk);
    assert_eq!(watch.look(&disk), []);
    write(&disk, "out.txt", "2");
    write(&disk, "/tmp/other", "3");
    let change = |name: &str, bytes: Option<&str>| Change {
        name: name.to_owned(),
        bytes: bytes.map(|bytes| bytes.as_bytes().to_vec()),
    };
    assert_eq!(watch.look(&disk), [change("out.txt", Some("2")), change("/tmp/other", Some("3"))]);
    assert_eq!(watch.look(&disk), []);
    disk.remove_file("/tmp/other").unwrap();
    write(&disk, "given.txt", "4");
    assert_eq!(watch.look(&disk), [change("given.txt", Some("4")), change("/tmp/other", None)]);
}

#[test]
fn nothing_comes_out_of_the_sink() {
    let disk = disk();
    write(&disk, "/dev/null", "gone");
    assert_eq!(read(&disk, "/dev/null").unwrap(), "");
}
