//! `kmsprep stats`: what the answers so far tell.

use super::common::Common;
use super::drill::items::{Item, Items};
use super::progress::{failure, open};
use super::{Edge, Exit, Failure, Format, exam};
use crate::render::{self, StatsLook};
use crate::rulebook::{Claim, Rulebook};
use crate::study::{Candidate, Day, StatItem, Stats};
use clap::Args;

/// `kmsprep stats`.
#[derive(Debug, Args)]
#[command(
    after_help = "Recall is what the forgetting curve of FSRS expects today; items that were never answered count as not recalled. Shares come with \
    the range in which they lie with 95 percent. Nothing leaves this computer."
)]
pub(super) struct StatsArgs {
    /// Every section of the guide instead of its chapters
    #[arg(long)]
    sections: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong or progress cannot be read.
pub(super) fn run(edge: &mut Edge, args: &StatsArgs) -> Result<Exit, Failure> {
    let today = Day::of(args.common.now());
    let mut items = Items::load(&args.common.pack, Rulebook::current(), args.common.format)?;
    let store = open(edge)?;
    let memories = store.memories().map_err(failure)?;
    let records = store.records().map_err(failure)?;
    let days = store.days().map_err(failure)?;
    let candidates = items.candidates(&[], None);
    let stat_items: Vec<StatItem> = candidates.into_iter().map(|candidate| stat_item(&mut items, candidate)).collect();
    let (forecast, _) = exam::expected(&items, &memories, today);
    let stats = Stats::of(&stat_items, &memories, &records, &days, store.plan(), today, forecast);
    match args.common.format {
        Format::Text => {
            let look = StatsLook { width: edge.width, plain: edge.plain, sections: args.sections };
            edge.print(&render::stats_text(&stats, look))?;
        }
        Format::Json => edge.print_json(&render::stats_json(&stats))?,
    }
    Ok(Exit::Passed)
}

/// An item with where it belongs: by its main topic, so that each counts once.
fn stat_item(items: &mut Items, candidate: Candidate) -> StatItem {
    let (claims, facts): (Vec<&'static Claim>, Vec<String>) = match items.item(&candidate.id, 0, None) {
        Some(Item::Question(question)) => (question.claims.clone(), question.facts.clone()),
        Some(Item::Scenario(document)) => (document.claims.clone(), Vec::new()),
        None => (Vec::new(), Vec::new()),
    };
    let main = claims.first();
    StatItem {
        id: candidate.id,
        kind: candidate.kind,
        topics: vec![candidate.topic],
        chapter: main.map(|claim| claim.chapter()),
        section: main.map(|claim| claim.section),
        facts,
    }
}
