//! The proof matrix: every combination of options, executed.

use super::structure;
use super::warning::is_worth_telling;
use crate::diag::Diagnostic;
use crate::doc::Node;
use crate::rulebook::Rulebook;
use crate::scenario::{
    Answers, Document, FailRule, Fills, Outcome, Verdict, combination_count, combinations, describe_answers, instantiate, run,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// More combinations than this are refused: nobody can have thought them through.
const MOST: usize = 20_000;

/// How many examples of one kind of disagreement are shown.
const EXAMPLES: usize = 3;

/// What proving a scenario found.
#[derive(Debug, Default)]
pub struct Proven {
    /// What is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// How many combinations were executed.
    pub combinations: usize,
    /// How many of them pass.
    pub passing: usize,
}

/// What one combination did.
struct Run {
    answers: Answers,
    /// The names of all its checks, with whether each passed.
    checks: Vec<(String, bool)>,
    /// The first check that did not pass, with what it found.
    failure: Option<(String, String, String)>,
    warnings: Vec<Diagnostic>,
}

/// Executes every combination of a scenario's options and compares with its proof.
#[must_use]
pub fn prove(document: &Document, rulebook: Rulebook) -> Proven {
    let mut diagnostics = structure::check(document);
    match combination_count(document) {
        Some(count) if count <= MOST => {}
        _ => {
            diagnostics.push(
                Diagnostic::error("proof/too-many", format!("the decisions have more than {MOST} combinations"))
                    .at(document.id_span, "split this scenario"),
            );
            return Proven { diagnostics, combinations: 0, passing: 0 };
        }
    }
    let outcomes: Vec<Result<Run, Vec<Diagnostic>>> =
        combinations(document).into_par_iter().map(|answers| execute(document, answers, rulebook)).collect();
    let mut runs = Vec::new();
    let mut seen = BTreeSet::new();
    for outcome in outcomes {
        match outcome {
            Ok(run) => runs.push(run),
            Err(found) => {
                // The same mistake shows in every combination that has it.
                diagnostics.extend(found.into_iter().filter(|found| {
                    let span = found.labels.first().map(|label| label.span);
                    seen.insert((found.code, span, found.message.clone()))
                }));
            }
        }
    }
    if diagnostics.is_empty() {
        judge(document, &runs, &mut diagnostics);
    }
    for warning in runs.iter().flat_map(|run| run.warnings.iter().filter(|warning| is_worth_telling(warning, run.failure.is_none()))) {
        let span = warning.labels.first().map(|label| label.span);
        if seen.insert((warning.code, span, warning.message.clone())) {
            diagnostics.push(warning.clone());
        }
    }
    let passing = runs.iter().filter(|run| run.failure.is_none()).count();
    Proven { diagnostics, combinations: runs.len(), passing }
}

fn execute(document: &Document, answers: Answers, rulebook: Rulebook) -> Result<Run, Vec<Diagnostic>> {
    let instance = instantiate(document, &answers, rulebook)?;
    let verdict = run(&instance);
    let checks = verdict.checks.iter().map(|check| (check.name.clone(), check.outcome == Outcome::Passed)).collect();
    Ok(Run { answers, checks, failure: failure(&verdict), warnings: instance.warnings })
}

fn failure(verdict: &Verdict) -> Option<(String, String, String)> {
    let check = verdict.first_failure()?;
    let (found, message) = match &check.outcome {
        Outcome::Failed(evidence) => {
            let why = evidence.reason.as_ref().map(|reason| format!(" ({})", reason.headline)).unwrap_or_default();
            (evidence.found.clone(), format!("{}{why}", evidence.message))
        }
        Outcome::Skipped { needs } => ("skipped".to_owned(), format!("needs `{needs}`")),
        Outcome::Passed => return None,
    };
    Some((check.name.clone(), found, message))
}

/// Disagreements of one kind at one place, which are told together.
struct Disagreement {
    diagnostic: Diagnostic,
    examples: Vec<String>,
    count: usize,
}

fn judge(document: &Document, runs: &[Run], diagnostics: &mut Vec<Diagnostic>) {
    let proof = &document.proof;
    let mut groups: BTreeMap<(u32, &'static str, String), Disagreement> = BTreeMap::new();
    let mut add = |diagnostic: Diagnostic, key: String, example: String| {
        let at = diagnostic.labels.first().map_or(0, |label| label.span.start);
        let group = groups.entry((at, diagnostic.code, key)).or_insert_with(|| Disagreement { diagnostic, examples: Vec::new(), count: 0 });
        group.count += 1;
        if group.examples.len() < EXAMPLES {
            group.examples.push(example);
        }
    };
    let mut used_passes = vec![false; proof.passes.len()];
    let mut used_fails = vec![false; proof.fails.len()];
    for run in runs {
        let example = describe_answers(&run.answers);
        if let Some(index) = proof.passes.iter().position(|rule| rule.when.matches(&run.answers)) {
            mark(&mut used_passes, index);
            let Some(rule) = proof.passes.get(index) else { continue };
            if let Some((check, found, message)) = &run.failure {
                let diagnostic =
                    Diagnostic::error("proof/should-pass", format!("the proof says this passes, and it fails at `{check}` with `{found}`"))
                        .at(rule.span, "these answers do not work")
                        .help(message.clone());
                add(diagnostic, format!("{check} {found}"), example);
            }
            continue;
        }
        let Some(index) = proof.fails.iter().position(|rule| rule.when.matches(&run.answers)) else {
            let (what, at) = match &run.failure {
                None => ("it passes".to_owned(), String::new()),
                Some((check, found, _)) => (format!("it fails at `{check}` with `{found}`"), format!("{check} {found}")),
            };
            let diagnostic = Diagnostic::error("proof/uncovered", format!("the proof says nothing about a combination: {what}"))
                .at(proof.span, "no rule matches it");
            add(diagnostic, at, example);
            continue;
        };
        mark(&mut used_fails, index);
        let Some(rule) = proof.fails.get(index) else { continue };
        match &run.failure {
            None => {
                let diagnostic =
                    Diagnostic::error("proof/should-fail", format!("the proof says this fails at `{}`, and it passes", rule.at))
                        .at(rule.span, "these answers work");
                add(diagnostic, String::new(), example);
            }
            Some((check, found, message)) if !agrees(rule, check, found) => {
                let claimed = rule.with.as_ref().map(|with| format!(" with `{with}`")).unwrap_or_default();
                let diagnostic = Diagnostic::error(
                    "proof/other-failure",
                    format!("the proof says this fails at `{}`{claimed}, and it fails at `{check}` with `{found}`", rule.at),
                )
                .at(rule.span, "these answers fail otherwise")
                .help(message.clone());
                add(diagnostic, format!("{check} {found}"), example);
            }
            Some(_) => {}
        }
    }
    diagnostics.extend(groups.into_values().map(|group| {
        let more = group.count.saturating_sub(group.examples.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        group.diagnostic.help(format!("with {}{more}", group.examples.join("; ")))
    }));
    unused(document, runs, &used_passes, &used_fails, diagnostics);
    never_failing(document, runs, diagnostics);
}

fn mark(used: &mut [bool], index: usize) {
    if let Some(flag) = used.get_mut(index) {
        *flag = true;
    }
}

fn agrees(rule: &FailRule, check: &str, found: &str) -> bool {
    rule.at == check && rule.with.as_ref().is_none_or(|with| with == found)
}

/// Rules that no combination needs, options that no rule speaks of, and checks in rules that do not exist.
fn unused(document: &Document, runs: &[Run], passes: &[bool], fails: &[bool], diagnostics: &mut Vec<Diagnostic>) {
    let proof = &document.proof;
    let rules = proof.passes.iter().map(|rule| rule.span).zip(passes).chain(proof.fails.iter().map(|rule| rule.span).zip(fails));
    for (span, _) in rules.filter(|(_, used)| !**used) {
        diagnostics.push(
            Diagnostic::error("proof/unused-rule", "no combination needs this rule")
                .at(span, "an earlier rule matches all of these, or none exist"),
        );
    }
    let names: BTreeSet<&str> = runs.iter().flat_map(|run| run.checks.iter().map(|(name, _)| name.as_str())).collect();
    for rule in proof.fails.iter().filter(|rule| !names.contains(rule.at.as_str())) {
        diagnostics.push(
            Diagnostic::error("proof/unknown-check", format!("there is no check `{}`", rule.at))
                .at(rule.at_span, "no such check")
                .suggest(&rule.at, names.iter().copied()),
        );
    }
    let selections: Vec<_> = proof.passes.iter().map(|rule| &rule.when).chain(proof.fails.iter().map(|rule| &rule.when)).collect();
    for decision in &document.decisions {
        for option in &decision.options {
            let named = selections.iter().any(|selection| {
                selection
                    .options
                    .iter()
                    .any(|(name, _, options)| *name == decision.name && options.iter().any(|(known, _)| *known == option.name))
            });
            let passing = runs.iter().any(|run| {
                run.failure.is_none()
                    && matches!(run.answers.get(&decision.name), Some(crate::scenario::Answer::Options(names)) if names.contains(&option.name))
            });
            if !named && !passing {
                diagnostics.push(
                    Diagnostic::error(
                        "proof/unproven-option",
                        format!("the proof does not say what option `{}` of `{}` does", option.name, decision.name),
                    )
                    .at(option.span, "neither part of a passing combination nor named by a failing one"),
                );
            }
        }
    }
}

/// A check that cannot fail proves nothing, unless it says that it is there to show something.
fn never_failing(document: &Document, runs: &[Run], diagnostics: &mut Vec<Diagnostic>) {
    let mut failed: BTreeMap<&str, bool> = BTreeMap::new();
    for (name, passed) in runs.iter().flat_map(|run| &run.checks) {
        *failed.entry(name).or_default() |= !passed;
    }
    for (item, name, always) in check_names(document) {
        match (failed.get(name.as_str()), always) {
            (Some(false), false) => diagnostics.push(
                Diagnostic::error("proof/never-fails", format!("check `{name}` passes whatever is decided"))
                    .at(item, "this check proves nothing")
                    .help("add an option that breaks it, or mark it `always: true` if it is there to show something"),
            ),
            (Some(true), true) => diagnostics.push(
                Diagnostic::error("proof/not-always", format!("check `{name}` is marked `always` and fails in some combination"))
                    .at(item, "remove `always`"),
            ),
            (Some(_) | None, _) => {}
        }
    }
}

/// What options and fragments put into the document.
fn spliced(document: &Document) -> impl Iterator<Item = &Node> {
    let options = document.decisions.iter().flat_map(|decision| &decision.options);
    let values = options.flat_map(|option| -> Vec<&Node> {
        match &option.fills {
            Fills::Omit => Vec::new(),
            Fills::Value(node) => vec![node],
            Fills::Parts(parts) => parts.iter().map(|pair| &pair.value).collect(),
        }
    });
    values.chain(document.fragments.iter().map(|pair| &pair.value))
}

/// The checks that stand in the document itself, in options or in fragments, with their names.
fn check_names(document: &Document) -> Vec<(crate::diag::Span, String, bool)> {
    let mut found = Vec::new();
    for list in [&document.checks].into_iter().chain(spliced(document)) {
        for item in list.one_or_many() {
            if let Some(name) = item.get("name") {
                let always = item.get("always").and_then(Node::as_bool) == Some(true);
                found.extend(name.as_str().map(|text| (name.span, text.to_owned(), always)));
            }
        }
    }
    found
}
