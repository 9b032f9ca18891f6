//! Questions in words: `key=value` pairs between commas.

use complus_diagnostic::suggest;

/// The pairs of `text`, which `option` gave.
pub(super) fn pairs(option: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| match word.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => Err(format!("{option}: `{word}` is no key=value pair")),
        })
        .collect()
}

/// A truth value.
pub(super) fn truth(option: &str, key: &str, value: &str) -> Result<bool, String> {
    match value.trim_start_matches('#') {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(format!("{option}: `{key}` is true or false, not `{value}`")),
    }
}

/// The text for a key that is none of `known`.
pub(super) fn unknown(option: &str, key: &str, known: &[&str]) -> String {
    format!("{option}: there is no `{key}`; {}", suggest::advice(key, known.iter().copied()))
}

/// One of several words, each with its meaning.
pub(super) fn choice<T: Copy>(option: &str, key: &str, value: &str, all: &[(&str, T)]) -> Result<T, String> {
    let same = |word: &str| word.replace(['-', '_'], "").eq_ignore_ascii_case(&value.replace(['-', '_'], ""));
    let found = all.iter().find(|(word, _)| same(word));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words = all.iter().map(|(word, _)| *word);
        format!("{option}: {key}={value} is none of its values; {}", suggest::advice(value, words))
    })
}

/// One of all values of an enumeration, by its name.
pub(super) fn setting<T: Copy>(
    option: &str,
    key: &str,
    value: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let all: Vec<_> = all.iter().map(|&value| (name(value), value)).collect();
    choice(option, key, value, &all)
}
