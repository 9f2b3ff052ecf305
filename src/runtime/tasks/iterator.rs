//! Asynchronous iterators: values that are awaited one after the other.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! use std::time::Duration;
//! use async_stream::stream;
//! use weft::runtime::tasks::{AsyncIterator, run_main, sleep};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let mut numbers = Box::pin(stream! {
//!         for number in 1..=3 {
//!             sleep(Duration::from_millis(1)).await;
//!             yield number;
//!         }
//!     });
//!     while let Some(number) = numbers.next().await {
//!         print(format!("{number}"));
//!     }
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! Python's `__aiter__` and `__anext__` are [`futures::Stream`] here, and its asynchronous generators, functions with
//! `await` and `yield`, are streams made by the `async-stream` crate. `async for` is a `while let` with `next().await`.
//!
//! As in Python, nothing happens between two calls of `next`. A stream that is dropped before its end is dropped at its
//! `yield` (or its `await`), which is Python's `aclose`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use crate::runtime::lane::{self, Site, WaitReason};

/// What every stream has here: `next`, which records where it waits.
pub trait AsyncIterator: Stream {
    /// The next value, or `None` if there are no more: in Python, `await anext(iterator)`.
    #[track_caller]
    fn next(&mut self) -> Next<'_, Self>
    where
        Self: Unpin,
    {
        Next { stream: self, site: Site::caller() }
    }
}

impl<S: Stream + ?Sized> AsyncIterator for S {}

/// The next value of a stream, to be awaited.
pub struct Next<'a, S: ?Sized> {
    stream: &'a mut S,
    site: Site,
}

impl<S: Stream + Unpin + ?Sized> Future for Next<'_, S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let before = lane::with(|lane| lane.wait.take());
        let polled = Pin::new(&mut *self.stream).poll_next(context);
        lane::with(|lane| {
            if polled.is_pending() {
                // A stream on Weft's own primitives has said what it waits for, and on which of its lines.
                let wait = WaitReason::suspended(None, self.site);
                lane.wait.get_or_insert(wait);
            } else {
                lane.wait = before;
            }
        });
        polled
    }
}
