//! One line at a prompt.

use super::{Edge, Failure};
use inquire::{InquireError, Text};
use std::io::{self, BufRead as _};

/// Asks for a line; nothing if the learner leaves. `usual` is what Enter gives. For a screen reader nothing is drawn.
///
/// # Errors
/// If the terminal cannot be read.
pub(super) fn line(edge: &mut Edge, what: &str, help: Option<&str>, usual: Option<&str>) -> Result<Option<String>, Failure> {
    let failed = |source| Failure::Io { doing: "read an answer".to_owned(), source };
    if !edge.takes_keys() {
        let usual_text = usual.map(|usual| format!(" [{usual}]")).unwrap_or_default();
        let help = help.map(|help| format!(" ({help})")).unwrap_or_default();
        edge.print(&format!("{what}{usual_text}{help}: "))?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(failed)?;
        let given = Some(line.trim_end_matches(['\r', '\n']).to_owned()).filter(|given| !given.is_empty());
        return Ok((read > 0).then(|| given.or_else(|| usual.map(str::to_owned)).unwrap_or_default()));
    }
    let mut text = Text::new(what);
    text.help_message = help;
    text.default = usual;
    match text.prompt() {
        Ok(line) => Ok(Some(line)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(None),
        Err(InquireError::IO(source)) => Err(failed(source)),
        Err(other) => Err(Failure::Usage { message: other.to_string(), help: None }),
    }
}
