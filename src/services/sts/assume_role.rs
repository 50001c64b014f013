//! `AssumeRole`: temporary credentials for a role that trusts the caller.
//!
//! Source: "AssumeRole", AWS STS API Reference; "Methods to assume a role" and "Monitor and control actions taken with assumed
//! roles", IAM User Guide.

use super::condition::Conditions;
use super::constraint::{Constraints, EXTERNAL_ID, NAME};
use super::credential::issue;
use super::record::Answer;
use super::session_policy::Asked;
use super::session_token::{check_device, multi_factor};
use super::{INVALID, ask, denied, is_temporary, not_authorized, request, trust};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Principal, PrincipalKind, user_id};
use crate::iam::{Identity, Session};
use crate::services::World;
use crate::services::request::read;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest session of a role that a session assumes, in seconds; also what a session lasts if nothing is said.
const CHAINED: i64 = 3600;

pub(super) fn call(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Answer, ApiError> {
    let request: request::AssumeRole = read(members, INVALID)?;
    let asked = Asked { policy: request.policy.as_deref(), arns: &request.policy_arns, tags: &request.tags };
    let (role_arn, session_name) = check(&request, &asked)?;
    let seconds = request.duration_seconds.unwrap_or(CHAINED);
    if seconds > CHAINED && is_temporary(&caller.principal) {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(ApiError::new(INVALID, message));
    }
    let (account, name, role) = find(world, caller, role_arn)?;
    let has_device = multi_factor(request.serial_number.as_deref(), request.token_code.as_deref())?;
    let title = format!("session {session_name} of role {name} in account {account}");
    let inherited = world.iam.session_of(&caller.principal).and_then(|session| session.source_identity.clone());
    let source_identity = request.source_identity.as_deref().map(Arc::from).or_else(|| inherited.clone());
    let conditions = Conditions {
        external_id: request.external_id.as_deref(),
        role_session_name: Some(session_name),
        source_identity: source_identity.as_deref(),
        tags: &request.tags,
        transitive_tag_keys: &request.transitive_tag_keys,
        role_tags: Some(&role.tags),
        multi_factor: has_device,
    };
    let mut actions = vec!["sts:AssumeRole"];
    actions.extend((!request.tags.is_empty()).then_some("sts:TagSession"));
    actions.extend(source_identity.is_some().then_some("sts:SetSourceIdentity"));
    let trust = trust::policy(account, &name, role).ok_or_else(|| {
        let reason = format!("the trust of role {name} names somebody whom no policy can name");
        denied(not_authorized(caller, "sts:AssumeRole", role_arn), reason)
    })?;
    for action in actions {
        ask(world, caller, action, (role_arn, account), Some(&trust), &conditions)?;
    }
    if let Some(first) = inherited.filter(|first| Some(first) != source_identity.as_ref()) {
        let reason = format!("the source identity of a session stays the same through role chaining, and here it is {first}");
        return Err(denied(not_authorized(caller, "sts:SetSourceIdentity", role_arn), reason));
    }
    let session = Session { source_identity: source_identity.clone(), ..asked.session(&world.iam, account, &title)? };
    let principal = Principal::role_session(account, &name, session_name);
    let assumed = json!({"AssumedRoleId": user_id(world.cloud.random.seed(), &principal), "Arn": &*principal.arn});
    // The code of a device opens the door of this call; the credentials do not tell of it.
    let credential = issue(world, principal, session, seconds, false);
    let response = json!({
        "Credentials": credential.to_json(),
        "AssumedRoleUser": assumed,
        "PackedPolicySize": asked.packed(),
        "SourceIdentity": source_identity.as_deref(),
    });
    Ok(Answer::logged(response, Some((role_arn.to_owned(), account))))
}

/// The role's ARN and the session's name, if all members keep their constraints.
fn check<'r>(request: &'r request::AssumeRole, asked: &Asked<'_>) -> Result<(&'r str, &'r str), ApiError> {
    let mut constraints = Constraints::default();
    let (role_arn, session_name) = (request.role_arn.as_deref(), request.role_session_name.as_deref());
    constraints.required("roleArn", role_arn);
    constraints.required("roleSessionName", session_name);
    constraints.length("roleArn", role_arn, 20..=2048);
    constraints.text("roleSessionName", session_name, 2..=64, NAME);
    constraints.seconds(request.duration_seconds, 900..=43_200);
    constraints.text("externalId", request.external_id.as_deref(), 2..=1224, EXTERNAL_ID);
    constraints.text("sourceIdentity", request.source_identity.as_deref(), 2..=64, NAME);
    check_device(&mut constraints, request.serial_number.as_deref(), request.token_code.as_deref());
    asked.check(&mut constraints);
    constraints.finish()?;
    Ok((role_arn.unwrap_or_default(), session_name.unwrap_or_default()))
}

/// The role that an ARN names, for callers that can assume any. STS does not tell an unknown role from one that does not trust
/// the caller.
fn find<'w>(world: &'w World, caller: &Caller, arn: &str) -> Result<(AccountId, Arc<str>, &'w Identity), ApiError> {
    let refused = |reason: String| denied(not_authorized(caller, "sts:AssumeRole", arn), reason);
    match caller.principal.kind {
        PrincipalKind::Root => {
            return Err(denied("Roles may not be assumed by root accounts.", "a root user can assume no role: sign in as a user"));
        }
        PrincipalKind::FederatedUser { .. } => {
            let reason = "credentials from GetFederationToken open no operation of STS but GetCallerIdentity";
            return Err(refused(reason.to_owned()));
        }
        PrincipalKind::User { .. } | PrincipalKind::AssumedRole { .. } | PrincipalKind::Service { .. } => {}
    }
    let parts = Arn::parse(arn).ok_or_else(|| ApiError::new(INVALID, "Request ARN is invalid"))?;
    let name = parts.resource.strip_prefix("role/").filter(|_| parts.service == "iam" && parts.region.is_empty());
    let account = AccountId::parse(parts.account);
    let (Some(name), Some(account)) = (name, account) else { return Err(refused(format!("{arn} is no ARN of a role"))) };
    let found = world.iam.account(account).and_then(|account| account.roles.get_key_value(name));
    let (name, role) = found.ok_or_else(|| refused(format!("account {account} has no role {name}")))?;
    Ok((account, Arc::clone(name), role))
}
