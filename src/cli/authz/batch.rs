//! `authz --batch`: lines in, lines out, in the same order, as they come.

use crate::authz::{LONGEST_LINE, answer_lines};
use crate::cli::{Edge, Exit, Failure};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// So much is read at once: enough lines for all cores, and little to wait for.
const CHUNK: usize = 1 << 20;

/// Answers every line of a file or of standard input.
///
/// # Errors
/// If the file cannot be read or the output cannot be written.
pub(super) fn run(edge: &mut Edge, path: Option<&Path>) -> Result<Exit, Failure> {
    let path = path.unwrap_or(Path::new("-"));
    let failed = |source| Failure::Io { doing: format!("read {}", path.display()), source };
    let mut input: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(File::open(path).map_err(failed)?) };
    let mut lines = Lines::default();
    let mut refused = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match input.read(&mut chunk) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let complete = if read == 0 { lines.end() } else { lines.push(chunk.get(..read).unwrap_or_default()) };
        let slices: Vec<&[u8]> = complete.iter().map(Vec::as_slice).collect();
        let (text, wrong) = answer_lines(&slices);
        refused += wrong;
        // Nobody reads any more: there is nothing left to do.
        if !edge.write(&text)? || read == 0 {
            break;
        }
    }
    Ok(if refused == 0 { Exit::Passed } else { Exit::Failed })
}

/// Bytes on their way to becoming lines.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes, and gives the lines that are complete.
    fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut complete = Vec::new();
        let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            // Of a line that is too long only enough is kept to say so: it may have no end.
            let room = (LONGEST_LINE + 1).saturating_sub(self.rest.len());
            self.rest.extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
            if pieces.peek().is_some() {
                let mut line = std::mem::take(&mut self.rest);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                complete.push(line);
            }
        }
        complete
    }

    /// What stands behind the last line end.
    fn end(&mut self) -> Vec<Vec<u8>> {
        if self.rest.is_empty() { Vec::new() } else { vec![std::mem::take(&mut self.rest)] }
    }
}
