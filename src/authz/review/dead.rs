//! Statements that change no decision, because another one is as wide.

use super::{Findings, at};
use crate::diag::Diagnostic;
use crate::iam::{Effect, Effort, Policy, Statement};

/// Enough to compare all statements of any policy that AWS would take.
const STEPS: usize = 10_000_000;

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let mut effort = Effort::new(STEPS);
    let statements = policy.statements();
    for (index, statement) in statements.iter().enumerate() {
        if findings.is_full() || effort.is_spent() {
            return;
        }
        if let Some(wider) = dead_by(statements, index, statement, &mut effort) {
            let denied = wider.effect != statement.effect;
            let message = match denied {
                true => "whatever this statement allows, another statement denies",
                false => "this statement changes nothing: another one matches whatever it matches",
            };
            let diagnostic = at(Diagnostic::warning("policy/dead-statement", message), statement.span, "never decides anything");
            findings.add(
                at(diagnostic, wider.span, if denied { "denies all of it" } else { "as wide, or wider" })
                    .help("remove it, or say what it was meant to add"),
            );
        }
    }
}

/// The statement that makes this one dead. Of two that are alike the second is dead, not both.
fn dead_by<'p>(statements: &'p [Statement], index: usize, statement: &Statement, effort: &mut Effort) -> Option<&'p Statement> {
    statements.iter().enumerate().find_map(|(other, wider)| {
        let same_effect = wider.effect == statement.effect;
        let may_kill = other != index && (same_effect || wider.effect == Effect::Deny);
        let dead = may_kill && wider.covers(statement, effort) && (!same_effect || other < index || !statement.covers(wider, effort));
        dead.then_some(wider)
    })
}
