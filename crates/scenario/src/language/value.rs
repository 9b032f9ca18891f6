//! Values: durations, numbers, names of settings, HRESULTs.

use complus_core::{HResult, attribute::TransactionStatus, hresult};
use complus_diagnostic::suggest;
use kdl::KdlValue;
use std::{str::FromStr, time::Duration};

/// What a value should have been, and advice.
pub(super) type Wrong = (String, Option<String>);

fn wrong<T>(expected: impl Into<String>) -> Result<T, Wrong> {
    Err((expected.into(), None))
}

pub(super) fn text(value: &KdlValue) -> Result<String, Wrong> {
    match value.as_string() {
        Some(text) => Ok(text.into()),
        None => wrong("a string"),
    }
}

pub(super) fn flag(value: &KdlValue) -> Result<bool, Wrong> {
    match (value.as_bool(), value.as_string()) {
        (Some(flag), _) => Ok(flag),
        (None, Some(word @ ("true" | "false"))) => Err(("a truth value".into(), Some(format!("write #{word}")))),
        _ => Err(("a truth value".into(), Some("write #true or #false".into()))),
    }
}

pub(super) fn integer(value: &KdlValue) -> Result<i64, Wrong> {
    let number = match value {
        KdlValue::Integer(number) => i64::try_from(*number).ok(),
        KdlValue::String(text) => text.trim_start_matches('+').parse().ok(),
        _ => None,
    };
    number.map_or_else(|| wrong("a whole number of 64 bits"), Ok)
}

pub(super) fn count(value: &KdlValue) -> Result<u32, Wrong> {
    integer(value).ok().and_then(|n| u32::try_from(n).ok()).map_or_else(|| wrong("a count"), Ok)
}

pub(super) fn seed(value: &KdlValue) -> Result<u64, Wrong> {
    match value {
        KdlValue::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
    .map_or_else(|| wrong("a number from 0 to 18446744073709551615"), Ok)
}

pub(super) fn duration(value: &KdlValue) -> Result<Duration, Wrong> {
    let advice = Some("write a number with its unit: \"500ms\", \"60s\", \"2min\"; \"0s\" is never".into());
    match value.as_string().map(humantime::parse_duration) {
        // A century is enough for everyone; the clock counts 64 bits of nanoseconds.
        Some(Ok(duration)) if duration.as_secs() <= 3_155_760_000 => Ok(duration),
        _ => Err(("a duration".into(), advice)),
    }
}

pub(super) fn hresult(value: &KdlValue) -> Result<HResult, Wrong> {
    match value {
        KdlValue::Integer(number) => {
            let bits = u32::try_from(*number).ok().or_else(|| i32::try_from(*number).ok().map(i32::cast_unsigned));
            bits.map_or_else(|| wrong("an HRESULT"), |bits| Ok(HResult::from_bits(bits)))
        }
        KdlValue::String(text) => text.parse().map_err(|_| {
            let names = hresult::TABLE.iter().map(|entry| entry.name);
            let meant = suggest::nearest(text, names).map(|name| format!("did you mean `{name}`?"));
            let advice = meant.unwrap_or_else(|| "write its name, such as E_FAIL, or 0x and up to eight digits".into());
            ("an HRESULT".into(), Some(advice))
        }),
        _ => wrong("an HRESULT"),
    }
}

/// A transaction status: by its code, or by the name of the managed enumeration.
pub(super) fn status(value: &KdlValue) -> Result<HResult, Wrong> {
    match value.as_string().map(TransactionStatus::from_str) {
        Some(Ok(status)) => Ok(status.hresult()),
        _ => hresult(value).map_err(|(_, advice)| ("a transaction status".into(), advice)),
    }
}

/// One value of an enumeration, by name or by number.
pub(super) fn choice<T: Copy + FromStr>(
    value: &KdlValue,
    all: &[T],
    name: impl Fn(T) -> &'static str,
    number: impl Fn(T) -> i32,
) -> Result<T, Wrong> {
    let names = || all.iter().map(|one| name(*one));
    let found = match value {
        KdlValue::String(text) => text.parse().ok(),
        KdlValue::Integer(asked) => all.iter().copied().find(|one| i128::from(number(*one)) == *asked),
        _ => None,
    };
    found.ok_or_else(|| {
        let word = value.as_string().unwrap_or_default();
        (format!("one of {}", names().collect::<Vec<_>>().join(", ")), near(word, names()))
    })
}

/// One word of a list.
pub(super) fn word<'a, T: Copy>(value: &KdlValue, all: &[(&'a str, T)]) -> Result<T, Wrong> {
    let asked = value.as_string().unwrap_or_default();
    let same = |name: &str| name.replace('-', "").eq_ignore_ascii_case(&asked.replace(['-', '_'], ""));
    let found = all.iter().find(|(name, _)| same(name)).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names = all.iter().map(|(name, _)| *name);
        (format!("one of {}", names.clone().collect::<Vec<&'a str>>().join(", ")), near(asked, names))
    })
}

fn near<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    suggest::nearest(word, names).map(|name| format!("did you mean `{name}`?"))
}
