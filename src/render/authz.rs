//! The answer to a question of authorisation: short for people, whole on demand, and for programs.

use super::scenario::rule;
use super::verdict::reason_json;
use super::{diagnostics_json, safe_line, wrap};
use crate::authz::change::Suggestion;
use crate::cloud::{ConditionTrace, DecisionTrace, PolicyTrace, Reason, StatementTrace};
use crate::diag::{Diagnostic, Sources, Span};
use serde_json::{Value, json};

/// All that an answer is shown from.
pub struct AuthzReport<'r> {
    /// `Allow`, `ExplicitDeny`, `ImplicitDeny`, or the code of an error that has nothing to do with permissions.
    pub outcome: String,
    /// Whether the call succeeds.
    pub allowed: bool,
    /// Who asked.
    pub principal: String,
    /// For what.
    pub action: String,
    /// On what; empty where the parameters of the call say it.
    pub resource: String,
    /// What AWS would say.
    pub message: Option<&'r str>,
    /// Why.
    pub reason: Option<&'r Reason>,
    /// The path to every decision that was made on the way.
    pub traces: &'r [DecisionTrace],
    /// What would change the decision.
    pub suggestions: &'r [Suggestion],
    /// A text with labels in the place of ids.
    pub readable: &'r dyn Fn(&str) -> String,
    /// What AWS accepts in the policies and nobody means.
    pub warnings: &'r [Diagnostic],
    /// The files that places point into.
    pub sources: &'r Sources,
}

/// The longest line of a file that is quoted, in characters.
const QUOTED: usize = 160;

/// The answer for people: one screen, or with `whole` every statement of every policy.
#[must_use]
pub fn authz_text(report: &AuthzReport<'_>, whole: bool, width: usize) -> String {
    let word = match report.outcome.as_str() {
        "Allow" => "ALLOWED",
        "ExplicitDeny" | "ImplicitDeny" => "DENIED",
        // Permission was not what it lacked.
        _ => "FAILED",
    };
    let mut text = String::new();
    let mut line = |start: &str, words: &str, hanging: &str| {
        text.push_str(&wrap(&safe_line(words), width, start, hanging));
        text.push('\n');
    };
    line(&format!("{word}   "), &format!("{}  {}", report.action, how(report)), "         ");
    line("  who     ", &report.principal, "          ");
    if !report.resource.is_empty() {
        line("  on      ", &report.resource, "          ");
    }
    if let Some(reason) = report.reason {
        line("  why     ", &reason.headline, "          ");
    }
    if let Some(message) = report.message.filter(|message| !message.is_empty()) {
        line("  in AWS  ", message, "          ");
    }
    if let Some(reason) = report.reason.filter(|reason| !reason.details.is_empty()) {
        text.push_str("\nWhat led to it\n");
        let mut quoted: Vec<Span> = Vec::new();
        for detail in &reason.details {
            text.push_str(&wrap(&safe_line(&detail.text), width, "  - ", "    "));
            text.push('\n');
            if let Some(span) = detail.span.filter(|span| !quoted.contains(span)) {
                quoted.push(span);
                text.push_str(&source_line(report.sources, span, width));
            }
        }
    }
    text.push_str(&suggestions_text(report, width));
    if !report.warnings.is_empty() {
        text.push_str("\nBesides\n");
        for warning in report.warnings {
            let place = warning.labels.first().map(|label| format!(" ({})", report.sources.locate(label.span))).unwrap_or_default();
            text.push_str(&wrap(&safe_line(&format!("{}{place}", warning.message)), width, "  warning: ", "           "));
            text.push('\n');
        }
    }
    if whole {
        for trace in report.traces {
            text.push_str(&trace_text(trace, report.sources, width));
        }
    } else if report.traces.iter().any(|trace| !trace.policies.is_empty()) {
        text.push_str("\n--whole shows every statement, and what of it fits.\n");
    }
    text
}

/// What would change the decision, each with what it opens besides.
fn suggestions_text(report: &AuthzReport<'_>, width: usize) -> String {
    if report.suggestions.is_empty() {
        return String::new();
    }
    let mut text = format!("\nWhat would {} it\n", if report.allowed { "deny" } else { "allow" });
    for (number, suggestion) in report.suggestions.iter().enumerate() {
        let start = format!("  {}  ", number + 1);
        text.push_str(&wrap(&safe_line(&(report.readable)(&suggestion.describe())), width, &start, "     "));
        text.push('\n');
        let note = match (&suggestion.advice, suggestion.is_exact()) {
            (Some(_), _) => "advice, not tried out",
            (None, true) => "and nothing else",
            // What it opens besides is part of its description.
            (None, false) => continue,
        };
        text.push_str(&format!("       {note}\n"));
    }
    text
}

fn how(report: &AuthzReport<'_>) -> String {
    match report.outcome.as_str() {
        "Allow" => String::new(),
        "ExplicitDeny" => "(explicit deny: a statement denies it)".to_owned(),
        "ImplicitDeny" => {
            let missing: Vec<&str> = report.traces.iter().flat_map(|trace| &trace.missing).map(|missing| missing.phrase()).collect();
            match missing.as_slice() {
                [] => "(implicit deny: nothing denies it, and nothing allows it)".to_owned(),
                some => format!("(implicit deny: nothing denies it, but no {} allows it)", some.join(" and no ")),
            }
        }
        code => format!("({code})"),
    }
}

/// `file:line:column` and that line of the file.
fn source_line(sources: &Sources, span: Span, width: usize) -> String {
    let place = sources.locate(span);
    let Some(line) = sources.text(span.file).lines().nth(place.line.saturating_sub(1)) else { return String::new() };
    let shown: String = line.trim().chars().take(QUOTED).collect();
    let place = format!("{place}");
    let mut text = wrap(&safe_line(&place), width, "      ", "      ");
    text.push('\n');
    let room = width.saturating_sub(8);
    let mut shown = safe_line(&shown).chars().take(room + 1).collect::<String>();
    if shown.chars().count() > room {
        shown = shown.chars().take(room.saturating_sub(1)).chain(['…']).collect();
    }
    text.push_str(&format!("      | {shown}\n"));
    text
}

/// Every statement of every policy.
fn trace_text(trace: &DecisionTrace, sources: &Sources, width: usize) -> String {
    let mut text = format!("\nEvery statement, asked about {}\n{}", safe_line(&trace.action), rule(width));
    if let Some(grant) = &trace.grant {
        text.push_str(&wrap(&safe_line(&format!("grant {grant} allows it")), width, "  ", "    "));
        text.push('\n');
    }
    for policy in &trace.policies {
        text.push_str(&policy_text(policy, sources, width));
    }
    text
}

fn policy_text(policy: &PolicyTrace, sources: &Sources, width: usize) -> String {
    let level = policy.level.map(|level| format!(", level {level}")).unwrap_or_default();
    let kind = policy.policy_type.phrase();
    let kind = if policy.name == kind { String::new() } else { format!(" ({kind}{level})") };
    let mut text = wrap(&safe_line(&format!("{}{kind}", policy.name)), width, "", "  ");
    text.push('\n');
    for statement in &policy.statements {
        text.push_str(&statement_text(statement, sources, width));
    }
    text
}

fn statement_text(statement: &StatementTrace, sources: &Sources, width: usize) -> String {
    let mark = if statement.matches { "match" } else { "  -  " };
    let name = statement.sid.as_ref().map_or_else(|| format!("statement {}", statement.number), |sid| format!("\"{sid}\""));
    let place = statement.span.map(|span| format!("  {}", sources.locate(span))).unwrap_or_default();
    let mut text = wrap(&safe_line(&format!("{} {name}{place}", statement.effect)), width, &format!("  {mark}  "), "           ");
    text.push('\n');
    let word = |fits: bool| if fits { "fits" } else { "does not fit" };
    let mut parts = vec![format!("action {}", word(statement.action))];
    parts.extend(statement.principal.map(|fits| format!("principal {}", word(fits))));
    parts.push(format!("resource {}", word(statement.resource)));
    text.push_str(&wrap(&parts.join(", "), width, "         ", "         "));
    text.push('\n');
    for condition in &statement.conditions {
        text.push_str(&wrap(&safe_line(&condition_text(condition)), width, "         ", "           "));
        text.push('\n');
    }
    text
}

fn condition_text(condition: &ConditionTrace) -> String {
    let found = match &condition.found {
        None => "the request does not carry it".to_owned(),
        Some(values) => format!("the request has {}", values.join(", ")),
    };
    let word = if condition.holds { "holds" } else { "does not hold" };
    format!("{} {} = {}: {word}, {found}", condition.operator, condition.key, condition.wanted.join(" or "))
}

/// The answer for programs.
#[must_use]
pub fn authz_json(report: &AuthzReport<'_>) -> Value {
    json!({
        "decision": report.outcome,
        "allowed": report.allowed,
        "principal": report.principal,
        "action": report.action,
        "resource": report.resource,
        "message": report.message,
        "reason": report.reason.map(|reason| reason_json(reason, report.sources)),
        "decisions": report.traces.iter().map(|trace| trace_json(trace, report.sources)).collect::<Vec<_>>(),
        "suggestions": report.suggestions.iter().map(Suggestion::to_json).collect::<Vec<_>>(),
        "warnings": diagnostics_json(report.warnings, report.sources),
    })
}

/// A trace, with the places of its statements.
fn trace_json(trace: &DecisionTrace, sources: &Sources) -> Value {
    let mut value = json!(trace);
    for (policy, shown) in trace.policies.iter().zip(value.pointer_mut("/policies").and_then(Value::as_array_mut).into_iter().flatten()) {
        let statements = shown.get_mut("statements").and_then(Value::as_array_mut);
        for (statement, shown) in policy.statements.iter().zip(statements.into_iter().flatten()) {
            if let (Some(span), Some(shown)) = (statement.span, shown.as_object_mut()) {
                shown.insert("at".to_owned(), json!(sources.locate(span)));
            }
        }
    }
    value
}
