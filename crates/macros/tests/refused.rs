//! Programs that must not compile, and what their authors are told.

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
