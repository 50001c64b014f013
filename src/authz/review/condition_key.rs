//! Condition keys that do not exist, or that the requests of a statement never carry.

use super::{Findings, Reviewed, at, few};
use crate::diag::{Diagnostic, cut, suggestion};
use crate::iam::{Condition, ConditionKey, Effect, Family, GLOBAL_CONDITION_KEYS, GlobalKeyRow, Presence, Scope, SetOperator};
use crate::kms::{CONDITION_KEYS, ConditionKeyRow, KeySpec};
use crate::services::SERVICE_OPERATIONS;

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    for condition in reviewed.statement.conditions() {
        if findings.is_full() {
            return;
        }
        check_one(reviewed, condition, findings);
    }
}

fn check_one(reviewed: &Reviewed<'_>, condition: &Condition, findings: &mut Findings) {
    let facts = Facts::of(condition.key());
    if let Some(found) = unknown(condition, &facts) {
        findings.add(found);
        return;
    }
    let carried = match facts.kms {
        Some(row) => carried(reviewed, condition, row, findings),
        None => of_another_service(reviewed, condition, findings),
    };
    if carried {
        operator(reviewed, condition, &facts, findings);
    }
}

/// What the tables know of a key.
pub(super) struct Facts {
    pub(super) kms: Option<&'static ConditionKeyRow>,
    pub(super) global: Option<&'static GlobalKeyRow>,
}

impl Facts {
    pub(super) fn of(key: &ConditionKey) -> Facts {
        let global = GLOBAL_CONDITION_KEYS.iter().find(|row| match row.name.strip_suffix('/') {
            Some(name) => name.eq_ignore_ascii_case(&key.name) && key.suffix.as_deref().is_some_and(|suffix| !suffix.is_empty()),
            None => row.name.eq_ignore_ascii_case(&key.written),
        });
        Facts { kms: ConditionKeyRow::of(key), global }
    }

    /// Whether a request may carry several values; nothing for a key of another service.
    pub(super) fn is_multivalued(&self) -> Option<bool> {
        self.kms.map(|row| row.multivalued).or(self.global.map(|row| row.multivalued))
    }

    /// Whether every request that a statement is about carries it.
    fn is_always_there(&self, reviewed: &Reviewed<'_>) -> bool {
        let covered = &reviewed.covered;
        let by_kms = |row: &ConditionKeyRow| {
            !covered.kms.is_empty() && !covered.others && covered.kms.iter().all(|action| row.is_always_set_by(action.name))
        };
        self.kms.is_some_and(by_kms) || self.global.is_some_and(|row| row.presence == Presence::Always)
    }
}

/// A key that looks like one of KMS or of all services but is none is always absent, which is never what its author wanted.
fn unknown(condition: &Condition, facts: &Facts) -> Option<Diagnostic> {
    let written = &*condition.key().written;
    let (service, _) = written.split_once(':')?;
    let who = match service {
        _ if facts.kms.is_some() || facts.global.is_some() => return None,
        service if service.eq_ignore_ascii_case("kms") => "KMS",
        service if service.eq_ignore_ascii_case("aws") => "AWS",
        _ => return None,
    };
    let prefix = format!("{}:", service.to_ascii_lowercase());
    let names = CONDITION_KEYS.iter().map(|row| row.name).chain(GLOBAL_CONDITION_KEYS.iter().map(|row| row.name));
    let help = suggestion(written, names.filter(|name| name.starts_with(&prefix)));
    let message = format!("{who} has no condition key `{}`", cut(written));
    let diagnostic = at(Diagnostic::warning("policy/condition-key", message), condition.span, "no request carries it");
    Some(match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    })
}

/// Whether requests of the statement carry a key that KMS sets; tells of those that do not.
fn carried(reviewed: &Reviewed<'_>, condition: &Condition, row: &ConditionKeyRow, findings: &mut Findings) -> bool {
    let covered = &reviewed.covered;
    let written = &condition.key().written;
    let is_own = row.name.starts_with("kms:");
    // Of the other services nothing is known about the keys for tags.
    if covered.others && !is_own || covered.kms.is_empty() && !covered.others {
        return true;
    }
    let consequence = if condition.holds_when_absent() { "always holds" } else { "never holds" };
    let asymmetric = reviewed.subject.spec.filter(|spec| *spec != KeySpec::SYMMETRIC_DEFAULT && reviewed.is_key_policy());
    if let Some(spec) = asymmetric.filter(|_| row.name.starts_with("kms:EncryptionContext")) {
        let message = format!("requests to a key of the spec {spec} have no encryption context, so this {consequence}");
        findings.add(at(Diagnostic::warning("policy/condition-key-never-set", message), condition.span, consequence));
        return false;
    }
    if !covered.kms.iter().any(|action| row.is_set_by(action.name)) {
        let message = format!("no request that this statement is about carries `{}`, so the condition {consequence}", cut(written));
        let setting: Vec<&str> = row.actions.to_vec();
        findings.add(
            at(Diagnostic::warning("policy/condition-key-never-set", message), condition.span, consequence)
                .help(format!("it comes with {}", few(&setting))),
        );
        return false;
    }
    // Wildcards are meant to be wide; only what is named in full was meant to be matched. IfExists and ForAllValues expect the
    // key to be absent.
    let expects_absence = condition.operator.if_exists
        || condition.operator.set == Some(SetOperator::ForAllValues)
        || condition.operator.family == Family::Null && condition.holds_when_absent();
    let lacking: Vec<&str> = covered.named.iter().filter(|action| !row.is_set_by(action.name)).map(|action| action.name).collect();
    if !lacking.is_empty() && !expects_absence && matches!(reviewed.statement.actions(), Scope::Only(_)) {
        let message = match (condition.holds_when_absent(), reviewed.statement.effect) {
            (false, Effect::Allow) => format!("this statement never allows {}: requests for it carry no `{}`", few(&lacking), cut(written)),
            (false, Effect::Deny) => format!("this statement never denies {}: requests for it carry no `{}`", few(&lacking), cut(written)),
            (true, _) => format!("requests for {} carry no `{}`, so the condition always holds for them", few(&lacking), cut(written)),
        };
        findings.add(
            at(Diagnostic::warning("policy/condition-key-not-for-all", message), condition.span, "not set by every action listed")
                .help("put these actions into a statement without this condition"),
        );
    }
    true
}

/// KMS sets no keys of other services: `s3:prefix` means nothing to it.
fn of_another_service(reviewed: &Reviewed<'_>, condition: &Condition, findings: &mut Findings) -> bool {
    let key = condition.key();
    let Some((service, _)) = key.written.split_once(':') else { return true };
    let prefix = format!("{}:", service.to_ascii_lowercase());
    let is_service = prefix.len() < 32 && SERVICE_OPERATIONS.iter().any(|row| row.name.starts_with(&prefix));
    let foreign = is_service && !reviewed.covered.others && !reviewed.covered.kms.is_empty();
    if foreign {
        let consequence = if condition.holds_when_absent() { "always holds" } else { "never holds" };
        let message = format!("KMS sets no `{}`, so the condition {consequence}", cut(&key.written));
        findings.add(at(Diagnostic::warning("policy/condition-key-never-set", message), condition.span, consequence));
    }
    !foreign
}

/// Operators that do not go with a key that has one value, many, or is always there.
fn operator(reviewed: &Reviewed<'_>, condition: &Condition, facts: &Facts, findings: &mut Findings) {
    let written = cut(&condition.key().written);
    let mut add = |code, message: String, label: &str, help: &str| {
        findings.add(at(Diagnostic::warning(code, message), condition.span, label).help(help));
    };
    let operator = condition.operator;
    let always = facts.is_always_there(reviewed);
    match (operator.family, operator.set, facts.is_multivalued()) {
        (Family::Null, ..) if always => {
            let consequence = if condition.holds_when_absent() { "never holds" } else { "always holds" };
            let message = format!("every request that this statement is about carries `{written}`, so the condition {consequence}");
            add("policy/null-of-ever-present", message, consequence, "leave it out, or test the value of the key");
        }
        (Family::Null, ..) => {}
        (_, Some(SetOperator::ForAllValues), Some(false)) => {
            let message = format!("`{written}` has one value, and `ForAllValues` also holds where it is absent");
            add(
                "policy/set-operator",
                message,
                "holds without the key",
                "leave the set operator out; write `…IfExists` if the key may be absent",
            );
        }
        (_, Some(SetOperator::ForAnyValue), Some(false)) => {
            let message = format!("`{written}` has one value, so it needs no set operator");
            add("policy/set-operator", message, "one value", "leave `ForAnyValue:` out");
        }
        (_, None, Some(true)) => {
            let message = format!("`{written}` may have several values, and the condition does not say how they count");
            let help = "write `ForAnyValue:` (one of them must match) or `ForAllValues:` (all must) before the operator";
            add("policy/no-set-operator", message, "not defined by AWS", help);
        }
        (_, Some(SetOperator::ForAllValues), Some(true))
            if reviewed.statement.effect == Effect::Allow && !always && !requires_presence(reviewed, condition) =>
        {
            let message = format!("`ForAllValues` also holds for requests without `{written}`");
            let help = format!("add `\"Null\": {{ \"{written}\": \"false\" }}`, if such requests are not meant");
            add("policy/for-all-values", message, "allows requests without it", &help);
        }
        _ if operator.if_exists && always && facts.kms.is_some() => {
            let message = format!("every request that this statement is about carries `{written}`");
            add("policy/if-exists-of-ever-present", message, "`IfExists` changes nothing", "leave `IfExists` out");
        }
        _ => {}
    }
}

/// Whether another condition of the statement fails where the key is absent.
fn requires_presence(reviewed: &Reviewed<'_>, condition: &Condition) -> bool {
    reviewed
        .statement
        .conditions()
        .iter()
        .any(|other| other.key().written.eq_ignore_ascii_case(&condition.key().written) && !other.holds_when_absent())
}
