//! Everything that can be tested without a browser.

mod demos;
mod doctored;
mod runner;
mod twins;
