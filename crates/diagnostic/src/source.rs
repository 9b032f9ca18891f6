//! [`Source`]: the text of a file, and places in it.

use std::ops::Range;

/// A stretch of a source text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
}

impl Span {
    /// The same as a range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A file: its name and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name shown in errors.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// A source of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The line of a place, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The column of a place in characters, from 1.
    pub fn column(&self, at: usize) -> usize {
        let at = self.boundary(at);
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[start..at].chars().count() + 1
    }

    /// What a span covers, up to the end of its first line.
    pub fn first_line(&self, span: Span) -> &str {
        let Range { start, end } = self.clamp(span).range();
        self.text[start..end].lines().next().unwrap_or_default().trim_end()
    }

    /// The span moved to the nearest places that exist and do not cut a character.
    pub fn clamp(&self, span: Span) -> Span {
        let start = self.boundary(span.start);
        Span { start, end: self.boundary(span.end).max(start) }
    }

    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let source = Source::new("x.kdl", "ab\näöb\n");
        assert_eq!((source.line(0), source.column(0)), (1, 1));
        assert_eq!((source.line(3), source.column(3)), (2, 1));
        assert_eq!((source.line(7), source.column(7)), (2, 3));
        assert_eq!((source.line(4), source.column(4)), (2, 1), "inside a character");
        assert_eq!((source.line(99), source.column(99)), (3, 1));
    }
}
