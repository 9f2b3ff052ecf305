//! Benchmarks: what recording costs, against the same program unrecorded and against CPython. They are run on purpose,
//! with `WEFT_BENCH` set, since a machine that does other things meanwhile tells little.

use std::process::Command;

use serde_json::{Value, json};

use crate::cases::{Needs, When};

/// How often each is measured; the best counts, since whatever else the machine does only makes it worse.
const ROUNDS: usize = 3;

in_both!(an_event_loop_costs_little_more_than_its_events [needs(Needs::Machine), when(When::Bench)], async |page| {
    page.open("#/").await;
    let (mut spawning, mut handing_over) = (Measured::default(), Measured::default());
    let mut python = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let params = json!({ "tasks": COUNT, "handoffs": COUNT, "events": 4 * COUNT });
        let result = page.run("task-recording-cost", params).await.expect("a run");
        assert_eq!(result["status"], json!("finished"), "{result}");
        let observations = result["observations"].as_array().expect("observations");
        for observation in observations {
            println!("{}: {}", page.browser(), observation["text"].as_str().expect("a text"));
            assert_eq!(observation["holds"], json!(true), "{observation}");
        }
        spawning.take(&observations[1]);
        handing_over.take(&observations[2]);
        for (best, took) in python.iter_mut().zip(python_times()) {
            *best = best.min(took);
        }
    }
    println!("{}: CPython took {:.1} ms and {:.1} ms", page.browser(), python[0], python[1]);
    for (measured, python) in [(&spawning, python[0]), (&handing_over, python[1])] {
        assert!(measured.ratio <= 1.0, "{measured:?}");
        assert!(measured.traced < python, "{measured:?}, CPython took {python} ms");
    }
});

in_both!(recording_costs_a_thread_little [needs(Needs::Machine), when(When::Bench)], async |page| {
    page.open("#/").await;
    let [mut event, mut lock, mut contended] = [f64::INFINITY, f64::INFINITY, 0.0];
    for _ in 0..ROUNDS {
        // Apart from each other for a while, so that the lock is met both free and held.
        let params = json!({ "threads": 10, "increments": 100_000, "hold": 100, "apart": 2000, "events": 5000 });
        let result = page.run("recording-cost", params).await.expect("a run");
        assert_eq!(result["status"], json!("finished"), "{result}");
        let observations = result["observations"].as_array().expect("observations");
        for observation in observations {
            println!("{}: {}", page.browser(), observation["text"].as_str().expect("a text"));
            assert_eq!(observation["holds"], json!(true), "{observation}");
        }
        event = event.min(figure(&observations[0], "ratio "));
        contended = f64::max(contended, figure(&observations[1], "trace; ") / 1e6);
        lock = lock.min(figure(&observations[2], "ratio "));
    }
    println!(
        "{}: an event {event:.2} times a reading of the clock (at most 1.5); a lock {lock:.2} of twice the untraced loop \
         and the price of its events (at most 1), {:.1} % contended (at least 5)",
        page.browser(),
        contended * 100.0
    );
    assert!(event <= 1.5 && lock <= 1.0 && contended >= 0.05, "see above");
});

/// Tasks, and items.
const COUNT: u32 = 100_000;

/// The best of several.
#[derive(Debug)]
struct Measured {
    /// Traced, beside one and a half times untraced and the price of the events.
    ratio: f64,
    /// Milliseconds, traced.
    traced: f64,
}

impl Default for Measured {
    fn default() -> Measured {
        Measured { ratio: f64::INFINITY, traced: f64::INFINITY }
    }
}

impl Measured {
    /// Reads the figures of an observation.
    fn take(&mut self, observation: &Value) {
        self.ratio = f64::min(self.ratio, figure(observation, "ratio "));
        self.traced = f64::min(self.traced, figure(observation, ", traced "));
    }
}

/// The figure after a word in an observation.
fn figure(observation: &Value, word: &str) -> f64 {
    let text = observation["text"].as_str().expect("a text");
    let rest = text.split_once(word).unwrap_or_else(|| panic!("no “{word}” in “{text}”")).1;
    let figure: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    figure.trim_end_matches('.').parse().unwrap_or_else(|_| panic!("no figure after “{word}” in “{text}”"))
}

/// How long the same takes in CPython, in milliseconds: spawning, handing over.
fn python_times() -> [f64; 2] {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demos/tasks");
    let program = format!("import asyncio, recording_cost as demo; asyncio.run(demo.program({COUNT}, {COUNT}))");
    let output = Command::new("python3").args(["-B", "-c", &program]).current_dir(folder).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let took = |line: &str| line.split_once("took ")?.1.split_once(" ms")?.0.parse().ok();
    let times: Vec<f64> = text.lines().filter_map(took).collect();
    times.try_into().unwrap_or_else(|_| panic!("two times in {text}"))
}
