//! Colours by meaning.

use anstyle::{AnsiColor, Style};

/// What a piece of text means to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// The title.
    Title,
    /// Line numbers, lines of the tree, reasons.
    Dim,
    /// Names.
    Name,
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Take note.
    Warning,
    /// Nothing special.
    Plain,
}

/// Writes text in colours, or without.
#[derive(Clone, Copy)]
pub(super) struct Painter(pub(super) bool);

impl Painter {
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let text = &clean(text);
        let style = match tone {
            Tone::Title => Style::new().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Name => AnsiColor::Cyan.on_default(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Warning => AnsiColor::Yellow.on_default(),
            Tone::Plain => return text.clone(),
        };
        if self.0 && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.clone() }
    }
}

/// Names and texts come from a file: what would steer the terminal is made visible instead.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
