//! Managers, and proxies that several threads of several processes use at the same time.

use weft::runtime::host::Clock;
use weft::runtime::processes::{DictProxy, Entry, EntryPoint, ListProxy, Manager, Process, Processes, try_call};
use weft::runtime::threads::{Gil, checkpoint, spawn};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::LaneKind;

use crate::runner;

type Proxies = (DictProxy<u32, u32>, ListProxy<u32>);

const FILL: Entry<(u32, Proxies)> = Entry { name: "fill", call: |arguments| try_call(fill, arguments) };

/// How many operations of each kind a lane asks for.
const TIMES: u32 = 50;

fn find(name: &str) -> Option<&'static dyn EntryPoint> {
    (name == FILL.name).then_some(&FILL as &dyn EntryPoint)
}

fn run(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let run = Run::new(Config::default(), Clock::start());
    let processes = Processes::serve(&run, find);
    let outcome = runner::watched(&run, Some(&processes), || run_main(&run, LaneKind::Process, program));
    assert_eq!(outcome, Ok(()));
    let timeline = runner::timeline_of_all(&run, &processes);
    assert_eq!(timeline.anomalies, []);
    timeline
}

fn fill((first, proxies): (u32, Proxies)) -> Result<(), Failure> {
    Gil::new(Gil::SWITCH_INTERVAL).run(|| fill_under_gil(first, &proxies))
}

fn fill_under_gil(first: u32, (dict, list): &Proxies) -> Result<(), Failure> {
    for number in first..first + TIMES {
        checkpoint();
        dict.set(&number, &(number * number))?;
        assert_eq!(dict.get(&number)?, Some(number * number));
        list.append(&number)?;
        if number % 10 == 0 {
            // Others add to it meanwhile, and nothing of that is lost.
            list.sort()?;
        }
    }
    Ok(())
}

#[test]
fn threads_under_a_gil_use_proxies_at_the_same_time() {
    run(|| {
        let manager = Manager::start("manager");
        let proxies = (manager.dict("dict")?, manager.list("list")?);
        let start = |number: u32| Process::start(format!("process-{number}"), &FILL, (number * TIMES, proxies.clone()));
        let processes: Vec<_> = (0..3).map(start).collect();
        Gil::new(Gil::SWITCH_INTERVAL).run(|| {
            let start = |number: u32| {
                let proxies = proxies.clone();
                spawn(format!("thread-{number}"), move || fill_under_gil(number * TIMES, &proxies))
            };
            let threads: Vec<_> = (3..8).map(start).collect();
            threads.into_iter().try_for_each(|thread| thread.join())
        })?;
        for process in processes {
            assert_eq!(process.join().code, 0);
        }
        let (mut items, mut list) = (proxies.0.items()?, proxies.1.to_vec()?);
        items.sort_unstable();
        list.sort_unstable();
        assert_eq!(items, (0..8 * TIMES).map(|number| (number, number * number)).collect::<Vec<_>>());
        assert_eq!(list, (0..8 * TIMES).collect::<Vec<_>>());
        manager.shutdown();
        Ok(())
    });
}
