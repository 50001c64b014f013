//! A question, tried with changes.

use super::data::{Change, PolicyChange};
use super::edit::PolicyEdit;
use super::probe::{Probe, varies};
use super::tried::{Outcome, Tried, changed};
use crate::authz::assumed::{ALLOW_EVERYTHING, open_to};
use crate::authz::callers::callers_named_by;
use crate::authz::{PolicyPlace, Question, Values};
use crate::cloud::{Caller, Instant, Principal};
use crate::iam::{Decision, Policy};
use crate::kms::{Grant, GrantConstraint};
use std::sync::Arc;

impl Tried for Question {
    fn outcome(&self) -> Outcome {
        if self.decide() == Decision::Allow {
            return Outcome::Allowed(Some(Arc::new(self.trace())));
        }
        // That the operation never works on this key shows in no policy.
        let trace = self.trace();
        if trace.decision == Decision::Allow.name() { Outcome::Failed } else { Outcome::Denied(Arc::new(trace)) }
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn policy(&self, place: PolicyPlace, _: &str) -> Option<Arc<Policy>> {
        let policy = match place {
            PolicyPlace::Identity(number) => self.identity_policies.get(number),
            PolicyPlace::Key => self.key_policy.as_ref(),
            PolicyPlace::ServiceControl(level, number) => self.service_controls.get(level)?.get(number),
            PolicyPlace::ResourceControl(level, number) => self.resource_controls.get(level)?.get(number),
            PolicyPlace::Boundary => self.boundary.as_ref(),
            PolicyPlace::Session => self.session_policy.as_ref(),
            PolicyPlace::Endpoint => self.endpoint_policy.as_ref(),
        };
        policy.cloned()
    }

    fn control_levels(&self) -> usize {
        if self.caller.principal.is_service_linked() { 0 } else { self.service_controls.len() }
    }

    fn allowing_grants(&self, _: &str) -> Vec<String> {
        let numbers = self.with_evaluation(|_, _, grants| grants.to_vec());
        numbers.into_iter().filter_map(|number| self.grants.get(number)).map(|grant| grant.id.to_string()).collect()
    }

    fn carried(&self) -> Vec<(String, String)> {
        let single = self.context.iter().filter_map(|(key, values)| match values {
            Values::One(value) => Some((key.to_owned(), value.clone())),
            Values::Many(_) => None,
        });
        single.filter(|(key, _)| varies(key)).collect()
    }

    fn known_principals(&self) -> Vec<Principal> {
        self.key_policy.as_deref().map(callers_named_by).unwrap_or_default()
    }

    fn advice(&self) -> Option<String> {
        self.never_works().then(|| {
            format!(
                "{} never works on a key of another account, so no policy helps: call it as a principal of account {}",
                self.action, self.resource_account
            )
        })
    }

    fn with(&self, change: &Change) -> Option<Self> {
        let mut question = self.clone();
        match change {
            Change::Policy(change) => question.put(change, changed(change, self.policy(change.place, &change.key).as_deref())?)?,
            Change::CreateGrant { grantee, operation, context, .. } if self.is_about_key() => question.grants.push(Grant {
                id: format!("/grants/{}", self.grants.len()).into(),
                name: String::new(),
                created: Instant::default(),
                effective: Instant::default(),
                grantee: grantee.as_str().into(),
                retiring: None,
                issuer: self.resource_account,
                operations: vec![operation],
                constraint: (!context.is_empty()).then(|| GrantConstraint::Equals(context.clone())),
                source_arn: None,
            }),
            // The others keep their numbers in their ids.
            Change::RevokeGrant { id, .. } => question.grants.retain(|grant| *grant.id != **id),
            Change::SetKey(key, values) => question.context.set(key, values.clone()),
            Change::UnsetKey(key) => question.context.remove(key),
            Change::CreateGrant { .. } | Change::EnableKey(_) | Change::DisableKey(_) | Change::CancelKeyDeletion(_) => return None,
        }
        Some(question)
    }

    fn allows(&self, probe: &Probe) -> bool {
        let mut question = self.clone();
        if let Some(other) = &probe.other {
            let everything = || ALLOW_EVERYTHING.iter().cloned().collect();
            question.identity_policies = if other.allowed_by_own { everything() } else { Vec::new() };
            (question.boundary, question.session_policy) = (None, None);
            if other.principal.account != self.caller.principal.account {
                question.service_controls.clear();
            }
            question.caller = Caller { principal: other.principal.clone(), ..self.caller.clone() };
            question.describe_caller();
        }
        if let Some(action) = probe.action {
            question.action = action.to_owned();
        }
        if let Some(resource) = &probe.resource {
            question.resource.clone_from(resource);
            // The policy of another key is another one; what it leaves to the caller's account shows what that opens.
            question.key_policy = question.caller.account().and_then(open_to).map(Arc::new);
            question.grants.clear();
        }
        match &probe.variant {
            Some((key, Some(value))) => question.context.set(key, Values::One(value.clone())),
            Some((key, None)) => question.context.remove(key),
            None => {}
        }
        question.decide() == Decision::Allow
    }
}

impl Question {
    /// Puts a policy in its place.
    fn put(&mut self, change: &PolicyChange, policy: Arc<Policy>) -> Option<()> {
        let is_new = matches!(change.edit, PolicyEdit::New(_));
        match change.place {
            PolicyPlace::Identity(_) if is_new => self.identity_policies.push(policy),
            PolicyPlace::ServiceControl(level, _) if is_new => self.service_controls.get_mut(level)?.push(policy),
            PolicyPlace::Identity(number) => *self.identity_policies.get_mut(number)? = policy,
            PolicyPlace::ServiceControl(level, number) => *self.service_controls.get_mut(level)?.get_mut(number)? = policy,
            PolicyPlace::ResourceControl(level, number) => *self.resource_controls.get_mut(level)?.get_mut(number)? = policy,
            PolicyPlace::Key => self.key_policy = Some(policy),
            PolicyPlace::Boundary => self.boundary = Some(policy),
            PolicyPlace::Session => self.session_policy = Some(policy),
            PolicyPlace::Endpoint => self.endpoint_policy = Some(policy),
        }
        Some(())
    }

    /// Makes the condition keys that tell who calls tell of the present caller.
    fn describe_caller(&mut self) {
        let principal = &self.caller.principal;
        let account = principal.account.map(|account| account.to_string());
        let mut now: Vec<(String, Option<String>)> = Vec::new();
        for (key, _) in self.context.iter() {
            let name = key.to_ascii_lowercase();
            let value = match name.as_str() {
                "aws:principalarn" => Some(principal.identity_arn().to_string()),
                "aws:principalaccount" | "kms:calleraccount" => account.clone(),
                "aws:userid" | "aws:username" => None,
                _ if name.starts_with("aws:principaltag/") => None,
                _ => continue,
            };
            now.push((key.to_owned(), value));
        }
        for (key, value) in now {
            match value {
                Some(value) => self.context.set(&key, Values::One(value)),
                None => self.context.remove(&key),
            }
        }
    }
}
