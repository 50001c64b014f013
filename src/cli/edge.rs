//! The edge of the program: terminal, pipes, colour, width and exit codes.

use super::terminal::Terminal;
use crate::cloud::Instant;
use crate::diag::{Diagnostic, Sources};
use crate::render;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// The variable that asks for plain text, as `--plain` does.
const PLAIN: &str = "KMSPREP_PLAIN";

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Right, or passed.
    Passed,
    /// Wrong, or failed.
    Failed,
    /// The input could not be used.
    Unusable,
}

impl Exit {
    /// The code of the process.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::Unusable => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// The form of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TableFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets: a line of names, then a line for each row
    Csv,
}

impl TableFormat {
    /// The form in which to report what is wrong.
    #[must_use]
    pub fn of_errors(self) -> Format {
        match self {
            TableFormat::Json => Format::Json,
            TableFormat::Text | TableFormat::Csv => Format::Text,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something is wrong with files.
    #[error("{} problems in the input", diagnostics.len())]
    Input {
        /// The files.
        sources: Sources,
        /// What is wrong with them.
        diagnostics: Vec<Diagnostic>,
        /// How to report it.
        format: Format,
    },
    /// Something is wrong with the command line.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// Reading or writing failed.
    #[error("cannot {doing}")]
    Io {
        /// What was being done, with the file.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Failure {
    /// A failure to read or write standard streams.
    #[must_use]
    pub fn stream(source: io::Error) -> Self {
        Failure::Io { doing: "write the output".to_owned(), source }
    }
}

/// The terminal or pipe that the program talks to.
#[derive(Debug)]
pub struct Edge {
    /// Whether to use colour on standard output.
    pub color: bool,
    /// Columns to lay text out for.
    pub width: usize,
    /// Whether somebody sits there who can be asked.
    pub interactive: bool,
    /// Whether a screen reader may be listening: nothing is drawn, and lines are typed.
    pub plain: bool,
    /// Whether the terminal hands over single keys: then it does not return to the first column by itself.
    raw: bool,
    errors_in_color: bool,
}

impl Edge {
    /// Looks at the terminal.
    #[must_use]
    pub fn new(choice: ColorChoice, plain: bool) -> Self {
        let allowed = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let out = io::stdout().is_terminal();
        Edge {
            color: allowed(out),
            width: width(out),
            interactive: out && io::stdin().is_terminal(),
            plain: plain || std::env::var_os(PLAIN).is_some_and(|value| !value.is_empty() && value != "0"),
            raw: false,
            errors_in_color: allowed(io::stderr().is_terminal()),
        }
    }

    /// Whether somebody sits there whose terminal hands over single keys and can go back in its line.
    pub(super) fn takes_keys(&self) -> bool {
        self.interactive && !self.plain && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
    }

    /// Opens the terminal for single keys. While it is open, nothing else reads standard input.
    ///
    /// # Errors
    /// If the terminal does not obey.
    pub(super) fn keys(&mut self) -> Result<Terminal, Failure> {
        let terminal = Terminal::open().map_err(|source| Failure::Io { doing: "use the terminal".to_owned(), source })?;
        self.raw = true;
        Ok(terminal)
    }

    /// Puts the terminal back.
    pub(super) fn close(&mut self, terminal: Option<Terminal>) {
        drop(terminal);
        self.raw = false;
    }

    /// Looks at the width of the terminal again.
    pub fn measure(&mut self) {
        self.width = width(io::stdout().is_terminal());
    }

    /// Prints text. That nobody reads any more is no error.
    ///
    /// # Errors
    /// If standard output cannot be written for another reason.
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.write(text).map(drop)
    }

    /// Prints text, and tells whether somebody still reads.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn write(&mut self, text: &str) -> Result<bool, Failure> {
        let mut out = io::stdout().lock();
        let text = if self.plain { render::without_rules(text) } else { Cow::Borrowed(text) };
        let text = if self.raw { Cow::Owned(text.replace('\n', "\r\n")) } else { text };
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            other => other.map(|()| true).map_err(Failure::stream),
        }
    }

    /// Prints a value as JSON.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn print_json(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        self.print(&format!("{value:#}\n"))
    }

    /// Prints a value as JSON on one line.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(super) fn print_json_line(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        self.print(&format!("{value}\n"))
    }

    /// Prints a sentence that stands between other things: as text, or as an object of its own.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(super) fn say(&mut self, format: Format, text: &str) -> Result<(), Failure> {
        match format {
            Format::Text => self.print(&format!("{}\n", render::wrap(&render::safe(text), self.width, "", "  "))),
            Format::Json => self.print_json_line(&serde_json::json!({"type": "note", "text": text})),
        }
    }

    /// Says something on standard error that is no part of the result.
    pub fn note(&mut self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", render::safe(text));
    }

    /// Tells why a command could not do its work.
    #[must_use]
    pub fn report(&mut self, failure: &Failure) -> Exit {
        let text = match failure {
            Failure::Input { sources, diagnostics, format: Format::Json } => {
                let json = render::diagnostics_json(diagnostics, sources);
                let _ = self.print_json(&serde_json::json!({ "diagnostics": json }));
                return Exit::Unusable;
            }
            Failure::Input { sources, diagnostics, format: Format::Text } => {
                render::diagnostics_text(diagnostics, sources, self.errors_in_color, self.width)
            }
            Failure::Usage { message, help } => {
                let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
                format!("error: {message}{help}\n")
            }
            Failure::Io { source, .. } => format!("error: {failure}: {source}\n"),
        };
        let _ = io::stderr().lock().write_all(render::safe(&text).as_bytes());
        Exit::Unusable
    }
}

/// The time, which nothing below the edge may ask for.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the edge asks once and passes the time on")]
pub(super) fn now() -> Instant {
    Instant::from(std::time::SystemTime::now())
}

/// A clock that only runs forward, for the time that an exam takes.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the edge measures and passes the time on")]
pub(super) fn tick() -> std::time::Instant {
    std::time::Instant::now()
}

/// The columns of the terminal; 80 where there is none. Text is never laid out wider than 100.
fn width(terminal: bool) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    let found = terminal.then(terminal_size::terminal_size).flatten().map(|(columns, _)| usize::from(columns.0));
    asked.or(found).unwrap_or(80).clamp(40, 100)
}
