//! Many runs of readers' Python: none corrupts what its threads share without a GIL, and none leaves anything behind.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cases::{Needs, When};
use crate::measured::{Random, memory};

/// Threads that share what Python has, by an order that a seed decides.
const SHARED: &str = include_str!("../python/shared.py");

/// Runs that end by themselves, or not at all.
const PROGRAMS: [&str; 4] = [
    "import threading, time\nfor _ in range(4): threading.Thread(target=time.sleep, args=(0.2,)).start()",
    "import threading\ndef spin():\n    while True: pass\nfor _ in range(3): threading.Thread(target=spin).start()",
    "import threading\nlock = threading.Lock()\nlock.acquire()\nthreading.Thread(target=lock.acquire).start()\ninput()",
    "numbers = list(range(300_000))\nfor _ in range(30): numbers = [number + 1 for number in numbers]\nprint(sum(numbers))",
];

in_both!(programs_that_share_without_a_gil_stay_whole, async |page| {
    page.open("#/write").await;
    let programs = if When::Full.is_now() { 1000 } else { 12 };
    let run_all = "
        const [source, programs] = arguments;
        window.wrong = [];
        window.ran = 0;
        (async () => {
            for (let seed = 1; seed <= programs; seed++) {
                const program = source.replace('SEED = 1', `SEED = ${seed}`);
                const { status, problem, console } = await weft.python(program, { gil: false });
                const printed = console.map(({ text }) => text);
                if (status !== 'finished' || printed.join() !== 'whole') window.wrong.push({ seed, status, problem, printed });
                window.ran = seed;
            }
        })().catch((error) => window.wrong.push(String(error)))";
    page.script(run_all, &[json!(SHARED), json!(programs)]).await;
    let done = "return window.ran === arguments[0] || window.wrong.length > 9";
    page.wait_for("all programs have run", Duration::from_secs(1500), done, &[json!(programs)]).await;
    assert_eq!(page.script("return window.wrong", &[]).await, json!([]));
});

in_both!(runs_of_python_leave_nothing_behind [needs(Needs::Browser), in_firefox(When::Full)], async |page| {
    page.open("#/write").await;
    let mut random = Random::from_environment();
    println!("WEFT_SEED={} repeats the moments", random.0);
    let run = "{
        const run = weft.python(arguments[0]);
        await new Promise((resolve) => setTimeout(resolve, arguments[1]));
        await weft.stop();
        return (await run).status;
    }";
    // What first runs leave behind, compiled code say, stays.
    for program in PROGRAMS {
        let _: Result<Value, String> = page.evaluate(run, &[json!(program), json!(1000)]).await;
    }
    let before = memory(page, 0.0).await;
    let runs = if When::Full.is_now() { 500 } else { 15 };
    for _ in 0..runs {
        let program = PROGRAMS[random.below(PROGRAMS.len() as u64) as usize];
        let moment = random.below(700);
        let status = page.evaluate(run, &[json!(program), json!(moment)]).await.expect("a status");
        assert!(status == "stopped" || status == "finished", "{program}\nstopped after {moment} ms is {status}");
    }
    let result = page.evaluate("await weft.python('print(6 * 7)')", &[]).await.expect("a result");
    assert_eq!(result["console"][0]["text"], json!("42"), "{result}");
    // An engine with its workers takes some 50 MB; 15 that stayed would be 750. The one that is warm may count or not.
    let limit = before + 150.0;
    let after = memory(page, limit).await;
    println!("{}: {before:.1} MB before, {after:.1} MB after {runs} runs", page.browser());
    assert!(after < limit, "{before:.1} MB before, {after:.1} MB after {runs} runs");
});
