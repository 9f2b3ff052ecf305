//! Native modules of ours. The library's own Python stands on them.

mod callbacks;
mod files;
mod handles;
mod http;
mod locks;
mod output;
mod scheduling;
mod tasks;
mod waiting;
mod watched;
mod weft;
mod whole;

pub use files::disk;
pub(crate) use files::module_def as files_module_def;
pub(crate) use handles::STACK;
pub(crate) use http::module_def as http_module_def;
pub(crate) use tasks::observe;
pub(crate) use weft::module_def;
