//! `GetFederationToken`: temporary credentials for somebody whom a user vouches for. What they may is what both the user and
//! the session policies allow.
//!
//! Source: "GetFederationToken", AWS STS API Reference; "Permissions for GetFederationToken", IAM User Guide.

use super::condition::Conditions;
use super::constraint::{Constraints, NAME};
use super::credential::issue;
use super::record::Answer;
use super::session_policy::Asked;
use super::session_token::{SECONDS, lasting};
use super::{INVALID, ask, request, with_long_term_credentials};
use crate::cloud::{AccountId, ApiError, Caller, Principal, PrincipalKind, user_id};
use crate::iam::Session;
use crate::services::World;
use crate::services::request::read;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn call(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Answer, ApiError> {
    let request: request::GetFederationToken = read(members, INVALID)?;
    let asked = Asked { policy: request.policy.as_deref(), arns: &request.policy_arns, tags: &request.tags };
    let mut constraints = Constraints::default();
    constraints.required("name", request.name.as_deref());
    constraints.text("name", request.name.as_deref(), 2..=32, NAME);
    constraints.seconds(request.duration_seconds, SECONDS);
    asked.check(&mut constraints);
    constraints.finish()?;
    with_long_term_credentials(caller, "GetFederationToken")?;
    let name = request.name.as_deref().unwrap_or_default();
    let account = caller.account().unwrap_or(AccountId::NOBODYS);
    let principal = Principal::federated_user(account, name);
    let conditions = Conditions { tags: &request.tags, ..Conditions::default() };
    let mut actions = vec!["sts:GetFederationToken"];
    actions.extend((!request.tags.is_empty()).then_some("sts:TagSession"));
    for action in actions {
        ask(world, caller, action, (&principal.arn, account), None, &conditions)?;
    }
    let user = match &caller.principal.kind {
        PrincipalKind::User { name } => Some(Arc::clone(name)),
        PrincipalKind::Root | PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. } | PrincipalKind::Service { .. } => {
            None
        }
    };
    let title = format!("federated user {name} in account {account}");
    let session = Session { user, ..asked.session(&world.iam, account, &title)? };
    let federated = json!({"FederatedUserId": user_id(world.cloud.random.seed(), &principal), "Arn": &*principal.arn});
    let seconds = lasting(&caller.principal, request.duration_seconds);
    let credential = issue(world, principal, session, seconds, false);
    let response = json!({"Credentials": credential.to_json(), "FederatedUser": federated, "PackedPolicySize": asked.packed()});
    Ok(Answer::logged(response, None))
}
