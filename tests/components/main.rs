//! Components: interfaces that are traits, references with a type, what travels with a call, installation.

mod calls;
mod support;
