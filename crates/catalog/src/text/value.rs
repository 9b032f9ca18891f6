//! Values of properties as a file writes them.

use super::tree::{Content, Tree};
use crate::{
    admin::guid,
    schema::{Kind, Property, same_word},
    value::{Value, ValueRef},
};
use complus_diagnostic::{Span, suggest};

/// What a value should have been, and advice.
pub(super) type Wrong = (String, Option<String>);

/// A value of a property's type; whether it is in range is another question.
pub(super) fn read(property: &Property, tree: &Tree<'_>) -> Result<Value, Wrong> {
    let wrong = |expected: String| Err((format!("{expected}, not {}", tree.what()), None));
    match (property.kind, &tree.content) {
        (Kind::Bool, Content::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Bool, _) => wrong("true or false".into()), // O-04
        (Kind::Text, Content::Text(text)) => Ok(Value::from(&**text)),
        (Kind::Text, _) => wrong("a string".into()),
        (Kind::Guid, Content::Text(text)) => guid(text).map(Value::Guid).ok_or_else(|| {
            ("an id in braces".into(), Some("write it as \"{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}\"".into()))
        }),
        (Kind::Guid, _) => wrong("an id in a string".into()),
        (Kind::Choice(_) | Kind::OneOf(_) | Kind::Long { .. } | Kind::Flags(_), Content::Number(number)) => {
            i32::try_from(*number).map(Value::Long).map_err(|_| ("a number of 32 bits".into(), None))
        }
        (Kind::Choice(choice), Content::Text(word)) => choice.number(word).map(Value::Long).ok_or_else(|| {
            let names = choice.words.iter().map(|(_, name, _)| *name);
            let help = suggest::nearest(word, names.clone()).map(|name| format!("did you mean `{name}`?"));
            (format!("one of {}", names.collect::<Vec<_>>().join(", ")), help)
        }),
        (Kind::Choice(_), _) => wrong("one of an enumeration, by name or number".into()),
        (Kind::Flags(flags), Content::Text(word)) => flag(flags, word).map(Value::Long),
        (Kind::Flags(flags), Content::List(words)) => {
            let each = words.iter().map(|word| match &word.content {
                Content::Text(word) => flag(flags, word),
                _ => Err((format!("a list of names, and this holds {}", word.what()), None)),
            });
            each.sum::<Result<_, _>>().map(Value::Long)
        }
        (Kind::Flags(_), _) => wrong("flags, by name or number".into()),
        (Kind::Long { least, most }, _) => wrong(format!("a number from {least} to {most}")),
        (Kind::OneOf(numbers), _) => wrong(format!("one of {numbers:?}")),
    }
}

fn flag(flags: &[(i32, &'static str)], word: &str) -> Result<i32, Wrong> {
    let found = flags.iter().find(|(_, name)| same_word(word, name)).map(|(flag, _)| *flag);
    found.ok_or_else(|| {
        let names = flags.iter().map(|(_, name)| *name);
        let help = suggest::nearest(word, names.clone()).map(|name| format!("did you mean `{name}`?"));
        (format!("among {}", names.collect::<Vec<_>>().join(", ")), help)
    })
}

/// The values that a property takes, for messages.
pub(super) fn range(property: &Property) -> String {
    match property.kind {
        Kind::Long { least, most } => format!("{least} to {most}"),
        Kind::OneOf(numbers) => numbers.iter().map(|number| format!("{number:#x}")).collect::<Vec<_>>().join(" or "),
        Kind::Choice(choice) => choice.words.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", "),
        Kind::Flags(flags) => flags.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", "),
        Kind::Text if property.longest > 0 => format!("a text of up to {} characters", property.longest),
        Kind::Text if property.name_like => "a text that is not blank".into(),
        _ => "any".into(),
    }
}

/// A value as TOML writes it.
pub(super) fn write(property: &Property, value: ValueRef<'_>) -> toml_edit::Value {
    let word = property.word(value);
    match (property.kind, value, word) {
        (Kind::Flags(_), _, Some(words)) if words.contains('+') => words.split('+').collect(),
        (_, _, Some(word)) => word.into(),
        (_, ValueRef::Bool(value), _) => value.into(),
        (_, ValueRef::Long(value), _) => i64::from(value).into(),
        (_, ValueRef::Text(value), _) => value.into(),
        (_, ValueRef::Guid(value), _) => ValueRef::Guid(value).to_string().into(),
    }
}

impl Property {
    /// A value from a word, as a command line gives it: `true`, `30`, `RequiresNew`, `SecureReference+DynamicCloaking`.
    ///
    /// # Errors
    /// What it should have been.
    pub fn parse(&self, word: &str) -> Result<Value, String> {
        let content = match (self.kind, number(word)) {
            (Kind::Bool, _) if same_word(word, "true") => Content::Bool(true),
            (Kind::Bool, _) if same_word(word, "false") => Content::Bool(false),
            (Kind::Long { .. } | Kind::OneOf(_) | Kind::Choice(_) | Kind::Flags(_), Some(number)) => {
                Content::Number(number)
            }
            (Kind::Flags(_), None) => Content::List(word.split('+').map(|word| text(word.trim())).collect()),
            _ => Content::Text(word.into()),
        };
        let read = read(self, &Tree { span: Span::default(), content });
        read.map_err(|(expected, help)| match help {
            Some(help) => format!("`{}` must be {expected}; {help}", self.name),
            None => format!("`{}` must be {expected}", self.name),
        })
    }
}

fn text(word: &str) -> Tree<'_> {
    Tree { span: Span::default(), content: Content::Text(word.into()) }
}

/// A whole number, decimal or after `0x`.
fn number(word: &str) -> Option<i64> {
    match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}
