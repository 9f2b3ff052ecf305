//! Tasks of readers' Python: asyncio as it is in CPython, and what the trace says of its tasks.

use serde_json::{Value, json};
use weft_contract::check_contract;

use super::{lines, python};

/// The events of a trace.
fn events(trace: &Value) -> impl Iterator<Item = &Value> {
    trace["traceEvents"].as_array().expect("events").iter()
}

/// The lane of this name, as the trace numbers it.
fn lane<'t>(trace: &'t Value, name: &str) -> &'t Value {
    let named = events(trace).find(|event| event["name"] == "thread_name" && event["args"]["name"] == name);
    &named.unwrap_or_else(|| panic!("no lane is called {name}"))["tid"]
}

/// The waits of a lane in this state: what for, and on which line.
fn waits(trace: &Value, name: &str, state: &str) -> Vec<(String, u64)> {
    let lane = lane(trace, name);
    let waits =
        events(trace).filter(|event| event["cat"] == "state" && &event["tid"] == lane && event["name"] == state);
    let on = |wait: &Value| wait["args"]["resource"].as_str().unwrap_or_default().to_owned();
    waits.map(|wait| (on(wait), wait["args"]["line"].as_u64().unwrap_or(0))).collect()
}

/// How a lane has ended, and with which message.
fn end(trace: &Value, name: &str) -> (String, String) {
    let lane = lane(trace, name);
    let end = events(trace).find(|event| event["cat"] == "end" && &event["tid"] == lane).expect("an end");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&end["name"]), text(&end["args"]["message"]))
}

/// Who has woken a lane, by name, each time that it was woken.
fn wakers(trace: &Value, name: &str) -> Vec<String> {
    let lane = lane(trace, name);
    let name_of = |tid: &Value| {
        let named = events(trace).find(|event| event["name"] == "thread_name" && &event["tid"] == tid);
        named.and_then(|event| event["args"]["name"].as_str()).unwrap_or_default().to_owned()
    };
    let woken = events(trace).filter(|event| event["ph"] == "f" && event["cat"] == "wake" && &event["tid"] == lane);
    let begun = |end: &Value| events(trace).find(|event| event["ph"] == "s" && event["id"] == end["id"]);
    woken.filter_map(begun).map(|begun| name_of(&begun["tid"])).collect()
}

in_both!(tasks_are_lanes_that_wait_at_their_lines, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio
lock = asyncio.Lock()
orders = asyncio.Queue(maxsize=1)
async def produce():
    for number in range(2):
        await asyncio.sleep(0.03)
        await orders.put(number)
    await orders.put(None)
async def worker(ready):
    async with lock:
        await ready.wait()
        print('ready')
async def main():
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(), name='producer')
        group.create_task(worker(ready), name='first')
        group.create_task(worker(ready), name='second')
        while (order := await orders.get()) is not None:
            print('got', order)
        ready.set()
    late = asyncio.create_task(asyncio.sleep(60), name='late')
    bad = asyncio.create_task(fails(), name='bad')
    await asyncio.sleep(0.01)
    late.cancel()
    print(await asyncio.gather(late, bad, return_exceptions=True))
async def fails():
    raise ValueError('no')
asyncio.run(main())
";
    let result = python(page, code, json!({})).await;
    let expected = ["got 0", "got 1", "ready", "ready", "[CancelledError(''), ValueError('no')]"];
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), expected.to_vec()), "{result}");
    assert_eq!(result["stats"]["maxParallel"], json!(1), "{result}");
    assert_eq!(result["stats"]["anomalies"], json!(0), "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    assert_eq!(waits(&trace, "producer", "sleeping"), [(String::new(), 7), (String::new(), 7)]);
    assert_eq!(waits(&trace, "first", "suspended"), [("ready".to_owned(), 12)]);
    assert_eq!(waits(&trace, "second", "suspended")[0], ("lock".to_owned(), 11));
    let main = waits(&trace, "Task-1", "suspended");
    for wait in [("orders", 20), ("gather of 2", 27)] {
        assert!(main.contains(&(wait.0.to_owned(), wait.1)), "{wait:?}: {main:?}");
    }
    assert_eq!(wakers(&trace, "first").last().map(String::as_str), Some("Task-1"), "who has set the event");
    assert_eq!(wakers(&trace, "second").last().map(String::as_str), Some("first"), "who has released the lock");
    assert_eq!(wakers(&trace, "late").last().map(String::as_str), Some("Task-1"), "who has cancelled it");
    assert_eq!(end(&trace, "late").0, "cancelled");
    assert_eq!(end(&trace, "bad"), ("failed".to_owned(), "ValueError: no".to_owned()));
    assert_eq!(end(&trace, "Task-1").0, "returned");
});

in_both!(tasks_await_each_other_and_threads, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio, time
async def inner():
    await asyncio.sleep(0.05)
    return 5
async def outer():
    task = asyncio.create_task(inner(), name='inner')
    return await task
async def main():
    task = asyncio.create_task(outer(), name='outer')
    print(await asyncio.shield(task))
    print(await asyncio.to_thread(lambda: time.sleep(0.03) or 'slept'))
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    loop.call_later(0.02, answer.set_result, 42)
    print(await answer)
    try:
        async with asyncio.timeout(0.02):
            await asyncio.Event().wait()
    except TimeoutError:
        print('too late')
    async for number in numbers():
        print(number)
async def numbers():
    for number in range(2):
        await asyncio.sleep(0.01)
        yield number
asyncio.run(main())
";
    let result = python(page, code, json!({})).await;
    assert_eq!(lines(&result), ["5", "slept", "42", "too late", "0", "1"], "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    assert_eq!(waits(&trace, "outer", "suspended"), [("end of inner".to_owned(), 8)]);
    let main = waits(&trace, "Task-1", "suspended");
    assert_eq!((&main[0].0, main[0].1), (&"end of outer".to_owned(), 11), "{main:?}");
    assert!(main.iter().any(|wait| wait.1 == 12), "{main:?}");
    assert!(main.contains(&("answer".to_owned(), 16)), "{main:?}");
    assert!(waits(&trace, "Task-1", "sleeping").iter().filter(|wait| wait.1 == 26).count() == 2, "{trace}");
});

in_both!(several_loops_run_in_several_threads, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio, threading
async def work(name):
    for number in range(3):
        await asyncio.sleep(0.01)
    return name
def run(name):
    print(asyncio.run(work(name)))
threads = [threading.Thread(target=run, args=(name,)) for name in ('a', 'b')]
for thread in threads: thread.start()
for thread in threads: thread.join()
loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever, name='loop')
thread.start()
print(asyncio.run_coroutine_threadsafe(work('c'), loop).result())
loop.call_soon_threadsafe(loop.stop)
thread.join()
loop.close()
print(threading.active_count())
";
    for gil in [true, false] {
        let result = python(page, code, json!({ "gil": gil })).await;
        let mut printed = lines(&result);
        printed[..2].sort_unstable();
        assert_eq!(printed, ["a", "b", "c", "1"], "{result}");
        assert_eq!(result["stats"]["anomalies"], json!(0), "{result}");
    }
});

in_both!(ten_thousand_tasks_run, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio
async def work(number):
    await asyncio.sleep(0.01)
    return number
async def main():
    print(sum(await asyncio.gather(*(work(number) for number in range(10_000)))))
asyncio.run(main())
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), vec!["49995000"]), "{}", result["error"]);
    // With the main thread, its first task, and the two with which `asyncio.run` ends.
    assert_eq!(result["stats"]["lanes"], json!(10_004));
});

in_both!(tasks_that_wait_for_ever_are_a_deadlock, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio
async def take(one, other):
    async with one:
        await asyncio.sleep(0.01)
        async with other:
            print('never')
async def main():
    left = asyncio.Lock()
    right = asyncio.Lock()
    first = asyncio.create_task(take(left, right), name='first')
    second = asyncio.create_task(take(right, left), name='second')
    await first
asyncio.run(main())
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("failed"), vec![]), "{result}");
    let told = "first waits for lock “right”, which second holds; second waits for lock “left”, which first holds";
    assert!(result.to_string().contains(told), "{result}");
});

in_both!(an_error_in_a_task_has_its_traceback, async |page| {
    page.open("#/write").await;
    let code = "
import asyncio
async def fails():
    await asyncio.sleep(0.01)
    return {}['key']
async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails(), name='bad')
        await asyncio.sleep(60)
asyncio.run(main())
";
    let result = python(page, code, json!({})).await;
    assert_eq!(result["status"], json!("failed"), "{result}");
    assert_eq!(result["error"]["type"], json!("ExceptionGroup"), "{result}");
    let trace = page.trace().await;
    assert_eq!(end(&trace, "bad"), ("failed".to_owned(), "KeyError: 'key'".to_owned()));
    assert_eq!(end(&trace, "Task-1").0, "failed");
});
