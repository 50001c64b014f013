//! A question, what came of the answer, and the end of a drill.

use super::scenario::{heading, letter, rule};
use super::verdict::{check_json, check_text, quote};
use super::{safe, safe_line, wrap};
use crate::diag::Sources;
use crate::rulebook::{Fact, Rulebook};
use crate::scenario::Verdict;
use crate::study::{Evidence, Grade, Kind, Question, QuestionOption};
use serde_json::{Value, json};

/// Where in a session an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub number: usize,
    /// How many there are, as it looks now.
    pub of: usize,
    /// How often the learner has seen it before.
    pub seen: u32,
}

impl Place {
    /// `[3/17]`.
    fn mark(self) -> String {
        format!("[{}/{}]", self.number, self.of)
    }

    fn history(self) -> String {
        if self.seen == 0 { "new".to_owned() } else { format!("seen {}x", self.seen) }
    }
}

/// The number as the exam writes it.
pub(super) fn capitals(count: usize) -> String {
    match count {
        1 => "ONE".to_owned(),
        2 => "TWO".to_owned(),
        3 => "THREE".to_owned(),
        more => more.to_string(),
    }
}

/// The options in the order in which they are shown, with their letters.
fn lettered<'q>(question: &'q Question, order: &[usize]) -> Vec<(char, &'q QuestionOption)> {
    let shown = order.iter().filter_map(|index| question.options.get(*index));
    shown.enumerate().map(|(at, option)| (letter(at), option)).collect()
}

/// The options that are shown with the question: of a numeric one none.
fn shown<'q>(question: &'q Question, order: &[usize]) -> Vec<(char, &'q QuestionOption)> {
    if matches!(question.kind, Kind::Numeric { .. }) { Vec::new() } else { lettered(question, order) }
}

pub(super) fn paragraph(text: &mut String, words: &str, width: usize, start: &str, hanging: &str) {
    text.push_str(&wrap(&safe(words), width, start, hanging));
    text.push('\n');
}

/// A question with its options, to be answered by letter.
#[must_use]
pub fn question_text(question: &Question, order: &[usize], place: Place, rulebook: Rulebook, width: usize) -> String {
    let topic = question.topics.first().map_or("", String::as_str);
    let right = format!("{} | {topic} | {}", question.domain.name(), place.history());
    let mut text = format!("\n{}", heading(&format!("{}  {}", place.mark(), question.id), &right, width));
    text.push_str(&rule(width));
    paragraph(&mut text, &quote(rulebook, &question.stem), width, "", "");
    let task = match &question.kind {
        Kind::Choice | Kind::Response { .. } => format!("Choose {}.", capitals(question.kind.count())),
        Kind::Order { choose, .. } if *choose == question.options.len() => "Put the steps in order.".to_owned(),
        Kind::Order { choose, .. } => format!("Put {} of the steps in order.", capitals(*choose)),
        Kind::Numeric { unit } => format!("Type the number of {unit}."),
    };
    text.push_str(&format!("\n{task}\n\n"));
    for (letter, option) in shown(question, order) {
        paragraph(&mut text, &quote(rulebook, &option.text), width, &format!("  {letter}  "), "     ");
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn question_json(question: &Question, order: &[usize], place: Place, rulebook: Rulebook) -> Value {
    let options = shown(question, order);
    let options = options
        .iter()
        .map(|(letter, option)| json!({"letter": letter.to_string(), "option": option.name, "text": quote(rulebook, &option.text)}));
    json!({
        "type": "question",
        "question": question.id,
        "kind": question.kind.name(),
        "choose": question.kind.count(),
        "topics": question.topics,
        "domain": question.domain.name(),
        "seen": place.seen,
        "stem": quote(rulebook, &question.stem),
        "options": options.collect::<Vec<_>>(),
    })
}

/// All that the screen after an answer is made from.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The question.
    pub question: &'a Question,
    /// The order in which its options were shown.
    pub order: &'a [usize],
    /// The names of the chosen options.
    pub chosen: &'a [String],
    /// What came of it.
    pub grade: Grade,
    /// From 1 to 3, if it was asked.
    pub confidence: Option<u8>,
    /// What the choice did when it ran; nothing for a cited key.
    pub verdict: Option<&'a Verdict>,
    /// When it comes again, as a sentence.
    pub next: &'a str,
    /// One thing to try.
    pub try_next: &'a str,
    /// The files that places point into.
    pub sources: &'a Sources,
    /// The rulebook that it ran under.
    pub rulebook: Rulebook,
}

impl Answered<'_> {
    fn is_right(&self) -> bool {
        matches!(self.grade, Grade::Right | Grade::Lucky)
    }

    fn letters(&self, names: &[String]) -> String {
        let lettered = lettered(self.question, self.order);
        let letter = |name: &String| lettered.iter().find(|(_, option)| option.name == *name);
        let mut letters: Vec<String> = match &self.question.kind {
            Kind::Numeric { .. } => {
                let figure =
                    |name: &String| letter(name).map_or_else(|| name.trim_start_matches('=').to_owned(), |(_, option)| option.text.clone());
                return names.iter().map(figure).collect();
            }
            Kind::Choice | Kind::Response { .. } | Kind::Order { .. } => {
                names.iter().filter_map(letter).map(|(letter, _)| letter.to_string()).collect()
            }
        };
        if !matches!(self.question.kind, Kind::Order { .. }) {
            letters.sort();
        }
        letters.concat()
    }

    /// How the choice went, for one who has not seen the options' names.
    fn headline(&self) -> String {
        let confidence = match self.confidence {
            Some(1) => " (guess)",
            Some(2) => " (leaning)",
            Some(_) => " (sure)",
            None => "",
        };
        let key = self.letters(self.question.key_under(self.rulebook));
        if self.is_right() {
            return format!("CORRECT{confidence}   {key}");
        }
        let chosen = if self.chosen.is_empty() { "nothing".to_owned() } else { self.letters(self.chosen) };
        format!("NOT CORRECT   you chose {chosen}{confidence}   correct: {key}")
    }

    /// Of several, how many were right: the exam gives no part marks, but a learner wants to know.
    fn parts(&self) -> Option<String> {
        let Kind::Response { choose } = self.question.kind else { return None };
        let key = self.question.key_under(self.rulebook);
        let right = self.chosen.iter().filter(|name| key.contains(name)).count();
        (!self.is_right()).then(|| format!("{right} of {choose} are right; the exam counts all or nothing."))
    }
}

/// What came of an answer: verdict, what ran, the rule, each option, the facts, what to try, when it comes again.
#[must_use]
pub fn answered_text(answered: &Answered<'_>, width: usize) -> String {
    let question = answered.question;
    let said = |text: &str| quote(answered.rulebook, text);
    let mut text = format!("\n{}", heading(&answered.headline(), &question.id, width));
    text.push_str(&rule(width));
    if let Some(parts) = answered.parts() {
        paragraph(&mut text, &parts, width, "", "");
    }
    match (answered.verdict, &question.evidence) {
        (Some(verdict), _) => {
            text.push_str("What your choice did when it ran\n");
            let longest = verdict.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0).min(18);
            for check in &verdict.checks {
                text.push_str(&check_text(check, longest, answered.sources, width));
            }
        }
        (None, Evidence::Cited { source }) => {
            paragraph(&mut text, &format!("Not run by the model. AWS says so in: {source}"), width, "", "  ")
        }
        (None, Evidence::Executed { .. }) => {}
    }
    text.push('\n');
    paragraph(&mut text, &said(&question.why), width, "In short  ", "          ");
    text.push('\n');
    let key = question.key_under(answered.rulebook);
    for (letter, option) in lettered(question, answered.order) {
        let mark = match (key.contains(&option.name), answered.chosen.contains(&option.name)) {
            (true, _) => "right",
            (false, true) => "yours",
            (false, false) => "     ",
        };
        paragraph(&mut text, &said(&option.why), width, &format!("  {letter}  {mark}  "), "            ");
    }
    let facts: Vec<&Fact> = question.facts.iter().filter_map(|id| answered.rulebook.fact(id)).collect();
    if !facts.is_empty() {
        text.push_str("\nFacts\n");
    }
    for fact in facts {
        let line = format!("{}: {} [{}]", fact.title, fact.quote(answered.rulebook.kind), fact.id);
        paragraph(&mut text, &line, width, "  ", "    ");
    }
    text.push('\n');
    paragraph(&mut text, &question.guide, width, "Guide  ", "       ");
    paragraph(&mut text, answered.try_next, width, "Try    ", "       ");
    paragraph(&mut text, answered.next, width, "Next   ", "       ");
    text
}

/// The same as JSON.
#[must_use]
pub fn answered_json(answered: &Answered<'_>) -> Value {
    let question = answered.question;
    let facts: Vec<Value> = question
        .facts
        .iter()
        .filter_map(|id| answered.rulebook.fact(id))
        .map(|fact| json!({"id": fact.id, "guide": fact.guide, "current": fact.current, "source": fact.source}))
        .collect();
    let why = |option: &QuestionOption| json!({"option": option.name, "why": quote(answered.rulebook, &option.why), "misconception": option.misconception});
    json!({
        "type": "answer",
        "question": question.id,
        "chosen": answered.chosen,
        "key": question.key_under(answered.rulebook),
        "grade": answered.grade,
        "confidence": answered.confidence,
        "checks": answered.verdict.map(|verdict| verdict.checks.iter().map(|check| check_json(check, answered.sources)).collect::<Vec<_>>()),
        "why": quote(answered.rulebook, &question.why),
        "options": question.options.iter().map(why).collect::<Vec<_>>(),
        "facts": facts,
        "next": answered.next,
    })
}

/// What a session came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items answered, each counted once.
    pub answered: usize,
    /// Of these right at the first try.
    pub right: usize,
    /// Of the wrong ones, right before the end.
    pub repaired: usize,
    /// Right by a guess.
    pub lucky: usize,
    /// Not answered.
    pub skipped: usize,
    /// Wrong though the learner was sure.
    pub confident_errors: Vec<String>,
    /// Topics of wrong answers, with their number, the most frequent first.
    pub weak_topics: Vec<(String, usize)>,
    /// Items that are due tomorrow.
    pub due_tomorrow: usize,
    /// Items that are still due today.
    pub due_today: usize,
    /// Whether answers were kept.
    pub kept: bool,
}

impl Tally {
    /// How many were wrong at the first try.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.answered.saturating_sub(self.right + self.lucky)
    }
}

/// The end of a session.
#[must_use]
pub fn tally_text(tally: &Tally, width: usize) -> String {
    let answered = if tally.answered == 1 { "1 item".to_owned() } else { format!("{} items", tally.answered) };
    let mut text = format!("\nSession done: {answered} answered\n");
    text.push_str(&rule(width));
    let mut line = |name: &str, words: String| paragraph(&mut text, &words, width, &format!("  {name:16}  "), "                    ");
    line("first try", format!("{} of {} right", tally.right, tally.answered));
    if tally.wrong() > 0 {
        line("repaired", format!("{} of {}, answered right before the end", tally.repaired, tally.wrong()));
    }
    if tally.lucky > 0 {
        line("guessed right", format!("{}, kept as not yet known", tally.lucky));
    }
    if !tally.confident_errors.is_empty() {
        line("confident errors", tally.confident_errors.join(", "));
    }
    if tally.skipped > 0 {
        line("skipped", tally.skipped.to_string());
    }
    text.push('\n');
    if let Some((topic, count)) = tally.weak_topics.first() {
        paragraph(&mut text, &format!("Look at {topic} ({count} wrong): kmsprep drill {topic}"), width, "", "  ");
    }
    let due = match (tally.kept, tally.due_today, tally.due_tomorrow) {
        (false, _, _) => "Nothing of this session was kept.".to_owned(),
        (true, 0, tomorrow) => format!("Tomorrow: {tomorrow} due."),
        (true, today, tomorrow) => format!("Still due today: {today}. Tomorrow: {tomorrow} due."),
    };
    paragraph(&mut text, &due, width, "", "");
    text
}

/// The same as JSON.
#[must_use]
pub fn tally_json(tally: &Tally) -> Value {
    json!({
        "type": "summary",
        "answered": tally.answered,
        "right": tally.right,
        "wrong": tally.wrong(),
        "repaired": tally.repaired,
        "lucky": tally.lucky,
        "skipped": tally.skipped,
        "confident_errors": tally.confident_errors,
        "weak_topics": tally.weak_topics.iter().map(|(topic, count)| json!({"topic": safe_line(topic), "wrong": count})).collect::<Vec<_>>(),
        "due_today": tally.due_today,
        "due_tomorrow": tally.due_tomorrow,
        "kept": tally.kept,
    })
}
