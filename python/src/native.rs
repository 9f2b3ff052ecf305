//! The native program: runs a file, prints what it prints, and writes its trace.
//!
//! ```text
//! weft-python program.py [--gil off] [--speed 10] [--threads 64] [--file data.csv] [--trace trace.json]
//! ```
//!
//! A file that is given (there may be several) is in the folder in which the program begins. Its exit code is 0, or 1 if the program failed or ended in a deadlock, or 2 if it could not be run.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, thread};

use weft::analysis::DeadlockWatch;
use weft::runtime::host::Clock;
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::timeline::chrome::{Meta, export};
use weft::trace::codec::Decoder;
use weft::trace::reader::{LocalMemory, Reader};
use weft::trace::{Ending, LaneKind, Nanos};
use weft_python::program;

/// How long a deadlock lasts before it is believed.
const CERTAIN: Nanos = Nanos::from_millis(1500);

/// What the command line asks for.
struct Request {
    source: String,
    gil: bool,
    config: Config,
    /// Files that the program finds.
    files: Vec<PathBuf>,
    trace: Option<PathBuf>,
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    let request = match request() {
        Ok(request) => request,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    // SAFETY: no other thread runs yet. Unoptimised, the interpreter needs more stack than threads have.
    unsafe { std::env::set_var("RUST_MIN_STACK", (64 << 20).to_string()) };
    thread::spawn(|| run(request)).join().unwrap_or(ExitCode::from(2))
}

fn request() -> Result<Request, String> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: weft-python program.py [--gil off] [--speed 10] [--trace trace.json]")?;
    let source = fs::read_to_string(&file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let config = Config { threads: program::MOST_THREADS, ..Config::default() };
    let mut request = Request { source, gil: true, config, files: Vec::new(), trace: None };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<f64>().map_err(|_| format!("{name} needs a number, not {value}"));
        match name.as_str() {
            "--gil" => request.gil = value == "on",
            "--speed" => request.config.speed = number()?,
            "--threads" => request.config.threads = number()? as usize,
            "--file" => request.files.push(value.into()),
            "--trace" => request.trace = Some(value.into()),
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(request)
}

fn run(request: Request) -> ExitCode {
    weft_python::prepare();
    if let Err(sentence) = give(&request.files) {
        eprintln!("{sentence}");
        return ExitCode::from(2);
    }
    let run = Run::new(request.config, Clock::start());
    program::define_file(&run);
    let program = {
        let run = run.clone();
        let Request { source, gil, .. } = request;
        let main = move || program::run(&source, gil).failure().map_or(Ok(()), Err);
        let lane = move || run_main(&run, LaneKind::Thread, main);
        thread::spawn(lane)
    };
    let mut trace = Trace::new(&run);
    while !program.is_finished() {
        thread::sleep(Duration::from_millis(10));
        trace.look(&run);
    }
    let outcome = program.join();
    trace.read(&run);
    let now = trace.timeline.now;
    trace.timeline.close(now, Ending::Stopped);
    if let Some(path) = request.trace {
        let meta = Meta { weft: env!("CARGO_PKG_VERSION").to_owned(), ..Meta::default() };
        let json = serde_json::to_string(&export(&trace.timeline, &meta)).expect("a trace can be written");
        fs::write(path, json).expect("the trace can be written");
    }
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Failure { lane, message })) => {
            eprintln!("{lane}: {message}");
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::from(2),
    }
}

/// Puts files where the program finds them.
fn give(files: &[PathBuf]) -> Result<(), String> {
    for file in files {
        let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let given = program::disk().add(name, &bytes);
        given.map_err(|fault| format!("{} cannot be given: {}", file.display(), fault.text()))?;
    }
    Ok(())
}

/// What the run has recorded so far.
struct Trace {
    reader: Reader,
    decoder: Decoder,
    timeline: Timeline,
    printed: usize,
    watch: DeadlockWatch,
}

impl Trace {
    fn new(run: &Run) -> Trace {
        let root = LocalMemory::new(run.recorder.root()).root_address();
        Trace {
            reader: Reader::new(0, root),
            decoder: Decoder::default(),
            timeline: Timeline::default(),
            printed: 0,
            watch: DeadlockWatch::default(),
        }
    }

    /// Takes in what was recorded since the last time, and prints what was printed.
    fn read(&mut self, run: &Run) {
        let memory = LocalMemory::new(run.recorder.root());
        let mut events = Vec::new();
        for piece in self.reader.read(&memory, usize::MAX).0 {
            self.decoder.decode(&piece, &mut events);
        }
        self.timeline.push_recorded(events);
        for line in &self.timeline.prints[self.printed..] {
            println!("{}", line.text);
        }
        self.printed = self.timeline.prints.len();
    }

    /// The same; ends a run that is in a deadlock, as the page does.
    fn look(&mut self, run: &Arc<Run>) {
        self.read(run);
        let now = run.clock().now();
        if let Some(found) = self.watch.look(&self.timeline, now).filter(|found| now >= found.since + CERTAIN) {
            let lane = found.lanes.first().and_then(|lane| self.timeline.lane(*lane));
            run.fail(Failure { lane: lane.map_or_else(String::new, |lane| lane.name.clone()), message: found.text });
        }
    }
}
