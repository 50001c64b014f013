//! `kmsprep drill`: questions, decisions, scenarios and generated items, what is due first.

mod ask;
mod entry;
mod input;
pub(super) mod items;
mod review;
mod tally;

use super::common::Common;
use super::load::RulebookChoice;
use super::progress::{failure, open};
use super::{Edge, Exit, Failure, Format};
use crate::cloud::Random;
use crate::render;
use crate::rulebook::Rulebook;
use crate::study::{Candidate, Day, Grade, ItemKind, Limits, Memories, Place, Record, Session, Store};
use ask::Given;
use clap::Args;
use input::Input;
use items::{Item, Items};
use serde_json::json;
use tally::Counter;

/// Most different items of a session that only time limits.
const MOST_ITEMS: usize = 60;

/// `kmsprep drill`.
#[derive(Debug, Args)]
#[command(after_help = "On a terminal one key answers, and ? lists the keys. Otherwise it reads one answer a line from standard input: \
    letters, with a confidence from 1 to 3 behind them if you like (`b 3`), a number (`3.50 sure`), or h for a hint, s to skip, q to quit.\n\n\
    Every answer is on the disk before the next prompt. How long a session is, how much is remembered and by when: kmsprep plan.\n\n\
    Exit codes: 0 all right, 1 something was wrong, 2 unusable input.")]
pub(super) struct DrillArgs {
    /// Only items about one of these topics
    topics: Vec<String>,
    /// Ask so many different items, new ones if nothing is due
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Minutes of this session
    #[arg(long, value_name = "N", conflicts_with = "count")]
    minutes: Option<u32>,
    /// Only items of this kind
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Do not ask how sure you are
    #[arg(long)]
    no_confidence: bool,
    /// Keep nothing of this session
    #[arg(long)]
    ephemeral: bool,
    /// The number that decides order and letters; the day, if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    #[command(flatten)]
    common: Common,
}

/// Kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// Questions of the bank
    Questions,
    /// Single decisions of scenarios
    Decisions,
    /// Whole scenarios
    Scenarios,
    /// Items that are made from a seed
    Generated,
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong, a topic unknown, or progress cannot be kept.
pub(super) fn run(edge: &mut Edge, args: &DrillArgs) -> Result<Exit, Failure> {
    let rulebook = args.rulebook.rulebook();
    let today = Day::of(args.common.now());
    let seed = args.seed.unwrap_or_else(|| today.seed());
    let items = Items::load(&args.common.pack, rulebook, args.common.format)?;
    check_topics(&items, &args.topics)?;
    let only = args.only.map(|only| match only {
        Only::Questions => ItemKind::Question,
        Only::Decisions => ItemKind::Decision,
        Only::Scenarios => ItemKind::Scenario,
        Only::Generated => ItemKind::Generated,
    });
    let candidates = items.candidates(&args.topics, only);
    let store = if args.ephemeral { Store::ephemeral().map_err(failure)? } else { open(edge)? };
    let memories = store.memories().map_err(failure)?;
    let tempo = store.tempo().map_err(failure)?;
    let unseen = memories.unseen(candidates.iter().map(|candidate| candidate.id.as_str()));
    let pace = store.plan().pace(unseen, today);
    let minutes = u64::from(args.minutes.unwrap_or(store.plan().minutes));
    let limits = match args.count {
        Some(count) => Limits { items: count, new: count, seconds: None },
        None => {
            // Whoever names a topic wants it now, whatever the pace.
            let named = !args.topics.is_empty() || args.only.is_some();
            let new = if named { MOST_ITEMS } else { pace.new_a_day.saturating_sub(memories.new_on(today)) };
            Limits { items: MOST_ITEMS, new, seconds: Some(minutes.saturating_mul(60)) }
        }
    };
    let session = Session::plan(&candidates, &memories, today, seed, limits, &tempo);
    let talks = edge.interactive && args.common.format == Format::Text;
    let input = Input::open(edge, talks)?;
    let mut drill = Drill { edge, args, rulebook, items, store, memories, today, seed, input, counter: Counter::default() };
    let outcome = drill.session(session, &candidates);
    drill.input.close(drill.edge);
    let exit = outcome.and_then(|()| drill.closing(&candidates))?;
    Ok(exit)
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

/// A session that is going on.
struct Drill<'d> {
    edge: &'d mut Edge,
    args: &'d DrillArgs,
    rulebook: Rulebook,
    items: Items,
    store: Store,
    memories: Memories,
    today: Day,
    seed: u64,
    input: Input,
    counter: Counter,
}

impl Drill<'_> {
    fn session(&mut self, mut session: Session, candidates: &[Candidate]) -> Result<(), Failure> {
        self.opening(&session, candidates)?;
        while let Some(turn) = session.next_item() {
            let id = turn.id().to_owned();
            let memory = self.memories.get(&id).copied();
            let seen = memory.map_or(0, |memory| memory.seen);
            let seed = self.item_seed(&id, seen);
            let Some(item) = self.items.item(&id, seed, memory.as_ref()) else { continue };
            let place = render::Place { number: session.asked(), of: session.asked() + session.left(), seen };
            let given = match &item {
                Item::Question(question) => self.question(question, place)?,
                Item::Scenario(document) => self.scenario(document, place)?,
            };
            match given {
                Given::Ended => break,
                Given::Skipped => {
                    session.answered(turn, Grade::Skipped);
                    self.counter.count(&id, &item, Grade::Skipped, None);
                }
                Given::Answered(answer) => {
                    self.keep(&id, seed, &answer)?;
                    let comes_again = session.answered(turn, answer.grade);
                    self.counter.count(&id, &item, answer.grade, answer.confidence);
                    let next = self.next(&id, answer.grade, answer.confidence, comes_again);
                    let leaves = self.review(&item, &answer, &next, session.left() == 0)?;
                    if leaves || answer.last {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The seed of a generated item: another one each time that its family is asked.
    fn item_seed(&self, id: &str, seen: u32) -> u64 {
        match ItemKind::of(id) {
            Some(ItemKind::Generated) => {
                let [a, b, c, d, ..] = Random::new(self.seed).derive(&format!("{id} {seen}"));
                u64::from(u32::from_be_bytes([a, b, c, d]))
            }
            Some(ItemKind::Question | ItemKind::Decision | ItemKind::Scenario) | None => self.seed,
        }
    }

    /// Saves an answer; when this returns, it is on the disk.
    fn keep(&mut self, item: &str, seed: u64, answer: &ask::Answer) -> Result<(), Failure> {
        let record = Record {
            at: self.args.common.now(),
            item: item.to_owned(),
            answer: answer.chosen.clone(),
            confidence: answer.confidence,
            hints: answer.hints,
            seed,
            grade: answer.grade,
            millis: answer.millis,
            place: Place::Drill,
        };
        let known = self.store.notices().len();
        if let Some(memory) = self.store.record(&record).map_err(failure)? {
            self.memories.set(item, memory);
        }
        for notice in self.store.notices().iter().skip(known) {
            self.edge.note(&super::progress::notice(notice));
        }
        Ok(())
    }

    /// When an item comes again, as a sentence.
    fn next(&self, id: &str, grade: Grade, confidence: Option<u8>, comes_again: bool) -> String {
        let memory = self.memories.get(id);
        let due = memory.map_or(self.today, |memory| memory.due);
        let when = match (grade, comes_again) {
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
        };
        match memory.filter(|memory| memory.is_leech() && grade == Grade::Wrong) {
            Some(memory) => format!("{when}. It was forgotten {} times: read the rule aloud, or build it in a scenario", memory.lapses),
            None => when,
        }
    }

    fn opening(&mut self, session: &Session, candidates: &[Candidate]) -> Result<(), Failure> {
        let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
        let due = self.memories.due_by(ids(), self.today);
        let new = self.memories.unseen(ids());
        if self.args.common.format == Format::Json {
            return self
                .edge
                .print_json_line(&json!({"type": "session", "items": session.planned(), "due": due, "new": new, "seed": self.seed}));
        }
        let minutes = session.seconds().div_ceil(60).max(1);
        let about = format!("about {minutes} {}", if minutes == 1 { "minute" } else { "minutes" });
        let mut what = match (session.planned(), due) {
            (0, _) if new > 0 => {
                "Nothing is due, and today's new items are met. More now: kmsprep drill --count 5, or with a topic.".to_owned()
            }
            (0, _) => "There is nothing to ask.".to_owned(),
            (planned, 0) if session.is_ahead() => format!("Nothing is due. {planned} items ahead of time, {about}."),
            (planned, due) => {
                let items = if planned == 1 { "item" } else { "items" };
                format!("{planned} {items} in this session, {about}; {due} due, {new} never seen.")
            }
        };
        if let Some(days) = self.store.plan().pace(new, self.today).days_left {
            what.push_str(&format!(" Exam in {days} {}.", if days == 1 { "day" } else { "days" }));
        }
        self.edge.print(&format!("kmsprep drill\n{}\n", render::wrap(&what, self.edge.width, "", "")))
    }

    fn closing(&mut self, candidates: &[Candidate]) -> Result<Exit, Failure> {
        let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
        let today = self.memories.due_by(ids(), self.today);
        let tomorrow = self.memories.due_by(ids(), self.today.plus(1));
        let days = self.store.days().map_err(failure)?;
        let mut tally = self.counter.tally(today, tomorrow, !self.args.ephemeral);
        tally.streak = crate::study::streak(&days, self.today);
        tally.today = days.last().filter(|(day, _)| *day == self.today).map_or(0, |(_, answers)| *answers);
        tally.goal = self.store.plan().goal;
        match self.args.common.format {
            Format::Text => self.edge.print(&render::tally_text(&tally, self.edge.width))?,
            Format::Json => self.edge.print_json_line(&render::tally_json(&tally))?,
        }
        Ok(if tally.wrong() == 0 { Exit::Passed } else { Exit::Failed })
    }
}
