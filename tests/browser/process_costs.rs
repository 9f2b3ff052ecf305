//! What processes cost, beside what they cost at least: measured when `WEFT_BENCH` is set, on a machine with nothing
//! else to do.

use serde_json::{Value, json};

use crate::cases::{Needs, When};
use crate::demos::runs_well;
use crate::models::{native, warmed_up};
use crate::page::Page;

/// Each figure is the median of so many.
const TIMES: usize = 5;

in_both!(costs_of_processes [needs(Needs::Machine), when(When::Bench)], async |page| {
    page.open("#/").await;
    let (mut pool, mut native_speed_ups) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let [one, two] = native();
        native_speed_ups.push(2.0 * one / two);
        warmed_up().await;
        let params = json!({ "processes": 2, "chunks": 4, "n": 20_000_000 });
        let result = runs_well(page, "process-pool-map", params).await;
        let text = texts(&result).into_iter().find(|text| text.contains("times as fast")).expect("the speed-up");
        println!("{}: {text}", page.browser());
        let speed_up = text.split_once(" times as fast").and_then(|(before, _)| before.rsplit_once(' '));
        pool.push(speed_up.and_then(|(_, number)| number.parse().ok()).expect("a number"));
    }
    let (pool, native) = (median(pool), median(native_speed_ups));
    let (mut trips, mut bytes, mut starts, mut bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        // So many that browsers have compiled both sides for speed by the time that is measured.
        let result = runs_well(page, "process-cost", json!({ "trips": 10_000 })).await;
        let figures: Vec<Vec<f64>> = texts(&result).iter().map(|text| numbers(text)).collect();
        println!("{}: {:?}", page.browser(), texts(&result));
        trips.push(figures[0][1] / figures[0][2]);
        bytes.push(figures[1][1] / figures[1][2]);
        starts.push(figures[2][0] / 1e6);
        bare.push(empty_worker(page).await);
    }
    let (trips, bytes, starts, bare) = (median(trips), median(bytes), median(starts), median(bare));

    println!(
        "{}: a round trip {trips:.2} times a bare one (at most 3); 64 MB {bytes:.2} times a copy (at most 4); a process \
         stands in {starts:.1} ms, an empty worker and the module in {bare:.1} ms: {:.2} (at most 1.5); speed-up {pool:.2}, \
         of native threads {native:.2}: {:.2} (at least 0.9)",
        page.browser(),
        starts / bare,
        pool / native
    );
    assert!(trips <= 3.0 && bytes <= 4.0 && starts <= 1.5 * bare && pool >= 0.9 * native, "see above");
});

/// From asking for an empty module worker until it stands, and the instantiation of the program's module in it, in
/// milliseconds.
async fn empty_worker(page: &Page<'_>) -> f64 {
    let script = "{
        const address = performance.getEntriesByType('resource').map(({ name }) => name).find((name) => name.endsWith('.wasm'));
        const module = await WebAssembly.compileStreaming(fetch(address));
        const source = `self.onmessage = async ({ data }) => {
            const imports = {};
            for (const { module, name, kind } of WebAssembly.Module.imports(data)) {
                (imports[module] ??= {})[name] = kind === 'memory'
                    ? new WebAssembly.Memory({ initial: 256, maximum: 16384, shared: true })
                    : () => 0;
            }
            const began = performance.now();
            await WebAssembly.instantiate(data, imports);
            self.postMessage(performance.now() - began);
        };
        self.postMessage('up');`;
        const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
        const began = performance.now();
        const worker = new Worker(url, { type: 'module' });
        const next = () => new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
        await next();
        const up = performance.now() - began;
        worker.postMessage(module);
        const instantiated = await next();
        worker.terminate();
        return up + instantiated;
    }";
    page.evaluate(script, &[]).await.expect("a worker").as_f64().expect("a number")
}

fn texts(result: &Value) -> Vec<String> {
    let observations = result["observations"].as_array().expect("observations");
    observations.iter().map(|observation| observation["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The numbers in a sentence.
fn numbers(text: &str) -> Vec<f64> {
    text.split([' ', ':', ',']).filter_map(|word| word.parse().ok()).collect()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
