//! Components: interfaces that are traits, references with a type, what travels with a call, installation.

mod calls;
mod installing;
mod itself;
mod life;
mod marshaling;
mod services;
mod state;
mod support;
mod travellers;
