//! `kmsprep exam`: a practice paper in the shape of the exam; resume, list, review and forecast.

mod hand_in;
mod keys;
mod lines;
mod look_back;
mod room;
mod shelf;

pub(in crate::cli) use look_back::expected;

use super::common::Common;
use super::drill::items::Items;
use super::load::RulebookChoice;
use super::{Edge, Exit, Failure, Format};
use crate::cloud::format_instant;
use crate::render;
use crate::study::Day;
use crate::study::exam::{Blueprint, Paper, Sitting};
use clap::{Args, Subcommand};
use room::Room;
use shelf::Shelf;

/// What a paper is and is not.
const ABOUT: &str = "\
The real exam has 65 questions in 130 minutes: multiple choice (one of four) and multiple response (two or more of five or more, all or nothing). 50 of them are \
scored; 15 are not and are not marked. Unanswered counts as wrong, and guessing costs nothing. Scores run from 100 to 1000, and 720 passes, whatever the domains: \
secure 30 %, resilient 26 %, performing 24 %, cost 20 %.

A paper of kmsprep has that shape, and all its questions are about KMS. The real exam asks about much else: in three public collections of practice questions for it, \
1.8, 5.0 and 5.4 percent speak of KMS, CloudHSM or encryption by a service, which would be one to four questions of a paper. So this trains one \
topic at the exam's rhythm. It does not foretell the exam. Real scores are equated between forms, 720 is not 72 percent of the questions, and no practice score can be turned \
into a real one; the range beside it says how little even the number of questions tells.

On a terminal one key answers; ? lists the keys. Every answer is saved when it is given, and Ctrl-C leaves; the clock stands while kmsprep is not running, which the real one \
would not. Otherwise, and with --plain, one line is an answer or a command: `b`, `ac`, `n`, `p`, `m`, `g 5`, `r`, `submit`, `q`. The end of the input leaves the exam saved; with \
--ephemeral it hands in.

Exit codes: 0 a score of 720 or more, 1 less or not submitted, 2 unusable input.";

/// `kmsprep exam`.
#[derive(Debug, Args)]
#[command(after_long_help = ABOUT, after_help = "More: kmsprep exam --help", args_conflicts_with_subcommands = true)]
pub(super) struct ExamArgs {
    #[command(subcommand)]
    command: Option<ExamCommand>,
    #[command(flatten)]
    begin: BeginArgs,
}

#[derive(Debug, Subcommand)]
enum ExamCommand {
    /// Go on with an exam that was left
    Resume(OneArgs),
    /// The exams so far
    List(Common),
    /// Every question of a submitted exam, with what the answer did
    Review(ReviewArgs),
    /// What an exam would come to today, from what is remembered of drills
    Forecast(Common),
}

#[derive(Debug, Args)]
struct BeginArgs {
    /// 15 questions in 30 minutes instead of 65 in 130
    #[arg(long, conflicts_with = "questions")]
    mini: bool,
    /// So many questions, with two minutes for each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    questions: Option<u16>,
    /// The number that the paper is drawn with: the same number and bank give the same paper
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// So many minutes more
    #[arg(long, value_name = "MIN", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=600))]
    extra_time: u16,
    /// Allow a pause: z stops the clock and hides the question
    #[arg(long)]
    practice: bool,
    /// Without a clock
    #[arg(long)]
    untimed: bool,
    /// Begin though another exam is unfinished
    #[arg(long)]
    new: bool,
    /// Keep nothing; the end of the input hands in
    #[arg(long)]
    ephemeral: bool,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Its id, or how it begins; the latest one, if none is given
    id: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct ReviewArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Only what was not right
    #[arg(long)]
    misses: bool,
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong, an exam is not there, or nothing can be kept.
pub(super) fn run(edge: &mut Edge, args: &ExamArgs) -> Result<Exit, Failure> {
    match &args.command {
        None => begin(edge, &args.begin),
        Some(ExamCommand::Resume(args)) => resume(edge, args),
        Some(ExamCommand::List(args)) => look_back::list(edge, args),
        Some(ExamCommand::Review(args)) => look_back::review(edge, args),
        Some(ExamCommand::Forecast(args)) => look_back::forecast(edge, args),
    }
}

fn begin(edge: &mut Edge, args: &BeginArgs) -> Result<Exit, Failure> {
    let rulebook = args.rulebook.rulebook();
    let items = Items::load(&args.common.pack, rulebook, args.common.format)?;
    let shelf = if args.ephemeral { Shelf::none() } else { Shelf::open(edge)? };
    let sittings = shelf.sittings(edge)?;
    if let Some(unfinished) = sittings.iter().rev().find(|sitting| sitting.ended.is_none()).filter(|_| !args.new) {
        let answered = unfinished.count() - unfinished.open();
        return Err(Failure::Usage {
            message: format!("exam {} is unfinished: {answered} of {} answered", unfinished.id, unfinished.count()),
            help: Some("kmsprep exam resume goes on with it; kmsprep exam --new begins another".to_owned()),
        });
    }
    let blueprint = match (args.mini, args.questions) {
        (true, _) => Blueprint::mini(),
        (false, Some(questions)) => Blueprint::of(usize::from(questions)),
        (false, None) => Blueprint::full(),
    };
    let blueprint = blueprint.with_extra(u64::from(args.extra_time));
    let blueprint = if args.untimed { blueprint.untimed() } else { blueprint };
    let now = args.common.now();
    // A second exam on the same day has other questions.
    let seed = args.seed.unwrap_or_else(|| Day::of(now).seed() * 1_000 + u64::try_from(sittings.len()).unwrap_or(0));
    let paper = Paper::draw(&items.questions, seed, blueprint, rulebook);
    if paper.items.is_empty() {
        let message = "the bank has no question that an exam can ask".to_owned();
        return Err(Failure::Usage { message, help: None });
    }
    let earlier = sittings.iter().filter(|sitting| sitting.paper.id == paper.id).count();
    let sitting = Sitting::begin(paper, format_instant(now), args.practice, earlier);
    let look = look(edge);
    match args.common.format {
        Format::Text => edge.print(&render::exam_paper_text(&sitting, look))?,
        Format::Json => edge.print(&format!("{}\n", render::exam_paper_json(&sitting)))?,
    }
    Room::new(edge, &args.common, &items, shelf, sitting).sit()
}

fn resume(edge: &mut Edge, args: &OneArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(edge)?;
    let sittings = shelf.sittings(edge)?;
    let sitting = chosen(&sittings, args.id.as_deref(), |sitting| sitting.ended.is_none(), "unfinished")?.clone();
    if sitting.ended.is_some() {
        return Err(Failure::Usage {
            message: format!("exam {} was submitted", sitting.id),
            help: Some(format!("kmsprep exam review {}", sitting.id)),
        });
    }
    let items = Items::load(&args.common.pack, sitting.rulebook(), args.common.format)?;
    let mut room = Room::new(edge, &args.common, &items, shelf, sitting);
    room.say("The clock stood while kmsprep was not running; in the real exam it would have gone on.")?;
    room.differences()?;
    room.sit()
}

fn look(edge: &Edge) -> render::ExamLook {
    render::ExamLook { width: edge.width, plain: edge.plain }
}

/// The sitting with this id or beginning of one; the latest of which something holds, if none is named.
fn chosen<'s>(sittings: &'s [Sitting], id: Option<&str>, holds: impl Fn(&Sitting) -> bool, which: &str) -> Result<&'s Sitting, Failure> {
    let usage = |message: String| Failure::Usage { message, help: Some("kmsprep exam list shows the exams".to_owned()) };
    let Some(id) = id else {
        return sittings.iter().rev().find(|sitting| holds(sitting)).ok_or_else(|| usage(format!("there is no {which} exam")));
    };
    let exact = sittings.iter().find(|sitting| sitting.id == id);
    let mut like = sittings.iter().filter(|sitting| sitting.id.starts_with(id));
    match (exact, like.next(), like.next()) {
        (Some(sitting), _, _) | (None, Some(sitting), None) => Ok(sitting),
        (None, None, _) => Err(usage(format!("there is no exam `{}`", render::safe_line(id)))),
        (None, Some(_), Some(_)) => Err(usage(format!("several exams begin with `{}`", render::safe_line(id)))),
    }
}
