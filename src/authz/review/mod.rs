//! What AWS accepts in a policy and nobody meant.
//!
//! Each file knows one kind of mistake; `docs/policy-warnings.md` lists their codes. A warning is given only where the
//! mistake is certain from the policy and what is known of its subject, so that a clean policy stays quiet.

mod action;
mod condition_key;
mod condition_value;
mod contradiction;
mod covered;
mod dead;
mod principal;
mod resource;
#[cfg(test)]
mod tests;

use crate::cloud::{AccountId, Region};
use crate::diag::{Diagnostic, Span};
use crate::iam::{Policy, PolicyKind, Statement};
use crate::kms::{Key, KeySpec, KeyUsage};
use covered::Covered;

/// More warnings help nobody.
const MOST_FINDINGS: usize = 50;

/// What is known of whom or what a policy is for. Whether it is a key policy, the policy itself knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'s> {
    /// The ARN of the key.
    pub key_arn: Option<&'s str>,
    /// The account of the key.
    pub account: Option<AccountId>,
    /// The Region of the key.
    pub region: Option<Region>,
    /// The spec of the key.
    pub spec: Option<KeySpec>,
    /// The usage of the key.
    pub usage: Option<KeyUsage>,
}

impl<'s> Subject<'s> {
    /// A key, of which all is known.
    #[must_use]
    pub fn of_key(key: &'s Key) -> Self {
        Subject {
            key_arn: Some(&key.arn),
            account: Some(key.account),
            region: Some(key.region),
            spec: Some(key.spec),
            usage: Some(key.usage),
        }
    }
}

/// Warns of what is accepted and was probably not meant, in the order of the policy; at most fifty warnings. Without places in
/// the policy (it came as text) the warnings have none.
#[must_use]
pub fn review(policy: &Policy, subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    for statement in policy.statements() {
        if findings.is_full() {
            break;
        }
        let reviewed = Reviewed { policy, subject, statement, covered: Covered::of(policy, statement) };
        action::check(&reviewed, &mut findings);
        principal::check(&reviewed, &mut findings);
        resource::check(&reviewed, &mut findings);
        condition_key::check(&reviewed, &mut findings);
        condition_value::check(&reviewed, &mut findings);
        contradiction::check(&reviewed, &mut findings);
    }
    dead::check(policy, &mut findings);
    findings.list
}

/// A statement under review.
struct Reviewed<'r> {
    policy: &'r Policy,
    subject: &'r Subject<'r>,
    statement: &'r Statement,
    covered: Covered,
}

impl Reviewed<'_> {
    fn is_key_policy(&self) -> bool {
        self.policy.kind == PolicyKind::Key
    }
}

/// The warnings so far.
#[derive(Default)]
struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    fn is_full(&self) -> bool {
        self.list.len() >= MOST_FINDINGS
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.list.push(diagnostic);
        }
    }
}

/// Adds a place where there is one.
fn at(diagnostic: Diagnostic, span: Option<Span>, label: impl Into<String>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, label),
        None => diagnostic,
    }
}

/// A few names for a message: `a, b and 3 more`.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
