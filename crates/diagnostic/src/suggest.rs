//! "Did you mean": the known name nearest to a misspelt one.

/// The name of `known` nearest to `word`, if it is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    if folded.chars().count() > 80 {
        return None; // nobody meant that
    }
    let rated = known.into_iter().map(|name| (strsim::damerau_levenshtein(&folded, &fold(name)), name));
    let (distance, name) = rated.min_by_key(|(distance, _)| *distance)?;
    (distance <= folded.chars().count().max(3) / 3).then_some(name)
}

/// Letter case and separators are what people misremember first.
fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Advice on a name that is none of `known`: the nearest one, else all of them.
pub fn advice<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let all: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
            if all.is_empty() { "there is none".into() } else { format!("known are {}", all.join(", ")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_another_word_does_not() {
        let known = ["enter", "leave", "set-complete", "set-abort"];
        assert_eq!(nearest("entre", known), Some("enter"));
        assert_eq!(nearest("SetComplete", known), Some("set-complete"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(advice("x", []), "there is none");
    }
}
