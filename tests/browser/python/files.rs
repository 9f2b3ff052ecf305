//! Files of a run: what programs read and write, what goes wrong in Python's words, and the panel that shows them.

use serde_json::{Value, json};

use super::{RUN, lines, python};
use crate::page::{Page, SOON};

in_both!(programs_read_and_write_files, async |page| {
    page.open("#/write").await;
    let result = python(
        page,
        "
import csv, json, os, shutil, tempfile, threading
from pathlib import Path

print(os.listdir(), os.getcwd())
with open('a.txt', 'w') as file:
    print(file.write('one\\ntwo\\n'), file.tell())
with open('a.txt', 'a', encoding='utf-8') as file:
    file.write('drei: ü\\n')
with open('a.txt') as file:
    print([line.strip() for line in file], file.closed)
print(file.closed, os.path.getsize('a.txt'))
with open('a.txt', 'r+b') as file:
    file.seek(-3, os.SEEK_END)
    print(file.read(), file.seek(4), file.truncate())
print(Path('a.txt').read_text(), Path('a.txt').stat().st_size)

folder = Path('logs/day')
folder.mkdir(parents=True)
def write(number):
    (folder / f'{number}.txt').write_text(str(number))
threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(path.name for path in folder.glob('*.txt')), [names for _, _, names in os.walk('logs')])

with open('rows.csv', 'w', newline='') as file:
    csv.writer(file).writerows([['name', 'age'], ['Ann', 7]])
print(list(csv.DictReader(open('rows.csv'))))
json.dump({'a': [1, 2]}, open('data.json', 'w'))
print(json.load(open('data.json')))
shutil.copy('data.json', 'logs')
shutil.move('logs/data.json', 'moved.json')
os.rename('rows.csv', 'table.csv')
with tempfile.TemporaryDirectory() as name:
    (Path(name) / 'x').write_bytes(b'12')
    print(os.path.exists(name), name.startswith('/tmp/'))
print(os.path.exists(name))
shutil.rmtree('logs')
print(sorted(os.listdir()))
",
        json!({}),
    )
    .await;
    let expected = [
        "[] /home/weft",
        "8 8",
        "['one', 'two', 'drei: ü'] False",
        "True 17",
        "b'\\xc3\\xbc\\n' 4 4",
        "one",
        " 4",
        "['0.txt', '1.txt', '2.txt'] [[], ['0.txt', '1.txt', '2.txt']]",
        "[{'name': 'Ann', 'age': '7'}]",
        "{'a': [1, 2]}",
        "True True",
        "False",
        "['a.txt', 'data.json', 'moved.json', 'table.csv']",
    ];
    assert_eq!(lines(&result), expected, "{result}");
    assert_eq!(result["status"], json!("finished"), "{result}");
});

in_both!(tasks_read_and_write_files, async |page| {
    page.open("#/write").await;
    let result = python(
        page,
        "
import asyncio
import aiofiles
import aiofiles.os

async def write(number):
    async with aiofiles.open(f'{number}.txt', 'w') as file:
        await file.write(f'number {number}\\n')

async def main():
    await asyncio.gather(*(write(number) for number in range(3)))
    async with aiofiles.open('1.txt') as file:
        print([line async for line in file], sorted(await aiofiles.os.listdir('.')))
    try:
        await aiofiles.open('missing.txt')
    except FileNotFoundError as error:
        print(error)

asyncio.run(main())
",
        json!({}),
    )
    .await;
    let expected =
        ["['number 1\\n'] ['0.txt', '1.txt', '2.txt']", "[Errno 2] No such file or directory: 'missing.txt'"];
    assert_eq!(lines(&result), expected, "{result}");
});

in_both!(what_is_wrong_with_a_file_is_said_in_pythons_words, async |page| {
    page.open("#/write").await;
    let result = python(
        page,
        "
import io, os
from pathlib import Path
os.mkdir('d')
open('f', 'w').close()
for attempt in (
    lambda: open('missing'),
    lambda: open(Path('no') / 'such', 'w'),
    lambda: open('f', 'x'),
    lambda: open('d'),
    lambda: open('f/g'),
    lambda: os.mkdir('d'),
    lambda: os.rmdir('f'),
    lambda: os.remove('d'),
    lambda: os.rename('a', 'b'),
    lambda: os.listdir('gone'),
    lambda: open('f', 'rw'),
    lambda: open('f', 'q'),
    lambda: open('f').write('x'),
    lambda: open('f', 'rb', buffering=0).write(b'x'),
    lambda: open('f', 'wb').write('x'),
    lambda: open(2.5),
):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, error)
file = open('f')
file.close()
try:
    file.read()
except ValueError as error:
    print(error)
open('missing.txt')
",
        json!({}),
    )
    .await;
    let expected = [
        "FileNotFoundError [Errno 2] No such file or directory: 'missing'",
        "FileNotFoundError [Errno 2] No such file or directory: 'no/such'",
        "FileExistsError [Errno 17] File exists: 'f'",
        "IsADirectoryError [Errno 21] Is a directory: 'd'",
        "NotADirectoryError [Errno 20] Not a directory: 'f/g'",
        "FileExistsError [Errno 17] File exists: 'd'",
        "NotADirectoryError [Errno 20] Not a directory: 'f'",
        "IsADirectoryError [Errno 21] Is a directory: 'd'",
        "FileNotFoundError [Errno 2] No such file or directory: 'a' -> 'b'",
        "FileNotFoundError [Errno 2] No such file or directory: 'gone'",
        "ValueError must have exactly one of create/read/write/append mode",
        "ValueError invalid mode: 'q'",
        "UnsupportedOperation not writable",
        "UnsupportedOperation File not open for writing",
        "TypeError a bytes-like object is required, not 'str'",
        "TypeError expected str, bytes or os.PathLike object, not float",
        "I/O operation on closed file",
        "Traceback (most recent call last):",
        "  File \"main.py\", line 34, in <module>",
        "    open('missing.txt')",
        "    ~~~~^^^^^^^^^^^^^^^",
        "FileNotFoundError: [Errno 2] No such file or directory: 'missing.txt'",
    ];
    assert_eq!(lines(&result), expected, "{result}");
});

in_both!(files_are_added_listed_and_downloaded, async |page| {
    page.open("#/write").await;
    page.wait_for_text("Files that you add here, or drop here").await;
    drop_file(page, "numbers.txt", "1\n2\n3\n").await;
    page.wait_for_text("numbers.txt").await;
    page.wait_for_text("6 bytes").await;
    choose_file(page, "names.txt", "Ann\n").await;
    page.wait_for_text("names.txt").await;

    let program = "
numbers = [int(line) for line in open('numbers.txt')]
with open('sum.txt', 'w') as file:
    print(sum(numbers), file=file)
with open('names.txt', 'a') as file:
    file.write('Bob\\n')
print(open('names.txt').read().split())
";
    for _ in 0..2 {
        // Each run begins with the files as they were added.
        let result = python(page, program, json!({})).await;
        assert_eq!(lines(&result), ["['Ann', 'Bob']"], "{result}");
        page.wait_for_text("yours, changed by the program").await;
        page.wait_for_text("written by the program").await;
    }
    page.screenshot("python-files").await;
    assert_eq!(download(page, "sum.txt").await, json!("6\n"));
    assert_eq!(download(page, "names.txt").await, json!("Ann\nBob\n"));
    assert_eq!(download(page, "numbers.txt").await, json!("1\n2\n3\n"));

    page.script("document.querySelector('[aria-label=\"Remove numbers.txt\"]').click()", &[]).await;
    let gone = "return !document.querySelector('.files').textContent.includes('numbers.txt')";
    page.wait_for("the file is gone", SOON, gone, &[]).await;
    let result = python(page, program, json!({})).await;
    assert_eq!(result["error"]["type"], json!("FileNotFoundError"), "{result}");
});

in_both!(what_was_written_is_listed_while_the_program_runs, async |page| {
    page.open("#/write").await;
    let program = "
import time
with open('log.txt', 'w') as file:
    file.write('begun')
while True:
    time.sleep(0.05)
";
    page.script("weft.python(arguments[0])", &[json!(program)]).await;
    page.wait_for_run("running", RUN).await;
    page.wait_for_element("//*[@aria-label='Download log.txt']").await;
    page.click("Stop").await;
    page.wait_for_run("stopped", SOON).await;
    assert_eq!(download(page, "log.txt").await, json!("begun"));
});

in_both!(files_that_are_too_large_are_refused, async |page| {
    page.open("#/write").await;
    page.wait_for_text("Files that you add here").await;
    let large = "const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(17 * 1024 * 1024)], 'large.bin'));
        const panel = document.querySelector('.files');
        panel.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));";
    page.script(large, &[]).await;
    page.wait_for_text("“large.bin” is too large: the files that you add can have 16 MB together.").await;

    let full = python(
        page,
        "
try:
    with open('big', 'wb') as file:
        while True:
            file.write(bytes(1 << 20))
except OSError as error:
    print(error)
",
        json!({}),
    )
    .await;
    assert_eq!(lines(&full), ["[Errno 28] No space left on device"], "{full}");
});

in_both!(absent_modules_say_what_there_is, async |page| {
    page.open("#/write").await;
    let result = python(page, "import sqlite3", json!({})).await;
    let expected = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 1, in <module>",
        "    import sqlite3",
        "ModuleNotFoundError: No module named 'sqlite3'",
        "Weft does not have sqlite3; there is no database: keep data in dicts, or in files with json, csv or pickle.",
    ];
    assert_eq!(lines(&result), expected, "{result}");
});

/// Drops a file on the panel.
async fn drop_file(page: &Page<'_>, name: &str, text: &str) {
    let drop = "const files = new DataTransfer();
        files.items.add(new File([arguments[1]], arguments[0]));
        const panel = document.querySelector('.files');
        for (const type of ['dragover', 'drop'])
            panel.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));";
    page.script(drop, &[json!(name), json!(text)]).await;
}

/// Chooses a file as the button lets the reader do.
async fn choose_file(page: &Page<'_>, name: &str, text: &str) {
    let choose = "const files = new DataTransfer();
        files.items.add(new File([arguments[1]], arguments[0]));
        const input = document.querySelector('.files input');
        input.files = files.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));";
    page.script(choose, &[json!(name), json!(text)]).await;
}

/// What is downloaded under a name.
async fn download(page: &Page<'_>, name: &str) -> Value {
    page.wait_for_element(&format!("//*[@aria-label='Download {name}']")).await;
    let text = "await (async (name) => {
        const click = HTMLAnchorElement.prototype.click;
        let saved;
        HTMLAnchorElement.prototype.click = function () {
            if (this.download === name) saved = fetch(this.href).then((answer) => answer.text());
        };
        document.querySelector(`[aria-label=\"Download ${name}\"]`).click();
        HTMLAnchorElement.prototype.click = click;
        return await saved;
    })(arguments[0])";
    page.evaluate(text, &[json!(name)]).await.expect("a text")
}
