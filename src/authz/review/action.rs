//! Actions that no service has, and actions that have no business with this key.

use super::{Findings, Reviewed, at};
use crate::diag::{Diagnostic, cut, suggestion};
use crate::iam::{ActionPattern, Effect, Scope};
use crate::kms::{KeyUsage, OPERATIONS};
use crate::services::SERVICE_OPERATIONS;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every action that the model knows, by its lower case.
static KNOWN: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let kms = OPERATIONS.iter().flat_map(|row| row.permissions).map(|permission| permission.action);
    let services = SERVICE_OPERATIONS.iter().flat_map(|row| row.permissions.iter().copied().chain([row.name]));
    kms.chain(services).map(|name| (name.to_ascii_lowercase(), name)).collect()
});

/// No service has actions with longer names.
const LONGEST: usize = 128;

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    let statement = reviewed.statement;
    for action in statement.actions().listed() {
        if findings.is_full() {
            return;
        }
        if let Some(found) = unknown(action).or_else(|| for_other_keys(reviewed, action)) {
            findings.add(found);
        }
    }
    match statement.actions() {
        Scope::Absent => findings.add(at(
            Diagnostic::warning("policy/missing-element", "the statement has no `Action`, so it has no effect"),
            statement.span,
            "add `Action` here",
        )),
        Scope::Except(list) if statement.effect == Effect::Allow => findings.add(
            at(
                Diagnostic::warning("policy/not-action-with-allow", "`NotAction` with `Allow` allows everything that it does not list"),
                list.first().and_then(|action| action.span),
                "all but these are allowed, also actions that AWS adds later",
            )
            .help("list what is allowed under `Action`; `NotAction` is for `Deny`"),
        ),
        Scope::Except(_) | Scope::Only(_) => {}
    }
}

/// All actions of KMS are known. Of the other services only some are, so nothing is said unless one of these is near.
fn unknown(action: &ActionPattern) -> Option<Diagnostic> {
    let written = &*action.written;
    let (service, _) = written.split_once(':')?;
    let prefix = format!("{}:", service.to_ascii_lowercase());
    if prefix.len() > LONGEST || KNOWN.keys().any(|known| action.matches(known)) {
        return None;
    }
    let siblings = || KNOWN.range(prefix.clone()..).take_while(|(known, _)| known.starts_with(&prefix));
    let message = format!("no service has the action `{}`", cut(written));
    let diagnostic = at(Diagnostic::warning("policy/unknown-action", message), action.span, "no such action");
    if prefix == "kms:" {
        return Some(diagnostic.suggest(written, siblings().map(|(_, name)| *name)));
    }
    let folded = written.to_ascii_lowercase();
    if folded.len() > LONGEST {
        return None;
    }
    let near = siblings().filter(|(known, _)| strsim::damerau_levenshtein(known, &folded) <= 2).map(|(_, name)| *name);
    suggestion(written, near).filter(|help| help.starts_with("did you mean")).map(|help| diagnostic.help(help))
}

/// A key has one usage for life, and some operations are for other usages.
fn for_other_keys(reviewed: &Reviewed<'_>, action: &ActionPattern) -> Option<Diagnostic> {
    let usage = reviewed.subject.usage.filter(|_| reviewed.is_key_policy() && reviewed.statement.effect == Effect::Allow)?;
    if action.is_pattern() {
        return None;
    }
    let row = OPERATIONS.iter().find(|row| {
        row.permissions
            .iter()
            .any(|permission| action.written.eq_ignore_ascii_case(permission.action) && permission.action.starts_with("kms:"))
    })?;
    if row.key_usages.is_empty() || row.key_usages.contains(&usage) {
        return None;
    }
    let fits: Vec<&str> = row.key_usages.iter().map(|usage| KeyUsage::name(*usage)).collect();
    Some(
        at(
            Diagnostic::warning("policy/action-for-other-key", format!("`{}` never works on a key for {usage}", action.written)),
            action.span,
            "allows nothing here",
        )
        .help(format!("it is for keys with the usage {}; leave it out", fits.join(" or "))),
    )
}
