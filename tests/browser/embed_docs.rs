//! Every example of docs/embedding.md does what the page says.

use std::time::Duration;

use serde_json::json;

use crate::driver::Browser;
use crate::page::SOON;
use crate::server::{ISOLATED, Server};
use crate::site;

const HOST: &str = "https://weft.example";
const RUN: Duration = Duration::from_secs(30);
/// The interpreter is loaded first.
const PYTHON: Duration = Duration::from_secs(90);

in_both!(the_examples_of_the_docs_work, async |page| {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/embedding.md")).expect("the docs");
    let weft = Server::start(&site(), ISOLATED).await;
    let origin = weft.address.trim_end_matches('/');
    let examples: Vec<String> = text
        .split("```html\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().replace(HOST, origin))
        .collect();
    assert_eq!(examples.len(), 6, "an example has no test yet");
    let tests = ["shown", "runs by itself", "asked by a script", "a program", "shown", "asked by messages"];
    for (number, (example, test)) in examples.into_iter().zip(tests).enumerate() {
        let course = Server::of_page(&example);
        let course = page.on(&course);
        course.load("").await;
        match test {
            "shown" => {
                course.enter(0).await;
                course.wait_until_up().await;
                course.wait_for_text("A bounded queue").await;
                course.wait_for_element("//canvas").await;
                assert_eq!(course.value_of("capacity").await, "3");
            }
            "runs by itself" => {
                course.enter(0).await;
                course.wait_for_run("finished", RUN).await;
                let look = "return [document.documentElement.dataset.theme, document.querySelector('.code') !== null,
                    document.querySelector('.setup')]";
                assert_eq!(course.script(look, &[]).await, json!(["dark", true, null]));
            }
            "asked by a script" => {
                course.click("Try it").await;
                let answered = "return parseFloat(document.querySelector('#answer').value) >= 600";
                course.wait_for("five naps in turn and together take 0.6 s", RUN, answered, &[]).await;
                course.enter(0).await;
                course.wait_for_run("finished", RUN).await;
            }
            "a program" => {
                course.click("Run it").await;
                // This page is not isolated, and so, in Firefox, neither is the frame.
                let runs = page.browser() == Browser::Chromium;
                let answer = if runs { "finished: 2 lines" } else { "Programs of your own cannot run here" };
                let said = "return document.querySelector('#said').value.startsWith(arguments[0])";
                course.wait_for("the program has said hello twice", PYTHON, said, &[json!(answer)]).await;
                let code = "return document.querySelector('weft-code').code.startsWith('import threading\\n\\ndef')";
                assert_eq!(course.script(code, &[]).await, json!(true));
                course.enter(0).await;
                course.wait_for_run(if runs { "finished" } else { "idle" }, RUN).await;
                let gil = "return document.querySelector('.setup input[type=checkbox]').checked";
                assert_eq!(course.script(gil, &[]).await, json!(false));
            }
            "asked by messages" => {
                let done = "return document.title === 'finished' && document.querySelector('#weft').height !== '900'";
                course.wait_for("the reply has come, and the height", SOON, done, &[]).await;
                course.enter(0).await;
                assert_eq!(course.value_of("tasks").await, "4");
            }
            _ => unreachable!(),
        }
        course.screenshot(&format!("example-{}", number + 1)).await;
        assert_eq!(course.take_errors().await, [""; 0], "example {}, inside", number + 1);
        course.leave().await;
        assert_eq!(course.take_errors().await, [""; 0], "example {}", number + 1);
    }
});
