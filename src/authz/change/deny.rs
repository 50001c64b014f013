//! Changes that might deny a request that was allowed. Whether they do is found out by trying.

use super::allow::{add_to_key, new_identity_policy, with_conditions};
use super::data::Change;
use super::edit::{ListElement, StatementEdit};
use super::names::named;
use super::tried::Tried;
use super::view::{Candidate, Site, sites};
use crate::authz::PolicyPlace;
use crate::cloud::{DecisionTrace, PrincipalKind};
use serde_json::json;

/// Candidates for the next change on the way to a deny.
pub(super) fn candidates(tried: &impl Tried, trace: &DecisionTrace) -> Vec<Candidate> {
    let caller = tried.caller();
    let mut all = Vec::new();
    for site in sites(trace).iter().filter(|site| site.is_allow() && site.matches()) {
        all.extend(less(tried, trace, site));
    }
    for id in tried.allowing_grants(&trace.resource) {
        all.push((Change::RevokeGrant { key: trace.resource.clone(), id }, 1));
    }
    let (kind, name) = named(&caller.principal);
    if trace.resource.contains(":key/") {
        let statement = json!({"Effect": "Deny", "Principal": {kind: name}, "Action": trace.action, "Resource": "*"});
        all.extend(with_conditions(tried, &statement).map(|(new, rank)| (add_to_key(trace, new), rank + 3)));
    }
    if !matches!(caller.principal.kind, PrincipalKind::Root | PrincipalKind::Service { .. }) {
        let statement = json!({"Effect": "Deny", "Action": trace.action, "Resource": trace.resource});
        all.extend(with_conditions(tried, &statement).map(|(new, rank)| (new_identity_policy(caller, trace, new), rank + 3)));
    }
    all.extend(tried.breakages().into_iter().map(|change| (change, 8)));
    all
}

/// A statement that allows, made to allow less.
fn less(tried: &impl Tried, trace: &DecisionTrace, site: &Site<'_>) -> Vec<Candidate> {
    let edit = |edit: StatementEdit, rank: u32| (site.edit(trace, edit), rank);
    let principal = &tried.caller().principal;
    let (kind, name) = named(principal);
    let mut all = vec![edit(StatementEdit::TakeFrom(ListElement::Action, trace.action.clone()), 0)];
    for listed in [name.clone(), principal.arn.to_string()] {
        all.push(edit(StatementEdit::TakePrincipal(kind, listed), 0));
    }
    if !principal.is_service() {
        all.push(edit(StatementEdit::AddCondition("ArnNotEquals".to_owned(), "aws:PrincipalArn".to_owned(), vec![name]), 2));
    }
    all.push(edit(StatementEdit::TakeFrom(ListElement::Resource, trace.resource.clone()), 1));
    // The last statement of a policy that only limits takes the policy with it, and then limits nothing.
    let stays = site.policy.statements.len() > 1;
    if stays || matches!(site.place, PolicyPlace::Identity(_) | PolicyPlace::ServiceControl(..)) {
        all.push((site.remove(trace), 6));
    }
    all
}
