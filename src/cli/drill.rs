//! `kmsprep drill`: questions and scenarios, what is due first.

mod ask;
pub(super) mod items;
mod tally;
mod typed;

use super::load::RulebookChoice;
use super::{Edge, Exit, Failure, Format, edge, places};
use crate::cloud::{Instant, parse_instant};
use crate::render;
use crate::rulebook::Rulebook;
use crate::study::{Candidate, Day, Grade, History, ItemKind, Limits, ProgressError, ProgressLog, Record, Session};
use ask::Given;
use clap::Args;
use items::{Item, Items};
use serde_json::json;
use std::path::PathBuf;
use tally::Counter;

/// Different items of a session that nobody sized.
const ITEMS: usize = 12;

/// Items of such a session that the learner never saw.
const NEW_ITEMS: usize = 5;

/// `kmsprep drill`.
#[derive(Debug, Args)]
#[command(after_help = "On a terminal it asks and waits. Otherwise it reads one answer a line from standard input: letters, \
    with a confidence from 1 to 3 behind them if you like (`b 3`), or h for a hint, s to skip, q to quit.\n\n\
    Exit codes: 0 all right, 1 something was wrong, 2 unusable input.")]
pub(super) struct DrillArgs {
    /// Only items about one of these topics
    topics: Vec<String>,
    /// Ask so many different items, new ones if nothing is due
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Only items of this kind
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Add so many questions about bills that are made for this session
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=50))]
    generated: u8,
    /// Keep nothing of this session
    #[arg(long)]
    ephemeral: bool,
    /// The number that decides order and letters; the day, if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    /// Form of the output; json is one object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// A folder with more questions and scenarios
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// The time to go by, for tests
    #[arg(long, value_name = "TIME", hide = true, value_parser = instant)]
    now: Option<Instant>,
}

/// Kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// Single questions
    Questions,
    /// Whole scenarios
    Scenarios,
}

fn instant(text: &str) -> Result<Instant, String> {
    parse_instant(text).ok_or_else(|| "expected a time such as 2026-03-01T12:00:00Z".to_owned())
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong, a topic unknown, or progress cannot be kept.
pub(super) fn run(edge: &mut Edge, args: &DrillArgs) -> Result<Exit, Failure> {
    let rulebook = args.rulebook.rulebook();
    let today = Day::of(now(args));
    let seed = args.seed.unwrap_or_else(|| today.seed());
    let items = Items::load(&args.pack, rulebook, args.format)?.with_generated(seed, args.generated, rulebook, args.format)?;
    check_topics(&items, &args.topics)?;
    let only = args.only.map(|only| match only {
        Only::Questions => ItemKind::Question,
        Only::Scenarios => ItemKind::Scenario,
    });
    let candidates = items.candidates(&args.topics, only);
    let (log, history) = open(edge, args)?;
    let limits = Limits { items: args.count.unwrap_or(ITEMS), new: args.count.unwrap_or(NEW_ITEMS) };
    let session = Session::plan(&candidates, &history, today, seed, limits);
    let interactive = edge.interactive && args.format == Format::Text;
    let mut drill = Drill { edge, args, rulebook, items: &items, log, history, today, seed, interactive, counter: Counter::default() };
    drill.session(session, &candidates)
}

fn now(args: &DrillArgs) -> Instant {
    args.now.unwrap_or_else(edge::now)
}

fn check_topics(items: &Items, topics: &[String]) -> Result<(), Failure> {
    let known = items.topics();
    match topics.iter().find(|topic| !known.contains(topic.as_str())) {
        None => Ok(()),
        Some(topic) => {
            let list = known.iter().copied().collect::<Vec<_>>().join(", ");
            let help = crate::diag::suggestion(topic, known).unwrap_or(format!("topics are {list}"));
            Err(Failure::Usage { message: format!("there is no topic `{topic}`"), help: Some(help) })
        }
    }
}

/// The log and what it tells. Damaged lines are reported and left alone.
fn open(edge: &mut Edge, args: &DrillArgs) -> Result<(ProgressLog, History), Failure> {
    if args.ephemeral {
        return Ok((ProgressLog::ephemeral(), History::default()));
    }
    let (log, loaded) = ProgressLog::open(&places::data_folder()?).map_err(progress)?;
    for damage in &loaded.damaged {
        edge.note(&format!("warning: progress.jsonl: {damage}"));
    }
    Ok((log, History::of(&loaded.records)))
}

pub(super) fn progress(error: ProgressError) -> Failure {
    let doing = error.to_string();
    let doing = doing.strip_prefix("cannot ").unwrap_or(&doing).to_owned();
    let (ProgressError::Folder { source, .. } | ProgressError::Read { source, .. } | ProgressError::Write { source, .. }) = error;
    Failure::Io { doing, source }
}

/// A session that is going on.
struct Drill<'d> {
    edge: &'d mut Edge,
    args: &'d DrillArgs,
    rulebook: Rulebook,
    items: &'d Items,
    log: ProgressLog,
    history: History,
    today: Day,
    seed: u64,
    interactive: bool,
    counter: Counter,
}

impl Drill<'_> {
    fn session(&mut self, mut session: Session, candidates: &[Candidate]) -> Result<Exit, Failure> {
        self.opening(&session, candidates)?;
        while let Some(turn) = session.next_item() {
            let Some(item) = self.items.item(turn.id()) else { continue };
            let seen = self.history.memory(turn.id()).map_or(0, |memory| memory.seen);
            let place = render::Place { number: session.asked(), of: session.asked() + session.left(), seen };
            let given = match item {
                Item::Question(question) => self.question(question, place)?,
                Item::Scenario(document) => self.scenario(document, place)?,
            };
            let (grade, after) = match given {
                Given::Ended => break,
                Given::Skipped => (Grade::Skipped, None),
                Given::Answered(answered) => {
                    let grade = answered.grade;
                    self.keep(turn.id(), &answered)?;
                    (grade, Some(answered))
                }
            };
            let id = turn.id().to_owned();
            let comes_again = session.answered(turn, grade);
            let confidence = after.as_ref().and_then(|answered| answered.confidence);
            self.counter.count(&id, item, grade, confidence);
            if let Some(answered) = after {
                let next = self.next(&id, grade, confidence, comes_again);
                self.review(item, &answered, &next)?;
                if session.left() > 0 && self.pause()? {
                    break;
                }
            }
        }
        self.closing(candidates)
    }

    /// Saves an answer; when this returns, it is on the disk.
    fn keep(&mut self, item: &str, answered: &ask::Answer) -> Result<(), Failure> {
        let record = Record {
            at: now(self.args),
            item: item.to_owned(),
            answer: answered.chosen.clone(),
            confidence: answered.confidence,
            hints: answered.hints,
            seed: self.seed,
            grade: answered.grade,
        };
        self.log.append(&record).map_err(progress)?;
        self.history.learn(item, answered.grade, self.today);
        Ok(())
    }

    /// When an item comes again, as a sentence.
    fn next(&self, id: &str, grade: Grade, confidence: Option<u8>, comes_again: bool) -> String {
        let due = self.history.memory(id).map_or(self.today, |memory| memory.due);
        match (grade, comes_again) {
            (Grade::Wrong, true) if confidence == Some(3) => {
                "you were sure, so this comes again after a few other items, and tomorrow once more".to_owned()
            }
            (Grade::Wrong, true) => "this comes again after a few other items".to_owned(),
            (Grade::Lucky, true) => "a guess is not yet knowledge: this comes again in this session".to_owned(),
            (Grade::Wrong | Grade::Lucky, false) => "this stays due: kmsprep drill asks it again".to_owned(),
            (Grade::Right | Grade::Skipped, _) => match self.today.days_to(due) {
                1 => "this comes again tomorrow".to_owned(),
                days => format!("this comes again in {days} days, on {due}"),
            },
        }
    }

    fn opening(&mut self, session: &Session, candidates: &[Candidate]) -> Result<(), Failure> {
        let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
        let due = self.history.due_by(ids(), self.today);
        let new = ids().filter(|id| self.history.memory(id).is_none()).count();
        if self.args.format == Format::Json {
            return self.json(&json!({"type": "session", "items": session.planned(), "due": due, "new": new, "seed": self.seed}));
        }
        let what = match (session.planned(), due) {
            (0, _) => "There is nothing to ask.".to_owned(),
            (planned, 0) if new == 0 => format!("Nothing is due. {planned} items ahead of time."),
            (planned, due) => {
                format!("{planned} {} in this session; {due} due, {new} never seen.", if planned == 1 { "item" } else { "items" })
            }
        };
        self.edge.print(&format!("kmsprep drill\n{what}\n"))
    }

    fn closing(&mut self, candidates: &[Candidate]) -> Result<Exit, Failure> {
        let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
        let today = self.history.due_by(ids(), self.today);
        let tomorrow = self.history.due_by(ids(), self.today.plus(1));
        let tally = self.counter.tally(today, tomorrow, !self.args.ephemeral);
        match self.args.format {
            Format::Text => self.edge.print(&render::tally_text(&tally, self.edge.width))?,
            Format::Json => self.json(&render::tally_json(&tally))?,
        }
        Ok(if tally.wrong() == 0 { Exit::Passed } else { Exit::Failed })
    }

    /// One object on one line.
    fn json(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        self.edge.print(&format!("{value}\n"))
    }
}
