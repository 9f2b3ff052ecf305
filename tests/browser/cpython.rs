//! CPython's own tests of threads, queues and thread pools, in the page: `scripts/cpython-tests`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases::When;
use crate::page::Page;

/// The tests that end otherwise here, each with its reason.
const DIFFERENT: &str = include_str!("../cpython/different.txt");

in_both!(cpythons_own_tests_pass[when(When::Asked("WEFT_CPYTHON"))], async |page| {
    let program = std::env::var("WEFT_CPYTHON").expect("the file of the program");
    let source = std::fs::read_to_string(program).expect("the program of tests");
    for gil in [true, false] {
        let result = run(page, &source, gil).await;
        let lines = result["console"].as_array().expect("a console").iter().filter_map(|line| line["text"].as_str());
        let lines: Vec<&str> = lines.collect();
        println!("{}, GIL {}", page.browser(), if gil { "on" } else { "off" });
        for line in &lines {
            println!("    {line}");
        }
        let of = |kind: &str| lines.iter().filter(|line| line.starts_with(kind)).count();
        let (passed, failed) = (of("ok "), of("FAILED "));
        assert!(passed >= 19 * failed, "{passed} passed, {failed} failed: less than 95 %");
        // After its kind, its time and the unit.
        let name = |line: &&str| line.split_whitespace().nth(3).unwrap_or_default().to_owned();
        let failed: BTreeSet<String> = lines.iter().filter(|line| line.starts_with("FAILED ")).map(name).collect();
        let known: BTreeSet<String> =
            DIFFERENT.lines().filter_map(|line| Some(line.split_once(": ")?.0.to_owned())).collect();
        let unknown: Vec<_> = failed.difference(&known).collect();
        assert!(unknown.is_empty(), "without a reason: {unknown:?}");
    }
});

async fn run(page: &Page<'_>, source: &str, gil: bool) -> Value {
    page.open("#/write").await;
    // They take a minute, which is more than a script of the driver's may.
    let start =
        "window.run = null; weft.python(arguments[0], { gil: arguments[1] }).then((result) => { window.run = result })";
    page.script(start, &[json!(source), json!(gil)]).await;
    let limit = std::time::Duration::from_secs(300);
    page.wait_for("the tests have run", limit, "return window.run !== null", &[]).await;
    page.script("return window.run", &[]).await
}
