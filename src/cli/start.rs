//! `kmsprep` without a command: what to do next.

use super::{Edge, Exit, Failure};

/// Runs the command.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn run(edge: &mut Edge) -> Result<Exit, Failure> {
    edge.print(
        "kmsprep teaches AWS KMS by running it.\n\n\
         \x20 kmsprep drill             questions and scenarios, what is due first\n\
         \x20 kmsprep scenario list     hands-on tasks in a simulated AWS\n\
         \x20 kmsprep lint              prove that every task is right\n",
    )?;
    Ok(Exit::Passed)
}
