//! Queues between processes that are full: putting gives up in time, and who joins a process that puts is told.

use std::time::Duration;

use weft::runtime::processes::{Entry, EntryPoint, ErrorKind, Process, QUEUE_BYTES, Queue, try_call};
use weft::runtime::threads::spawn;
use weft::runtime::{Failure, now};
use weft::trace::Nanos;

use super::{play, try_play};

const MS: Duration = Duration::from_millis(1);

/// More than half of what a queue holds, so that a second one fits only in part.
const LARGE: usize = QUEUE_BYTES / 3 * 2;

const PUT: Entry<Queue<Vec<u8>>> = Entry { name: "put", call: |arguments| try_call(put, arguments) };

fn put(queue: Queue<Vec<u8>>) -> Result<(), Failure> {
    (0..2).try_for_each(|_| queue.put(&vec![7; LARGE]))?;
    Ok(())
}

fn find(_: &str) -> Option<&'static dyn EntryPoint> {
    Some(&PUT)
}

#[test]
fn what_fits_only_partly_is_not_put() {
    play(find, || {
        let queue = Queue::new("queue");
        queue.put(&vec![1; LARGE])?;
        let before = now();
        assert_eq!(queue.put_timeout(&vec![2; LARGE], 50 * MS).unwrap_err().kind, ErrorKind::Full);
        assert!(now() >= before + Nanos::from(50 * MS));
        assert_eq!(queue.put_timeout(&vec![2; LARGE], Duration::ZERO).unwrap_err().kind, ErrorKind::Full);
        assert_eq!(queue.len(), 1);
        // What fits still does, and is whole.
        queue.put_timeout(&vec![3; 10], Duration::ZERO)?;
        assert_eq!(queue.get()?, vec![1; LARGE]);
        assert_eq!(queue.get()?, vec![3; 10]);
        assert_eq!(queue.get_timeout(Duration::ZERO).unwrap_err().kind, ErrorKind::Empty);
        // More than it could ever hold.
        assert_eq!(queue.put_timeout(&vec![4; QUEUE_BYTES], 5 * MS).unwrap_err().kind, ErrorKind::Full);
        queue.put(&vec![5])?;
        assert_eq!(queue.get()?, vec![5]);
        Ok(())
    });
}

#[test]
fn what_fits_once_others_are_taken_is_put_in_time() {
    play(find, || {
        let queue = Queue::new("queue");
        queue.put(&vec![1; LARGE])?;
        let getter = spawn("getter", {
            let queue = queue.clone();
            move || -> Result<Vec<u8>, Failure> { Ok(queue.get()?) }
        });
        queue.put_timeout(&vec![2; LARGE], Duration::from_secs(60))?;
        assert_eq!(getter.join()?, vec![1; LARGE]);
        assert_eq!(queue.get()?, vec![2; LARGE]);
        Ok(())
    });
}

#[test]
fn who_joins_before_draining_is_told() {
    let (_, outcome) = try_play(find, || {
        let queue = Queue::new("results");
        let child = Process::start("child", &PUT, queue.clone());
        child.join();
        queue.get().map(drop).map_err(Failure::from)
    });
    assert_eq!(
        outcome.unwrap_err().message,
        "Deadlock: main waits for the end of child, which waits for room in queue “results”: take what is in the queue \
         before you join child.",
    );
}
