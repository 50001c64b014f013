//! The exams so far, the review of one, and the forecast.

use super::shelf::Shelf;
use super::{ReviewArgs, chosen, look};
use crate::cli::common::Common;
use crate::cli::drill::items::Items;
use crate::cli::{Edge, Exit, Failure, Format, progress};
use crate::render::{self, Answered, Reviewed};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::study::exam::{self, Forecast, ForecastGroup, Marked, Outcome, Score, Sitting, can_be_asked, chance, score};
use crate::study::{Day, Grade, ItemKind, Memories, Question, run_question};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _};

pub(super) fn list(edge: &mut Edge, args: &Common) -> Result<Exit, Failure> {
    let sittings = Shelf::open(edge)?.sittings(edge)?;
    // Each is marked under its own rulebook; most learners never leave today's.
    let kinds: BTreeSet<RulebookKind> =
        sittings.iter().filter(|sitting| sitting.ended.is_some()).map(|sitting| sitting.rulebook().kind).collect();
    let banks = kinds.into_iter().map(|kind| Items::load(&args.pack, Rulebook::of(kind), args.format).map(|items| (kind, items)));
    let banks = banks.collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let score_of = |sitting: &Sitting| -> Option<Score> {
        sitting.ended?;
        Some(score(sitting, &banks.get(&sitting.rulebook().kind)?.questions))
    };
    let list: Vec<(&Sitting, Option<Score>)> = sittings.iter().rev().map(|sitting| (sitting, score_of(sitting))).collect();
    match args.format {
        Format::Text => edge.print(&render::exam_list_text(&list, look(edge)))?,
        Format::Json => edge.print_json(&render::exam_list_json(&list))?,
    }
    Ok(Exit::Passed)
}

pub(super) fn review(edge: &mut Edge, args: &ReviewArgs) -> Result<Exit, Failure> {
    let sittings = Shelf::open(edge)?.sittings(edge)?;
    let sitting = chosen(&sittings, args.one.id.as_deref(), |sitting| sitting.ended.is_some(), "submitted")?;
    if sitting.ended.is_none() {
        return Err(Failure::Usage {
            message: format!("exam {} is not submitted, and its answers are told only then", sitting.id),
            help: Some("kmsprep exam resume goes on with it".to_owned()),
        });
    }
    let items = Items::load(&args.one.common.pack, sitting.rulebook(), args.one.common.format)?;
    let score = score(sitting, &items.questions);
    if args.one.common.format == Format::Text {
        for told in render::exam_differences(sitting, &items.questions) {
            edge.print(&format!("{}\n", render::wrap(&told, edge.width, "", "  ")))?;
        }
    }
    let waits = edge.interactive && args.one.common.format == Format::Text;
    let asked = |mark: &Marked| !args.misses || mark.outcome != Outcome::Right;
    let shown: Vec<usize> = score.marks.iter().enumerate().filter(|(_, mark)| asked(mark)).map(|(at, _)| at).collect();
    for (index, at) in shown.iter().enumerate() {
        if waits && index > 0 && is_end(edge)? {
            break;
        }
        one(edge, args.one.common.format, &items, sitting, &score, *at)?;
    }
    let topics = super::hand_in::weak_topics(sitting, &score, &items.questions);
    match args.one.common.format {
        Format::Text => {
            let text = render::exam_result_text(sitting, &score, &topics, look(edge));
            edge.print(&format!("\n{text}"))?;
        }
        Format::Json => edge.print(&format!("{}\n", render::exam_result_json(sitting, &score, &topics)))?,
    }
    Ok(if score.passed() { Exit::Passed } else { Exit::Failed })
}

/// Waits for enter; whether the reader has enough.
fn is_end(edge: &mut Edge) -> Result<bool, Failure> {
    edge.print("\nenter next   q end of the review\n> ")?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(|source| Failure::Io { doing: "read a line".to_owned(), source })?;
    Ok(read == 0 || line.trim().eq_ignore_ascii_case("q"))
}

/// Shows one question with what its answer did when it ran.
fn one(edge: &mut Edge, format: Format, items: &Items, sitting: &Sitting, score: &Score, at: usize) -> Result<(), Failure> {
    let (Some(item), Some(entry), Some(mark)) = (sitting.paper.items.get(at), sitting.entries.get(at), score.marks.get(at)) else {
        return Ok(());
    };
    let question = sitting.found(at, &items.questions).question();
    let place = |question: &Question, name: &String| question.options.iter().position(|option| option.name == *name);
    let order: Vec<usize> = question.map_or_else(Vec::new, |question| item.order.iter().filter_map(|name| place(question, name)).collect());
    // In the order of the file, so that equal answers run equally.
    let mut names = entry.chosen.clone();
    names.sort();
    // Too few options are no answer that could run.
    let whole = names.len() == item.choose;
    let ran = |question: &Question, names: &[String]| run_question(question, names, sitting.rulebook()).ok().flatten();
    let verdict = question.filter(|_| whole).and_then(|question| ran(question, &names));
    let missed = question.filter(|_| mark.outcome != Outcome::Right);
    let right = missed.and_then(|question| ran(question, question.key_under(sitting.rulebook())));
    let try_next = question.map(|question| items.try_next(question)).unwrap_or_default();
    let grade = if mark.outcome == Outcome::Right { Grade::Right } else { Grade::Wrong };
    let answered = question.map(|question| Answered {
        question,
        order: &order,
        chosen: &names,
        grade,
        confidence: None,
        verdict: verdict.as_ref(),
        right: right.as_ref(),
        next: "kmsprep drill asks it when it is due",
        try_next: &try_next,
        sources: &items.sources,
        rulebook: sitting.rulebook(),
    });
    let reviewed = Reviewed { number: at + 1, of: sitting.count(), mark: *mark, answered };
    match format {
        Format::Text => edge.print(&render::exam_reviewed_text(&reviewed, look(edge))),
        Format::Json => edge.print(&format!("{}\n", render::exam_reviewed_json(&reviewed))),
    }
}

/// The forecast over all questions that an exam can ask, from what drills and exams left in memory, and the number of answers behind it.
pub(in crate::cli) fn expected(items: &Items, memories: &Memories, today: Day) -> (Option<Forecast>, usize) {
    let mut answers = 0;
    let groups: Vec<ForecastGroup> = items
        .questions
        .iter()
        .filter(|question| can_be_asked(question))
        .map(|question| {
            let memory = memories.get(&ItemKind::Question.id(&question.id));
            answers += memory.map_or(0, |memory| usize::try_from(memory.seen).unwrap_or(0));
            ForecastGroup {
                domain: question.domain,
                recalls: memory.map(|memory| f64::from(memory.recall(today))).into_iter().collect(),
                unseen: usize::from(memory.is_none()),
                chance: chance(question.options.len(), question.kind.count()),
            }
        })
        .collect();
    (exam::forecast(&groups, answers), answers)
}

/// Prints the forecast.
pub(super) fn forecast(edge: &mut Edge, args: &Common) -> Result<Exit, Failure> {
    let items = Items::load(&args.pack, Rulebook::current(), args.format)?;
    let memories = progress::open(edge)?.memories().map_err(progress::failure)?;
    let (forecast, answers) = expected(&items, &memories, Day::of(args.now()));
    match args.format {
        Format::Text => edge.print(&render::exam_forecast_text(forecast.as_ref(), answers, look(edge)))?,
        Format::Json => edge.print_json(&render::exam_forecast_json(forecast.as_ref(), answers))?,
    }
    Ok(Exit::Passed)
}
