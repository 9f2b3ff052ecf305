//! Weft inside other people's pages: of another origin, many at once, in sandboxes, without JavaScript.

mod sandboxes;

use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::page::{Page, SOON};
use crate::server::{ISOLATED, Server};
use crate::site;

const RUN: Duration = Duration::from_secs(30);

/// A page that notes what the frames in it say and what happens to its elements.
const NOTES: &str = "<script>
    window.said = [];
    window.happened = [];
    addEventListener('message', ({ data, origin }) => said.push({ ...data, origin }));
    for (const name of ['ready', 'finished', 'error']) {
        document.addEventListener(`weft-${name}`, ({ detail, target }) => happened.push([name, detail, target.id]));
    }
</script>";

/// The mode of a page in a frame of another origin: only Chromium knows a header by which such a frame is isolated.
fn framed_mode(browser: Browser) -> &'static str {
    match browser {
        Browser::Chromium => "live",
        Browser::Firefox => "recorded",
    }
}

/// Waits until the page around has this said to it.
async fn wait_for_word(page: &Page<'_>, weft: &str) -> Value {
    let said = "return said.some(({ weft }) => weft === arguments[0])";
    page.wait_for(&format!("the frame says {weft}"), RUN, said, &[json!(weft)]).await;
    page.script("return said.findLast(({ weft }) => weft === arguments[0])", &[json!(weft)]).await
}

/// What the first frame replies.
async fn ask(page: &Page<'_>, question: Value) -> Value {
    let ask = "new Promise((resolve) => {
        const question = { reply: Math.random(), ...arguments[0] };
        addEventListener('message', ({ data }) => {
            if (data.weft === 'reply' && data.reply === question.reply) resolve(data);
        });
        frames[0].postMessage(question, '*');
    })";
    page.evaluate(ask, &[question]).await.expect("a reply")
}

async fn no_errors(page: &Page<'_>, frames: u16) {
    for frame in 0..frames {
        page.enter(frame).await;
        assert_eq!(page.take_errors().await, [""; 0], "{} in frame {frame}", page.browser());
        page.leave().await;
    }
    assert_eq!(page.take_errors().await, [""; 0], "{} around the frames", page.browser());
}

in_both!(a_plain_frame_of_another_origin_runs_or_shows_a_recording, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let address = &weft.address;
    let course = Server::of_page(&format!(
        "{NOTES}<h1>Queues</h1><iframe width=\"700\" height=\"700\" allow=\"cross-origin-isolated\"
                src=\"{address}#/embed/bounded-queue?capacity=4&items=6&theme=dark&autorun=1\"></iframe>"
    ));
    let course = page.on(&course);
    course.load("").await;
    let mode = framed_mode(page.browser());
    assert_eq!(wait_for_word(&course, "ready").await["mode"], json!(mode));
    let finished = wait_for_word(&course, "finished").await;
    assert_eq!(finished["result"]["recorded"], json!(mode == "recorded"), "{finished}");
    assert_eq!(finished["result"]["id"], json!("bounded-queue"));
    assert!(wait_for_word(&course, "height").await["height"].as_f64() > Some(100.0));

    course.enter(0).await;
    let root = "return { ...document.documentElement.dataset }";
    let data = course.script(root, &[]).await;
    assert_eq!((&data["weftMode"], &data["weftRun"]), (&json!(mode), &json!("finished")), "{data}");
    assert_eq!(data["theme"], json!("dark"));
    let text = course.text().await;
    assert!(!text.contains("All demos"), "the site is not around it:\n{text}");
    assert_eq!(text.contains("is a recording of a real run: Chromium"), mode == "recorded", "{text}");
    assert_eq!(text.contains("Run it live in a tab of its own"), mode == "recorded", "{text}");
    let link = "return document.querySelector('.share a').href";
    let link = course.script(link, &[]).await;
    let link = link.as_str().expect("a link");
    assert!(link.starts_with(&format!("{address}#/demo/bounded-queue?capacity=4&items=6")), "{link}");
    course.screenshot("finished").await;
    course.leave().await;

    // Demos of tasks run everywhere.
    let reply =
        ask(&course, json!({ "weft": "run", "id": "sequential-gather", "params": { "tasks": 2, "delay": 50 } })).await;
    let result = &reply["result"];
    assert_eq!((&result["recorded"], &result["status"]), (&json!(false), &json!("finished")), "{reply}");
    assert_eq!(result["params"], json!({ "tasks": 2, "delay": 50 }));
    no_errors(&course, 1).await;
});

in_both!(a_frame_answers_what_carries_the_key, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let frame = format!("<iframe src=\"{}#/embed/sequential-gather?tasks=2&delay=80\"></iframe>", weft.address);
    let course = Server::of_page(&format!("{NOTES}{frame}"));
    let course = page.on(&course);
    course.load("").await;
    wait_for_word(&course, "ready").await;

    // Without an id the demo that is shown, with its parameters but for those that are given.
    let reply = ask(&course, json!({ "weft": "run", "params": { "delay": 60 } })).await;
    assert_eq!(reply["result"]["params"], json!({ "tasks": 2, "delay": 60 }), "{reply}");
    let trace = ask(&course, json!({ "weft": "trace" })).await;
    assert_eq!(trace["result"]["otherData"]["demo"], json!("sequential-gather"));
    assert_eq!(weft_contract::check_contract(&trace["result"]), Vec::<String>::new());
    for (question, part) in [
        (json!({ "weft": "run", "params": { "tasks": 1000 } }), "“tasks” must be"),
        (json!({ "weft": "run", "params": "tasks=2" }), "must be an object"),
        (json!({ "weft": "run", "id": "sequential-gahter" }), "No demo called “sequential-gahter”"),
        (json!({ "weft": "run", "id": 3 }), "must be text"),
        (json!({ "weft": "alert(1)" }), "“alert(1)” is none of them"),
        (json!({ "weft": 7 }), "knows run, stop, trace"),
    ] {
        let reply = ask(&course, question.clone()).await;
        assert!(reply["error"].as_str().is_some_and(|error| error.contains(part)), "{question}: {reply}");
    }
    // What is not for Weft gets no answer.
    let silent = "{
        const before = said.length;
        for (const other of ['run', null, 3, ['weft'], { run: 1 }, new Map([['weft', 'run']])]) frames[0].postMessage(other, '*');
        await new Promise((resolve) => setTimeout(resolve, 300));
        return said.slice(before);
    }";
    assert_eq!(course.evaluate(silent, &[]).await, Ok(json!([])));
    // A long run is stopped by the second question, and its own reply says so.
    let stopped = "{
        const reply = (question) => new Promise((resolve) => {
            addEventListener('message', ({ data }) => data.reply === question.reply && resolve(data));
            frames[0].postMessage(question, '*');
        });
        const run = reply({ weft: 'run', params: { tasks: 5, delay: 2000 }, reply: 'a' });
        await new Promise((resolve) => setTimeout(resolve, 1200));
        const stop = await reply({ weft: 'stop', reply: 'b' });
        return [(await run).result.status, 'error' in stop];
    }";
    assert_eq!(course.evaluate(stopped, &[]).await, Ok(json!(["stopped", false])));
    no_errors(&course, 1).await;
});

in_both!(the_element_runs_stops_and_tells, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let address = &weft.address;
    let course = Server::of_page(&format!(
        "<style>html {{ color-scheme: dark }} body {{ margin: 0; max-width: 320px }}</style>{NOTES}
            <script src=\"{address}embed.js\" defer></script>
            <weft-demo id=\"one\" demo=\"sequential-gather\" params=\"tasks=3&delay=70\" panels=\"chart,controls\">
                <a href=\"{address}\">The demo</a>
            </weft-demo>"
    ));
    let course = page.on(&course);
    course.load("").await;
    // Asked before the frame is there.
    let result =
        course.evaluate("customElements.whenDefined('weft-demo').then(() => one.run())", &[]).await.expect("a result");
    assert_eq!(result["params"], json!({ "tasks": 3, "delay": 70 }), "{result}");
    let result = course.evaluate("one.run({ tasks: 2 })", &[]).await.expect("a result");
    assert_eq!(result["params"], json!({ "tasks": 2, "delay": 70 }), "{result}");
    let trace = course.evaluate("one.trace()", &[]).await.expect("a trace");
    assert_eq!(trace["otherData"]["params"], json!({ "tasks": 2, "delay": 70 }));
    let error = course.evaluate("one.run({ tasks: -1 })", &[]).await.expect_err("too few tasks");
    assert!(error.contains("“tasks” must be"), "{error}");
    let stopped = course
        .evaluate(
            "{
                const run = one.run({ tasks: 5, delay: 2000 });
                await new Promise((resolve) => setTimeout(resolve, 1000));
                await one.stop();
                return (await run).status;
            }",
            &[],
        )
        .await;
    assert_eq!(stopped, Ok(json!("stopped")));
    let happened =
        course.script("return happened.map(([name, detail, id]) => `${name} ${detail.status ?? ''} ${id}`)", &[]).await;
    let expected =
        ["ready  one", "finished finished one", "finished finished one", "error  one", "finished stopped one"];
    assert_eq!(happened, json!(expected));
    let mode = if page.browser() == Browser::Chromium { "live" } else { "recorded" };
    assert_eq!(course.script("return happened[0][1].mode", &[]).await, json!(mode));

    // As wide as its place, as high as its content, in the page's colours; only the panels that were asked for.
    let fits = "{
        const frame = one.querySelector('iframe');
        return [frame.getBoundingClientRect().width, Math.round(frame.getBoundingClientRect().height), one.children.length,
            said.findLast(({ weft }) => weft === 'height').height];
    }";
    let fits = course.evaluate(fits, &[]).await.expect("sizes");
    assert_eq!((&fits[0], &fits[2]), (&json!(320), &json!(1)), "{fits}");
    assert_eq!(fits[1], fits[3], "{fits}");
    course.enter(0).await;
    let inside = "return [document.documentElement.dataset.theme, document.documentElement.scrollWidth,
        document.documentElement.scrollHeight - innerHeight, document.querySelector('.code') === null,
        document.querySelector('.chart') !== null]";
    assert_eq!(course.script(inside, &[]).await, json!(["dark", 320, 0, true, true]));
    course.leave().await;
    course.screenshot("narrow").await;

    // The page becomes light, and another demo is shown; the reader's way back is as long as before.
    let change = "{
        const before = history.length;
        document.documentElement.style.colorScheme = 'light';
        one.setAttribute('demo', 'async-lock');
        one.setAttribute('panels', 'chart');
        return before;
    }";
    let before = course.evaluate(change, &[]).await.expect("a length");
    course.enter(0).await;
    let light = "return document.documentElement.dataset.theme === 'light'";
    course.wait_for("the frame is light", SOON, light, &[]).await;
    let other = "return document.title.includes('lock') && document.querySelector('.setup') === null";
    course.wait_for("the other demo is shown", SOON, other, &[]).await;
    // No panel has a Run button then, so the empty chart has one.
    course.click("Run").await;
    course.wait_for_run("finished", RUN).await;
    course.leave().await;
    assert_eq!(course.evaluate("history.length", &[]).await, Ok(before));
    no_errors(&course, 1).await;
});

in_both!(ten_embeds_start_engines_only_when_used, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let address = &weft.address;
    let demo = |number: usize| {
        format!(
            "<p style=\"height: 300px\">Chapter {number}</p>
            <weft-demo id=\"d{number}\" demo=\"sequential-gather\" params=\"tasks={number}&delay=40\" panels=\"controls,chart\"></weft-demo>"
        )
    };
    let demos: String = (1..=10).map(demo).collect();
    let course = Server::of_page(&format!("{NOTES}<script src=\"{address}embed.js\" defer></script>{demos}"));
    let course = page.on(&course);
    course.load("").await;
    // Down through all chapters, so that all of them are loaded.
    for number in 1..=10 {
        course.script("document.getElementById(arguments[0]).scrollIntoView()", &[json!(format!("d{number}"))]).await;
        let ready = "return happened.some(([name, , id]) => name === 'ready' && id === arguments[0])";
        course.wait_for("the demo is ready", SOON, ready, &[json!(format!("d{number}"))]).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(workers(&course, 10).await, [0; 10], "nobody has used any of them");

    // All are run, in view or not, and each keeps its result.
    let all =
        "Promise.all([...document.querySelectorAll('weft-demo')].map(async (demo) => (await demo.run()).params.tasks))";
    assert_eq!(course.evaluate(all, &[]).await, Ok(json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(workers(&course, 10).await, [0; 10], "what has run has ended its engine");

    // A pointer inside the last one: an engine stands by, until the demo is out of view.
    course.enter(9).await;
    course.script("document.body.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))", &[]).await;
    course.wait_for("an engine stands by", SOON, "return workersAlive === 1", &[]).await;
    course.leave().await;
    course.script("scrollTo(0, 0)", &[]).await;
    course.enter(9).await;
    course.wait_for("its engine is ended", SOON, "return workersAlive === 0", &[]).await;
    let drawn =
        "return document.documentElement.dataset.weftRun === 'finished' && weft.trace().traceEvents.length > 10";
    course.wait_for("its chart stays", SOON, drawn, &[]).await;
    course.leave().await;
    no_errors(&course, 10).await;
});

async fn workers(page: &Page<'_>, frames: u16) -> Vec<u64> {
    let mut counts = Vec::new();
    for frame in 0..frames {
        page.enter(frame).await;
        counts.push(page.script("return workersAlive", &[]).await.as_u64().expect("a number"));
        page.leave().await;
    }
    counts
}

in_both!(nothing_starts_below_the_fold, async |page| {
    let weft = Server::start(&site(), ISOLATED).await;
    let address = &weft.address;
    let frame = format!(
        "{NOTES}<p style=\"height: 6000px\">Long</p>
        <iframe src=\"{address}#/embed/sequential-gather?tasks=2&delay=40&autorun=1\" height=\"600\"></iframe>"
    );
    let course = Server::of_page(&frame);
    let course = page.on(&course);
    course.load("").await;
    wait_for_word(&course, "ready").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    course.enter(0).await;
    let idle = "return [document.documentElement.dataset.weftRun, workersAlive]";
    assert_eq!(course.script(idle, &[]).await, json!(["idle", 0]));
    course.leave().await;
    course.script("scrollTo(0, 6000)", &[]).await;
    let finished = wait_for_word(&course, "finished").await;
    assert_eq!(finished["result"]["status"], json!("finished"));
    no_errors(&course, 1).await;
});

in_both!(panels_show_what_was_asked_for, async |page| {
    for (hash, shown) in [
        ("#/demo/sequential-gather?panels=chart,code", [true, true, false, false, false]),
        ("#/embed/sequential-gather?panels=console,observations,controls", [false, false, true, true, true]),
        ("#/embed/sequential-gather", [true; 5]),
    ] {
        page.open(hash).await;
        let there = "return ['.code', '.chart', '.console', '.observations', '.setup']
            .map((panel) => document.querySelector(panel) !== null)";
        assert_eq!(page.script(there, &[]).await, json!(shown), "{hash}");
    }
    page.open("#/embed/sequential-gahter").await;
    page.wait_for_text("No demo called").await;
    page.script("document.querySelector('.nothing a').click()", &[]).await;
    page.wait_for_text("Copy link").await;
    let hash = page.evaluate("location.hash", &[]).await.expect("an address");
    assert!(hash.as_str().is_some_and(|hash| hash.starts_with("#/embed/sequential-gather")), "{hash}");
});
