//! What CPython's tests of `multiprocessing`'s connections assert.

use std::time::Duration;

use weft::runtime::processes::connection::{wait, wait_timeout};
use weft::runtime::processes::{Connection, Entry, EntryPoint, ErrorKind, Process, call, pipe, pipe_one_way, try_call};
use weft::runtime::threads::sleep;
use weft::runtime::{Failure, now};
use weft::trace::Nanos;

use super::ms;
use crate::processes::play;

const ECHO: Entry<Connection> = Entry { name: "echo", call: |arguments| try_call(echo, arguments) };
const STRINGS: Entry<Connection> = Entry { name: "strings", call: |arguments| try_call(strings, arguments) };
const POLL: Entry<Connection> = Entry { name: "poll", call: |arguments| call(poll, arguments) };
const TELL: Entry<(Connection, u32, bool)> = Entry { name: "tell", call: |arguments| try_call(tell, arguments) };
const RELAY: Entry<[Connection; 3]> = Entry { name: "relay", call: |arguments| try_call(relay, arguments) };
const PARTS: Entry<Connection> = Entry { name: "parts", call: |arguments| try_call(parts, arguments) };

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    let all: [&'static dyn EntryPoint; 6] = [&ECHO, &STRINGS, &POLL, &PARTS, &TELL, &RELAY];
    all.into_iter().find(|entry| entry.name() == name)
}

/// The last message.
const END: &[u8] = b"";

const SAID: [&[u8]; 8] = [b"hello", b"", b"a", b"b", b"", b"bye", b"", b"lop"];

const LONG: Duration = Duration::from_secs(30);

fn echo(connection: Connection) -> Result<(), Failure> {
    loop {
        let message = connection.recv_bytes()?;
        if message == END {
            return Ok(());
        }
        connection.send_bytes(&message)?;
    }
}

fn strings(connection: Connection) -> Result<(), Failure> {
    for text in SAID {
        sleep(ms(10));
        connection.send_bytes(text)?;
    }
    Ok(())
}

fn poll(connection: Connection) {
    assert!(connection.poll(LONG));
}

fn parts(connection: Connection) -> Result<(), Failure> {
    [&b"a"[..], b"b", b"cd"].into_iter().try_for_each(|part| connection.send_bytes(part))?;
    Ok(())
}

#[test]
fn test_connection() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        let process = Process::start_daemon("process", &ECHO, theirs);
        let sequence = (1, 2.25, None::<u8>);
        ours.send(&sequence)?;
        assert_eq!(ours.recv::<(i32, f64, Option<u8>)>()?, sequence);
        ours.send_bytes(b"hello world")?;
        assert_eq!(ours.recv_bytes()?, b"hello world");
        assert!(!ours.poll(Duration::ZERO));
        let before = now();
        assert!(!ours.poll(ms(82)));
        assert!(now() >= before + Nanos::from(ms(82)));
        ours.send(&7)?;
        assert!(ours.poll(LONG));
        assert_eq!(ours.recv::<i32>()?, 7);
        let big = vec![b'X'; 16 << 20];
        ours.send_bytes(&big)?;
        assert!(ours.recv_bytes()? == big);
        ours.send_bytes(END)?;
        assert!(ours.is_readable() && ours.is_writable());
        assert_eq!(ours.recv::<i32>().unwrap_err().kind, ErrorKind::Eof);
        assert_eq!(ours.recv_bytes().unwrap_err().kind, ErrorKind::Eof);
        assert_eq!(process.join().code, 0);
        Ok(())
    });
}

#[test]
fn test_duplex_false() {
    play(find, || {
        let (reader, writer) = pipe_one_way("pipe");
        writer.send(&1)?;
        assert_eq!(reader.recv::<i32>()?, 1);
        assert!(reader.is_readable() && !reader.is_writable());
        assert!(!writer.is_readable() && writer.is_writable());
        let error = reader.send(&2).unwrap_err();
        assert_eq!(error.message, "OSError: main sent to an end of pipe “pipe” that only receives");
        let error = writer.recv::<i32>().unwrap_err();
        assert_eq!(error.message, "OSError: main received from an end of pipe “pipe” that only sends");
        assert_eq!(writer.recv_bytes().unwrap_err().kind, ErrorKind::OneWay);
        Ok(())
    });
}

#[test]
fn test_spawn_close() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        let process = Process::start_daemon("process", &ECHO, theirs.clone());
        theirs.close(); // This may be done before the process has begun.
        ours.send_bytes(b"hello")?;
        assert_eq!(ours.recv_bytes()?, b"hello");
        ours.send_bytes(END)?;
        ours.close();
        assert_eq!(process.join().code, 0);
        Ok(())
    });
}

#[test]
fn test_sendbytes() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        let message = b"abcdefghijklmnopqrstuvwxyz";
        for part in [&message[..], &message[5..], &message[7..15], &message[26..]] {
            ours.send_bytes(part)?;
            assert_eq!(theirs.recv_bytes()?, part);
        }
        Ok(())
    });
}

#[test]
fn test_empty_string() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        assert!(!ours.poll(Duration::ZERO));
        theirs.send_bytes(b"")?;
        assert!(ours.poll(Duration::ZERO));
        assert!(ours.poll(Duration::ZERO));
        assert_eq!(ours.recv_bytes()?, b"");
        Ok(())
    });
}

#[test]
fn test_strings() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        let process = Process::start("process", &STRINGS, theirs);
        for text in SAID {
            assert!((0..200).any(|_| ours.poll(ms(100))));
            assert_eq!(ours.recv_bytes()?, text);
        }
        process.join();
        Ok(())
    });
}

#[test]
fn test_boundaries() {
    play(find, || {
        let (reader, writer) = pipe_one_way("pipe");
        let process = Process::start("process", &POLL, reader.clone());
        sleep(ms(50));
        writer.send_bytes(b"first")?;
        writer.send_bytes(b"second")?;
        writer.close();
        assert_eq!(process.join().code, 0);
        // Looking has taken nothing.
        assert_eq!((reader.recv_bytes()?, reader.recv_bytes()?), (b"first".to_vec(), b"second".to_vec()));
        assert_eq!(reader.recv_bytes().unwrap_err().kind, ErrorKind::Eof);
        Ok(())
    });
}

#[test]
fn test_dont_merge() {
    play(find, || {
        let (ours, theirs) = pipe("pipe");
        assert!(!ours.poll(Duration::ZERO));
        assert!(!ours.poll(ms(100)));
        let process = Process::start("process", &PARTS, theirs);
        assert_eq!(ours.recv_bytes()?, b"a");
        assert!(ours.poll(LONG));
        assert!(ours.poll(LONG));
        assert_eq!(ours.recv_bytes()?, b"b");
        assert!(ours.poll(LONG));
        assert!(ours.poll(Duration::ZERO));
        assert_eq!(ours.recv_bytes()?, b"cd");
        process.join();
        Ok(())
    });
}

fn tell((connection, number, slow): (Connection, u32, bool)) -> Result<(), Failure> {
    for step in 0..10_u32 {
        if slow {
            sleep(ms(u64::from(step * number % 7)));
        }
        connection.send(&(step, number))?;
    }
    Ok(())
}

/// What four processes tell comes from whichever has told something, until all have ended.
fn hear(slow: bool) {
    play(find, || {
        let mut readers = Vec::new();
        for number in 0..4 {
            let (reader, writer) = pipe_one_way(&format!("pipe {number}"));
            Process::start(format!("process-{number}"), &TELL, (writer, number, slow));
            readers.push(reader);
        }
        let mut told = Vec::new();
        while !readers.is_empty() {
            let ready = wait(&readers.iter().collect::<Vec<_>>());
            assert!(!ready.is_empty());
            for place in ready.into_iter().rev() {
                match readers[place].recv::<(u32, u32)>() {
                    Ok(message) => told.push(message),
                    Err(error) => {
                        assert_eq!(error.kind, ErrorKind::Eof);
                        readers.remove(place);
                    }
                }
            }
        }
        told.sort();
        let expected: Vec<_> = (0..10).flat_map(|step| (0..4).map(move |number| (step, number))).collect();
        assert_eq!(told, expected);
        Ok(())
    });
}

#[test]
fn test_wait() {
    hear(false);
}

#[test]
fn test_wait_slow() {
    hear(true);
}

/// Sends on what comes from either of two.
fn relay([first, second, out]: [Connection; 3]) -> Result<(), Failure> {
    let all = [&first, &second];
    for _ in 0..4 {
        for place in wait(&all) {
            out.send(&(place, all[place].recv::<u32>()?))?;
        }
    }
    Ok(())
}

#[test]
fn test_wait_timeout() {
    play(find, || {
        let ((first, to_first), (second, to_second)) = (pipe_one_way("first"), pipe_one_way("second"));
        let before = now();
        assert!(wait_timeout(&[&first, &second], ms(200)).is_empty());
        assert!(now() >= before + Nanos::from(ms(200)));
        assert!(wait_timeout(&[&first, &second], Duration::ZERO).is_empty());
        assert!(wait_timeout(&[], LONG).is_empty());
        to_second.send(&1)?;
        assert_eq!(wait_timeout(&[&first, &second], LONG), [1]);
        to_first.send(&1)?;
        assert_eq!(wait_timeout(&[&first, &second], LONG), [0, 1]);
        // A process waits, too.
        let ((first, to_first), (second, to_second)) = (pipe_one_way("first"), pipe_one_way("second"));
        let (results, out) = pipe_one_way("results");
        let process = Process::start("process", &RELAY, [first, second, out]);
        for number in 0..4 {
            let place = number as usize % 2;
            [&to_first, &to_second][place].send(&number)?;
            assert_eq!(results.recv::<(usize, u32)>()?, (place, number));
        }
        process.join();
        Ok(())
    });
}
