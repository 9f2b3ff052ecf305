//! Lines of source: those of the program itself, and those that an interpreter names.

use weft::runtime::at;
use weft::trace::Site;

use super::*;

/// The lines at which something happened to a lane, with their files.
fn lines(timeline: &Timeline, lane: &Lane) -> Vec<(String, u32)> {
    let mut sites: Vec<_> = lane.changes.iter().map(|change| (change.time, change.site)).collect();
    sites.extend(lane.passed.iter().map(|passed| (passed.time, passed.site)));
    let accesses =
        timeline.resources.iter().flat_map(|resource| &resource.events).filter(|event| event.lane == lane.id);
    sites.extend(accesses.filter_map(|event| match event.kind {
        EventKind::Read { site, .. } | EventKind::Write { site, .. } => Some((event.time, site)),
        _ => None,
    }));
    sites.sort_by_key(|(time, _)| *time);
    let mut lines: Vec<_> = sites.into_iter().filter_map(|(_, site)| timeline.site(site?)).collect();
    lines.dedup();
    lines.into_iter().map(|source| (source.file.clone(), source.line)).collect()
}

#[test]
fn what_an_interpreter_does_is_recorded_at_its_readers_lines() {
    let timeline = run(|| {
        let (run, _) = weft::runtime::lane::current().expect("a run");
        let file = run.recorder.define_file("lunch.py");
        let line = move |line| Some(Site::Line { file, line });
        let (queue, counter) = (Queue::new("queue"), SharedCell::new("counter", 0));
        let worker = spawn("worker", {
            let (queue, counter) = (queue.clone(), counter.clone());
            move || {
                let got: u32 = at(line(7), || queue.get().unwrap());
                at(line(8), || counter.set(i64::from(got)));
                at(line(9), || sleep(MS));
                sleep(MS);
                at(line(9), || at(line(12), || counter.get()));
                // What an interpreter's own library does is at no line, of the reader's or of this file.
                at(None, || sleep(MS));
                at(line(9), || at(None, || counter.get()));
            }
        });
        sleep(20 * MS);
        queue.put(3).unwrap();
        worker.join();
        Ok(())
    });
    let mut all = lines(&timeline, lane(&timeline, "worker"));
    let own = all.iter().position(|(file, _)| file.ends_with("sites.rs")).expect("the sleep of this file");
    assert!(all.remove(own).1 > 30);
    let of_reader = |line| ("lunch.py".to_owned(), line);
    assert_eq!(all, [7, 8, 9, 12].map(of_reader));
}

#[test]
fn a_line_is_put_back_even_after_a_panic() {
    let timeline = run(|| {
        let (run, _) = weft::runtime::lane::current().expect("a run");
        let file = run.recorder.define_file("lunch.py");
        let panicked = std::panic::catch_unwind(|| at(Some(Site::Line { file, line: 1 }), || panic!("no lunch")));
        assert!(panicked.is_err());
        sleep(MS);
        Ok(())
    });
    let lines = lines(&timeline, lane(&timeline, "main"));
    assert!(!lines.is_empty() && lines.iter().all(|(file, _)| file.ends_with("sites.rs")), "{lines:?}");
}
