//! Writing: standard output, standard error, files. A reader that goes away ends the writing, no more.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

/// Whether standard output shows colours: it is a terminal, and nothing like NO_COLOR forbids them.
pub(crate) fn colours() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// The same for standard error.
pub(crate) fn error_colours() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never && io::stderr().is_terminal()
}

/// Writes `text` to `file`, else to standard output.
pub(crate) fn write(text: &str, file: Option<&Path>) -> Result<(), String> {
    match file {
        Some(path) => std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display())),
        None => match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
            _ => Ok(()),
        },
    }
}

/// Writes an error text to standard error; there is nobody to tell if that fails.
pub(crate) fn complain(message: &str) {
    let message = if message.starts_with("error") || message.starts_with('\u{1b}') {
        message.to_owned()
    } else {
        format!("error: {message}")
    };
    let _ = writeln!(io::stderr().lock(), "{message}");
}
