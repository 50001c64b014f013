//! Asking one item.

use super::entry::{Entered, Shape};
use super::input::Sure;
use super::{Drill, Failure, Format};
use crate::cli::edge;
use crate::doc::{self, Limits};
use crate::render::{self, Place};
use crate::scenario::{self, Decision, Document};
use crate::study::{Grade, Kind, Question, shuffle};
use serde_json::json;

/// All keys of a question, for `?`.
const KEYS: &str = "A to F answer; with several, they are put and taken back, and Enter answers. h gives a hint, s leaves this one out, \
    q or Ctrl-C saves and quits. Behind the answer: 1, 2 or 3 for how sure you are, or Enter. Behind the verdict: Enter goes on, o shows \
    every option, t the whole run. A key without a meaning does nothing.";

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
    /// Options by name, or a number as typed; of a scenario `DECISION=OPTION`.
    pub(super) chosen: Vec<String>,
    /// The answers to a scenario's decisions.
    pub(super) decisions: scenario::Answers,
    /// From 1 to 3, if it was given.
    pub(super) confidence: Option<u8>,
    /// How many hints were taken.
    pub(super) hints: u32,
    /// What came of it.
    pub(super) grade: Grade,
    /// Milliseconds from the question to the answer, if somebody took them.
    pub(super) millis: Option<u32>,
    /// Whether the learner leaves after it.
    pub(super) last: bool,
}

/// How one prompt ended.
enum Reply<T> {
    Is(T),
    Skip,
    End,
}

/// The hints of an item, and how many were taken.
struct Hints {
    texts: Vec<String>,
    taken: u32,
}

impl Hints {
    fn next(&mut self) -> String {
        let index = usize::try_from(self.taken).unwrap_or(usize::MAX);
        let Some(hint) = self.texts.get(index) else { return "There are no more hints.".to_owned() };
        self.taken += 1;
        format!("Hint {} of {}: {hint}", index + 1, self.texts.len())
    }
}

impl Drill<'_> {
    /// Shows a question and waits for its answer.
    pub(super) fn question(&mut self, question: &Question, place: Place) -> Result<Given, Failure> {
        let order = self.order(question);
        match self.args.common.format {
            Format::Text => self.edge.print(&render::question_text(question, &order, place, self.rulebook, self.edge.width))?,
            Format::Json => self.edge.print_json_line(&render::question_json(question, &order, place, self.rulebook))?,
        }
        let shown = edge::tick();
        let mut hints = Hints { texts: hints_of(question, self.rulebook), taken: 0 };
        let choose = question.kind.count();
        let shape = match question.kind {
            Kind::Choice | Kind::Response { .. } => Shape::Letters { of: order.len(), choose },
            Kind::Order { .. } => Shape::Order { of: order.len(), choose },
            Kind::Numeric { .. } => Shape::Number,
        };
        let rulebook = self.rulebook;
        loop {
            let again = |width: usize| render::question_text(question, &order, place, rulebook, width);
            let entered = match self.entered(shape, &mut hints, &again)? {
                Reply::Is(entered) => entered,
                Reply::Skip => return Ok(Given::Skipped),
                Reply::End => return Ok(Given::Ended),
            };
            let millis = self.input.talks().then(|| shown.elapsed().as_millis());
            let (chosen, typed) = match entered {
                Entered::Options(indices, typed) => (names(question, &order, indices), typed),
                Entered::Number(figures, typed) => (question.typed(&figures).into_iter().collect(), typed),
                Entered::Hint | Entered::Skip | Entered::Quit | Entered::Help | Entered::Unclear => continue,
            };
            let (confidence, last) = match typed {
                None if self.input.talks() && !self.args.no_confidence => match self.input.confidence(self.edge)? {
                    Sure::Back => continue,
                    Sure::Level(level) => (level, false),
                    Sure::Leave => (None, true),
                },
                typed => (typed, false),
            };
            let grade = Grade::of(question.is_right(&chosen, self.rulebook), confidence);
            return Ok(Given::Answered(Answer {
                chosen,
                decisions: scenario::Answers::new(),
                confidence,
                hints: hints.taken,
                grade,
                millis: millis.and_then(|millis| u32::try_from(millis).ok()),
                last,
            }));
        }
    }

    /// The order of the options: the same for the whole session, so that a letter stays with its option.
    pub(super) fn order(&self, question: &Question) -> Vec<usize> {
        shuffle(question.options.len(), self.seed, &question.id)
    }

    /// Shows a scenario, asks every decision, and runs it.
    pub(super) fn scenario(&mut self, document: &Document, place: Place) -> Result<Given, Failure> {
        if self.args.common.format == Format::Text {
            let mark = format!("\n[{}/{}]  scenario {}\n", place.number, place.of, render::safe_line(&document.id));
            self.edge.print(&format!("{mark}{}", render::scenario_head(document, self.edge.width)))?;
        }
        let shown = edge::tick();
        let mut decisions = scenario::Answers::new();
        let mut hints = Hints { texts: document.hints.clone(), taken: 0 };
        for (index, decision) in document.decisions.iter().enumerate() {
            let text = |width: usize| render::decision_text(decision, index + 1, document.decisions.len(), width);
            match self.args.common.format {
                Format::Text => self.edge.print(&text(self.edge.width))?,
                Format::Json => self.edge.print_json_line(&decision_json(document, decision))?,
            }
            match self.decision(decision, &mut hints, &text)? {
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
        let millis = self.input.talks().then(|| shown.elapsed().as_millis());
        Ok(Given::Answered(Answer {
            chosen,
            decisions,
            confidence: None,
            hints: hints.taken,
            grade: Grade::of(passed, None),
            millis: millis.and_then(|millis| u32::try_from(millis).ok()),
            last: false,
        }))
    }

    fn decision(
        &mut self,
        decision: &Decision,
        hints: &mut Hints,
        again: &dyn Fn(usize) -> String,
    ) -> Result<Reply<scenario::Answer>, Failure> {
        let shape = Shape::Letters { of: decision.options.len(), choose: decision.choose };
        if decision.free_form {
            // A value of one's own begins with `=`; everything else is letters. Such an answer is a line, on a terminal too.
            loop {
                let prompt = format!("{}, or = and your own value{COMMANDS}", task(shape));
                let Some(line) = self.input.line(self.edge, &prompt)? else { return Ok(Reply::End) };
                let Some(own) = line.trim().strip_prefix('=') else {
                    match self.understood(super::entry::parse(&line, shape), &line, shape, hints)? {
                        Some(reply) => return Ok(options(reply, decision)),
                        None => continue,
                    }
                };
                let mut sources = crate::diag::Sources::new();
                match doc::read(&mut sources, &format!("your answer to {}", decision.name), own, Limits::default()) {
                    Ok(node) => return Ok(Reply::Is(scenario::Answer::Free(node))),
                    Err(found) => self.edge.print(&render::diagnostics_text(&found, &sources, self.edge.color, self.edge.width))?,
                }
                if !self.input.talks() {
                    return Ok(Reply::Skip);
                }
            }
        }
        Ok(options(self.entered(shape, hints, again)?, decision))
    }

    /// Asks until there is an answer.
    fn entered(&mut self, shape: Shape, hints: &mut Hints, again: &dyn Fn(usize) -> String) -> Result<Reply<Entered>, Failure> {
        let prompt = format!("{}{COMMANDS}", task(shape));
        loop {
            let Some((entered, line)) = self.input.answer(self.edge, shape, &prompt, again)? else { return Ok(Reply::End) };
            if let Some(reply) = self.understood(entered, &line, shape, hints)? {
                return Ok(reply);
            }
        }
    }

    /// What was entered; nothing if there must be another answer.
    fn understood(&mut self, entered: Entered, line: &str, shape: Shape, hints: &mut Hints) -> Result<Option<Reply<Entered>>, Failure> {
        match entered {
            Entered::Options(..) | Entered::Number(..) => Ok(Some(Reply::Is(entered))),
            Entered::Skip => Ok(Some(Reply::Skip)),
            Entered::Quit => Ok(Some(Reply::End)),
            Entered::Hint => {
                let hint = hints.next();
                self.edge.say(self.args.common.format, &hint)?;
                Ok(None)
            }
            Entered::Help => {
                self.edge.say(self.args.common.format, KEYS)?;
                Ok(None)
            }
            Entered::Unclear => {
                let wanted = match shape {
                    Shape::Number => "a number".to_owned(),
                    Shape::Letters { of, choose: 1 } => format!("one letter from A to {}", last(of)),
                    Shape::Letters { of, choose } | Shape::Order { of, choose } => format!("{choose} letters from A to {}", last(of)),
                };
                if self.input.talks() {
                    self.edge.say(self.args.common.format, &format!("Answer with {wanted}, or h, s or q."))?;
                    return Ok(None);
                }
                self.edge.say(self.args.common.format, &format!("`{}` is not {wanted}: this item is skipped.", line.trim()))?;
                Ok(Some(Reply::Skip))
            }
        }
    }
}

/// The commands behind every prompt.
const COMMANDS: &str = "   h hint   s skip   ? keys   q save and quit";

fn last(of: usize) -> char {
    render::letter(of.saturating_sub(1))
}

/// What a prompt asks for.
fn task(shape: Shape) -> String {
    match shape {
        Shape::Letters { of, choose: 1 } => format!("Answer (A-{})", last(of)),
        Shape::Letters { of, choose } => format!("Answer ({choose} of A-{})", last(of)),
        Shape::Order { of, choose } => format!("Answer ({choose} of A-{}, in order)", last(of)),
        Shape::Number => "Answer (a number)".to_owned(),
    }
}

/// The options that letters stand for: of an order in this order, else in that of the file, so that equal answers run equally.
fn names(question: &Question, order: &[usize], indices: Vec<usize>) -> Vec<String> {
    let mut chosen: Vec<usize> = indices.into_iter().filter_map(|index| order.get(index)).copied().collect();
    if !matches!(question.kind, Kind::Order { .. }) {
        chosen.sort_unstable();
    }
    chosen.into_iter().filter_map(|index| question.options.get(index)).map(|option| option.name.clone()).collect()
}

/// The options of a decision that letters stand for.
fn options(reply: Reply<Entered>, decision: &Decision) -> Reply<scenario::Answer> {
    match reply {
        Reply::Is(Entered::Options(indices, _)) => {
            let names = indices.iter().filter_map(|index| decision.options.get(*index)).map(|option| option.name.clone());
            Reply::Is(scenario::Answer::Options(names.collect()))
        }
        Reply::Is(_) | Reply::Skip => Reply::Skip,
        Reply::End => Reply::End,
    }
}

fn decision_json(document: &Document, decision: &Decision) -> serde_json::Value {
    let option = |(at, option): (usize, &scenario::Choice)| json!({"letter": render::letter(at).to_string(), "option": option.name, "text": option.label});
    let options: Vec<_> = decision.options.iter().enumerate().map(option).collect();
    json!({"type": "decision", "scenario": document.id, "brief": document.brief, "decision": decision.name, "ask": decision.ask, "choose": decision.choose, "options": options})
}

/// A question's own hints; then where it stands in the guide, and what its facts are about, without their values.
fn hints_of(question: &Question, rulebook: crate::rulebook::Rulebook) -> Vec<String> {
    let mut hints: Vec<String> = question.hints.iter().map(|hint| rulebook.interpolate(hint).unwrap_or_else(|_| hint.clone())).collect();
    if !question.guide.is_empty() {
        hints.push(format!("It is about \"{}\" in the guide.", question.guide));
    }
    let facts: Vec<&str> = question.facts.iter().filter_map(|id| rulebook.fact(id)).map(|fact| fact.title).collect();
    if !facts.is_empty() {
        hints.push(format!("Think of: {}.", facts.join("; ")));
    }
    hints
}
