//! Proofs: the model runs every answer to a question, and the key is what passes.

use super::question::{DECISION, Evidence, Kind, Question, number};
use crate::authoring::is_worth_telling;
use crate::diag::{Diagnostic, Span};
use crate::doc::{Node, NodeKind, Scalar};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::scenario::{Answer, Answers, Document, FailRule, Verdict, combinations, instantiate, run};
use std::collections::BTreeSet;

/// What happens when these options are chosen; nothing for a question whose key is cited.
///
/// # Errors
/// All that is wrong with world and checks under this answer.
pub fn run_question(question: &Question, chosen: &[String], rulebook: Rulebook) -> Result<Option<Verdict>, Vec<Diagnostic>> {
    match &question.evidence {
        Evidence::Cited { .. } => Ok(None),
        Evidence::Executed { document, decision, rest } => {
            let mut answers = rest.clone();
            answers.insert(decision.clone(), answer(document, decision, chosen));
            verdict(document, &answers, rulebook).map(|(verdict, _)| Some(verdict))
        }
    }
}

/// Chosen options as an answer: their names, or a number that was typed.
fn answer(document: &Document, decision: &str, chosen: &[String]) -> Answer {
    let is_option = |name: &str| document.decision(decision).is_some_and(|decision| decision.option(name).is_some());
    match chosen.first().filter(|name| !is_option(name)).and_then(|text| number(text)) {
        Some(number) => Answer::Free(plain(number.to_string(), document.id_span)),
        None => Answer::Options(chosen.to_vec()),
    }
}

/// The verdict, and the warnings about the policies of its world.
fn verdict(document: &Document, answers: &Answers, rulebook: Rulebook) -> Result<(Verdict, Vec<Diagnostic>), Vec<Diagnostic>> {
    instantiate(document, answers, rulebook).map(|instance| (run(&instance), instance.warnings))
}

/// Runs every answer and holds it against the key: exactly the keyed options pass all checks, and every other
/// answer fails where and how the first rule of `fails` that names one of its options says. Under the guide's
/// rulebook the key is `guide_key`, if there is one, and `fails` is not looked at, since it speaks of today.
#[must_use]
pub fn prove_question(question: &Question, rulebook: Rulebook) -> Vec<Diagnostic> {
    let Evidence::Executed { document, .. } = &question.evidence else { return Vec::new() };
    let mut prover = Prover { question, document, rulebook, diagnostics: Vec::new(), used: BTreeSet::new(), failed: BTreeSet::new() };
    let mut checks: Vec<(String, Span)> = Vec::new();
    for chosen in answers_to(question, document) {
        let answers = Answers::from([(DECISION.to_owned(), answer(document, DECISION, &chosen))]);
        match verdict(document, &answers, rulebook) {
            Ok((verdict, warnings)) => {
                prover.warn(warnings, verdict.first_failure().is_none());
                if checks.is_empty() {
                    checks = verdict.checks.iter().map(|check| (check.name.clone(), check.span)).collect();
                }
                prover.judge(&chosen, &verdict);
            }
            // A step that takes up what only a later step makes cannot even be written down: the order is wrong.
            Err(found) if matches!(question.kind, Kind::Order { .. }) && is_too_early(&found) && !question.is_right(&chosen, rulebook) => {}
            Err(found) => prover.broken(found),
        }
    }
    if rulebook.kind == RulebookKind::Current {
        prover.unused_rules();
        prover.idle_checks(&checks);
    }
    prover.diagnostics
}

/// Whether all that is wrong is that a step takes up what no step before it makes.
fn is_too_early(found: &[Diagnostic]) -> bool {
    found.iter().all(|diagnostic| diagnostic.code == "scenario/unknown-save")
}

/// A number as a file would have it.
fn plain(text: String, span: Span) -> Node {
    Node { kind: NodeKind::Scalar(Scalar { text, quoted: false }), span }
}

/// Every way to answer: each option, each set of them, or each order of each set.
fn answers_to(question: &Question, document: &Document) -> Vec<Vec<String>> {
    let sets = combinations(document).into_iter().filter_map(|mut answers| match answers.remove(DECISION) {
        Some(Answer::Options(chosen)) => Some(chosen),
        Some(Answer::Free(_)) | None => None,
    });
    match question.kind {
        Kind::Order { .. } => sets.flat_map(|set| orders(&set)).collect(),
        Kind::Choice | Kind::Response { .. } | Kind::Numeric { .. } => sets.collect(),
    }
}

/// All orders of some names: at most 720, since a question has at most six options.
fn orders(names: &[String]) -> Vec<Vec<String>> {
    let mut orders = vec![Vec::new()];
    for _ in names {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<String>| {
                let rest = names.iter().filter(|name| !order.contains(*name)).cloned().collect::<Vec<_>>();
                rest.into_iter().map(move |name| order.iter().cloned().chain([name]).collect())
            })
            .collect();
    }
    orders
}

struct Prover<'q> {
    question: &'q Question,
    document: &'q Document,
    rulebook: Rulebook,
    diagnostics: Vec<Diagnostic>,
    /// Places of the rules in `fails` that some answer met.
    used: BTreeSet<Span>,
    /// Names of the checks that some answer failed.
    failed: BTreeSet<String>,
}

impl Prover<'_> {
    /// Several answers have the same world but for an option, and its warnings once.
    fn warn(&mut self, warnings: Vec<Diagnostic>, passes: bool) {
        for warning in warnings.into_iter().filter(|warning| is_worth_telling(warning, passes)) {
            if !self.diagnostics.contains(&warning) {
                self.diagnostics.push(warning);
            }
        }
    }

    fn judge(&mut self, chosen: &[String], verdict: &Verdict) {
        self.failed.extend(verdict.checks.iter().filter(|check| check.outcome != crate::scenario::Outcome::Passed).map(|c| c.name.clone()));
        let keyed = self.question.is_right(chosen, self.rulebook);
        match (keyed, verdict.first_failure()) {
            (true, None) => {}
            (true, Some(failure)) => {
                let (found, message) = failure.evidence().map_or(("", ""), |evidence| (&evidence.found, &evidence.message));
                self.diagnostics.push(
                    Diagnostic::error("question/key", format!("the keyed answer {} fails at check `{}`", list(chosen), failure.name))
                        .at(self.question.key_span, format!("{} does not pass{}", list(chosen), self.by()))
                        .at(failure.span, if found.is_empty() { "skipped".to_owned() } else { format!("found {found}") })
                        .help(message.to_owned()),
                );
            }
            (false, None) => {
                self.diagnostics.push(
                    Diagnostic::error("question/key", format!("{} passes every check and is not the key", list(chosen)))
                        .at(self.question.key_span, format!("{} is right as well{}", list(chosen), self.by()))
                        .at(self.span(chosen), "this passes")
                        .help("change the option or the checks, or key it"),
                );
            }
            // Which step of a wrong order fails is no claim of the question's.
            (false, Some(_)) if matches!(self.question.kind, Kind::Order { .. }) => {}
            (false, Some(failure)) if self.rulebook.kind == RulebookKind::Current => {
                let (found, message) =
                    failure.evidence().map_or(("skipped", ""), |evidence| (evidence.found.as_str(), evidence.message.as_str()));
                let rule = self.document.proof.fails.iter().find(|rule| chosen.iter().any(|name| named(rule) == Some(name)));
                let Some(rule) = rule else {
                    self.diagnostics.push(
                        Diagnostic::error("question/uncovered", format!("`fails` does not say how {} fails", list(chosen)))
                            .at(self.span(chosen), "this distractor")
                            .help(format!("add `{}: {{ at: {}, with: {found} }}`", chosen.last().map_or("", |n| n), failure.name)),
                    );
                    return;
                };
                self.used.insert(rule.span);
                if rule.at != failure.name || rule.with.as_deref() != Some(found) {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "question/fails",
                            format!("{} fails at check `{}` with {found}, not as `fails` says", list(chosen), failure.name),
                        )
                        .at(rule.at_span, format!("expected `at: {}, with: {found}`", failure.name))
                        .help(message.to_owned()),
                    );
                }
            }
            (false, Some(_)) => {}
        }
    }

    fn by(&self) -> &'static str {
        match self.rulebook.kind {
            RulebookKind::Guide => " by the guide; add `guide_key` if the guide answers otherwise",
            RulebookKind::Current => "",
        }
    }

    fn span(&self, chosen: &[String]) -> Span {
        let wrong = chosen.iter().find(|name| !self.question.key.contains(name)).or(chosen.first());
        wrong.and_then(|name| self.question.option(name)).map_or(self.question.key_span, |option| option.span)
    }

    /// World or checks do not even build under some answer: told once for each place.
    fn broken(&mut self, found: Vec<Diagnostic>) {
        for diagnostic in found {
            let known =
                self.diagnostics.iter().any(|known| known.labels.first() == diagnostic.labels.first() && known.code == diagnostic.code);
            if !known {
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn unused_rules(&mut self) {
        for rule in &self.document.proof.fails {
            if !self.used.contains(&rule.span) && self.diagnostics.is_empty() {
                self.diagnostics.push(
                    Diagnostic::error("question/unused-rule", "no answer meets this rule")
                        .at(rule.span, "the option is keyed, or an earlier rule counts"),
                );
            }
        }
    }

    /// A check that no answer fails decides nothing; one that is there to show something says so.
    fn idle_checks(&mut self, checks: &[(String, Span)]) {
        if !self.diagnostics.is_empty() {
            return;
        }
        // Checks that an option brings along are its way to the goal, not a test of it.
        let item = |name: &str| {
            let is = |item: &&Node| item.get("name").and_then(Node::as_str) == Some(name);
            self.document.checks.as_sequence().unwrap_or_default().iter().find(is)
        };
        let decides = |name: &str| item(name).is_some_and(|item| item.get("always").and_then(Node::as_bool) != Some(true));
        let idle: Vec<_> = checks.iter().filter(|(name, _)| !self.failed.contains(name) && decides(name)).collect();
        for (name, span) in idle {
            self.diagnostics.push(
                Diagnostic::error("question/idle-check", format!("no answer fails check `{name}`"))
                    .at(*span, "this check decides nothing")
                    .help("add `always: true` if it only shows something or prepares a later check"),
            );
        }
    }
}

fn named(rule: &FailRule) -> Option<&String> {
    rule.when.options.first().and_then(|(_, _, names)| names.first()).map(|(name, _)| name)
}

/// `` `a` `` or `` `a` with `c` ``.
fn list(chosen: &[String]) -> String {
    chosen.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" with ")
}
