//! What came of an answer: verdict, what ran, the rule, each option, what the guide says, what to try, when it comes again.

use super::question::{lettered, paragraph};
use super::scenario::{heading, rule};
use super::verdict::{check_json, check_text, quote};
use super::{safe_line, wrap};
use crate::diag::Sources;
use crate::rulebook::{Claim, Fact, Rulebook, Verdict as Holds};
use crate::scenario::{CheckResult, Outcome, Verdict};
use crate::study::{Evidence, Grade, Kind, Question, QuestionOption};
use serde_json::{Value, json};

/// All that the screen after an answer is made from.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The question.
    pub question: &'a Question,
    /// The order in which its options were shown.
    pub order: &'a [usize],
    /// The names of the chosen options, or the number that was typed.
    pub chosen: &'a [String],
    /// What came of it.
    pub grade: Grade,
    /// From 1 to 3, if it was asked.
    pub confidence: Option<u8>,
    /// What the choice did when it ran; nothing for a cited key.
    pub verdict: Option<&'a Verdict>,
    /// What the right one does when it runs, where that is another one.
    pub right: Option<&'a Verdict>,
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

    fn key(&self) -> &[String] {
        self.question.key_under(self.rulebook)
    }

    fn said(&self, text: &str) -> String {
        quote(self.rulebook, text)
    }

    /// Names as the learner knows them: letters, of an order in that order, or the number.
    fn letters(&self, names: &[String]) -> String {
        let lettered = lettered(self.question, self.order);
        let find = |name: &String| lettered.iter().find(|(_, option)| option.name == *name);
        let letter = |name: &String| find(name).map(|(letter, _)| *letter);
        match &self.question.kind {
            Kind::Numeric { .. } => {
                let figure =
                    |name: &String| find(name).map_or_else(|| name.trim_start_matches('=').to_owned(), |(_, option)| option.text.clone());
                names.iter().map(figure).collect()
            }
            Kind::Order { .. } => names.iter().filter_map(letter).collect(),
            Kind::Choice | Kind::Response { .. } => {
                let mut letters: Vec<char> = names.iter().filter_map(letter).collect();
                letters.sort_unstable();
                letters.into_iter().collect()
            }
        }
    }

    /// What an option is called here: its letter, or its number.
    fn label(&self, letter: char, option: &QuestionOption) -> String {
        if matches!(self.question.kind, Kind::Numeric { .. }) { option.text.clone() } else { letter.to_string() }
    }

    /// How the choice went, for one who has not seen the options' names.
    fn headline(&self) -> String {
        let confidence = match self.confidence {
            Some(1) => " (guess)",
            Some(2) => " (fairly sure)",
            Some(_) => " (sure)",
            None => "",
        };
        let key = self.letters(self.key());
        if self.is_right() {
            return format!("CORRECT{confidence}   {}", self.letters(self.chosen));
        }
        if self.chosen.is_empty() {
            return format!("NOT CORRECT   you chose nothing   correct: {key}");
        }
        let verb = if matches!(self.question.kind, Kind::Numeric { .. }) { "typed" } else { "chose" };
        format!("NOT CORRECT   you {verb} {}{confidence}   correct: {key}", self.letters(self.chosen))
    }

    /// Of several, how many were right: the exam gives no part marks, but a learner wants to know.
    fn parts(&self) -> Option<String> {
        let Kind::Response { choose } = self.question.kind else { return None };
        let right = self.chosen.iter().filter(|name| self.key().contains(name)).count();
        (!self.is_right()).then(|| format!("{right} of {choose} are right; the exam counts all or nothing."))
    }

    fn facts(&self) -> Vec<&'static Fact> {
        self.question.facts.iter().filter_map(|id| self.rulebook.fact(id)).collect()
    }
}

/// The beginning: how it went.
fn head(answered: &Answered<'_>, width: usize) -> String {
    let mut text = format!("\n{}", heading(&answered.headline(), &answered.question.id, width));
    text.push_str(&rule(width));
    if let Some(parts) = answered.parts() {
        paragraph(&mut text, &parts, width, "", "");
    }
    text
}

/// What a run did, check by check.
fn run(verdict: &Verdict, sources: &Sources, width: usize) -> String {
    let longest = verdict.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0).min(18);
    verdict.checks.iter().map(|check| check_text(check, longest, sources, width)).collect()
}

/// What a run came to, in a few lines: the first check that failed, and how many did not.
fn run_in_short(verdict: &Verdict, sources: &Sources, width: usize) -> String {
    let names = |checks: &[&CheckResult]| checks.iter().map(|check| safe_line(&check.name)).collect::<Vec<_>>().join(", ");
    let ok: Vec<&CheckResult> = verdict.checks.iter().filter(|check| matches!(check.outcome, Outcome::Passed)).collect();
    let mut text = String::new();
    let Some(failure) = verdict.first_failure() else {
        let every = match ok.len() {
            1 => "the check passes".to_owned(),
            count => format!("all {count} checks pass"),
        };
        text.push_str(&wrap(&format!("Run by the model: {every} ({}).", names(&ok)), width, "", "  "));
        text.push('\n');
        return text;
    };
    text.push_str("What your choice did when it ran\n");
    if !ok.is_empty() {
        text.push_str(&wrap(&names(&ok), width, "  ok    ", "        "));
        text.push('\n');
    }
    text.push_str(&check_text(failure, failure.name.chars().count().min(18), sources, width));
    text
}

/// Where the key comes from, if nothing ran.
fn cited(answered: &Answered<'_>, width: usize) -> String {
    let mut text = String::new();
    match (&answered.question.evidence, &answered.question.kind) {
        (Evidence::Cited { source }, _) => {
            paragraph(&mut text, &format!("Not run by the model. AWS says so in: {source}"), width, "", "  ");
        }
        (Evidence::Executed { .. }, Kind::Order { .. }) => {
            paragraph(&mut text, "It did not run: a step takes up what only a later step makes.", width, "", "  ");
        }
        (Evidence::Executed { .. }, _) => {}
    }
    text
}

/// One option with what it does, and who takes it.
fn option(answered: &Answered<'_>, letter: char, option: &QuestionOption, width: usize) -> String {
    let mark = match (answered.key().contains(&option.name), answered.chosen.contains(&option.name)) {
        (true, _) => "right",
        (false, true) => "yours",
        (false, false) => "     ",
    };
    let mut text = String::new();
    let start = format!("  {}  {mark}  ", answered.label(letter, option));
    let hanging = " ".repeat(start.chars().count().min(24));
    paragraph(&mut text, &answered.said(&option.why), width, &start, &hanging);
    if let Some(misconception) = &option.misconception {
        paragraph(&mut text, &format!("(it tempts who thinks: {})", misconception.replace('-', " ")), width, &hanging, &hanging);
    }
    text
}

/// What the guide says where that is not how it is, the section, what to try and when the item comes again.
fn foot(answered: &Answered<'_>, width: usize) -> String {
    let mut text = String::new();
    let main = answered.question.claims.first();
    let place = main.map_or_else(|| answered.question.guide.clone(), |claim| format!("{}, line {}", claim.heading(), claim.line));
    if !place.is_empty() {
        paragraph(&mut text, &place, width, "Guide  ", "       ");
    }
    for claim in answered.question.claims.iter().filter(|claim| claim.verdict != Holds::Current) {
        paragraph(&mut text, &claim_text(claim), width, "       ", "       ");
    }
    paragraph(&mut text, answered.try_next, width, "Try    ", "       ");
    paragraph(&mut text, answered.next, width, "Next   ", "       ");
    text
}

/// The guide's words and today's.
fn claim_text(claim: &Claim) -> String {
    let word = match claim.verdict {
        Holds::Current => "",
        Holds::Simplified => "simplified",
        Holds::Outdated => "outdated",
        Holds::Wrong => "wrong",
    };
    format!("The guide says: {} ({word}). Today: {}.", claim.claim, claim.today.trim_end_matches('.'))
}

fn fact_line(answered: &Answered<'_>, fact: &Fact) -> String {
    format!("{}: {} [{}]", fact.title, fact.quote(answered.rulebook.kind), fact.id)
}

/// What came of an answer, in one screen: the other options and the whole run are on request.
#[must_use]
pub fn answered_short(answered: &Answered<'_>, width: usize) -> String {
    let mut text = head(answered, width);
    match answered.verdict {
        Some(verdict) => text.push_str(&run_in_short(verdict, answered.sources, width)),
        None => text.push_str(&cited(answered, width)),
    }
    paragraph(&mut text, &answered.said(&answered.question.why), width, "In short  ", "          ");
    for (letter, shown) in lettered(answered.question, answered.order) {
        let chosen_wrongly = answered.chosen.contains(&shown.name) && !answered.key().contains(&shown.name);
        if chosen_wrongly || answered.key().contains(&shown.name) {
            text.push_str(&option(answered, letter, shown, width));
        }
    }
    for fact in answered.facts().into_iter().filter(|fact| fact.differs()) {
        paragraph(&mut text, &fact_line(answered, fact), width, "Fact   ", "       ");
    }
    text.push_str(&foot(answered, width));
    text
}

/// Every option with its reason, the facts and where all of it is written.
#[must_use]
pub fn answered_options(answered: &Answered<'_>, width: usize) -> String {
    let mut text = String::from("\nEvery option\n");
    for (letter, shown) in lettered(answered.question, answered.order) {
        text.push_str(&option(answered, letter, shown, width));
    }
    text.push_str(&facts(answered, width));
    text.push_str(&sources(answered, width));
    text
}

fn facts(answered: &Answered<'_>, width: usize) -> String {
    let facts = answered.facts();
    let mut text = String::new();
    if !facts.is_empty() {
        text.push_str("\nFacts\n");
    }
    for fact in facts {
        paragraph(&mut text, &fact_line(answered, fact), width, "  ", "    ");
    }
    text
}

/// The pages of AWS that facts and claims rest on, each once.
fn sources(answered: &Answered<'_>, width: usize) -> String {
    let mut pages: Vec<&str> = answered.facts().iter().map(|fact| fact.source).collect();
    pages.extend(answered.question.claims.iter().map(|claim| claim.source));
    if let Evidence::Cited { source } = &answered.question.evidence {
        pages.push(source);
    }
    pages.sort_unstable();
    pages.dedup();
    let mut text = String::new();
    if !pages.is_empty() {
        text.push_str("\nSources\n");
    }
    for page in pages {
        paragraph(&mut text, page, width, "  ", "    ");
    }
    text
}

/// The whole run of the answer, and of the right one where that is another.
#[must_use]
pub fn answered_trace(answered: &Answered<'_>, width: usize) -> String {
    let mut text = String::new();
    let Some(verdict) = answered.verdict else { return format!("\n{}", cited(answered, width)) };
    text.push_str("\nWhat your choice did when it ran\n");
    text.push_str(&run(verdict, answered.sources, width));
    if let Some(right) = answered.right {
        text.push_str("\nWhat the right answer does\n");
        text.push_str(&run(right, answered.sources, width));
    }
    text
}

/// What came of an answer, all of it.
#[must_use]
pub fn answered_text(answered: &Answered<'_>, width: usize) -> String {
    let mut text = head(answered, width);
    match answered.verdict {
        Some(verdict) => {
            text.push_str("What your choice did when it ran\n");
            text.push_str(&run(verdict, answered.sources, width));
        }
        None => text.push_str(&cited(answered, width)),
    }
    text.push('\n');
    paragraph(&mut text, &answered.said(&answered.question.why), width, "In short  ", "          ");
    text.push('\n');
    for (letter, shown) in lettered(answered.question, answered.order) {
        text.push_str(&option(answered, letter, shown, width));
    }
    text.push_str(&facts(answered, width));
    text.push('\n');
    text.push_str(&foot(answered, width));
    text
}

/// The same as JSON.
#[must_use]
pub fn answered_json(answered: &Answered<'_>) -> Value {
    let question = answered.question;
    let facts: Vec<Value> = answered
        .facts()
        .into_iter()
        .map(|fact| json!({"id": fact.id, "guide": fact.guide, "current": fact.current, "source": fact.source}))
        .collect();
    let why =
        |option: &QuestionOption| json!({"option": option.name, "why": answered.said(&option.why), "misconception": option.misconception});
    json!({
        "type": "answer",
        "question": question.id,
        "chosen": answered.chosen,
        "key": answered.key(),
        "grade": answered.grade,
        "confidence": answered.confidence,
        "checks": answered.verdict.map(|verdict| verdict.checks.iter().map(|check| check_json(check, answered.sources)).collect::<Vec<_>>()),
        "why": answered.said(&question.why),
        "options": question.options.iter().map(why).collect::<Vec<_>>(),
        "facts": facts,
        "claims": question.claims,
        "try": answered.try_next,
        "next": answered.next,
    })
}
