//! `kmsprep` without a command: what is due, what is next, and a few commands to try.

use super::drill::items::{Item, Items};
use super::drill::progress;
use super::{Edge, Exit, Failure, Format, edge, places};
use crate::rulebook::Rulebook;
use crate::study::{Day, History, ProgressLog};

/// Runs the command. It only looks: without progress nothing is created.
///
/// # Errors
/// If progress cannot be read, or standard output not written.
pub(super) fn run(edge: &mut Edge) -> Result<Exit, Failure> {
    let items = Items::load(&[], Rulebook::current(), Format::Text)?;
    let candidates = items.candidates(&[], None);
    let folder = places::data_folder()?;
    let history = if folder.exists() {
        let (_, loaded) = ProgressLog::open(&folder).map_err(progress)?;
        History::of(&loaded.records)
    } else {
        History::default()
    };
    let today = Day::of(edge::now());
    let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
    let seen = ids().filter(|id| history.memory(id).is_some()).count();
    let new = candidates.len() - seen;
    let status = match (seen, history.due_by(ids(), today)) {
        (0, _) => format!("No answers yet. {new} questions and scenarios are waiting."),
        (_, 0) => format!("Nothing is due. {} due tomorrow, {new} never seen.", history.due_by(ids(), today.plus(1))),
        (_, due) => format!("{due} due now, {new} never seen."),
    };
    // The easiest scenario that was never solved.
    let next = candidates
        .iter()
        .filter(|candidate| history.memory(&candidate.id).is_none())
        .filter_map(|candidate| match items.item(&candidate.id)? {
            Item::Scenario(document) => Some(document),
            Item::Question(_) => None,
        })
        .min_by_key(|document| document.difficulty);
    let next = next.map_or("disabled-key", |document| document.id.as_str());
    edge.print(&format!(
        "kmsprep teaches AWS KMS by running it.\n{status}\n\n\
         \x20 kmsprep drill                   a session of a few minutes, what is due first\n\
         \x20 kmsprep scenario solve {next}\n\
         \x20                                 a hands-on task; `scenario list` shows all\n\
         \x20 kmsprep lint                    prove every task and question by running it\n"
    ))?;
    Ok(Exit::Passed)
}
