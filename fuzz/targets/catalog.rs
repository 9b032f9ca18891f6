//! Whatever a catalog file holds: it is refused with places, or says the same after having been written and read again.

#![no_main]

use complus_catalog::{Catalog, Language, Options, diff, parse};
use complus_diagnostic::Source;
use complus_fuzz::{into_buffer, is_well_told};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    for language in [Language::Toml, Language::Json] {
        let Some(catalog) = read(text, language) else { continue };
        assert!(catalog.violations().is_empty());
        for written in [Language::Toml, Language::Json] {
            again(&catalog, &catalog.to_text(written), written);
        }
        if language == Language::Toml {
            let updated = catalog.update_toml(text);
            again(&catalog, &updated, language);
            assert_eq!(catalog.update_toml(&updated), updated, "what is up to date is left alone");
        }
    }
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    into_buffer(data, size, max_size, seed, include_str!("../catalog.dict"))
});

/// The catalog that a text holds, if it has no mistakes.
fn read(text: &str, language: Language) -> Option<Catalog> {
    let name = if language == Language::Json { "x.json" } else { "x.toml" };
    match parse(Source::new(name, text), Options::default()) {
        Ok(loaded) => {
            if let Some(warnings) = loaded.warnings {
                is_well_told(&warnings, text);
            }
            Some(loaded.catalog)
        }
        Err(error) => {
            is_well_told(&error, text);
            None
        }
    }
}

/// `text` reads as `catalog`, and is written as it was.
fn again(catalog: &Catalog, text: &str, language: Language) {
    let name = if language == Language::Json { "x.json" } else { "x.toml" };
    let again = match parse(Source::new(name, text), Options::default()) {
        Ok(loaded) => loaded.catalog,
        Err(error) => panic!("what was written does not read: {error}\n{text}"),
    };
    let differences = diff(catalog.snapshot().root(), again.snapshot().root());
    assert!(differences.is_empty(), "{differences:?}\n{text}");
    assert_eq!(catalog.to_text(language), again.to_text(language));
}
