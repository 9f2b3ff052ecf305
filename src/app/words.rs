//! What the page says in words and figures, apart from where it says it.

use std::ops::Range;
use std::time::Duration;

use super::address::Panel;
use crate::demos::Group;
use crate::program::write::FILE;
use crate::program::{Need, Param, Program, RunSpec, Value};
use crate::timeline::{Stats, Timeline};
use crate::trace::{Nanos, State};

/// Why a requested run did not begin.
pub const OVERTAKEN: &str = "Another run took the place of this one before it began.";

/// A figure of a run, with its name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: String,
    /// What it means, in a sentence.
    pub help: &'static str,
}

/// How long a run is expected to take: `about 1.2 s`.
pub fn estimate(estimate: Duration) -> String {
    match estimate.as_secs_f64() {
        seconds if seconds < 0.05 => "a moment".to_owned(),
        seconds if seconds < 10.0 => format!("about {seconds:.1} s"),
        seconds => format!("about {seconds:.0} s"),
    }
}

/// A running time: `0.4 s`.
pub fn clock(time: Nanos) -> String {
    format!("{:.1} s", time.as_millis_f64() / 1e3)
}

/// Why a run failed, as a sentence.
pub fn failure(lane: Option<&str>, message: &str) -> String {
    let place = lane.map_or(String::new(), |lane| format!(" in lane {lane}"));
    let stop = if message.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("Failed{place}: {message}{stop}")
}

/// The time of a printed line, in a form that lines up in columns: `403.2 ms`.
pub fn stamp(time: Nanos) -> String {
    format!("{:.1} ms", time.as_millis_f64())
}

/// What was printed beyond what the console holds.
pub fn lost_lines(lines: u64) -> String {
    match lines {
        1 => "… and 1 more line, which is not kept".to_owned(),
        _ => format!("… and {} more lines, which are not kept", count(lines)),
    }
}

/// Which line of the reader's program a traceback's line names: where in the text, and its number.
pub fn place_in(text: &str) -> Option<(Range<usize>, u32)> {
    let before = format!("File \"{FILE}\", ");
    let start = text.find(&before)? + before.len();
    let number = text[start..].strip_prefix("line ")?;
    let digits = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
    let line = number[..digits].parse().ok()?;
    Some((start..start + "line ".len() + digits, line))
}

/// A number that is easy to read: `12 345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// The figures of a run.
pub fn figures(stats: &Stats) -> Vec<Statistic> {
    let of = |name, value: String, help| Statistic { name, value, help };
    vec![
        of("Lanes", count(stats.lanes as u64), "Threads, processes, tasks and event loops of this run."),
        of("Events", count(stats.events), "What was recorded: changes of state, printed lines and the like."),
        of("Wall time", stats.wall.to_string(), "From the first event to the last."),
        of("Most at once", stats.max_parallel.to_string(), "The most lanes that were running at the same moment."),
    ]
}

/// Time by state, for all lanes together, with each state's share in percent.
pub fn shares(stats: &Stats) -> Vec<(State, Nanos, f64)> {
    let total: u64 = stats.by_state.0.iter().map(|time| time.0).sum();
    let share = |time: Nanos| if total == 0 { 0.0 } else { time.0 as f64 * 100.0 / total as f64 };
    State::ALL.into_iter().map(|state| (state, stats.by_state.of(state))).map(|(s, t)| (s, t, share(t))).collect()
}

/// What is unusual about a recording, in sentences; usually nothing.
pub fn remarks(timeline: &Timeline) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(end) = timeline.recording_ended {
        remarks.push(format!("Recording ended at {end}: the recording was full. The run itself went on."));
    }
    if let Some(first) = timeline.anomalies.first() {
        let number = timeline.anomalies.len();
        let lane = first.lane.and_then(|id| timeline.lane(id)).map_or(String::new(), |lane| format!("{} ", lane.name));
        let more = if number == 1 { String::new() } else { format!(", and {} more", number - 1) };
        remarks.push(format!("Odd in this recording: at {} {lane}{}{more}.", first.time, first.text));
    }
    let lifts = &timeline.lifts;
    if lifts.count > 0 {
        let times = if lifts.count == 1 { "once".to_owned() } else { format!("{} times", lifts.count) };
        remarks.push(format!(
            "Workers’ clocks differ a little: {times} an effect was moved to its cause’s time, by {} at most.",
            lifts.max
        ));
    }
    remarks
}

/// The parameters of a run in words: `threads 3, delay 400 ms, speed ×2`.
pub fn parameters(run: &RunSpec) -> String {
    let parts = parameters_beside(run, run);
    parts.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(", ")
}

/// The same in parts, each with whether it differs from that of another run of the program. The speed is included if it
/// differs, or is not 1.
pub fn parameters_beside(run: &RunSpec, other: &RunSpec) -> Vec<(String, bool)> {
    let part = |param: &Param| {
        let value = run.values.get(param.name)?;
        Some((parameter(param, value), other.values.get(param.name) != Some(value)))
    };
    let mut parts: Vec<_> = run.program.params.iter().filter_map(part).collect();
    if run.speed != 1.0 || run.speed != other.speed {
        parts.push((format!("speed ×{}", run.speed), run.speed != other.speed));
    }
    parts
}

fn parameter(param: &Param, value: &Value) -> String {
    match unit(param) {
        "" => format!("{} {value}", param.name),
        unit => format!("{} {value} {unit}", param.name),
    }
}

/// A parameter's unit, unless it only repeats the name: `threads`, in threads.
pub fn unit(param: &Param) -> &'static str {
    if param.unit == param.name { "" } else { param.unit }
}

/// A group's title in the catalogue, and what it is about.
pub fn group(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Threads => ("Threads", "Several flows of control that share one memory, like Python’s threading."),
        Group::Processes => ("Processes", "Instances that each have their own memory, like Python’s multiprocessing."),
        Group::Tasks => ("Tasks", "async and await: many waits on one thread, like Python’s asyncio."),
        Group::Compare => ("Comparisons", "The same work in several models, one after the other, with figures."),
    }
}

/// How many demos a search has found; while it is still `loading` the programs, it knows titles and descriptions only.
pub fn found(demos: usize, loading: bool) -> String {
    match demos {
        0 if loading => "Looking into the programs …".to_owned(),
        0 => "No demo is about that, and no program uses that name.".to_owned(),
        1 => "1 demo".to_owned(),
        _ => format!("{demos} demos"),
    }
}

/// A number of bytes, in words.
pub fn bytes(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1024.0).replace(".0 ", " "),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0).replace(".0 ", " "),
    }
}

/// A panel's name on the button that closes it.
pub fn panel(panel: Panel) -> &'static str {
    match panel {
        Panel::Code => "Code",
        Panel::Chart => "Chart",
        Panel::Console => "Console",
        Panel::Observations => "What it shows",
        Panel::Controls => "Parameters",
        Panel::Files => "Files",
    }
}

/// What a program runs on, in a few words each.
pub fn needs(program: &Program) -> Vec<&'static str> {
    let of = |need: &Need| match need {
        Need::Isolation => "real threads",
        Need::Processes => "isolated processes",
        Need::Http => "real requests, to the site itself",
        Need::Files => "real files, private to this site",
        Need::Database => "a real database in the browser",
        Need::Server => "a server in a worker",
    };
    if program.needs.is_empty() { vec!["one event loop"] } else { program.needs.iter().map(of).collect() }
}

/// What a demo that makes requests does where there is no service worker, and what the browser says about that.
pub fn no_service_worker(reason: &str) -> String {
    format!(
        "No service worker runs here, so this demo fetches the site’s own files: they come at once, whatever the delay. \
         (The browser says: {}.)",
        reason.trim_end_matches('.')
    )
}

/// Why threads cannot start in a page, and what to do about it, depending on whether the page is `secure` (https, or
/// this machine), and whether it is `framed` in another page.
pub fn no_threads(secure: bool, framed: bool) -> String {
    let remedy = match (secure, framed) {
        (true, true) => {
            return "Threads cannot start in this frame, because the browser has not isolated it from the page around it."
                .to_owned();
        }
        (false, _) => "Open it over https, or from this machine as localhost.",
        (true, false) => {
            "Its server has to send two headers with every file: “Cross-Origin-Opener-Policy: same-origin” and \
             “Cross-Origin-Embedder-Policy: require-corp”; scripts/serve does."
        }
    };
    format!(
        "Threads cannot start in this page, because the browser has not isolated it from others, which threads need \
         in order to share memory. {remedy} Demos of tasks run anyway."
    )
}

/// Says that what is shown is a recording, where and when it was made, and with which parameters.
pub fn recording(made: &str, settings: &str) -> String {
    let with = if settings.is_empty() { String::new() } else { format!(", with {settings}") };
    format!("What you see is a recording of a real run: {made}{with}.")
}

/// Whether a program can run in a page, in which threads can start if it is `isolated`.
pub fn can_run(program: &Program, isolated: bool) -> bool {
    isolated || !program.needs.contains(&Need::Isolation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::Demo;

    #[test]
    fn a_traceback_names_lines_of_the_readers_file() {
        let text = "  File \"main.py\", line 12, in f";
        let (range, line) = place_in(text).expect("a place");
        assert_eq!((&text[range], line), ("line 12", 12));
        let of_syntax = place_in("  File \"main.py\", line 3");
        assert_eq!(of_syntax.map(|(_, line)| line), Some(3));
        for other in ["  File \"threading\", line 12, in run", "File \"main.py\", line x", "line 12", ""] {
            assert_eq!(place_in(other), None, "{other}");
        }
        assert_eq!(lost_lines(1), "… and 1 more line, which is not kept");
    }

    #[test]
    fn times_and_numbers_read_well() {
        assert_eq!(estimate(Duration::from_millis(1210)), "about 1.2 s");
        assert_eq!(estimate(Duration::from_millis(3)), "a moment");
        assert_eq!(estimate(Duration::from_secs(75)), "about 75 s");
        assert_eq!(clock(Nanos::from_millis(440)), "0.4 s");
        assert_eq!(stamp(Nanos(403_240_000)), "403.2 ms");
        assert_eq!(failure(Some("worker-1"), "it broke"), "Failed in lane worker-1: it broke.");
        assert_eq!(failure(None, "Reload the page."), "Failed: Reload the page.");
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn a_recording_says_where_and_when_it_was_made() {
        let made = "Chromium 156 on 2 November 2026";
        assert_eq!(recording(made, ""), format!("What you see is a recording of a real run: {made}."));
        assert_eq!(
            recording(made, "threads 3"),
            format!("What you see is a recording of a real run: {made}, with threads 3.")
        );
    }

    #[test]
    fn a_run_is_named_by_its_parameters() {
        let mut run = RunSpec::new(&Demo::find("thread-start-join").unwrap().program);
        run.speed = 2.0;
        assert_eq!(parameters(&run), "threads 3, delay 400 ms, speed ×2");
    }

    #[test]
    fn shares_are_of_the_whole() {
        let mut stats = Stats::default();
        assert!(shares(&stats).iter().all(|share| share.2 == 0.0));
        stats.by_state.0[State::Running as usize] = Nanos(30);
        stats.by_state.0[State::Sleeping as usize] = Nanos(10);
        assert_eq!(shares(&stats)[State::Running as usize], (State::Running, Nanos(30), 75.0));
    }

    #[test]
    fn a_usual_recording_has_no_remarks() {
        let mut timeline = Timeline::default();
        assert_eq!(remarks(&timeline), [""; 0]);
        timeline.note_anomaly(Nanos::from_millis(3), None, "ended twice");
        timeline.recording_ended = Some(Nanos::from_millis(900));
        assert_eq!(
            remarks(&timeline),
            [
                "Recording ended at 900 ms: the recording was full. The run itself went on.",
                "Odd in this recording: at 3.00 ms ended twice."
            ]
        );
    }
}
