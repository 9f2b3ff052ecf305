//! What is wrong with a reader's Python is said in Python's words, and the next run works.

use serde_json::json;
use weft::program::write::MOST_THREADS;

use super::{lines, python};

in_both!(errors_are_said_in_pythons_words, async |page| {
    page.open("#/write").await;
    let syntax = python(page, "print('begun')\nfor x in\n", json!({})).await;
    assert_eq!(syntax["status"], json!("failed"), "{syntax}");
    assert!(lines(&syntax).last().is_some_and(|line| line.starts_with("SyntaxError: ")), "{syntax}");
    assert!(!lines(&syntax).contains(&"begun"), "nothing starts: {syntax}");
    let error = &syntax["error"];
    assert_eq!((&error["type"], &error["line"], &error["lane"]), (&json!("SyntaxError"), &json!(2), &json!("main")));

    for nested in [format!("x = {}1{}", "(".repeat(1000), ")".repeat(1000)), format!("x = {}", "[".repeat(100_000))] {
        let nested = python(page, &nested, json!({})).await;
        assert_eq!(nested["error"]["message"], json!("too many nested parentheses"), "{nested}");
    }

    let uncaught = python(page, "def f():\n    return 1 / 0\nf()\n", json!({})).await;
    assert_eq!(uncaught["status"], json!("failed"), "{uncaught}");
    assert!(uncaught["problem"].as_str().is_some_and(|said| said.contains("ZeroDivisionError")), "{uncaught}");
    let traceback = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 3, in <module>",
        "    f()",
        "    ~^^",
        "  File \"main.py\", line 2, in f",
        "    return 1 / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ];
    assert_eq!(lines(&uncaught), traceback, "{uncaught}");
    let error = json!({
        "type": "ZeroDivisionError", "message": "division by zero", "lane": "main", "line": 2,
        "traceback": traceback.map(|line| format!("{line}\n")).concat()
    });
    assert_eq!((&uncaught["exitCode"], &uncaught["error"]), (&json!(1), &error));

    let chained = "
import threading
class Refused(Exception):
    def __str__(self): return f'no {self.args[0]}'
def down(n):
    if n == 0: raise threading.BrokenBarrierError
    down(n - 1)
try:
    down(6)
except threading.BrokenBarrierError as error:
    try:
        raise Refused('tea') from error
    except Refused:
        refused = Refused('coffee')
        refused.add_note('Try water.')
        raise refused";
    let ending = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 16, in <module>",
        "    raise refused",
        "Refused: no coffee",
        "Try water.",
    ];
    // As CPython 3.13 prints it.
    let expected = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 9, in <module>",
        "    down(6)",
        "    ~~~~^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  File \"main.py\", line 7, in down",
        "    down(n - 1)",
        "    ~~~~^^^^^^^",
        "  [Previous line repeated 3 more times]",
        "  File \"main.py\", line 6, in down",
        "    if n == 0: raise threading.BrokenBarrierError",
        "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "threading.BrokenBarrierError",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "  File \"main.py\", line 12, in <module>",
        "    raise Refused('tea') from error",
        "Refused: no tea",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
    ];
    let result = python(page, chained, json!({})).await;
    assert_eq!(lines(&result), [&expected[..], &ending[..]].concat(), "{result}");
    let result = python(page, &format!("{chained} from None"), json!({})).await;
    let mut ending = ending;
    ending[2] = "    raise refused from None";
    assert_eq!(lines(&result), ending, "{result}");

    let unknown = python(page, "import numpy\n", json!({})).await;
    assert!(lines(&unknown).contains(&"ModuleNotFoundError: No module named 'numpy'"), "{unknown}");

    let exit = python(page, "import sys\nprint('so far')\nsys.exit('no further')\n", json!({})).await;
    assert_eq!((&exit["status"], lines(&exit)), (&json!("failed"), vec!["so far", "no further"]), "{exit}");
    assert_eq!((&exit["exitCode"], &exit["error"]), (&json!(1), &json!(null)), "{exit}");
    let exit = python(page, "import sys\nsys.exit(3)\n", json!({})).await;
    assert_eq!(
        (&exit["status"], &exit["exitCode"], &exit["error"]),
        (&json!("failed"), &json!(3), &json!(null)),
        "{exit}"
    );
    let clean = python(page, "import sys\nsys.exit()\n", json!({})).await;
    assert_eq!((&clean["status"], &clean["exitCode"]), (&json!("finished"), &json!(0)), "{clean}");

    let thread = python(
        page,
        "import threading\nt = threading.Thread(target=lambda: [][0])\nt.start()\nt.join()\nprint('on')\n",
        json!({}),
    )
    .await;
    assert_eq!((&thread["status"], lines(&thread).last()), (&json!("finished"), Some(&"on")), "{thread}");
    assert!(lines(&thread).contains(&"IndexError: list index out of range"), "{thread}");
});

in_both!(one_thread_too_many_is_an_error, async |page| {
    page.open("#/write").await;
    let code = "
import threading
gate = threading.Event()
threads = []
try:
    while True:
        thread = threading.Thread(target=gate.wait)
        thread.start()
        threads.append(thread)
except RuntimeError as error:
    print(error)
gate.set()
for thread in threads: thread.join()
print(len(threads), 'were there')
";
    let result = python(page, code, json!({})).await;
    let expected = ["can't start new thread".to_owned(), format!("{} were there", MOST_THREADS - 1)];
    assert_eq!(
        (&result["status"], lines(&result)),
        (&json!("finished"), expected.iter().map(String::as_str).collect())
    );
});

in_both!(too_much_output_is_counted, async |page| {
    page.open("#/write").await;
    let code = "for number in range(30_000): print(number)\nprint(1 / 0)";
    let result = python(page, code, json!({})).await;
    let printed = lines(&result);
    assert_eq!((printed[19_999], printed.last()), ("19999", Some(&"ZeroDivisionError: division by zero")));
    page.wait_for_text("… and 10\u{202f}000 more lines, which are not kept").await;

    let endless = "{
        const run = weft.python('while True: print(\"again and again\")');
        while (!/more lines/.test(document.body.textContent)) await new Promise((go) => setTimeout(go, 50));
        await weft.stop();
        return (await run).status;
    }";
    assert_eq!(page.evaluate(endless, &[]).await, Ok(json!("stopped")));
    assert_eq!(lines(&python(page, "print('here')", json!({})).await), ["here"]);
});

in_both!(deep_recursion_is_an_error_in_every_lane, async |page| {
    page.open("#/write").await;
    let code = "
import threading
class Chain:
    def __add__(self, other):
        return self + other
def plain(n):
    return plain(n + 1)
def dig(what):
    try:
        what()
    except RecursionError:
        print('too deep')
def all_of_them():
    dig(lambda: plain(0))
    dig(lambda: Chain() + 1)
    dig(lambda: sorted([1, 2], key=lambda n: plain(n)))
all_of_them()
thread = threading.Thread(target=all_of_them)
thread.start()
thread.join()
";
    let result = python(page, code, json!({})).await;
    assert_eq!((&result["status"], lines(&result)), (&json!("finished"), vec!["too deep"; 6]), "{result}");
});

in_both!(an_endless_program_can_be_stopped, async |page| {
    page.open("#/write").await;
    let run = "{
        const run = weft.python('import threading\\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\\nwhile True: pass');
        while (document.documentElement.dataset.weftRun !== 'running') {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        await weft.stop();
        return (await run).status;
    }";
    assert_eq!(page.evaluate(run, &[]).await, Ok(json!("stopped")));
    let next = python(page, "print('here')", json!({})).await;
    assert_eq!(lines(&next), ["here"], "{next}");
});

in_both!(memory_that_is_used_up_ends_the_run_and_not_the_next, async |page| {
    page.open("#/write").await;
    // One large piece is an error in Python; many small ones leave nothing to say it with.
    let large =
        python(page, "try:\n    bytes(2_000_000_000)\nexcept MemoryError:\n    print('too much')", json!({})).await;
    assert_eq!(lines(&large), ["too much"], "{large}");
    for code in [
        "x = []\nwhile True: x.append([0] * 100_000)",
        "import threading\ndef f(x=[]):\n    while True: x.append([0] * 100_000)\nthreading.Thread(target=f).start()",
    ] {
        let small = python(page, code, json!({})).await;
        assert_eq!(small["status"], json!("failed"), "{small}");
        let said = small["problem"].as_str().unwrap_or_default();
        assert!(said.contains("MemoryError") || said.ends_with("the memory is used up: a run has 1 GB"), "{said}");
        page.screenshot("python-memory").await;
        assert_eq!(lines(&python(page, "print('here')", json!({})).await), ["here"]);
    }
});
