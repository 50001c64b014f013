//! Principals that reach more, fewer or others than was meant.

use super::{Findings, Reviewed, at};
use crate::diag::{Diagnostic, cut};
use crate::iam::{Condition, Effect, NamedPrincipal, PolicyKind, PrincipalElement, PrincipalForm};

/// The keys that say for whose resource a service acts.
const SOURCE_KEYS: [&str; 4] = ["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"];

/// The keys of a user's request that a service's own request never carries.
const USER_KEYS: [&str; 2] = ["kms:viaservice", "kms:calleraccount"];

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    let statement = reviewed.statement;
    match statement.principal() {
        PrincipalElement::Unstated => {
            if reviewed.policy.kind == PolicyKind::Identity {
                source_of_a_user(reviewed, findings);
            }
        }
        PrincipalElement::Except(list) => not_principal(list, statement.effect, findings),
        PrincipalElement::Only(list) => {
            everyone(reviewed, list, findings);
            if list.is_empty() {
                return;
            }
            let is_service = |named: &NamedPrincipal| matches!(named.form, PrincipalForm::Service(_));
            if list.iter().all(is_service) {
                user_keys_of_a_service(reviewed, findings);
            }
            if !list.iter().any(|named| is_service(named) || named.form == PrincipalForm::Everyone) {
                source_of_a_user(reviewed, findings);
            }
            confused_deputy(reviewed, list.iter().find(|named| is_service(named)), findings);
        }
    }
}

fn everyone(reviewed: &Reviewed<'_>, list: &[NamedPrincipal], findings: &mut Findings) {
    let statement = reviewed.statement;
    let Some(everyone) = list.iter().find(|named| named.form == PrincipalForm::Everyone) else { return };
    // A VPC endpoint policy grants nothing: everyone there is everyone who gets to the endpoint.
    let grants = reviewed.policy.kind != PolicyKind::Endpoint;
    if grants && statement.effect == Effect::Allow && statement.conditions().is_empty() {
        let message = match reviewed.is_key_policy() {
            true => "this lets everyone of the account use the key, and every other account pass the right on to its own people",
            false => "this lets everyone in the world in",
        };
        findings.add(
            at(Diagnostic::warning("policy/everyone", message), everyone.span, "everyone, without a condition")
                .help("name who is meant, or add a condition such as `aws:PrincipalOrgID` or `kms:CallerAccount`"),
        );
    }
}

/// Source: "AWS JSON policy elements: NotPrincipal", IAM User Guide.
fn not_principal(list: &[NamedPrincipal], effect: Effect, findings: &mut Findings) {
    if effect == Effect::Allow {
        return;
    }
    let span = list.first().and_then(|named| named.span);
    let lists = |wanted: &dyn Fn(&PrincipalForm) -> bool| list.iter().any(|named| wanted(&named.form));
    let forgotten = list.iter().find_map(|named| match &named.form {
        PrincipalForm::User(account, _) | PrincipalForm::Role(account, _)
            if !lists(&|form| matches!(form, PrincipalForm::Account(listed) if listed == account)) =>
        {
            Some((named, format!("it denies `{}` all the same: its account is not listed", cut(&named.written))))
        }
        PrincipalForm::Session(account, role, _)
            if !lists(&|form| matches!(form, PrincipalForm::Account(listed) if listed == account))
                || !lists(
                    &|form| matches!(form, PrincipalForm::Role(of, name) if of == account && name.rsplit('/').next() == Some(role)),
                ) =>
        {
            Some((named, format!("it denies `{}` all the same: its role and its account must be listed, too", cut(&named.written))))
        }
        PrincipalForm::Everyone
        | PrincipalForm::Account(_)
        | PrincipalForm::User(..)
        | PrincipalForm::Role(..)
        | PrincipalForm::Session(..)
        | PrincipalForm::FederatedUser(..)
        | PrincipalForm::Service(_)
        | PrincipalForm::Nobody => None,
    });
    let diagnostic = match forgotten {
        Some((named, message)) => at(Diagnostic::warning("policy/not-principal", message), named.span, "not excepted"),
        None => at(
            Diagnostic::warning("policy/not-principal", "`NotPrincipal` with `Deny` denies every caller with a permissions boundary"),
            span,
            "whoever is listed",
        ),
    };
    findings.add(diagnostic.help("use `Principal: \"*\"` and a condition `ArnNotEquals` on `aws:PrincipalArn` instead"));
}

/// `kms:ViaService` is about a service that acts for a user, and a service principal acts for nobody.
///
/// Source: "kms:ViaService", AWS KMS Developer Guide.
fn user_keys_of_a_service(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    for condition in conditions_on(reviewed, &USER_KEYS) {
        let message = format!("a service principal's own requests carry no `{}`", condition.key().written);
        findings.add(
            at(Diagnostic::warning("policy/user-key-for-service", message), condition.span, verdict(condition))
                .help("use `aws:SourceArn` and `aws:SourceAccount`, which say for whose resource the service acts"),
        );
    }
}

/// `aws:SourceArn` is about the resource for which a service principal acts.
///
/// Source: "AWS global condition context keys", IAM User Guide.
fn source_of_a_user(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    if reviewed.statement.effect == Effect::Deny {
        return;
    }
    for condition in conditions_on(reviewed, &SOURCE_KEYS).filter(|condition| !condition.holds_when_absent()) {
        let message = format!("requests of users and roles carry no `{}`", condition.key().written);
        findings.add(
            at(Diagnostic::warning("policy/service-key-for-user", message), condition.span, verdict(condition)).help(
                "use `kms:ViaService` for requests that a service makes for a user; `aws:SourceArn` goes with a service as `Principal`",
            ),
        );
    }
}

fn conditions_on<'r>(reviewed: &Reviewed<'r>, keys: &'static [&'static str]) -> impl Iterator<Item = &'r Condition> {
    reviewed.statement.conditions().iter().filter(move |condition| keys.contains(&&*condition.key().written.to_ascii_lowercase()))
}

fn verdict(condition: &Condition) -> &'static str {
    if condition.holds_when_absent() { "always holds" } else { "never holds" }
}

/// A service that uses the key for whoever asks it.
///
/// Source: "The confused deputy problem", IAM User Guide; "Permissions for AWS services in key policies", AWS KMS
/// Developer Guide.
fn confused_deputy(reviewed: &Reviewed<'_>, service: Option<&NamedPrincipal>, findings: &mut Findings) {
    let statement = reviewed.statement;
    let Some(service) = service.filter(|_| statement.effect == Effect::Allow && reviewed.is_key_policy()) else { return };
    let is_bound = statement.conditions().iter().any(|condition| {
        let name = &*condition.key().name;
        // An encryption context of a service holds the ARN of the resource.
        SOURCE_KEYS.contains(&name) || name == "kms:encryptioncontext"
    });
    if is_bound || !reviewed.covered.kms.iter().any(|action| action.is_use) {
        return;
    }
    let message = format!("`{}` may use the key for anybody's resources", cut(&service.written));
    findings.add(
        at(Diagnostic::warning("policy/confused-deputy", message), service.span, "whoever asks the service")
            .help("add conditions on `aws:SourceArn` or `aws:SourceAccount`, so that the service uses the key for your resources alone"),
    );
}
