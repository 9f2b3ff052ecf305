//! Connections, to an echo server in another worker.

/// What a client and an echo server say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// The server is there.
    Open,
    /// Bytes, to the server or back from it.
    Bytes(Vec<u8>),
    /// This many of the other side's bytes have been taken, and there is room for as many more.
    Taken(usize),
    /// No more bytes come from this side.
    End,
}
