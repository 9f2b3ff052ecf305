//! Requests of programs: answered by the site itself or truly fetched, late, refused, broken off.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::json;
use weft_contract::check_contract;

use super::{lines, python, wait_for};
use crate::page::SOON;

in_both!(requests_to_httpbin_need_no_network, async |page| {
    page.open("#/write").await;
    let result = python(
        page,
        "
import json, threading, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
import requests

def status(url):
    return requests.get(url, timeout=10).status_code
began = time.perf_counter()
with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(status, ['https://httpbin.org/delay/1'] * 4)))
took = time.perf_counter() - began
print(1 <= took < 3)
answer = requests.post('https://httpbin.org/post', params={'a': 1}, json={'b': [2]}, headers={'X-Own': 'yes'})
said = answer.json()
print(said['args'], said['json'], said['headers']['X-Own'], answer.headers['content-type'], answer.ok)
with urllib.request.urlopen('https://httpbin.org/json') as response:
    print(response.status, 'slideshow' in json.load(response))
print(len(requests.get('https://httpbin.org/bytes/1000').content), len(requests.get('https://httpbin.org/uuid').json()['uuid']))
print([json.loads(line)['id'] for line in requests.get('https://httpbin.org/stream/3', stream=True).iter_lines()])
print([requests.get(f'https://{host}').status_code for host in ('example.com', 'example.org', 'example.net')])
print(requests.get('https://api.example.com').json())
try:
    requests.get('https://httpbin.org/status/404').raise_for_status()
except requests.HTTPError as error:
    print(error)
try:
    urllib.request.urlopen('https://httpbin.org/status/503')
except urllib.error.HTTPError as error:
    print(error, error.code)
try:
    requests.get('https://httpbin.org/delay/5', timeout=0.2)
except requests.Timeout as error:
    print(type(error).__name__)
",
        json!({}),
    )
    .await;
    let expected = [
        "[200, 200, 200, 200]",
        "True",
        "{'a': '1'} {'b': [2]} yes application/json True",
        "200 True",
        "1000 36",
        "[0, 1, 2]",
        "[200, 200, 200]",
        "{'status': 'ok'}",
        "404 Client Error: Not Found for url: https://httpbin.org/status/404",
        "HTTP Error 503: Service Unavailable 503",
        "ReadTimeout",
    ];
    assert_eq!(lines(&result), expected, "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    let (waited, line) =
        wait_for(&trace, "httpbin.org/delay/1 (answered by Weft)").expect("threads wait for the response");
    assert!(waited > 900_000.0 && line == 7, "{waited} µs at line {line}");
});

in_both!(tasks_wait_for_responses_together, async |page| {
    page.open("#/write").await;
    let result = python(
        page,
        "
import asyncio, time
import aiohttp

async def fetch(session, number):
    async with session.get('https://httpbin.org/delay/1', params={'n': number}) as response:
        return (await response.json())['args']['n']

async def main():
    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        print(await asyncio.gather(*(fetch(session, number) for number in range(20))))
        print(1 <= time.perf_counter() - began < 3)
        async with session.get('https://api.example.com/data') as response:
            print([len(chunk) async for chunk in response.content.iter_chunked(1024)])
        try:
            async with session.get('https://httpbin.org/status/404') as response:
                response.raise_for_status()
        except aiohttp.ClientResponseError as error:
            print(error.status)
        try:
            await session.get('https://httpbin.org/delay/3', timeout=aiohttp.ClientTimeout(total=0.2))
        except asyncio.TimeoutError:
            print('late')
        task = asyncio.create_task(fetch(session, 0))
        await asyncio.sleep(0.1)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print('cancelled')

asyncio.run(main())
",
        json!({}),
    )
    .await;
    let numbers: Vec<_> = (0..20).map(|number| format!("'{number}'")).collect();
    let numbers = format!("[{}]", numbers.join(", "));
    assert_eq!(lines(&result), [&numbers, "True", "[1024, 1024, 452]", "404", "late", "cancelled"], "{result}");
    let trace = page.trace().await;
    assert_eq!(check_contract(&trace), Vec::<String>::new());
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let waits = events.filter(|event| event["name"] == "suspended" && event["args"]["line"] == json!(6));
    let waits = waits.filter(|wait| wait["args"]["resource"] == "httpbin.org/delay/1 (answered by Weft)").count();
    assert!(waits >= 20, "{waits} waits at the line of the request");
});

in_both!(requests_that_fail_say_why, async |page| {
    page.open("#/write").await;
    let breaks_off =
        answers(&["HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 1000\r\n\r\nonly this"]);
    let silent = answers(&["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"]);
    let open = answers(&["HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 5\r\n\r\nhello"]);
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("a bound port").port()
    };
    let program = format!(
        "
import requests, urllib.request, urllib.error
print(requests.get('http://127.0.0.1:{open}/').text)
for port in ({breaks_off}, {silent}, {nobody}):
    try:
        requests.get(f'http://127.0.0.1:{{port}}/')
    except requests.RequestException as error:
        print(type(error).__name__, 'CORS' in str(error))
try:
    urllib.request.urlopen('http://127.0.0.1:{nobody}/')
except urllib.error.URLError as error:
    print(isinstance(error.reason, ConnectionError))
"
    );
    let result = python(page, &program, json!({})).await;
    let expected = ["hello", "ChunkedEncodingError False", "ConnectionError True", "ConnectionError True", "True"];
    assert_eq!(lines(&result), expected, "{result}");
});

in_both!(a_run_that_waits_for_a_response_can_be_stopped, async |page| {
    page.open("#/write").await;
    let program = "import requests\nprint('asking')\nrequests.get('https://httpbin.org/delay/10')\n";
    page.script("weft.python(arguments[0])", &[json!(program)]).await;
    page.wait_for_text("asking").await;
    page.click("Stop").await;
    page.wait_for_run("stopped", SOON).await;
});

/// A server that sends this to whoever asks, and closes; gives its port. It lasts as long as the tests.
fn answers(texts: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a bound port").port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            // Whoever has asked may be gone.
            let _ = connection.read(&mut [0; 4096]);
            for text in texts {
                let _ = connection.write_all(text.as_bytes());
            }
        }
    });
    port
}
