//! [`Kind`]: the type of a property, with the values it takes.

/// The type of a property, with the values it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// True or False.
    Bool,
    /// A number between two others, both included.
    Long {
        /// The smallest.
        least: i32,
        /// The largest.
        most: i32,
    },
    /// One of a few numbers.
    OneOf(&'static [i32]),
    /// A value of an enumeration.
    Choice(&'static Choice),
    /// A word of flags, each with its name.
    Flags(&'static [(i32, &'static str)]),
    /// A string.
    Text,
    /// An id.
    Guid,
}

/// An enumeration: its values in the order of their numbers.
#[derive(Debug, PartialEq)]
pub struct Choice {
    /// The name that the headers use.
    pub enumeration: &'static str,
    /// Number, name, and the name that the headers use.
    pub words: &'static [(i32, &'static str, &'static str)],
}

impl Choice {
    /// The number that `word` means: the name, the headers' name or its end (`None` of
    /// `COMAdminTransactionNone`), letter case and separators aside.
    pub fn number(&self, word: &str) -> Option<i32> {
        let stem = self.stem();
        let named = |(_, name, com): &&(i32, &str, &str)| {
            same_word(word, name) || same_word(word, com) || same_word(word, com.strip_prefix(stem).unwrap_or(com))
        };
        self.words.iter().find(named).map(|(number, ..)| *number)
    }

    /// The name of a number.
    pub fn name(&self, number: i32) -> Option<&'static str> {
        self.words.iter().find(|(value, ..)| *value == number).map(|(_, name, _)| *name)
    }

    /// What the headers' names have in common at the beginning.
    fn stem(&self) -> &'static str {
        let [(_, _, first), rest @ ..] = self.words else { return "" };
        let shared = |other: &str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let length = rest.iter().map(|(_, _, other)| shared(other)).min().unwrap_or(0);
        first.get(..length).unwrap_or("")
    }
}

/// Same letters, letter case and the separators `-`, `_` and space aside.
pub(crate) fn same_word(one: &str, other: &str) -> bool {
    let letters = |s| str::bytes(s).filter(|b| !matches!(b, b'-' | b'_' | b' ')).map(|b| b.to_ascii_lowercase());
    letters(one).eq(letters(other))
}
