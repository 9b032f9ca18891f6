//! Views: the same trace for people and for programs.

mod applications;
mod calls;
pub mod component;
#[cfg(test)]
mod every_event;
pub mod json;
mod objects;
mod phrase;
pub mod reasons;
mod style;
pub mod text;
mod tree;

/// How the text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// With terminal colours.
    pub colours: bool,
    /// With the reasons of each decision.
    pub why: bool,
}
