//! Models compared: the GIL's rule in a browser, the bars on the page, and, when `WEFT_BENCH` is set, what each model
//! gains beside what native threads gain on the same machine.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cases::{Needs, When};
use crate::demos::{holds, runs_well};
use crate::page::SOON;

in_both!(figures_stand_beside_each_other_as_bars, async |page| {
    for width in [1280, 360] {
        page.open_in_frame(width, "#/demo/compare-io?tasks=3&delay=200").await;
        page.click("Run").await;
        page.wait_for_run("finished", SOON).await;
        page.wait_for_text("Side by side").await;
        let shown = page
            .script(
                "return [...document.querySelectorAll('.bars dl')].map((list) => [...list.querySelectorAll('dd')].map(
                    (bar) => [bar.previousElementSibling.textContent, bar.querySelector('span').textContent,
                        Number(bar.querySelector('rect:last-child').getAttribute('width'))]))",
                &[],
            )
            .await;
        // Wall time, speed-up, use of the cores, start-up, time Running.
        let counts: Vec<_> =
            shown.as_array().expect("lists").iter().map(|bars| bars.as_array().unwrap().len()).collect();
        assert_eq!(counts, [4, 3, 3, 3, 4], "{shown}");
        let walls = shown[0].as_array().unwrap();
        assert_eq!(walls[0][0], json!("sequential"));
        assert!(walls[0][1].as_str().is_some_and(|figure| figure.ends_with("ms")), "{shown}");
        let longest = walls.iter().map(|bar| bar[2].as_f64().unwrap()).fold(0.0, f64::max);
        assert_eq!(longest, 100.0, "{shown}");
        assert!(walls[1][2].as_f64() < walls[0][2].as_f64(), "threads take less than one after the other: {shown}");
        let fits = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        assert_eq!(page.script(fits, &[]).await, json!(true), "at {width}");
        page.script("document.querySelector('.bars').scrollIntoView()", &[]).await;
        page.screenshot(&format!("bars-{width}")).await;
    }
});

/// Each figure is the median of so many.
const TIMES: usize = 5;

in_both!(gains_and_costs_of_models [needs(Needs::Machine), when(When::Bench)], async |page| {
    page.open("#/").await;
    let browser = page.browser();
    let mut all: Vec<(&str, f64)> = Vec::new();
    for _ in 0..TIMES {
        // One after the other, so that what else the machine does is the same for all.
        let [one, two] = native();
        all.push(("native speed-up", 2.0 * one / two));
        warmed_up().await;
        let cpu = runs_well(page, "compare-cpu", json!({ "tasks": 4, "n": 50_000_000, "workers": 2 })).await;
        for of in ["threads-gil", "threads", "processes"] {
            all.push((of, figure(&cpu, &format!("speed-up.{of}"))));
        }
        let alone = runs_well(page, "gil", json!({ "gil": false, "threads": 1, "n": 100_000_000 })).await;
        all.push(("speed of one worker, of native", one / figure(&alone, "wall.cpu")));
    }
    for _ in 0..TIMES {
        let gil = holds(page, "gil", json!({ "n": 100_000_000 })).await;
        all.push(("interval", figure(&gil, "interval.gil")));
        all.push(("waits with the GIL, of those without", figure(&gil, "wall.io-gil") / figure(&gil, "wall.io")));

        let io = holds(page, "compare-io", json!({ "tasks": 5, "delay": 300 })).await;
        for of in ["threads", "tasks", "processes"] {
            let planned = 300.0 + figure(&io, &format!("start-up.{of}"));
            all.push((of_io(of), figure(&io, &format!("wall.{of}")) / planned));
        }
        let mixed = holds(page, "compare-mixed", json!({})).await;
        println!("{browser}: {}", mixed["observations"][1]["text"]);
        let sync = holds(page, "sync-cost", json!({})).await;
        println!("{browser}: {}", sync["figures"]);
    }
    let of = |name: &str| median(all.iter().filter(|(of, _)| *of == name).map(|(_, figure)| *figure).collect());
    let native = of("native speed-up");
    let waits = ["threads", "tasks", "processes"].map(|model| of(of_io(model)));
    println!(
        "{browser}: speed-up of native threads {native:.2}; of threads {:.2}, of processes {:.2} (at least 0.9 of it); under \
         the GIL {:.2} (0.85 to 1.1); one worker at {:.2} of native speed (at least 0.7); the GIL switches after {:.2} ms \
         (4 to 6); threads that wait take {:.3} of their time without it (at most 1.05); waits and start-up {waits:.3?} \
         of what was planned: threads, tasks, processes (at most 1.15)",
        of("threads"),
        of("processes"),
        of("threads-gil"),
        of("speed of one worker, of native"),
        of("interval"),
        of("waits with the GIL, of those without"),
    );
    assert!(of("threads") >= 0.9 * native && of("processes") >= 0.9 * native, "speed-up, see above");
    assert!((0.85..=1.1).contains(&of("threads-gil")), "under the GIL, see above");
    assert!(of("speed of one worker, of native") >= 0.7, "one worker, see above");
    assert!((4.0..=6.0).contains(&of("interval")), "the interval, see above");
    assert!(of("waits with the GIL, of those without") <= 1.05, "threads that wait, see above");
    assert!(waits.iter().all(|part| *part <= 1.15), "waits, see above");
});

fn of_io(model: &str) -> &'static str {
    match model {
        "threads" => "waits of threads",
        "tasks" => "waits of tasks",
        _ => "waits of processes",
    }
}

/// Until the page has done what it does after a run, and has an engine that stands.
pub async fn warmed_up() {
    tokio::time::sleep(Duration::from_millis(1500)).await;
}

/// How long native threads take for the same sums, in milliseconds: one, and two with twice the work. Built as a
/// release is.
pub fn native() -> [f64; 2] {
    let output = Command::new(env!("CARGO"))
        .args(["bench", "--bench", "models"])
        .env("CARGO_PROFILE_RELEASE_PANIC", "unwind")
        .output()
        .expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("milliseconds: "));
    let times = line.map(|line| line.split(' ').filter_map(|time| time.parse().ok()).collect::<Vec<f64>>());
    let times = times.and_then(|times| times.try_into().ok());
    times.unwrap_or_else(|| panic!("two times in {text}, {}", String::from_utf8_lossy(&output.stderr)))
}

/// The value of a figure of a run.
fn figure(result: &Value, id: &str) -> f64 {
    let figures = result["figures"].as_array().expect("figures");
    let found = figures.iter().find(|figure| figure["id"] == id).and_then(|figure| figure["value"].as_f64());
    found.unwrap_or_else(|| panic!("no figure {id} in {result}"))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
