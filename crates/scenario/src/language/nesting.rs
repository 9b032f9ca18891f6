//! How deep a file nests, found out before anything recurses over it.
//!
//! The document parser calls itself for every level of braces and of nested comments, some 30 kB of stack
//! each in a debug build; so does dropping its result. A file is measured first, and refused beyond
//! [`DEEPEST`].

use complus_diagnostic::{Diagnostic, Span};

/// Levels of braces and nested comments that a file may have.
pub const DEEPEST: usize = 256;

/// Refuses a text that nests deeper than [`DEEPEST`].
pub(super) fn check(text: &str) -> Result<(), Diagnostic> {
    let (mut braces, mut comments) = (0_usize, 0_usize);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let mut length = 1;
        if rest.starts_with(b"/*") {
            (comments, length) = (comments + 1, 2);
        } else if comments > 0 {
            if rest.starts_with(b"*/") {
                (comments, length) = (comments - 1, 2);
            }
        } else if rest.starts_with(b"//") {
            length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else {
            match rest[0] {
                b'"' | b'#' => {
                    // A run of hashes before no string is passed over whole, lest each be looked at anew.
                    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
                    length = string(rest, hashes).unwrap_or(hashes.max(1));
                }
                b'{' => braces += 1,
                b'}' => braces = braces.saturating_sub(1),
                _ => {}
            }
        }
        if braces + comments > DEEPEST {
            let label = format!("this is level {}", DEEPEST + 1);
            return Err(Diagnostic::new(
                Span { start: at, end: at + 1 },
                format!("the file nests deeper than {DEEPEST} levels"),
                label,
            )
            .help("a domain without a block stays open until its `leave`, so deep stacks need no deep nesting"));
        }
        at += length;
    }
    Ok(())
}

/// The length of the string that begins here; `None` if none does, or if it does not end: what follows is
/// then measured as if it were not in a string.
fn string(text: &[u8], hashes: usize) -> Option<usize> {
    let quotes = text[hashes..].iter().take_while(|byte| **byte == b'"').count();
    let multiline = quotes >= 3;
    if quotes == 0 {
        return None;
    }
    if quotes == 2 {
        return Some(hashes + 2);
    }
    let mut closing = vec![b'"'; if multiline { 3 } else { 1 }];
    closing.resize(closing.len() + hashes, b'#');
    let mut at = hashes + if multiline { 3 } else { 1 };
    while at < text.len() {
        match text[at] {
            b'\n' if !multiline => return None,
            b'\\' if hashes == 0 => at += 2,
            _ if text[at..].starts_with(&closing) => return Some(at + closing.len()),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_count_outside_strings_and_comments_only() {
        let quoted = format!("note \"{0}\" // {0}\n/* {0} */ note #\"{0}\"#", "{".repeat(DEEPEST + 1));
        assert!(check(&quoted).is_ok());
        assert!(check(&"a {\n".repeat(DEEPEST)).is_ok());
        assert!(check(&"a {\n".repeat(DEEPEST + 1)).is_err());
        assert!(check(&"/*".repeat(DEEPEST + 1)).is_err());
        assert!(check(&format!("note \"{}", "{".repeat(DEEPEST + 1))).is_err(), "an open string hides nothing");
        assert!(check(&format!("{}{}", "a \"}\" {".repeat(DEEPEST + 1), "")).is_err());
    }
}
