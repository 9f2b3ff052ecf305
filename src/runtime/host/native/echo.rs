//! An echo server in a thread of its own, as `../web/echo.js` is in a worker.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};

use crate::runtime::host::Packet;

/// A connection to an echo server. Dropping it ends the server.
pub struct Echo {
    to_server: Sender<Packet>,
    /// Passes on what the server says.
    hearing: tokio::task::JoinHandle<()>,
}

impl Echo {
    /// Starts a server that has at most `window` unacknowledged bytes. `hear` is called on the event loop with what the
    /// server says, first that it is there; what it returns is sent to the server.
    ///
    /// # Errors
    /// Never; in a browser, if it cannot start workers.
    pub fn start(
        window: usize,
        hear: impl Fn(Result<Packet, String>) -> Vec<Packet> + Clone + Send + 'static,
    ) -> Result<Echo, String> {
        let (to_server, incoming) = channel();
        let (outgoing, mut from_server) = unbounded();
        std::thread::spawn(move || serve(window, &incoming, &outgoing));
        let hearing = tokio::spawn({
            let to_server: Sender<Packet> = to_server.clone();
            async move {
                while let Some(packet) = from_server.next().await {
                    // As in `send`.
                    hear(Ok(packet)).into_iter().for_each(|packet| drop(to_server.send(packet)));
                }
            }
        });
        Ok(Echo { to_server, hearing })
    }

    /// Sends a packet to the server.
    pub fn send(&self, packet: Packet) {
        // It may have ended already; then nobody is interested.
        let _ = self.to_server.send(packet);
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.hearing.abort();
    }
}

/// Runs until the other side is gone.
fn serve(window: usize, incoming: &Receiver<Packet>, outgoing: &UnboundedSender<Packet>) {
    // If nobody is listening any more, the next `recv` ends this.
    let say = |packet| drop(outgoing.unbounded_send(packet));
    let (mut kept, mut untaken, mut ended) = (VecDeque::<Vec<u8>>::new(), 0, false);
    say(Packet::Open);
    while let Ok(packet) = incoming.recv() {
        match packet {
            Packet::Open => {}
            Packet::Bytes(bytes) => kept.push_back(bytes),
            Packet::Taken(bytes) => untaken -= bytes,
            Packet::End => ended = true,
        }
        while let Some(bytes) = kept.pop_front_if(|bytes| untaken == 0 || untaken + bytes.len() <= window) {
            let taken = bytes.len();
            untaken += taken;
            say(Packet::Bytes(bytes));
            say(Packet::Taken(taken));
        }
        if kept.is_empty() && std::mem::take(&mut ended) {
            say(Packet::End);
        }
    }
}
