//! The one writer of standard output.

use std::io::{self, BufWriter, ErrorKind, Write};

use crate::error::{Error, Result};

/// Standard output, buffered. When its reader has gone away, every write fails with an
/// [`io::Error`] that carries [`Error::BrokenPipe`], which ends the program with status 0.
///
/// Call [`Stdout::finish`] at the end: what is still buffered may fail to be written.
#[derive(Debug)]
pub struct Stdout(BufWriter<io::Stdout>);

impl Stdout {
    pub(super) fn new() -> Self {
        Self(BufWriter::with_capacity(64 * 1024, io::stdout()))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// [`Error::BrokenPipe`] or [`Error::Io`].
    pub fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self, "{line}").map_err(stdout_error)
    }

    /// Writes a text as it is.
    ///
    /// # Errors
    /// [`Error::BrokenPipe`] or [`Error::Io`].
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.write_all(text.as_bytes()).map_err(stdout_error)
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// [`Error::BrokenPipe`] or [`Error::Io`].
    pub fn finish(mut self) -> Result<()> {
        self.flush().map_err(stdout_error)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(mark)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(mark)
    }
}

/// Marks the error of a pipe that is *ours*, so that it is not taken for a socket's.
fn mark(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe => io::Error::new(ErrorKind::BrokenPipe, Error::BrokenPipe),
        _ => error,
    }
}

/// An error of standard output as an error of ours.
pub fn stdout_error(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::BrokenPipe => Error::BrokenPipe,
        _ => Error::io("write", "stdout", error),
    }
}
