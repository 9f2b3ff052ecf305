//! `task-group`: tasks that end before the block does in which they were started.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status, Stretch,
};
use crate::runtime::tasks::{Error, scope, sleep, spawn, task_group};
use crate::runtime::{Failure, print};
use crate::trace::{Ending, Nanos};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "task-group",
        title: "A task group",
        language: Language::Rust,
        files: &["src/demos/tasks/task_group.rs"],
        needs: &[],
        params: &[Param {
            name: "fail",
            help: "whether one of the children fails",
            unit: "",
            kind: ParamKind::Choice { choices: &["none", "one"], default: "none" },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(Duration::from_millis(950)),
        main: Main::Task(|values| Box::pin(program(values.choice("fail") == "one"))),
        entries: &[],
    },
    summary: "Three children are started in a group, which does not end before they do. If one of them fails, its \
              siblings are cancelled, and the error comes out of the group.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn child(number: u32, fails: bool) -> Result<u32, Error> {
    sleep(Duration::from_millis(300) * number).await;
    if fails {
        return Err(Error::raised(format!("child {number} failed")));
    }
    print(format!("child {number} is done"));
    Ok(number)
}

async fn program(one_fails: bool) -> Result<(), Failure> {
    // A task outside of the group, which has nothing to do with what happens inside.
    let stranger = spawn("stranger", child(3, false));
    let group = task_group(async |group| {
        for number in 1..=3 {
            group.spawn(format!("child-{number}"), child(number, one_fails && number == 2));
        }
        print("the block is at its end");
        Ok(()) // The group waits for its children here.
    });
    match scope("group", group).await {
        Ok(()) => print("the group is over"),
        Err(error) => print(format!("the group is over: {error}")),
    }
    stranger.await?;
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let fails = seen.values.choice("fail") == "one";
    let children = seen.lanes("child", 3);
    let group = seen.lane("main").and_then(|main| {
        let group = main.scopes.iter().find(|scope| scope.name == "group")?;
        Some(Stretch { lane: main.id, start: group.start, end: group.end? })
    });
    let (Some(group), [one, two, three]) = (group, children.as_slice()) else {
        return vec![Observation::new(false, "The group or a child is not there.")];
    };
    let inside = children.iter().all(|child| {
        let life = seen.life(child);
        group.start <= life.start && life.end <= group.end && child.end.is_some()
    });
    let last = children.iter().map(|child| seen.life(child).end).max().unwrap_or_default();
    let block = seen.said("main", "the block is at its end").unwrap_or(group.end);
    let outlives = Observation::new(
        inside && block < last,
        format!(
            "The block was at its end at {block}, the last child at {last}, the group after that: no child outlived it."
        ),
    )
    .shown_by([group]);

    let ending = |lane: &crate::timeline::Lane| lane.end.as_ref().map(|end| (end.ending, end.time));
    let step = Nanos::from(Duration::from_millis(300).div_f64(seen.speed));
    let stranger = seen.ended("stranger", Ending::Returned);
    let fate = match (fails, ending(one), ending(two), ending(three)) {
        (false, Some((Ending::Returned, _)), Some((Ending::Returned, _)), Some((Ending::Returned, time))) => {
            Observation::new(
                stranger && time >= group.start + Nanos(step.0 * 3) && seen.said("main", "the group is over").is_some(),
                format!("All three children returned, the last at {time}."),
            )
        }
        (true, Some((Ending::Returned, _)), Some((Ending::Failed, failed)), Some((Ending::Cancelled, cut))) => {
            Observation::new(
                stranger && cut >= failed && seen.said("main", "the group is over: child 2 failed").is_some(),
                format!(
                    "child-2 failed at {failed}, so child-3 was cancelled at {cut}. child-1 was done before, and the \
                stranger went on."
                ),
            )
        }
        _ => Observation::new(false, "The children did not end as they should."),
    }
    .shown_by(children.iter().map(|child| seen.life(child)));
    vec![outlives, fate]
}
