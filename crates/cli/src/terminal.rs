//! Standard output and standard error.

use anstream::AutoStream;
use clap::ValueEnum;
use std::io::{self, BufWriter, IsTerminal, Write};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment says otherwise (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`)
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Columns where the width is not known: output that goes to a file.
const WIDTH_ELSE: usize = 100;

/// Where the program's words go.
#[derive(Debug)]
pub struct Terminal {
    has_color_out: bool,
    has_color_err: bool,
}

impl Terminal {
    /// Decides about colours.
    pub fn new(choice: ColorChoice) -> Self {
        let decide = |auto: anstream::ColorChoice| match choice {
            ColorChoice::Auto => !matches!(auto, anstream::ColorChoice::Never),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Self {
            has_color_out: decide(AutoStream::choice(&io::stdout())),
            has_color_err: decide(AutoStream::choice(&io::stderr())),
        }
    }

    /// Whether standard output gets colours.
    pub fn has_color(&self) -> bool {
        self.has_color_out
    }

    /// Whether standard error gets colours.
    pub fn has_color_err(&self) -> bool {
        self.has_color_err
    }

    /// Columns of the terminal that standard output is; 100 if it is none.
    pub fn width(&self) -> usize {
        if !io::stdout().is_terminal() {
            return WIDTH_ELSE;
        }
        terminal_size::terminal_size().map_or(WIDTH_ELSE, |(width, _)| usize::from(width.0))
    }

    /// Standard output, buffered: flush it at the end.
    pub fn out(&self) -> BufWriter<io::StdoutLock<'static>> {
        BufWriter::new(io::stdout().lock())
    }

    /// Writes to standard output at once.
    ///
    /// # Errors
    /// What writing gives; a reader that went away among it.
    pub fn print(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Says on standard error what is wrong. Nobody is left to tell if that does not work.
    pub fn complain(&self, message: &str) {
        self.say("error", Style::Error, message);
    }

    /// Says on standard error what looks wrong.
    pub fn warn(&self, message: &str) {
        self.say("warning", Style::Warning, message);
    }

    /// Writes a line, or several, to standard error.
    pub fn note(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    fn say(&self, word: &str, style: Style, message: &str) {
        self.note(&format!("{}: {message}", style.paint(word, self.has_color_err)));
    }
}

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// What went wrong: bold red.
    Error,
    /// What looks wrong: bold yellow.
    Warning,
    /// What is good: green.
    Good,
    /// What is missing: red.
    Bad,
    /// Headings and names: bold.
    Strong,
    /// Less important: dim.
    Faint,
}

impl Style {
    /// The text in this style, or as it is where there are no colours.
    pub fn paint(self, text: &str, has_color: bool) -> String {
        if !has_color {
            return text.to_owned();
        }
        let code = match self {
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Strong => "1",
            Self::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_colours_is_left_alone() {
        assert_eq!(Style::Error.paint("x", false), "x");
        assert_eq!(Style::Error.paint("x", true), "\x1b[1;31mx\x1b[0m");
    }
}
