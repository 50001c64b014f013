//! Values that a condition key never has, and texts that are no patterns.

use super::condition_key::Facts;
use super::{Findings, Reviewed, at};
use crate::cloud::{AccountId, Region};
use crate::diag::{Diagnostic, cut};
use crate::iam::{Condition, ConditionValue, Family, ValueType, like};
use crate::kms::ValueShape;

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    for condition in reviewed.statement.conditions() {
        if findings.is_full() {
            return;
        }
        if condition.values.is_empty() {
            let consequence = if condition.operator.negated { "always holds" } else { "never holds" };
            let message = format!("the condition has no values, so it {consequence}");
            findings.add(at(Diagnostic::warning("policy/no-values", message), condition.span, "an empty list"));
        }
        types(condition, findings);
        let facts = Facts::of(condition.key());
        for value in &condition.values {
            texts(reviewed, condition, value, &facts, findings);
        }
    }
    if !reviewed.policy.knows_variables() {
        for resource in reviewed.statement.resources().listed() {
            plain_variable(&resource.written, resource.span, findings);
        }
    }
}

/// Values that are not of the operator's type.
fn types(condition: &Condition, findings: &mut Findings) {
    for value in condition.misfits().filter_map(|misfit| condition.values.get(misfit)) {
        let message = format!("`{}` is not {}", cut(&value.written), condition.expects());
        findings.add(at(Diagnostic::warning("policy/condition-value", message), value.span, "matches nothing"));
    }
}

fn texts(reviewed: &Reviewed<'_>, condition: &Condition, value: &ConditionValue, facts: &Facts, findings: &mut Findings) {
    let written = &*value.written;
    if !reviewed.policy.knows_variables() && plain_variable(written, value.span, findings) || written.contains("${") {
        return;
    }
    let family = condition.operator.family;
    // A question mark is an ordinary part of a URL.
    let looks_like_pattern = written.contains('*') || written.contains('?') && !written.contains("://");
    if matches!(family, Family::String | Family::StringIgnoreCase) && looks_like_pattern {
        let instead = if condition.operator.negated { "StringNotLike" } else { "StringLike" };
        let message = format!("`{}` compares letter by letter: `{}` has no wildcards here", condition.written, cut(written));
        findings.add(
            at(Diagnostic::warning("policy/wildcard-in-equals", message), value.span, "matches this very text alone")
                .help(format!("use `{instead}`")),
        );
        return;
    }
    if let Some((message, help)) = never_seen(condition, written, facts) {
        let diagnostic = at(Diagnostic::warning("policy/condition-value", message), value.span, "matches nothing");
        findings.add(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
}

/// Without `Version` a document is of 2008, and `${aws:username}` is those letters.
fn plain_variable(text: &str, span: Option<crate::diag::Span>, findings: &mut Findings) -> bool {
    let found = text.contains("${");
    if found {
        let message = format!("`{}` is plain text here, not a variable", cut(text));
        findings.add(
            at(Diagnostic::warning("policy/variable-in-2008", message), span, "compared letter by letter")
                .help("add `Version: \"2012-10-17\"` to the policy"),
        );
    }
    found
}

/// Why a value is none that the key ever has, and what to write instead.
fn never_seen(condition: &Condition, written: &str, facts: &Facts) -> Option<(String, Option<String>)> {
    let key = cut(&condition.key().written);
    let matches = |seen: &str| match condition.operator.family {
        Family::String => Some(written == seen),
        Family::StringIgnoreCase => Some(written.eq_ignore_ascii_case(seen)),
        Family::StringLike => Some(like(written, seen)),
        Family::Arn => Some(true),
        Family::Numeric(_) | Family::Date(_) | Family::Bool | Family::Binary | Family::Ip | Family::Null => None,
    };
    let is_bool =
        facts.kms.is_some_and(|row| row.value_type == ValueType::Bool) || facts.global.is_some_and(|row| row.value_type == ValueType::Bool);
    let legal: &[&str] = match facts.kms {
        _ if is_bool => &["true", "false"],
        Some(row) => row.values,
        None => &[],
    };
    // Only texts are compared with what the key holds; the types of the other operators have been looked at.
    matches("")?;
    if !legal.is_empty() && !legal.iter().any(|seen| matches(seen) == Some(true)) {
        let help = crate::diag::suggestion(written, legal.iter().copied());
        return Some((format!("`{key}` is never `{}`", cut(written)), help));
    }
    if condition.key().name.eq_ignore_ascii_case("aws:principalarn") && written.contains(":assumed-role/") {
        let help = "of a session it holds the ARN of the role: `arn:aws:iam::ACCOUNT:role/NAME`";
        return Some((format!("`{key}` is never the ARN of a session"), Some(help.to_owned())));
    }
    let wildcards = condition.operator.family == Family::StringLike && written.contains(['*', '?']);
    let shape = facts.kms.map_or_else(|| global_shape(&condition.key().name), |row| row.shape);
    let help = misshapen(shape, written, wildcards)?;
    Some((format!("`{key}` is never `{}`", cut(written)), Some(help.to_owned())))
}

fn global_shape(name: &str) -> ValueShape {
    match name {
        "aws:principalaccount" | "aws:resourceaccount" | "aws:sourceaccount" => ValueShape::Account,
        "aws:requestedregion" => ValueShape::Region,
        _ => ValueShape::Any,
    }
}

/// What a value should look like, if it cannot look like that.
fn misshapen(shape: ValueShape, written: &str, wildcards: bool) -> Option<&'static str> {
    let fits = match shape {
        ValueShape::Any => true,
        // What comes before the first wildcard stands at the beginning.
        ValueShape::AliasName => {
            let start = written.split(['*', '?']).next().filter(|_| wildcards).unwrap_or(written);
            start.starts_with("alias/") || wildcards && "alias/".starts_with(start)
        }
        ValueShape::Account | ValueShape::Region | ValueShape::ViaService if wildcards => true,
        ValueShape::Account => AccountId::parse(written).is_some(),
        ValueShape::Region => Region::parse(written).is_some(),
        ValueShape::ViaService => is_via_service(written),
    };
    (!fits).then_some(match shape {
        ValueShape::Any => "",
        ValueShape::AliasName => "it holds the name of an alias, `alias/NAME`, and no ARN",
        ValueShape::Account => "it holds an account id of twelve digits",
        ValueShape::Region => "it holds the code of a Region, such as `us-east-1`",
        ValueShape::ViaService => "it holds service and Region, such as `s3.us-east-1.amazonaws.com`",
    })
}

/// `s3.us-east-1.amazonaws.com`
fn is_via_service(written: &str) -> bool {
    let Some((service, region)) = written.strip_suffix(".amazonaws.com").and_then(|rest| rest.rsplit_once('.')) else { return false };
    !service.is_empty() && Region::parse(region).is_some()
}
