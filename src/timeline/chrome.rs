//! Chrome trace
