//! `kmsprep` without a command: what is due, what is next, and a few commands to try.

use super::drill::items::{Item, Items};
use super::progress::{failure, open};
use super::{Edge, Exit, Failure, Format, edge, places};
use crate::rulebook::Rulebook;
use crate::study::{Day, Memories, Plan, Store, streak};

/// Runs the command. It only looks: without progress nothing is created.
///
/// # Errors
/// If progress cannot be read, or standard output not written.
pub(super) fn run(edge: &mut Edge) -> Result<Exit, Failure> {
    let mut items = Items::load(&[], Rulebook::current(), Format::Text)?;
    let candidates = items.candidates(&[], None);
    let (memories, plan, days) = if Store::path_in(&places::data_folder()?).exists() {
        let store = open(edge)?;
        (store.memories().map_err(failure)?, store.plan(), store.days().map_err(failure)?)
    } else {
        (Memories::default(), Plan::default(), Vec::new())
    };
    let today = Day::of(edge::now());
    let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
    let new = memories.unseen(ids());
    let seen = candidates.len() - new;
    let mut status = match (seen, memories.due_by(ids(), today)) {
        (0, _) => format!("No answers yet. {new} items are waiting."),
        (_, 0) => format!("Nothing is due. {} due tomorrow, {new} never seen.", memories.due_by(ids(), today.plus(1))),
        (_, due) => format!("{due} due now, {new} never seen."),
    };
    if let Some(days) = plan.pace(new, today).days_left {
        status.push_str(&format!(" Exam in {days} days."));
    }
    if let days @ 2.. = streak(&days, today) {
        status.push_str(&format!(" {days} days in a row."));
    }
    // The easiest scenario that was never solved.
    let next = candidates
        .iter()
        .filter(|candidate| candidate.id.starts_with("scenario:") && memories.get(&candidate.id).is_none())
        .min_by_key(|candidate| candidate.difficulty)
        .and_then(|candidate| items.item(&candidate.id, 0, None));
    let next = match &next {
        Some(Item::Scenario(document)) => document.id.as_str(),
        Some(Item::Question(_)) | None => "disabled-key",
    };
    edge.print(&format!(
        "kmsprep teaches AWS KMS by running it.\n{status}\n\n\
         \x20 kmsprep drill                   a session of a few minutes, what is due first\n\
         \x20 kmsprep plan --exam-date DATE   so that reviews are done in time\n\
         \x20 kmsprep scenario solve {next}\n\
         \x20                                 a hands-on task; `scenario list` shows all\n\
         \x20 kmsprep lint                    prove every task and question by running it\n"
    ))?;
    Ok(Exit::Passed)
}
