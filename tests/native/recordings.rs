//! What is shown where threads cannot start: every demo that needs them has recordings, and they are as good as runs.

use std::collections::BTreeMap;
use std::fs::{File, read_dir};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use weft::app::recordings::{all, nearest};
use weft::app::sources::Sources;
use weft::demos::{ALL, Demo, Seen, observations};
use weft::program::write::{FILE, WRITE};
use weft::program::{Need, RunSpec, Status};
use weft::timeline::chrome;

use weft_contract::check_contract;

const REMEDY: &str = "`scripts/record` makes it";

fn recorded() -> impl Iterator<Item = &'static &'static Demo> {
    ALL.iter().filter(|demo| demo.program.needs.contains(&Need::Isolation) && !demo.hidden)
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www/recordings")
}

fn text(demo: &Demo) -> String {
    read(demo.id())
}

fn read(id: &str) -> String {
    let path = folder().join(format!("{id}.gz"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()));
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}

#[test]
fn every_demo_that_needs_threads_has_recordings_that_hold() {
    let sources = std::fs::read_to_string("target/sources.txt").expect("the build leaves it there");
    let sources = Sources::read(&sources).expect("those of this build");
    for demo in recorded() {
        let text = text(demo);
        let recordings = all(&demo.program, &text).unwrap_or_else(|error| panic!("{}: {error}", demo.id()));
        assert_eq!(
            recordings.len() * 2,
            text.lines().count(),
            "{}: parameters that it has no more; {REMEDY}",
            demo.id()
        );
        for recording in &recordings {
            let what = format!("{} {:?}", demo.id(), recording.spec.values);
            assert_eq!(recording.status, (demo.expected)(&recording.spec.values), "{what}");
            assert_eq!(recording.timeline.anomalies, [], "{what}");
            let seen = Seen { timeline: &recording.timeline, values: &recording.spec.values, speed: 1.0 };
            let observations = observations(demo, &seen);
            assert!(!observations.is_empty(), "{what}");
            for observation in observations {
                assert!(observation.holds, "{what}: {}; {REMEDY}", observation.text);
            }
            // The code panel lights these lines.
            let shown = sources.of(demo.source()).expect("a source");
            let lines = shown.first_line..shown.first_line + shown.text().lines().count() as u32;
            let sites: Vec<_> = recording.timeline.sites.iter().filter(|site| site.file == demo.source()).collect();
            assert!(!sites.is_empty(), "{what}: it has no line of {}; {REMEDY}", demo.source());
            for site in sites {
                assert!(lines.contains(&site.line), "{what}: line {} is not in the program; {REMEDY}", site.line);
            }
        }
        assert!(nearest(&RunSpec::new(&demo.program), &text).is_ok(), "{}", demo.id());
    }
}

#[test]
fn the_examples_for_ones_own_programs_are_recorded_as_they_are() {
    let text = read("write");
    let recordings = all(&WRITE, &text).expect("recordings");
    let sources = std::fs::read_to_string("target/sources.txt").expect("the build leaves it there");
    let sources = Sources::read(&sources).expect("those of this build");
    let mut examples = 0;
    for (path, source) in weft::app::examples::all(&sources) {
        let wanted = RunSpec { source: Some(source), ..RunSpec::new(&WRITE) };
        let found = nearest(&wanted, &text).unwrap_or_else(|error| panic!("{path}: {error}; {REMEDY}"));
        assert_eq!(found.status, Status::Finished, "{path}");
        let lines = wanted.source.as_deref().unwrap_or_default().lines().count() as u32;
        let sites: Vec<_> = found.timeline.sites.iter().filter(|site| site.file == FILE).collect();
        assert!(!sites.is_empty() && sites.iter().all(|site| site.line <= lines), "{path}: {sites:?}");
        examples += 1;
    }
    assert_eq!(recordings.len(), examples, "{REMEDY}");
    let other = RunSpec { source: Some("print(1)".to_owned()), ..RunSpec::new(&WRITE) };
    assert!(nearest(&other, &text).is_err_and(|sentence| sentence.contains("cannot run here")));
}

#[test]
fn recorded_traces_keep_the_contract() {
    for demo in recorded() {
        let text = text(demo);
        for trace in text.lines().skip(1).step_by(2) {
            let trace = serde_json::from_str(trace).expect("JSON");
            assert_eq!(check_contract(&trace), Vec::<String>::new(), "{}", demo.id());
            let meta = chrome::import_value(&trace).expect("a trace").meta.expect("a trace of Weft");
            assert_eq!(meta.demo.as_deref(), Some(demo.id()));
        }
    }
}

#[test]
fn recordings_are_small_and_each_has_its_demo() {
    let demos = recorded().map(|demo| (format!("{}.gz", demo.id()), 60_000));
    // The examples for readers' own programs are all in one.
    let most: BTreeMap<String, u64> = demos.chain([("write.gz".to_owned(), 120_000)]).collect();
    let mut total = 0;
    for file in read_dir(folder()).expect("recordings") {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("a name");
        let most = most.get(&name).unwrap_or_else(|| panic!("{name} belongs to no demo that needs threads"));
        let size = file.metadata().expect("a size").len();
        assert!(size <= *most, "{name} has {size} bytes");
        total += size;
    }
    assert!(total < 1_500_000, "all recordings have {total} bytes");
}
