//! Requests natively: there is no network, only the addresses that Weft itself answers.

use std::sync::Arc;
use std::thread;

use crate::runtime::host::answers::answer;
use crate::runtime::host::exchange::Exchange;

/// Nothing need be there to carry out requests.
pub fn serve_requests() {}

/// Carries out a request.
pub fn carry_out(exchange: &Arc<Exchange>) {
    let exchange = exchange.clone();
    thread::spawn(move || match answer(&exchange.request) {
        Some(answer) => {
            thread::sleep(answer.delay);
            answer.deliver(&exchange);
        }
        None => exchange.over(Err("there is no network here, only what Weft itself answers".to_owned())),
    });
}
