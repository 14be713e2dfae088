//! What the host gives for printed text.

use crate::vm::Stream;

/// Where what scripts print goes. Given by the host.
pub trait Output: Send + Sync {
    /// Appends `text` as one piece: nothing else of this program may get in between. An error on `Stream::Out` ends
    /// the program silently (STDLIB 2).
    fn write(&self, stream: Stream, text: &str) -> std::io::Result<()>;

    /// Makes everything written visible.
    fn flush(&self) -> std::io::Result<()>;

    /// The columns of the terminal that shows it, if one does.
    fn width(&self) -> Option<u16> {
        None
    }
}
