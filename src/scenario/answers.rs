//! What the learner decided: options by name, or a value of his own.

use super::document::Document;
use crate::diag::{Diagnostic, Span};
use crate::doc::Node;
use std::collections::BTreeMap;

/// The answer to one decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Options of the decision; more than one where it asks for several.
    Options(Vec<String>),
    /// A value that the learner wrote.
    Free(Node),
}

/// Answers by decision.
pub type Answers = BTreeMap<String, Answer>;

/// Reads an answers file: a mapping of decisions to option names, or to values of free-form decisions.
///
/// # Errors
/// Unknown decisions and options, and values where the decision is not free form.
pub fn read_answers(document: &Document, node: &Node) -> Result<Answers, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let mut answers = Answers::new();
    let Some(pairs) = node.as_mapping() else {
        return Err(vec![node.expected("answers/shape", "a mapping of decisions to options")]);
    };
    for pair in pairs {
        let Some(decision) = document.decision(&pair.key) else {
            diagnostics.push(unknown_decision(document, &pair.key, pair.key_span));
            continue;
        };
        let names: Option<Vec<&str>> = pair.value.one_or_many().iter().map(Node::as_str).collect();
        // An empty list names no option: it is a value, such as a policy without statements.
        let named = names.filter(|names| !names.is_empty() && names.iter().all(|name| decision.option(name).is_some()));
        match named {
            Some(names) => {
                answers.insert(pair.key.clone(), Answer::Options(names.into_iter().map(str::to_owned).collect()));
            }
            None if decision.free_form => {
                answers.insert(pair.key.clone(), Answer::Free(pair.value.clone()));
            }
            None => diagnostics.push(
                Diagnostic::error("answers/unknown-option", format!("decision `{}` has no such option", pair.key))
                    .at(pair.value.span, "no such option")
                    .suggest(pair.value.as_str().unwrap_or_default(), decision.options.iter().map(|option| option.name.as_str())),
            ),
        }
    }
    if diagnostics.is_empty() { Ok(answers) } else { Err(diagnostics) }
}

/// A decision that the scenario does not have.
pub(super) fn unknown_decision(document: &Document, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("scenario/unknown-decision", format!("the scenario has no decision `{name}`"))
        .at(span, "no such decision")
        .suggest(name, document.decisions.iter().map(|decision| decision.name.as_str()))
}
