//! Why something cannot be done with a file, as POSIX calls it.

use strum::VariantArray;

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Fault {
    /// Not allowed at all.
    NotPermitted,
    /// There is no such file or folder.
    NotFound,
    /// There is no such open file, or it was not opened for this.
    BadDescriptor,
    /// The file's mode does not allow it.
    Denied,
    /// In use by the system.
    Busy,
    /// There is something of that name.
    Exists,
    /// What should be a folder is none.
    NotFolder,
    /// It is a folder.
    IsFolder,
    /// It makes no sense.
    Invalid,
    /// The disk is full.
    Full,
    /// A name is too long.
    NameTooLong,
    /// The folder is not empty.
    NotEmpty,
}

impl Fault {
    /// All of them.
    pub const ALL: &'static [Fault] = Fault::VARIANTS;

    /// Its number, as on Linux.
    pub fn number(self) -> i32 {
        match self {
            Fault::NotPermitted => 1,
            Fault::NotFound => 2,
            Fault::BadDescriptor => 9,
            Fault::Denied => 13,
            Fault::Busy => 16,
            Fault::Exists => 17,
            Fault::NotFolder => 20,
            Fault::IsFolder => 21,
            Fault::Invalid => 22,
            Fault::Full => 28,
            Fault::NameTooLong => 36,
            Fault::NotEmpty => 39,
        }
    }

    /// What a program is told.
    pub fn text(self) -> &'static str {
        match self {
            Fault::NotPermitted => "Operation not permitted",
            Fault::NotFound => "No such file or directory",
            Fault::BadDescriptor => "Bad file descriptor",
            Fault::Denied => "Permission denied",
            Fault::Busy => "Device or resource busy",
            Fault::Exists => "File exists",
            Fault::NotFolder => "Not a directory",
            Fault::IsFolder => "Is a directory",
            Fault::Invalid => "Invalid argument",
            Fault::Full => "No space left on device",
            Fault::NameTooLong => "File name too long",
            Fault::NotEmpty => "Directory not empty",
        }
    }
}
