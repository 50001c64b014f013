//! Asking one item, and saying what came of the answer.

use super::items::Item;
use super::typed::{Typed, parse};
use super::{Drill, Failure, Format};
use crate::doc::{self, Limits};
use crate::render::{self, Answered, Place, Report};
use crate::scenario::{self, Decision, Document};
use crate::study::{Grade, Question, run_question, shuffle};
use serde_json::json;
use std::io::{self, BufRead as _};

/// What a learner gave for an item.
pub(super) enum Given {
    /// An answer.
    Answered(Answer),
    /// Not this one.
    Skipped,
    /// No more: the learner left, or the input has ended.
    Ended,
}

/// An answer to an item.
pub(super) struct Answer {
    /// Options by name; of a scenario `DECISION=OPTION`.
    pub(super) chosen: Vec<String>,
    /// The answers to a scenario's decisions.
    pub(super) decisions: scenario::Answers,
    /// From 1 to 3, if it was asked.
    pub(super) confidence: Option<u8>,
    /// How many hints were taken.
    pub(super) hints: u32,
    /// What came of it.
    pub(super) grade: Grade,
}

/// Indices of options as they were shown, with a confidence if it was typed along.
type Letters = (Vec<usize>, Option<u8>);

/// How one prompt ended.
enum Reply<T> {
    Is(T),
    Skip,
    End,
}

impl Drill<'_> {
    /// Shows a question and waits for its answer.
    pub(super) fn question(&mut self, question: &Question, place: Place) -> Result<Given, Failure> {
        let order = self.order(question);
        match self.args.format {
            Format::Text => self.edge.print(&render::question_text(question, &order, place, self.rulebook, self.edge.width))?,
            Format::Json => self.json(&render::question_json(question, &order, place, self.rulebook))?,
        }
        let hints = hints_of(question, self.rulebook);
        let mut taken = 0;
        let choose = question.kind.count();
        let (indices, typed_confidence) = match self.letters(order.len(), choose, &hints, &mut taken)? {
            Reply::Is(given) => given,
            Reply::Skip => return Ok(Given::Skipped),
            Reply::End => return Ok(Given::Ended),
        };
        let mut chosen: Vec<usize> = indices.iter().filter_map(|index| order.get(*index)).copied().collect();
        // In the order of the file, so that equal answers run equally.
        chosen.sort_unstable();
        let chosen: Vec<String> =
            chosen.iter().filter_map(|index| question.options.get(*index)).map(|option| option.name.clone()).collect();
        let confidence = match typed_confidence {
            None if self.interactive => match self.confidence()? {
                Reply::Is(level) => Some(level),
                Reply::Skip | Reply::End => None,
            },
            typed => typed,
        };
        let grade = Grade::of(question.is_right(&chosen, self.rulebook), confidence);
        Ok(Given::Answered(Answer { chosen, decisions: scenario::Answers::new(), confidence, hints: taken, grade }))
    }

    /// The order of the options: the same for the whole session, so that a letter stays with its option.
    fn order(&self, question: &Question) -> Vec<usize> {
        shuffle(question.options.len(), self.seed, &question.id)
    }

    /// Shows a scenario, asks every decision, and runs it.
    pub(super) fn scenario(&mut self, document: &Document, place: Place) -> Result<Given, Failure> {
        if self.args.format == Format::Text {
            let mark = format!("\n[{}/{}]  scenario {}\n", place.number, place.of, render::safe_line(&document.id));
            self.edge.print(&format!("{mark}{}", render::scenario_head(document, self.edge.width)))?;
        }
        let mut decisions = scenario::Answers::new();
        let mut taken = 0;
        for (index, decision) in document.decisions.iter().enumerate() {
            match self.args.format {
                Format::Text => {
                    self.edge.print(&render::decision_text(decision, index + 1, document.decisions.len(), self.edge.width))?;
                }
                Format::Json => {
                    let options: Vec<_> = decision
                        .options
                        .iter()
                        .enumerate()
                        .map(|(at, option)| json!({"letter": render::letter(at).to_string(), "option": option.name, "text": option.label}))
                        .collect();
                    self.json(&json!({"type": "decision", "scenario": document.id, "brief": document.brief, "decision": decision.name, "ask": decision.ask, "choose": decision.choose, "options": options}))?;
                }
            }
            match self.decision(document, decision, &mut taken)? {
                Reply::Is(answer) => decisions.insert(decision.name.clone(), answer),
                Reply::Skip => return Ok(Given::Skipped),
                Reply::End => return Ok(Given::Ended),
            };
        }
        let passed = scenario::instantiate(document, &decisions, self.rulebook).is_ok_and(|instance| scenario::run(&instance).passed());
        let chosen = decisions
            .iter()
            .map(|(decision, answer)| match answer {
                scenario::Answer::Options(names) => format!("{decision}={}", names.join("+")),
                scenario::Answer::Free(_) => format!("{decision}=own"),
            })
            .collect();
        let grade = Grade::of(passed, None);
        Ok(Given::Answered(Answer { chosen, decisions, confidence: None, hints: taken, grade }))
    }

    fn decision(&mut self, document: &Document, decision: &Decision, taken: &mut u32) -> Result<Reply<scenario::Answer>, Failure> {
        let hints: Vec<String> = document.hints.clone();
        if decision.free_form {
            // A value of one's own begins with `=`; everything else is letters.
            loop {
                let Some(line) = self.line("Answer with letters, or = and your own value")? else { return Ok(Reply::End) };
                let Some(own) = line.trim().strip_prefix('=') else {
                    match self.understood(&line, decision.options.len(), decision.choose, &hints, taken)? {
                        Some(reply) => return Ok(options(reply, decision)),
                        None => continue,
                    }
                };
                let mut sources = crate::diag::Sources::new();
                match doc::read(&mut sources, &format!("your answer to {}", decision.name), own, Limits::default()) {
                    Ok(node) => return Ok(Reply::Is(scenario::Answer::Free(node))),
                    Err(found) => self.edge.print(&render::diagnostics_text(&found, &sources, self.edge.color, self.edge.width))?,
                }
                if !self.interactive {
                    return Ok(Reply::Skip);
                }
            }
        }
        Ok(options(self.letters(decision.options.len(), decision.choose, &hints, taken)?, decision))
    }

    /// Asks until there are letters.
    fn letters(&mut self, count: usize, choose: usize, hints: &[String], taken: &mut u32) -> Result<Reply<Letters>, Failure> {
        let last = render::letter(count.saturating_sub(1));
        let prompt = if choose == 1 { format!("Answer (A-{last})") } else { format!("Answer ({choose} of A-{last}, for example AC)") };
        loop {
            let Some(line) = self.line(&prompt)? else { return Ok(Reply::End) };
            if let Some(reply) = self.understood(&line, count, choose, hints, taken)? {
                return Ok(reply);
            }
        }
    }

    /// What a line means; nothing if there must be another one.
    fn understood(
        &mut self,
        line: &str,
        count: usize,
        choose: usize,
        hints: &[String],
        taken: &mut u32,
    ) -> Result<Option<Reply<Letters>>, Failure> {
        match parse(line, count, choose) {
            Typed::Options(indices, confidence) => Ok(Some(Reply::Is((indices, confidence)))),
            Typed::Skip => Ok(Some(Reply::Skip)),
            Typed::Quit => Ok(Some(Reply::End)),
            Typed::Hint => {
                let index = usize::try_from(*taken).unwrap_or(usize::MAX);
                let text = match hints.get(index) {
                    Some(hint) => {
                        *taken += 1;
                        format!("Hint {} of {}: {hint}", index + 1, hints.len())
                    }
                    None => "There are no more hints.".to_owned(),
                };
                self.say(&text)?;
                Ok(None)
            }
            Typed::Unclear => {
                let last = render::letter(count.saturating_sub(1));
                let wanted =
                    if choose == 1 { format!("one letter from A to {last}") } else { format!("{choose} letters from A to {last}") };
                if self.interactive {
                    self.say(&format!("Answer with {wanted}, or h, s or q."))?;
                    return Ok(None);
                }
                self.say(&format!("`{}` is not {wanted}: this item is skipped.", line.trim()))?;
                Ok(Some(Reply::Skip))
            }
        }
    }

    fn confidence(&mut self) -> Result<Reply<u8>, Failure> {
        loop {
            let Some(line) = self.prompt("How sure?   1 guess   2 leaning   3 sure")? else { return Ok(Reply::End) };
            match line.trim() {
                "1" => return Ok(Reply::Is(1)),
                "2" | "" => return Ok(Reply::Is(2)),
                "3" => return Ok(Reply::Is(3)),
                _ => self.say("Type 1, 2 or 3.")?,
            }
        }
    }

    /// Says what came of an answer.
    pub(super) fn review(&mut self, item: Item<'_>, answer: &Answer, next: &str) -> Result<(), Failure> {
        match item {
            Item::Question(question) => self.review_question(question, answer, next),
            Item::Scenario(document) => self.review_scenario(document, answer, next),
        }
    }

    fn review_question(&mut self, question: &Question, answer: &Answer, next: &str) -> Result<(), Failure> {
        let verdict = run_question(question, &answer.chosen, self.rulebook).ok().flatten();
        let try_next = question.try_next.clone().unwrap_or_else(|| match self.items.scenario_about(&question.topics) {
            Some(document) => format!("kmsprep scenario solve {}", document.id),
            None => format!("kmsprep drill {}", question.topics.first().map_or("", String::as_str)),
        });
        let answered = Answered {
            question,
            order: &self.order(question),
            chosen: &answer.chosen,
            grade: answer.grade,
            confidence: answer.confidence,
            verdict: verdict.as_ref(),
            next,
            try_next: &try_next,
            sources: &self.items.sources,
            rulebook: self.rulebook,
        };
        match self.args.format {
            Format::Text => self.edge.print(&render::answered_text(&answered, self.edge.width)),
            Format::Json => self.json(&render::answered_json(&answered)),
        }
    }

    fn review_scenario(&mut self, document: &Document, answer: &Answer, next: &str) -> Result<(), Failure> {
        let instance = match scenario::instantiate(document, &answer.decisions, self.rulebook) {
            Ok(instance) => instance,
            // A value of the learner's own may be no configuration at all.
            Err(found) if self.args.format == Format::Text => {
                return self.edge.print(&render::diagnostics_text(&found, &self.items.sources, self.edge.color, self.edge.width));
            }
            Err(found) => {
                let diagnostics = render::diagnostics_json(&found, &self.items.sources);
                return self.json(&json!({"type": "answer", "scenario": document.id, "grade": answer.grade, "diagnostics": diagnostics}));
            }
        };
        let verdict = scenario::run(&instance);
        let review = scenario::review(document, &answer.decisions);
        let trim = scenario::trim(document, &answer.decisions, &instance, &verdict, self.rulebook);
        let report = Report {
            document,
            answers: &answer.decisions,
            verdict: &verdict,
            review: &review,
            names: &instance.names,
            sources: &self.items.sources,
            rulebook: self.rulebook,
            trim: trim.as_ref(),
            cheapest: scenario::cheapest(document, self.rulebook),
        };
        match self.args.format {
            Format::Text => {
                let text = render::verdict_text(&report, self.edge.width);
                self.edge.print(&format!("\n{text}"))?;
                self.say(&format!("In this drill {next}."))
            }
            Format::Json => {
                self.json(&json!({"type": "answer", "grade": answer.grade, "next": next, "verdict": render::verdict_json(&report)}))
            }
        }
    }

    /// Waits after an answer, if somebody is there to read. Whether the learner leaves is returned.
    pub(super) fn pause(&mut self) -> Result<bool, Failure> {
        if !self.interactive {
            return Ok(false);
        }
        let line = self.prompt("enter next   q save and quit")?;
        Ok(line.is_none_or(|line| line.trim().eq_ignore_ascii_case("q")))
    }

    fn line(&mut self, prompt: &str) -> Result<Option<String>, Failure> {
        self.prompt(&format!("{prompt}   h hint   s skip   q save and quit"))
    }

    /// One line from the learner, or nothing at the end of the input. Nobody at a pipe reads a prompt.
    fn prompt(&mut self, text: &str) -> Result<Option<String>, Failure> {
        if self.interactive {
            self.edge.print(&format!("\n{text}\n> "))?;
        }
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(|source| Failure::Io { doing: "read an answer".to_owned(), source })?;
        Ok((read > 0).then_some(line))
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        match self.args.format {
            Format::Text => self.edge.print(&format!("{}\n", render::wrap(&render::safe(text), self.edge.width, "", "  "))),
            Format::Json => self.json(&json!({"type": "note", "text": text})),
        }
    }
}

/// The options of a decision that letters stand for.
fn options(reply: Reply<Letters>, decision: &Decision) -> Reply<scenario::Answer> {
    match reply {
        Reply::Is((indices, _)) => {
            let names = indices.iter().filter_map(|index| decision.options.get(*index)).map(|option| option.name.clone());
            Reply::Is(scenario::Answer::Options(names.collect()))
        }
        Reply::Skip => Reply::Skip,
        Reply::End => Reply::End,
    }
}

/// A question's own hints; then where it stands in the guide, and what its facts are about, without their values.
fn hints_of(question: &Question, rulebook: crate::rulebook::Rulebook) -> Vec<String> {
    let mut hints: Vec<String> = question.hints.iter().map(|hint| rulebook.interpolate(hint).unwrap_or_else(|_| hint.clone())).collect();
    hints.push(format!("It is about \"{}\" in the guide.", question.guide));
    let facts: Vec<&str> = question.facts.iter().filter_map(|id| rulebook.fact(id)).map(|fact| fact.title).collect();
    if !facts.is_empty() {
        hints.push(format!("Think of: {}.", facts.join("; ")));
    }
    hints
}
