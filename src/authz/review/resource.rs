//! Resources that cannot be what the statement is about.

use super::{Findings, Reviewed, Subject, at, few};
use crate::cloud::Arn;
use crate::diag::{Diagnostic, cut};
use crate::iam::{Effect, PolicyKind, ResourcePattern, Scope, like};

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    match (reviewed.policy.kind, reviewed.statement.resources()) {
        (PolicyKind::Key, Scope::Absent) => findings.add(
            at(
                Diagnostic::warning("policy/missing-element", "the statement has no `Resource`, so it has no effect"),
                reviewed.statement.span,
                "add `Resource: \"*\"` here",
            )
            .help("in a key policy `*` means this key"),
        ),
        (PolicyKind::Key, Scope::Only(list)) => list.iter().for_each(|resource| of_key_policy(resource, reviewed.subject, findings)),
        (PolicyKind::Identity, Scope::Only(list)) => of_identity_policy(reviewed, list, findings),
        _ => {}
    }
}

fn of_key_policy(resource: &ResourcePattern, subject: &Subject<'_>, findings: &mut Findings) {
    if let Some(why) = mismatch(resource, subject) {
        let message = format!("`{}` is not the key of this policy: {why}", cut(&resource.written));
        findings.add(
            at(Diagnostic::warning("policy/resource-not-this-key", message), resource.span, "matches nothing here")
                .help("write `*`, which in a key policy means this key; a key policy reaches no other key"),
        );
    }
}

/// Why a resource cannot match the key, as far as the key is known.
fn mismatch(resource: &ResourcePattern, subject: &Subject<'_>) -> Option<&'static str> {
    let written = &*resource.written;
    if subject.key_arn.is_some_and(|arn| resource.may_match(arn)) || written == "*" || written.contains("${") {
        return None;
    }
    let Some(arn) = Arn::parse(written).filter(|_| !resource.is_malformed()) else { return Some("it is neither an ARN nor `*`") };
    let differs = |pattern: &str, known: Option<&str>| known.is_some_and(|known| !like(pattern, known));
    if !like(arn.service, "kms") {
        Some("it belongs to another service")
    } else if arn.resource.starts_with("alias/") {
        Some("it is an alias, and permission is decided on the key")
    } else if differs(arn.account, subject.account.as_ref().map(|account| account.as_str())) {
        Some("its account is another")
    } else if differs(arn.region, subject.region.map(|region| region.code())) {
        Some("its Region is another")
    } else {
        subject.key_arn.map(|_| "it is another key")
    }
}

fn of_identity_policy(reviewed: &Reviewed<'_>, list: &[ResourcePattern], findings: &mut Findings) {
    let covered = &reviewed.covered;
    let named_on_aliases = covered.named.iter().any(|action| action.on_alias);
    let uses: Vec<&str> = covered.kms.iter().filter(|action| action.is_use).map(|action| action.name).collect();
    if !named_on_aliases && !uses.is_empty() && !covered.others {
        for alias in list.iter().filter(|resource| is_alias(&resource.written)) {
            let message = format!("`{}` gives no use of the key behind the alias", cut(&alias.written));
            findings.add(
                at(Diagnostic::warning("policy/alias-resource", message), alias.span, "an alias, not a key").help(
                    "name the key by its key ARN; to go by aliases use `Resource: \"*\"` or `key/*` with a condition on `kms:ResourceAliases` or \
                     `kms:RequestAlias`",
                ),
            );
        }
    }
    // A Deny on keys for such an action denies nothing, but is hardly ever alone in its statement.
    if reviewed.statement.effect == Effect::Allow && !list.iter().any(|resource| resource.may_match("*")) {
        let nowhere: Vec<&str> =
            covered.named.iter().filter(|action| !action.on_key && !action.on_alias).map(|action| action.name).collect();
        if !nowhere.is_empty() {
            let message = format!("{} is about no particular key, so it is allowed on `*` or not at all", few(&nowhere));
            findings.add(
                at(
                    Diagnostic::warning("policy/resource-must-be-star", message),
                    list.first().and_then(|resource| resource.span),
                    "never matches it",
                )
                .help("put it into a statement of its own with `Resource: \"*\"`"),
            );
        }
    }
}

fn is_alias(written: &str) -> bool {
    Arn::parse(written).is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("alias/"))
}
