//! What can be said of a scenario without running it: holes, decisions and the names in its proof.

use crate::diag::{Diagnostic, Span};
use crate::doc::Node;
use crate::rulebook::Rulebook;
use crate::scenario::{Document, Fills, Selection, fragment_uses, holes};

/// Holes without a decision, decisions without a hole, and names in the proof that nothing has.
pub(super) fn check(document: &Document) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let nodes = nodes(document);
    let used: Vec<_> = nodes.iter().copied().flat_map(holes).collect();
    for decision in &document.decisions {
        if !used.iter().any(|hole| hole.decision == decision.name) {
            diagnostics.push(
                Diagnostic::error("scenario/unused-decision", format!("nothing depends on decision `{}`", decision.name))
                    .at(decision.span, "no hole uses it")
                    .help(format!("put `{{ answer: {} }}` where its value belongs, or remove it", decision.name)),
            );
        }
    }
    let taken_up: Vec<_> = nodes.iter().copied().flat_map(fragment_uses).collect();
    for pair in document.fragments.iter().filter(|pair| !taken_up.iter().any(|(name, _)| *name == pair.key)) {
        diagnostics.push(
            Diagnostic::error("scenario/unused-fragment", format!("nothing takes up fragment `{}`", pair.key))
                .at(pair.key_span, "never used")
                .help(format!("put `{{ fragment: {} }}` where it belongs, or remove it", pair.key)),
        );
    }
    facts(document, &mut diagnostics);
    let selections = document.proof.passes.iter().map(|rule| &rule.when).chain(document.proof.fails.iter().map(|rule| &rule.when));
    for selection in selections {
        names(document, selection, &mut diagnostics);
    }
    if document.proof.passes.is_empty() {
        diagnostics.push(
            Diagnostic::error("proof/nothing-passes", "the proof names no combination that passes")
                .at(document.proof.span, "add `passes:`"),
        );
    }
    diagnostics
}

/// Every node of the document that may have holes and take up fragments.
fn nodes(document: &Document) -> Vec<&Node> {
    let fragments = document.fragments.iter().map(|pair| &pair.value);
    let values = document.decisions.iter().flat_map(|decision| &decision.options).flat_map(|option| -> Vec<&Node> {
        match &option.fills {
            Fills::Omit => Vec::new(),
            Fills::Value(node) => vec![node],
            Fills::Parts(parts) => parts.iter().map(|pair| &pair.value).collect(),
        }
    });
    [&document.world, &document.checks].into_iter().chain(values).chain(fragments).collect()
}

fn names(document: &Document, selection: &Selection, diagnostics: &mut Vec<Diagnostic>) {
    for (name, span, options) in &selection.options {
        let Some(decision) = document.decision(name) else {
            diagnostics.push(unknown("decision", name, *span, document.decisions.iter().map(|decision| decision.name.as_str())));
            continue;
        };
        for (option, span) in options.iter().filter(|(option, _)| decision.option(option).is_none()) {
            diagnostics.push(unknown("option", option, *span, decision.options.iter().map(|option| option.name.as_str())));
        }
    }
}

fn unknown<'a>(what: &str, name: &str, span: Span, legal: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error("proof/unknown-name", format!("there is no {what} `{name}`")).at(span, format!("no such {what}")).suggest(name, legal)
}

/// Facts that texts quote and the rulebook does not have, and quotations where texts are shown as they are: before the
/// answer nobody is told what the facts are.
fn facts(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let mut quoting: Vec<(&str, Span)> = document.debrief.as_deref().map(|text| (text, document.id_span)).into_iter().collect();
    let mut plain: Vec<(&str, Span)> = vec![(&document.brief, document.id_span)];
    plain.extend(document.hints.iter().map(|hint| (hint.as_str(), document.id_span)));
    for decision in &document.decisions {
        plain.push((&decision.ask, decision.span));
        for option in &decision.options {
            plain.push((&option.label, option.span));
            quoting.extend(option.why.as_deref().map(|why| (why, option.span)));
        }
    }
    for (_, span) in plain.into_iter().filter(|(text, _)| text.contains("{fact:")) {
        diagnostics
            .push(Diagnostic::error("scenario/fact-place", "facts are quoted in `why` and `debrief` only").at(span, "in a text of this"));
    }
    for (text, span) in quoting {
        if let Err(unknown) = Rulebook::current().interpolate(text) {
            let message = format!("a text quotes the fact `{}`, which does not exist", unknown.id);
            let help = unknown.suggestion.unwrap_or_else(|| "the facts are in src/rulebook/facts".to_owned());
            diagnostics.push(Diagnostic::error("scenario/unknown-fact", message).at(span, "in a text of this").help(help));
        }
    }
}
