//! Everything that can be tested without a browser, in one binary so that it is linked once.

mod allocations;
mod chrome;
mod comparison;
mod cpython;
mod demos;
mod disturbed;
mod doctored;
mod givers;
mod guide;
mod hosting;
mod layers;
mod outside;
mod processes;
mod recordings;
mod runner;
mod soup;
mod task_primitives;
mod tasks;
mod threads;
mod timeline;
mod trace;
mod twins;

#[path = "../support/hosting.rs"]
mod support_hosting;
