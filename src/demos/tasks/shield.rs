//! `shield`: the task that waits is cancelled, and the task it waits for is not.

use std::time::Duration;

use crate::demos::{Demo, Estimate, Group, Language, Main, Observation, Param, ParamKind, Program, Seen, Status};
use crate::runtime::tasks::{Error, Task, finally, shield, sleep, spawn};
use crate::runtime::{Failure, print};
use crate::trace::Ending;

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "shield",
        title: "Shielding a task",
        language: Language::Rust,
        files: &["src/demos/tasks/shield.rs"],
        needs: &[],
        params: &[Param {
            name: "shield",
            help: "whether the payment is shielded",
            unit: "",
            kind: ParamKind::Boolean { default: true },
        }],
        workers: |_| 0,
        estimate: |_| Estimate::waits(Duration::from_millis(900)),
        main: Main::Task(|values| Box::pin(program(values.boolean("shield")))),
        entries: &[],
    },
    summary: "A page waits for a payment and is closed meanwhile. Whoever is cancelled takes along the task that it \
              awaits, unless that is shielded: then the payment goes on.",
    group: Group::Tasks,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

// weft:begin
async fn payment() -> Result<&'static str, Error> {
    let _cleanup = finally(|| print("the payment lets its card go"));
    sleep(Duration::from_millis(800)).await;
    print("the payment is made");
    Ok("receipt")
}

async fn page(payment: Task<&'static str>, shielded: bool) -> Result<(), Error> {
    let _cleanup = finally(|| print("the page is gone"));
    let receipt = if shielded { shield(payment).await? } else { payment.await? };
    print(format!("the page shows the {receipt}"));
    Ok(())
}

async fn program(shielded: bool) -> Result<(), Failure> {
    let payment = spawn("payment", payment());
    let page = spawn("page", page(payment.clone(), shielded));
    sleep(Duration::from_millis(400)).await;
    print("the page is closed");
    page.cancel();
    match payment.await {
        Ok(receipt) => print(format!("main has the {receipt}")),
        Err(error) => print(format!("the payment was {error}")),
    }
    Ok(())
}
// weft:end

fn observe(seen: &Seen) -> Vec<Observation> {
    let shielded = seen.values.boolean("shield");
    let (Some(page), Some(payment)) = (seen.lane("page"), seen.lane("payment")) else {
        return vec![Observation::new(false, "The page or the payment is not there.")];
    };
    let (Some(page_end), Some(payment_end)) = (&page.end, &payment.end) else {
        return vec![Observation::new(false, "The page or the payment has not ended.")];
    };
    let closed = seen.said("main", "the page is closed");
    let gone = seen.said("page", "the page is gone");
    let only = seen.printed(page).count() == 1;
    let waiter = Observation::new(
        page_end.ending == Ending::Cancelled
            && closed.is_some()
            && gone >= closed
            && gone <= Some(page_end.time)
            && only,
        format!(
            "The page was cancelled at {} while it awaited the payment, cleaned up, and did nothing more.",
            page_end.time
        ),
    )
    .shown_by([seen.life(page)]);

    let made = seen.said("payment", "the payment is made");
    let let_go = seen.said("payment", "the payment lets its card go").is_some();
    let receipt = seen.said("main", "main has the receipt");
    let lost = seen.said("main", "the payment was cancelled");
    let text = match payment_end.ending {
        Ending::Returned => format!("The payment went on, and returned at {}.", payment_end.time),
        ending => format!("The payment was taken along: {} at {}.", ending.name(), payment_end.time),
    };
    let returned =
        payment_end.ending == Ending::Returned && made.is_some() && receipt >= Some(payment_end.time) && lost.is_none();
    let cancelled = payment_end.ending == Ending::Cancelled
        && made.is_none()
        && lost >= Some(payment_end.time)
        && receipt.is_none();
    // The payment may be due, too, when the page is cancelled, if the machine put the loop aside: then it has its turn
    // before the page is gone.
    let right = match shielded {
        true => returned,
        false if payment_end.ending == Ending::Returned => returned && payment_end.time <= page_end.time,
        false => cancelled && closed <= Some(payment_end.time) && payment_end.time <= page_end.time,
    };
    let fate = Observation::new(right && let_go, text).shown_by([seen.life(payment)]);
    vec![waiter, fate]
}
