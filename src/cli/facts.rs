//! `kmsprep facts`: searches the rulebook, and shows where the guide and today differ.

use super::drill::items::Items;
use super::{Edge, Exit, Failure, Format};
use crate::render::{self, EntryReport};
use crate::rulebook::{Entry, Found, Rulebook, search};
use crate::study::Exercise;
use clap::Args;
use std::path::PathBuf;

/// `kmsprep facts`.
#[derive(Debug, Args)]
#[command(
    after_help = "Facts are values that the guide and AWS today each have (a period, a price, a limit); claims are sentences of the guide \
    with what holds today. Words are found in any order, by their beginning, and with a slip of the finger.\n\n\
    Exit codes: 0 found, 1 nothing found, 2 unusable input."
)]
pub(super) struct FactsArgs {
    /// Words to look for, or the id of a fact or claim to see it in full; without any, a list by topic
    query: Vec<String>,
    /// Only where the guide and today differ
    #[arg(long)]
    differs: bool,
    /// All that is found, not only the best
    #[arg(long)]
    all: bool,
    /// A folder with more questions and scenarios
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong.
pub(super) fn run(edge: &mut Edge, args: &FactsArgs) -> Result<Exit, Failure> {
    let query = args.query.join(" ");
    let named = Entry::with_id(query.trim());
    if !named.is_empty() {
        return in_full(edge, args, &named);
    }
    if query.trim().is_empty() {
        // Without a word the claims would be too many to look through, unless those are wanted that differ.
        let wanted = |entry: &Entry| if args.differs { entry.differs() } else { matches!(entry, Entry::Fact(_)) };
        let entries: Vec<Entry> = Entry::all().filter(wanted).collect();
        match args.format {
            Format::Text => edge.print(&render::topics_text(&entries, args.differs, edge.width))?,
            Format::Json => edge.print_json(&render::entries_json("", &entries, true))?,
        }
        return Ok(Exit::Passed);
    }
    let mut found = search(&query);
    found.entries.retain(|entry| !args.differs || entry.differs());
    match args.format {
        Format::Text => match &found {
            Found { entries, whole: true } if entries.len() == 1 => return in_full(edge, args, entries),
            _ => edge.print(&render::found_text(&query, &found, args.all, edge.width))?,
        },
        Format::Json => edge.print_json(&render::entries_json(&query, &found.entries, found.whole))?,
    }
    Ok(if found.entries.is_empty() { Exit::Failed } else { Exit::Passed })
}

fn in_full(edge: &mut Edge, args: &FactsArgs, entries: &[Entry]) -> Result<Exit, Failure> {
    let items = Items::load(&args.pack, Rulebook::current(), args.format)?;
    let exercises = items.exercises();
    let exercising: Vec<Vec<&Exercise>> = entries.iter().map(|entry| exercises.iter().filter(|one| names(one, *entry)).collect()).collect();
    let reports: Vec<EntryReport<'_>> =
        entries.iter().zip(&exercising).map(|(entry, exercises)| EntryReport { entry: *entry, exercises }).collect();
    match args.format {
        Format::Text => {
            let texts: Vec<String> = reports.iter().map(|report| render::entry_text(report, edge.width)).collect();
            edge.print(&texts.join("\n"))?;
        }
        Format::Json => edge.print_json(&render::reports_json(&reports))?,
    }
    Ok(Exit::Passed)
}

/// Whether an exercise leans on a fact or names a claim.
fn names(exercise: &Exercise, entry: Entry) -> bool {
    match entry {
        Entry::Fact(fact) => exercise.facts.contains(fact.id),
        Entry::Claim(claim) => exercise.claims.contains(&claim),
    }
}
