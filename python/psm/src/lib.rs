//! A stand-in for the crate `psm`, of which RustPython uses only [`stack_pointer`], to notice deep recursion.
//!
//! In WebAssembly RustPython takes the stack to be 8 MiB large, wherever that leads. Here the stack pointer counts from
//! the lowest address that a thread may use, so that the guard, which does not go below zero, works with what is there.
//! The browser's own stack, which cannot be measured, ends before WebAssembly's: so a thread is told to use only a part.

use std::cell::Cell;
use std::hint::black_box;

thread_local! {
    /// The lowest address of the stack that this thread may use.
    static LOWEST: Cell<usize> = const { Cell::new(0) };
}

/// About where the stack ends here.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    black_box(&raw const local).addr()
}

/// This thread may use about `bytes` of stack below the caller.
pub fn set_stack_left(bytes: usize) {
    LOWEST.set(here().saturating_sub(bytes));
}

/// The stack pointer; in WebAssembly, how much stack this thread may still use.
#[inline(always)]
pub fn stack_pointer() -> *mut u8 {
    let local = 0_u8;
    let address = black_box(&raw const local).addr();
    std::ptr::without_provenance_mut(if cfg!(target_arch = "wasm32") { address.saturating_sub(LOWEST.get()) } else { address })
}

/// The crate `stacker` asks whether stacks can be switched: no, so it calls directly.
#[macro_export]
macro_rules! psm_stack_manipulation {
    (yes { $($yes:tt)* } no { $($no:tt)* }) => { $($no)* };
}

/// The crate `stacker` asks whether a stack's size can be read: no.
#[macro_export]
macro_rules! psm_stack_information {
    (yes { $($yes:tt)* } no { $($no:tt)* }) => { $($no)* };
}
