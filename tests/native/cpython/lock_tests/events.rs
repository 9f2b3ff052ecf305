//! `EventTests`.

use weft::runtime::threads::Event;

use super::*;
use crate::threads::run;

#[test]
fn test_is_set() {
    run(|| {
        let event = Event::new("event");
        assert!(!event.is_set());
        for _ in 0..2 {
            event.set();
            assert!(event.is_set());
        }
        for _ in 0..2 {
            event.clear();
            assert!(!event.is_set());
        }
        Ok(())
    });
}

#[test]
fn test_notify() {
    fn check(event: &Event) {
        let (first, second) = (Count::default(), Count::default());
        let waiting = bunch(N, {
            let (event, first, second) = (event.clone(), first.clone(), second.clone());
            move || {
                event.wait();
                first.add();
                event.wait();
                second.add();
            }
        });
        let_block();
        assert_eq!(first.get(), 0);
        event.set();
        waiting.join();
        assert_eq!((first.get(), second.get()), (N, N));
    }
    run(|| {
        let event = Event::new("event");
        check(&event);
        event.clear();
        check(&event);
        Ok(())
    });
}

#[test]
fn test_timeout() {
    run(|| {
        let event = Event::new("event");
        let both = {
            let event = event.clone();
            move || (event.wait_timeout(Duration::ZERO), after(ms(50), || event.wait_timeout(ms(50))))
        };
        assert_eq!(bunch(N, both).join(), [(false, false); N]);
        event.set();
        let both = move || (event.wait_timeout(Duration::ZERO), event.wait_timeout(ms(50)));
        assert_eq!(bunch(N, both).join(), [(true, true); N]);
        Ok(())
    });
}

#[test]
fn test_set_and_clear() {
    run(|| {
        let (event, about_to_wait) = (Event::new("event"), Count::default());
        let waiting = bunch(N, {
            let (event, about_to_wait) = (event.clone(), about_to_wait.clone());
            move || {
                about_to_wait.add();
                event.wait_timeout(ms(10_000))
            }
        });
        about_to_wait.wait_until(N);
        let_block();
        event.set();
        event.clear();
        assert_eq!(waiting.join(), [true; N]);
        Ok(())
    });
}
