//! What the fuzz targets share.

mod mutate;

pub use mutate::into_buffer;

use complus_diagnostic::FileError;

/// An error tells something, at places that are within the text, and can be shown.
pub fn is_well_told(error: &FileError, text: &str) {
    assert!(!error.diagnostics().is_empty(), "an error that tells nothing");
    for one in error.diagnostics() {
        assert!(one.span.start <= one.span.end && one.span.end <= text.len(), "{one:?} in {} bytes", text.len());
        assert!(!one.message.is_empty(), "{one:?}");
    }
    assert!(!error.render(false).is_empty() && !error.render(true).is_empty());
}
