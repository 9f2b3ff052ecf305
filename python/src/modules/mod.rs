//! Native modules of ours. The library's own Python stands on them.

mod handles;
mod locks;
mod output;
mod waiting;
mod weft;
mod whole;

pub(crate) use handles::STACK;
pub(crate) use weft::module_def;
