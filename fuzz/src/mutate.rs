//! Changes that leave most of a text right: whole lines and whole words, as people make them. Bytes are left to the engine.

use fastrand::Rng;

/// A changed text, not longer than `longest` bytes; `None` leaves the change to the engine. `words` is a dictionary in the
/// engine's form.
pub fn mutate(text: &str, longest: usize, seed: u32, words: &str) -> Option<String> {
    let mut random = Rng::with_seed(seed.into());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() || random.u8(..4) == 0 {
        return None;
    }
    let mut text = text.to_owned();
    for _ in 0..random.usize(1..4) {
        text = match random.u8(..10) {
            0 => remove_lines(&text, &mut random),
            1 => copy_lines(&text, &mut random),
            2 => change_digit(&text, &mut random),
            3..6 => replace_word(&text, &mut random, dictionary(words)),
            _ => copy_word(&text, &mut random),
        };
    }
    (text.len() <= longest).then_some(text)
}

/// The plain words of a dictionary.
fn dictionary(words: &str) -> Vec<&str> {
    words
        .lines()
        .filter(|line| !line.contains('\\'))
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .collect()
}

/// Some lines that follow each other.
fn some_lines(count: usize, random: &mut Rng) -> std::ops::Range<usize> {
    let start = random.usize(..count.max(1));
    start..(start + random.usize(1..6)).min(count)
}

fn remove_lines(text: &str, random: &mut Rng) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let gone = some_lines(lines.len(), random);
    lines.drain(gone);
    lines.concat()
}

fn copy_lines(text: &str, random: &mut Rng) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let copied = lines[some_lines(lines.len(), random)].to_vec();
    let at = random.usize(..=lines.len());
    lines.splice(at..at, copied);
    lines.concat()
}

/// The places of words.
fn places(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    let mut found = Vec::new();
    let mut start = None;
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        match (is_inside(byte), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn replace(text: &str, random: &mut Rng, by: impl FnOnce(&mut Rng, &[std::ops::Range<usize>]) -> String) -> String {
    let places = places(text);
    let Some(place) = random.choice(&places).cloned() else { return text.to_owned() };
    let word = by(random, &places);
    format!("{}{word}{}", &text[..place.start], &text[place.end..])
}

fn copy_word(text: &str, random: &mut Rng) -> String {
    replace(text, random, |random, places| text[places[random.usize(..places.len())].clone()].to_owned())
}

fn replace_word(text: &str, random: &mut Rng, words: Vec<&str>) -> String {
    replace(text, random, |random, _| random.choice(words).unwrap_or("x").to_owned())
}

/// Another digit, so that ids and numbers differ.
fn change_digit(text: &str, random: &mut Rng) -> String {
    let digits: Vec<usize> =
        text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
    let Some(&at) = random.choice(&digits) else { return text.to_owned() };
    format!("{}{}{}", &text[..at], random.u8(..10), &text[at + 1..])
}

/// Puts a changed text into the engine's buffer; the size of what is there then.
pub fn into_buffer(data: &mut [u8], size: usize, longest: usize, seed: u32, words: &str) -> usize {
    let text = std::str::from_utf8(&data[..size]).ok();
    match text.and_then(|text| mutate(text, longest.min(data.len()), seed, words)) {
        Some(text) => {
            data[..text.len()].copy_from_slice(text.as_bytes());
            text.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, longest),
    }
}
