//! `bank-account`: deposits and withdrawals by two threads, each a read, a thought and a write under one lock.

use std::time::Duration;

use crate::demos::{
    Demo, Estimate, Group, Language, Main, Need, Observation, Param, Program, Seen, Status, Stretch, counted,
    most_at_once,
};
use crate::runtime::print;
use crate::runtime::threads::{Lock, SharedCell, sleep, spawn};
use crate::trace::{EventKind, Nanos, Target};

/// The demo.
pub static DEMO: Demo = Demo {
    program: Program {
        id: "bank-account",
        title: "A bank account",
        language: Language::Rust,
        files: &["src/demos/threads/bank_account.rs"],
        needs: &[Need::Isolation],
        params: &[
            Param::integer("deposits", "how often money is paid in", "deposits", (1, 20), 3),
            Param::integer("withdrawals", "how often money is to be taken out", "withdrawals", (1, 20), 3),
            Param::integer("deposit", "how much is paid in each time", "", (1, 1000), 100),
            Param::integer("withdrawal", "how much more is taken out than the time before", "", (1, 1000), 250),
            Param::integer("balance", "how much there is at first", "", (0, 10000), 1000),
        ],
        workers: |_| 3,
        estimate: |values| {
            Estimate::waits({
                (BOOKING + PAUSE) * (values.count("deposits") + values.count("withdrawals"))
                    + Duration::from_millis(100)
            })
        },
        main: Main::Thread(|values| {
            let (deposits, withdrawals) = (values.integer("deposits"), values.integer("withdrawals"));
            program(
                deposits,
                withdrawals,
                values.integer("deposit"),
                values.integer("withdrawal"),
                values.integer("balance"),
            );
            Ok(())
        }),
        entries: &[],
    },
    summary: "One thread pays in while another takes out. Whoever looks at the balance keeps the lock until the new \
              one is written, so no payment is lost, and nobody takes out more than there is.",
    group: Group::Threads,
    expected: |_| Status::Finished,
    observe,
    hidden: false,
};

/// So many refused withdrawals are named.
const NAMED: usize = 5;

// weft:begin
/// How long a booking takes, with the account locked.
const BOOKING: Duration = Duration::from_millis(80);

/// How long each thread does something else after a booking.
const PAUSE: Duration = Duration::from_millis(40);

#[derive(Clone)]
struct Account {
    lock: Lock,
    balance: SharedCell,
}

impl Account {
    fn book(&self, amount: i64) {
        let _held = self.lock.hold();
        let balance = self.balance.get();
        if balance + amount < 0 {
            print(format!("{amount:+} refused"));
            return;
        }
        sleep(BOOKING); // Without the lock, others would change the balance now.
        self.balance.set(balance + amount);
        print(format!("{amount:+} booked"));
    }
}

fn program(deposits: i64, withdrawals: i64, deposit: i64, withdrawal: i64, balance: i64) {
    let (lock, balance) = (Lock::new("lock"), SharedCell::new("balance", balance));
    let account = Account { lock, balance };
    let (for_payer, for_taker) = (account.clone(), account.clone());

    let payer = spawn("payer", move || {
        for _ in 0..deposits {
            for_payer.book(deposit);
            sleep(PAUSE);
        }
    });
    let taker = spawn("taker", move || {
        for number in 1..=withdrawals {
            for_taker.book(-withdrawal * number);
            sleep(PAUSE);
        }
    });
    payer.join();
    taker.join();
    print(format!("{} left", account.balance.get()));
}
// weft:end

/// What somebody did with the account while holding its lock.
struct Booking {
    held: Stretch,
    /// The balance it saw.
    read: i64,
    /// The balance it left; none if it was refused.
    written: Option<i64>,
}

/// The bookings in their order; none if something was done without the lock, or not as a read and at most one write.
fn bookings(seen: &Seen) -> Option<Vec<Booking>> {
    let holds = seen.holds(seen.resource("lock")?);
    let main = seen.lane("main")?.id;
    let mut accesses = seen.resource("balance")?.events.iter().filter(|event| event.lane != main).peekable();
    let mut bookings = Vec::new();
    for held in holds {
        let mut inside = || accesses.next_if(|event| event.lane == held.lane && event.time >= held.start);
        let EventKind::Read { value: read, .. } = inside()?.kind else { return None };
        let mut inside = || accesses.next_if(|event| event.lane == held.lane && event.time <= held.end);
        let written = match inside().map(|event| &event.kind) {
            Some(EventKind::Write { value, .. }) => Some(*value),
            Some(_) => return None,
            None => None,
        };
        bookings.push(Booking { held, read, written });
    }
    accesses.next().is_none().then_some(bookings)
}

fn observe(seen: &Seen) -> Vec<Observation> {
    let (deposit, withdrawal) = (seen.values.integer("deposit"), seen.values.integer("withdrawal"));
    let first = seen.values.integer("balance");
    let (Some(payer), Some(taker), Some(lock)) = (seen.lane("payer"), seen.lane("taker"), seen.resource("lock")) else {
        return vec![Observation::new(false, "A thread or the lock is not there.")];
    };
    let Some(bookings) = bookings(seen) else {
        return vec![Observation::new(false, "The account was used without its lock.")];
    };
    let (paid_in, asked): (Vec<_>, Vec<_>) = bookings.iter().partition(|booking| booking.held.lane == payer.id);
    let asked: Vec<_> = asked.into_iter().zip((1..).map(|number| withdrawal * number)).collect();
    let (refused, taken): (Vec<_>, Vec<_>) = asked.iter().partition(|(booking, _)| booking.written.is_none());
    let all_there = paid_in.len() == seen.values.count("deposits") as usize
        && asked.len() == seen.values.count("withdrawals") as usize
        && asked.iter().all(|(booking, _)| booking.held.lane == taker.id);

    let sum_in = deposit * paid_in.len() as i64;
    let sum_out: i64 = taken.iter().map(|(_, amount)| amount).sum();
    let last = bookings.iter().rev().find_map(|booking| booking.written).unwrap_or(first);
    // Each sees what the one before left.
    let mut left = first;
    let none_lost = bookings.iter().all(|booking| {
        let seen_what_was_left = booking.read == left;
        left = booking.written.unwrap_or(left);
        seen_what_was_left
    });
    let right = all_there && none_lost && last == first + sum_in - sum_out;
    let adds_up = Observation::new(
        right,
        format!(
            "{first} at first, {sum_in} paid in by {}, {sum_out} taken out by {}: {last} in the end, so {}.",
            counted(paid_in.len(), "deposit"),
            counted(taken.len(), "withdrawal"),
            if right { "nothing was lost" } else { "something is wrong" },
        ),
    )
    .shown_by(bookings.iter().map(|booking| booking.held));

    let holds: Vec<_> = bookings.iter().map(|booking| booking.held).collect();
    let most = most_at_once(&holds);
    let on = Target::Resource(lock.id);
    let waits: Vec<_> = [payer, taker]
        .into_iter()
        .flat_map(|lane| seen.waits_for(lane, on).into_iter().map(move |(span, cause)| (lane, span, cause)))
        .collect();
    let waited: Nanos = waits.iter().fold(Nanos::ZERO, |sum, (_, span, _)| sum + span.duration());
    let text = match waits.len() {
        0 => "nobody ever had to wait for it".to_owned(),
        count => format!("{} for it took {waited} together", counted(count, "wait")),
    };
    let handed_on = waits.iter().all(|(lane, _, cause)| cause.is_some_and(|cause| cause.lane != lane.id));
    let one_at_a_time = Observation::new(
        most == 1 && handed_on,
        format!("The lock was held {}, by {most} thread at a time; {text}.", times(holds.len())),
    )
    .shown_by(waits.iter().map(|(lane, span, _)| Stretch::new(lane, span)));

    let sums_are_right =
        taken.iter().all(|(booking, amount)| booking.read >= *amount && booking.written == Some(booking.read - amount))
            && paid_in.iter().all(|booking| booking.written == Some(booking.read + deposit));
    let rightly = refused.iter().all(|(booking, amount)| booking.read < *amount);
    let mut names: Vec<_> = refused
        .iter()
        .take(NAMED)
        .map(|(booking, amount)| format!("{amount} with {} in the account", booking.read))
        .collect();
    if refused.len() > NAMED {
        names.push(format!("and {} more", refused.len() - NAMED));
    }
    let text = match refused.len() {
        0 => "No withdrawal was refused: there was enough in the account each time.".to_owned(),
        count => format!("{} refused: {}.", counted(count, "withdrawal"), names.join(", ")),
    };
    let refusals = Observation::new(all_there && sums_are_right && rightly, text)
        .shown_by(refused.iter().map(|(booking, _)| booking.held));
    vec![adds_up, one_at_a_time, refusals]
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
